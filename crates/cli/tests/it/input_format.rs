//! What is not read is refused or told, and a reader can be forced.

use super::{draft_json, file, hindcast, ok, scratch};

/// Seven records of which the last is a call in a form that the format does not have.
fn with_a_strange_record(folder: &std::path::Path) -> String {
    let said = |role: &str, text: &str| format!("{{\"role\":\"{role}\",\"content\":\"{text}\"}}\n");
    let mut text = String::new();
    for n in 1..=3 {
        text += &said("user", &format!("Question {n}"));
        text += &said("assistant", &format!("Reply {n}"));
    }
    text += "{\"type\":\"tool.execution_start\",\"data\":{\"toolCallId\":\"x\",\"toolName\":\"pay\"}}\n";
    let path = folder.join("talk.jsonl");
    std::fs::write(&path, text).expect("writes");
    path.display().to_string()
}

#[test]
fn every_form_of_a_draft_warns_of_records_that_were_not_read() {
    let folder = scratch();
    let trace = with_a_strange_record(folder.path());
    // Its name would be told by the table of formats that are not read; the reader is forced.
    let args = ["--input-format", "chat-lines", trace.as_str()];
    let warning = "1 record was not read (1 `tool.execution_start`; first at line:7 of talk.jsonl)";
    let draft = draft_json(&args);
    assert!(draft["warnings"][0].as_str().is_some_and(|w| w.contains(warning)), "{}", draft["warnings"]);
    let page = ok(&[&["draft"][..], &args].concat());
    let top: Vec<_> = page.lines().take(4).collect();
    assert!(top.iter().any(|l| l.starts_with("> **Warning:** Incomplete: 1 record was not read")), "{top:?}");
    let html = ok(&[&["draft", "--format", "html"][..], &args].concat());
    let (warned, severity) = (html.find("Incomplete: 1 record"), html.find("id=\"severity\""));
    assert!(warned.is_some() && warned < severity, "{warned:?} {severity:?}");
}

#[test]
fn a_forced_reader_that_finds_nothing_says_so() {
    let out = hindcast(&["draft", "--input-format", "vapi", &file("examples/refund/trace.json")]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(3), "{told}");
    assert!(told.contains("nothing in the format vapi"), "{told}");
}

#[test]
fn another_name_is_refused_with_the_names_that_there_are() {
    for command in [&["draft"][..], &["show"], &["contracts", "infer"]] {
        let out = hindcast(&[command, &["--input-format", "codecs", &file("examples/refund/trace.json")]].concat());
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{told}");
        assert!(told.contains("possible values: otlp, langfuse"), "{told}");
    }
}

#[test]
fn a_file_of_no_known_format_points_to_the_option() {
    let folder = scratch();
    let path = folder.path().join("x.json");
    std::fs::write(&path, "{\"hello\":\"world\"}").expect("writes");
    let out = hindcast(&["draft", &path.display().to_string()]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("name it with --input-format"));
}

#[test]
fn a_file_that_takes_more_memory_than_allowed_is_refused() {
    let folder = scratch();
    let path = folder.path().join("many.json");
    std::fs::write(&path, format!("[{}]", vec![r#"{"role":"user","content":"x"}"#; 20_000].join(","))).expect("writes");
    let path = path.display().to_string();
    ok(&["show", "--memory", "64", &path]);
    for command in ["show", "draft"] {
        let out = hindcast(&[command, "--memory", "1", &path]);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(3), "{told}");
        assert!(told.contains("at most 1 MiB are allowed"), "{told}");
    }
}
