use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use eventlog::SeededEntropy;
use events::Subject;
use tempfile::TempDir;

use super::Erasures;

fn subject(name: &str) -> Subject {
    name.parse().unwrap()
}

#[test]
fn a_name_is_recognised_by_its_keyed_digest_alone() {
    let dir = TempDir::new().unwrap();
    let (child, other) = (subject("child/C-1"), subject("child/C-2"));
    let mut erasures = Erasures::read(dir.path()).unwrap();
    assert!(!erasures.is_erased(&child));
    erasures.begin([7; 32], Some(&child), &mut SeededEntropy(1));
    erasures.begin([8; 32], None, &mut SeededEntropy(2));
    erasures.finish(&[8; 32]);
    erasures.write(dir.path()).unwrap();
    for known in [&erasures, &Erasures::read(dir.path()).unwrap()] {
        assert!(known.is_erased(&child) && !known.is_erased(&other));
        assert!(known.is_destroyed(&[8; 32]) && !known.is_destroyed(&[9; 32]));
        assert!(known.pending().eq([[7; 32]]));
        assert!(known.is_done(&[8; 32], None) && !known.is_done(&[8; 32], Some(&other)));
    }
    let file = dir.path().join("erasures");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains("C-1"));

    let mut elsewhere = Erasures::default();
    elsewhere.begin([7; 32], Some(&child), &mut SeededEntropy(3));
    assert_ne!(elsewhere.text().lines().nth(1), erasures.text().lines().nth(1), "another secret");
}

#[test]
fn a_list_that_is_none_is_an_error() {
    let dir = TempDir::new().unwrap();
    let mut erasures = Erasures::default();
    erasures.begin([7; 32], Some(&subject("child/C-1")), &mut SeededEntropy(1));
    let text = erasures.text();
    let damages =
        ["".to_owned(), text[1..].to_owned(), text.replace("pending", "over"), text.clone() + "x"];
    for damaged in damages {
        fs::write(dir.path().join("erasures"), damaged).unwrap();
        assert!(Erasures::read(dir.path()).is_err());
    }
    fs::write(dir.path().join("erasures"), &text).unwrap();
    assert_eq!(Erasures::read(dir.path()).unwrap().text(), text);
}
