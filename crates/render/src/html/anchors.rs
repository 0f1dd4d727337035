//! Names of places in the page, and which places cite which quote.

use hindcast_retro::Draft;
use hindcast_retro::draft::{FindingEntry, Prevalence, SystemAnswer};
use hindcast_retro::statement::{Answer, Quote, Statement, Verdict};
use std::collections::HashMap;

/// A link inside the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The id of its target.
    pub to: String,
    /// What it says; made by the program, never a text of the draft.
    pub label: String,
}

/// Where an open question is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// In a facts file.
    File,
    /// In the form of a section, below this address.
    Form(String),
    /// Nowhere that this reader may write.
    Nowhere,
}

/// Where everything stands. Ids are built from numbers, never from texts of the draft, which may be anything.
pub struct Anchors {
    prefix: String,
    answered: Answered,
    /// The section whose form asks a question, by the question's entry.
    asked: HashMap<String, &'static str>,
    quotes: HashMap<String, String>,
    findings: HashMap<String, (usize, bool)>,
    lines: Vec<(u32, u32, usize)>,
    system: HashMap<String, usize>,
}

impl Anchors {
    /// The places of a draft; `prefix` keeps several drafts of one page apart.
    pub fn new(draft: &Draft, prefix: &str, answered: Answered) -> Self {
        let quotes = draft.quotes().into_iter().enumerate();
        let quotes = quotes.map(|(i, q)| (q.id.clone(), format!("{prefix}{}", quote_name(&q.id, i)))).collect();
        let mut findings = HashMap::new();
        for (i, finding) in draft.behavior.findings.iter().enumerate() {
            findings
                .entry(finding.statement.id.clone())
                .or_insert((i + 1, finding.statement.verdict == Verdict::Rejected));
        }
        let lines = draft.timeline.entries.iter().enumerate();
        let lines =
            lines.filter_map(|(i, e)| e.event.map(|first| (first, first.saturating_add(e.folded.max(1) - 1), i + 1)));
        // A question that is only asked in the list at the end has no place of its own.
        let shown = |a: &SystemAnswer| !draft.is_short() || !a.is_open();
        let system =
            draft.system.iter().enumerate().filter(|(_, a)| shown(a)).map(|(i, a)| (a.question.clone(), i + 1));
        let asked = asked(draft);
        Anchors {
            prefix: prefix.to_owned(),
            answered,
            asked,
            quotes,
            findings,
            lines: lines.collect(),
            system: system.collect(),
        }
    }

    /// Where open questions are answered.
    pub fn answered(&self) -> &Answered {
        &self.answered
    }

    /// The place in a form that asks for this entry.
    pub fn form_of(&self, entry: &str) -> Option<String> {
        let (Answered::Form(base), Some(section)) = (&self.answered, self.asked.get(entry)) else { return None };
        Some(format!("{base}/{section}/edit#answer-{entry}"))
    }

    /// A place by its short name, such as `impact` or `f1`.
    pub fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The place of a quote in the appendix.
    pub fn quote(&self, id: &str) -> Option<&str> {
        self.quotes.get(id).map(String::as_str)
    }

    /// A link to a finding, by its statement's id.
    pub fn finding(&self, id: &str) -> Option<Link> {
        let (n, rejected) = self.findings.get(id)?;
        let rejected = if *rejected { " (rejected)" } else { "" };
        Some(Link { to: self.id(&format!("f{n}")), label: format!("Finding {n}{rejected}") })
    }

    /// True for a finding that nobody rejected.
    pub fn stands(&self, id: &str) -> bool {
        self.findings.get(id).is_some_and(|(_, rejected)| !rejected)
    }

    /// A link to the timeline's line that stands for an event.
    pub fn event(&self, event: u32) -> Option<Link> {
        let line = self.lines.iter().find(|(first, last, _)| (*first..=*last).contains(&event))?;
        Some(Link { to: self.id(&format!("t{}", line.2)), label: format!("event {event}") })
    }

    /// A link to one of the six questions.
    pub fn system(&self, question: &str) -> Option<Link> {
        self.system.get(question).map(|n| Link { to: self.id(&format!("s{n}")), label: format!("5.{n}") })
    }

    /// For each quote, the places that cite it, in reading order.
    pub fn cited_in(&self, draft: &Draft) -> HashMap<String, Vec<Link>> {
        let mut all: HashMap<String, Vec<Link>> = HashMap::new();
        let mut add = |quote: &Quote, name: &str, label: &str| {
            let link = Link { to: self.id(name), label: label.to_owned() };
            let links = all.entry(quote.id.clone()).or_default();
            if !links.contains(&link) {
                links.push(link);
            }
        };
        let mut say = |statements: &[Statement], name: &str, label: &str| {
            statements.iter().flat_map(Statement::quotes).for_each(|q| add(q, name, label));
        };
        say(&draft.summary, "top", "Summary");
        say(&draft.severity.reasons, "severity", "Severity");
        for (i, entry) in draft.timeline.entries.iter().enumerate() {
            let label = entry.event.map_or("Timeline".to_owned(), |e| format!("Timeline, event {e}"));
            say(std::slice::from_ref(&entry.statement), &format!("t{}", i + 1), &label);
        }
        draft.impact.iter().for_each(|item| {
            say(item.answer.statements(), "impact", "Impact");
            say(&item.seen, "impact", "Impact");
        });
        say(draft.trigger.statements(), "trigger", "Trigger");
        for (finding, name, label) in named(draft) {
            say(std::slice::from_ref(&finding.statement), &name, &label);
            if let Prevalence::Measured(statement) = &finding.prevalence {
                say(std::slice::from_ref(statement), &name, &label);
            }
        }
        for (i, answer) in draft.system.iter().enumerate() {
            say(&answer.statements, &format!("s{}", i + 1), &format!("System question {}", i + 1));
        }
        draft.delay.points.iter().for_each(|p| say(p.answer.statements(), "delay", "Detection delay"));
        say(draft.delay.should_have_fired.statements(), "delay", "Detection delay");
        for (finding, name, label) in named(draft) {
            finding.considered.iter().filter_map(|c| c.quote.as_ref()).for_each(|q| add(q, &name, &label));
        }
        all
    }
}

/// Findings and leads, each with its place and what a link to it says.
fn named(draft: &Draft) -> impl Iterator<Item = (&FindingEntry, String, String)> {
    let findings = draft.behavior.findings.iter().zip(1..);
    let leads = draft.behavior.leads.iter().zip(1..);
    let findings = findings.map(|(f, n)| (f, format!("f{n}"), format!("Finding {n}")));
    findings.chain(leads.map(|(l, n)| (l, format!("l{n}"), format!("Lead {n}"))))
}

/// `q7` stays `q7`; anything else, which only a draft changed by hand holds, is counted.
fn quote_name(id: &str, index: usize) -> String {
    let usual =
        id.strip_prefix('q').is_some_and(|n| !n.is_empty() && n.len() < 10 && n.bytes().all(|b| b.is_ascii_digit()));
    if usual { id.to_owned() } else { format!("qx{}", index + 1) }
}

/// The sections whose forms ask the open questions.
fn asked(draft: &Draft) -> HashMap<String, &'static str> {
    let of = |answer: &Answer| answer.question().map(|q| q.entry.clone());
    let impact = draft.impact.iter().filter_map(|i| of(&i.answer)).map(|e| (e, "impact"));
    let points = draft.delay.points.iter().map(|p| &p.answer).chain([&draft.delay.should_have_fired]);
    let delay = points.filter_map(of).map(|e| (e, "delay"));
    let system = draft.system.iter().flat_map(|a| &a.questions).map(|q| (q.entry.clone(), "system"));
    let severity = draft.severity.questions.iter().map(|q| (q.entry.clone(), "severity"));
    let trigger = of(&draft.trigger).map(|e| (e, "trigger"));
    // Of two sections that ask the same, the one in which it stands by itself.
    severity.chain(system).chain(trigger).chain(delay).chain(impact).collect()
}
