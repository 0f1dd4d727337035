//! The session as a sequence diagram in SVG.
//!
//! It takes its colours from the page's variables, so that it follows the page's scheme; [`STYLE`] has to stand in that
//! page once. The picture repeats the timeline, which says the same in text.

mod draw;
mod measure;

use crate::steps::Steps;
use hindcast_retro::Draft;

/// The style of the diagram, for the page that it stands in.
pub const STYLE: &str = include_str!("../style/sequence.css");

/// The sequence diagram of a draft. Its arrows link to `#q1` and so on, its findings to `#f1`: the ids that
/// [`crate::html::page`] gives.
pub fn sequence(draft: &Draft) -> String {
    draw::sequence(&Steps::of(draft), "", &|id| usual(id).then(|| id.to_owned()))
}

/// The same in a page of several drafts; `quote` knows the place of a quote.
pub(crate) fn sequence_in(draft: &Draft, prefix: &str, quote: &dyn Fn(&str) -> Option<String>) -> String {
    draw::sequence(&Steps::of(draft), prefix, quote)
}

/// True for an id that the program gave, which needs no care in an address.
fn usual(id: &str) -> bool {
    id.strip_prefix('q').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
