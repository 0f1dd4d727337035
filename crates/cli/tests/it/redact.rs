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
fn ip_addresses_are_masked_if_an_option_or_the_policy_says_so() {
    let folder = scratch();
    let trace = folder.path().join("trace.json").display().to_string();
    std::fs::write(&trace, TRACE.replace("Refund my charge,", "Refund my charge from 203.0.113.77,")).expect("writes");
    let draft = folder.path().join("draft.json").display().to_string();
    let shows = |args: &[&str]| ok(&[args, &[&trace]].concat()).contains("203.0.113.77");
    assert!(shows(&["show", "--redact"]) && !shows(&["show", "--redact-ip"]));
    assert!(!ok(&["show", "--redact-ip", &trace]).contains("kelpline"), "it includes --redact");
    assert!(ok(&["show", &trace]).contains("kelpline"));
    ok(&["draft", "--redact-ip", "--format", "json", "-o", &draft, &trace]);
    assert!(!std::fs::read_to_string(&draft).expect("reads").contains("203.0.113.77"));
    assert!(ok(&["verify", "--redact-ip", &draft, &trace]).contains("quotes match"));
    // A policy decides it too, but masks nothing by itself.
    let policy = folder.path().join("policy.yaml").display().to_string();
    let builtin = include_str!("../../../retro/data/policy.yaml");
    let on = builtin.replace("mask_ip_addresses: false", "mask_ip_addresses: true");
    assert_ne!(on, builtin);
    std::fs::write(&policy, on).expect("writes");
    let out = hindcast(&["draft", "--redact", "--policy", &policy, "--format", "json", "-o", &draft, &trace]);
    let noted = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && noted.contains("1 IP address") && noted.contains("use --redact-ip"), "{noted}");
    assert!(ok(&["verify", "--redact-ip", &draft, &trace]).contains("quotes match"));
    let out = hindcast(&["draft", "--policy", &policy, &trace]);
    assert!(!String::from_utf8_lossy(&out.stderr).contains("masked"));
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
