//! The help texts, as people see them.

use super::ok;

#[test]
fn help_texts() {
    for command in [
        &["--help"][..],
        &["draft", "--help"],
        &["discover", "--help"],
        &["show", "--help"],
        &["verify", "--help"],
        &["schema", "--help"],
        &["contracts", "infer", "--help"],
    ] {
        insta::assert_snapshot!(command.join(" "), ok(command));
    }
}

#[test]
fn wrong_arguments_exit_with_2() {
    assert_eq!(super::hindcast(&["draft"]).status.code(), Some(2));
    assert_eq!(super::hindcast(&["nonsense"]).status.code(), Some(2));
}

#[test]
fn the_schema_is_a_json_schema_and_every_draft_follows_it() {
    let schema: serde_json::Value = serde_json::from_str(&ok(&["schema", "draft"])).expect("JSON");
    let faults = super::faults(schema);
    for trace in ["examples/refund/trace.json", "examples/fabricated-id/trace.json", "examples/injection/trace.json"] {
        let draft = super::draft_json(&[&super::file(trace)]);
        assert_eq!(faults(&draft), None, "{trace}");
    }
    assert!(faults(&serde_json::json!({"schema": "hindcast.draft/1"})).is_some());
}
