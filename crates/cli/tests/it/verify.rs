//! Every quote is checked against the bytes.

use super::{draft_json, file, hindcast, ok, scratch};
use std::path::Path;

fn draft_to(folder: &Path, traces: &[&str]) -> (String, serde_json::Value) {
    let path = folder.join("draft.json").display().to_string();
    let value = draft_json(traces);
    std::fs::write(&path, value.to_string()).expect("writes");
    (path, value)
}

/// All quotes of a draft, by id.
fn quotes(value: &serde_json::Value, found: &mut std::collections::BTreeMap<String, serde_json::Value>) {
    match value {
        serde_json::Value::Object(map) => {
            if let (Some(id), Some(_)) = (map.get("id").and_then(|i| i.as_str()), map.get("locator")) {
                found.insert(id.to_owned(), value.clone());
            }
            map.values().for_each(|v| quotes(v, found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|v| quotes(v, found)),
        _ => {}
    }
}

#[test]
fn a_fresh_draft_holds() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let (draft, _) = draft_to(folder.path(), &[&trace]);
    assert!(ok(&["verify", &draft, &trace]).contains("quotes match"));
}

#[test]
fn one_changed_byte_names_the_quotes_that_hold_it_and_no_other() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let (draft, value) = draft_to(folder.path(), &[&trace]);
    let mut all = std::collections::BTreeMap::new();
    quotes(&value, &mut all);
    assert!(all.len() >= 5, "{all:?}");
    let bytes = std::fs::read(&trace).expect("reads");
    let changed = folder.path().join("trace.json");
    for (id, quote) in &all {
        // The quotes of this trace are plain words somewhere in the file; find the place by its locator's document.
        let text = quote["text"].as_str().expect("text");
        let place = place_of(&bytes, quote).expect("the quote stands in the file");
        let mut broken = bytes.clone();
        broken[place] = if broken[place] == b'x' { b'y' } else { b'x' };
        std::fs::write(&changed, &broken).expect("writes");
        let out = hindcast(&["verify", &draft, &changed.display().to_string()]);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(out.status.code(), Some(1), "{id} {text:?}: {said}");
        for (other, q) in &all {
            let named = said.lines().any(|l| l.starts_with(&format!("{other}:")));
            let same_text = q["locator"] == quote["locator"];
            let (start, end) = (q["start"].as_u64().expect("start"), q["end"].as_u64().expect("end"));
            let at = quote["start"].as_u64().expect("start");
            let holds_it = same_text && start <= at && at < end;
            assert_eq!(named, holds_it, "changed the first byte of {id}; {other}: {said}");
        }
    }
}

/// The byte of the file at which a quote begins.
fn place_of(bytes: &[u8], quote: &serde_json::Value) -> Option<usize> {
    let steps: Vec<&str> = quote["locator"].as_array()?.iter().filter_map(|s| s.as_str()).collect();
    let at = place_in(bytes, &steps, quote["start"].as_u64()? as usize)?;
    // Change a letter and not an escape's backslash.
    Some(if bytes[at] == b'\\' { bytes[at..].iter().position(|b| *b != b'\\')? + at } else { at })
}

/// The byte at which a decoded offset stands, through strings that hold JSON.
fn place_in(bytes: &[u8], steps: &[&str], offset: usize) -> Option<usize> {
    let (pointer, rest) = steps.split_first()?;
    let (doc, _) = hindcast_trace::json::parse_lenient(bytes)?;
    let value = doc.pointer(pointer)?;
    let start = value.start() as usize;
    let Some(text) = value.str() else { return Some(start + offset) };
    let inner = match rest.split_first() {
        None => offset,
        Some((&"json", rest)) => place_in(text.as_bytes(), rest, offset)?,
        Some(_) => return None,
    };
    // As long as the file escapes as serde_json does, the escaped beginning tells how far it is.
    let before = serde_json::to_string(&text[..inner]).ok()?;
    Some(start + before.len() - 1)
}

#[test]
fn missing_evidence_is_said() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let (draft, _) = draft_to(folder.path(), &[&trace]);
    let other = folder.path().join("other.json");
    std::fs::write(&other, r#"[{"role":"user","content":"hi"}]"#).expect("writes");
    let out = hindcast(&["verify", &draft, &other.display().to_string()]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).contains("no longer match"));
}

#[test]
fn drafts_of_several_sessions_are_verified_together() {
    let folder = scratch();
    let trace = folder.path().join("two.jsonl");
    let line = |id: &str| format!(r#"{{"id":"{id}","messages":[{{"role":"user","content":"hello {id}"}}]}}"#);
    std::fs::write(&trace, format!("{}\n{}\n", line("a"), line("b"))).expect("writes");
    let trace = trace.display().to_string();
    let out = hindcast(&["draft", &trace]);
    assert_eq!(out.status.code(), Some(4), "several sessions need a choice");
    assert!(String::from_utf8_lossy(&out.stderr).contains("--session"));
    let draft = folder.path().join("all.json").display().to_string();
    ok(&["draft", "--all", "--format", "json", "-o", &draft, &trace]);
    assert!(ok(&["verify", &draft, &trace]).contains("all 2 quotes match"));
    assert!(ok(&["draft", "--session", "a", &trace]).contains("hello a"));
}

#[test]
fn a_falsified_copy_of_a_quote_is_found_though_another_copy_holds() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let (draft, mut value) = draft_to(folder.path(), &[&trace]);
    let finding = &mut value["behavior"]["findings"][0]["statement"]["basis"][0];
    finding["text"] = "I stole the money".into();
    std::fs::write(&draft, value.to_string()).expect("writes");
    let out = hindcast(&["verify", &draft, &trace]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).contains("I stole the money"));
    value["behavior"]["findings"][0]["statement"]["basis"] = serde_json::json!([]);
    std::fs::write(&draft, value.to_string()).expect("writes");
    assert_eq!(
        hindcast(&["verify", &draft, &trace]).status.code(),
        Some(3),
        "a statement without a basis is no statement"
    );
}
