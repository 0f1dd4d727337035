//! Sections 5 and 6: the system around the model, and how long until somebody knew.

use super::anchors::Anchors;
use super::parts::{Ask, Known, Said};
use super::text::Text;
use super::words::{self, When};
use hindcast_retro::Draft;
use hindcast_retro::draft::{Contribution, DelayGap, DesignCoverage, SystemAnswer};

/// One of the six questions with its answer.
pub struct Question {
    pub id: String,
    pub number: usize,
    pub name: Text,
    pub ask: Text,
    pub verdict: &'static str,
    pub verdict_class: &'static str,
    pub design: &'static str,
    pub statements: Vec<Said>,
    pub counterfactual: Option<Text>,
    pub questions: Vec<Ask>,
    /// True if nothing is known about it yet.
    pub open: bool,
}

impl Question {
    /// All questions of a draft.
    pub fn all(draft: &Draft, anchors: &Anchors) -> Vec<Self> {
        draft.system.iter().enumerate().map(|(i, answer)| Question::new(answer, i + 1, anchors)).collect()
    }

    fn new(answer: &SystemAnswer, number: usize, anchors: &Anchors) -> Self {
        let (verdict, verdict_class) = match answer.verdict {
            Contribution::Contributed => ("contributed", "contributed"),
            Contribution::DidNot => ("did not contribute", "did-not"),
            Contribution::Unknown => ("unknown", "unknown"),
        };
        Question {
            id: anchors.id(&format!("s{number}")),
            number,
            open: answer.is_open(),
            name: Text::line(&words::heading(&answer.question)),
            ask: Text::prose(&without_name(&answer.ask, &words::heading(&answer.question))),
            verdict,
            verdict_class,
            design: match answer.coverage {
                DesignCoverage::Specified => "specified",
                DesignCoverage::NotSpecified => "not specified",
                DesignCoverage::Unknown => "unknown",
            },
            statements: answer.statements.iter().map(|s| Said::full(s, anchors)).collect(),
            counterfactual: answer.counterfactual.as_deref().map(Text::prose),
            questions: answer.questions.iter().map(|q| Ask::new(q, anchors)).collect(),
        }
    }
}

/// The question without its name, which its heading says already.
fn without_name(ask: &str, name: &str) -> String {
    let Some(rest) = ask.strip_prefix(name).and_then(|r| r.strip_prefix(": ")) else { return ask.to_owned() };
    let mut chars = rest.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Section 6.
pub struct DelayView {
    pub points: Vec<Point>,
    pub should_have_fired: Known,
    /// From the first point whose time is known to the last, where there are two.
    pub total: Option<Span>,
}

/// A point of the chain.
pub struct Point {
    pub name: Text,
    pub when: When,
    pub answer: Known,
    /// The time to the next point that is known.
    pub gap: Option<Span>,
}

/// A length of time.
pub struct Span {
    pub from: Text,
    pub to: Text,
    pub length: String,
    pub backwards: bool,
}

impl Span {
    fn new(gap: &DelayGap) -> Self {
        let name = |point: &str| Text::line(&words::heading(point).to_lowercase());
        Span {
            from: name(&gap.from),
            to: name(&gap.to),
            length: words::duration(gap.seconds),
            backwards: gap.seconds < 0,
        }
    }
}

impl DelayView {
    /// True if anything in the section is known.
    pub fn known(&self) -> bool {
        !self.should_have_fired.unknown() || self.points.iter().any(|p| !p.answer.unknown())
    }

    /// The section of a draft.
    pub fn new(draft: &Draft, anchors: &Anchors) -> Self {
        let delay = &draft.delay;
        let points = delay.points.iter().map(|p| Point {
            name: Text::line(&words::heading(&p.point)),
            when: When::known(p.at.as_deref()),
            answer: Known::brief(&p.answer, anchors).without_time(p.at.as_deref()),
            gap: delay.gaps.iter().find(|g| g.from == p.point).map(Span::new),
        });
        let total = match (delay.gaps.first(), delay.gaps.last()) {
            (Some(first), Some(last)) if delay.gaps.len() > 1 => Some(Span::new(&DelayGap {
                from: first.from.clone(),
                to: last.to.clone(),
                seconds: delay.gaps.iter().fold(0i64, |sum, g| sum.saturating_add(g.seconds)),
            })),
            _ => None,
        };
        DelayView { points: points.collect(), should_have_fired: Known::full(&delay.should_have_fired, anchors), total }
    }
}
