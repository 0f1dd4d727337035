//! A trace, prepared for questions: calls with their results, arguments parsed, tools known.

pub mod capture;
mod index;
pub(crate) mod memo;

use crate::grams::Texts;
use crate::kind::{self, Recognized};
use crate::maps::HashMap;
use crate::prose::{Prose, Unread, fields};
use crate::tools::builtin::{ToolRole, role_of};
use crate::tools::contract::{Contracts, Effect, Known, Tool};
use crate::tools::shells::Shells;
use hindcast_trace::json::{Doc, Value, parse_lenient};
use hindcast_trace::model::{Event, EventKind, GapKind, Role, Text, Transport};
use hindcast_trace::{Stop, Trace};
use index::Index;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// A trace with everything that detectors ask of it.
pub struct Session<'t> {
    /// The trace.
    pub trace: &'t Trace,
    /// The contracts given.
    pub contracts: &'t Contracts,
    /// What kind of session it is, and how that is known.
    pub kind: Recognized,
    /// The calls, in order.
    pub calls: Vec<Call<'t>>,
    /// What was said, in order.
    pub messages: Vec<Message<'t>>,
    stop: Stop,
    claims: OnceCell<Vec<crate::claims::Claim>>,
    statements: OnceCell<Vec<OnceCell<Vec<crate::claims::loose::Statement>>>>,
    prose: OnceCell<Vec<Prose<'t>>>,
    heard_texts: OnceCell<Vec<Unread<'t>>>,
    deeds: OnceCell<Vec<crate::claims::deeds::Deed<'t>>>,
    provenance: OnceCell<crate::origin::provenance::Provenance<'t>>,
    request: OnceCell<crate::dialogue::request::Request<'t>>,
    heard: OnceCell<Vec<crate::dialogue::request::Heard>>,
    numbers: OnceCell<Vec<(u32, f64)>>,
    first_lost: OnceCell<Option<Lost>>,
    first_unheard: OnceCell<Option<(u32, &'static str)>>,
    first_verbatim: OnceCell<Option<u32>>,
    first_told: OnceCell<HashMap<String, u32>>,
    missing_words: OnceCell<Option<(u32, &'t str)>>,
    first_unanswered: OnceCell<Option<usize>>,
    first_cut_off: OnceCell<Option<usize>>,
    last_correction: OnceCell<Option<u32>>,
    given: OnceCell<Vec<crate::dialogue::misnamed::Given<'t>>>,
    index: OnceCell<Index>,
    fitting: crate::claims::fitting::Fitting,
    answer_texts: OnceCell<Texts<&'t str>>,
    argument_texts: OnceCell<Texts<&'t str>>,
    user_texts: OnceCell<Texts<&'t str>>,
    stems_said: OnceCell<HashMap<String, u32>>,
    instructions: OnceCell<Vec<crate::dialogue::instructed::Instruction>>,
    admitting: OnceCell<Vec<u32>>,
    last_owning: OnceCell<Option<u32>>,
    pub(crate) entrusting: OnceCell<Vec<crate::detectors::Entrusting<'t>>>,
}

/// A call whose answer was not recorded.
#[derive(Debug, Clone, Copy)]
pub struct Lost {
    /// Its place in [`Session::calls`].
    pub call: usize,
    /// What stands in the answer's place; `None` where nothing does.
    pub capture: Option<capture::Capture>,
}

/// Something said.
#[derive(Debug, Clone, Copy)]
pub struct Message<'t> {
    /// Its event.
    pub event: u32,
    /// Who said it.
    pub role: Role,
    /// The words, in parts.
    pub texts: &'t [Text],
    /// True when the listener may not have heard all of it.
    pub interrupted: bool,
}

/// A tool's answer.
pub struct Answered<'t> {
    /// Its event.
    pub event: u32,
    /// What it said.
    pub content: Option<&'t Text>,
    /// What became of the call technically.
    pub transport: Transport,
    /// The error's text, where it stands apart.
    pub error: Option<&'t Text>,
    doc: OnceCell<Option<Doc<'t>>>,
    sentences: OnceCell<Vec<(&'t Text, Range<usize>)>>,
}

/// A call of a tool.
pub struct Call<'t> {
    /// Its event.
    pub event: u32,
    /// The tool's name.
    pub name: &'t Text,
    /// The arguments, as JSON text.
    pub arguments: Option<&'t Text>,
    /// The answer, if the trace has one.
    pub result: Option<Answered<'t>>,
    /// What the tool is described as, where its definition was recorded.
    pub described: Option<&'t Text>,
    /// What is known of the tool.
    pub known: Arc<Tool>,
    doc: OnceCell<Option<Doc<'t>>>,
    failure: OnceCell<Option<crate::outcome::failure::Failure>>,
    operation: OnceCell<crate::tools::operation::Operation>,
    about: OnceCell<std::collections::BTreeSet<String>>,
    item: OnceCell<Option<crate::dialogue::naming::Item>>,
    status: OnceCell<crate::outcome::status::Status>,
}

fn parse(text: &Text) -> Option<Doc<'_>> {
    let (doc, fault) = parse_lenient(text.text.as_bytes())?;
    fault.is_none().then_some(doc)
}

impl<'t> Call<'t> {
    /// The arguments, parsed; `None` where they are absent or no JSON.
    pub fn args(&self) -> Option<Value<'_>> {
        self.doc.get_or_init(|| parse(self.arguments?)).as_ref().map(Doc::root)
    }

    /// The failure that the answer tells of, if any.
    pub fn failure(&self) -> Option<&crate::outcome::failure::Failure> {
        self.failure.get_or_init(|| crate::outcome::failure::of(self)).as_ref()
    }

    /// What the call does; weighed once, kept for every detector.
    pub fn operation(&self) -> &crate::tools::operation::Operation {
        self.operation.get_or_init(|| crate::tools::operation::weigh(self))
    }

    /// The item of a list that the call is for; `session` is the call's. Found once, kept for every later call.
    pub(crate) fn item(&self, session: &Session<'_>) -> Option<&crate::dialogue::naming::Item> {
        self.item.get_or_init(|| crate::dialogue::naming::item(session, self)).as_ref()
    }

    /// What the call is about: the stems of the words of its name, arguments and result.
    pub fn about(&self) -> &std::collections::BTreeSet<String> {
        self.about.get_or_init(|| crate::values::subject::about(self))
    }

    /// How far the operation got, as its own result says; `session` is the call's. Found once, kept for every detector.
    pub fn status(&self, session: &Session<'_>) -> &crate::outcome::status::Status {
        self.status.get_or_init(|| crate::outcome::status::of(session, self))
    }

    /// What the tool is for, if it is one that coding agents bring with them.
    pub fn role(&self) -> Option<ToolRole> {
        self.known.role
    }

    /// What the tool is for, also where the session is none of a coding agent.
    pub(crate) fn named_role(&self) -> Option<ToolRole> {
        self.role().or_else(|| role_of(&self.name.text))
    }

    /// True when the tool changes something, as far as anybody knows.
    pub fn is_write(&self) -> bool {
        self.known.effect.0 == Effect::Write && !self.declined()
    }

    /// True when the user turned the call down: it never ran, and that is no failure.
    pub fn declined(&self) -> bool {
        self.result.as_ref().is_some_and(|r| r.transport == Transport::Declined)
    }
}

impl<'t> Answered<'t> {
    /// True when the user's decision stands in the answer's place: no tool said these words.
    pub fn by_user(&self) -> bool {
        matches!(self.transport, Transport::Declined | Transport::Answered)
    }

    /// The answer, parsed; `None` where it is absent or no JSON.
    pub fn json(&self) -> Option<Value<'_>> {
        self.doc.get_or_init(|| parse(self.content?)).as_ref().map(Doc::root)
    }

    /// True when the record of the answer was cut: by a mark, or in the middle of its JSON.
    pub fn cut_off(&self) -> bool {
        let Some(text) = self.content.map(|t| t.text.trim_end()) else { return false };
        let tail = text.get(text.len().saturating_sub(80)..).unwrap_or(text).to_ascii_lowercase();
        let marked = tail.contains("[truncated")
            || tail.contains("truncated]")
            || tail.contains("<truncated>")
            || tail.ends_with("...")
            || tail.ends_with('…');
        let open = text.starts_with(['{', '[']) && self.json().is_none();
        marked || (open && parse_lenient(text.as_bytes()).is_some_and(|(_, fault)| fault.is_some_and(|f| f.truncated)))
    }

    /// Everything that it said, content first.
    pub fn texts(&self) -> impl Iterator<Item = &'t Text> {
        self.content.into_iter().chain(self.error)
    }

    /// The fields of its texts in which a sentence may stand.
    pub(crate) fn sentences(&self) -> &[(&'t Text, Range<usize>)] {
        let of = |text: &'t Text| fields::sentences(&text.text).into_iter().map(move |field| (text, field));
        self.sentences.get_or_init(|| self.texts().flat_map(of).collect())
    }
}

impl<'t> Session<'t> {
    /// Prepares a trace; its kind is recognized.
    pub fn new(trace: &'t Trace, contracts: &'t Contracts) -> Self {
        Self::of_kind(trace, contracts, kind::recognize(trace))
    }

    /// Prepares a trace whose kind is known.
    pub fn of_kind(trace: &'t Trace, contracts: &'t Contracts, kind: Recognized) -> Self {
        let mut known: HashMap<&str, _> = HashMap::default();
        let coding = kind.kind == kind::SessionKind::Coding;
        let shells = Shells::of(trace);
        let described: HashMap<&str, &'t Text> =
            trace.tools.iter().filter_map(|t| Some((t.name.text.as_str(), t.description.as_ref()?))).collect();
        let mut calls = Vec::new();
        let mut messages = Vec::new();
        for (i, event) in trace.events.iter().enumerate() {
            match &event.kind {
                // What the harness says is no part of the talk; that it was seen, the rooms that look for sources know.
                EventKind::Message { role: Role::Harness, .. } => {}
                EventKind::Message { role, texts, interrupted } => {
                    messages.push(Message { event: i as u32, role: *role, texts, interrupted: *interrupted });
                }
                EventKind::ToolCall { name, arguments, result, .. } => {
                    let known = known
                        .entry(name.text.as_str())
                        .or_insert_with(|| shells.known(contracts, &name.text, coding))
                        .clone();
                    let result = result.and_then(|r| answered(trace, r));
                    let arguments = arguments.as_ref();
                    calls.push(Call {
                        event: i as u32,
                        name,
                        arguments,
                        result,
                        described: described.get(name.text.as_str()).copied(),
                        known,
                        doc: OnceCell::new(),
                        failure: OnceCell::new(),
                        operation: OnceCell::new(),
                        about: OnceCell::new(),
                        item: OnceCell::new(),
                        status: OnceCell::new(),
                    });
                }
                _ => {}
            }
        }
        let (claims, statements, prose, deeds) = (OnceCell::new(), OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (provenance, request, heard) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (first_lost, numbers, heard_texts) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Session {
            trace,
            contracts,
            kind,
            calls,
            messages,
            stop: Stop::default(),
            claims,
            statements,
            prose,
            heard_texts,
            deeds,
            provenance,
            request,
            heard,
            numbers,
            first_lost,
            first_unheard: OnceCell::new(),
            first_verbatim: OnceCell::new(),
            first_told: OnceCell::new(),
            missing_words: OnceCell::new(),
            first_unanswered: OnceCell::new(),
            first_cut_off: OnceCell::new(),
            last_correction: OnceCell::new(),
            given: OnceCell::new(),
            index: OnceCell::new(),
            fitting: crate::claims::fitting::Fitting::default(),
            answer_texts: OnceCell::new(),
            argument_texts: OnceCell::new(),
            user_texts: OnceCell::new(),
            stems_said: OnceCell::new(),
            instructions: OnceCell::new(),
            admitting: OnceCell::new(),
            last_owning: OnceCell::new(),
            entrusting: OnceCell::new(),
        }
    }

    /// The same, until the caller ends it: what is found from then on is not all, and is thrown away.
    pub fn until(self, stop: &Stop) -> Self {
        Session { stop: stop.clone(), ..self }
    }

    /// True once the caller ended it.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_set()
    }

    /// What a loop over the session goes through, until the caller ends the work.
    pub(crate) fn until_stopped<I: IntoIterator>(&self, all: I) -> impl Iterator<Item = I::Item> {
        all.into_iter().take_while(|_| !self.is_stopped())
    }

    /// What is known of a tool in this kind of session.
    pub fn known(&self, tool: &str) -> Known {
        match self.kind.kind {
            kind::SessionKind::Coding => self.contracts.known_in_coding(tool),
            _ => self.contracts.known(tool),
        }
    }

    /// The event with this number.
    pub fn event(&self, index: u32) -> &'t Event {
        &self.trace.events[index as usize]
    }

    /// What the agent said, in order.
    pub fn said(&self) -> impl Iterator<Item = &Message<'t>> {
        self.until_stopped(self.messages.iter().filter(|m| m.role == Role::Assistant))
    }

    /// The call at this event.
    pub fn call_at(&self, event: u32) -> Option<&Call<'t>> {
        self.calls.binary_search_by_key(&event, |c| c.event).ok().map(|i| &self.calls[i])
    }

    /// The calls after an event and before another.
    pub(crate) fn calls_between(&self, after: u32, before: u32) -> &[Call<'t>] {
        let start = self.calls.partition_point(|c| c.event <= after);
        let end = self.calls.partition_point(|c| c.event < before);
        self.calls.get(start..end).unwrap_or_default()
    }

    /// The messages after an event.
    pub(crate) fn messages_after(&self, event: u32) -> &[Message<'t>] {
        &self.messages[self.messages.partition_point(|m| m.event <= event)..]
    }

    /// The calls before an event.
    pub(crate) fn calls_before(&self, event: u32) -> &[Call<'t>] {
        &self.calls[..self.calls.partition_point(|c| c.event < event)]
    }

    /// The call whose result is at this event.
    pub(crate) fn call_answered_at(&self, event: u32) -> Option<&Call<'t>> {
        self.calls.get(self.index().answered_at(event)?)
    }

    /// The calls whose results are after one event and before another, in the order of the calls.
    pub(crate) fn answered_between(&self, after: u32, before: u32) -> impl Iterator<Item = &Call<'t>> {
        self.index().answered_between(after, before).into_iter().filter_map(|i| self.calls.get(i))
    }

    /// The event of the user's last message before an event.
    pub(crate) fn last_user(&self, before: u32) -> Option<u32> {
        self.index().last_user(before)
    }

    /// True if the user has a message after one event and before another.
    pub(crate) fn user_spoke_between(&self, after: u32, before: u32) -> bool {
        self.last_user(before).is_some_and(|event| event > after)
    }

    /// The deeds that fit some families, and the claims that fit a deed.
    pub(crate) fn fitting(&self) -> &crate::claims::fitting::Fitting {
        &self.fitting
    }

    /// The contents of the tools' answers, each with the event of its call, in order.
    pub(crate) fn answer_texts(&self) -> &Texts<&'t str> {
        let content = |c: &Call<'t>| Some((c.event, c.result.as_ref()?.content?.text.as_str()));
        self.answer_texts.get_or_init(|| self.calls.iter().filter_map(content).collect())
    }

    /// The arguments of the calls, in order.
    pub(crate) fn argument_texts(&self) -> &Texts<&'t str> {
        let arguments = |c: &Call<'t>| Some((c.event, c.arguments?.text.as_str()));
        self.argument_texts.get_or_init(|| self.calls.iter().filter_map(arguments).collect())
    }

    /// The user's texts, in order.
    pub(crate) fn user_texts(&self) -> &Texts<&'t str> {
        let users = || self.messages.iter().filter(|m| m.role == Role::User);
        let texts = || users().flat_map(|m| m.texts.iter().map(|t| (m.event, t.text.as_str()))).collect();
        self.user_texts.get_or_init(texts)
    }

    /// The stems of the user's words, each with the event at which it was said first.
    pub(crate) fn stems_said(&self) -> &HashMap<String, u32> {
        self.stems_said.get_or_init(|| {
            let mut said = HashMap::default();
            for message in self.messages.iter().filter(|m| m.role == Role::User) {
                for stem in message.texts.iter().flat_map(|t| crate::values::subject::stems(&t.text)) {
                    said.entry(stem).or_insert(message.event);
                }
            }
            said
        })
    }

    /// The sentences of the operator's instructions, in order; read once, kept for every detector.
    pub(crate) fn instructions(&self) -> &[crate::dialogue::instructed::Instruction] {
        self.instructions.get_or_init(|| crate::dialogue::instructed::of(self))
    }

    /// The events at which the agent owns up to something, in order; found once, kept for every failure.
    pub(crate) fn admitting(&self) -> &[u32] {
        self.admitting.get_or_init(|| crate::claims::owning::admitting(self))
    }

    /// The last event at which the agent owns up, asks the user or tries again; found once, kept for every failure.
    pub(crate) fn last_owning(&self) -> Option<u32> {
        *self.last_owning.get_or_init(|| crate::claims::owning::last(self))
    }

    /// The texts of what the agent said after an event.
    pub(crate) fn prose_after(&self, event: u32) -> &[Prose<'t>] {
        let prose = self.prose();
        &prose[prose.partition_point(|p| p.event <= event)..]
    }

    /// The texts of what the agent said at an event.
    pub(crate) fn prose_at(&self, event: u32) -> &[Prose<'t>] {
        let from = self.prose_after_or_at(event);
        &from[..from.partition_point(|p| p.event <= event)]
    }

    fn prose_after_or_at(&self, event: u32) -> &[Prose<'t>] {
        let prose = self.prose();
        &prose[prose.partition_point(|p| p.event < event)..]
    }

    /// The place of the deed that a call is, in the list of deeds.
    pub(crate) fn deed_at(&self, event: u32) -> Option<usize> {
        self.deeds().binary_search_by_key(&event, |d| d.event).ok()
    }

    /// The claims of the message at an event.
    pub(crate) fn claims_at(&self, event: u32) -> &[crate::claims::Claim] {
        let claims = self.claims();
        let start = claims.partition_point(|c| c.event < event);
        let end = claims.partition_point(|c| c.event <= event);
        &claims[start..end]
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.calls, &self.messages))
    }

    /// What the agent claims to have done; found once, kept for every detector.
    pub fn claims(&self) -> &[crate::claims::Claim] {
        self.claims.get_or_init(|| crate::claims::find(self))
    }

    /// What one of the texts of [`Session::prose`] tells as done, in whatever words; found once, kept for every detector.
    pub fn statements(&self, prose: usize) -> &[crate::claims::loose::Statement] {
        let all = self.statements.get_or_init(|| self.prose().iter().map(|_| OnceCell::new()).collect());
        let find = || crate::claims::loose::statements(&self.prose()[prose], self.claims());
        all.get(prose).map_or(&[], |found| found.get_or_init(find))
    }

    /// What the agent said, in order, cut into sentences; done once, kept for every detector.
    pub fn prose(&self) -> &[Prose<'t>] {
        let cut = || self.said().flat_map(|m| m.texts.iter().map(|t| Prose::new(m.event, m.role, t))).collect();
        self.prose.get_or_init(cut)
    }

    /// What the user said, in order; each text is cut into sentences when somebody asks for them, which is seldom.
    pub fn heard_texts(&self) -> &[Unread<'t>] {
        let user = || self.messages.iter().filter(|m| m.role == Role::User);
        let texts = || user().flat_map(|m| m.texts.iter().map(|t| Unread::new(m.event, m.role, t))).collect();
        self.heard_texts.get_or_init(texts)
    }

    /// The calls that changed, or may have changed, something.
    pub fn deeds(&self) -> &[crate::claims::deeds::Deed<'t>] {
        self.deeds.get_or_init(|| crate::claims::deeds::of(self))
    }

    /// Where the values in calls come from; found once, kept for every detector.
    pub fn provenance(&self) -> &crate::origin::provenance::Provenance<'t> {
        self.provenance.get_or_init(|| crate::origin::provenance::Provenance::of(self))
    }

    /// Which of the user's texts can be read, in order; found once, kept for every detector.
    pub fn heard(&self) -> &[crate::dialogue::request::Heard] {
        self.heard.get_or_init(|| crate::dialogue::request::heard(self))
    }

    /// The first of the user's words that cannot be read, and why; found once, kept for every call.
    pub(crate) fn first_unheard(&self) -> Option<(u32, &'static str)> {
        *self.first_unheard.get_or_init(|| crate::dialogue::request::first_unheard(self))
    }

    /// The event at which the user first asks for the words of a text; found once, kept for every order.
    pub(crate) fn first_verbatim(&self) -> Option<u32> {
        *self.first_verbatim.get_or_init(|| crate::detectors::first_verbatim(self))
    }

    /// The values of tools' answers, in lower case, each with the first call that was answered with it; read once.
    pub(crate) fn first_told(&self) -> &HashMap<String, u32> {
        self.first_told.get_or_init(|| crate::dialogue::restoring::first_told(self))
    }

    /// The last event at which the agent takes back what it said; found once, kept for every finding.
    pub(crate) fn last_correction(&self) -> Option<u32> {
        *self.last_correction.get_or_init(|| crate::detectors::last_correction(self))
    }

    /// The user's texts with the IDs in them, in order; read once, kept for every call.
    pub(crate) fn given(&self) -> &[crate::dialogue::misnamed::Given<'t>] {
        self.given.get_or_init(|| crate::dialogue::misnamed::given(self))
    }

    /// Every number that user and agent say, with its event, in order; read once, kept for every call.
    pub fn numbers(&self) -> &[(u32, f64)] {
        self.numbers.get_or_init(|| crate::dialogue::agreement::spoken(self))
    }

    /// What the user asked for; read once, kept for every detector.
    pub fn request(&self) -> &crate::dialogue::request::Request<'t> {
        self.request.get_or_init(|| crate::dialogue::request::Request::of(self))
    }

    /// The first call whose answer was not recorded; found once, kept for every detector.
    pub fn first_lost(&self) -> Option<Lost> {
        let seen = |c: &Call<'_>| c.result.as_ref().and_then(|r| r.texts().next()).map(|t| capture::of(&t.text));
        let lost = || {
            let all = self.calls.iter().map(seen).enumerate();
            all.map(|(call, capture)| Lost { call, capture }).find(|l| l.capture != Some(capture::Capture::Whole))
        };
        *self.first_lost.get_or_init(lost)
    }

    /// Why something that was said before an event may be missing from the record, if so.
    pub(crate) fn words_are_missing(&self, before: u32) -> Option<&'t str> {
        let said = |event: u32| {
            matches!(self.trace.events.get(event as usize).map(|e| &e.kind), Some(EventKind::Message { .. }))
        };
        let find = || {
            let gaps = self.trace.gaps.iter().filter(|g| g.kind != GapKind::ResultMissing);
            // One that has no place may be anywhere.
            let first = gaps.filter(|g| g.event.is_none_or(said)).map(|g| g.event.map_or(0, |e| e.saturating_add(1)));
            first.min().zip(self.absence_is_unsafe())
        };
        self.missing_words.get_or_init(find).filter(|(from, _)| *from <= before).map(|(_, why)| why)
    }

    /// The first call without an answer; found once, kept for every finding.
    pub(crate) fn first_unanswered(&self) -> Option<&Call<'t>> {
        let find = || self.calls.iter().position(|c| c.result.is_none());
        self.calls.get((*self.first_unanswered.get_or_init(find))?)
    }

    /// The first call whose answer was cut; found once, kept for every finding.
    pub(crate) fn first_cut_off(&self) -> Option<&Call<'t>> {
        let find = || self.calls.iter().position(|c| c.result.as_ref().is_some_and(Answered::cut_off));
        self.calls.get((*self.first_cut_off.get_or_init(find))?)
    }

    /// True when part of the record is missing, so that "never happened" cannot be said.
    pub fn absence_is_unsafe(&self) -> Option<&'t str> {
        const KINDS: [GapKind; 6] = [
            GapKind::RecordsUnread,
            // What an unread text says is not looked at: it may be the very words, consent or value that a finding misses.
            GapKind::TextsUnread,
            GapKind::ContentNotCaptured,
            GapKind::ContentTruncated,
            GapKind::InputDropped,
            GapKind::HistoryMissing,
        ];
        self.trace.gaps.iter().find(|g| KINDS.contains(&g.kind)).map(|g| g.what.as_str())
    }
}

fn answered(trace: &Trace, index: u32) -> Option<Answered<'_>> {
    match &trace.events.get(index as usize)?.kind {
        EventKind::ToolResult { content, transport, error, .. } => Some(Answered {
            event: index,
            content: content.as_ref(),
            transport: *transport,
            error: error.as_ref(),
            doc: OnceCell::new(),
            sentences: OnceCell::new(),
        }),
        _ => None,
    }
}
