//! Whether an answer says that what a call was to do did not happen, has not happened yet, or happened only in part.
//!
//! Read by structure first, whatever the names are: members that tell a state, a success, an error, a code, a count; JSON, XML, tables and
//! pairs alike. Then by words, in every language of the vocabulary. It reads further than [`super::failure`] and
//! [`super::status`] do, which stronger rules follow.

mod codes;
pub mod extent;
mod leaves;
mod members;
mod tally;
mod text;
mod words;

use crate::finding::Cite;
use crate::session::Call;
use hindcast_trace::model::Transport;
use std::ops::Range;

/// What became of an operation that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upshot {
    /// It did not happen.
    Failed,
    /// It has not happened yet, or only as a test.
    Open,
    /// Some of it happened.
    Part,
}

/// A place that says so.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What it says.
    pub upshot: Upshot,
    /// Its bytes in the answer.
    pub range: Range<usize>,
    /// True where nothing else in the answer can mean the contrary: an explicit no, an error, a code.
    pub firm: bool,
    /// The object that it is in.
    pub group: usize,
}

/// What an answer says is not done.
#[derive(Debug, Clone)]
pub struct Said {
    /// What became of it.
    pub upshot: Upshot,
    /// True where that cannot be the state of a record which was only changed.
    pub firm: bool,
    /// True where only plain words say so.
    pub worded: bool,
    /// The words that say so.
    pub cite: Option<Cite>,
    /// Those words and what stands with them to explain it.
    pub words: String,
}

/// True for a word of an answer that tells a deed and nothing that is open: a message that repeats it admits nothing.
pub fn tells_done(word: &str) -> bool {
    (words::done(word) || words::participle(word)) && !words::open(word) && !words::failed(word)
}

/// True for the name of a member that tells what was before: `previous_attempts`.
pub fn is_of_before(name: &str) -> bool {
    crate::prose::wordlists::words(name).iter().any(|w| words::list("past").has(w))
}

/// Longer answers are content.
const LONGEST: usize = 20_000;

/// What the answer of a call says is not done. `expected` tells the words that the order itself has: who rejects a claim wants it
/// rejected.
pub fn of(call: &Call<'_>, expected: &dyn Fn(&str) -> bool) -> Option<Said> {
    let answer = call.result.as_ref().filter(|r| !r.by_user() && !r.cut_off() && !call.declined())?;
    if call.known.contract.as_ref().is_some_and(|c| c.status.is_some()) || call.known.role.is_some() {
        return None;
    }
    if answer.transport == Transport::Error {
        let text = answer.error.or(answer.content)?;
        let words = text.text.chars().take(LONGEST / 50).collect();
        return Some(Said {
            upshot: Upshot::Failed,
            firm: true,
            worded: false,
            cite: Cite::whole(answer.event, text),
            words,
        });
    }
    let content = answer.content.filter(|t| t.text.len() <= LONGEST)?;
    let root = answer.json().filter(|v| v.is_object() || v.is_array());
    let members = root.map_or_else(|| leaves::of_text(&content.text), leaves::of_json);
    let mut tally = tally::Tally::of(call, &members, expected);
    if root.is_none() {
        let plain = content.text.trim_start().starts_with('<');
        let text = if plain { strip(&content.text) } else { content.text.clone() };
        tally.text(text::told(&text, expected).map(|h| Hit { range: if plain { 0..0 } else { h.range }, ..h }), &text);
    }
    let hit = tally.upshot()?;
    let range = if hit.range.is_empty() { 0..content.text.floor_char_boundary(160) } else { hit.range.clone() };
    let end = content.text.ceil_char_boundary(range.end.min(range.start + 160).min(content.text.len()));
    // A member's name is none of what the answer says of the reason.
    let at = members.iter().any(|m| m.range == hit.range);
    let mut words = if at { "" } else { content.text.get(range.start..end).unwrap_or_default() }.to_owned();
    members.iter().filter(|m| m.range == hit.range || members::explains(m)).for_each(|m| {
        if let leaves::Held::Text(text) = &m.held {
            words.push(' ');
            words.extend(text.chars().take(200));
        }
    });
    Some(Said {
        upshot: hit.upshot,
        firm: hit.firm,
        worded: !at && !hit.firm && root.is_none(),
        cite: Cite::of(answer.event, content, range.start..end),
        words,
    })
}

/// The texts of a page without its tags.
fn strip(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in page.chars().take(LONGEST) {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push('\n');
            }
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests;
