//! Patterns of paths, without touching the disk.

use std::path::{Component, Path, PathBuf};

/// True if a name matches a pattern in which `*` stands for anything.
pub fn name_matches(pattern: &str, name: &str) -> bool {
    let (p, n) = (pattern.as_bytes(), name.as_bytes());
    // Where the last `*` is, and how much of the name it has taken: going back there is enough.
    let (mut i, mut j, mut star) = (0, 0, None);
    while j < n.len() {
        if p.get(i) == Some(&b'*') {
            star = Some((i, j));
            i += 1;
        } else if p.get(i) == Some(&n[j]) {
            (i, j) = (i + 1, j + 1);
        } else if let Some((at, taken)) = star {
            (i, j) = (at + 1, taken + 1);
            star = Some((at, taken + 1));
        } else {
            return false;
        }
    }
    p[i..].iter().all(|b| *b == b'*')
}

/// True if the names of a relative path match a pattern, in which `**` stands for any number of folders.
pub fn path_matches(pattern: &[&str], path: &[&str]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return path.is_empty() };
    if *first == "**" {
        return (0..=path.len()).any(|skip| path_matches(rest, &path[skip..]));
    }
    path.split_first().is_some_and(|(name, left)| name_matches(first, name) && path_matches(rest, left))
}

/// [`path_matches`], for a pattern written with slashes.
pub fn matches(pattern: &str, path: &[&str]) -> bool {
    path_matches(&pattern.split('/').collect::<Vec<_>>(), path)
}

/// The names of a relative path; `None` if one of them is not Unicode, or leads upward.
pub fn names(path: &Path) -> Option<Vec<&str>> {
    path.components()
        .map(|c| match c {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect()
}

/// A path without `..`, by its words alone.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_within_a_name_and_for_folders() {
        for (pattern, name, fits) in [
            ("*.jsonl", "a.jsonl", true),
            ("*.jsonl", "a.json", false),
            ("rollout-*.jsonl", "rollout-2026.jsonl", true),
            ("rollout-*.jsonl", "x-rollout-.jsonl", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ab-ba", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(name_matches(pattern, name), fits, "{pattern} {name}");
        }
        for (pattern, path, fits) in [
            ("*/*.jsonl", "p/s.jsonl", true),
            ("*/*.jsonl", "p/q/s.jsonl", false),
            ("**/s.jsonl", "s.jsonl", true),
            ("**/s.jsonl", "a/b/c/s.jsonl", true),
            ("a/**/s", "b/s", false),
        ] {
            assert_eq!(matches(pattern, &path.split('/').collect::<Vec<_>>()), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_more_than_a_moment() {
        assert!(!name_matches(&"*a".repeat(50), &"a".repeat(20_000).replace("aaaaaaaaaa", "aaaaaaaaab")));
    }

    #[test]
    fn upward_steps_are_taken_out() {
        assert_eq!(normal(Path::new("/a/b/../c/./d")), Path::new("/a/c/d"));
    }
}
