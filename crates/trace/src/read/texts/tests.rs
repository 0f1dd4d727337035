use crate::model::GapKind;
use crate::test_support::{all, one, texts};
use crate::{Evidence, Trace, scan};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What is said of unread texts.
fn told(trace: &Trace) -> Vec<&str> {
    trace.gaps.iter().filter(|gap| gap.kind == GapKind::TextsUnread).map(|gap| gap.what.as_str()).collect()
}

fn chat() -> Value {
    let call = json!({"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{\"order\":\"4711\",\"reason\":\"the cup came broken today\"}"}});
    json!({"messages": [
        {"role": "user", "content": "Please refund my order 4711, the cup came broken today."},
        {"role": "assistant", "content": "One moment, I refund it.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "{\"status\":\"done\",\"message\":\"The refund was sent to the card\"}"},
        {"role": "assistant", "content": "The refund is on its way to your card."},
    ]})
}

#[test]
fn a_text_in_an_unknown_field_is_told_with_its_field_and_its_place() {
    let mut file = chat();
    assert_eq!(told(&one("chat.json", &file.to_string())), Vec::<&str>::new());
    file["messages"][1]["thinking_notes"] = "I should ask for a picture first".into();
    let trace = one("chat.json", &file.to_string());
    let place = "`/messages/1/thinking_notes`";
    assert_eq!(
        told(&trace),
        [format!("1 text in the field `messages.thinking_notes` is not part of the timeline; it is at {place}")]
    );
    file["a_note"] = "The customer called before that".into();
    file["messages"][1].as_object_mut().expect("an object").remove("thinking_notes");
    let other = |number: &str| chat().to_string().replace("4711", number);
    let lines = format!("{}\n{}\n{}\n", other("4712"), file, other("4713"));
    let sessions = all("chat.jsonl", &lines);
    let two = "1 text in the field `a_note` is not part of the timeline; it is at line 2";
    assert_eq!(sessions.iter().map(told).collect::<Vec<_>>(), [vec![], vec![two], vec![]]);
    let mut scanned = Vec::new();
    scan(&Evidence::new("chat.jsonl", lines.into_bytes()), |trace| scanned.push(told(&trace).join(""))).expect("reads");
    assert_eq!(scanned, ["", two, ""]);
}

#[test]
fn several_fields_are_told_in_one_sentence() {
    let mut file = chat();
    for n in 0..7 {
        file["messages"][1][format!("note_{}", char::from(b'a' + n))] =
            format!("Some words of {n} that nobody reads").into();
    }
    file["messages"][3]["note_b"] = "And some more of these words".into();
    let said = told(&one("chat.json", &file.to_string())).join("");
    assert!(said.starts_with("8 texts in several fields (2 in `messages.note_b`, 1 in `messages.note_a`, "), "{said}");
    assert!(
        said.contains(" and 3 more fields) are not part of the timeline; the first is at `/messages/1/note_a`"),
        "{said}"
    );
}

#[test]
fn copies_are_no_loss_in_whatever_spelling() {
    let mut file = chat();
    let messages = file["messages"].clone();
    file["messages"][2]["structured"] = json!({"message": "The refund was sent to the card"});
    file["messages"][1]["again"] = json!({"reason": "the cup came broken today", "said": "One moment, I  refund it."});
    file["history"] = messages.to_string().into();
    file["all"] = "One moment, I refund it.\n\nThe refund is on its way to your card.".into();
    assert_eq!(told(&one("chat.json", &file.to_string())), Vec::<&str>::new());
}

#[test]
fn ids_paths_and_code_are_no_words() {
    let mut file = chat();
    file["messages"][1]["meta"] = json!({
        "path": "/srv/data/a b/c d/e.txt", "url": "https://example.org/?q=one two", "hash": "9f86d081 884c7d65 9a2feaa0 c55ad015",
        "code": "x = f(1); y = g(x); z[0] = y", "state": "in progress", "data": "data:image/png;base64,iVBORw0KGgo=",
    });
    assert_eq!(told(&one("chat.json", &file.to_string())), Vec::<&str>::new());
}

#[test]
fn words_of_scripts_without_spaces_are_words() {
    for said in ["顧客は本日中の返金を希望しています", "客户希望今天之内收到退款", "Пользователь хочет получить деньги"]
    {
        let mut file = chat();
        file["messages"][1]["note"] = said.into();
        assert_eq!(told(&one("chat.json", &file.to_string())).len(), 1, "{said}");
    }
}

#[test]
fn hostile_files_have_a_bound() {
    let mut file = chat();
    let notes: serde_json::Map<String, Value> =
        (0..3000).map(|n| (format!("f{n}"), format!("words of field {n} that nobody reads").into())).collect();
    file["messages"][1]["notes"] = notes.into();
    let said = told(&one("chat.json", &file.to_string())).join("");
    assert!(
        said.starts_with("3000 texts in several fields (2950 in other fields, 1 in `messages.notes.f0`, "),
        "{said}"
    );
    assert!(said.contains(" and 47 more fields) are not part of the timeline"), "{said}");
    let deep = format!("{}\"words at the very bottom of it\"{}", "{\"a\":".repeat(400), "}".repeat(400));
    let text = chat().to_string().replacen("{\"role\":\"user\"", &format!("{{\"deep\":{deep},\"role\":\"user\""), 1);
    assert_eq!(texts(&one("chat.json", &text)).len(), 3);
}

/// Places in a document where an object is.
fn objects(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            all.push(at.to_owned());
            members.iter().for_each(|(key, member)| objects(member, &format!("{at}/{key}"), all));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| objects(item, &format!("{at}/{n}"), all)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn one_more_field_with_words_is_placed_or_told(key in "[a-z][a-zA-Z_]{0,14}", place in 0usize..100) {
        const SAID: &str = "Nobody may send the parcel before Monday";
        let mut file = chat();
        let mut all = Vec::new();
        objects(&file, "", &mut all);
        let object = file.pointer_mut(&all[place % all.len()]).expect("an object").as_object_mut().expect("an object");
        prop_assume!(!object.contains_key(&key));
        object.insert(key, SAID.into());
        if let Ok(reading) = crate::read(&[Evidence::new("chat.json", file.to_string().into_bytes())]) {
            let placed = |trace: &Trace| super::placed::texts(trace).any(|text| text.text.contains(SAID));
            let gap = |trace: &Trace| trace.has_gap(&[GapKind::TextsUnread, GapKind::RecordsUnread, GapKind::InputDropped]);
            prop_assert!(reading.sessions.iter().any(|trace| placed(trace) || gap(trace)), "{file}");
        }
    }
}

#[test]
fn definitions_of_tools_are_no_words_of_a_session() {
    let mut file = chat();
    let schema = json!({"type": "object", "properties": {"order": {"type": "string", "description": "The number of the order to refund"}}});
    file["offered"] = json!([{"name": "refund", "description": "Refunds an order in full", "parameters": schema}]);
    file["format"] = json!({"response": schema});
    assert_eq!(told(&one("chat.json", &file.to_string())), Vec::<&str>::new());
}

#[test]
fn snapshots_of_files_are_left_out_and_what_stands_beside_them_is_not() {
    let said = "Nobody may send the parcel before Monday";
    let file = |beside: Value| {
        let line = |n: usize, kind: &str, content: Value| json!({"type": kind, "uuid": n.to_string(), "parentUuid": if n == 1 { Value::Null } else { (n - 1).to_string().into() }, "sessionId": "s-1", "timestamp": format!("2026-07-01T08:00:0{n}Z"), "message": {"role": kind, "content": content}});
        let call = json!([{"type": "tool_use", "id": "t", "name": "Edit", "input": {"file_path": "/a.md"}}]);
        let mut result =
            line(3, "user", json!([{"type": "tool_result", "tool_use_id": "t", "content": "The file was updated."}]));
        result["toolUseResult"] = beside;
        [line(1, "user", "Change the file".into()), line(2, "assistant", call), result]
            .map(|line| format!("{line}\n"))
            .concat()
    };
    let snapshots = json!({"originalFile": said, "structuredPatch": [{"lines": [format!("-{said}")]}]});
    assert_eq!(told(&one("s.jsonl", &file(snapshots))), Vec::<&str>::new());
    let remark = "1 text in the field `toolUseResult.remark` is not part of the timeline; it is at line 3";
    assert_eq!(told(&one("s.jsonl", &file(json!({"remark": said})))), [remark]);
}
