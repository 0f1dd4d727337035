//! Texts that a person wrote in place of computed ones, and how they are noticed.
//!
//! A draft as data carries a seal: a short digest of each text that a person may edit, and one of the rest of each
//! section. What differs from its digest was edited since the program wrote it.

use crate::draft::{ActionItem, Contribution, DesignCoverage, Draft, EARLIER_SCHEMA, SCHEMA};
use crate::statement::{Origin, Verdict, short_id};
use serde_json::Value;
use std::collections::BTreeMap;

/// A field of a draft that differs from its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A text that can be kept: its field, and what it says now.
    Text(String, String),
    /// A text that is gone: its field.
    Gone(String),
    /// Something computed in a section, which cannot be kept: the section.
    Section(String),
}

/// What a person may edit, by field.
fn fields(draft: &Draft) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    all.insert("title".to_owned(), draft.title.clone());
    all.insert("severity.level".to_owned(), draft.severity.level.map_or(String::new(), |l| l.to_string()));
    for (_, statement) in draft.statements() {
        all.insert(format!("statement.{}", statement.id), statement.text.clone());
    }
    for finding in draft.behavior.flags() {
        all.insert(format!("finding.{}.title", finding.statement.id), finding.title.clone());
    }
    for answer in &draft.system {
        let field = |name: &str| format!("system.{}.{name}", answer.question);
        all.insert(field("verdict"), answer.verdict.name().to_owned());
        all.insert(field("coverage"), answer.coverage.name().to_owned());
        all.insert(field("counterfactual"), answer.counterfactual.clone().unwrap_or_default());
    }
    for item in draft.actions.items.iter().filter(|i| !matches!(i.origin, Origin::Person(_))) {
        all.insert(format!("action.{}.title", item.id), item.title.clone());
        all.insert(format!("action.{}.verification", item.id), item.verification.clone());
    }
    all
}

/// Digests of what is left of each section once everything that a person may edit is taken out.
fn sections(draft: &Draft) -> BTreeMap<String, String> {
    let mut rest = draft.clone();
    for statement in rest.statements_mut() {
        statement.text.clear();
        statement.verdict = Verdict::Open;
        statement.reason = None;
        statement.original = None;
        statement.without.clear();
    }
    for finding in rest.behavior.flags_mut() {
        finding.title.clear();
    }
    for answer in &mut rest.system {
        answer.verdict = Contribution::Unknown;
        answer.coverage = DesignCoverage::Unknown;
        answer.counterfactual = None;
    }
    (rest.severity.level, rest.severity.decided) = (None, None);
    rest.actions.items.clear();
    rest.notes.clear();
    rest.by_hand = Default::default();
    rest.seal.clear();
    rest.title.clear();
    rest.title_edited = false;
    let mut all = BTreeMap::new();
    if let Ok(Value::Object(members)) = serde_json::to_value(&rest) {
        all.extend(members.into_iter().map(|(key, value)| (format!("section.{key}"), value.to_string())));
    }
    for item in draft.actions.items.iter().filter(|i| !matches!(i.origin, Origin::Person(_))) {
        let mut rest = item.clone();
        (rest.owner, rest.due, rest.reason, rest.verdict) = (None, None, None, Verdict::Open);
        (rest.original, rest.done) = (None, false);
        rest.title.clear();
        rest.verification.clear();
        all.insert(format!("section.actions ({})", item.id), serde_json::to_string(&rest).unwrap_or_default());
    }
    all
}

fn digest(text: &str) -> String {
    short_id("", text).trim_start_matches('_').to_owned()
}

/// Names of fields and what they were called in earlier versions. A renamed field was not edited by anybody.
const EARLIER_FIELDS: [(&str, &str); 6] = [
    ("missing_data", "gaps"),
    ("title_edited", "titled"),
    ("kind_reason", "kind_why"),
    ("assumes", "rests_on"),
    ("prevalence", "reach"),
    ("result", "answer"),
];
/// Values, each with its field's present name and what it was in the version before.
const EARLIER_VALUES: [(&str, &str, &str); 2] =
    [("consequence", "not_contained", "told"), ("kind", "nothing", "trace")];
/// The same for the version before that one.
const FIRST_VALUES: [(&str, &str, &str); 2] =
    [("result", "nothing_found", "clean"), ("result", "not_applicable", "not_eligible")];

/// A section as drafts of earlier versions have it, the later version first.
fn in_earlier_words(section: &str) -> [String; 2] {
    let Ok(value) = serde_json::from_str::<Value>(section) else { return [String::new(), String::new()] };
    let later = renamed(&value, &EARLIER_VALUES).to_string().replace(SCHEMA, EARLIER_SCHEMA);
    let values = [&EARLIER_VALUES[..], &FIRST_VALUES[..]].concat();
    let first = renamed(&value, &values).to_string().replace(SCHEMA, EARLIER_SCHEMA);
    // There was no list of leads.
    [later, first.replace(",\"leads\":[]", "").replace("\"leads\":[],", "")]
}

/// A copy with the earlier names. The depth is that of the draft's types.
fn renamed(value: &Value, values: &[(&str, &str, &str)]) -> Value {
    match value {
        Value::Array(all) => Value::Array(all.iter().map(|v| renamed(v, values)).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, inner)| {
                    let then = values.iter().find(|(field, now, _)| field == key && inner.as_str() == Some(*now));
                    let inner = then.map_or_else(|| renamed(inner, values), |(_, _, then)| Value::from(*then));
                    (earlier_name(key).to_owned(), inner)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

fn earlier_name(field: &str) -> &str {
    EARLIER_FIELDS.iter().find(|(now, _)| *now == field).map_or(field, |(_, then)| then)
}

/// The present name of a sealed field.
fn present_name(sealed: &str) -> String {
    let section = sealed.strip_prefix("section.").unwrap_or(sealed);
    let renamed = EARLIER_FIELDS.iter().find(|(_, then)| *then == section);
    renamed.map_or_else(|| sealed.to_owned(), |(now, _)| format!("section.{now}"))
}

/// Seals a draft: from here on, what differs was edited.
pub fn seal(draft: &mut Draft) {
    let all = fields(draft).into_iter().chain(sections(draft));
    draft.seal = all.map(|(key, text)| (key, digest(&text))).collect();
}

/// What was edited since a draft was sealed; nothing for one without a seal.
pub fn changes(draft: &Draft) -> Vec<Change> {
    let (fields, sections) = (fields(draft), sections(draft));
    let mut all = Vec::new();
    for (key, sealed) in &draft.seal {
        if let Some(section) = key.strip_prefix("section.") {
            // An action that is gone is told by its title.
            let differs = sections.get(&present_name(key)).map_or(!section.starts_with("actions ("), |text| {
                digest(text) != *sealed && !in_earlier_words(text).iter().any(|earlier| digest(earlier) == *sealed)
            });
            all.extend(differs.then(|| Change::Section(section.to_owned())));
            continue;
        }
        match fields.get(key) {
            Some(text) if digest(text) == *sealed => {}
            Some(text) => all.push(Change::Text(key.clone(), text.clone())),
            None => all.push(Change::Gone(key.clone())),
        }
    }
    all
}

/// Puts a person's texts in place of computed ones. What has no place is given back.
pub fn put(instead: &BTreeMap<String, String>, new: &mut Draft) -> Vec<(String, String)> {
    let mut homeless = Vec::new();
    for (field, text) in instead {
        let mut same = false;
        let done = match *field.split('.').collect::<Vec<_>>() {
            ["system", question, name] => system(new, question, name, text),
            ["finding", id, "title"] => match new.behavior.flags_mut().find(|f| f.statement.id == id) {
                Some(finding) => {
                    finding.title.clone_from(text);
                    true
                }
                None => false,
            },
            ["action", id, name] => match new.actions.items.iter_mut().find(|i| i.id == id) {
                Some(item) => {
                    same = name == "category" && item.category.label() == text;
                    action(item, name, text)
                }
                None => false,
            },
            _ => false,
        };
        match done {
            // That is what the program says as well.
            true if same => {}
            true => {
                new.by_hand.instead.insert(field.clone(), text.clone());
            }
            false => homeless.push((field.clone(), text.clone())),
        }
    }
    homeless
}

fn action(item: &mut ActionItem, name: &str, text: &str) -> bool {
    match name {
        "verification" => text.clone_into(&mut item.verification),
        "label" => item.label = Some(text.to_owned()),
        "question" => text.clone_into(&mut item.question),
        "findings" => item.findings = text.split_whitespace().map(str::to_owned).collect(),
        "category" => return serde_json::from_value(Value::from(text)).map(|c| item.category = c).is_ok(),
        _ => return false,
    }
    true
}

fn system(new: &mut Draft, question: &str, name: &str, text: &str) -> bool {
    let Some(answer) = new.system.iter_mut().find(|a| a.question == question) else { return false };
    let known = |text: &str| Value::String(text.to_owned());
    match name {
        "verdict" => {
            let done = serde_json::from_value(known(text)).map(|v| answer.verdict = v).is_ok();
            answer.ask_if_unknown();
            done
        }
        "coverage" => serde_json::from_value(known(text)).map(|c| answer.coverage = c).is_ok(),
        "counterfactual" => {
            answer.counterfactual = Some(text.to_owned()).filter(|t| !t.is_empty());
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    #[test]
    fn a_draft_of_the_version_before_is_read_and_holds_no_edit() {
        let mut draft = sample::refund(&sample::known());
        draft.title_edited = true;
        seal(&mut draft);
        let value = serde_json::to_value(&draft).expect("a value");
        let mut then = renamed(&value, &EARLIER_VALUES);
        then["schema"] = EARLIER_SCHEMA.into();
        let sealed = sections(&draft).into_iter().map(|(key, text)| {
            let section = key.strip_prefix("section.").unwrap_or_default();
            let [later, _] = in_earlier_words(&text);
            (format!("section.{}", earlier_name(section)), digest(&later))
        });
        then["seal"].as_object_mut().expect("a seal").retain(|key, _| !key.starts_with("section."));
        then["seal"].as_object_mut().expect("a seal").extend(sealed.map(|(key, digest)| (key, digest.into())));
        let text = then.to_string();
        for name in ["\"gaps\":", "\"titled\":", "\"rests_on\":", "\"reach\":", "\"answer\":\"found\"", "\"told\""] {
            assert!(text.contains(name), "{name}");
        }
        let read: Draft = serde_json::from_str(&text).expect("the earlier version");
        assert_eq!((read.schema.as_str(), read.title_edited), (SCHEMA, true));
        assert_eq!(read.behavior, draft.behavior);
        assert_eq!(changes(&read), []);
    }

    #[test]
    fn the_words_of_an_earlier_version_are_no_edit() {
        let mut draft = sample::refund(&sample::known());
        seal(&mut draft);
        let now = sections(&draft)["section.behavior"].clone();
        let [later, first] = in_earlier_words(&now);
        assert!(first.contains(r#""answer":"clean""#) && first.contains(r#""answer":"not_eligible""#), "{first}");
        assert!(now.contains("\"leads\":[]") && !first.contains("leads"), "{first}");
        assert!(later.contains(r#""answer":"nothing_found""#) && later.contains("\"rests_on\":"), "{later}");
        for then in [later, first] {
            draft.seal.insert("section.behavior".to_owned(), digest(&then));
            assert_eq!(changes(&draft), []);
        }
        draft.behavior.coverage[0].detector.push('x');
        assert_eq!(changes(&draft), [Change::Section("behavior".to_owned())]);
    }
}
