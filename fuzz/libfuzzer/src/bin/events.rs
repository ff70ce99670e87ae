#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casetrail_fuzz::events(bytes));
