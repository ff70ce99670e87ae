//! The published example, and texts that are none.

use super::*;
use crate::testing::Log;

/// The example of c2sp.org/tlog-witness.
const EXAMPLE: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

#[test]
fn example_of_the_specification() {
    let add = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((add.old_size, add.proof.len()), (20_852_014, 4));
    assert_eq!(add.checkpoint.signatures().len(), 2);
    assert_eq!(add.to_string(), EXAMPLE);
}

#[test]
fn what_is_no_such_text_is_named() {
    let hash = format!("{}\n", base64(&[7; 32]));
    let note = format!("\n{}", Log::of(3).signed());
    let parse = |text: String| AddCheckpoint::parse(text.as_bytes());
    assert_eq!(parse(format!("old 2\n{hash}")), Err(AddCheckpointError::NoCheckpoint));
    assert_eq!(parse(format!("new 2\n{note}")), Err(AddCheckpointError::OldSize));
    assert_eq!(parse(format!("old 02\n{note}")), Err(AddCheckpointError::OldSize));
    assert_eq!(parse(format!("old 2\nno\n{note}")), Err(AddCheckpointError::Hash(1)));
    let many = hash.repeat(ADD_CHECKPOINT_HASHES_MAX);
    assert!(parse(format!("old 2\n{many}{note}")).is_ok());
    assert_eq!(parse(format!("old 2\n{many}{hash}{note}")), Err(AddCheckpointError::Hash(64)));
    let no_note = AddCheckpointError::Checkpoint(NoteError::Form);
    assert_eq!(parse("old 2\n\nno\n".to_owned()), Err(no_note));
    assert_eq!(AddCheckpoint::parse(b"\xff\n\n"), Err(AddCheckpointError::NotUtf8));
}
