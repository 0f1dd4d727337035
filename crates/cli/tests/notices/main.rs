//! `THIRD_PARTY.md` has the license of everything that is linked into the program, and `deny.toml` allows each.
//!
//! After a change of dependencies: `HINDCAST_UPDATE_NOTICES=1 cargo test -p hindcast-cli --test notices`.

mod license;
mod text;

use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that is linked into the program.
pub struct Crate {
    name: String,
    version: String,
    license: String,
    repository: String,
    folder: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("").to_owned()
}

/// Everything that the program is linked with on Linux, by name and version. What only builds or tests it is not part of it.
fn linked() -> Vec<Crate> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]);
    let answer = cargo.current_dir(root()).output().expect("runs cargo");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let all: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes = list(&all["resolve"]["nodes"]);
    let nodes: HashMap<String, &Value> = nodes.iter().map(|n| (text(n, "id"), n)).collect();
    let packages = list(&all["packages"]);
    let program = packages.iter().find(|p| p["name"] == "hindcast-cli").expect("the program");
    let (mut seen, mut open) = (HashSet::new(), vec![text(program, "id")]);
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dependency in list(&nodes[&id]["deps"]) {
            // A kind that is null is that of a normal dependency.
            if list(&dependency["dep_kinds"]).iter().any(|k| k["kind"].is_null()) {
                open.push(text(&dependency, "pkg"));
            }
        }
    }
    let from_outside = packages.iter().filter(|p| !p["source"].is_null() && seen.contains(&text(p, "id")));
    let mut crates: Vec<Crate> = from_outside
        .map(|p| Crate {
            name: text(p, "name"),
            version: text(p, "version"),
            license: text(p, "license"),
            repository: text(p, "repository"),
            folder: Path::new(&text(p, "manifest_path")).parent().expect("a folder").to_owned(),
        })
        .collect();
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    crates
}

#[test]
fn third_party_has_the_license_of_everything_that_is_linked() {
    let (file, made) = (root().join("THIRD_PARTY.md"), text::notices(&linked()));
    if std::env::var_os("HINDCAST_UPDATE_NOTICES").is_some() {
        std::fs::write(&file, &made).expect("writes");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    let differs = kept.lines().zip(made.lines()).position(|(a, b)| a != b);
    assert!(
        kept == made,
        "THIRD_PARTY.md is out of date from line {}; run: HINDCAST_UPDATE_NOTICES=1 cargo test -p hindcast-cli --test notices",
        differs.unwrap_or(kept.lines().count().min(made.lines().count())) + 1
    );
}

#[test]
fn every_license_is_one_that_deny_toml_allows() {
    let deny = std::fs::read_to_string(root().join("deny.toml")).expect("reads");
    let allowed = deny.split_once("allow = [").expect("a list").1.split(']').next().expect("its end");
    let allowed: Vec<&str> = allowed.split('"').skip(1).step_by(2).collect();
    for one in linked() {
        assert!(license::is_allowed(&one.license, &allowed), "{} {}: {}", one.name, one.version, one.license);
    }
}
