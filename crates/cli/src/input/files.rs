//! Which files: those that are named, those that a pattern matches, and those in a folder or an archive.

use super::archives;
use crate::failure::Failure;
use crate::names;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that one command reads at most. A folder with more is hardly one of traces.
const MOST: usize = 100_000;
/// Folders inside of folders that are looked into.
const DEEPEST: usize = 32;

/// A file to read.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
    /// What people call it: its name, and its folders below the one that was given.
    pub name: String,
    /// How it came to be among the files.
    pub given: Given,
    /// Its bytes, where they are not to be read from the path.
    pub held: Held,
}

/// How a file came to be among those to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Somebody named it.
    Named,
    /// A pattern matches it.
    Matched,
    /// It stood in a folder or an archive, among whatever else is there.
    Found,
}

/// Bytes that can be had only once, kept for those who need them more than once.
#[derive(Debug, Clone)]
pub enum Held {
    /// They are read from the path.
    No,
    /// Here.
    Bytes(Arc<Vec<u8>>),
    /// In a file without a name, as there are many.
    Aside(Arc<File>),
}

impl Named {
    /// A file that has this path, as it was given.
    fn at(path: &Path, given: Given) -> Self {
        Named { path: path.to_owned(), name: names::short(path), given, held: Held::No }
    }

    /// True when nobody named it: it may be anything, and is left out where it is no trace.
    pub fn is_anything(&self) -> bool {
        self.given != Given::Named
    }

    /// Its bytes; 0 where nobody knows.
    pub fn size(&self) -> u64 {
        match &self.held {
            Held::No => std::fs::metadata(&self.path).map_or(0, |m| m.len()),
            Held::Bytes(bytes) => bytes.len() as u64,
            Held::Aside(file) => file.metadata().map_or(0, |m| m.len()),
        }
    }
}

/// Bytes of standard input that are held in memory.
const IN_MEMORY: u64 = 64 << 20;

/// Bytes of standard input that are put aside at once.
const PIECE: usize = 256 << 10;

/// Takes standard input in: what it gives can be read only once.
fn stdin() -> Result<Named, Failure> {
    let fail = |e: io::Error| Failure::Input(format!("standard input: {e}. Check the disk and try again."));
    let aside =
        |e: io::Error| Failure::Input(super::bulk::no_room(&e, "as much free space as standard input has bytes"));
    let mut from = io::stdin().lock();
    let mut bytes = Vec::new();
    from.by_ref().take(IN_MEMORY).read_to_end(&mut bytes).map_err(fail)?;
    let held = if (bytes.len() as u64) < IN_MEMORY {
        Held::Bytes(Arc::new(bytes))
    } else {
        let mut file = tempfile::tempfile().map_err(aside)?;
        file.write_all(&bytes).map_err(aside)?;
        drop(bytes);
        // Not by `io::copy`, which does not say which side failed.
        let mut piece = vec![0; PIECE];
        loop {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => file.write_all(piece.get(..read).unwrap_or_default()).map_err(aside)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(fail(e)),
            }
        }
        Held::Aside(Arc::new(file))
    };
    Ok(Named { path: PathBuf::from("-"), name: "stdin".to_owned(), given: Given::Named, held })
}

/// Makes files of what stands on the command line: in the order given, those of a folder or a pattern by their names.
///
/// # Errors
/// When a folder cannot be listed, or nothing is there where something was expected.
pub fn of(paths: &[impl AsRef<Path>]) -> Result<Vec<Named>, Failure> {
    let mut all: Vec<Named> = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if path == Path::new("-") {
            all.push(stdin()?);
        } else if path.is_dir() {
            folder(path, &mut all)?;
        } else if let Some(pattern) = path.to_str().filter(|p| p.contains(['*', '?', '[']) && !path.exists()) {
            matching(pattern, &mut all)?;
        } else {
            all.push(Named::at(path, Given::Named));
        }
        if all.len() > MOST {
            return Err(Failure::Input(format!(
                "{} contains too many files: at most {MOST} are read at once. Name a smaller folder.",
                path.display()
            )));
        }
    }
    let given = |file: &Named| file.given != Given::Found && matches!(file.held, Held::No);
    let called = names::apart(all.iter().filter(|f| given(f)).map(|f| f.path.as_path()));
    all.iter_mut().filter(|f| given(f)).zip(called).for_each(|(file, name)| file.name = name);
    archives::opened(all)
}

/// A pattern that the shell did not expand, because it was quoted or because the shell is one that never does.
fn matching(pattern: &str, all: &mut Vec<Named>) -> Result<(), Failure> {
    let bad = |why: String| Failure::Input(format!("{pattern}: {why}. Check the pattern, or list the files."));
    // As in a shell: hidden files are meant only by patterns that say so.
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let found = glob::glob_with(pattern, options).map_err(|e| bad(format!("not a valid pattern ({})", e.msg)))?;
    let before = all.len();
    let named = written_out(pattern);
    let mut links = false;
    for path in found {
        let path = path.map_err(|e| bad(e.to_string()))?;
        // As in a folder. What the pattern itself writes out is meant, wherever it leads.
        if path.ancestors().take_while(|part| part.components().count() > named).any(Path::is_symlink) {
            links = true;
        } else if path.is_dir() {
            folder(&path, all)?;
        } else {
            all.push(Named::at(&path, Given::Matched));
        }
        if all.len() > MOST {
            return Ok(());
        }
    }
    match (all.len() == before, links) {
        (false, _) => Ok(()),
        (true, false) => Err(bad("no file matches".to_owned())),
        (true, true) => Err(bad("only links match, which are not read unless they are named".to_owned())),
    }
}

/// How many parts of a path a pattern writes out before its first wildcard.
fn written_out(pattern: &str) -> usize {
    let literal = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    Path::new(pattern).components().take_while(literal).count()
}

/// All files below a folder, by their names. Hidden ones are not meant, and links lead elsewhere.
fn folder(root: &Path, all: &mut Vec<Named>) -> Result<(), Failure> {
    let before = all.len();
    walk(root, "", DEEPEST, all)?;
    if all.len() == before {
        return Err(Failure::Input(format!(
            "{} is a folder without files. Hidden files and links in it are not read; name them.",
            root.display()
        )));
    }
    Ok(())
}

fn walk(folder: &Path, prefix: &str, deeper: usize, all: &mut Vec<Named>) -> Result<(), Failure> {
    let fail = |e: io::Error| Failure::Input(format!("{}: {e}. Check its permissions.", folder.display()));
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push((entry.file_name(), entry.file_type().map_err(fail)?));
        }
        if entries.len() > MOST {
            break;
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind) in entries {
        let path = folder.join(&name);
        let name = format!("{prefix}{}", name.to_string_lossy());
        if all.len() > MOST {
            return Ok(());
        } else if kind.is_dir() && deeper > 0 {
            walk(&path, &format!("{name}/"), deeper - 1, all)?;
        } else if kind.is_file() {
            all.push(Named { path, name, given: Given::Found, held: Held::No });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(paths: &[PathBuf]) -> Vec<String> {
        of(paths).expect("lists").into_iter().map(|n| n.name).collect()
    }

    #[test]
    fn folders_and_patterns_give_their_files_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("sub/deeper")).expect("makes");
        for name in ["b.json", "a.json", ".hidden", "sub/c.json", "sub/deeper/d.jsonl"] {
            std::fs::write(at(name), "[]").expect("writes");
        }
        assert_eq!(listed(&[folder.path().to_owned()]), ["a.json", "b.json", "sub/c.json", "sub/deeper/d.jsonl"]);
        assert_eq!(listed(&[at("*.json")]), ["a.json", "b.json"]);
        assert_eq!(listed(&[at("**/*.json")]), ["a.json", "b.json", "c.json"]);
        assert_eq!(listed(&[at("b.json"), at("sub"), at("a.json")]), ["b.json", "c.json", "deeper/d.jsonl", "a.json"]);
        // A name with a bracket in it is that file where there is one.
        std::fs::write(at("[x].json"), "[]").expect("writes");
        assert_eq!(listed(&[at("[x].json")]), ["[x].json"]);
        for nothing in ["*.xml", "[.json", "sub/deeper/*.json"] {
            assert!(matches!(of(&[at(nothing)]), Err(Failure::Input(_))), "{nothing}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_folder_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.json"), "[]").expect("writes");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).expect("links");
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("out")).expect("links");
        assert_eq!(listed(&[folder.path().to_owned()]), ["a.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_a_pattern_matches_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("real")).expect("makes");
        std::fs::write(at("real/a.json"), "[]").expect("writes");
        std::os::unix::fs::symlink(at("real/a.json"), at("b.json")).expect("links");
        std::os::unix::fs::symlink(at("real"), at("linked")).expect("links");
        assert_eq!(listed(&[at("*/*.json")]), ["a.json"]);
        assert_eq!(listed(&[at("**/*.json")]), ["a.json"]);
        let Err(Failure::Input(why)) = of(&[at("*.json")]) else { panic!("only links match") };
        assert!(why.contains("only links match"), "{why}");
        // A link that is written out is meant.
        assert_eq!(listed(&[at("linked/*.json")]), ["a.json"]);
        assert_eq!(listed(&[at("b.json")]), ["b.json"]);
    }
}
