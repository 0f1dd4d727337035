//! The program as a user runs it.

mod anchor;
mod audit;
mod bad_input;
mod bad_output;
mod discover;
mod examples;
mod help;
mod input_format;
mod inputs;
mod kind;
mod mail;
mod people_findings;
mod policy;
mod redact;
mod samples;
mod update;
mod verify;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository.
fn file(path: &str) -> String {
    root().join(path).display().to_string()
}

/// Runs the program.
fn hindcast(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hindcast")).args(args).env("NO_COLOR", "1").output().expect("the program runs")
}

/// Runs the program, which must succeed, and gives what it printed.
fn ok(args: &[&str]) -> String {
    let out = hindcast(args);
    assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// A folder of its own for one test.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The samples that are not part of the project, where they are there.
fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("HINDCAST_SHARED").map(PathBuf::from);
    let beside = root().join("../shared");
    let found = named.or(Some(beside)).filter(|p| p.join("traces").is_dir());
    if found.is_none() {
        println!("skipped: there are no shared samples beside the project");
    }
    found
}

/// What is wrong with a value by this JSON Schema; `None` if it follows it.
fn faults(schema: serde_json::Value) -> impl Fn(&serde_json::Value) -> Option<String> {
    const HERE: &str = "urn:hindcast:test";
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource(HERE, schema).expect("an address");
    let root = compiler.compile(HERE, &mut schemas).expect("a valid schema");
    move |value| schemas.validate(value, root).err().map(|error| format!("{error:#}"))
}

/// Drafts as data.
fn draft_json(args: &[&str]) -> serde_json::Value {
    let all = [&["draft", "--format", "json"], args].concat();
    serde_json::from_str(&ok(&all)).expect("JSON")
}
