//! Actions, changed or added.

use super::statements::{NO_REASON, REASON_OF_NOTHING, SAME_WORDS};
use super::{ActionEdit, Author, EditFault, MOST_ACTIONS, Section, check};
use crate::draft::{ActionItem, Actions, Draft};
use crate::merge::put;
use crate::statement::{Origin, Verdict, short_id};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Changes and adds actions.
pub fn change(draft: &mut Draft, section: Section, edits: &[ActionEdit], author: &Author, faults: &mut Vec<EditFault>) {
    if edits.is_empty() {
        return;
    }
    if section != Section::Actions {
        faults.push(EditFault::new("actions", "actions are edited in section 7"));
        return;
    }
    let added = edits.iter().filter(|e| e.id.is_none()).count();
    if edits.len() > MOST_ACTIONS || draft.actions.items.len() + added > MOST_ACTIONS {
        faults.push(EditFault::new("actions", format!("a retro can have at most {MOST_ACTIONS} actions")));
        return;
    }
    check::once("actions", edits.iter().filter_map(|e| e.id.as_deref()), faults);
    let mut instead = BTreeMap::new();
    for (position, edit) in edits.iter().enumerate() {
        let name = edit.id.clone().unwrap_or_else(|| position.to_string());
        let at = edit.id.as_ref().map(|id| draft.actions.items.iter().position(|i| i.id == *id));
        if at == Some(None) {
            faults.push(EditFault::new(format!("actions.{name}"), "this action does not exist"));
            continue;
        }
        let at = at.flatten();
        let now = at.and_then(|at| draft.actions.items.get(at));
        let Some(said) = read(draft, edit, now, &name, faults) else { continue };
        match at.and_then(|at| draft.actions.items.get_mut(at)) {
            None => {
                let id = fresh_id(draft, &said.title, author);
                let origin = Origin::Person(author.name.clone());
                draft.actions.items.push(ActionItem { id, origin, ..said });
            }
            Some(item) if matches!(item.origin, Origin::Person(_)) => {
                let (id, origin) = (item.id.clone(), item.origin.clone());
                *item = ActionItem { id, origin, ..said };
            }
            Some(item) => match proposed(item, said, &mut instead) {
                Ok(()) => {}
                Err((field, what)) => faults.push(EditFault::new(format!("actions.{name}.{field}"), what)),
            },
        }
    }
    for (field, _) in put(&instead, draft) {
        faults.push(EditFault::new(field, "is not in this retro"));
    }
    draft.actions = Actions::new(std::mem::take(&mut draft.actions.items));
}

/// What a form says, checked; `now` is the action as it stands.
fn read(
    draft: &Draft,
    edit: &ActionEdit,
    now: Option<&ActionItem>,
    name: &str,
    faults: &mut Vec<EditFault>,
) -> Option<ActionItem> {
    let before = faults.len();
    let field = |field: &str| format!("actions.{name}.{field}");
    let title = check::required(&field("title"), &edit.title, faults).unwrap_or_default();
    let owner = check::optional(&field("owner"), edit.owner.as_ref(), faults);
    let due = check::optional(&field("due"), edit.due.as_ref(), faults);
    if due.as_ref().is_some_and(|d| !d.parse::<Date>().is_ok_and(|date| date.to_string() == *d)) {
        faults.push(EditFault::new(field("due"), "is not a date such as 2026-12-25"));
    }
    let verification = check::text(&field("verification"), &edit.verification, faults);
    let reason = check::optional(&field("reason"), edit.reason.as_ref(), faults);
    match edit.verdict {
        Verdict::Rejected if reason.is_none() => faults.push(EditFault::new(field("reason"), NO_REASON)),
        Verdict::Open if reason.is_some() => faults.push(EditFault::new(field("reason"), REASON_OF_NOTHING)),
        _ => {}
    }
    let mut findings: Vec<String> = Vec::new();
    for id in &edit.findings {
        let known = draft.behavior.findings.iter().any(|f| f.statement.id == *id);
        // An action may outlive the finding that it was proposed for.
        if !known && !now.is_some_and(|now| now.findings.contains(id)) {
            faults.push(EditFault::new(field("findings"), "names a finding that is not in section 4"));
            break;
        }
        if !findings.contains(id) {
            findings.push(id.clone());
        }
    }
    let question = if edit.question.is_empty() { "unknown" } else { &edit.question };
    let known = question == "unknown" || draft.system.iter().any(|a| a.question == question);
    if !known && now.is_none_or(|now| now.question != question) {
        faults.push(EditFault::new(field("question"), "is not one of the questions in section 5"));
    }
    (faults.len() == before).then(|| ActionItem {
        id: String::new(),
        category: edit.category,
        label: now.filter(|now| now.category == edit.category).and_then(|now| now.label.clone()),
        done: now.is_some_and(|now| now.done),
        title,
        findings,
        question: question.to_owned(),
        verification,
        owner,
        due,
        origin: Origin::Person(String::new()),
        verdict: edit.verdict,
        reason,
        original: None,
    })
}

/// Changes one that the program proposed: its words are kept beside the person's.
fn proposed(
    item: &mut ActionItem,
    said: ActionItem,
    instead: &mut BTreeMap<String, String>,
) -> Result<(), (&'static str, &'static str)> {
    let mut differs = |name: &str, old: &str, new: &str| {
        if old != new {
            instead.insert(format!("action.{}.{name}", item.id), new.to_owned());
        }
    };
    differs("verification", &item.verification, &said.verification);
    differs("category", item.category.label(), said.category.label());
    differs("question", &item.question, &said.question);
    differs("findings", &item.findings.join(" "), &said.findings.join(" "));
    let same = item.title == said.title;
    match said.verdict {
        Verdict::Open if same => {
            if let Some(original) = item.original.take() {
                item.title = original;
            }
            item.verdict = Verdict::Open;
        }
        Verdict::Edited if same && item.original.is_none() && item.verdict != Verdict::Edited => {
            // Any other field may be what was edited.
            let only_duties = !instead.keys().any(|k| k.starts_with(&format!("action.{}.", item.id)));
            if only_duties && item.owner == said.owner && item.due == said.due {
                return Err(("title", SAME_WORDS));
            }
            item.verdict = Verdict::Confirmed;
        }
        verdict if same => item.verdict = verdict,
        verdict => {
            if item.original.as_ref() == Some(&said.title) {
                // Typed back to the first words.
                item.original = None;
                item.title = said.title;
                item.verdict = if verdict == Verdict::Edited { Verdict::Open } else { verdict };
            } else {
                let before = std::mem::replace(&mut item.title, said.title);
                item.original.get_or_insert(before);
                item.verdict = if verdict == Verdict::Rejected { verdict } else { Verdict::Edited };
            }
        }
    }
    (item.owner, item.due, item.label) = (said.owner, said.due, said.label);
    item.reason = said.reason.filter(|_| item.verdict != Verdict::Open);
    Ok(())
}

fn fresh_id(draft: &Draft, title: &str, author: &Author) -> String {
    let of = format!("{title}|{}|{}", author.name, author.at);
    let mut id = short_id("ac", &of);
    let mut more = 1;
    while draft.actions.items.iter().any(|i| i.id == id) {
        more += 1;
        id = short_id("ac", &format!("{of}|{more}"));
    }
    id
}
