//! Vapi: the end-of-call report and other webhooks, and the call object of its API.

mod entries;

use super::{Document, Format, voice};
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Session};
use crate::model::{Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Vapi;

impl Format for Vapi {
    fn name(&self) -> &'static str {
        "vapi"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if let Some(message) = root.get("message").filter(|m| m.is_object()) {
            let kind = message.str_at("type").unwrap_or_default();
            let webhook = matches!(
                kind.as_ref(),
                "end-of-call-report" | "conversation-update" | "status-update" | "tool-calls" | "hang"
            );
            return if webhook && message.any(&["call", "artifact"]).is_some() { 97 } else { 0 };
        }
        if root.has("type", "end-of-call-report") {
            return 96;
        }
        let call =
            root.any(&["assistantId", "squadId", "phoneCallProvider", "phoneCallTransport", "endedReason"]).is_some();
        if call && root.any(&["artifact", "messages", "transcript"]).is_some() { 90 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        // Several webhooks tell of one call; the one with most of it counts.
        let mut calls: Vec<(Report<'_>, String, KeyKind)> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        let mut doubled = 0;
        let mut asked: Vec<(usize, Node<'_>)> = Vec::new();
        for doc in out.until_stopped(docs) {
            let report = Report::of(doc.root);
            let id = report.id().filter(|id| !id.is_empty());
            let (key, kind) =
                id.map_or_else(|| (doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
            match place.get(&key).copied().filter(|_| kind == KeyKind::Conversation) {
                Some(at) => {
                    out.bookkeeping(doc.root, "a further webhook of a call");
                    doubled += 1;
                    let other = if report.size() > calls[at].0.size() { &calls[at].0 } else { &report };
                    asked.extend(other.tool_calls().map(|list| (at, list)));
                    if report.size() > calls[at].0.size() {
                        calls[at].0 = report;
                    }
                }
                None => {
                    place.insert(key.clone(), calls.len());
                    calls.push((report, key, kind));
                }
            }
        }
        for (at, (report, key, kind)) in calls.into_iter().enumerate() {
            let mut session = Session::new(key, kind);
            report.read(&mut session, out);
            // A report of the whole call has its tool calls; what was said so far may not.
            let beside = asked.iter().find(|(of, _)| *of == at && !report.has_calls());
            if let Some((_, list)) = beside {
                let what = "tool calls that webhooks of their own tell are not read: fetch the end-of-call report or the call object";
                let (what, loc) = (what.to_owned(), Some(list.loc()));
                session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None });
            }
            out.sessions.push(session);
        }
        if doubled > 0 {
            out.lossy
                .push(format!("{doubled} other webhooks describe a call that one webhook tells more of; left out"));
        }
    }
}

/// What tells of one call.
struct Report<'d> {
    message: Node<'d>,
    call: Node<'d>,
}

impl<'d> Report<'d> {
    fn of(root: Node<'d>) -> Self {
        let message = root.get("message").filter(|m| m.is_object()).unwrap_or(root);
        Report { message, call: message.get("call").unwrap_or(message) }
    }

    fn id(&self) -> Option<String> {
        self.call.get("id").or_else(|| self.message.get("callId")).and_then(|n| n.str().map(|s| s.into_owned()))
    }

    /// The conversation, from the first place that has one: the report itself, the artifact, the call.
    fn messages(&self) -> Option<Node<'d>> {
        let holders = [Some(self.message), self.message.get("artifact"), Some(self.call), self.call.get("artifact")];
        let lists = |key: &'static str| holders.into_iter().flatten().filter_map(move |h| h.get(key));
        let filled = |list: &Node<'_>| list.items().next().is_some();
        ["messages", "messagesOpenAIFormatted", "conversation"].into_iter().find_map(|key| lists(key).find(filled))
    }

    fn transcript(&self) -> Option<Node<'d>> {
        let holders = [Some(self.message), self.message.get("artifact"), Some(self.call), self.call.get("artifact")];
        holders.into_iter().flatten().find_map(|h| h.get("transcript").filter(|t| t.is_str()))
    }

    /// Tool calls that the webhook asks the server to make.
    fn tool_calls(&self) -> Option<Node<'d>> {
        self.message.any(&["toolCallList", "toolCalls"]).filter(|list| list.items().next().is_some())
    }

    /// True where the messages have tool calls among them.
    fn has_calls(&self) -> bool {
        let calls = |entry: Node<'_>| entry.any(&["tool_calls", "toolCalls", "tool_call_id"]).is_some();
        self.messages().into_iter().flat_map(Node::items).any(calls)
    }

    fn size(&self) -> usize {
        self.messages().map_or(0, |m| m.items().count())
    }

    /// The assistants of the call, in order: of a squad, or the only one.
    fn assistants(&self) -> Vec<Node<'d>> {
        let holders = [self.call, self.message];
        let members = |h: Node<'d>| h.get("squad").and_then(|s| s.get("members")).into_iter().flat_map(Node::items);
        let of_squads: Vec<_> = holders.into_iter().flat_map(members).filter_map(|m| m.get("assistant")).collect();
        if !of_squads.is_empty() {
            return of_squads;
        }
        holders.into_iter().find_map(|h| h.get("assistant")).into_iter().collect()
    }

    fn read(&self, session: &mut Session, out: &mut Output) {
        let assistants = self.assistants();
        for model in assistants.iter().filter_map(|a| a.get("model")) {
            for list in [model.get("tools"), model.get("functions")].into_iter().flatten() {
                session.tools.extend(payload::tools(list, &mut out.bases));
            }
        }
        let first = assistants.first().and_then(|a| a.str_at("name")).map(|s| s.into_owned());
        let started = self.message.get("startedAt").or_else(|| self.call.get("startedAt")).and_then(crate::time::any);
        if let Some(list) = self.messages() {
            entries::read(list, first, started, session, out);
        } else if let Some(turns) =
            self.transcript().and_then(Node::text).map(|t| payload::turns(&t)).filter(|t| !t.is_empty())
        {
            turns.iter().for_each(|_| out.mapped(self.message));
            session.items.extend(turns.into_iter().map(|msg| Item::Message(of_agent(msg, &first))));
            self.missing(
                session,
                GapKind::ContentNotCaptured,
                "only the plain transcript is available: tool calls and times are missing",
            );
        } else {
            self.missing(
                session,
                GapKind::ContentNotCaptured,
                "the call's messages are not in the file; fetch the end-of-call report or the call object",
            );
        }
        let ended = self.message.get("endedAt").or_else(|| self.call.get("endedAt")).and_then(crate::time::any);
        let why = self.message.get("endedReason").or_else(|| self.call.get("endedReason"));
        session.items.extend(why.and_then(|why| voice::failure(why, ended)));
    }

    fn missing(&self, session: &mut Session, kind: GapKind, what: &str) {
        session.gaps.push(Gap { kind, what: what.to_owned(), loc: Some(self.message.loc()), event: None });
    }
}

fn of_agent(mut msg: Msg, agent: &Option<String>) -> Msg {
    msg.agent = agent.clone().filter(|_| msg.role == MsgRole::Assistant);
    msg
}

#[cfg(test)]
mod tests;
