use super::*;
use crate::session::Session;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};

fn failure(tool: &str, result: &str) -> Option<(Kind, String)> {
    let json = serde_json::json!({"messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": result},
    ]});
    let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    session.calls[0].failure().map(|f| (f.kind, f.cite.as_ref().map(|c| c.text().to_owned()).unwrap_or_default()))
}

#[test]
fn fields_that_tell_a_failure() {
    assert_eq!(
        failure("update_x", r#"{"ok": false, "code": "SLOT_TAKEN"}"#),
        Some((Kind::Refusal, r#""ok": false"#.into()))
    );
    assert_eq!(failure("get_x", r#"{"error": "index unavailable"}"#).map(|f| f.0), Some(Kind::Error));
    assert_eq!(failure("create_x", r#"{"status": 403, "message": "no"}"#).map(|f| f.0), Some(Kind::Error));
    assert_eq!(
        failure("create_x", r#"{"content": [{"type": "text", "text": "no"}], "isError": true}"#).map(|f| f.0),
        Some(Kind::Error)
    );
    assert_eq!(failure("import_x", r#"{"created": 2, "failed": [{"row": 3}]}"#).map(|f| f.0), Some(Kind::Partial));
    assert_eq!(failure("verify_x", r#"{"verified": false}"#).map(|f| f.0), Some(Kind::Negative));
    assert_eq!(failure("charge", r#"{"status": "declined"}"#).map(|f| f.0), Some(Kind::Refusal));
}

#[test]
fn fields_of_other_languages_and_shapes() {
    for (answer, kind) in [
        (r#"{"fehler": "Kennung zu kurz"}"#, Kind::Error),
        (r#"{"estado": "rechazada", "motivo": "saldo"}"#, Kind::Refusal),
        (r#"{"erfolg": false}"#, Kind::Refusal),
        (r#"{"success": 0}"#, Kind::Refusal),
        (r#"{"status": "sold_out", "outcome": {"code": "DECLINED"}}"#, Kind::Refusal),
        (r#"{"status": "unavailable"}"#, Kind::Refusal),
        (r#"{"code": "409 Conflict"}"#, Kind::Error),
        (r#"{"results": [{"seat": 1, "ok": true}, {"seat": 2, "ok": false}]}"#, Kind::Partial),
    ] {
        assert_eq!(failure("create_x", answer).map(|f| f.0), Some(kind), "{answer}");
    }
    for answer in [
        r#"{"fehler": null, "erreur": "aucune", "errori": []}"#,
        r#"{"estado": "confirmada"}"#,
        r#"{"erfolg": true}"#,
        r#"{"results": [{"seat": 1, "ok": true}]}"#,
        r#"{"code": "409A"}"#,
    ] {
        assert_eq!(failure("create_x", answer), None, "{answer}");
    }
    assert_eq!(failure("get_x", r#"{"estado": "rechazada"}"#), None);
}

#[test]
fn fields_that_do_not() {
    assert_eq!(failure("add_x", r#"{"error": null, "errors": [], "failed": 0, "added": 2}"#), None);
    assert_eq!(failure("get_payment", r#"{"status": "failed", "failure": {"code": "x"}}"#), None);
    assert_eq!(failure("get_x", r#"[{"error": "in a list of records"}]"#), None);
    assert_eq!(failure("get_x", r#"{"order": {"error": "x"}, "status": 200}"#), None);
}

#[test]
fn words_that_tell_a_failure() {
    for text in [
        "Error: upstream timeout",
        "TimeoutError: no answer",
        "504 Gateway Timeout",
        "No such user: kwame.b",
        "Error: permission denied",
        "ValidationError: 'category' is required",
        "Sorry, something went wrong on our end (E-5012).",
        "Invalid voucher code.",
        "<html><head><title>502 Bad Gateway</title>",
        "Traceback (most recent call last):\n x",
    ] {
        assert!(failure("get_x", text).is_some(), "{text}");
    }
    assert!(failure("send_x", "{'success': False, 'error': 'no such room'}").is_some());
    assert!(failure("run_command", "118 items\n2 failed\nmake: *** [test] exit code 1").is_some());
}

#[test]
fn words_that_do_not() {
    for text in [
        "12:01 INFO start\n12:02 ERROR 500 payment gateway failed",
        "Error handling in Rust: a guide",
        "1 row affected",
        "",
        "None",
        "Not ready yet: the scan is being prepared.",
        "The notes say: no errors found.",
        "[]",
    ] {
        assert_eq!(failure("read_log", text), None, "{text}");
    }
}

#[test]
fn what_a_program_printed_is_not_the_calls_outcome() {
    assert_eq!(failure("bash", "src/a.go:257: (deleted []string, failed []string, err error)"), None);
    assert_eq!(failure("bash", r#"{"error": "from curl", "hits": 0}"#), None);
    assert_eq!(failure("bash", "Error: 3 tests failed\nSee the log."), None);
    assert_eq!(failure("bash", r#"{"stdout": "", "returncode": 2}"#).map(|f| f.0), Some(Kind::Error));
    assert_eq!(failure("Bash", "Exit code 1\nnothing to commit").map(|f| f.0), Some(Kind::Error));
    assert_eq!(failure("terminal", "jq: command not found\n[exit 127]").map(|f| f.0), Some(Kind::Error));
    assert_eq!(
        failure("python", "Traceback (most recent call last):\n  x\nKeyError: 'a'").map(|f| f.0),
        Some(Kind::Error)
    );
}
