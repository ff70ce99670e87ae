//! Where the other programs are, and running them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Python with the packages of `tests/interop/requirements.txt`.
pub(crate) fn python() -> Command {
    let own = std::env::current_exe().expect("the tests have an executable");
    // target/<profile>/deps/it-…
    let target = own.ancestors().nth(3).expect("it lies in target/<profile>/deps");
    let python = target.join("interop-venv/bin/python");
    assert!(python.is_file(), "{} is missing: run tests/interop/install first", python.display());
    Command::new(python)
}

/// `go run` of the program in that folder, with the packages that Debian installed and no others.
pub(crate) fn go_run(folder: &Path) -> Command {
    let packages = Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog");
    let has_go = Command::new("go").arg("version").stdout(Stdio::null()).status().is_ok();
    assert!(has_go && packages.is_dir(), "Go is missing: run tests/interop/install first");
    let mut command = Command::new("go");
    command.current_dir(folder).args(["run", "verify.go"]);
    command.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
    command
}

/// Runs it to its end.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Done {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that stops early does not read everything.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
