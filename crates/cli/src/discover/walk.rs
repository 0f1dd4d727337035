//! Files in folders. Only reads; follows no links.

use super::skip::{Reason, Skips};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Levels of folders below the one that is given.
const MAX_DEPTH: usize = 12;
/// Names that are looked at in one run. A name costs about a microsecond.
const MAX_NAMES: usize = 500_000;

/// Folders of programs' own files, large and without sessions.
const IGNORED: [&str; 2] = ["node_modules", ".git"];

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// What is left of the limits of a run.
#[derive(Debug)]
pub struct Walker {
    names_left: usize,
}

impl Default for Walker {
    fn default() -> Self {
        Walker { names_left: MAX_NAMES }
    }
}

impl Walker {
    /// The files below a folder that `wanted` takes, in the order of their paths. The folder itself may be a link, since
    /// somebody set it up as the place to look in. Links below it are not followed: they may lead out of it, or in circles.
    pub fn files(&mut self, folder: &Path, wanted: &dyn Fn(&Path) -> bool, skips: &mut Skips) -> Vec<Found> {
        let mut found = Vec::new();
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            let mut below = self.names(&folder, skips);
            below.sort();
            let mut folders = Vec::new();
            for path in below {
                let meta = match std::fs::symlink_metadata(&path) {
                    Ok(meta) => meta,
                    Err(e) => {
                        skips.add(&path, Reason::Unreadable(e.kind()));
                        continue;
                    }
                };
                let kind = meta.file_type();
                if kind.is_symlink() {
                    // A link to something that is of no interest is of no interest; folders cannot be told by their names.
                    if wanted(&path) || path.extension().is_none() {
                        skips.add(&path, Reason::Link);
                    }
                } else if kind.is_dir() {
                    if path.file_name().is_some_and(|n| IGNORED.iter().any(|i| n == *i)) {
                        continue;
                    }
                    if depth < MAX_DEPTH {
                        folders.push((path, depth + 1));
                    } else {
                        skips.add(&path, Reason::TooDeep);
                    }
                } else if kind.is_file() && wanted(&path) {
                    let modified = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    found.push(Found { path, size: meta.len(), modified });
                }
            }
            open.extend(folders.into_iter().rev());
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    fn names(&mut self, folder: &Path, skips: &mut Skips) -> Vec<PathBuf> {
        let mut names = Vec::new();
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => {
                skips.add(folder, Reason::Unreadable(e.kind()));
                return names;
            }
        };
        for entry in entries {
            if self.names_left == 0 {
                skips.add(folder, Reason::TooMany);
                break;
            }
            self.names_left -= 1;
            match entry {
                Ok(entry) => names.push(entry.path()),
                Err(e) => skips.add(folder, Reason::Unreadable(e.kind())),
            }
        }
        names
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_are_not_followed_and_the_order_is_stable() {
        let folder = tempfile::tempdir().expect("a folder");
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        for path in ["in/b/x.jsonl", "in/a/y.jsonl", "in/a/y.txt", "out/z.jsonl"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
            std::fs::write(path, "{}").expect("writes");
        }
        std::os::unix::fs::symlink(&outside, inside.join("c")).expect("links");
        std::os::unix::fs::symlink(outside.join("z.jsonl"), inside.join("z.jsonl")).expect("links");
        std::os::unix::fs::symlink(&inside, inside.join("a/circle")).expect("links");
        let mut skips = Skips::default();
        let wanted = |p: &Path| p.extension().is_some_and(|e| e == "jsonl");
        let found = Walker::default().files(&inside, &wanted, &mut skips);
        let names: Vec<_> = found.iter().map(|f| f.path.strip_prefix(&inside).expect("inside")).collect();
        assert_eq!(names, [Path::new("a/y.jsonl"), Path::new("b/x.jsonl")]);
        assert_eq!(skips.list().iter().filter(|s| s.reason == Reason::Link).count(), 3);
    }

    #[test]
    fn depth_and_number_are_limited() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = (0..20).fold(folder.path().to_owned(), |p, i| p.join(i.to_string()));
        std::fs::create_dir_all(&deep).expect("creates");
        std::fs::write(deep.join("x.jsonl"), "{}").expect("writes");
        let mut skips = Skips::default();
        assert!(Walker::default().files(folder.path(), &|_| true, &mut skips).is_empty());
        assert_eq!(skips.list()[0].reason, Reason::TooDeep);
        let mut skips = Skips::default();
        Walker { names_left: 3 }.files(folder.path(), &|_| true, &mut skips);
        assert_eq!(skips.list()[0].reason, Reason::TooMany);
    }
}
