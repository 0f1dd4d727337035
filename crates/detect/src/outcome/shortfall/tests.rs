use super::*;
use crate::test_support::{turn, with_session};

/// What is told of the only call of a session: nothing, `failed` or `open`.
fn told(tool: &str, arguments: &str, answer: &str) -> Option<&'static str> {
    let known = LazyCell::new(|| each(&unaccented(arguments)).map(str::to_owned).collect());
    with_session(&turn("please", &[(tool, arguments, answer)], "Well."), |session| {
        let short = of(&session.calls[0], &known)?;
        Some(if short.open { "open" } else { "failed" })
    })
}

#[test]
fn what_is_not_done() {
    for (tool, answer) in [
        ("pagar", r#"{"factura":"F-1","orden":{"banco":"Caja","estado":"rechazado"}}"#),
        ("callsign_apply", r#"{"code":4031,"msg":"quota exhausted","data":{"sign":"GB2"}}"#),
        ("nachbestellen", r#"{"bestellung":{"id":"","positionen":[]},"lieferant":"Hütte"}"#),
        ("scan_upload", r#"{"items":[{"file":"a","http":201},{"file":"b","http":422,"err":"missing"}]}"#),
        ("ewe_tag", r#"{"ewe":4411,"success":0}"#),
        ("book_slot", r#"{"slot":"9:30","booked":0}"#),
    ] {
        assert_eq!(told(tool, "{}", answer), Some("failed"), "{answer}");
    }
    assert_eq!(told("presentar_plan", "{}", r#"{"tramite":{"resultado":{"fase":"en_revisión"}}}"#), Some("open"));
}

#[test]
fn what_is_done_or_does_not_say() {
    for (tool, arguments, answer) in [
        ("pay", "{}", r#"{"code":20000,"msg":"ok"}"#),
        ("pay", "{}", r#"{"code":7741,"message":"payment completed"}"#),
        ("set_status", r#"{"status":"rejected"}"#, r#"{"claim":"C-1","status":"rejected"}"#),
        ("reject_claim", "{}", r#"{"claim":"C-1","status":"rejected"}"#),
        ("create_task", "{}", r#"{"id":"T-1","parent":{"id":null},"tags":[]}"#),
        ("cancel_payment", "{}", r#"{"ok":true,"payment":{"status":"failed"}}"#),
        ("book_slot", "{}", r#"{"slot":"9:30","earlier_attempts":[{"status":"rejected"}]}"#),
    ] {
        assert_eq!(told(tool, arguments, answer), None, "{answer}");
    }
}
