//! The timeline as steps between lifelines: what both diagrams are drawn from.

use hindcast_retro::draft::{Actor, Draft, TimelineEntry};
use hindcast_retro::statement::Verdict;
use std::collections::HashMap;

/// Steps drawn at most; a session that long is read in the timeline, not in a picture.
const MOST: usize = 120;

/// Who has a lifeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    User,
    Agent,
    Guard,
    Tool,
}

impl Kind {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Agent => "agent",
            Kind::Guard => "guard",
            Kind::Tool => "tool",
        }
    }
}

/// A lifeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub kind: Kind,
    pub name: String,
}

/// What a step looks like. Lanes are indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Somebody says or calls something.
    Arrow { from: usize, to: usize, back: bool },
    /// Something at one lifeline.
    At(usize),
    /// A stretch of events that is told in one line.
    Fold(u32),
    /// People and systems outside the trace.
    Outside { learned: bool },
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub shape: Shape,
    /// The quoted words, or what happened where that tells more.
    pub label: String,
    /// The quote's id.
    pub quote_id: Option<String>,
    pub event: Option<u32>,
    /// Numbers of the findings that stand here and that nobody rejected.
    pub findings: Vec<usize>,
}

/// Lifelines and steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    pub lanes: Vec<Lane>,
    pub steps: Vec<Step>,
    /// Lines of the timeline that are not drawn.
    pub left_out: usize,
}

/// True where the entry's name is what is called or handed to, not who acts.
pub fn names_target(entry: &TimelineEntry) -> bool {
    entry.actor == Actor::Agent && (is_call(entry) || is_handoff(entry))
}

fn is_call(entry: &TimelineEntry) -> bool {
    calling(entry).is_some()
}

/// Who calls a tool; empty where the trace names nobody.
fn calling(entry: &TimelineEntry) -> Option<&str> {
    let words = original(entry);
    let words = words.strip_suffix(" (no result in the trace)").unwrap_or(words);
    let caller = words.strip_suffix("calls").filter(|c| c.is_empty() || c.ends_with(' '));
    caller.map(str::trim_end)
}

/// True for the name of an agent that another one started.
fn is_sub_agent(name: &str) -> bool {
    name.starts_with("sub-agent")
}

fn is_handoff(entry: &TimelineEntry) -> bool {
    handing_off(entry).is_some()
}

/// Who hands off; empty where the trace does not say. Drafts of earlier versions say "hands over".
fn handing_off(entry: &TimelineEntry) -> Option<&str> {
    let words = original(entry);
    words.strip_suffix("hands off").or_else(|| words.strip_suffix("hands over")).map(str::trim_end)
}

/// The program's words, by which a line is recognised even after a person rewrote it.
fn original(entry: &TimelineEntry) -> &str {
    entry.statement.original.as_deref().unwrap_or(&entry.statement.text)
}

/// How a result that arrived begins; the last wording is of earlier versions.
const RETURNS: [&str; 3] = ["returns (transport ok", "returns (operation", "answers (transport ok"];

fn label(entry: &TimelineEntry, quote: Option<&str>) -> String {
    let words = &entry.statement.text;
    let Some(quote) = quote.filter(|_| !is_handoff(entry) && entry.actor != Actor::Team) else { return words.clone() };
    // What a message, a call or an answer is, its arrow says.
    let plain = ["says", "says (continued)", "instructions", "instructions (continued)", "returns"]
        .contains(&words.as_str())
        || words.ends_with("calls")
        || RETURNS.iter().any(|r| words.starts_with(r));
    if plain { quote.to_owned() } else { format!("{words}: {quote}") }
}

impl Steps {
    /// The steps of a draft. Lines that a person rejected are not drawn.
    pub fn of(draft: &Draft) -> Self {
        let mut lanes = Lanes::new(draft);
        let entries: Vec<&TimelineEntry> =
            draft.timeline.entries.iter().filter(|e| e.statement.verdict != Verdict::Rejected).collect();
        let mut steps = Vec::new();
        for entry in entries.iter().take(MOST) {
            let quote = entry.statement.quotes().next();
            let standing = entry.findings.iter().filter_map(|id| {
                let at = draft.behavior.findings.iter().position(|f| f.statement.id == *id)?;
                (draft.behavior.findings[at].statement.verdict != Verdict::Rejected).then_some(at + 1)
            });
            steps.push(Step {
                shape: lanes.shape(entry),
                label: label(entry, quote.map(|q| q.text.as_str())),
                quote_id: quote.map(|q| q.id.clone()),
                event: entry.event,
                findings: standing.collect(),
            });
        }
        let left_out = entries.len().saturating_sub(MOST);
        lanes.sorted(steps, left_out)
    }
}

struct Lanes {
    lanes: Vec<Lane>,
    /// The agent that acts without a name beside named sub-agents.
    main: String,
    /// The agent that acts now.
    agent: String,
    /// Who last called a tool.
    callers: HashMap<String, String>,
}

impl Lanes {
    fn new(draft: &Draft) -> Self {
        let named = draft.timeline.entries.iter().find_map(|e| match e.actor {
            Actor::Agent if is_handoff(e) => handing_off(e).filter(|n| !n.is_empty()).map(str::to_owned),
            Actor::Agent if !is_call(e) => e.name.clone().filter(|n| !is_sub_agent(n)),
            Actor::User | Actor::System | Actor::Harness => e.name.clone(),
            _ => None,
        });
        let agent = named
            .or_else(|| draft.session.agents.iter().find(|n| !is_sub_agent(n)).cloned())
            .unwrap_or_else(|| "agent".to_owned());
        Lanes { lanes: Vec::new(), main: agent.clone(), agent, callers: HashMap::new() }
    }

    fn lane(&mut self, kind: Kind, name: &str) -> usize {
        if let Some(at) = self.lanes.iter().position(|l| l.kind == kind && l.name == name) {
            return at;
        }
        self.lanes.push(Lane { kind, name: name.to_owned() });
        self.lanes.len() - 1
    }

    fn agent(&mut self) -> usize {
        let name = self.agent.clone();
        self.lane(Kind::Agent, &name)
    }

    /// Takes in who acts; without a name it is no sub-agent.
    fn acts(&mut self, name: Option<&str>) {
        match name {
            Some(name) => self.agent = name.to_owned(),
            None if is_sub_agent(&self.agent) => self.agent = self.main.clone(),
            None => {}
        }
    }

    fn shape(&mut self, entry: &TimelineEntry) -> Shape {
        if entry.folded > 1 {
            return Shape::Fold(entry.folded);
        }
        let name = entry.name.as_deref();
        if let (Actor::User | Actor::System | Actor::Harness, Some(name)) = (entry.actor, name) {
            self.agent = name.to_owned();
        }
        match entry.actor {
            Actor::Team => Shape::Outside { learned: entry.learned },
            Actor::Several => Shape::Fold(entry.folded),
            Actor::System | Actor::Harness => Shape::At(self.agent()),
            Actor::User => {
                let from = self.lane(Kind::User, "user");
                Shape::Arrow { from, to: self.agent(), back: false }
            }
            Actor::Tool => {
                // Between an agent and those that it started, a result goes to whoever called.
                let caller = name.and_then(|n| self.callers.get(n));
                if let Some(caller) = caller.filter(|c| is_sub_agent(c) || is_sub_agent(&self.agent)) {
                    self.agent = caller.clone();
                }
                let from = self.lane(Kind::Tool, name.unwrap_or("tool"));
                Shape::Arrow { from, to: self.agent(), back: true }
            }
            Actor::Guard => {
                let to = self.lane(Kind::Guard, name.unwrap_or("guard"));
                Shape::Arrow { from: self.agent(), to, back: false }
            }
            Actor::Agent if is_call(entry) => {
                self.acts(calling(entry).filter(|n| !n.is_empty()));
                self.callers.insert(name.unwrap_or("tool").to_owned(), self.agent.clone());
                let from = self.agent();
                Shape::Arrow { from, to: self.lane(Kind::Tool, name.unwrap_or("tool")), back: false }
            }
            Actor::Agent if is_handoff(entry) => {
                // The words say who hands off, if the trace does.
                if let Some(from) = handing_off(entry).filter(|n| !n.is_empty()) {
                    self.agent = from.to_owned();
                }
                let from = self.agent();
                self.agent = name.unwrap_or("agent").to_owned();
                Shape::Arrow { from, to: self.agent(), back: false }
            }
            Actor::Agent => {
                self.acts(name);
                let from = self.agent();
                // What a sub-agent says goes to the agent that started it.
                if original(entry).starts_with("says") && is_sub_agent(&self.agent) {
                    let main = self.main.clone();
                    return Shape::Arrow { from, to: self.lane(Kind::Agent, &main), back: false };
                }
                if original(entry).starts_with("says") {
                    return Shape::Arrow { from, to: self.lane(Kind::User, "user"), back: false };
                }
                Shape::At(from)
            }
        }
    }

    /// Puts the user on the left, then agents, guards and tools, each in the order in which they came.
    fn sorted(self, mut steps: Vec<Step>, left_out: usize) -> Steps {
        let mut order: Vec<usize> = (0..self.lanes.len()).collect();
        order.sort_by_key(|&i| (self.lanes[i].kind, i));
        let place = |old: usize| order.iter().position(|&i| i == old).unwrap_or(old);
        for step in &mut steps {
            step.shape = match step.shape {
                Shape::Arrow { from, to, back } => Shape::Arrow { from: place(from), to: place(to), back },
                Shape::At(lane) => Shape::At(place(lane)),
                other => other,
            };
        }
        let lanes = order.iter().map(|&i| self.lanes[i].clone()).collect();
        Steps { lanes, steps, left_out }
    }
}
