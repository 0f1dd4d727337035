//! The texts that a value may come from.

use super::readings::Readings;
use super::spans::{self, Span};
use crate::maps::HashMap;
use crate::secrets::spoken;
use crate::session::{Answered, Session};
use crate::values::contact::digits;
use crate::values::decode::decoded;
use hindcast_trace::json::Value;
use hindcast_trace::model::{EventKind, Role, Text};
use std::cell::{Cell, OnceCell};

/// One text that the agent had before it.
pub struct Source<'s> {
    /// Its event.
    pub event: u32,
    /// As it stands.
    pub text: &'s str,
    /// The same with its place, for quotes.
    pub whole: &'s Text,
    lower: OnceCell<String>,
    /// In lower case and without escapes, where it has any.
    decoded: OnceCell<Option<String>>,
    /// Parsed, where it is a tool's JSON.
    pub json: Option<Value<'s>>,
    /// True for a tool's answer.
    pub result: bool,
    /// True for the user's own words.
    pub user: bool,
    /// The tool that answered.
    pub tool: Option<&'s str>,
    /// True for the arguments of a call that a tool carried out: the agent's own, and confirmed.
    pub own: bool,
    letters: OnceCell<String>,
    read_out: OnceCell<String>,
    pub(super) readings: Readings,
}

/// All of them, in order.
pub struct Sources<'s> {
    /// The texts.
    all: Vec<Source<'s>>,
    spans: OnceCell<Vec<Span>>,
    words: OnceCell<HashMap<String, u32>>,
    /// How many bytes of text may still be searched.
    left: Cell<usize>,
    size: usize,
}

/// So many bytes of text are searched for values that are not found at once, so that the work stays within bounds in a long
/// session with many of them.
const SEARCHED: usize = 256 << 20;

impl<'s> Sources<'s> {
    /// The sources of a session: what the system, the user and tools said, and what tools say of themselves.
    pub fn of(session: &'s Session<'_>) -> Self {
        let mut all: Vec<Source<'s>> = Vec::new();
        let answers: HashMap<u32, (&'s Answered<'_>, &'s str)> = session
            .calls
            .iter()
            .filter_map(|c| Some((c.result.as_ref()?, c.name.text.as_str())))
            .map(|r| (r.0.event, r))
            .collect();
        let mut push = |event: u32, text: &'s Text, json: Option<Value<'s>>, result: bool| {
            let tool = answers.get(&event).map(|(_, tool)| *tool).filter(|_| result);
            all.push(Source { json, result, tool, ..Source::new(event, text) });
        };
        for tool in &session.trace.tools {
            for text in tool.description.iter().chain(&tool.parameters) {
                push(0, text, None, false);
            }
        }
        for (event, at) in session.until_stopped(session.trace.events.iter().zip(0u32..)) {
            match &event.kind {
                EventKind::Message { role, texts, .. } if *role != Role::Assistant => {
                    texts.iter().for_each(|t| push(at, t, None, false))
                }
                EventKind::Retrieval { source, .. } => push(at, source, None, true),
                EventKind::ToolResult { content, error, .. } => {
                    let json = answers.get(&at).and_then(|(r, _)| r.json()).filter(|v| v.is_object() || v.is_array());
                    content.iter().for_each(|t| push(at, t, json, true));
                    error.iter().for_each(|t| push(at, t, None, true));
                }
                _ => {}
            }
        }
        for source in all.iter_mut().filter(|s| !s.result) {
            let said = session.trace.events.get(source.event as usize).map(|e| &e.kind);
            source.user = matches!(said, Some(EventKind::Message { role: Role::User, .. }));
        }
        let confirmed = session.calls.iter().filter(|c| c.event > 0 && c.result.is_some() && c.failure().is_none());
        let own = confirmed.filter_map(|c| Some((c.event, c.arguments?)));
        all.extend(own.map(|(event, arguments)| Source { own: true, ..Source::new(event, arguments) }));
        all.sort_by_key(|s| s.event);
        let size = all.iter().map(|s| s.text.len()).sum();
        Sources { all, spans: OnceCell::new(), words: OnceCell::new(), left: Cell::new(SEARCHED), size }
    }

    /// True once so much was searched that the rest is left.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Counts a search through all sources.
    pub(super) fn search(&self) {
        self.left.set(self.left.get().saturating_sub(self.size));
    }

    /// The ranges of IDs that the sources name.
    pub(super) fn spans(&self) -> &[Span] {
        self.spans.get_or_init(|| self.all.iter().flat_map(|s| spans::of(s.event, s.lower())).collect())
    }

    /// True when a word with a digit, in lower case, stands by itself in a source before an event. What is no word of its own
    /// may stand in one all the same.
    pub(super) fn has_word(&self, word: &str, before: u32) -> bool {
        let words = self.words.get_or_init(|| {
            let mut first = HashMap::default();
            for source in &self.all {
                for word in words(source.lower()) {
                    if !first.contains_key(word) {
                        first.insert(word.to_owned(), source.event);
                    }
                }
            }
            first
        });
        words.get(word).is_some_and(|event| *event < before || *event == 0)
    }

    /// The sources from one event on and before another.
    pub fn between(&self, from: u32, before: u32) -> impl Iterator<Item = &Source<'s>> {
        let start = self.all.partition_point(|s| s.event < from);
        self.all[start..].iter().take_while(move |s| s.event < before)
    }

    /// The sources before an event, latest first.
    pub fn before(&self, event: u32) -> impl Iterator<Item = &Source<'s>> {
        self.all.iter().rev().filter(move |s| s.event < event || s.event == 0)
    }

    /// True when a source holds the text, which is in lower case.
    pub fn contains(&self, lower: &str, before: u32) -> bool {
        !lower.is_empty() && {
            let finder = memchr::memmem::Finder::new(lower);
            self.before(before).any(|s| s.readings().any(|text| finder.find(text.as_bytes()).is_some()))
        }
    }

    /// True for an address put together from a name and a company or site that a source names: a guess, and perhaps a good one.
    pub fn guessed(&self, email: &str, before: u32) -> bool {
        let lower = email.to_ascii_lowercase();
        let Some((mailbox, host)) = lower.split_once('@') else { return false };
        let letters = |p: &str| p.chars().all(char::is_alphabetic);
        let names = || mailbox.split(['.', '_', '-']).filter(|p| !p.is_empty());
        let site = host.rsplit_once('.').map_or(host, |(site, _)| site);
        names().all(|p| letters(p) && self.contains(p, before))
            && (self.contains(host, before) || self.contains_letters(site, before))
    }

    /// True for a web address whose site stands in a source, and so does every part of its path: it was put together.
    pub fn built(&self, bare: &str, before: u32) -> bool {
        let Some((site, path)) = bare.split_once('/') else { return false };
        let parts = path.split(['/', '?', '&', '=', '#']).filter(|p| !p.is_empty());
        self.contains(site, before) && parts.take(16).all(|part| self.contains(part, before))
    }

    /// True when a source holds the same letters and digits, whatever stands between.
    pub fn contains_letters(&self, lower: &str, before: u32) -> bool {
        let wanted: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
        wanted.len() >= 5 && {
            let finder = memchr::memmem::Finder::new(&wanted);
            self.before(before).any(|s| finder.find(s.letters().as_bytes()).is_some())
        }
    }

    /// True when the user or the instructions gave the same long number without its prefix: 9502126 for `#W9502126`.
    pub fn contains_number(&self, lower: &str, before: u32) -> bool {
        let number = lower.trim_start_matches(|c: char| !c.is_ascii_digit());
        let long = number.len() >= 5 && lower.len() - number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit());
        let alone = |text: &str| {
            text.match_indices(number).any(|(at, _)| {
                let around = [text[..at].chars().next_back(), text[at + number.len()..].chars().next()];
                !around.into_iter().flatten().any(char::is_alphanumeric)
            })
        };
        long && self.before(before).filter(|s| !s.result).any(|s| alone(s.lower()))
    }

    /// True for a long number that the conversation writes in groups, with letters and a short mark around it: US10998771B2 for
    /// "US 10,998,771".
    pub fn contains_grouped(&self, lower: &str, before: u32) -> bool {
        let run = lower.split(|c: char| !c.is_ascii_digit()).max_by_key(|r| r.len()).unwrap_or_default();
        let long = run.len() >= 6 && lower.len() - run.len() <= 5;
        let grouped = |text: &str| {
            let plain: String =
                text.chars().filter(|c| !matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\'' | '-' | '/')).collect();
            plain.match_indices(run).any(|(at, _)| {
                let around = [plain[..at].chars().next_back(), plain[at + run.len()..].chars().next()];
                !around.into_iter().flatten().any(|c| c.is_ascii_digit())
            })
        };
        long && self.before(before).filter(|s| !s.result).any(|s| grouped(s.lower()))
    }

    /// True when the user read these digits out: "four four seven, one nine two" for 447192.
    pub fn was_read_out(&self, number: &str, before: u32) -> bool {
        number.len() >= 3
            && number.bytes().all(|b| b.is_ascii_digit())
            && self.before(before).filter(|s| s.user).any(|s| s.read_out().replace(' ', "").contains(number))
    }

    /// True when the user said a number of the same length that differs from this one in one digit, or in two that
    /// stand the wrong way round.
    pub fn is_slip(&self, wanted: &str, before: u32) -> bool {
        self.before(before).filter(|s| s.user).any(|s| {
            [s.text, s.read_out()]
                .iter()
                .flat_map(|text| text.split(|c: char| !c.is_ascii_digit()))
                .any(|n| n.len() == wanted.len() && strsim::osa_distance(n, wanted) == 1)
        })
    }

    /// True when a source holds these digits in a row, whatever stands between.
    pub fn has_digits(&self, wanted: &str, before: u32) -> bool {
        // A national form lacks the country's code, and the other way round.
        let tail = &wanted[wanted.len().saturating_sub(9)..];
        self.before(before).any(|s| digits(s.text).contains(tail))
    }

    /// True when a run of letters and digits in a source ends with these digits.
    pub fn ends_with_digits(&self, wanted: &str, before: u32) -> bool {
        self.before(before).any(|s| {
            s.lower()
                .match_indices(wanted)
                .any(|(at, _)| !s.lower()[at + wanted.len()..].starts_with(|c: char| c.is_ascii_digit()))
        })
    }

    /// True when every run of digits in an identifier is a number of the results before an event, and one of them tells
    /// something: it may be put together from them.
    pub fn may_be_built(&self, lower: &str, before: u32) -> bool {
        self.search();
        let plain = |n: &str| n.trim_start_matches('0').to_owned();
        let digits = |t: &str| t.starts_with(|c: char| c.is_ascii_digit());
        let mut left: Vec<String> = runs(lower).filter(|r| digits(r)).map(plain).collect();
        let telling =
            left.iter().any(|n| n.len() >= 3 && !(n.len() == 4 && (n.starts_with("19") || n.starts_with("20"))));
        for source in self.before(before).filter(|s| s.result) {
            for run in runs(source.lower()).filter(|r| digits(r)) {
                left.retain(|n| n != run.trim_start_matches('0'));
            }
            if left.is_empty() {
                break;
            }
        }
        telling && left.is_empty()
    }

    /// True when every part of an identifier is a scalar of one and the same answer: prefix and number, mailbox and domain.
    pub fn composed(&self, lower: &str, before: u32) -> bool {
        let cut = if lower.contains('@') { &['@'][..] } else { &['-', '_', '/', ':'][..] };
        let parts: Vec<&str> = lower.split(|c| cut.contains(&c)).filter(|p| !p.is_empty()).collect();
        parts.len() > 1
            && self.before(before).filter_map(|s| s.json).any(|root| {
                let mut left = parts.clone();
                scalars(root, 0, &mut |text| left.retain(|p| !is_part(p, text)));
                left.is_empty()
            })
    }
}

/// The runs of letters and the runs of digits of a text.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes[at..].iter().take_while(|b| !b.is_ascii_alphanumeric()).count();
        let digit = bytes.get(at)?.is_ascii_digit();
        let same = |b: &&u8| b.is_ascii_alphanumeric() && b.is_ascii_digit() == digit;
        let (start, len) = (at, bytes[at..].iter().take_while(same).count());
        at += len;
        text.get(start..at)
    })
}

impl<'s> Source<'s> {
    fn new(event: u32, whole: &'s Text) -> Self {
        Source {
            event,
            text: &whole.text,
            whole,
            lower: OnceCell::new(),
            decoded: OnceCell::new(),
            json: None,
            result: false,
            user: false,
            tool: None,
            own: false,
            letters: OnceCell::new(),
            read_out: OnceCell::new(),
            readings: Readings::default(),
        }
    }

    /// The text in lower case, as it stands and without its escapes.
    fn readings(&self) -> impl Iterator<Item = &str> {
        let decoded = self.decoded.get_or_init(|| decoded(self.text).map(|t| t.to_ascii_lowercase()));
        std::iter::once(self.lower()).chain(decoded.as_deref())
    }

    /// In lower case; made where it is searched, since many a session has nothing to be searched for.
    pub fn lower(&self) -> &str {
        self.lower.get_or_init(|| self.text.to_ascii_lowercase())
    }

    /// The digits that it reads out, each number by itself; nothing where it reads none out.
    fn read_out(&self) -> &str {
        self.read_out.get_or_init(|| spoken::digits(self.text).map(|(said, _)| said).unwrap_or_default())
    }

    fn letters(&self) -> &str {
        self.letters.get_or_init(|| match self.text.is_ascii() {
            true => crate::secrets::squeeze(self.text),
            false => self.lower().chars().filter(|c| c.is_alphanumeric()).collect(),
        })
    }
}

/// True where a part of an identifier is a value, give or take zeros in front of a number: `417` for `00417`.
fn is_part(part: &str, value: &str) -> bool {
    let number = |t: &str| t.len() > 1 && t.bytes().all(|b| b.is_ascii_digit());
    part.eq_ignore_ascii_case(value)
        || number(part) && number(value) && {
            let (part, value) = (part.trim_start_matches('0'), value.trim_start_matches('0'));
            part.len() > 1 && part == value
        }
}

/// The words of a text that have a digit, as IDs are written.
fn words(text: &str) -> impl Iterator<Item = &str> {
    const LONGEST: usize = 64;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    words.filter(|w| w.len() <= LONGEST && w.bytes().any(|b| b.is_ascii_digit()))
}

fn scalars(value: Value<'_>, depth: usize, see: &mut dyn FnMut(&str)) {
    if depth > 32 {
        return;
    }
    if value.is_object() {
        value.entries().for_each(|(_, v)| scalars(v, depth + 1, see));
    } else if value.is_array() {
        value.items().for_each(|v| scalars(v, depth + 1, see));
    } else if let Some(text) = value.str() {
        see(&text);
    } else {
        see(&value.raw());
    }
}
