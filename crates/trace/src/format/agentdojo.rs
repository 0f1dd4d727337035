//! Runs of AgentDojo, one object each, or `{path, run}` a line.
//!
//! `injections`, `security` and `utility` are labels: they say what was attacked and whether it worked, and
//! are never read.

use super::{Document, Format, exchange};
use crate::item::{Item, Output, Session, Transcript};
use crate::model::{Event, EventKind, KeyKind};
use crate::node::Node;

/// See the module's documentation.
pub struct AgentDojo;

impl Format for AgentDojo {
    fn name(&self) -> &'static str {
        "agentdojo"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let run = run(root);
        let named = run.get("suite_name").is_some() && run.get("user_task_id").is_some();
        if named && run.get("messages").is_some_and(|m| m.is_array()) { 97 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let run = run(doc.root);
            let mut session = Session::new(key(run), KeyKind::Position);
            let messages = exchange::messages(doc, run.get("messages"), out);
            let model = run.str_at("pipeline_name").map(|s| s.into_owned());
            session.items.push(Item::Transcript(Transcript { messages, model }));
            out.bookkeeping(run, "labels of the run");
            // The run's own error; those of tools stand with their answers.
            if let Some(text) = run.get("error").and_then(Node::text).filter(|t| !t.text.is_empty()) {
                let kind = EventKind::Error { text };
                session.items.push(Item::Event(Event {
                    kind,
                    time: None,
                    agent: None,
                    model_call: None,
                    loc: run.loc(),
                }));
            }
            out.sessions.push(session);
        }
        out.lossy.push(format!(
            "the injections into {} runs, and whether they succeeded, are labels, not events; left out",
            docs.len()
        ));
    }
}

fn run(root: Node<'_>) -> Node<'_> {
    root.get("run").filter(|r| r.is_object()).unwrap_or(root)
}

/// Suite, tasks, attack and model: what AgentDojo itself files a run under.
fn key(run: Node<'_>) -> String {
    let parts = ["pipeline_name", "suite_name", "user_task_id", "attack_type", "injection_task_id"];
    let found: Vec<_> = parts.iter().filter_map(|k| run.str_at(k)).filter(|s| !s.is_empty()).collect();
    found.join("/")
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, reading};

    const RUN: &str = r#"{"suite_name":"slack","pipeline_name":"gpt","user_task_id":"u1","injection_task_id":"i1","attack_type":"a","injections":{"x":"SECRET LABEL"},"messages":[{"role":"system","content":"S"},{"role":"user","content":"U"},{"role":"assistant","content":null,"tool_calls":[{"function":"read","args":{"c":"a"},"id":null},{"function":"read","args":{"c":"b"},"id":null}]},{"role":"tool","content":"","tool_call_id":null,"tool_call":{"function":"read","args":{"c":"b"},"id":null},"error":"ValueError: no"},{"role":"tool","content":"text","tool_call_id":null,"tool_call":{"function":"read","args":{"c":"a"},"id":null},"error":null},{"role":"assistant","content":"Done","tool_calls":null}],"error":null,"utility":true,"security":false}"#;

    #[test]
    fn calls_without_ids_join_by_arguments_and_errors_are_transport() {
        let trace = one("r.json", RUN);
        assert_eq!(
            kinds(&trace),
            ["system", "user", "call read -> 5", "call read -> 4", "result Error <- 3", "result Ok <- 2", "assistant"]
        );
        assert_eq!(trace.key, "gpt/slack/u1/a/i1");
        assert_eq!(trace.models(), ["gpt"]);
    }

    #[test]
    fn newer_runs_hold_their_words_in_blocks() {
        let blocks = RUN
            .replace(r#""content":"U""#, r#""content":[{"type":"text","content":"U"}]"#)
            .replace(r#""content":"text""#, r#""content":[{"type":"text","content":"text"}]"#)
            .replace(r#"],"error":null,"utility""#, r#"],"error":"gave up","utility""#);
        let told = kinds(&one("r.json", &blocks));
        assert_eq!((told.len(), told.last().map(String::as_str)), (8, Some("error gave up")));
    }

    #[test]
    fn lines_with_a_path_are_runs_too_and_labels_stay_out() {
        let found = reading("r.jsonl", &format!("{{\"path\":\"p\",\"run\":{RUN}}}\n"));
        assert_eq!(found.detections[0].format, "agentdojo");
        assert!(!format!("{:?}", found.sessions).contains("SECRET"));
        assert!(found.detections[0].lossy.iter().any(|l| l.contains("labels")));
    }
}
