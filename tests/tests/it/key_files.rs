//! Replacing a log's key, and following that.

use crate::program::{Place, generated};
use crate::trusted::{audited, key, text};

#[test]
fn a_key_is_rotated_and_followed() {
    let place = Place::with(&generated(2, 36));
    let first = key(&place);
    let (size, _) = place.verified();
    let second = place.casetrail(&["log", "key", "--rotate"]).ok();
    let second = second.trim_end();
    assert_ne!(first, second);
    let handover = place.log().join(format!("handovers/{}.tlog-proof", size + 1));
    let export = place.export("export.ndjson");
    let followed = ["--key", &first, "--handover", text(&handover)];
    assert_eq!(audited(&export, &followed).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", second]).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", &first]).code, Some(1), "the old key speaks no more");
}
