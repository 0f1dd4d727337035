//! The small parts that every section is made of.

use super::anchors::{Anchors, Answered, Link};
use super::text::Text;
use super::words;
use crate::visible;
use askama::Template;
use askama::filters::HtmlSafe;
use hindcast_retro::statement::{Answer, Basis, Origin, Question, Quote, Statement, Verdict};

/// Characters of a quote that are shown where it is cited; the appendix has all of it.
const SHOWN: usize = 420;

/// A citation: a link to the quote in the appendix.
#[derive(Template)]
#[template(path = "parts/cite.html")]
pub struct Cite {
    to: Option<String>,
    label: Text,
    event: u32,
}

impl HtmlSafe for Cite {}

impl Cite {
    fn new(quote: &Quote, anchors: &Anchors) -> Self {
        Cite {
            to: anchors.quote(&quote.id).map(str::to_owned),
            label: Text::line(&visible::label(&quote.id, 12)),
            event: quote.event,
        }
    }
}

/// Quoted words, as much of them as reads well, with their citation.
#[derive(Template)]
#[template(path = "parts/excerpt.html")]
pub struct Excerpt {
    cite: Cite,
    text: Text,
    cut: bool,
}

impl HtmlSafe for Excerpt {}

impl Excerpt {
    pub fn new(quote: &Quote, anchors: &Anchors) -> Self {
        let (text, cut) = visible::shorten(&quote.text, SHOWN);
        Excerpt { cite: Cite::new(quote, anchors), text: Text::exact(&text), cut }
    }
}

/// Who made something, and what a person decided about it.
#[derive(Template)]
#[template(path = "parts/mark.html")]
pub struct Mark {
    by: &'static str,
    name: Text,
    verdict: &'static str,
    reason: Option<Text>,
    original: Option<Text>,
    quiet: bool,
}

impl HtmlSafe for Mark {}

impl Mark {
    pub fn new(origin: &Origin, verdict: Verdict, reason: Option<&str>, original: Option<&str>) -> Self {
        let (by, name) = match origin {
            Origin::Detector(name) => ("detector", name),
            Origin::Analysis(name) => ("analysis", name),
            Origin::Person(name) => ("person", name),
        };
        let prose = |text: &str| Text::prose(text);
        Mark {
            by,
            name: Text::line(&visible::label(name, 60)),
            verdict: verdict_word(verdict),
            reason: reason.map(prose),
            original: original.map(prose),
            quiet: verdict == Verdict::Open,
        }
    }
}

/// A verdict in a word.
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Confirmed => "confirmed",
        Verdict::Edited => "edited",
        Verdict::Rejected => "rejected",
    }
}

/// A statement with what it rests on.
#[derive(Template)]
#[template(path = "parts/said.html")]
pub struct Said {
    /// What it says.
    pub text: Text,
    /// Its maker and verdict.
    pub mark: Mark,
    /// True where a person disagrees with it.
    pub rejected: bool,
    /// Citations, where the quoted words are not shown.
    pub cites: Vec<Cite>,
    /// The quoted words.
    pub excerpts: Vec<Excerpt>,
    /// What it rests on besides quotes.
    pub others: Vec<Text>,
}

impl HtmlSafe for Said {}

impl Said {
    /// A statement with its citations and without the quoted words.
    pub fn brief(statement: &Statement, anchors: &Anchors) -> Self {
        let cites = shown(statement).map(|q| Cite::new(q, anchors)).collect();
        let others = statement.basis().iter().filter_map(basis_words).collect();
        let mut mark =
            Mark::new(&statement.origin, statement.verdict, statement.reason.as_deref(), statement.original.as_deref());
        // A line of a facts file names the file already.
        let named = |b: &Basis| matches!((b, &statement.origin), (Basis::Fact { file, .. }, Origin::Person(name)) if file == name);
        if statement.basis().iter().any(named) {
            mark.name = Text::line("");
        }
        let rejected = statement.verdict == Verdict::Rejected;
        Said { text: Text::prose(&statement.text), mark, rejected, cites, excerpts: Vec::new(), others }
    }

    /// A statement with the quoted words, each with its citation.
    pub fn full(statement: &Statement, anchors: &Anchors) -> Self {
        let excerpts = shown(statement).map(|q| Excerpt::new(q, anchors)).collect();
        Said { excerpts, cites: Vec::new(), ..Said::brief(statement, anchors) }
    }
}

/// The quotes that stand beside a statement.
fn shown(statement: &Statement) -> impl Iterator<Item = &Quote> {
    statement.shown().filter_map(|b| if let Basis::Quote(q) = b { Some(q) } else { None })
}

/// What a statement rests on, where that is not a quote.
fn basis_words(basis: &Basis) -> Option<Text> {
    let words = match basis {
        Basis::Quote(_) => return None,
        // The timeline says so of events that hold no words; their line says enough.
        Basis::Absence { sought, from_event, to_event } if sought == "words to quote" => {
            events("no words to quote in", *from_event, *to_event)
        }
        Basis::Absence { sought, from_event, to_event } => {
            format!("{} for {}: none", events("searched", *from_event, *to_event), visible::label(sought, 300))
        }
        Basis::Measurement { k, n, interval_ppm: (low, high), corpus, signature } => format!(
            "measured: {} of {} eligible sessions, 95\u{202f}% interval {} to {}; corpus {}, signature {}",
            words::number(*k),
            words::number(*n),
            words::percent(*low),
            words::percent(*high),
            visible::label(corpus, 12),
            visible::label(signature, 12),
        ),
        Basis::Fact { file, line: 0, entry, .. } => {
            format!("{}, {}", visible::label(file, 60), visible::label(entry, 60))
        }
        Basis::Fact { file, line, entry, .. } => {
            format!("{}, line {line}, {}", visible::label(file, 60), visible::label(entry, 60))
        }
    };
    Some(Text::line(&words))
}

fn events(what: &str, from: u32, to: u32) -> String {
    if from == to { format!("{what} event {from}") } else { format!("{what} events {from} to {to}") }
}

/// A question that is open.
#[derive(Template)]
#[template(path = "parts/ask.html")]
pub struct Ask {
    /// True where it stands in the place of an answer.
    missing: bool,
    ask: Text,
    entry: Text,
    /// The place in a form that takes the answer.
    to: Option<String>,
    /// True where a facts file takes it.
    in_file: bool,
}

impl HtmlSafe for Ask {}

impl Ask {
    /// A question in the place of an answer.
    pub fn unknown(question: &Question, anchors: &Anchors) -> Self {
        Ask { missing: true, ..Ask::new(question, anchors) }
    }

    /// A question beside an answer, or in a list of questions.
    pub fn new(question: &Question, anchors: &Anchors) -> Self {
        let to = anchors.form_of(&question.entry);
        Ask {
            missing: false,
            ask: Text::prose(&question.ask),
            entry: Text::line(&visible::label(&question.entry, 80)),
            in_file: to.is_none() && *anchors.answered() != Answered::Nowhere,
            to,
        }
    }
}

/// Something known, or the question to ask; never a blank.
#[derive(Template)]
#[template(path = "parts/answer.html")]
pub struct Known {
    said: Vec<Said>,
    ask: Option<Ask>,
}

impl HtmlSafe for Known {}

impl Known {
    /// With the quoted words.
    pub fn full(answer: &Answer, anchors: &Anchors) -> Self {
        Self::with(answer, anchors, |s| Said::full(s, anchors))
    }

    /// With citations only.
    pub fn brief(answer: &Answer, anchors: &Anchors) -> Self {
        Self::with(answer, anchors, |s| Said::brief(s, anchors))
    }

    fn with(answer: &Answer, anchors: &Anchors, say: impl Fn(&Statement) -> Said) -> Self {
        Known {
            said: answer.statements().iter().map(say).collect(),
            ask: answer.question().map(|q| Ask::unknown(q, anchors)),
        }
    }

    /// The same where the time that a statement begins with is shown beside it.
    pub fn without_time(mut self, at: Option<&str>) -> Self {
        for said in &mut self.said {
            said.text = at.and_then(|at| said.text.after(at)).unwrap_or_else(|| said.text.clone());
        }
        self
    }

    /// True where it is unknown.
    pub fn unknown(&self) -> bool {
        self.ask.is_some() || self.said.is_empty()
    }
}

/// A link inside the page.
#[derive(Template)]
#[template(source = "<a href=\"#{{ to }}\">{{ label }}</a>", ext = "html")]
pub struct Go {
    to: String,
    label: Text,
}

impl HtmlSafe for Go {}

impl From<Link> for Go {
    fn from(link: Link) -> Self {
        Go { to: link.to, label: Text::line(&link.label) }
    }
}
