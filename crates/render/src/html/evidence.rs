//! The appendix: every quote, where exactly it stands, and where it is cited.

use super::anchors::Anchors;
use super::parts::Go;
use super::text::Text;
use crate::visible;
use hindcast_retro::Draft;

/// A quote with its place in the evidence.
pub struct QuoteRow {
    pub id: String,
    pub label: Text,
    pub event: u32,
    pub file: Option<Text>,
    pub short: Text,
    pub hash: Text,
    pub locator: Text,
    pub start: usize,
    pub end: usize,
    pub text: Text,
    pub hidden: usize,
    pub cited_in: Vec<Go>,
}

impl QuoteRow {
    /// All quotes of a draft, each once, in the order of their numbers, so that one is found by it on paper too.
    pub fn all(draft: &Draft, anchors: &Anchors) -> Vec<Self> {
        let mut cited_in = anchors.cited_in(draft);
        let mut quotes = draft.quotes();
        quotes.sort_by_key(|q| q.id.strip_prefix('q').and_then(|n| n.parse::<u32>().ok()).unwrap_or(u32::MAX));
        let rows = quotes.into_iter().map(|q| {
            let text = Text::exact(&q.text);
            let file = draft.evidence.iter().find(|e| e.id == q.evidence);
            QuoteRow {
                id: anchors.quote(&q.id).unwrap_or_default().to_owned(),
                label: Text::line(&visible::label(&q.id, 12)),
                event: q.event,
                file: file.map(|e| Text::line(&visible::label(&e.name, 200))),
                short: Text::line(q.evidence.short()),
                hash: Text::line(&q.evidence.to_string()),
                locator: Text::exact(&q.locator.to_string()),
                start: q.start,
                end: q.end,
                hidden: text.hidden(),
                text,
                cited_in: cited_in.remove(&q.id).unwrap_or_default().into_iter().map(Go::from).collect(),
            }
        });
        rows.collect()
    }
}
