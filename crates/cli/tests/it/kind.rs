//! The kind of session, and what a person says it is.

use super::{draft_json, file, hindcast, ok, scratch};

#[test]
fn a_draft_says_the_kind_of_session_and_how_it_is_known() {
    let trace = file("examples/refund/trace.json");
    let draft = draft_json(&[&trace]);
    assert_eq!(draft["session"]["kind"], "voice");
    assert_eq!(draft["session"]["kind_reason"], "its instructions mention a voice call");
    let page = ok(&["draft", &trace]);
    assert!(page.contains("Kind of session: **voice agent** (its instructions mention a voice call)."), "{page}");
}

#[test]
fn a_person_names_another_kind_in_the_facts_file_or_as_an_option() {
    let trace = file("examples/refund/trace.json");
    let folder = scratch();
    let facts = folder.path().join("facts.yaml").display().to_string();
    std::fs::write(&facts, "title: A refund\nkind: coding\n").expect("writes");
    let draft = draft_json(&["--context", &facts, &trace]);
    assert_eq!(draft["session"]["kind"], "coding");
    assert_eq!(draft["session"]["kind_reason"], "set in facts.yaml line 2");
    // Nobody has judged the rule in coding sessions.
    assert_eq!(draft["behavior"]["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(draft["behavior"]["leads"].as_array().map(Vec::len), Some(1));
    let draft = draft_json(&["--context", &facts, "--kind", "service", &trace]);
    assert_eq!(draft["session"]["kind_reason"], "set with --kind");
    assert_eq!(draft["behavior"]["findings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn another_word_is_refused_with_the_words_that_there_are() {
    let out = hindcast(&["draft", "--kind", "codng", &file("examples/refund/trace.json")]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{told}");
    assert!(told.contains("possible values: service, coding, research, group, voice"), "{told}");
}
