//! `--redact`: what is masked is nowhere in what comes out, and what comes out can be checked.

use super::{file, hindcast, ok, scratch};
use std::path::Path;
use std::process::Command;

const TRACE: &str = r#"{"messages":[
 {"role":"system","content":"You are a support agent."},
 {"role":"user","content":"Refund my charge, I am ruth@kelpline.example, card 4111 1111 1111 1111."},
 {"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"refund","arguments":"{\"email\":\"ruth@kelpline.example\"}"}}]},
 {"role":"tool","tool_call_id":"1","content":"{\"status\":\"pending\",\"email\":\"Ruth@kelpline.example\"}"},
 {"role":"assistant","content":"Your refund has been processed, ruth@kelpline.example."}]}"#;

fn trace(folder: &Path) -> String {
    let path = folder.join("trace.json");
    std::fs::write(&path, TRACE).expect("writes");
    path.display().to_string()
}

fn with_key(key: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hindcast"));
    let out = command.args(args).env("NO_COLOR", "1").env("HINDCAST_REDACT_KEY", key).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (out.status.code(), text(out.stdout), text(out.stderr))
}

#[test]
fn what_is_masked_comes_out_nowhere() {
    let folder = scratch();
    let trace = trace(folder.path());
    for args in
        [&["draft"][..], &["draft", "--format", "json"], &["draft", "--format", "html"], &["show"], &["show", "--json"]]
    {
        let out = hindcast(&[args, &["--redact", &trace]].concat());
        let (said, noted) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{args:?}: {noted}");
        assert!(said.contains("@masked.invalid"), "{args:?}: {said}");
        for word in ["kelpline", "4111 1111", "4111111111111111"] {
            assert!(!said.contains(word) && !noted.contains(word), "{args:?} shows {word}");
        }
        assert!(noted.contains("masked in trace.json: 4 email addresses, 1 card number"), "{noted}");
        assert!(noted.contains("HINDCAST_REDACT_KEY"), "{noted}");
        // The same files give the same bytes.
        assert_eq!(said, String::from_utf8_lossy(&hindcast(&[args, &["--redact", &trace]].concat()).stdout));
    }
}

#[test]
fn a_redacted_draft_is_verified_with_the_same_key() {
    let folder = scratch();
    let trace = trace(folder.path());
    let draft = folder.path().join("draft.json").display().to_string();
    ok(&["draft", "--redact", "--format", "json", "-o", &draft, &trace]);
    assert!(ok(&["verify", "--redact", &draft, &trace]).contains("quotes match"));
    assert_eq!(hindcast(&["verify", &draft, &trace]).status.code(), Some(1), "not masked, the words differ");
    let (one, other) = ("01".repeat(32), "02".repeat(32));
    let (code, _, noted) = with_key(&one, &["draft", "--redact", "--format", "json", "-o", &draft, &trace]);
    assert_eq!(code, Some(0), "{noted}");
    assert!(!noted.contains("HINDCAST_REDACT_KEY"), "{noted}");
    assert_eq!(with_key(&one, &["verify", "--redact", &draft, &trace]).0, Some(0));
    assert_eq!(with_key(&other, &["verify", "--redact", &draft, &trace]).0, Some(1));
}

#[test]
fn a_bad_key_and_what_is_no_text_are_refused() {
    let folder = scratch();
    let trace = trace(folder.path());
    let (code, said, noted) = with_key("abc", &["show", "--redact", &trace]);
    assert_eq!((code, said.as_str()), (Some(2), ""), "{noted}");
    assert!(noted.contains("64 hexadecimal digits"), "{noted}");
    let picture = folder.path().join("a.png");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").expect("writes");
    let out = hindcast(&["show", "--redact", &picture.display().to_string()]);
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("nothing in it could be masked"));
}

#[test]
fn protobuf_is_masked_too() {
    let out = hindcast(&["show", "--redact", &file("examples/refund/otel-logs.binpb")]);
    let noted = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{noted}");
    assert!(noted.contains("rewritten from OTLP protobuf as OTLP JSON"), "{noted}");
}
