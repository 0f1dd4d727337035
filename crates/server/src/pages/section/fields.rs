//! The fields of a section's form, as a draft fills them.

mod choices;
mod read;

pub use choices::{CATEGORIES, CONTRIBUTIONS, COVERAGES, VERDICTS};
pub use read::edit;

use crate::form::Fields;
use choices::{contribution, coverage, known, verdict};
use hindcast_retro::draft::{ActionCategory, ActionItem, Draft};
use hindcast_retro::record::edit::{Section, notes};
use hindcast_retro::statement::{Answer, Origin, Question, Quote, Statement, Verdict};

/// A statement in a form.
pub struct StatementField {
    pub id: String,
    pub text: String,
    pub first: String,
    pub verdict: Verdict,
    pub reason: String,
    pub by: String,
    pub quotes: Vec<QuoteField>,
    pub about: String,
}

/// A quote that a statement rests on.
pub struct QuoteField {
    pub id: String,
    pub text: String,
    pub event: u32,
}

/// An open question in a form.
pub struct QuestionField {
    pub entry: String,
    pub ask: String,
    pub answer: String,
}

/// One of the six questions in a form.
pub struct SystemField {
    pub question: String,
    pub ask: String,
    pub verdict: &'static str,
    pub coverage: &'static str,
    pub counterfactual: String,
}

/// An action in a form; without an id one that is being added.
pub struct ActionField {
    pub key: String,
    pub category: &'static str,
    pub title: String,
    pub owner: String,
    pub due: String,
    pub verification: String,
    pub question: String,
    pub findings: String,
    pub verdict: Verdict,
    pub reason: String,
    pub by: String,
}

/// Everything that can be changed in one section.
pub struct Form {
    pub title: String,
    pub statements: Vec<StatementField>,
    pub questions: Vec<QuestionField>,
    pub system: Vec<SystemField>,
    pub actions: Vec<ActionField>,
    pub notes: String,
}

/// Who made something, for people.
fn by(origin: &Origin) -> String {
    match origin {
        Origin::Detector(name) => format!("detector {name}"),
        Origin::Analysis(name) => format!("analysis: {name}"),
        Origin::Person(name) => name.clone(),
    }
}

/// Whether a statement belongs into the form of a section: the many quotes of a timeline need no verdict each.
fn statement(statement: &Statement, about: String) -> StatementField {
    StatementField {
        id: statement.id.clone(),
        text: statement.text.clone(),
        first: statement.original.clone().unwrap_or_default(),
        verdict: statement.verdict,
        reason: statement.reason.clone().unwrap_or_default(),
        // What was analysed is said already.
        by: match &statement.origin {
            Origin::Analysis(_) if !about.is_empty() => "analysis".to_owned(),
            origin => by(origin),
        },
        quotes: statement.quotes().take(4).map(quote).collect(),
        about,
    }
}

fn quote(quote: &Quote) -> QuoteField {
    QuoteField { id: quote.id.clone(), text: quote.text.chars().take(300).collect(), event: quote.event }
}

fn action(item: &ActionItem) -> ActionField {
    ActionField {
        key: item.id.clone(),
        category: item.category.label(),
        title: item.title.clone(),
        owner: item.owner.clone().unwrap_or_default(),
        due: item.due.clone().unwrap_or_default(),
        verification: item.verification.clone(),
        question: item.question.clone(),
        findings: item.findings.join(" "),
        verdict: item.verdict,
        reason: item.reason.clone().unwrap_or_default(),
        by: by(&item.origin),
    }
}

fn questions(draft: &Draft, section: Section) -> Vec<Question> {
    let of = |a: &Answer| a.question().cloned();
    match section {
        Section::Severity => draft.severity.questions.clone(),
        Section::Impact => draft.impact.iter().filter_map(|i| of(&i.answer)).collect(),
        Section::Trigger => of(&draft.trigger).into_iter().collect(),
        Section::System => draft.system.iter().flat_map(|a| a.questions.clone()).collect(),
        Section::Delay => {
            let points = draft.delay.points.iter().filter_map(|p| of(&p.answer));
            points.chain(of(&draft.delay.should_have_fired)).collect()
        }
        Section::Timeline | Section::Behavior | Section::Actions => Vec::new(),
    }
}

/// What a statement is about, where its words alone do not tell.
fn about(draft: &Draft, section: Section, id: &str) -> String {
    match section {
        Section::Behavior => {
            let finding = draft.behavior.findings.iter().position(|f| f.statement.id == id);
            finding.map_or(String::new(), |i| {
                let finding = &draft.behavior.findings[i];
                format!("Finding {}: {}", i + 1, finding.category.label())
            })
        }
        Section::Timeline => {
            let entry = draft.timeline.entries.iter().find(|e| e.statement.id == id);
            entry.and_then(|e| e.event).map_or(String::new(), |event| format!("event {event}"))
        }
        Section::Impact => {
            let item = draft.impact.iter().find(|i| holds(&i.answer, id) || i.seen.iter().any(|s| s.id == id));
            item.map_or(String::new(), |i| i.field.replace('_', " "))
        }
        Section::System => {
            let answer = draft.system.iter().find(|a| a.statements.iter().any(|s| s.id == id));
            answer.map_or(String::new(), |a| a.question.replace('_', " "))
        }
        Section::Delay => {
            let point = draft.delay.points.iter().find(|p| holds(&p.answer, id));
            point.map_or(String::new(), |p| p.point.replace('_', " "))
        }
        Section::Severity => {
            let summary = draft.summary.iter().any(|s| s.id == id);
            if summary { "Summary".to_owned() } else { String::new() }
        }
        _ => String::new(),
    }
}

fn holds(answer: &Answer, id: &str) -> bool {
    matches!(answer, Answer::Known(said) if said.iter().any(|s| s.id == id))
}

/// Empty rows for actions that are added.
const BLANK: usize = 2;

impl Form {
    /// The form of a section, as the draft has it.
    pub fn of(draft: &Draft, section: Section) -> Self {
        // A lead is decided on by itself, on the page of the retro: other sections follow it.
        let is_lead = |id: &str| draft.behavior.leads.iter().any(|l| l.statement.id == id);
        let own = draft.statements().into_iter();
        let own = own.filter(|(name, s)| *name == section.name() && !is_lead(&s.id));
        let statements = own.map(|(_, s)| statement(s, about(draft, section, &s.id))).collect();
        let asked = questions(draft, section).into_iter();
        let questions = asked.map(|q| QuestionField { entry: q.entry, ask: q.ask, answer: String::new() }).collect();
        let system = match section {
            Section::System => draft.system.iter(),
            _ => [].iter(),
        };
        let system = system.map(|a| SystemField {
            question: a.question.clone(),
            ask: a.ask.clone(),
            verdict: contribution(a.verdict),
            coverage: coverage(a.coverage),
            counterfactual: a.counterfactual.clone().unwrap_or_default(),
        });
        let mut actions: Vec<ActionField> = Vec::new();
        if section == Section::Actions {
            actions.extend(draft.actions.items.iter().map(action));
            actions.extend((0..BLANK).map(blank));
        }
        Form {
            title: draft.title.clone(),
            statements,
            questions,
            system: system.collect(),
            actions,
            notes: notes(draft, section),
        }
    }

    /// The same with what a person typed, so that nothing is typed twice.
    pub fn filled(mut self, fields: &Fields) -> Self {
        self.fill(fields);
        self
    }

    /// Puts in what a person typed.
    pub fn fill(&mut self, fields: &Fields) {
        let typed = |name: String, into: &mut String| {
            if let Some(text) = fields.raw(&name) {
                *into = text.to_owned();
            }
        };
        typed("title".to_owned(), &mut self.title);
        typed("notes".to_owned(), &mut self.notes);
        for s in &mut self.statements {
            typed(format!("text:{}", s.id), &mut s.text);
            typed(format!("reason:{}", s.id), &mut s.reason);
            s.verdict = verdict(fields.raw(&format!("verdict:{}", s.id)).unwrap_or("")).unwrap_or(s.verdict);
        }
        for q in &mut self.questions {
            typed(format!("answer:{}", q.entry), &mut q.answer);
        }
        for q in &mut self.system {
            let field = |part: &str| fields.raw(&format!("{part}:{}", q.question)).unwrap_or("");
            q.verdict = known(&CONTRIBUTIONS, field("contribution"), q.verdict);
            q.coverage = known(&COVERAGES, field("coverage"), q.coverage);
            let name = format!("counterfactual:{}", q.question);
            typed(name, &mut q.counterfactual);
        }
        let names = CATEGORIES.map(|c| (c.label(), c.label()));
        for a in &mut self.actions {
            typed(format!("action-title:{}", a.key), &mut a.title);
            typed(format!("action-owner:{}", a.key), &mut a.owner);
            typed(format!("action-due:{}", a.key), &mut a.due);
            typed(format!("action-proof:{}", a.key), &mut a.verification);
            typed(format!("action-reason:{}", a.key), &mut a.reason);
            let field = |part: &str| fields.raw(&format!("{part}:{}", a.key)).unwrap_or("");
            a.category = known(&names, field("action-category"), a.category);
            a.verdict = verdict(field("action-verdict")).unwrap_or(a.verdict);
        }
    }
}

fn blank(nth: usize) -> ActionField {
    ActionField {
        key: format!("new-{nth}"),
        category: ActionCategory::Eval.label(),
        title: String::new(),
        owner: String::new(),
        due: String::new(),
        verification: String::new(),
        question: String::new(),
        findings: String::new(),
        verdict: Verdict::Open,
        reason: String::new(),
        by: String::new(),
    }
}
