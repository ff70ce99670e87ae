//! Medians, bars, the table, the report.

use std::fs;
use std::path::{Path, PathBuf};

use crate::machine::{Machine, kibibytes};
use crate::place::{Mount, Scratch, allocated_bytes};
use crate::table::grouped;
use crate::{Bar, Limit, Measure, Report, Spread, Verdict, cores};

fn report(measures: Vec<Measure>) -> Report {
    let mount = Mount {
        device: "/dev/vda".to_owned(),
        at: "/".into(),
        file_system: "ext4".to_owned(),
        options: "rw".to_owned(),
        write_cache: None,
    };
    let machine = Machine {
        date: "2026-01-01T00:00:00Z".to_owned(),
        commit: None,
        cores: 2,
        processor: None,
        memory_bytes: None,
        kernel: None,
        load: None,
        mount,
    };
    let notes = vec!["a note".to_owned()];
    Report { bench: "log", asked: Vec::new(), machine, measures, notes }
}

fn at_least(limit: f64) -> Bar {
    Bar::binding(Limit::AtLeast(limit))
}

#[test]
fn the_median_is_the_middle_of_any_order() {
    let spread = |figures: &[f64]| Spread::of(figures).expect("figures");
    let odd = spread(&[5.0, 1.0, 9.0]);
    assert_eq!((odd.median, odd.min, odd.max, odd.count), (5.0, 1.0, 9.0, 3));
    assert_eq!(spread(&[4.0, 1.0, 3.0, 2.0]).median, 2.5);
    // As numbers, not as text, and below zero too.
    assert_eq!(spread(&[100.0, 9.0, -3.0]).median, 9.0);
    assert_eq!(spread(&[7.0]).median, 7.0);
}

#[test]
fn no_figure_has_no_median() {
    assert_eq!(Spread::of(&[]), None);
    assert_eq!(Spread::of(&[1.0, f64::NAN]), None);
}

#[test]
fn ratios_are_taken_within_a_round() {
    // A machine that was ten times as slow in the second round: each round says a half.
    let spread = Spread::of_ratios(&[50.0, 5.0], &[100.0, 10.0]).expect("ratios");
    assert_eq!((spread.median, spread.min, spread.max), (0.5, 0.5, 0.5));
    assert_eq!(Spread::of_ratios(&[50.0, 5.0], &[100.0]), None);
    assert_eq!(Spread::of_ratios(&[], &[]), None);
}

#[test]
fn limits_hold_at_their_boundaries() {
    assert!(Limit::AtLeast(4.0).holds(4.0) && !Limit::AtLeast(4.0).holds(3.999));
    assert!(Limit::AtMost(105.0).holds(105.0) && !Limit::AtMost(105.0).holds(105.001));
    assert!(Limit::Below(300.0).holds(299.999) && !Limit::Below(300.0).holds(300.0));
    for limit in [Limit::AtLeast(1.0), Limit::AtMost(1.0), Limit::Below(1.0)] {
        assert!(!limit.holds(f64::NAN));
    }
}

#[test]
fn a_bar_is_held_against_the_median_of_the_ratio_where_there_is_a_reference() {
    let ours = [80.0, 10.0, 82.0];
    let measure = Measure::new("append", "events/s", &ours).with_bar(at_least(0.75));
    let measure = measure.against("A", &ours, &[100.0, 100.0, 100.0]);
    assert_eq!(measure.verdict(), Some(Verdict::Holds));
    let slower = measure.clone().against("A", &ours, &[110.0, 110.0, 110.0]);
    assert_eq!(slower.verdict(), Some(Verdict::FallsShort));
    assert!(slower.fails() && !measure.fails());
}

#[test]
fn a_bar_without_a_figure_is_not_measured_and_fails() {
    let missing = Measure::new("append", "events/s", &[1.0]).against("B", &[1.0], &[]);
    assert_eq!(missing.verdict(), None);
    let missing = missing.with_bar(at_least(4.0));
    assert_eq!(missing.verdict(), Some(Verdict::NotMeasured));
    assert!(missing.fails());
    assert!(Measure::new("read", "events/s", &[]).with_bar(at_least(1.0)).fails());
}

#[test]
fn every_bar_that_falls_short_is_named_and_no_other() {
    let shown = Bar { limit: Limit::AtMost(105.0), binding: false };
    let measures = vec![
        Measure::new("holds", "events/s", &[2.0]).with_bar(at_least(2.0)),
        Measure::new("slow", "events/s", &[1.0]).with_bar(at_least(2.0)),
        Measure::new("large", "bytes", &[200.0]).with_bar(shown),
        Measure::new("no bar", "s", &[1.0]),
        Measure::new("alone", "events/s", &[1.0]).against("B", &[1.0], &[]).with_bar(at_least(4.0)),
    ];
    let report = report(measures);
    assert_eq!(
        report.falls_short(),
        ["slow, events/s: 1, not ≥ 2", "alone of B: not measured, ≥ 4"]
    );
}

#[test]
fn the_table_has_every_figure_and_verdict() {
    let ours = [250_000.0, 200_000.0, 300_000.0];
    let shown = Bar { limit: Limit::AtMost(105.0), binding: false };
    let measures = vec![
        Measure::new("ingest", "events/s", &ours)
            .against("C", &ours, &[500_000.0; 3])
            .with_bar(at_least(0.6))
            .with_note("as it is"),
        Measure::new("disk", "bytes/event", &[110.46]).with_bar(shown),
        Measure::new("append", "events/s", &[]).against("B", &[], &[]).with_bar(at_least(4.0)),
    ];
    let table = report(measures).table();
    let line = |name: &str| {
        let line = table.lines().find(|line| line.trim_start().starts_with(name));
        line.unwrap_or_else(|| panic!("no {name} in {table}")).to_owned()
    };
    for part in ["250,000 [200,000..300,000]", "C: 500,000 ", "0.5 [0.4..0.6]", "≥ 0.6"] {
        assert!(line("ingest").contains(part), "{part}: {}", line("ingest"));
    }
    assert!(line("ingest").trim_end().ends_with(" falls short"));
    assert!(line("disk").contains(" 110 ") && line("disk").contains("(falls short)"));
    assert!(line("append").contains("B: –") && line("append").contains("not measured"));
    assert!(table.contains("- ingest: as it is\n") && table.contains("- a note\n"));
}

#[test]
fn figures_are_grouped_and_rounded_for_the_eye() {
    let cases = [
        (0.0, "0"),
        (0.749, "0.75"),
        (4.0, "4"),
        (99.999, "100"),
        (123.4, "123"),
        (1_000.0, "1,000"),
        (1_234_567.8, "1,234,568"),
        (-1_234.0, "-1,234"),
    ];
    for (figure, text) in cases {
        assert_eq!(grouped(figure), text);
    }
}

#[test]
fn the_json_has_medians_verdicts_and_what_falls_short() {
    let measures = vec![
        Measure::new("slow", "events/s", &[1.0, 3.0]).with_bar(at_least(2.5)),
        Measure::new("no bar", "s", &[1.0]),
    ];
    let json: serde_json::Value =
        serde_json::from_str(&report(measures).json().expect("JSON")).expect("JSON");
    assert_eq!(json["measures"][0]["ours"]["median"], 2.0);
    assert_eq!(json["measures"][0]["bar"]["limit"]["at_least"], 2.5);
    assert_eq!(json["measures"][0]["verdict"], "falls_short");
    assert!(json["measures"][1]["verdict"].is_null());
    assert_eq!(json["falls_short"], serde_json::json!(["slow, events/s: 2, not ≥ 2.5"]));
    assert_eq!(json["machine"]["mount"]["file_system"], "ext4");
}

#[test]
fn the_mount_that_holds_a_directory_is_the_innermost_and_the_last() {
    let mounts = "/dev/vda / ext4 rw 0 0\n\
                  /dev/vdb /work ext4 rw 0 0\n\
                  tmpfs /work/shm tmpfs rw 0 0\n\
                  /dev/vdc /workshop xfs rw 0 0\n\
                  /dev/vdd /work btrfs rw 0 0\n";
    let device = |dir| Mount::holding(Path::new(dir), mounts).expect("a mount").device;
    assert_eq!(device("/home"), "/dev/vda");
    assert_eq!(device("/work/target/bench"), "/dev/vdd");
    assert_eq!(device("/workshop/x"), "/dev/vdc");
    let memory = Mount::holding(Path::new("/work/shm/x"), mounts).expect("a mount");
    assert!(memory.is_memory());
}

#[test]
fn bytes_are_those_of_whole_blocks_filled_ahead_or_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = allocated_bytes(dir.path()).expect("a size");
    fs::create_dir(dir.path().join("below")).expect("a directory");
    fs::write(dir.path().join("below/one"), [1; 10]).expect("a file");
    fs::write(dir.path().join("two"), vec![0; 1 << 20]).expect("a file");
    fs::File::create(dir.path().join("hole")).expect("a file").set_len(1 << 30).expect("a hole");
    let grown = allocated_bytes(dir.path()).expect("a size") - before;
    assert!((1 << 20..2 << 20).contains(&grown), "{grown}");
}

#[test]
fn what_a_killed_benchmark_left_behind_is_removed_and_what_runs_is_not() {
    let root = tempfile::tempdir().expect("a directory");
    // No process has the number 0, and init runs always.
    let there = |name: &str| -> PathBuf {
        let dir = root.path().join(name);
        fs::create_dir_all(dir.join("postgres")).expect("a directory");
        dir
    };
    let (dead, alive, input) = (there("run-0"), there("run-1"), there("input"));
    let scratch = Scratch::new(root.path()).expect("a scratch directory");
    assert!(!dead.exists() && alive.exists() && input.exists());
    let own = scratch.path().to_owned();
    assert!(own.is_dir());
    drop(scratch);
    assert!(!own.exists());
}

#[test]
fn work_is_bound_to_cores_and_the_caller_is_not() {
    let before = cores::available().expect("cores");
    let bound = cores::on(1, || {
        let inherited = std::thread::Builder::new().spawn(cores::available)?;
        let inherited = inherited.join().expect("no panic")?;
        Ok((cores::available()?, inherited))
    });
    assert_eq!(bound.expect("one core"), (1, 1));
    assert_eq!(cores::available().expect("cores"), before);
    assert!(cores::on(before + 1, || Ok(())).is_err());
}

#[test]
fn memory_is_read_as_the_kernel_writes_it() {
    assert_eq!(kibibytes("  12 kB".trim()), Some(12 * 1024));
    assert_eq!(kibibytes("12"), None);
}
