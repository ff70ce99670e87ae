//! Every history, every question; directly, and through an export that was imported exactly.

use eventlog::{Batch, EventLog as _, Memory, SeededEntropy, SetClock};
use events::{Logged, Position};
use replay::Asking;

use crate::common::{all, export_of, histories_dir, now, replayed};

#[test]
fn every_question_is_answered_as_expected() {
    let mut faults = Vec::new();
    for mut history in all() {
        let replayed = history.replay(now()).unwrap();
        for (question, found) in history.check(&replayed, now(), false).unwrap() {
            let name = history.name();
            faults.extend(found.iter().map(|fault| format!("{name}: {question}: {fault}")));
        }
    }
    assert!(
        faults.is_empty(),
        "{}\nif this was meant: UPDATE=1 cargo run -p replay -- goldens",
        faults.join("\n")
    );
}

#[test]
fn every_question_has_a_part_that_was_worked_out_by_hand() {
    for history in all() {
        assert!(!history.questions().is_empty(), "{}", history.name());
        for question in history.questions() {
            assert!(question.must.is_some(), "{}: {:?}", history.name(), question.args);
        }
        let about = histories_dir().join(history.name()).join("ABOUT.md");
        let about = std::fs::read_to_string(&about).expect("ABOUT.md");
        assert_eq!(about.lines().count(), 5, "{}", history.name());
        assert!(about.contains("\nRule") && about.contains("\nSource: "), "{}", history.name());
    }
}

/// Takes events exactly into a new log, and reads them back with the log's root.
fn imported(events: &[Logged]) -> (Vec<Logged>, events::Hash) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = Memory::new("elsewhere", SetClock::at(now()), SeededEntropy(99));
    for batch in events.chunks(7) {
        runtime.block_on(log.append(Batch::Exact(batch.to_vec()))).unwrap();
    }
    let head = runtime.block_on(log.head(None)).unwrap();
    let page = runtime.block_on(log.page(Position(1), eventlog::PAGE_EVENTS_MAX)).unwrap();
    assert_eq!(page.len() as u64, head.position.0);
    (page, head.root)
}

#[test]
fn answers_are_the_same_through_an_exact_import() {
    for history in all() {
        let events = history.events(now()).unwrap();
        let export = export_of(&events);
        let direct = history.replay(now()).unwrap();
        let (events, root) = imported(&events);
        assert_eq!(export_of(&events), export, "{}", history.name());
        let through = replayed(&export);
        let end = direct.projection().position();
        assert_eq!(through.head(end).root, root, "{}", history.name());
        assert_eq!(through.head(end), direct.head(end), "{}", history.name());
        for question in history.questions() {
            let ask = |of| Asking::read(&question.args).unwrap().ask(of, now()).unwrap();
            assert_eq!(ask(&through), ask(&direct), "{}: {:?}", history.name(), question.args);
        }
    }
}
