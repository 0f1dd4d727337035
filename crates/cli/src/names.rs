//! Names of files, for people and for readers that identify a session by its folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The file's name.
pub fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// The files' names. Files of the same name get the folders that tell them apart.
pub fn apart<'p>(paths: impl Iterator<Item = &'p Path>) -> Vec<String> {
    let paths: Vec<&Path> = paths.collect();
    let names: Vec<String> = paths.iter().map(|path| short(path)).collect();
    // For each name, the number of files and the folder that contains all of them.
    let mut common: HashMap<&String, (usize, PathBuf)> = HashMap::new();
    for (name, path) in names.iter().zip(&paths) {
        let folder = path.parent().unwrap_or(path);
        let (count, known) = common.entry(name).or_insert_with(|| (0, folder.to_owned()));
        *count += 1;
        while !path.starts_with(&*known) && known.pop() {}
    }
    let called = |(name, path): (&String, &&Path)| match common.get(name) {
        Some((2.., folder)) => path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned(),
        _ => name.clone(),
    };
    names.iter().zip(&paths).map(called).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stand_before_names_that_are_alike() {
        let names = |paths: &[&str]| apart(paths.iter().map(Path::new));
        assert_eq!(names(&["/a/b/x.json", "/a/y.json"]), ["x.json", "y.json"]);
        assert_eq!(names(&["/s/agents/main/w", "/s/agents/sub/w", "/s/v"]), ["main/w", "sub/w", "v"]);
        assert_eq!(names(&["w", "sub/w"]), ["w", "sub/w"]);
        assert_eq!(names(&["/a/w", "/a/w"]), ["w", "w"]);
    }
}
