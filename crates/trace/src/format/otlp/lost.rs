//! What the limits of a span took. SDKs keep 128 by default, and a message is several where each of its fields is
//! one. Some let go of the oldest, others of the newest, and not every exporter says that any were lost.

use super::flat::{self, Entry};
use super::span::Span;
use crate::item::Left;
use crate::locator::Loc;
use crate::model::{Gap, GapKind};
use std::collections::BTreeMap;

/// The messages of an input whose speakers are known and that follow one another without a hole up to the last, and which part of
/// all they are, where a part is missing. `role` is the key of a speaker, `answer` that with which the answer's keys begin.
pub fn intact<'a, 'd>(
    entries: BTreeMap<u32, Entry<'a, 'd>>,
    role: &str,
    answer: &str,
    span: &Span<'_>,
) -> (Vec<Entry<'a, 'd>>, Option<Left>) {
    let count = entries.len();
    // True where something is left of the message before: then what is left of this one is all of it.
    let mut bordered = false;
    let mut found: Vec<(u32, Entry<'a, 'd>)> = Vec::with_capacity(count);
    for (number, entry) in entries.into_iter().rev() {
        let follows = found.last().is_none_or(|(next, _)| next.checked_sub(1) == Some(number));
        if !follows || flat::value(&entry, role).is_none() {
            bordered = follows;
            break;
        }
        found.push((number, entry));
    }
    let whole = found.len() == count && found.last().is_none_or(|(first, _)| *first == 0);
    if !whole && !bordered {
        // What was written first may be gone.
        let begins =
            |(number, entry): &(u32, Entry<'_, '_>)| *number == 0 || entry.first().is_some_and(|(k, _)| *k == role);
        found.pop_if(|first| !begins(first));
    }
    // Where the newest are let go of, the answer goes first, and the last message may be half of one.
    let ends = count > 0 && whole && span.lost_attributes() && !flat::is_listed(&span.attrs, answer);
    if ends && found.len() > 1 {
        found.remove(0);
    }
    let left = match (whole, ends) {
        (false, _) => Some(Left::End(found.last().map(|(first, _)| *first))),
        (true, true) => Some(Left::Beginning),
        (true, false) => None,
    };
    (found.into_iter().rev().map(|(_, entry)| entry).collect(), left)
}

/// True for a model call whose attribute that says so is among those that were lost: the first messages are, too, or a count tells.
pub fn is_model(span: &Span<'_>) -> bool {
    let attrs = &span.attrs;
    let listed = ["llm.input_messages.", "llm.output_messages."].iter().any(|prefix| flat::is_listed(attrs, prefix));
    let begins = || attrs.get("llm.input_messages.0.message.role").is_some();
    listed && attrs.get("openinference.span.kind").is_none() && (span.lost_attributes() || !begins())
}

/// The spans of a session that lost something.
#[derive(Default)]
pub struct Losses {
    spans: usize,
    first: Option<Loc>,
}

impl Losses {
    /// Counts a span.
    pub fn add(&mut self, span: &Span<'_>) {
        self.spans += 1;
        self.first.get_or_insert(span.node.loc());
    }

    /// What is said of them.
    pub fn gap(&self) -> Option<Gap> {
        let what = match self.spans {
            0 => return None,
            1 => "a span of a model or a tool lost attributes or events".to_owned(),
            n => format!("{n} spans of models or tools lost attributes or events"),
        };
        let what = format!(
            "{what}, since a span holds only so many (128 by default): messages, their speakers, results or the session's ID may be missing; a history of which a part is missing was compared with what was told before only by the numbers of its messages"
        );
        Some(Gap { kind: GapKind::ContentTruncated, what, loc: self.first, event: None })
    }
}
