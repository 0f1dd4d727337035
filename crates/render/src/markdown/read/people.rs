//! The findings of people in a document: they come from a facts file, which may be missing at the next draft.

use super::marker;

/// How the line that names a person as the source begins; the second wording is of earlier versions.
const SOURCES: [&str; 2] = ["- Detected by: a person, ", "- Said by: person, "];

/// The statement's id and the title of each.
pub fn findings<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let (mut title, mut id) = (None, None);
    for line in lines {
        if line.starts_with('#') {
            let heading = line.strip_prefix("### Finding ").and_then(|h| h.splitn(3, ": ").nth(2));
            (title, id) = (heading, None);
        } else if SOURCES.iter().any(|s| line.starts_with(s)) {
            all.extend(title.take().zip(id.take()).map(|(title, id): (&str, &str)| (id.to_owned(), title.to_owned())));
        } else if id.is_none() {
            id = marker(line).and_then(|m| m.split(' ').next()).filter(|m| m.starts_with("st_"));
        }
    }
    all
}
