//! From a section's form into an edit.

use super::choices::{known_category, verdict};
use super::{ActionField, Form};
use crate::failure::Failure;
use crate::form::Fields;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{ActionEdit, Decide, Reply, Section, SectionEdit, SystemEdit};
use serde::de::DeserializeOwned;

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

fn is_same(a: &ActionField, b: &ActionField) -> bool {
    let parts = |f: &ActionField| [&f.title, &f.owner, &f.due, &f.verification, &f.reason].map(|t| t.trim().to_owned());
    parts(a) == parts(b) && a.category == b.category && a.verdict == b.verdict
}
