//! Transcripts of the Bot Framework and of Copilot Studio: a list of activities, or `{"activities": […]}`.
//!
//! After the Bot Framework's schema of activities and the documentation of Copilot Studio's transcripts. The second writes
//! roles as numbers, and what its agents plan as activities of type `trace` or `event` with a `valueType`.

use super::{Document, Format, lists, parts};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session, ToolRun, Unread};
use crate::locator::Loc;
use crate::model::{Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct BotFramework;

impl Format for BotFramework {
    fn name(&self) -> &'static str {
        "bot-framework"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = root.get("activities").is_some_and(|list| list.items().take(20).any(is_activity));
        if listed || is_activity(root) { 85 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        lists::conversations(docs, |root| root.get("activities"), read, out);
    }
}

const TYPES: [&str; 16] = [
    "message",
    "event",
    "trace",
    "typing",
    "conversationUpdate",
    "endOfConversation",
    "contactRelationUpdate",
    "deleteUserData",
    "handoff",
    "installationUpdate",
    "invoke",
    "invokeResponse",
    "messageReaction",
    "messageUpdate",
    "messageDelete",
    "suggestion",
];

fn is_activity(node: Node<'_>) -> bool {
    let known = node.str_at("type").is_some_and(|kind| TYPES.contains(&kind.as_ref()));
    let from = node.get("from").is_some_and(|from| from.any(&["id", "role"]).is_some());
    known && from && node.any(&["timestamp", "channelId", "conversation", "localTimestamp"]).is_some()
}

/// A step of an agent's plan, which calls a tool.
#[derive(Default)]
struct Step {
    name: Option<Text>,
    arguments: Option<Text>,
    start: Option<Stamp>,
    loc: Option<Loc>,
}

fn read(mut session: Session, activities: &[Node<'_>], out: &mut Output) {
    let mut steps: HashMap<String, Step> = HashMap::default();
    for &node in activities {
        let at = node.any(&["timestamp", "localTimestamp"]).and_then(time::any);
        if let Some(id) = node.get("conversation").and_then(|c| parts::word(c, &["id"])) {
            (session.key, session.key_kind) = (id, crate::model::KeyKind::Conversation);
        }
        match node.str_at("type").as_deref() {
            Some("message") => {
                let role = role(node);
                let mut told = Vec::new();
                told.extend(node.get("text").and_then(Node::text).filter(|t| !t.text.is_empty()).map(Part::Text));
                if told.is_empty() {
                    told.extend(node.get("speak").and_then(Node::text).filter(|t| !t.text.is_empty()).map(Part::Text));
                }
                let cards = node.get("attachments").into_iter().flat_map(Node::items).take(payload::UNREAD);
                told.extend(cards.map(|card| {
                    Part::Unread(Unread {
                        kind: "card or file".to_owned(),
                        attachment: true,
                        length: 0,
                        loc: card.loc(),
                    })
                }));
                match role {
                    // What a button sent stands in `value` alone.
                    Some(role) if told.is_empty() && node.any(&["text", "value"]).is_some() => {
                        told.extend(node.get("value").map(|value| Part::Text(value.json_text())));
                        let msg = parts::said(role, told, at, node.loc());
                        out.message(node, &msg);
                        session.items.extend(Some(Item::Message(msg)).filter(|_| node.get("value").is_some()));
                    }
                    Some(role) if !told.is_empty() => {
                        let mut msg = parts::said(role, told, at, node.loc());
                        msg.agent = node
                            .get("from")
                            .and_then(|from| parts::word(from, &["name"]))
                            .filter(|_| role == MsgRole::Assistant);
                        out.message(node, &msg);
                        session.items.push(Item::Message(msg));
                    }
                    _ => {
                        out.unread(node);
                        session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
                    }
                }
            }
            Some("trace" | "event") => match plan(node, at, &mut steps) {
                Planned::Ran(run) => {
                    out.mapped(node);
                    session.items.push(Item::Tool(*run));
                }
                Planned::Begun => out.mapped(node),
                Planned::Nothing => {
                    out.bookkeeping(node, &parts::word(node, &["valueType", "name"]).unwrap_or_default())
                }
            },
            Some(kind) if TYPES.contains(&kind) => out.bookkeeping(node, kind),
            _ => {
                out.unknown(node);
            }
        }
    }
    // Steps that did not come to an end.
    let mut open: Vec<Step> = steps.into_values().filter(|step| step.name.is_some()).collect();
    // Where each line of a file is a document of its own, places within it are alike.
    open.sort_by_key(|step| step.loc.map(|loc| (loc.base, loc.at)));
    session.items.extend(open.into_iter().filter_map(|step| step.ran(None, Transport::Missing, None)).map(Item::Tool));
    out.sessions.push(session);
}

impl Step {
    fn ran(self, content: Option<Text>, transport: Transport, end: Option<Stamp>) -> Option<ToolRun> {
        Some(ToolRun {
            id: None,
            name: self.name?,
            arguments: self.arguments,
            content,
            transport,
            error: None,
            start: self.start,
            end,
            agent: None,
            span: None,
            loc: self.loc?,
        })
    }
}

/// Who an activity is from; Copilot Studio writes 0 for the agent and 1 for the user.
fn role(node: Node<'_>) -> Option<MsgRole> {
    let role = node.get("from")?.get("role")?;
    match (role.str().map(|word| word.to_ascii_lowercase()).as_deref(), role.i64()) {
        (Some("user"), _) | (_, Some(1)) => Some(MsgRole::User),
        (Some("bot" | "skill" | "agent"), _) | (_, Some(0)) => Some(MsgRole::Assistant),
        _ => None,
    }
}

enum Planned {
    /// A step ended: its call and what came of it.
    Ran(Box<ToolRun>),
    /// A step began, or got its arguments.
    Begun,
    Nothing,
}

/// Reads what an agent of Copilot Studio planned.
fn plan(node: Node<'_>, at: Option<Stamp>, steps: &mut HashMap<String, Step>) -> Planned {
    let kind = parts::word(node, &["valueType", "name"]).unwrap_or_default();
    let Some((value, id)) = node.get("value").and_then(|v| Some((v, parts::word(v, &["stepId"])?))) else {
        return Planned::Nothing;
    };
    let name = value.get("taskDialogId").and_then(Node::text);
    match kind.as_str() {
        "DynamicPlanStepTriggered" | "DynamicPlanStepBindUpdate" => {
            let step = steps.entry(id).or_default();
            step.name = step.name.take().or(name);
            step.arguments = value.get("arguments").map(Node::json_text).or(step.arguments.take());
            step.start = step.start.or(at);
            step.loc = step.loc.or(Some(node.loc()));
            Planned::Begun
        }
        "DynamicPlanStepFinished" => {
            let mut step = steps.remove(&id).unwrap_or_default();
            step.name = step.name.or(name);
            step.loc = step.loc.or(Some(node.loc()));
            let transport = match value.str_at("state").as_deref() {
                Some("completed") => Transport::Ok,
                Some("failed") => Transport::Error,
                _ => Transport::Unknown,
            };
            let content = value.any(&["observation", "result"]).map(Node::json_text);
            step.ran(content, transport, at).map_or(Planned::Nothing, |run| Planned::Ran(Box::new(run)))
        }
        _ => Planned::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn activity(i: usize, kind: &str, role: Value, more: &Value) -> Value {
        let mut node = json!({"type": kind, "id": i.to_string(), "timestamp": format!("2026-01-01T00:00:{i:02}Z"), "from": {"id": "x", "role": role}});
        for (key, value) in more.as_object().into_iter().flatten() {
            node[key] = value.clone();
        }
        node
    }

    #[test]
    fn messages_and_the_steps_of_plans_are_told_in_both_forms() {
        let step = |kind: &str, more: Value| {
            let mut value = json!({"stepId": "p1", "taskDialogId": "shop.pay"});
            for (key, inner) in more.as_object().into_iter().flatten() {
                value[key] = inner.clone();
            }
            json!({"valueType": kind, "value": value})
        };
        for (user, bot) in [(json!("user"), json!("bot")), (json!(1), json!(0))] {
            let activities = [
                activity(1, "conversationUpdate", user.clone(), &json!({})),
                activity(2, "message", user.clone(), &json!({"text": "Pay"})),
                activity(3, "event", bot.clone(), &step("DynamicPlanStepTriggered", json!({}))),
                activity(4, "event", bot.clone(), &step("DynamicPlanStepBindUpdate", json!({"arguments": {"n": 1}}))),
                activity(
                    5,
                    "event",
                    bot.clone(),
                    &step(
                        "DynamicPlanStepFinished",
                        json!({"observation": {"status": "pending"}, "state": "completed"}),
                    ),
                ),
                activity(
                    6,
                    "message",
                    bot.clone(),
                    &json!({"text": "It is pending", "attachments": [{"contentType": "card"}]}),
                ),
            ];
            let lines: String = activities.iter().map(|a| format!("{a}\n")).collect();
            for file in [lines, json!(activities).to_string(), json!({"activities": activities}).to_string()] {
                let trace = one("t.json", &file);
                assert_eq!(kinds(&trace), ["user", "call shop.pay -> 2", "result Ok <- 1", "assistant"], "{file}");
                assert_eq!((texts(&trace), trace.format), (vec!["Pay", "It is pending"], "bot-framework"));
                assert!(trace.has_gap(&[GapKind::NotRead]) && trace.gaps.len() == 1);
            }
        }
    }

    #[test]
    fn steps_without_an_end_are_told_in_their_order_in_the_file() {
        let step = |i: usize| {
            let value = json!({"stepId": format!("p{i}"), "taskDialogId": format!("tool{i}")});
            activity(10 + i, "event", json!("bot"), &json!({"valueType": "DynamicPlanStepTriggered", "value": value}))
        };
        let steps: Vec<Value> = (0..9).map(step).collect();
        let lines: String = steps.iter().map(|a| format!("{a}\n")).collect();
        for file in [lines, json!(steps).to_string()] {
            let told: Vec<String> = (0..9).map(|i| format!("call tool{i} -> none")).collect();
            assert_eq!(kinds(&one("t.json", &file)), told, "{file}");
        }
    }
}
