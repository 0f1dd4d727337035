//! What a format reader hands over: sightings of messages, model calls and tool runs, not yet joined.

use crate::account::{Account, kind_of};
use crate::assemble::run_of;
use crate::limits::Stop;
use crate::locator::{Bases, Loc};
use crate::model::{Event, Gap, KeyKind, ModelCall, Stamp, Text, ToolDef, Transport};
use crate::node::Node;

/// Everything that one document, or several together, say of one session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Conversation id, trace id, or a position.
    pub key: String,
    /// Which of these.
    pub key_kind: KeyKind,
    /// The sightings.
    pub items: Vec<Item>,
    /// The tools that the model was offered.
    pub tools: Vec<ToolDef>,
    /// What the reader saw to be missing.
    pub gaps: Vec<Gap>,
    /// The sub-agents: the name that their messages carry, and the ID of the call that started each.
    pub sub_agents: Vec<(String, Option<String>)>,
    /// Who the user is, as the record identifies them.
    pub users: Vec<Text>,
    /// Of which trace each item is, where traces with IDs of their own make up the session.
    runs: Vec<Run>,
}

/// A trace among those of a session; 0 where it is not known.
pub type Run = u64;

impl Session {
    /// An empty session.
    pub fn new(key: impl Into<String>, key_kind: KeyKind) -> Self {
        Session {
            key: key.into(),
            key_kind,
            // Files of very many sessions have one item in each; a list that grows by itself has room for four.
            items: Vec::with_capacity(1),
            tools: Vec::new(),
            gaps: Vec::new(),
            sub_agents: Vec::new(),
            users: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Keeps who the user is, as an ID or a name of the record says.
    pub fn user(&mut self, id: Option<Node<'_>>) {
        // IDs are texts or numbers.
        let id = id.filter(|id| id.is_str() || id.i64().is_some()).map(Node::json_text);
        let is_new =
            |id: &Text| !id.text.trim().is_empty() && self.users.last().is_none_or(|last| last.text != id.text);
        let new = id.filter(is_new);
        self.users.extend(new);
    }

    /// Says that the items since the last time are of this trace.
    pub fn of_trace(&mut self, trace: &str) {
        if self.key_kind == KeyKind::Conversation {
            self.runs.resize(self.items.len(), run_of(trace));
        }
    }

    /// Takes in what another record says of the session.
    pub fn join(&mut self, more: Session) {
        if !more.runs.is_empty() {
            self.runs.resize(self.items.len(), 0);
            self.runs.extend(more.runs);
        }
        self.items.extend(more.items);
        self.tools.extend(more.tools);
        self.gaps.extend(more.gaps);
        self.sub_agents.extend(more.sub_agents);
        self.users.extend(more.users);
    }

    /// The items in their order, each with its trace.
    pub fn take_items(&mut self) -> Vec<(Run, Item)> {
        let runs = std::mem::take(&mut self.runs).into_iter().chain(std::iter::repeat(0));
        runs.zip(std::mem::take(&mut self.items)).collect()
    }
}

/// One sighting.
#[derive(Debug, Clone)]
pub enum Item {
    /// A message in a transcript.
    Message(Msg),
    /// A conversation so far. Several records of one session may each repeat what the earlier ones held.
    Transcript(Transcript),
    /// A request to a model, with the whole history that it carried.
    Model(ModelRun),
    /// A request to a model of which only a part is recorded.
    Rest(Left, ModelRun),
    /// More of an answer whose request came before, by the answer's id.
    Answer(String, Msg),
    /// A tool at work.
    Tool(ToolRun),
    /// Anything else, as it is.
    Event(Event),
    /// What was seen inside of a tool at work, by the tool's span: the tool is an agent, or asks one.
    Within(String, Box<Item>),
}

impl Item {
    /// When it began, where recorded.
    pub fn start(&self) -> Option<i64> {
        self.began().map(|time| time.ns)
    }

    /// The same, with the quality of the time.
    pub fn began(&self) -> Option<Stamp> {
        match self {
            Item::Message(m) | Item::Answer(_, m) => m.time,
            Item::Transcript(t) => t.messages.first().and_then(|m| m.time),
            Item::Model(m) | Item::Rest(_, m) => m.call.start,
            Item::Tool(t) => t.start.or(t.end),
            Item::Event(e) => e.time,
            Item::Within(_, inner) => inner.began(),
        }
    }

    /// When it ended, where recorded.
    pub fn end(&self) -> Option<i64> {
        match self {
            Item::Transcript(t) => t.messages.iter().filter_map(|m| m.time).max_by_key(|t| t.ns),
            Item::Model(m) | Item::Rest(_, m) => m.call.end,
            Item::Tool(t) => t.end.or(t.start),
            Item::Within(_, inner) => return inner.end(),
            Item::Message(_) | Item::Answer(..) | Item::Event(_) => return self.start(),
        }
        .map(|s| s.ns)
    }

    /// The request to a model that it is, whole or not.
    pub fn model_run(&self) -> Option<&ModelRun> {
        match self {
            Item::Model(run) | Item::Rest(_, run) => Some(run),
            _ => None,
        }
    }

    /// The same, seen inside of a tool at work where there is one around it.
    pub fn within(self, span: Option<&String>) -> Item {
        match span {
            Some(span) => Item::Within(span.clone(), Box::new(self)),
            None => self,
        }
    }
}

/// Which part of what a model was told is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The newest messages; earlier ones are missing. The number of the first that is left, where they are numbered.
    End(Option<u32>),
    /// The oldest messages; later ones are missing.
    Beginning,
}

/// Who a message is from, as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MsgRole {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// A tool's answer.
    Tool,
    /// The program around the agent.
    Harness,
}

/// A message of any provider.
#[derive(Debug, Clone)]
pub struct Msg {
    /// Who it is from.
    pub role: MsgRole,
    /// What it holds.
    pub parts: Vec<Part>,
    /// When.
    pub time: Option<Stamp>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The name of the person whose words a message of the user is, where it has one.
    pub person: Option<Text>,
    /// True when the speech was cut off.
    pub interrupted: bool,
    /// True where the record itself says that the arguments of its calls are broken: they are what the model wrote.
    pub as_written: bool,
    /// Where it stands.
    pub loc: Loc,
    /// Messages with the same number, if it is not 0, are the same one, with all that is before them in their lists.
    pub known: u64,
}

impl Msg {
    /// A message without parts yet.
    pub fn new(role: MsgRole, loc: Loc) -> Self {
        // Most messages have one part: a list that grows by itself has room for four.
        Msg {
            role,
            parts: Vec::with_capacity(1),
            time: None,
            agent: None,
            person: None,
            interrupted: false,
            as_written: false,
            loc,
            known: 0,
        }
    }
}

/// A part of a message.
#[derive(Debug, Clone)]
pub enum Part {
    /// Words.
    Text(Text),
    /// The model's reasoning.
    Reasoning(Text),
    /// A call of a tool.
    Call(CallPart),
    /// A tool's answer.
    Result(ResultPart),
    /// The conversation was compacted here; what it was compacted to, where that is readable.
    Compacted(Option<Text>),
    /// Something that could not be read.
    Unread(Unread),
}

/// A part of a message that could not be read.
#[derive(Debug, Clone)]
pub struct Unread {
    /// Its kind, in the record's own word, or what it is instead of a part.
    pub kind: String,
    /// True for what is no words by nature, such as a picture; false for what should have been readable.
    pub attachment: bool,
    /// How many characters are left of a text that breaks off; 0 for anything else.
    pub length: u32,
    /// Where it stands.
    pub loc: Loc,
}

impl Unread {
    /// The kind of what a placeholder stands in the place of.
    pub const WITHHELD: &str = "withheld";

    /// The kind of the rest of words that were still being written when the record was.
    pub const UNFINISHED: &str = "unfinished";

    /// The kind of further answers to one request, of which nobody knows who got them.
    pub const CHOICES: &str = "further choices";

    /// True where the record is read as far as it goes, and what it lacks is told as a gap.
    fn is_told(&self) -> bool {
        self.attachment || [Self::WITHHELD, Self::UNFINISHED, Self::CHOICES].contains(&self.kind.as_str())
    }
}

/// A call of a tool.
#[derive(Debug, Clone)]
pub struct CallPart {
    /// Joins call and result.
    pub id: Option<String>,
    /// The tool.
    pub name: Text,
    /// JSON.
    pub arguments: Option<Text>,
}

/// A tool's answer.
#[derive(Debug, Clone)]
pub struct ResultPart {
    /// The call's id.
    pub id: Option<String>,
    /// The tool, where recorded.
    pub name: Option<String>,
    /// The call's arguments, where the answer repeats them.
    pub arguments: Option<String>,
    /// What it answered.
    pub content: Option<Text>,
    /// What became of it.
    pub transport: Transport,
    /// The error's text, apart from the content.
    pub error: Option<Text>,
    /// Where it stands.
    pub loc: Loc,
}

/// A conversation so far, without a record of the single model calls.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The messages.
    pub messages: Vec<Msg>,
    /// The model that wrote what the assistant says, where one is named for the whole.
    pub model: Option<String>,
}

/// A request to a model.
#[derive(Debug, Clone)]
pub struct ModelRun {
    /// Model, times, usage.
    pub call: ModelCall,
    /// The conversation that the model saw.
    pub input: Vec<Msg>,
    /// What it answered.
    pub output: Vec<Msg>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The provider's id of the answer, to know a second sighting by.
    pub response_id: Option<String>,
    /// The answer that this request goes on from, where the provider keeps what was said before and the request holds
    /// only what is new.
    pub previous: Option<String>,
}

/// A tool at work, as its own span.
#[derive(Debug, Clone)]
pub struct ToolRun {
    /// The call's id.
    pub id: Option<String>,
    /// The tool.
    pub name: Text,
    /// JSON.
    pub arguments: Option<Text>,
    /// What it answered.
    pub content: Option<Text>,
    /// What became of it.
    pub transport: Transport,
    /// The error's text.
    pub error: Option<Text>,
    /// Start.
    pub start: Option<Stamp>,
    /// End.
    pub end: Option<Stamp>,
    /// The agent's name.
    pub agent: Option<String>,
    /// This span and its parent, to know the same call at two levels by.
    pub span: Option<(String, Option<String>)>,
    /// Where it stands.
    pub loc: Loc,
}

/// What a reader writes into.
#[derive(Debug, Default)]
pub struct Output {
    /// The sessions found.
    pub sessions: Vec<Session>,
    /// The documents that places lie in.
    pub bases: Bases,
    /// What was there and could not be used, for people.
    pub lossy: Vec<String>,
    /// What was damaged, for people: no session of the file is whole then.
    pub dropped: Vec<String>,
    /// What became of every record. A record that is reported before its session is pushed counts for that session;
    /// where a reader pushes all sessions at the end, its records count for all of them.
    pub account: Account,
    /// Ends reading: what is found from then on is thrown away.
    pub stop: Stop,
    /// True if the documents are a part of larger files: what is decided by all sessions is decided elsewhere.
    pub is_part: bool,
}

/// What became of a record. A reader reports every record of its format once, whatever the record is: a line, an item of
/// a list of messages, a span.
impl Output {
    /// The records of a list, until the caller ends reading. Lists within a document end by themselves.
    pub fn until_stopped<T, I: IntoIterator<Item = T>>(&self, records: I) -> impl Iterator<Item = T> + use<T, I> {
        let stop = self.stop.clone();
        records.into_iter().take_while(move |_| !stop.is_set())
    }

    /// The record became part of a session.
    pub fn mapped(&mut self, record: Node<'_>) {
        self.account.mapped(record.loc(), &self.bases, self.sessions.len());
    }

    /// The record is this message: it became part of a session, unless something in it could not be read.
    pub fn message(&mut self, record: Node<'_>, msg: &Msg) {
        match msg.parts.iter().any(|p| matches!(p, Part::Unread(u) if !u.is_told())) {
            true => self.unread(record),
            false => self.mapped(record),
        }
    }

    /// The record is of a kind that the reader knows, and that tells nothing of the session: state, cost, snapshots.
    pub fn bookkeeping(&mut self, record: Node<'_>, kind: &str) {
        self.account.bookkeeping(record.loc(), kind, &self.bases, self.sessions.len());
    }

    /// The record is one that came before, word for word: it does not count again, and is not looked into.
    pub fn repeated(&mut self, record: Node<'_>) {
        self.account.repeated(record.loc());
    }

    /// The record was not understood. Many of these, or one that looks like a message or a call, make the file refused,
    /// or the session read with a gap.
    pub fn unknown(&mut self, record: Node<'_>) {
        self.account.unknown(record, &kind_of(record), &self.bases, self.sessions.len());
    }

    /// The record should have become a message or a call, and did not: it is damaged, or of a newer form.
    pub fn unread(&mut self, record: Node<'_>) {
        self.unread_as(record, &kind_of(record));
    }

    /// The same, for a record whose kind the reader knows better.
    pub fn unread_as(&mut self, record: Node<'_>, kind: &str) {
        self.account.lost(record.loc(), kind, &self.bases, self.sessions.len());
    }
}
