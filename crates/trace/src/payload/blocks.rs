//! What somebody said as a bare list of a message's parts, without a message around it: words with a picture, as clients hand it
//! to an agent.

use super::part;
use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::node::Node;

/// Objects around a list, such as `{"question": [...]}`.
const DEPTH: usize = 4;

const NAMES: [&str; 10] =
    ["input", "question", "query", "message", "prompt", "user_input", "output", "answer", "response", "content"];

/// What somebody said, where a value is a list of a message's parts and nothing else, by itself, as JSON in a string, or as the
/// only member of an object.
pub fn blocks(node: Node<'_>, role: MsgRole, bases: &mut Bases) -> Option<Msg> {
    match node.nested() {
        Some(nested) if nested.cut => None,
        Some(nested) => within(nested.root(bases), role),
        None => within(node, role),
    }
}

fn within(node: Node<'_>, role: MsgRole) -> Option<Msg> {
    let mut root = node;
    for _ in 0..DEPTH {
        let mut members = root.entries().map(|(_, member)| member).filter(|member| !super::is_nothing(*member));
        match (members.next(), members.next()) {
            (Some(only), None) => root = only,
            _ => break,
        }
    }
    // Beside other members, what was said has one of a few names.
    let root = root.any(&NAMES).filter(|member| member.is_array()).unwrap_or(root);
    let mut msg = Msg::new(role, root.loc());
    msg.parts = parts(root)?;
    Some(msg)
}

/// The parts in a list of parts; `None` for a list with anything else in it, or without words.
pub fn parts(list: Node<'_>) -> Option<Vec<Part>> {
    if !list.is_array() || !list.items().all(is_part) {
        return None;
    }
    let mut found = Vec::new();
    part::parts(list, &mut found);
    found.iter().any(|part| matches!(part, Part::Text(_))).then_some(found)
}

/// True for a part of a message: what it is of is known, and a part without a type has but one member, as Bedrock writes it.
fn is_part(item: Node<'_>) -> bool {
    let typed = !part::kind(item).is_empty();
    let bare = typed || item.entries().count() == 1;
    let known = || part::one(item).is_none_or(|part| !matches!(part, Part::Unread(unread) if !unread.attachment));
    item.is_object() && item.get("role").is_none() && bare && known()
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn lists() -> [Value; 3] {
        let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}});
        [
            json!([{"type": "text", "text": "Is this mold?"}, picture]),
            json!([{"type": "input_text", "text": "Is this mold?"}, {"type": "input_image", "image_url": "https://example.com/a.png"}]),
            json!([{"text": "Is this mold?"}, {"image": {"format": "png", "source": {"bytes": "AAAA"}}}]),
        ]
    }

    #[test]
    fn an_outermost_step_may_be_given_parts_of_a_message() {
        for list in lists() {
            let langsmith = |inputs: Value| json!([{"id": "r1", "trace_id": "r1", "parent_run_id": null, "run_type": "chain", "name": "inspector", "start_time": "2026-03-02T08:00:00", "end_time": "2026-03-02T08:00:02", "inputs": inputs, "outputs": {"output": "It is dust."}}]);
            let phoenix = json!([{"id": "U", "context": {"trace_id": "65", "span_id": "9"}, "parent_id": null, "start_time": "2026-03-02T08:00:00Z", "end_time": "2026-03-02T08:00:02Z", "status_code": "OK", "status_message": "", "events": [], "name": "inspector", "span_kind": "AGENT", "attributes": {"openinference.span.kind": "AGENT", "input.value": list.to_string(), "output.value": "It is dust."}}]);
            let opik = json!({"traces": [{"id": "t", "name": "inspector", "project_name": "p", "start_time": "2026-03-02T08:00:00Z", "end_time": "2026-03-02T08:00:02Z", "input": {"question": list}, "output": {"answer": "It is dust."}}], "spans": []});
            let langfuse = json!({"data": [{"id": "t", "timestamp": "2026-03-02T08:00:00Z", "name": "inspector", "input": list, "output": "It is dust.", "metadata": {}, "observations": ["o1"], "scores": [], "htmlPath": "/x"}]});
            for file in [
                langsmith(json!({"question": list})),
                langsmith(json!({"input": list, "k": 3})),
                phoenix,
                opik,
                langfuse,
            ] {
                let trace = one("r.json", &file.to_string());
                assert_eq!(texts(&trace), ["Is this mold?", "It is dust."], "{file}");
                assert_eq!(kinds(&trace)[0], "user");
                assert!(trace.gaps.iter().any(|gap| gap.what.contains("which is not text")), "{file} {:?}", trace.gaps);
            }
        }
    }

    #[test]
    fn a_message_event_may_hold_parts_without_types() {
        let event = |name: &str, key: &str, value: Value| json!({"name": name, "timestamp": "2026-03-02T08:00:00Z", "attributes": {key: value.to_string()}});
        let events = [
            event("gen_ai.user.message", "content", lists()[2].clone()),
            event("gen_ai.choice", "message", json!([{"text": "It is dust."}])),
        ];
        let span = json!({"name": "chat", "context": {"trace_id": "0x19c7", "span_id": "0xc3", "trace_state": "[]"}, "kind": "SpanKind.INTERNAL", "parent_id": null, "start_time": "2026-03-02T08:00:00Z", "end_time": "2026-03-02T08:00:02Z", "status": {"status_code": "OK"}, "attributes": {"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents"}, "events": events, "links": [], "resource": {"attributes": {}, "schema_url": ""}});
        let trace = one("s.jsonl", &format!("{span}\n"));
        assert_eq!(texts(&trace), ["Is this mold?", "It is dust."]);
        assert!(trace.gaps.iter().any(|gap| gap.what.contains("which is not text")), "{:?}", trace.gaps);
    }
}
