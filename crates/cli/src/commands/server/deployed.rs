//! Tests of the files for operation in `deploy` and of the Dockerfile: they name only what this program and the repository have.

use super::variables::unknown;
use crate::args::Args;
use clap::CommandFactory;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn compose() -> Value {
    serde_saphyr::from_str(&text("deploy/compose.yaml")).expect("YAML")
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// The names of a map, or the texts of a list.
fn names(value: &Value) -> BTreeSet<String> {
    match value.as_object() {
        Some(map) => map.keys().cloned().collect(),
        None => texts(value).into_iter().collect(),
    }
}

/// The variables of this program that a text names, also in comments.
fn variables(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c| !is_name(c)).filter(|word| word.len() > "HINDCAST_".len());
    words.filter(|word| word.starts_with("HINDCAST_")).map(str::to_owned).collect()
}

/// A text of the compose file with its variables replaced by something that fits.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once("${") {
        let (variable, after) = inner.split_once('}').expect("a variable ends");
        filled.push_str(before);
        filled.push_str(if variable.starts_with("HINDCAST_URL") { "https://hindcast.example.com" } else { "filled" });
        rest = after;
    }
    filled + rest
}

/// Parses a command line as the program does.
fn parses(words: impl IntoIterator<Item = String>) {
    let words: Vec<String> = std::iter::once("hindcast".to_owned()).chain(words).collect();
    Args::command().try_get_matches_from(&words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
}

/// The instructions of the Dockerfile, with lines that go on joined.
fn instructions() -> Vec<String> {
    let text = text("Dockerfile").replace("\\\n", " ");
    text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}

/// The argument of the last instruction of this name.
fn instruction(name: &str) -> Option<String> {
    let of = |line: &String| line.strip_prefix(name)?.strip_prefix(' ').map(|rest| rest.trim().to_owned());
    instructions().iter().rev().find_map(of)
}

fn words_of(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_else(|e| panic!("{list}: {e}"))
}

/// What is copied from the repository into the image or its build.
fn copied() -> Vec<String> {
    let lines = instructions();
    let copies = lines.iter().filter_map(|l| l.strip_prefix("COPY ")).filter(|l| !l.contains("--from="));
    let sources = |line: &str| {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        words.pop();
        words
    };
    copies.flat_map(sources).collect()
}

#[test]
fn every_variable_in_the_files_for_operation_is_one_of_this_program() {
    // What only says how the image is built and named.
    const OF_THE_BUILD: [&str; 2] = ["HINDCAST_COMMIT", "HINDCAST_TAG"];
    for path in ["deploy/compose.yaml", "deploy/hindcast.env", "deploy/hindcast.service"] {
        let named: Vec<_> =
            variables(&text(path)).into_iter().filter(|v| !OF_THE_BUILD.contains(&v.as_str())).collect();
        assert_eq!(unknown(&Args::command(), named.into_iter().map(OsString::from)), Vec::<String>::new(), "{path}");
    }
    let misspelled = variables("# HINDCAST_MEMROY=1024\n${HINDCAST_URL:?}");
    assert_eq!(misspelled.len(), 2);
    assert_eq!(unknown(&Args::command(), misspelled.into_iter().map(OsString::from)).len(), 1);
}

#[test]
fn the_compose_file_names_what_is_there() {
    let compose = compose();
    let services = compose["services"].as_object().expect("services");
    for (name, service) in services {
        for (of, there) in [("networks", &compose["networks"]), ("depends_on", &compose["services"])] {
            let missing: Vec<_> = names(&service[of]).difference(&names(there)).cloned().collect();
            assert!(missing.is_empty(), "{name}: {of} {missing:?}");
        }
        for volume in texts(&service["volumes"]) {
            let (from, _) = volume.split_once(':').expect("a volume and its place");
            assert!(names(&compose["volumes"]).contains(from), "{name}: the volume {from}");
        }
    }
    let server = &services["hindcast"];
    let context = server["build"]["context"].as_str().expect("a folder");
    let docker = root().join("deploy").join(context).join("Dockerfile");
    assert!(docker.is_file(), "{}", docker.display());
    let args: BTreeSet<String> = instructions()
        .iter()
        .filter_map(|line| line.strip_prefix("ARG "))
        .map(|arg| arg.split('=').next().unwrap_or_default().to_owned())
        .collect();
    assert!(names(&server["build"]["args"]).is_subset(&args), "build arguments that the Dockerfile does not have");
    let command: Vec<String> = texts(&server["command"]).iter().map(|w| filled(w)).collect();
    parses(command.clone());
    let listen = command.iter().skip_while(|w| *w != "--listen").nth(1).expect("an address");
    let inside = listen.rsplit(':').next().expect("a port");
    assert_eq!(instruction("EXPOSE").as_deref(), Some(inside), "the port of the image");
    for port in texts(&server["ports"]) {
        assert!(port.starts_with("127.0.0.1:") && port.ends_with(&format!(":{inside}")), "{port}");
    }
    let database = server["environment"]["HINDCAST_DATABASE"].as_str().expect("a database");
    let host = filled(database).rsplit('@').next().and_then(|rest| rest.split('/').next().map(str::to_owned));
    assert!(host.is_some_and(|host| services.contains_key(&host)), "{database}");
}

#[test]
fn the_dockerfile_copies_what_is_there_and_starts_this_program() {
    let ignored = text(".dockerignore");
    let kept: BTreeSet<&str> = ignored.lines().filter_map(|l| l.strip_prefix('!')).collect();
    for path in copied() {
        assert!(root().join(&path).exists(), "{path} is not there");
        assert!(kept.contains(path.as_str()), "{path} is ignored by .dockerignore");
    }
    let start = words_of(&instruction("ENTRYPOINT").expect("a program"));
    assert_eq!(start, ["hindcast"]);
    parses(words_of(&instruction("CMD").expect("a command")));
    let image = text("Dockerfile");
    let rust =
        image.split("RUST_IMAGE=rust:").nth(1).and_then(|rest| rest.split('-').next()).expect("a release of Rust");
    let number = |version: &str| -> Vec<u32> { version.split('.').filter_map(|n| n.parse().ok()).collect() };
    assert!(number(rust) >= number(env!("CARGO_PKG_RUST_VERSION")), "{rust} is too old");
}

/// What the build reads beside code is copied too.
#[test]
fn the_dockerfile_copies_what_the_code_includes() {
    let copied: Vec<PathBuf> = copied().iter().map(|p| root().join(p).canonicalize().expect("is there")).collect();
    let mut folders = vec![root().join("crates")];
    let mut included = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let code = std::fs::read_to_string(&path).expect("code");
            for rest in ["include_str!(\"", "include_bytes!(\""].iter().flat_map(|call| code.split(call).skip(1)) {
                let named = rest.split('"').next().expect("a name");
                let Ok(file) = folder.join(named).canonicalize() else { continue };
                included += 1;
                assert!(copied.iter().any(|c| file.starts_with(c)), "{} is not copied", file.display());
            }
        }
    }
    assert!(included > 50, "{included}");
}

#[test]
fn the_systemd_unit_is_valid_and_shut_in() {
    let unit = text("deploy/hindcast.service");
    let setting = |name: &str| unit.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
    let start = setting("ExecStart");
    let words = start.strip_prefix("/usr/local/bin/hindcast ").expect("this program").split_whitespace();
    parses(words.map(str::to_owned));
    let settings = setting("EnvironmentFile").trim_start_matches('-');
    assert!(text("docs/deployment.md").contains(settings), "where the settings are: {settings}");
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: systemd-analyze, which is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hindcast.service");
    // Whether the program is installed on this machine does not matter.
    std::fs::write(&file, unit.replace(start, "/bin/true")).expect("written");
    let analyze = |arguments: &[&str]| {
        let out = Command::new("systemd-analyze").args(arguments).arg(&file).output().expect("runs");
        let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
        assert!(out.status.success(), "{arguments:?}\n{said}");
        said
    };
    // Warnings, such as of a setting that systemd does not know, are no failure to it.
    assert_eq!(analyze(&["verify", "--man=no"]), "");
    // At most 2.0 of 10; systemd calls this "OK".
    analyze(&["security", "--offline=true", "--threshold=20"]);
}
