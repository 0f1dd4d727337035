//! Looks up in a session what people's findings cite.

use super::findings::place;
use super::{Facts, FactsError, PersonFinding};
use hindcast_detect::finding::Cite;
use hindcast_trace::Trace;
use hindcast_trace::model::{EventKind, Text};
use serde_saphyr::Spanned;

mod nearest;

use nearest::nearest;

/// Characters of a text that a message repeats.
const SHOWN: usize = 160;

/// A person's finding with what it cites in a session.
pub struct Cited<'f> {
    /// The finding.
    pub finding: &'f PersonFinding,
    /// Its quotes, in their order.
    pub quotes: Vec<Cite>,
    /// The events that it names and of which it quotes nothing, counted from 0.
    pub events: Vec<u32>,
}

/// What cannot be found.
enum Missing<'f> {
    Quote(&'f Spanned<String>),
    Event(&'f Spanned<u32>),
}

impl Facts {
    /// The findings of people whose quotes and events are all in this session.
    pub fn cited(&self, trace: &Trace) -> Vec<Cited<'_>> {
        self.findings.iter().flatten().filter_map(|f| cite(f, trace).ok()).collect()
    }

    /// Makes sure that every finding of the file is in one of the sessions that are drafted: a draft leaves out what it
    /// cannot cite.
    ///
    /// # Errors
    /// With line and column of the quote or event that is in none of them, and what comes nearest.
    pub fn look_up(&self, traces: &[&Trace]) -> Result<(), FactsError> {
        let error = |what| Err(FactsError::new(self.findings_file(), what));
        for finding in self.findings.iter().flatten() {
            let several = traces.len();
            if several > 1 && finding.quotes().is_empty() {
                return error(format!(
                    "{}: this finding has only event numbers, and there are {several} sessions. Add a quote, or choose a session with --session ID.",
                    place(&finding.what)
                ));
            }
            let mut first = None;
            let found = traces.iter().any(|trace| match cite(finding, trace) {
                Ok(_) => true,
                Err(missing) => {
                    first.get_or_insert((missing, *trace));
                    false
                }
            });
            match first {
                Some((missing, trace)) if !found => return error(missing.explain(finding, trace, traces)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Finds everything that a finding cites, or the first that is not there.
fn cite<'f>(finding: &'f PersonFinding, trace: &Trace) -> Result<Cited<'f>, Missing<'f>> {
    let count = trace.events.len();
    let mut events = Vec::new();
    for event in finding.events() {
        let index = (event.value as usize).checked_sub(1).filter(|i| *i < count).ok_or(Missing::Event(event))?;
        if !events.contains(&(index as u32)) {
            events.push(index as u32);
        }
    }
    let mut quotes = Vec::new();
    for quote in finding.quotes() {
        let words = quote.value.trim();
        let found = match &events[..] {
            [] => (0..count as u32).find_map(|event| within(trace, event, words)),
            named => named.iter().find_map(|&event| within(trace, event, words)),
        };
        quotes.push(found.ok_or(Missing::Quote(quote))?);
    }
    events.retain(|event| !quotes.iter().any(|q: &Cite| q.event() == *event));
    Ok(Cited { finding, quotes, events })
}

/// The first place of some words in an event.
fn within(trace: &Trace, event: u32, words: &str) -> Option<Cite> {
    texts(&trace.events.get(event as usize)?.kind)
        .into_iter()
        .find_map(|text| text.text.find(words).and_then(|at| Cite::of(event, text, at..at + words.len())))
}

/// The texts of an event, decoded.
fn texts(kind: &EventKind) -> Vec<&Text> {
    match kind {
        EventKind::Message { texts, .. } => texts.iter().collect(),
        EventKind::Reasoning { text } | EventKind::Error { text } => vec![text],
        EventKind::ToolCall { name, arguments, .. } => arguments.iter().chain([name]).collect(),
        EventKind::ToolResult { content, error, .. } => content.iter().chain(error).collect(),
        EventKind::Guardrail { name, action, detail, .. } => detail.iter().chain(action).chain([name]).collect(),
        EventKind::Handoff { to, .. } => vec![to],
        EventKind::Retrieval { query, source, .. } => query.iter().chain([source]).collect(),
        EventKind::Context { .. } => Vec::new(),
    }
}

impl Missing<'_> {
    fn explain(&self, finding: &PersonFinding, trace: &Trace, traces: &[&Trace]) -> String {
        let several = traces.len() > 1;
        let quote = match self {
            Missing::Event(event) => {
                let count = trace.events.len();
                return format!(
                    "{}: there is no event {}; the session has events 1 to {count}. `hindcast show FILE` lists them.",
                    place(event),
                    event.value
                );
            }
            Missing::Quote(quote) => quote,
        };
        let words = quote.value.trim();
        let at = place(quote);
        let shown = clip(words);
        let named: Vec<String> = finding.events().iter().map(|e| e.value.to_string()).collect();
        let other = (0..trace.events.len() as u32).find_map(|event| within(trace, event, words));
        if let (Some(other), false) = (&other, named.is_empty()) {
            return format!(
                "{at}: the quote `{shown}` is in event {}, and `events` names only {}. Add {0}, or leave out `events`.",
                other.event() + 1,
                named.join(", "),
            );
        }
        let place = if several { format!("any of the {} sessions", traces.len()) } else { "the session".to_owned() };
        let events = traces.iter().flat_map(|t| t.events.iter().enumerate());
        let all = events.flat_map(|(i, e)| texts(&e.kind).into_iter().map(move |t| (i as u32, t.text.as_str())));
        match nearest(words, all) {
            Some((event, near)) => format!(
                "{at}: the quote `{shown}` is not in {place}. The closest match is in event {}: `{}`. Quote the text exactly.",
                event + 1,
                clip(near)
            ),
            None => format!(
                "{at}: the quote `{shown}` is not in {place}, and there is no close match. `hindcast show FILE` prints the session; --redact masks some of its words."
            ),
        }
    }
}

/// A text up to [`SHOWN`] characters.
fn clip(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} …", &text[..end]),
    }
}
