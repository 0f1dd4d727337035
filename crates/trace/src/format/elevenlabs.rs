//! ElevenLabs agents: the webhook `post_call_transcription`, and the conversation object of the API, after the types of
//! `GET /v1/convai/conversations/{id}`.

use super::voice::{self, Timed};
use super::{Document, Format, parts};
use crate::item::{Item, Msg, MsgRole, Output, Part, Session};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::{account, payload, time};

/// See the module's documentation.
pub struct ElevenLabs;

impl Format for ElevenLabs {
    fn name(&self) -> &'static str {
        "elevenlabs"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let data = data(root);
        let list = data.get("transcript").filter(|t| t.is_array());
        let named = data.get("conversation_id").is_some() && data.get("agent_id").is_some();
        match (root.has("type", "post_call_transcription"), named && list.is_some()) {
            (true, _) => 96,
            (false, true) => 92,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let data = data(doc.root);
            let named = parts::word(data, &["conversation_id"]);
            let (key, kind) = named.map_or((doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
            let mut session = Session::new(key, kind);
            let about = data.get("metadata");
            let started = about.and_then(|m| m.get("start_time_unix_secs")).and_then(time::any);
            let agent = parts::word(data, &["agent_name", "agent_id"]);
            let id = parts::word(data, &["agent_id"]);
            let mut entries = Vec::new();
            let mut empty = true;
            for node in data.get("transcript").into_iter().flat_map(Node::items) {
                empty = false;
                let at = node.get("time_in_call_secs").and_then(Node::f64).map(|s| time::relative(s, started));
                // After a transfer, another agent speaks.
                let own = node.get("agent_metadata").and_then(|about| parts::word(about, &["agent_name", "agent_id"]));
                let told = turn(node, own.as_deref().filter(|own| Some(*own) != id.as_deref()).or(agent.as_deref()));
                match told.iter().any(lost) {
                    true => out.unread(node),
                    false if told.is_empty() => out.bookkeeping(node, "a turn without words"),
                    false => out.mapped(node),
                }
                let items = told.into_iter().map(Item::Message).collect();
                entries.push(Timed { items, start: at, end: at });
            }
            voice::interpolate(&mut entries);
            voice::into_session(entries, &mut session);
            // A transcript under a name that is not known is there all the same.
            let strange =
                data.holders().filter(|(key, _)| !matches!(key.as_ref(), "transcript" | "analysis" | "metadata"));
            let strange = strange.map(|(_, member)| member).find(|member| empty && account::looks_spoken(*member));
            if let Some(member) = strange {
                out.unread_as(member, "a transcript under an unknown name");
            } else if empty {
                session.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: "the call's transcript is not in the file (the call may not have been connected)".to_owned(),
                    loc: Some(data.loc()),
                    event: None,
                });
            }
            out.bookkeeping(data, "data of the call");
            session
                .items
                .extend(about.and_then(|m| m.get("termination_reason")).and_then(|why| voice::failure(why, None)));
            // Why a call failed stands beside its transcript.
            let failed = about.and_then(|m| m.get("error")).filter(|e| !e.is_null());
            let reason = failed.map(|e| e.any(&["reason", "message"]).unwrap_or(e).json_text());
            session.items.extend(reason.filter(|t| !t.text.is_empty()).map(|text| {
                let kind = EventKind::Error { text };
                Item::Event(Event { kind, time: None, agent: None, model_call: None, loc: data.loc() })
            }));
            out.sessions.push(session);
        }
    }
}

fn data(root: Node<'_>) -> Node<'_> {
    root.get("data").filter(|d| d.is_object()).unwrap_or(root)
}

fn lost(msg: &Msg) -> bool {
    msg.parts.iter().any(|p| matches!(p, Part::Unread(u) if !u.attachment))
}

/// A turn: what was said, then the calls that were made, then their results.
fn turn(node: Node<'_>, agent: Option<&str>) -> Vec<Msg> {
    let role = match node.str_at("role").as_deref() {
        Some("user") => MsgRole::User,
        Some("agent") => MsgRole::Assistant,
        _ => return vec![payload::unread_message(node, MsgRole::Assistant)],
    };
    let mut all = Vec::new();
    let words = node.get("message").and_then(Node::text).filter(|t| !t.text.trim().is_empty());
    let calls: Vec<Part> = node.get("tool_calls").into_iter().flat_map(Node::items).map(call).collect();
    let results: Vec<Node<'_>> = node.get("tool_results").into_iter().flat_map(Node::items).collect();
    let nothing = words.is_none() && calls.is_empty() && results.is_empty();
    if nothing && (!node.entries().any(|(key, _)| key == "message") || node.get("message").is_some_and(|m| !m.is_str()))
    {
        return vec![payload::unread_message(node, role)];
    }
    if words.is_some() {
        let mut msg = parts::said(role, words.map(Part::Text).into_iter().collect(), None, node.loc());
        msg.agent = agent.filter(|_| role == MsgRole::Assistant).map(str::to_owned);
        msg.interrupted = node.get("interrupted").and_then(Node::bool) == Some(true);
        all.push(msg);
    }
    if !calls.is_empty() {
        let mut msg = parts::said(MsgRole::Assistant, calls, None, node.loc());
        msg.agent = agent.map(str::to_owned);
        all.push(msg);
    }
    for result in results {
        let failed = parts::failed(result.get("is_error").and_then(Node::bool));
        let content = result
            .any(&["result_value", "error_message", "raw_error_message", "result"])
            .and_then(payload::answer_text);
        let (id, name) = (parts::word(result, &["request_id"]), parts::word(result, &["tool_name"]));
        all.push(parts::result(id, name, content, failed, None, result.loc()));
    }
    all
}

fn call(node: Node<'_>) -> Part {
    let arguments = node.any(&["params_as_json", "params", "tool_details"]).map(Node::json_text);
    parts::call(node, parts::word(node, &["request_id"]), node.get("tool_name").and_then(Node::text), arguments)
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    const CALL: &str = r#"{"type":"post_call_transcription","event_timestamp":1777888900,"data":{"agent_id":"a","conversation_id":"c","status":"done","transcript":[
        {"role":"agent","message":"Hello","tool_calls":null,"tool_results":null,"time_in_call_secs":0,"interrupted":true},
        {"role":"user","message":"Refund me","time_in_call_secs":2},
        {"role":"agent","message":null,"tool_calls":[{"request_id":"r1","tool_name":"refund","params_as_json":"{\"n\":1}"}],"tool_results":[],"time_in_call_secs":4},
        {"role":"agent","message":null,"tool_calls":[],"tool_results":[{"request_id":"r1","tool_name":"refund","result_value":"no","is_error":true}],"time_in_call_secs":5},
        {"role":"agent","message":"Done","time_in_call_secs":6}],"metadata":{"start_time_unix_secs":1777888800,"termination_reason":"client disconnected"},"analysis":{"call_successful":"success","transcript_summary":"x"}}}"#;

    #[test]
    fn webhooks_and_conversations_tell_calls_with_their_outcome() {
        let inner = CALL.find(r#"{"agent_id""#).map(|at| &CALL[at..CALL.len() - 1]).expect("the conversation");
        for file in [CALL, inner] {
            let trace = one("call.json", file);
            assert_eq!(
                kinds(&trace),
                ["assistant (interrupted)", "user", "call refund -> 3", "result Error <- 2", "assistant"]
            );
            assert_eq!((texts(&trace), trace.key.as_str()), (vec!["Hello", "Refund me", "Done"], "c"));
            assert!(trace.events.iter().all(|e| e.time.is_some()) && trace.gaps.is_empty());
        }
    }

    #[test]
    fn a_transcript_under_another_name_is_not_missing() {
        for (known, other) in [("\"data\":", "\"body\":"), ("\"transcript\":", "\"turns\":")] {
            let evidence = crate::Evidence::new("call.json", CALL.replacen(known, other, 1).into_bytes());
            assert!(crate::read(&[evidence]).is_err(), "{other}");
        }
    }

    #[test]
    fn a_turn_of_another_role_is_a_gap() {
        let strange = CALL.replacen(r#""role":"user""#, r#""role":"narrator""#, 1);
        assert!(one("call.json", &strange).has_gap(&[GapKind::RecordsUnread]));
    }

    #[test]
    fn after_a_transfer_the_other_agent_speaks() {
        let moved = CALL.replacen(r#""message":"Done""#, r#""message":"Done","agent_metadata":{"agent_id":"b"}"#, 1);
        let trace = one("call.json", &moved);
        let named: Vec<_> = [0, 4].map(|at: usize| trace.events[at].agent.as_deref()).to_vec();
        assert_eq!(named, [Some("a"), Some("b")]);
    }

    #[test]
    fn why_a_call_failed_is_told() {
        let failed = CALL.replacen(
            r#""termination_reason""#,
            r#""error":{"code":7,"reason":"no model"},"termination_reason""#,
            1,
        );
        assert!(kinds(&one("call.json", &failed)).contains(&"error no model".to_owned()));
    }
}
