//! Notes, checkpoints and proofs, as outsiders send them.

use proof::{AddCheckpoint, Checkpoint, Note, TileId, TlogProof, VerifierKey};

/// Reads bytes as everything that the proof formats know.
///
/// # Panics
/// Where something that was taken is not taken again, the same, once it is written down.
pub fn proofs(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(Note::parse(note.to_string().as_bytes()).expect("taken again"), note);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        let again = AddCheckpoint::parse(request.to_string().as_bytes()).expect("taken again");
        assert_eq!(again, request);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        let again = Checkpoint::parse(&checkpoint.to_string()).expect("taken again");
        assert_eq!(again, checkpoint);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse::<VerifierKey>().expect("taken again"), key);
    }
    if let Ok(tile) = TileId::parse(text) {
        assert_eq!(TileId::parse(&tile.path()).expect("taken again"), tile);
    }
}
