//! Retell: webhooks of a call, the call object of its API, and lists of calls (`list-calls`, a page's `items` from version 3 on).

use super::voice::{self, Timed};
use super::{Document, Format};
use crate::hash::HashMap;
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Retell;

/// Where the conversation stands, best first: what was scrubbed of personal data is what people may read.
const LISTS: [&str; 3] = ["scrubbed_transcript_with_tool_calls", "transcript_with_tool_calls", "transcript_object"];

impl Format for Retell {
    fn name(&self) -> &'static str {
        "retell"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        // Some of a page's calls may not have been connected.
        page(root).map(|list| list.items().take(5).map(score).max().unwrap_or(0)).unwrap_or_else(|| score(root))
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut calls: Vec<Node<'_>> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        let mut doubled = 0;
        for root in
            docs.iter().flat_map(|doc| page(doc.root).map_or_else(|| vec![doc.root], |list| list.items().collect()))
        {
            let call = call(root);
            if score(root) == 0 {
                out.unknown(root);
                continue;
            }
            let id = call.str_at("call_id").unwrap_or_default().into_owned();
            match place.get(&id) {
                Some(&at) => {
                    out.bookkeeping(call, "a further webhook of a call");
                    doubled += 1;
                    if rank(call) > rank(calls[at]) {
                        calls[at] = call;
                    }
                }
                None => {
                    place.insert(id, calls.len());
                    calls.push(call);
                }
            }
        }
        for call in calls {
            let mut session =
                Session::new(call.str_at("call_id").unwrap_or_default().into_owned(), KeyKind::Conversation);
            read(call, &mut session, out);
            let ended = call.get("end_timestamp").and_then(time::any);
            session.items.extend(call.get("disconnection_reason").and_then(|why| voice::failure(why, ended)));
            out.sessions.push(session);
        }
        if doubled > 0 {
            out.lossy
                .push(format!("{doubled} other webhooks describe a call that one webhook contains in full; left out"));
        }
    }
}

/// The calls of a page.
fn page(root: Node<'_>) -> Option<Node<'_>> {
    root.any(&["items", "calls", "data"]).filter(|list| list.is_array() && root.get("call_id").is_none())
}

fn score(root: Node<'_>) -> u32 {
    let call = call(root);
    if call.get("call_id").is_none() {
        return 0;
    }
    let told = LISTS.iter().any(|k| call.get(k).is_some());
    let named = call.any(&["transcript", "call_analysis", "call_status"]).is_some();
    match (told, named, call.get("agent_id").is_some()) {
        (true, _, _) => 97,
        (false, true, true) => 85,
        _ => 0,
    }
}

fn call(root: Node<'_>) -> Node<'_> {
    root.get("call").filter(|c| c.is_object()).unwrap_or(root)
}

fn filled<'d>(call: Node<'d>, key: &str) -> Option<Node<'d>> {
    call.get(key).filter(|l| l.items().next().is_some())
}

/// The better of two webhooks of a call has the better list, then the longer one.
fn rank(call: Node<'_>) -> (usize, usize) {
    let best = LISTS.iter().enumerate().find_map(|(i, k)| Some((LISTS.len() - i, filled(call, k)?)));
    best.map_or((0, 0), |(level, list)| (level, list.items().count()))
}

fn read(call: Node<'_>, session: &mut Session, out: &mut Output) {
    let agent = call.any(&["agent_name", "agent_id"]).and_then(|n| n.str().map(|s| s.into_owned()));
    let started = call.get("start_timestamp").and_then(time::any);
    let mut gap = |what: &str| {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: what.to_owned(),
            loc: Some(call.loc()),
            event: None,
        });
    };
    let Some((list, at)) = LISTS.iter().enumerate().find_map(|(i, k)| Some((filled(call, k)?, i))) else {
        let turns = call.get("transcript").and_then(Node::text).map(|t| payload::turns(&t)).unwrap_or_default();
        gap(if turns.is_empty() {
            "the call's transcript is not in the file (the call may not have been connected, or data storage was off)"
        } else {
            "only the plain transcript is available: tool calls and times are missing"
        });
        turns.iter().for_each(|_| out.mapped(call));
        session.items.extend(turns.into_iter().map(Item::Message));
        return;
    };
    if LISTS[at] == "transcript_object" {
        gap("the transcript in the file has no tool calls; the call object from the API has them");
    }
    let mut entries = Vec::new();
    let mut transfers: HashMap<String, Text> = HashMap::default();
    let mut moves = 0;
    let mut unread = 0;
    for node in list.items() {
        let (start, end) = times(node, started);
        let mut items = Vec::new();
        match node.str_at("role").unwrap_or_default().as_ref() {
            role @ ("agent" | "user" | "transfer_target" | "injected") => items.push(speech(node, role, &agent)),
            "dtmf" => items.extend(node.any(&["digit", "digits", "content"]).map(|d| pressed(d, node))),
            "tool_call_invocation" => {
                if let (Some(id), Some(to)) = (node.str_at("tool_call_id"), transfer(node, out)) {
                    transfers.insert(id.into_owned(), to);
                }
                items.push(invocation(node, &agent));
            }
            "tool_call_result" => {
                items.push(result(node));
                let to = node.str_at("tool_call_id").and_then(|id| transfers.remove(id.as_ref()));
                items
                    .extend(to.filter(|_| node.get("successful").and_then(Node::bool) != Some(false)).map(|to| {
                        voice::event(EventKind::Handoff { from: agent.clone(), to }, None, None, node.loc())
                    }));
            }
            "node_transition" => {
                out.bookkeeping(node, "node_transition");
                moves += 1;
            }
            _ => {
                out.unknown(node);
                unread += 1;
                items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
                entries.push(Timed { items, start, end });
                continue;
            }
        }
        if let Some(first) = items.first() {
            match first {
                Item::Message(msg) => out.message(node, msg),
                _ => out.mapped(node),
            }
            entries.push(Timed { items, start, end });
        } else if !node.has("role", "node_transition") {
            out.unread(node);
        }
    }
    voice::interpolate(&mut entries);
    voice::into_session(entries, session);
    if moves > 0 {
        out.lossy.push(format!("{moves} transitions between nodes of the conversation flow were left out"));
    }
    if unread > 0 {
        out.lossy.push(format!("{unread} entries of the transcript are of unknown kinds; left out"));
    }
}

/// Words have seconds of audio; tools have them in newer records, and nothing in older ones.
fn times(node: Node<'_>, started: Option<Stamp>) -> (Option<Stamp>, Option<Stamp>) {
    let seconds = |word: Option<Node<'_>>, key: &str| {
        let seconds = word?.get(key)?.f64().filter(|s| s.is_finite())?;
        Some(time::relative(seconds, started))
    };
    if node.get("words").is_none() {
        let at = seconds(Some(node), "time_sec");
        return (at, at);
    }
    let words = || node.get("words").into_iter().flat_map(Node::items);
    (seconds(words().next(), "start"), seconds(words().last(), "end"))
}

fn speech(node: Node<'_>, role: &str, agent: &Option<String>) -> Item {
    let from = match role {
        "agent" => MsgRole::Assistant,
        // Put into the conversation by the program around it.
        "injected" => MsgRole::System,
        // Whoever the call was passed on to is a person, and neither the caller nor the agent.
        "transfer_target" => MsgRole::Harness,
        _ => MsgRole::User,
    };
    let mut msg = Msg::new(from, node.loc());
    msg.agent = match role {
        "agent" => agent.clone(),
        "transfer_target" => Some("transfer target".to_owned()),
        _ => None,
    };
    msg.interrupted = node.get("metadata").and_then(|m| m.get("interrupted")).and_then(Node::bool) == Some(true);
    msg.parts.push(match node.get("content") {
        Some(content) => content.text().map_or_else(|| payload::unread(content), Part::Text),
        // Words that stand under another name are there, and not read.
        None => payload::unread(node),
    });
    Item::Message(msg)
}

fn pressed(digit: Node<'_>, node: Node<'_>) -> Item {
    let mut msg = Msg::new(MsgRole::User, node.loc());
    msg.parts.push(Part::Text(digit.json_text()));
    Item::Message(msg)
}

fn invocation(node: Node<'_>, agent: &Option<String>) -> Item {
    let mut msg = Msg::new(MsgRole::Assistant, node.loc());
    msg.agent = agent.clone();
    msg.parts.push(match node.get("name").and_then(Node::text) {
        Some(name) => Part::Call(CallPart {
            id: node.str_at("tool_call_id").map(|s| s.into_owned()),
            name,
            arguments: node.get("arguments").map(Node::json_text),
        }),
        None => payload::unread(node),
    });
    Item::Message(msg)
}

fn result(node: Node<'_>) -> Item {
    let mut msg = Msg::new(MsgRole::Tool, node.loc());
    msg.parts.push(Part::Result(ResultPart {
        id: node.str_at("tool_call_id").map(|s| s.into_owned()),
        name: node.str_at("name").map(|s| s.into_owned()),
        arguments: None,
        content: node.get("content").map(Node::json_text),
        transport: match node.get("successful").and_then(Node::bool) {
            Some(true) => Transport::Ok,
            Some(false) => Transport::Error,
            None => Transport::Unknown,
        },
        error: None,
        loc: node.loc(),
    }));
    Item::Message(msg)
}

/// Where a tool passes the call on to, if that is what it does.
fn transfer(node: Node<'_>, out: &mut Output) -> Option<Text> {
    const TRANSFERS: [&str; 4] = ["transfer_call", "agent_swap", "agent_transfer", "bridge_transfer"];
    let named = |key: &str| node.str_at(key).is_some_and(|s| TRANSFERS.contains(&s.as_ref()));
    if !named("type") && !named("name") {
        return None;
    }
    let to = node.get("arguments").and_then(|a| voice::destination(a, &mut out.bases));
    to.or_else(|| node.get("name")?.text())
}

#[cfg(test)]
mod tests {
    use crate::model::{GapKind, TimeQuality, Transport};
    use crate::test_support::{kinds, one, texts, transports};
    use crate::{Evidence, read};

    const ENTRIES: &str = r#"[
{"role":"agent","content":"Hello","words":[{"word":"Hello","start":1.0,"end":2.0}]},
{"role":"tool_call_invocation","tool_call_id":"t1","name":"lookup","arguments":"{}"},
{"role":"tool_call_result","tool_call_id":"t1","content":"found"},
{"role":"tool_call_invocation","tool_call_id":"t2","name":"book","arguments":"{}"},
{"role":"tool_call_result","tool_call_id":"t2","content":"full","successful":false},
{"role":"user","content":"Thanks","words":[{"word":"Thanks","start":12.0,"end":12.5}]},
{"role":"dtmf","digit":"3"},
{"role":"node_transition","former_node_id":"a","new_node_id":"b"},
{"role":"tool_call_invocation","tool_call_id":"t3","name":"to_human","type":"transfer_call","arguments":"{\"number\":\"+1555\"}"},
{"role":"tool_call_result","tool_call_id":"t3","content":"ok","successful":true},
{"role":"transfer_target","content":"Desk, hello","words":[{"word":"Desk","start":20.0,"end":21.0}]}]"#;

    fn webhook(event: &str, list: &str) -> String {
        format!(
            r#"{{"event":"{event}","call":{{"call_id":"c1","agent_id":"agent_1","start_timestamp":1700000000000,"{list}":{ENTRIES}}}}}"#
        )
    }

    #[test]
    fn tools_get_estimated_times_between_their_neighbours() {
        let trace = one("r.json", &webhook("call_ended", "transcript_with_tool_calls"));
        assert_eq!(
            kinds(&trace),
            [
                "assistant",
                "call lookup -> 2",
                "result Unknown <- 1",
                "call book -> 4",
                "result Error <- 3",
                "user",
                "user",
                "call to_human -> 8",
                "result Ok <- 7",
                "handoff agent_1 -> +1555",
                // A person whom the call was passed on to is not the caller.
                "harness"
            ]
        );
        let time = |i: usize| trace.events[i].time.map(|t| ((t.ns - 1_700_000_000_000_000_000) / 1_000_000, t.quality));
        assert_eq!(time(0), Some((1000, TimeQuality::Relative)));
        assert_eq!(time(1), Some((4000, TimeQuality::Estimated)));
        assert_eq!(time(4), Some((10000, TimeQuality::Estimated)));
        assert_eq!(time(5), Some((12000, TimeQuality::Relative)));
        assert_eq!(trace.events.last().and_then(|e| e.agent.as_deref()), Some("transfer target"));
        assert_eq!(transports(&trace), [Transport::Unknown, Transport::Error, Transport::Ok]);
    }

    #[test]
    fn two_webhooks_are_one_session_and_the_scrubbed_text_wins() {
        let scrubbed = webhook("call_analyzed", "scrubbed_transcript_with_tool_calls")
            .replace("Thanks\",\"words", "[NAME]\",\"words");
        let files = [webhook("call_ended", "transcript_with_tool_calls"), scrubbed];
        let evidence: Vec<_> = files.iter().map(|f| Evidence::new("h.json", f.clone().into_bytes())).collect();
        let found = read(&evidence).expect("readable");
        assert_eq!(found.sessions.len(), 1);
        assert_eq!(texts(&found.sessions[0]), ["Hello", "[NAME]", "3", "Desk, hello"]);
    }

    #[test]
    fn newer_records_have_times_of_tools_and_a_failed_call_says_why() {
        let text = r#"{"call_id":"c","agent_id":"a","start_timestamp":1700000000000,"end_timestamp":1700000009000,"disconnection_reason":"error_llm_websocket_open","transcript_with_tool_calls":[{"role":"injected","content":"Note","time_sec":0.5},{"role":"tool_call_invocation","tool_call_id":"t","name":"x","arguments":"{}","time_sec":3.5},{"role":"tool_call_result","tool_call_id":"t","content":"y","successful":true,"time_sec":4.0}]}"#;
        let trace = one("r.json", text);
        assert_eq!(kinds(&trace), ["system", "call x -> 2", "result Ok <- 1", "error error_llm_websocket_open"]);
        assert_eq!(
            trace.events[1].time.map(|t| (t.ns, t.quality)),
            Some((1_700_000_003_500_000_000, TimeQuality::Relative))
        );
    }

    #[test]
    fn what_leaves_tools_out_says_so() {
        let trace = one(
            "r.json",
            r#"{"call_id":"c","agent_id":"a","transcript_object":[{"role":"user","content":"Hi","words":[]}]}"#,
        );
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
        assert_eq!(texts(&trace), ["Hi"]);
        let plain = one("r.json", r#"{"call_id":"c","agent_id":"a","transcript":"Agent: Hi\nUser: Bye\n"}"#);
        assert_eq!(kinds(&plain), ["assistant", "user"]);
    }
}
