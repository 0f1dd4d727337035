//! The shipped examples say what they are meant to say.

use super::{draft_json, file, ok};
use serde_json::Value;

fn answers<'d>(draft: &'d Value, question: &str) -> &'d Value {
    draft["system"].as_array().expect("six answers").iter().find(|a| a["question"] == question).expect("the question")
}

fn contributed(draft: &Value) -> Vec<&str> {
    let all = draft["system"].as_array().expect("six answers").iter();
    all.filter(|a| a["verdict"] == "contributed").map(|a| a["question"].as_str().expect("a name")).collect()
}

fn categories(draft: &Value) -> Vec<&str> {
    let mut all: Vec<_> = draft["actions"]["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|i| i["category"].as_str().expect("one"))
        .collect();
    all.sort_unstable();
    all
}

fn findings(draft: &Value) -> Vec<(&str, &str)> {
    flags(draft, "findings")
}

/// The findings or the leads.
fn flags<'d>(draft: &'d Value, list: &str) -> Vec<(&'d str, &'d str)> {
    let all = draft["behavior"][list].as_array().expect("a list").iter();
    all.map(|f| (f["statement"]["origin"]["name"].as_str().expect("a detector"), f["category"].as_str().expect("one")))
        .collect()
}

#[test]
fn refund_with_facts_is_the_worked_example() {
    let facts = file("examples/refund/facts.yaml");
    for extra in [vec![], vec!["--contracts".to_owned(), file("examples/refund/contracts.yaml")]] {
        let trace = file("examples/refund/trace.json");
        let mut args = vec!["--context", &facts, &trace];
        args.extend(extra.iter().map(String::as_str));
        let draft = draft_json(&args);
        assert_eq!(findings(&draft), [("completion-not-terminal", "misinterpretation")]);
        assert_eq!(contributed(&draft), ["tool_design", "guardrails", "eval_coverage"]);
        assert_eq!(categories(&draft), ["eval", "guardrails", "tooling"]);
        let quoted: Vec<_> = draft["behavior"]["findings"][0]["statement"]["basis"]
            .as_array()
            .expect("basis")
            .iter()
            .map(|b| b["text"].as_str().unwrap_or_default())
            .collect();
        assert!(
            quoted.iter().any(|q| q.contains("processed")) && quoted.iter().any(|q| q.contains("pending")),
            "{quoted:?}"
        );
        assert!(draft["actions"]["inadequate"].is_null());
    }
}

#[test]
fn refund_without_facts_leaves_guards_and_evals_unknown_and_proposes_all_the_same() {
    let draft = draft_json(&[&file("examples/refund/trace.json")]);
    assert_eq!(findings(&draft), [("completion-not-terminal", "misinterpretation")]);
    for question in ["guardrails", "eval_coverage"] {
        let answer = answers(&draft, question);
        assert_eq!(answer["verdict"], "unknown");
        assert!(!answer["questions"].as_array().expect("questions").is_empty(), "{question} needs its question");
    }
    assert_eq!(categories(&draft), ["eval", "guardrails", "tooling"]);
}

#[test]
fn the_same_refund_in_traces_and_logs_says_the_same() {
    let traces = file("examples/refund/otel-traces.json");
    let logs = file("examples/refund/otel-logs.binpb");
    let draft = draft_json(&[&traces, &logs]);
    assert_eq!(findings(&draft), [("completion-not-terminal", "misinterpretation")]);
    assert_eq!(draft["evidence"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_other_examples_show_their_failure() {
    let draft = draft_json(&[&file("examples/fabricated-id/trace.json")]);
    assert!(findings(&draft).contains(&("fabricated-identifier", "hallucination")), "{:?}", findings(&draft));
    let draft = draft_json(&[&file("examples/injection/trace.json")]);
    assert!(findings(&draft).contains(&("injection-followed", "refusal_failure")), "{:?}", findings(&draft));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["markdown", "html", "json"] {
        let (trace, facts) = (file("examples/refund/trace.json"), file("examples/refund/facts.yaml"));
        let args = ["draft", "--format", format, "--context", &facts, &trace];
        assert_eq!(ok(&args), ok(&args), "{format}");
    }
}

#[test]
fn refund_as_markdown() {
    let text = ok(&["draft", "--context", &file("examples/refund/facts.yaml"), &file("examples/refund/trace.json")]);
    insta::assert_snapshot!(text);
}

#[test]
fn refund_shown() {
    insta::assert_snapshot!(ok(&["show", &file("examples/refund/trace.json")]));
}

#[test]
fn every_section_is_there_and_none_is_empty() {
    let trace = file("examples/refund/trace.json");
    for args in [vec!["draft", trace.as_str()]] {
        let text = ok(&args);
        let sections: Vec<&str> = text.split("\n## ").skip(1).collect();
        assert_eq!(sections.len(), 8, "seven sections and the evidence");
        for section in sections {
            let body: Vec<_> = section.lines().skip(1).filter(|l| !l.trim().is_empty()).collect();
            assert!(!body.is_empty(), "{section}");
        }
    }
}

#[test]
fn the_questions_are_a_facts_file_that_can_be_read_back() {
    let folder = super::scratch();
    let trace = file("examples/refund/trace.json");
    let yaml = ok(&["draft", "--questions", &trace]);
    insta::assert_snapshot!(yaml);
    let path = folder.path().join("facts.yaml");
    std::fs::write(&path, &yaml).expect("writes");
    ok(&["draft", "--context", &path.display().to_string(), &trace]);
}

#[test]
fn inferred_contracts_can_be_read_back() {
    let folder = super::scratch();
    let trace = file("examples/refund/trace.json");
    let path = folder.path().join("tools.yaml").display().to_string();
    ok(&["contracts", "infer", "-o", &path, &trace]);
    let text = std::fs::read_to_string(&path).expect("written");
    assert!(text.starts_with("# Proposed tool contracts") && text.contains("non_terminal: [\"pending\"]"), "{text}");
    ok(&["draft", "--contracts", &path, &trace]);
}
