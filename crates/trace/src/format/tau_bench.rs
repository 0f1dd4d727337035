//! Trajectories of tau-bench: `{task_id, trial, traj, reward, info}`.
//!
//! `reward`, `info` (the task with the expected actions) and `records` are labels: they say what should have
//! happened, and are never read as something that did.

use super::{Document, Format, exchange};
use crate::item::{Item, Output, Session, Transcript};
use crate::model::KeyKind;
use crate::node::Node;

/// See the module's documentation.
pub struct TauBench;

impl Format for TauBench {
    fn name(&self) -> &'static str {
        "tau-bench"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let messages = root
            .get("traj")
            .filter(|t| t.is_array())
            .is_some_and(|t| t.items().next().is_none_or(|_| t.items().any(|m| m.get("role").is_some())));
        if messages && root.get("task_id").is_some() { 96 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut labels = 0;
        for doc in out.until_stopped(docs) {
            let part = |key: &str| doc.root.get(key).map(|n| n.json_text().text);
            let task = part("task_id").unwrap_or_else(|| "?".to_owned());
            let key = match part("trial") {
                Some(trial) => format!("task {task}, trial {trial}"),
                None => format!("task {task}"),
            };
            // The same task may stand in files of several models: the key is one only within its file.
            let mut session = Session::new(key, KeyKind::Position);
            let messages = exchange::messages(doc, doc.root.get("traj"), out);
            session.items.push(Item::Transcript(Transcript { messages, model: None }));
            if doc.root.any(&["reward", "info", "records"]).is_some() {
                out.bookkeeping(doc.root, "labels of the run");
                labels += 1;
            }
            out.sessions.push(session);
        }
        if labels > 0 {
            out.lossy
                .push(format!("reward, task and expected actions of {labels} runs are labels, not events; left out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{GapKind, KeyKind, Transport};
    use crate::test_support::{all, kinds, reading, transports};

    const RUN: &str = r#"{"task_id":3,"trial":1,"reward":0.0,"info":{"task":{"actions":[{"name":"cancel","kwargs":{}}],"instruction":"SECRET LABEL"}},"traj":[{"role":"system","content":"Policy"},{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"find","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","name":"find","content":"Error: none"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"find","arguments":"{\"x\":1}"}}]},{"role":"tool","tool_call_id":"c1","name":"find","content":"found"}]}"#;

    #[test]
    fn labels_are_no_events_and_reused_ids_join_in_order() {
        let found = reading("t.json", &format!("[{RUN}]"));
        let trace = &found.sessions[0];
        assert_eq!(trace.key, "task 3, trial 1");
        assert_eq!(
            kinds(trace),
            ["system", "user", "call find -> 3", "result Unknown <- 2", "call find -> 5", "result Unknown <- 4"]
        );
        assert!(!format!("{:?}", trace.events).contains("SECRET"));
        assert!(found.detections[0].lossy[0].contains("labels"));
    }

    #[test]
    fn no_flag_means_unknown() {
        assert_eq!(transports(&all("t.json", &format!("[{RUN}]"))[0]), [Transport::Unknown; 2]);
    }

    #[test]
    fn a_message_without_a_role_is_a_gap_and_an_empty_run_says_so() {
        let damaged = RUN.replacen(r#"{"role":"user","content":"Hi"}"#, r#"{"role":7,"content":"Hi"}"#, 1);
        let found = reading("t.json", &damaged);
        assert!(found.sessions[0].has_gap(&[GapKind::InputDropped]));
        assert!(found.detections[0].lossy.iter().any(|l| l.contains("1 entries")), "{:?}", found.detections);
        let empty = reading("t.json", r#"{"task_id":1,"traj":[]}"#);
        assert!(empty.sessions[0].has_gap(&[GapKind::ContentNotCaptured]));
    }

    #[test]
    fn the_same_task_twice_is_two_runs() {
        let traces = all("t.json", &format!("[{RUN},{RUN}]"));
        assert_eq!(traces.len(), 2);
        assert_ne!(traces[0].key, traces[1].key);
        assert!(traces.iter().all(|t| t.key_kind == KeyKind::Position && t.events.len() == 6));
    }
}
