//! The fields of a section's form: from a draft into the form, and from the form into an edit.

use crate::failure::Failure;
use crate::form::Fields;
use hindcast_retro::draft::{ActionCategory, ActionItem, Contribution, DesignCoverage, Draft};
use hindcast_retro::record::edit::{ActionEdit, Decide, Reply, Section, SectionEdit, SystemEdit, notes};
use hindcast_retro::statement::{Answer, Origin, Question, Statement, Verdict};
use serde::de::DeserializeOwned;

/// A statement in a form.
pub struct StatementField {
    pub id: String,
    pub text: String,
    pub first: String,
    pub verdict: Verdict,
    pub reason: String,
    pub by: String,
    pub quotes: Vec<(String, u32)>,
    pub about: String,
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

/// The verdicts in the order of a form.
pub const VERDICTS: [(Verdict, &str, &str); 4] = [
    (Verdict::Open, "open", "not decided"),
    (Verdict::Confirmed, "confirmed", "confirmed"),
    (Verdict::Edited, "edited", "reworded"),
    (Verdict::Rejected, "rejected", "rejected"),
];

/// Names and words for the six questions.
pub const CONTRIBUTIONS: [(&str, &str); 3] =
    [("contributed", "contributed"), ("did_not", "did not contribute"), ("unknown", "unknown")];
/// Names and words for what the design had foreseen.
pub const COVERAGES: [(&str, &str); 3] =
    [("specified", "specified"), ("not_specified", "not specified"), ("unknown", "unknown")];
/// The categories of actions.
pub const CATEGORIES: [ActionCategory; 4] =
    [ActionCategory::Eval, ActionCategory::Tooling, ActionCategory::Guardrails, ActionCategory::Process];

fn contribution(value: Contribution) -> &'static str {
    match value {
        Contribution::Contributed => "contributed",
        Contribution::DidNot => "did_not",
        Contribution::Unknown => "unknown",
    }
}

fn coverage(value: DesignCoverage) -> &'static str {
    match value {
        DesignCoverage::Specified => "specified",
        DesignCoverage::NotSpecified => "not_specified",
        DesignCoverage::Unknown => "unknown",
    }
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
        by: by(&statement.origin),
        quotes: statement.quotes().take(4).map(|q| (q.text.chars().take(300).collect(), q.event)).collect(),
        about,
    }
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
        _ => String::new(),
    }
}

/// Empty rows for actions that are added.
const BLANK: usize = 2;

impl Form {
    /// The form of a section, as the draft has it.
    pub fn of(draft: &Draft, section: Section) -> Self {
        let own = draft.statements().into_iter().filter(|(name, _)| *name == section.name());
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
        self
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

fn known(all: &[(&'static str, &'static str)], name: &str, otherwise: &'static str) -> &'static str {
    all.iter().find(|(n, _)| *n == name).map_or(otherwise, |(n, _)| n)
}

fn verdict(name: &str) -> Option<Verdict> {
    VERDICTS.iter().find(|(_, n, _)| *n == name).map(|(v, _, _)| *v)
}

/// A value by its name in a form.
fn value<T: DeserializeOwned>(name: &str, field: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(field.to_owned()))
        .map_err(|_| Failure::Invalid(format!("The field `{name}` has no such value.")))
}

fn full(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    Some(text).filter(|t| !t.is_empty())
}

/// A text as one line: the field is higher than one line only so that all of it can be seen.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a form changes. What it carries unchanged is no edit: another person may have changed it meanwhile in a form of
/// another section, and a statement that nobody touched stays undecided.
pub fn edit(fields: &Fields, draft: &Draft, section: Section) -> Result<SectionEdit, Failure> {
    let before = Form::of(draft, section);
    let mut edit = SectionEdit {
        title: fields.raw("title").and_then(full).filter(|t| *t != draft.title),
        notes: fields.raw("notes").map(|n| full(n).unwrap_or_default()).filter(|n| *n != before.notes),
        ..SectionEdit::default()
    };
    for (id, name) in fields.with_prefix("verdict:") {
        let verdict = verdict(name).ok_or_else(|| Failure::Invalid(format!("Verdict: there is no `{name}`.")))?;
        let text = fields.raw(&format!("text:{id}")).map(|t| t.replace("\r\n", "\n").trim().to_owned());
        let reason = fields.raw(&format!("reason:{id}")).and_then(full);
        let same = before.statements.iter().any(|s| {
            s.id == id
                && s.verdict == verdict
                && text.as_ref().is_none_or(|t| *t == s.text.trim())
                && reason.clone().unwrap_or_default() == s.reason.trim()
        });
        if !same {
            edit.decisions.push(Decide { id: id.to_owned(), verdict, text, reason });
        }
    }
    for (entry, text) in fields.with_prefix("answer:") {
        edit.replies.extend(full(text).map(|text| Reply { entry: entry.to_owned(), text }));
    }
    for q in &before.system {
        let field = |part: &str| fields.raw(&format!("{part}:{}", q.question));
        let (Some(contribution), Some(coverage)) = (field("contribution"), field("coverage")) else { continue };
        let counterfactual = field("counterfactual").map(|c| full(c).unwrap_or_default());
        if contribution == q.verdict
            && coverage == q.coverage
            && counterfactual.as_deref() == Some(q.counterfactual.trim())
        {
            continue;
        }
        edit.system.push(SystemEdit {
            question: q.question.clone(),
            verdict: value("contribution", contribution)?,
            coverage: value("coverage", coverage)?,
            counterfactual,
        });
    }
    for (key, title) in fields.with_prefix("action-title:") {
        let field = |part: &str| fields.raw(&format!("action-{part}:{key}")).unwrap_or("").trim().to_owned();
        let known = before.actions.iter().find(|a| a.key == key && !key.starts_with("new-"));
        if known.is_none() && title.trim().is_empty() {
            continue;
        }
        let given = ActionField {
            key: key.to_owned(),
            category: known_category(&field("category"))?.label(),
            title: line(title),
            owner: field("owner"),
            due: field("due"),
            verification: line(&field("proof")),
            question: known.map_or_else(|| field("question"), |k| k.question.clone()),
            findings: known.map_or_else(String::new, |k| k.findings.clone()),
            verdict: verdict(&field("verdict")).unwrap_or_default(),
            reason: field("reason"),
            by: String::new(),
        };
        if known.is_some_and(|k| is_same(k, &given)) {
            continue;
        }
        edit.actions.push(ActionEdit {
            id: known.map(|k| k.key.clone()),
            category: known_category(given.category)?,
            title: given.title,
            owner: Some(given.owner),
            due: Some(given.due),
            verification: given.verification,
            findings: given.findings.split_whitespace().map(str::to_owned).collect(),
            question: given.question,
            verdict: given.verdict,
            reason: full(&given.reason),
        });
    }
    Ok(edit)
}

fn known_category(name: &str) -> Result<ActionCategory, Failure> {
    let found = CATEGORIES.into_iter().find(|c| c.label() == name);
    found.ok_or_else(|| Failure::Invalid(format!("Category: there is no `{name}`.")))
}

fn is_same(a: &ActionField, b: &ActionField) -> bool {
    let parts = |f: &ActionField| [&f.title, &f.owner, &f.due, &f.verification, &f.reason].map(|t| t.trim().to_owned());
    parts(a) == parts(b) && a.category == b.category && a.verdict == b.verdict
}
