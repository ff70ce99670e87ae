//! A generated event as a line of NDJSON.

use std::io::Write;

use super::Generated;

impl Generated {
    /// Appends the event as one line that `casetrail ingest --backfill` takes: a CloudEvents 1.0
    /// object with its `recordedtime`, and a line feed. The order of members is not canonical.
    ///
    /// # Panics
    /// Never: what is generated can be written to memory.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        // Identities, sources and subjects are generated names, which need no escapes.
        debug_assert!(is_plain(&self.key.id) && is_plain(&self.key.source));
        let texts = [
            (r#"{"specversion":"1.0","id":""#, self.key.id.as_str()),
            (r#"","source":""#, &self.key.source),
            (r#"","type":""#, self.payload.kind().name()),
            (r#"","subject":""#, self.subject.as_str()),
        ];
        for (name, text) in texts {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        let (on, at) = (self.effective_on, self.recorded_time);
        write!(out, r#"","effectiveon":"{on}","recordedtime":"{at}","data":"#)
            .expect("memory takes it");
        serde_json::to_writer(&mut *out, &self.payload.write()).expect("memory takes it");
        out.extend_from_slice(b"}\n");
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}
