//! A sentence in a field that no reader knows, anywhere in a file of any format: it is placed, told, or the file is refused.

use super::bases;
use super::{records, text};
use hindcast_trace::model::GapKind;
use hindcast_trace::{EventKind, Evidence, Reading, read};
use serde_json::Value;

const SAID: &str = "Nobody may send the parcel before Monday";
const KEY: &str = "note_of_2031";

/// Records that repeat another one, and are left out for that.
const REPEATS: [(&str, [usize; 2]); 3] = [("codex", [1, 6]), ("kimi code", [1, 6]), ("copilot-cli", [2, 7])];

/// Places in a value where an object is.
fn objects(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            all.push(at.to_owned());
            members.iter().for_each(|(key, member)| {
                objects(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all)
            });
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| objects(item, &format!("{at}/{n}"), all)),
        _ => {}
    }
}

fn is_told(reading: &Reading) -> bool {
    let kinds = [GapKind::TextsUnread, GapKind::RecordsUnread, GapKind::InputDropped, GapKind::ContentNotCaptured];
    reading.sessions.iter().any(|trace| trace.has_gap(&kinds))
}

fn is_placed(reading: &Reading) -> bool {
    let mut events = reading.sessions.iter().flat_map(|trace| &trace.events);
    let says = |text: &hindcast_trace::model::Text| text.text.contains(SAID);
    events.any(|event| match &event.kind {
        EventKind::Message { texts, .. } => texts.iter().any(says),
        EventKind::Reasoning { text } | EventKind::Error { text } => says(text),
        EventKind::ToolCall { arguments, .. } => arguments.iter().any(says),
        EventKind::ToolResult { content, error, .. } => content.iter().chain(error).any(says),
        EventKind::Guardrail { detail, .. } => detail.iter().any(says),
        EventKind::Retrieval { query, source, .. } => query.iter().chain([source]).any(says),
        EventKind::Handoff { .. } | EventKind::Context { .. } => false,
    })
}

#[test]
fn a_sentence_in_an_unknown_field_is_never_silent() {
    let (mut silent, mut tried) = (Vec::new(), 0);
    for base in bases::all() {
        let first = records(&mut base.clone()).len().min(8);
        let mut places = Vec::new();
        let repeats = |at: &usize| REPEATS.iter().any(|(name, places)| *name == base.name && places.contains(at));
        for record in (0..first).filter(|at| !repeats(at)) {
            let mut inner = Vec::new();
            objects(&records(&mut base.clone())[record], "", &mut inner);
            places.extend(inner.into_iter().map(|at| (record, at)));
        }
        for (record, at) in places {
            let mut changed = base.clone();
            let object = records(&mut changed)[record].pointer_mut(&at).unwrap().as_object_mut().unwrap();
            object.insert(KEY.to_owned(), SAID.into());
            tried += 1;
            if let Ok(reading) = read(&[Evidence::new("changed.jsonl", text(&changed).into_bytes())])
                && !is_told(&reading)
                && !is_placed(&reading)
            {
                silent.push(format!("{} at {record}{at}", base.name));
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert!(silent.is_empty(), "{} of {tried}:\n{}", silent.len(), silent.join("\n"));
}
