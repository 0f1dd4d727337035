//! Records that a file holds twice: a writer that tries again, or copies that were put together.

use crate::hash::HashSet;
use crate::node::Node;

/// What was read so far.
#[derive(Debug, Default)]
pub struct Repeats {
    seen: HashSet<u64>,
}

/// What a record that was read before is called.
pub const REPEATED: &str = "a record that the file repeats";

impl Repeats {
    /// True for a record that was read before, byte for byte, under an identity of its own. `identity` are the members of which one
    /// names the record alone: without such a member, somebody may have said the same thing twice.
    pub fn again(&mut self, record: Node<'_>, identity: &[&str]) -> bool {
        is_named(record, identity) && self.known(record)
    }

    /// The same of a record whose fingerprint is known.
    pub fn again_as(&mut self, print: u64, record: Node<'_>, identity: &[&str]) -> bool {
        is_named(record, identity) && !self.seen.insert(print)
    }

    /// True for a record that was read before, whatever names it.
    pub fn known(&mut self, record: Node<'_>) -> bool {
        !self.seen.insert(record.fingerprint())
    }
}

fn is_named(record: Node<'_>, identity: &[&str]) -> bool {
    // A text may be a number, but need not be one.
    record.any(identity).is_some_and(|id| id.str().is_some_and(|s| !s.is_empty()) || id.i64().is_some())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one};

    fn twice(lines: &[&str]) -> (String, String) {
        let once = lines.join("\n");
        (once, lines.iter().flat_map(|line| [*line, *line]).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn a_record_that_is_repeated_under_its_id_is_told_once() {
        let droid = [
            r#"{"type":"session_start","id":"d1","title":"t","cwd":"/w"}"#,
            r#"{"type":"message","id":"1","timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":[{"type":"text","text":"Fix it"}]}}"#,
            r#"{"type":"message","id":"2","parentId":"1","timestamp":"2026-05-04T10:00:02Z","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Execute","input":{"command":"make"}}]}}"#,
            r#"{"type":"message","id":"3","parentId":"2","timestamp":"2026-05-04T10:00:03Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"done"}]}}"#,
        ];
        let qwen = [
            r#"{"uuid":"a","parentUuid":null,"sessionId":"q","timestamp":"2026-05-04T10:00:00Z","type":"user","message":{"role":"user","parts":[{"text":"Look"}]}}"#,
            r#"{"uuid":"b","parentUuid":"a","sessionId":"q","timestamp":"2026-05-04T10:00:01Z","type":"assistant","message":{"role":"model","parts":[{"functionCall":{"id":"c","name":"look","args":{}}}]}}"#,
            r#"{"uuid":"c","parentUuid":"b","sessionId":"q","timestamp":"2026-05-04T10:00:02Z","type":"tool_result","message":{"role":"user","parts":[{"functionResponse":{"id":"c","name":"look","response":{"output":"x"}}}]}}"#,
        ];
        let copilot = [
            r#"{"type":"session.start","data":{"sessionId":"s"},"id":"1","timestamp":"2026-05-04T10:00:00Z","parentId":null}"#,
            r#"{"type":"user.message","data":{"content":"Look"},"id":"2","timestamp":"2026-05-04T10:00:01Z","parentId":"1"}"#,
            r#"{"type":"assistant.message","data":{"content":"","toolRequests":[{"toolCallId":"c","name":"view","arguments":{}}]},"id":"3","timestamp":"2026-05-04T10:00:02Z","parentId":"2"}"#,
            r#"{"type":"tool.execution_complete","data":{"toolCallId":"c","success":true,"result":{"content":"x"}},"id":"4","timestamp":"2026-05-04T10:00:03Z","parentId":"3"}"#,
        ];
        let codex = [
            r#"{"timestamp":"2026-05-04T10:00:00.000Z","type":"session_meta","payload":{"id":"s","cwd":"/w"}}"#,
            r#"{"timestamp":"2026-05-04T10:00:01.001Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Look"}]}}"#,
            r#"{"timestamp":"2026-05-04T10:00:02.001Z","type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}}"#,
            r#"{"timestamp":"2026-05-04T10:00:03.001Z","type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"x"}}"#,
        ];
        let openhands = [
            r#"{"id":0,"timestamp":"2026-05-04T10:00:00","source":"user","message":"Look","action":"message","args":{"content":"Look"}}"#,
            r#"{"id":1,"timestamp":"2026-05-04T10:00:01","source":"agent","action":"run","args":{"command":"ls"},"tool_call_metadata":{"function_name":"execute_bash","tool_call_id":"c"}}"#,
            r#"{"id":2,"timestamp":"2026-05-04T10:00:02","source":"agent","cause":1,"observation":"run","content":"x","extras":{"metadata":{"exit_code":0}}}"#,
        ];
        for lines in [&droid[..], &qwen, &copilot, &codex, &openhands] {
            let (once, twice) = twice(lines);
            let (once, twice) = (one("s.jsonl", &once), one("s.jsonl", &twice));
            assert_eq!((kinds(&once).len(), twice.gaps.len()), (3, 0), "{:?}", kinds(&once));
            assert_eq!(kinds(&once), kinds(&twice));
        }
    }

    #[test]
    fn what_is_said_twice_is_told_twice() {
        let line = |id: u32| {
            format!(
                r#"{{"uuid":"{id}","parentUuid":null,"sessionId":"q","timestamp":"2026-05-04T10:00:00Z","type":"user","message":{{"role":"user","parts":[{{"text":"Yes"}}]}}}}"#
            )
        };
        assert_eq!(kinds(&one("s.jsonl", &[line(1), line(2)].join("\n"))), ["user", "user"]);
    }

    #[test]
    fn lines_in_another_order_are_no_way_back() {
        let line = |id: u32, before: u32, role: &str, part: &str| {
            let kind = if role == "model" { "assistant" } else { "user" };
            format!(
                r#"{{"uuid":"{id}","parentUuid":"{before}","sessionId":"q","timestamp":"2026-05-04T10:00:0{id}Z","type":"{kind}","message":{{"role":"{role}","parts":[{{"text":"{part}"}}]}}}}"#
            )
        };
        let lines =
            [line(1, 0, "user", "a"), line(3, 2, "user", "c"), line(2, 1, "model", "b"), line(4, 3, "model", "d")];
        assert_eq!(kinds(&all("s.jsonl", &lines.join("\n"))[0]), ["user", "assistant", "user", "assistant"]);
        let back = [line(1, 0, "user", "a"), line(2, 1, "model", "b"), line(3, 1, "model", "c")];
        assert_eq!(kinds(&all("s.jsonl", &back.join("\n"))[0]).len(), 4);
    }
}
