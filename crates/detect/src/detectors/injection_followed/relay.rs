//! Whether a call passes a text on as it stands, such as a suspicious mail that is forwarded.

use crate::origin::provenance::Source;
use crate::prose::passage;
use crate::session::Call;
use std::ops::Range;

/// True when the call passes the passage on as it stands, such as a suspicious mail that is forwarded.
pub(super) fn relays(call: &Call<'_>, source: &Source<'_>, place: &Range<usize>) -> bool {
    let text = &source.text.text;
    relays_text(call, &text[passage::around(text, place)])
}

/// True when the beginning of a text stands in the call.
pub(super) fn relays_text(call: &Call<'_>, words: &str) -> bool {
    let head: String = squeeze(words.trim()).chars().take(40).collect();
    head.len() >= 25 && call.args().is_some_and(|a| holds(a, &head, 0))
}

pub(super) fn holds(value: hindcast_trace::json::Value<'_>, squeezed: &str, depth: usize) -> bool {
    if depth > 16 {
        return false;
    }
    if let Some(text) = value.str() {
        return text.len() >= squeezed.len() && squeeze(&text).contains(squeezed);
    }
    value.items().chain(value.entries().map(|(_, v)| v)).any(|v| holds(v, squeezed, depth + 1))
}

/// Letters and digits only: agents wrap, quote and escape anew.
pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
