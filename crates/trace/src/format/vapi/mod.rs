//! Vapi: the end-of-call report and other webhooks, and the call object of its API.

mod entries;

use super::{Document, Format, voice};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Msg, MsgRole, Output, Part, Session};
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
        for doc in out.until_stopped(docs) {
            let report = Report::of(doc.root);
            let id = report.id().filter(|id| !id.is_empty());
            let (key, kind) =
                id.map_or_else(|| (doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
            match place.get(&key).copied().filter(|_| kind == KeyKind::Conversation) {
                Some(at) => {
                    out.bookkeeping(doc.root, "a further webhook of a call");
                    doubled += usize::from(report.size() > 0);
                    let known = &mut calls[at].0;
                    if report.size() > known.size() {
                        let made = std::mem::take(&mut known.made);
                        *known = Report { made: made.into_iter().chain(report.made).collect(), ..report };
                    } else {
                        known.made.extend(report.made);
                    }
                }
                None => {
                    place.insert(key.clone(), calls.len());
                    calls.push((report, key, kind));
                }
            }
        }
        for (report, key, kind) in calls {
            let mut session = Session::new(key, kind);
            report.read(&mut session, out);
            out.sessions.push(session);
        }
        if doubled > 0 {
            out.lossy
                .push(format!("{doubled} other webhooks describe a call that one webhook contains in full; left out"));
        }
    }
}

/// What tells of one call.
struct Report<'d> {
    message: Node<'d>,
    call: Node<'d>,
    /// The calls of tools that webhooks ask for.
    made: Vec<Node<'d>>,
}

impl<'d> Report<'d> {
    fn of(root: Node<'d>) -> Self {
        let message = root.get("message").filter(|m| m.is_object()).unwrap_or(root);
        let made = message.get("toolCallList").filter(|_| message.has("type", "tool-calls"));
        let made = made.into_iter().flat_map(Node::items).collect();
        Report { message, call: message.get("call").unwrap_or(message), made }
    }

    fn id(&self) -> Option<String> {
        self.call.get("id").or_else(|| self.message.get("callId")).and_then(|n| n.str().map(|s| s.into_owned()))
    }

    /// The conversation, from the first place that has one: the report itself, the artifact, the call.
    fn messages(&self) -> Option<Node<'d>> {
        let holders = [Some(self.message), self.message.get("artifact"), Some(self.call), self.call.get("artifact")];
        let lists = |key: &'static str| holders.into_iter().flatten().filter_map(move |h| h.get(key));
        let filled = |list: &Node<'_>| list.items().next().is_some();
        // Webhooks during a call have the conversation so far.
        let other = || lists("messagesOpenAIFormatted").chain(lists("conversation")).find(filled);
        lists("messages").find(filled).or_else(other)
    }

    fn transcript(&self) -> Option<Node<'d>> {
        let holders = [Some(self.message), self.message.get("artifact"), Some(self.call), self.call.get("artifact")];
        holders.into_iter().flatten().find_map(|h| h.get("transcript").filter(|t| t.is_str()))
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
            entries::read(list, first.clone(), started, session, out);
            // A chat in writing keeps its answer apart from what came before it.
            if let Some(answer) = self.message.get("output").filter(|output| output.is_array()) {
                entries::read(answer, first, started, session, out);
            }
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
        self.calls(session);
        let ended = self.message.get("endedAt").or_else(|| self.call.get("endedAt")).and_then(crate::time::any);
        let why = self.message.get("endedReason").or_else(|| self.call.get("endedReason"));
        session.items.extend(why.and_then(|why| voice::failure(why, ended)));
    }

    /// The calls that webhooks ask for, and that the conversation does not hold.
    fn calls(&self, session: &mut Session) {
        let mut known: HashSet<String> = HashSet::default();
        for item in &session.items {
            let Item::Message(msg) = item else { continue };
            known
                .extend(msg.parts.iter().filter_map(|p| if let Part::Call(call) = p { call.id.clone() } else { None }));
        }
        for node in &self.made {
            let part = payload::call(*node);
            if matches!(&part, Part::Call(call) if call.id.as_ref().is_some_and(|id| !known.insert(id.clone()))) {
                continue;
            }
            let mut msg = Msg::new(MsgRole::Assistant, node.loc());
            msg.parts.push(part);
            session.items.push(Item::Message(msg));
        }
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
