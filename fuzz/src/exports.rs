//! Exports, and their import.

use eventlog::{Batch, EventLog, ExportReader, Memory, SeededEntropy, SetClock};
use events::{Logged, Position, Timestamp};

/// Reads an export and imports it into an empty log.
///
/// # Panics
/// Where a line that was taken is not taken again from its own canonical form, or an import is not
/// what the export said.
pub fn export(bytes: &[u8]) {
    let lines: Vec<Logged> =
        ExportReader::new(bytes).map_while(Result::ok).map(|(_, line)| line).collect();
    for line in &lines {
        let canonical = line.canonical();
        let again = ExportReader::new(&canonical[..]).next().expect("one line");
        let (_, again) = again.expect("what was taken is taken again");
        assert_eq!(&again, line);
        assert_eq!(again.canonical(), canonical);
        assert_eq!(again.leaf(), line.leaf());
    }
    import(&lines);
}

/// The year 2100, microseconds since 1970.
const LATE_MICROS: i64 = 4_102_444_800_000_000;

fn import(lines: &[Logged]) {
    let clock = SetClock::at(Timestamp::from_micros(LATE_MICROS));
    let log = Memory::new("example.org/fuzz", clock, SeededEntropy(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        if log.append(Batch::Exact(lines.to_vec())).await.is_err() {
            return;
        }
        let held = log.page(Position(1), lines.len() + 1).await.expect("memory can be read");
        assert_eq!(held.len(), lines.len());
        let leaves = |events: &[Logged]| events.iter().map(Logged::leaf).collect::<Vec<_>>();
        assert_eq!(leaves(&held), leaves(lines));
    });
}
