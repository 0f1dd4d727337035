//! What the fuzz targets do, done without a fuzzer: with every input that once made one fail, and with small seeds.
//!
//! Inputs are kept in `fuzz/TARGET/`; see `docs/fuzzing.md`.
#![allow(missing_docs, unreachable_pub)]

use std::path::Path;

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use targets::{TARGETS, families};

#[test]
fn inputs_that_once_failed_do_not_fail() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let mut failed = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let target = entry.file_name().to_string_lossy().into_owned();
        for input in std::fs::read_dir(entry.path()).expect("a folder of inputs").flatten() {
            let bytes = std::fs::read(input.path()).expect("reads");
            if std::panic::catch_unwind(|| targets::run(&target, &bytes)).is_err() {
                failed.push(input.path());
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn every_target_takes_what_a_fuzzer_begins_with() {
    for (name, body) in TARGETS {
        for seed in
            ["", "0", "1\n", "0{}", "0[]", "0ua@b.example", "0\u{1e}u\u{1e}a\u{1e}c\u{1f}", "10+\n", "2tools:\n", "r"]
        {
            body(seed.as_bytes());
        }
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fuzz/fuzz_targets/{name}.rs")).is_file());
    }
}

#[test]
fn every_format_is_in_one_family() {
    let mut in_families: Vec<_> = families::ALL.iter().flat_map(|(_, family)| family.iter().copied()).collect();
    let mut all: Vec<_> = hindcast_trace::format::names().collect();
    in_families.sort_unstable();
    all.sort_unstable();
    assert_eq!(in_families, all, "a new format goes to the end of its family in fuzz/src/families.rs");
}
