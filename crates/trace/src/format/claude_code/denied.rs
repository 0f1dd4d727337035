//! Calls that the program refused. The end of a run lists them; not every stream holds them elsewhere too.

use super::super::parts;
use crate::hash::HashSet;
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, Session};
use crate::model::Transport;
use crate::node::Node;

/// Tells those calls that the session does not hold yet.
pub fn tell(line: Node<'_>, session: &mut Session, out: &mut Output) {
    let Some(list) = line.get("permission_denials").filter(|list| list.items().next().is_some()) else { return };
    let made: HashSet<String> = session.items.iter().flat_map(calls).collect();
    for denial in list.items() {
        let id = denial.str_at("tool_use_id").map(|id| id.into_owned());
        let Some(name) = denial.get("tool_name").and_then(Node::text) else { continue };
        if id.as_ref().is_some_and(|id| made.contains(id)) {
            continue;
        }
        out.mapped(denial);
        let arguments = denial.get("tool_input").map(Node::json_text);
        let call = Part::Call(CallPart { id: id.clone(), name, arguments });
        session.items.push(Item::Message(parts::said(MsgRole::Assistant, vec![call], None, denial.loc())));
        let refused = parts::result(id, None, None, Transport::Declined, None, denial.loc());
        session.items.push(Item::Message(refused));
    }
}

/// The IDs of the calls of an item.
fn calls(item: &Item) -> Vec<String> {
    let messages: &[Msg] = match item {
        Item::Message(msg) | Item::Answer(_, msg) => std::slice::from_ref(msg),
        Item::Model(run) => &run.output,
        _ => &[],
    };
    let parts = messages.iter().flat_map(|msg| &msg.parts);
    parts.filter_map(|part| if let Part::Call(call) = part { call.id.clone() } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};

    #[test]
    fn a_refused_call_that_only_the_end_lists_is_told() {
        let call = r#"{"type":"assistant","message":{"id":"m1","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t1","name":"Read","input":{}}]},"session_id":"s1"}"#;
        let end = r#"{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"","session_id":"s1","permission_denials":[{"tool_name":"Read","tool_use_id":"t1","tool_input":{}},{"tool_name":"Write","tool_use_id":"t2","tool_input":{"file_path":"/etc/hosts"}}]}"#;
        let trace = one("s.jsonl", &[call, end].join("\n"));
        assert_eq!(kinds(&trace), ["call Read -> none", "call Write -> 2", "result Declined <- 1"]);
    }

    #[test]
    fn an_answer_that_grew_under_its_own_id_is_told_as_it_ended() {
        let line = |content: &str| {
            format!(
                r#"{{"type":"assistant","uuid":"u2","parentUuid":"u1","sessionId":"s1","timestamp":"2026-05-04T10:00:02Z","message":{{"id":"m1","role":"assistant","model":"m","content":[{content}]}}}}"#
            )
        };
        let user = r#"{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s1","timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":"Go"}}"#;
        let (first, second) = (
            line(r#"{"type":"text","text":"On"}"#),
            line(r#"{"type":"text","text":"On it"},{"type":"tool_use","id":"t1","name":"Bash","input":{}}"#),
        );
        let trace = one("s.jsonl", &[user, &first, &second, &second].join("\n"));
        assert_eq!(kinds(&trace), ["user", "assistant", "call Bash -> none"]);
    }
}
