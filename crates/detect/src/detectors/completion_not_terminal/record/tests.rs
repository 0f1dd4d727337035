use crate::detectors::Detector;
use crate::detectors::completion_not_terminal::CompletionNotTerminal;
use crate::test_support::{call, with_session};
use serde_json::{Value, json};

/// The records that are found told wrongly.
fn found(between: &[Value], said: &str) -> Vec<String> {
    let list = json!({"permits": [
        {"no": "P-11", "street": "Mill Lane", "decision": {"state": "granted", "by": "J. Orr"}},
        {"no": "P-12", "street": "Dock Road", "decision": {"state": "under_review", "by": "J. Orr"}},
        {"no": "P-13", "street": "Fair Hill", "decision": {"state": "rejected", "by": "S. Lund"}},
        {"no": "P-14", "street": "Gate Street", "decision": {"state": "approved", "by": "S. Lund"}}
    ]});
    let mut messages = vec![json!({"role": "user", "content": "How are our permits?"})];
    messages.extend(call("a", ("list_permits", r#"{"site":"north"}"#, &list.to_string())));
    messages.extend_from_slice(between);
    messages.push(json!({"role": "assistant", "content": said}));
    let report = with_session(&messages, |session| CompletionNotTerminal.run(session));
    report.findings.into_iter().filter(|f| f.path == "record").map(|f| f.detail).collect()
}

#[test]
fn a_state_of_another_record_is_found() {
    for said in [
        "P-12 and P-14 are approved.",
        "The permit for Dock Road is approved, so you can start.",
        "P-11 is granted; Fair Hill (P-13) is approved.",
    ] {
        assert_eq!(found(&[], said).len(), 1, "{said}");
    }
    assert!(found(&[], "The permit for Dock Road is approved.")[0].contains("the record of \"Dock Road\" has"));
}

#[test]
fn what_the_list_says_is_right() {
    for said in [
        "P-14 is approved, P-12 is under review and P-13 was rejected.",
        "P-14 is approved, while P-12 is still with the office.",
        "P-12 is not approved.",
        "Once P-12 is approved you can start.",
        "P-12 will be approved soon.",
        "Is P-12 approved?",
        "Everything on the north site is approved.",
        "P-21 is approved.",
    ] {
        assert_eq!(found(&[], said), Vec::<String>::new(), "{said}");
    }
}

#[test]
fn another_source_may_stand_behind_it() {
    let user = [json!({"role": "user", "content": "The office just told me that P-12 is approved. Can you confirm?"})];
    assert_eq!(found(&user, "Good: P-12 is approved."), Vec::<String>::new());
    let later = call("b", ("approve_permit", r#"{"no":"P-12"}"#, r#"{"ok":true}"#));
    assert_eq!(found(&later, "P-12 is approved now."), Vec::<String>::new());
}
