//! The published examples, another implementation, and texts that are no notes.

use signed_note::{StandardVerifier, VerifierList};

use super::*;
use crate::testing::{Log, ORIGIN, log_key, witness};
use crate::{SignedCheckpoint, VerifierKey};

/// The example of c2sp.org/signed-note.
const QUASIMODO: &str = "Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
";
/// The example of Go's `golang.org/x/mod/sumdb/note`.
const TEXT: &str = "If you think cryptography is the answer to your problem,
then you don't know what your problem is.
";
const PETER: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH_KEY: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

#[test]
fn example_of_the_specification() {
    let note = Note::parse(QUASIMODO.as_bytes()).unwrap();
    assert!(note.text().ends_with("sole:\n\ned è subito sera.\n"), "the last blank line separates");
    let [line] = note.signatures() else { panic!("one signature") };
    assert_eq!((line.name(), line.key_id()), ("quasimodo.example/salvatore", 0x367b_a04b));
    assert_eq!(line.bytes().len(), 64);
    assert_eq!(note.to_string(), QUASIMODO);
}

#[test]
fn examples_of_go_verify() {
    let note = Note::parse(format!("{TEXT}\n{PETER}{ENOCH}").as_bytes()).unwrap();
    for (line, key) in note.signatures().iter().zip([PETER_KEY, ENOCH_KEY]) {
        let key: VerifierKey = key.parse().unwrap();
        assert!(key.is_named_by(line) && key.verifies(TEXT.as_bytes(), line.bytes()));
        assert!(!key.verifies(&TEXT.as_bytes()[1..], line.bytes()));
    }
}

#[test]
fn what_is_no_note_is_named() {
    let line = |lines: &str| format!("{TEXT}\n{lines}");
    let cases = [
        (String::new(), NoteError::Form),
        (TEXT.to_owned(), NoteError::Form),
        (format!("{TEXT}\n"), NoteError::Form),
        (line(PETER.trim_end()), NoteError::Form),
        (format!("\u{1}{TEXT}\n{PETER}"), NoteError::ControlCharacter),
        (line(PETER).replace('\n', "\r\n"), NoteError::ControlCharacter),
        (line("— Bad Name x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("— Bad\u{a0}Name x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("— Bad+Name x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("— x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("—  x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("- Name x08go/ZJkuA=\n"), NoteError::SignatureLine(1)),
        (line("— Name x08goA==\n"), NoteError::SignatureLine(1)),
        (line("— Name x08go/ZJkuB=\n"), NoteError::SignatureLine(1)),
        (line("— Name x08go/ZJkuA\n"), NoteError::SignatureLine(1)),
        (line(&format!("{PETER}Unexpected line.\n")), NoteError::SignatureLine(2)),
        (line(&PETER.repeat(SIGNATURES_MAX + 1)), NoteError::TooManySignatures),
        (format!("{}{}", "a\n".repeat(NOTE_BYTES_MAX / 2), line(PETER)), NoteError::TooLong),
    ];
    for (text, why) in cases {
        assert_eq!(Note::parse(text.as_bytes()), Err(why), "{:.200}", text);
    }
    assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::NotUtf8));
    assert!(Note::parse(line(&PETER.repeat(SIGNATURES_MAX)).as_bytes()).is_ok());
}

#[test]
fn another_implementation_opens_our_notes() {
    let mut signed: SignedCheckpoint = Log::of(5).signed();
    witness(1).cosign(&mut signed, 1).unwrap();
    let theirs = signed_note::Note::from_bytes(signed.to_string().as_bytes()).unwrap();
    let key = StandardVerifier::new(&log_key().verifier().to_string()).unwrap();
    let (known, unknown) = theirs.verify(&VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!((known.len(), known[0].name(), unknown.len()), (1, ORIGIN, 1));
}
