//! An edited document: its lines, and what its comments say about them.

use super::super::listed::{Entry, LAST, SECTION, SECTIONS, parse};
use super::ReadError;
use std::collections::BTreeMap;

/// The comment of a document in which each line has one of its own.
const LINES: &str = "<!-- hindcast:lines ";

/// The end of a comment.
const END: &str = "-->";

/// A document without its comments.
#[derive(Debug, Default)]
pub struct Document<'t> {
    /// Its lines, with their numbers from 1.
    pub lines: Vec<(u64, &'t str)>,
    /// What the session is known by.
    pub session: String,
    /// What was written.
    pub list: Listed,
    /// What the person who edited should know.
    pub warnings: Vec<String>,
}

/// What was written.
#[derive(Debug)]
pub enum Listed {
    /// By sections.
    Sections(Vec<Entry>),
    /// As one list of digests, each line with its own mark: written before marks stood apart.
    Digests(String),
}

impl Default for Listed {
    fn default() -> Self {
        Listed::Sections(Vec::new())
    }
}

/// A section's comment in the document.
struct Comment {
    /// How many lines of the document stand before it.
    at: usize,
    body: String,
}

/// Takes a document apart.
///
/// # Errors
/// When a comment is missing or damaged, or the document holds several retros.
pub fn open<'t>(text: &'t str, file: &str) -> Result<Document<'t>, ReadError> {
    let mut document = Document::default();
    let mut digests: Vec<&str> = Vec::new();
    let mut comments: BTreeMap<&'static str, Comment> = BTreeMap::new();
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let start = line.trim();
        if let Some(list) = start.strip_prefix(LINES).and_then(|l| l.strip_suffix(END)) {
            digests.push(list.trim());
            continue;
        }
        let Some(rest) = start.strip_prefix(SECTION) else {
            document.lines.push((number, line));
            continue;
        };
        let body = body(rest, &mut lines);
        // The blank line behind a comment goes with it.
        let _ = lines.next_if(|(_, line)| line.trim().is_empty());
        let read = body.as_ref().and_then(|body| {
            let (name, body) = body.split_once(char::is_whitespace)?;
            Some((SECTIONS.iter().find(|s| s.0 == name)?.0, body.trim().to_owned()))
        });
        let Some((section, body)) = read else { return Err(ReadError::Damaged(file.to_owned(), number)) };
        let at = document.lines.len();
        match comments.get(section) {
            Some(_) if section == LAST => return Err(ReadError::Several(file.to_owned())),
            // A copy of a section holds a copy of its comment.
            Some(before) if before.body == body => {}
            Some(_) => return Err(ReadError::Damaged(file.to_owned(), number)),
            None => drop(comments.insert(section, Comment { at, body })),
        }
    }
    match (&digests[..], comments.is_empty()) {
        ([list], true) => {
            let (session, list) = list.split_once(' ').unwrap_or((list, ""));
            session.clone_into(&mut document.session);
            document.list = Listed::Digests(list.to_owned());
        }
        ([], false) => sections(&comments, file, &mut document)?,
        ([], true) => return Err(ReadError::NotOurs(file.to_owned())),
        _ => return Err(ReadError::Several(file.to_owned())),
    }
    Ok(document)
}

/// The words of a comment, which an editor may have broken into lines; nothing where it has no end.
fn body<'t>(rest: &'t str, lines: &mut impl Iterator<Item = (u64, &'t str)>) -> Option<String> {
    let mut body = String::new();
    let mut part = rest;
    loop {
        if let Some(end) = part.strip_suffix(END) {
            body.push_str(end);
            return Some(body);
        }
        body.push_str(part);
        body.push(' ');
        part = lines.next().map(|(_, line)| line.trim()).filter(|line| !line.starts_with("<!--"))?;
    }
}

fn sections(
    comments: &BTreeMap<&'static str, Comment>,
    file: &str,
    document: &mut Document<'_>,
) -> Result<(), ReadError> {
    let not_ours = || ReadError::NotOurs(file.to_owned());
    let (_, about) = parse(LAST, &comments.get(LAST).ok_or_else(not_ours)?.body);
    let mut names = about.unwrap_or_default().split_whitespace();
    names.next().ok_or_else(not_ours)?.clone_into(&mut document.session);
    let names: Vec<&str> = names.collect();
    let mut entries = Vec::new();
    let mut before = 0;
    for (section, _, title) in SECTIONS.iter().filter(|s| names.contains(&s.0)) {
        match comments.get(section) {
            Some(comment) => {
                entries.extend(parse(section, &comment.body).0);
                before = comment.at;
            }
            None => {
                if has_words(section, &document.lines[before..]) {
                    return Err(ReadError::Unlisted { file: file.to_owned(), section, title });
                }
                document.warnings.push(format!(
                    "the section \"{title}\" was deleted along with its comment, so it was restored. To keep it out, delete its lines but leave the comment `hindcast:lines:{section}`."
                ));
            }
        }
    }
    document.list = Listed::Sections(entries);
    Ok(())
}

/// True where a section without a comment has words, up to the heading of one after it. Without the comment, nobody
/// can tell whose they are.
fn has_words(section: &str, lines: &[(u64, &str)]) -> bool {
    let later = || SECTIONS.iter().skip_while(|s| s.0 != section).skip(1);
    let ends = |line: &str| later().any(|s| line.starts_with(s.1));
    lines.iter().map(|(_, line)| *line).take_while(|line| !ends(line)).any(|line| !line.trim().is_empty())
}
