//! What the program knows a line by: its mark, and digests of its words.
//!
//! A mark says what a line belongs to: `st_… fp_…` is a statement with its fingerprint, `ac_…` an action, `verdict st_… fp_…`
//! the verdict on one, `ask impact.customers` a question. Sections write it as a comment behind the line's words; the
//! document holds it in the section's comment, apart from the words.

use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The kinds of marks that name what they belong to.
const KINDS: [&str; 8] = ["verdict", "owner", "due", "ask", "proof", "system", "otherwise", "severity"];

/// What a line is known by, whatever its words: its mark's kind and id, else its digest.
pub fn key(line: &str) -> String {
    // The heading changes with the findings.
    if line.starts_with("# ") {
        return "title".to_owned();
    }
    let Some(marker) = marker(line) else { return line_hash(line) };
    let mut parts = marker.split(' ');
    match (parts.next(), parts.next()) {
        (Some(kind), Some(id)) if KINDS.contains(&kind) => format!("{kind} {id}"),
        (Some(id), _) => id.to_owned(),
        _ => marker.to_owned(),
    }
}

/// The mark of a line: the last comment in it that says what the line is. One in code is quoted words.
pub fn marker(line: &str) -> Option<&str> {
    let (words, rest) = line.rsplit_once("<!-- ")?;
    let (marker, after) = rest.split_once(" -->")?;
    (is_mark(marker) && !words.trim().is_empty() && !after.contains('`')).then_some(marker)
}

/// True for what the program writes as a mark. A person may begin a comment with one of its words, too.
fn is_mark(text: &str) -> bool {
    let is_name =
        |name: &str| !name.contains(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && !"_.-[]".contains(c));
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["verdict" | "owner" | "due" | "proof", id, ref rest @ ..] => is_id(id) && rest.len() <= 1,
        ["ask" | "system" | "otherwise", name] => is_name(name),
        ["severity", which] => matches!(which, "level" | "decided"),
        [id] | [id, _] => is_id(id),
        _ => false,
    }
}

/// True for the mark of a statement or an action: others may belong to it.
pub fn is_id(mark: &str) -> bool {
    mark.starts_with("st_") || mark.starts_with("ac_")
}

/// A line without its mark, and the mark.
pub fn split(line: &str) -> (String, Option<&str>) {
    let whole = line.trim_end();
    let (words, end) = match whole.strip_suffix(" |").filter(|_| whole.starts_with('|')) {
        Some(row) => (row, " |"),
        None => (whole, ""),
    };
    match words.strip_suffix(" -->").and_then(|w| w.rsplit_once("<!-- ")) {
        Some((words, mark)) if is_mark(mark) && !words.trim().is_empty() => {
            (format!("{}{end}", words.trim_end()), Some(mark))
        }
        _ => (whole.to_owned(), None),
    }
}

/// A line with its mark behind its words; in a table, that is before the end of the row.
pub fn join(words: &str, mark: &str) -> String {
    let words = words.trim_end();
    match words.strip_suffix('|').filter(|row| row.starts_with('|')) {
        Some(row) => format!("{} <!-- {mark} --> |", row.trim_end()),
        None => format!("{words} <!-- {mark} -->"),
    }
}

/// What a line that a person took out is known by: its words and what it belongs to, which tells it from others that
/// say the same.
pub fn place(hash: &str, mark: Option<&str>) -> String {
    mark.map_or_else(|| hash.to_owned(), |mark| line_hash(&format!("{hash} {mark}")))
}

/// True for the line of a box that a person checked.
pub fn is_checked(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- [x]") || line.starts_with("- [X]")
}

/// A line as it was before a person checked its box: the box says nothing about whose words follow.
fn unchecked(line: &str) -> Cow<'_, str> {
    if is_checked(line) {
        Cow::Owned(line.replacen("[x]", "[ ]", 1).replacen("[X]", "[ ]", 1))
    } else {
        Cow::Borrowed(line)
    }
}

/// A short digest of a line's words; a checked box counts as one that is not.
pub fn line_hash(line: &str) -> String {
    let digest = Sha256::digest(unchecked(line.trim_end()).as_bytes());
    digest.iter().take(4).map(|b| format!("{b:02x}")).collect()
}

/// A digest of the label that a line begins with, as in `- **customers**: 12 callers`.
pub fn label(line: &str) -> Option<String> {
    let (label, _) = line.trim_start().strip_prefix("- **")?.split_once("**:")?;
    line_hash(label).get(..4).map(str::to_owned)
}

/// A digest that is similar for lines that share most of their words: each bit is the majority of that bit over the
/// digests of the words.
pub fn sketch(line: &str) -> u32 {
    let mut votes = [0i64; 32];
    for word in unchecked(line).split_whitespace() {
        let digest = word_hash(word);
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if digest >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes.iter().enumerate().filter(|(_, vote)| **vote > 0).fold(0, |all, (bit, _)| all | 1 << bit)
}

/// How many of the 32 bits of two sketches agree: about 16 for lines that have nothing to do with each other.
pub fn alike(a: u32, b: u32) -> u32 {
    32 - (a ^ b).count_ones()
}

/// FNV-1a, with its bits mixed as in `SplitMix64`.
fn word_hash(word: &str) -> u64 {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_taken_off_and_put_back() {
        for (line, words, mark) in [
            ("- Verdict: open <!-- verdict st_1 fp_2 -->", "- Verdict: open", Some("verdict st_1 fp_2")),
            ("| 1 | says `x` <!-- st_1 fp_2 --> |", "| 1 | says `x` |", Some("st_1 fp_2")),
            ("- a person's <!-- own comment -->", "- a person's <!-- own comment -->", None),
            ("<!-- system prompt -->", "<!-- system prompt -->", None),
            ("- mine <!-- owner of this: Dana -->", "- mine <!-- owner of this: Dana -->", None),
            ("- q1: `<!-- st_1 fp_2 -->`", "- q1: `<!-- st_1 fp_2 -->`", None),
        ] {
            assert_eq!(split(line), (words.to_owned(), mark));
            if let Some(mark) = mark {
                assert_eq!(join(words, mark), line);
                assert_eq!(marker(line), Some(mark));
            }
        }
        assert_eq!(marker("- q1: `<!-- verdict st_1 -->`"), None, "quoted words are no mark");
        assert_eq!(marker("- open <!-- verdict st_1 --> and more"), Some("verdict st_1"));
    }

    #[test]
    fn lines_that_share_words_are_alike() {
        let line =
            "- The agent says “Your refund has been processed”, but the last known status is pending `x` [q1](#q1)";
        let edited = line.replace("The agent says", "The bot told Ms Smith");
        let other = "- We called every caller back on Monday, and none of them had lost any money";
        assert!(alike(sketch(line), sketch(&edited)) >= 24);
        assert!(alike(sketch(line), sketch(other)) < 22);
    }
}
