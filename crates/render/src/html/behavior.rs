//! Section 4: findings, and what was looked for.

use super::anchors::{Anchors, Answered};
use super::parts::{Excerpt, Go, Said};
use super::text::Text;
use crate::many::{LEADS_IN_FULL, LEADS_MEAN, Shown};
use crate::markdown::words::{self, consequence};
use crate::visible;
use hindcast_detect::finding::{Answer, RestsOn};
use hindcast_retro::Draft;
use hindcast_retro::draft::{Consequence, Considered, Coverage, FindingEntry, Prevalence};
use hindcast_retro::statement::{Basis, Origin, Verdict};

/// Section 4.
pub struct BehaviorView {
    /// How many findings there are in all.
    pub count: usize,
    /// Those that are shown whole.
    pub findings: Vec<Finding>,
    /// The others, where there are many of one kind.
    pub short: Vec<Many>,
    pub leads: Vec<Finding>,
    /// How many leads there are, and how many of them people dismissed.
    pub leads_title: String,
    /// What a lead is.
    pub leads_mean: &'static str,
    /// True where people decide on leads in the file that this page was made of.
    pub in_file: bool,
    /// What the answers of the coverage mean, with how many there are of each.
    pub legend: Vec<Meaning>,
    pub coverage: Vec<Looked>,
}

/// Findings of one detector in short.
pub struct Many {
    pub id: String,
    pub detector: Text,
    pub reliability: Vec<Text>,
    pub findings: Vec<Finding>,
}

/// A word for a detector's answer.
pub struct Meaning {
    pub word: &'static str,
    pub count: usize,
    pub means: &'static str,
}

/// A finding, or a lead.
pub struct Finding {
    pub id: String,
    pub number: usize,
    pub title: Text,
    pub category: &'static str,
    pub also: Option<&'static str>,
    pub event: u32,
    pub at: Option<Go>,
    /// The statement's id, by which a person decides on it.
    pub statement: Text,
    /// How reliable the rule is; empty in a draft of an earlier version.
    pub reliability: Option<Text>,
    /// True where a person made a finding of a lead.
    pub promoted: bool,
    pub near_miss: bool,
    /// How far it got, in words.
    pub outcome: &'static str,
    pub rejected: bool,
    pub said: Said,
    /// How sure the tools' meaning is, and in what words.
    pub rests_on: (&'static str, Option<Text>),
    pub considered: Vec<Weighed>,
    pub tools: Vec<Text>,
    pub measured: Option<Said>,
    /// `7 of 1 204`, where it was measured.
    pub ratio: Option<String>,
    pub not_measured: Option<Text>,
}

/// Something that might have backed the agent.
pub struct Weighed {
    pub at: Option<Go>,
    pub event: u32,
    pub why: Text,
    pub quote: Option<Excerpt>,
}

/// What one detector said.
pub struct Looked {
    pub detector: Text,
    pub looks_for: Text,
    pub answer: &'static str,
    pub class: &'static str,
    pub why: Vec<Text>,
}

impl BehaviorView {
    /// The section of a draft; what was found comes first, what does not apply last.
    pub fn new(draft: &Draft, anchors: &Anchors) -> Self {
        let all = &draft.behavior.findings;
        let shown = Shown::of(draft);
        let views = |of: &[usize]| -> Vec<Finding> {
            of.iter().filter_map(|&i| Some(Finding::new(all.get(i)?, "f", i + 1, anchors))).collect()
        };
        let groups = shown.short.iter().filter(|g| !g.findings.is_empty()).enumerate();
        let short = groups.map(|(i, group)| Many {
            id: anchors.id(&format!("many{}", i + 1)),
            detector: Text::line(&visible::label(&group.detector, 60)),
            reliability: group.reliability(draft).into_iter().map(Text::prose).collect(),
            findings: views(&group.findings),
        });
        let leads = &draft.behavior.leads;
        let in_full = leads.len() <= LEADS_IN_FULL;
        let leads = leads.iter().zip(1..).map(|(lead, number)| {
            let mut view = Finding::new(lead, "l", number, anchors);
            view.considered.truncate(if in_full { usize::MAX } else { 0 });
            view
        });
        let legend = words::legend(draft).into_iter().map(|(word, count, means)| Meaning { word, count, means });
        let open = draft.leads_to_check();
        let mut coverage: Vec<&Coverage> = draft.behavior.coverage.iter().collect();
        coverage.sort_by_key(|c| match c.result {
            Answer::Found => 0,
            Answer::Leads => 1,
            Answer::NotAssessed => 2,
            Answer::NothingFound => 3,
            Answer::NotApplicable => 4,
        });
        BehaviorView {
            count: all.len(),
            findings: views(&shown.whole),
            short: short.collect(),
            leads_title: words::leads(open, draft.behavior.leads.len() - open),
            leads: leads.collect(),
            leads_mean: LEADS_MEAN,
            in_file: *anchors.answered() == Answered::File,
            legend: legend.collect(),
            coverage: coverage.into_iter().map(|c| Looked::new(draft, c)).collect(),
        }
    }
}

impl Finding {
    fn new(finding: &FindingEntry, kind: &str, number: usize, anchors: &Anchors) -> Self {
        let (measured, not_measured) = match &finding.prevalence {
            Prevalence::Measured(statement) => (Some(Said::full(statement, anchors)), None),
            Prevalence::NotMeasured(why) => (None, Some(Text::prose(why))),
        };
        let ratio = match &finding.prevalence {
            Prevalence::Measured(statement) => statement.basis().iter().find_map(ratio),
            Prevalence::NotMeasured(_) => None,
        };
        Finding {
            id: anchors.id(&format!("{kind}{number}")),
            number,
            title: Text::prose(&finding.title),
            category: finding.category.label(),
            also: finding.also.map(|c| c.label()),
            event: finding.event,
            at: anchors.event(finding.event).map(Go::from),
            statement: Text::line(&finding.statement.id),
            reliability: Some(&finding.reliability).filter(|r| !r.is_empty()).map(|r| Text::prose(r)),
            promoted: finding.promoted,
            near_miss: finding.consequence == Consequence::Averted,
            outcome: consequence(finding.consequence),
            rejected: finding.statement.verdict == Verdict::Rejected,
            said: Said::full(&finding.statement, anchors),
            rests_on: match &finding.assumes {
                _ if matches!(finding.statement.origin, Origin::Person(_)) => {
                    ("a person's reading of the quoted text", None)
                }
                RestsOn::Contract(what) => ("the tool contract", Some(Text::prose(what))),
                RestsOn::Assumption(what) => ("a built-in default", Some(Text::prose(what))),
                RestsOn::Trace => ("nothing beyond the trace", None),
            },
            considered: finding.considered.iter().map(|c| Weighed::new(c, anchors)).collect(),
            tools: finding.tools.iter().map(|t| Text::line(t)).collect(),
            measured,
            ratio,
            not_measured,
        }
    }
}

fn ratio(basis: &Basis) -> Option<String> {
    match basis {
        Basis::Measurement { k, n, .. } => {
            Some(format!("{} of {}", super::words::number(*k), super::words::number(*n)))
        }
        _ => None,
    }
}

impl Weighed {
    fn new(considered: &Considered, anchors: &Anchors) -> Self {
        Weighed {
            at: anchors.event(considered.event).map(Go::from),
            event: considered.event,
            why: Text::prose(&considered.why),
            quote: considered.quote.as_ref().map(|q| Excerpt::new(q, anchors)),
        }
    }
}

impl Looked {
    fn new(draft: &Draft, coverage: &Coverage) -> Self {
        let answer = words::result(draft, coverage);
        let class = match coverage.result {
            _ if answer == words::DISMISSED.0 => "absent",
            Answer::Found => "found",
            Answer::Leads => "leads",
            Answer::NothingFound => "clean",
            Answer::NotAssessed => "skipped",
            Answer::NotApplicable => "absent",
        };
        Looked {
            detector: Text::line(&coverage.detector),
            looks_for: Text::prose(&coverage.looks_for),
            answer,
            class,
            why: coverage.not_assessed.iter().map(|w| Text::prose(w)).collect(),
        }
    }
}
