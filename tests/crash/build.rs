//! Builds the library that is preloaded; its path is `CRASH_SHIM` for the compiler.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = "shim/shim.c";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    let out: PathBuf = std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?.into();
    let library = out.join("libcrash_shim.so");
    let compiler = cc::Build::new().try_get_compiler()?;
    let mut command: Command = compiler.to_command();
    command.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", SOURCE, "-o"]);
    let status = command.arg(&library).status()?;
    if !status.success() {
        return Err(format!("the C compiler ended with {status}").into());
    }
    println!("cargo::rustc-env=CRASH_SHIM={}", library.display());
    Ok(())
}
