//! What the operator's instructions say, sentence by sentence, and which tools of the session they name.

use crate::finding::Cite;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::session::{Call, Session};
use hindcast_trace::model::{Role, Text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    before: Vec<String>,
    condition: Vec<String>,
    deny: Vec<String>,
    any: Vec<String>,
    tell: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<Vec<Words>> =
    LazyLock::new(|| parse(include_str!("../../data/steps.yaml")).map_or_else(Vec::new, |l| l.into_values().collect()));

fn parse(file: &str) -> Option<BTreeMap<String, Words>> {
    serde_saphyr::from_str(file).ok()
}

/// So many sentences are read, and so many tools looked for.
const MOST: usize = 400;
/// Shorter words tell little of what a sentence is about.
const SHORTEST: usize = 4;

/// A sentence of the instructions.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// The sentence.
    pub cite: Cite,
    /// It without accents, in small letters.
    folded: String,
}

/// The sentences of the instructions, in order.
pub fn of(session: &Session<'_>) -> Vec<Instruction> {
    let system = session.messages.iter().filter(|m| m.role == Role::System);
    let texts = system.flat_map(|m| m.texts.iter().map(|t| (m.event, t)));
    let all = texts.flat_map(|(event, text)| {
        sentences(&text.text).into_iter().filter_map(move |range| instruction(event, text, range))
    });
    all.take(MOST).collect()
}

fn instruction(event: u32, text: &Text, range: Range<usize>) -> Option<Instruction> {
    let cite = Cite::of(event, text, range)?;
    let folded = unaccented(cite.text());
    Some(Instruction { cite, folded })
}

/// Where the sentences of a text stand. A period inside of a name (`hcp.verify`) or a number ends none.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let ends = c == '\n' || matches!(c, '.' | '!' | '?' | ';') && next.is_none_or(char::is_whitespace);
        if ends || next.is_none() {
            let end = at + c.len_utf8();
            let trimmed = text[start..end].trim();
            let from = start + (text[start..end].len() - text[start..end].trim_start().len());
            if !trimmed.is_empty() {
                found.push(from..from + trimmed.len());
            }
            start = end;
        }
    }
    found
}

impl Instruction {
    fn has(&self, list: fn(&Words) -> &Vec<String>) -> bool {
        each(&self.folded).any(|w| LANGUAGES.iter().any(|l| list(l).iter().any(|x| x == w)))
    }

    /// True where it puts a step before something.
    pub fn orders(&self) -> bool {
        self.has(|w| &w.before)
    }

    /// True where it holds in some cases only, as far as its words tell: numbers are limits.
    pub fn conditional(&self) -> bool {
        self.has(|w| &w.condition) || self.folded.bytes().any(|b| b.is_ascii_digit())
    }

    /// True where it denies something.
    pub fn denies(&self) -> bool {
        self.has(|w| &w.deny)
    }

    /// True where it speaks of every change.
    pub fn general(&self) -> bool {
        self.has(|w| &w.any)
    }

    /// True where it speaks of telling something.
    pub fn of_telling(&self) -> bool {
        each(&self.folded).any(|w| LANGUAGES.iter().any(|l| l.tell.iter().any(|t| w.starts_with(t.as_str()))))
    }

    /// The words of what it is about: longer ones, without those of a tool's name.
    pub fn words(&self, without: &str) -> BTreeSet<String> {
        let own = unaccented(without);
        let own: BTreeSet<&str> = each(&own).collect();
        let used = |w: &&str| w.chars().count() >= SHORTEST && !own.contains(w) && !is_listed(w);
        each(&self.folded).filter(used).map(str::to_owned).collect()
    }

    /// Where it names a tool, as a word of its own.
    pub fn names(&self, tool: &str) -> Option<usize> {
        named(self.cite.text(), tool)
    }
}

/// True for a word of the lists, which tells what is ordered and not what about.
fn is_listed(word: &str) -> bool {
    LANGUAGES.iter().any(|l| l.before.iter().chain(&l.condition).chain(&l.deny).chain(&l.any).any(|x| x == word))
}

/// Where a text names a tool as a word of its own. A name of one plain word counts only as code.
pub fn named(text: &str, tool: &str) -> Option<usize> {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    let plain = tool.chars().all(|c| c.is_lowercase() || c.is_ascii_digit());
    let mut hits = text.match_indices(tool).filter(|(at, _)| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + tool.len()..].chars().next());
        let bounded = !before.is_some_and(|c| inner(c) || c == '.') && !after.is_some_and(inner);
        let code = matches!(before, Some('`' | '"' | '\'')) || after == Some('(');
        bounded && (!plain || code)
    });
    (tool.len() >= 4).then(|| hits.next().map(|(at, _)| at)).flatten()
}

/// The names of the session's tools, offered or called.
pub fn tools<'s>(session: &'s Session<'_>) -> BTreeSet<&'s str> {
    let offered = session.trace.tools.iter().map(|t| t.name.text.as_str());
    offered.chain(session.calls.iter().map(|c| c.name.text.as_str())).take(MOST).collect()
}

/// What a call is called and described as, and the names of its arguments, in words.
pub fn own_words(call: &Call<'_>) -> BTreeSet<String> {
    let described = call.described.map_or("", |d| &d.text[..d.text.floor_char_boundary(200)]);
    let keys =
        call.args().into_iter().flat_map(|a| a.entries().take(40).filter_map(|(k, _)| k.str()).collect::<Vec<_>>());
    let keys = keys.flat_map(|k| crate::tools::contract::words_of(&k)).collect::<Vec<_>>().join(" ");
    let folded = unaccented(&format!("{} {described} {keys}", call.known.words.join(" ")));
    each(&folded).filter(|w| w.chars().count() >= SHORTEST).map(str::to_owned).collect()
}

/// True where two sets of longer words have one in common, in whatever form.
pub fn share(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    let akin = |x: &str, y: &str| alike(x, y) || x.starts_with(y) || y.starts_with(x);
    a.iter().any(|x| b.iter().any(|y| akin(x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let all = parse(include_str!("../../data/steps.yaml")).expect("a readable file");
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn sentences_and_names() {
        let text = "Run hcp.verify first. At most 2.50 EUR.\nGrüße!";
        let cut: Vec<_> = sentences(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(cut, ["Run hcp.verify first.", "At most 2.50 EUR.", "Grüße!"]);
        assert_eq!(named(text, "hcp.verify"), Some(4));
        assert_eq!(named("do search here", "search"), None);
        assert_eq!(named("do `search` here", "search"), Some(4));
        assert_eq!(named("run_check_all", "run_check"), None);
    }
}
