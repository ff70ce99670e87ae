use crate::{GrantError, Grants, Names};

#[test]
fn grants_are_read_as_they_are_written() {
    let words = ["ingest:a", "ingest:urn:b", "reporter:A", "auditor", "operator"];
    let grants = Grants::read(words).expect("grants");
    assert_eq!(grants.words(), words);
    assert!(grants.ingest.as_ref().is_some_and(|names| names.hold("urn:b") && !names.hold("b")));
    assert_eq!(Grants::read(["ingest:a", "ingest:*"]).expect("all").ingest, Some(Names::All));
    assert_eq!(Grants::read(Grants::all().words()), Ok(Grants::all()));
}

#[test]
fn what_is_no_grant_grants_nothing() {
    for word in ["", "ingest", "ingest:", "reporter:", "admin", "auditor:A", "Auditor", " auditor"]
    {
        assert_eq!(Grants::read([word]), Err(GrantError(word.to_owned())));
    }
    assert_eq!(Grants::read::<&str>([]), Ok(Grants::default()));
}
