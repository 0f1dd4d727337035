//! A whole retro as a view: what the templates read.

use super::Stop;
use super::anchors::{Anchors, Answered};
use super::behavior::BehaviorView;
use super::evidence::QuoteRow;
use super::head::Head;
use super::parts::{Ask, Known, Said};
use super::people::{ActionRow, NoteRow};
use super::system::{DelayView, Question};
use super::text::Text;
use super::timeline::Row;
use super::words;
use crate::svg;
use askama::Template;
use askama::filters::HtmlSafe;
use hindcast_retro::Draft;

/// A line of section 2.
pub struct ImpactRow {
    pub field: Text,
    pub answer: Known,
    /// What the trace shows of it.
    pub seen: Vec<Said>,
}

/// The sequence diagram, which is written escaped.
pub struct Diagram(String);

impl HtmlSafe for Diagram {}

impl std::fmt::Display for Diagram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A retro, ready to be written.
#[derive(Template)]
#[template(path = "retro.html")]
pub struct Retro {
    /// Keeps the ids of several retros in one page apart.
    pub prefix: String,
    /// The level of its title; sections are one below, their parts two.
    level: u8,
    /// The address below which each section is edited, where it can be.
    pub edit: Option<String>,
    pub title: Text,
    pub contents: Vec<Stop>,
    head: Head,
    timeline: Vec<Row>,
    learned: usize,
    /// Events that have no line of their own, and how many events there are.
    left_out: Option<(String, String)>,
    /// True if nothing was found: then what is unknown is asked in one list.
    short: bool,
    diagram: Diagram,
    impact: Vec<ImpactRow>,
    trigger: Known,
    behavior: BehaviorView,
    system: Vec<Question>,
    delay: DelayView,
    actions: Vec<ActionRow>,
    inadequate: Option<Text>,
    questions: Vec<Ask>,
    warnings: Vec<Text>,
    gaps: Vec<Text>,
    pub notes: Vec<NoteRow>,
    quotes: Vec<QuoteRow>,
}

impl HtmlSafe for Retro {}

/// Sections under which a person's notes are shown; others have a place of their own.
const NOTED: [&str; 8] = ["severity", "timeline", "impact", "trigger", "behavior", "system", "delay", "actions"];

impl Retro {
    /// The view of a draft whose title has the given heading level.
    pub fn new(draft: &Draft, prefix: &str, level: u8) -> Self {
        Self::answered(draft, prefix, level, Answered::File)
    }

    /// The same, with where its open questions are answered.
    pub fn answered(draft: &Draft, prefix: &str, level: u8, answered: Answered) -> Self {
        let anchors = Anchors::new(draft, prefix, answered);
        let impact = draft.impact.iter();
        let impact = impact.map(|i| ImpactRow {
            field: Text::line(&words::heading(&i.field)),
            answer: Known::brief(&i.answer, &anchors),
            seen: i.seen.iter().map(|s| Said::brief(s, &anchors)).collect(),
        });
        let mut retro = Retro {
            prefix: prefix.to_owned(),
            level,
            edit: None,
            title: Text::exact(&draft.title),
            contents: Vec::new(),
            head: Head::new(draft, &anchors),
            timeline: Row::all(draft, &anchors),
            left_out: draft
                .timeline
                .left_out()
                .map(|(n, _)| (words::number(u64::from(n)), words::number(draft.session.events as u64))),
            short: draft.is_short(),
            learned: draft.timeline.entries.iter().filter(|e| e.learned).count(),
            diagram: Diagram(svg::sequence_in(draft, prefix, &|id| anchors.quote(id).map(str::to_owned))),
            impact: impact.collect(),
            trigger: Known::full(&draft.trigger, &anchors),
            behavior: BehaviorView::new(draft, &anchors),
            system: Question::all(draft, &anchors),
            delay: DelayView::new(draft, &anchors),
            actions: ActionRow::all(draft, &anchors),
            inadequate: draft.actions.inadequate.as_deref().map(Text::prose),
            questions: draft.questions().iter().map(|q| Ask::new(q, &anchors)).collect(),
            warnings: draft.warnings.iter().map(|w| Text::prose(w)).collect(),
            gaps: draft.missing_data.iter().map(|g| Text::prose(g)).collect(),
            notes: draft.notes.iter().map(NoteRow::new).collect(),
            quotes: QuoteRow::all(draft, &anchors),
        };
        retro.contents = retro.stops();
        retro
    }

    fn stops(&self) -> Vec<Stop> {
        let stop =
            |name: &str, label, count, numbered| Stop { to: format!("{}{name}", self.prefix), label, count, numbered };
        let mut stops = vec![
            stop("severity", "Severity", None, false),
            stop("timeline", "Timeline", Some(self.timeline.len()), true),
            stop("impact", "Impact", None, true),
            stop("trigger", "Trigger", None, true),
            stop("behavior", "LLM behavior analysis", Some(self.behavior.count), true),
            stop("system", "System contribution", None, true),
            stop("delay", "Detection delay", None, true),
            stop("actions", "Action items", Some(self.actions.len()), true),
            stop("open", "Open questions", Some(self.questions.len()), false),
            stop("gaps", "Missing data", Some(self.gaps.len()), false),
        ];
        if self.other_notes().next().is_some() {
            stops.push(stop("notes", "Notes", None, false));
        }
        stops.push(stop("evidence", "Evidence", Some(self.quotes.len()), false));
        stops
    }

    fn notes_of<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a NoteRow> {
        self.notes.iter().filter(move |n| n.section == section)
    }

    fn other_notes(&self) -> impl Iterator<Item = &NoteRow> {
        self.notes.iter().filter(|n| !NOTED.contains(&n.section.as_str()))
    }

    fn any_answered(&self) -> bool {
        self.system.iter().any(|q| !q.open)
    }

    fn unknown(&self) -> usize {
        self.impact.iter().filter(|i| i.answer.unknown()).count()
    }
}
