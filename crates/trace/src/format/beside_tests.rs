use crate::test_support::{kinds, one, texts};

/// A record whose list of messages ends with the user, and one more member.
fn beside(member: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"Where is my parcel?"}}],{member}}}"#)
}

#[test]
fn an_answer_beside_the_messages_is_read_whatever_its_name_and_form() {
    let words = "In the depot.";
    let message = format!(r#"{{"role":"assistant","content":"{words}"}}"#);
    let quoted = format!(r#""{words}""#);
    let members = [
        ("final_answer", quoted.clone()),
        ("completion", quoted.clone()),
        ("botReply", quoted.clone()),
        ("response_text", quoted.clone()),
        ("output", quoted),
        ("picked", message.clone()),
        ("turn", format!("[{message}]")),
        ("raw", format!(r#"{{"choices":[{{"message":{message}}}]}}"#)),
        ("outcome", format!(r#"{{"message":{message}}}"#)),
        ("answers", format!(r#"["{words}"]"#)),
    ];
    for (name, value) in members {
        let trace = one("log.json", &beside(&format!(r#""{name}":{value}"#)));
        assert_eq!(texts(&trace), ["Where is my parcel?", words], "{name}");
        assert_eq!(kinds(&trace), ["user", "assistant"], "{name}");
        assert!(trace.gaps.is_empty(), "{name}: {:?}", trace.gaps);
    }
}

#[test]
fn calls_beside_the_messages_are_calls() {
    for value in [
        r#"[{"id":"k","type":"function","function":{"name":"track","arguments":"{\"n\":7}"}}]"#,
        r#"[{"name":"track","args":{"n":7}}]"#,
        r#"{"name":"track","arguments":{"n":7}}"#,
    ] {
        for name in ["tool_calls", "picked"] {
            let trace = one("log.json", &beside(&format!(r#""{name}":{value}"#)));
            assert_eq!(kinds(&trace)[..2], ["user", "call track -> none"], "{name}: {value}");
        }
    }
}

#[test]
fn the_question_that_a_history_leads_to_and_its_answer_are_read() {
    let file = r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Good day"}],"query":"Where is it?","answer":"At sea."}"#;
    let trace = one("log.json", file);
    assert_eq!(texts(&trace), ["Hello", "Good day", "Where is it?", "At sea."]);
    assert_eq!(kinds(&trace), ["user", "assistant", "user", "assistant"]);
}

#[test]
fn labels_states_and_copies_are_no_answers() {
    for member in [
        r#""expected_output":"At sea.""#,
        r#""result":"success""#,
        r#""response_id":"resp_7""#,
        r#""error_message":"timed out""#,
        r#""query":"Where is my parcel?""#,
    ] {
        let trace = one("log.json", &beside(member));
        assert_eq!(kinds(&trace), ["user"], "{member}");
        assert!(trace.gaps.is_empty(), "{member}: {:?}", trace.gaps);
    }
    let copied = r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Good day"}],"output":"Good day"}"#;
    let trace = one("log.json", copied);
    assert_eq!((kinds(&trace).len(), trace.gaps.len()), (2, 0));
}

#[test]
fn what_may_be_calls_is_told() {
    for member in [
        r#""intermediate_steps":[{"tool":"track","tool_input":{"n":7},"observation":"depot"}]"#,
        r#""tool_results":[{"id":"k","output":"depot"}]"#,
    ] {
        let trace = one("log.json", &beside(member));
        assert!(!trace.gaps.is_empty(), "{member}");
    }
}

#[test]
fn a_log_with_answers_beside_growing_requests_is_one_session() {
    let log = concat!(
        r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"output":"Hello"}"#,
        "\n",
        r#"{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Bye"}],"output":"See you"}"#,
    );
    assert_eq!(texts(&one("log.jsonl", log)), ["Hi", "Hello", "Bye", "See you"]);
}

#[test]
fn other_providers_requests_have_answers_beside_them_too() {
    for file in [
        r#"{"model":"c","max_tokens":9,"system":"S","messages":[{"role":"user","content":"Hi"}],"completion":"Hello"}"#,
        r#"{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"answer":"Hello"}"#,
        r#"{"model":"g","instructions":"S","input":[{"role":"user","content":"Hi"}],"output_text":"Hello"}"#,
    ] {
        let trace = one("log.json", file);
        assert_eq!(texts(&trace), ["S", "Hi", "Hello"], "{file}");
    }
}
