//! Every model call repeats the conversation so far. Only what is new becomes events.
//!
//! The input of a call is matched against the conversations known from earlier calls by longest common prefix
//! of fingerprints; positions are compared, never sets, so that somebody who really says the same
//! thing twice is heard twice.

use super::changed;
use super::runs::{NONE, Runs};
use super::units::{self, Kind, Print, Unit};
use crate::hash::{HashMap, HashSet, printer};
use crate::item::{Msg, Part, Run};
use std::hash::{Hash, Hasher};

/// The conversations known so far, as fingerprints.
#[derive(Default)]
pub struct History {
    /// The lists of messages that are to be seen.
    lists: Lists,
    threads: Vec<Thread>,
    /// The threads that begin with a unit, by either of its hashes.
    by_first: HashMap<u64, Vec<usize>>,
    /// The last thread under some instructions.
    by_system: HashMap<u64, usize>,
    /// Reasoning that was told already. Providers let go of it in later requests, or carry it along, so it
    /// must not count when conversations are compared.
    reasoning: HashSet<u64>,
    /// What is known of messages that requests repeat.
    prints: units::Known,
    /// The thread that each answer stands in, and how much of it had been said then.
    answers: HashMap<String, (usize, usize)>,
}

/// What is known beforehand of the requests and transcripts of a conversation.
#[derive(Default, Clone, Copy)]
pub struct Lists {
    /// There is one.
    pub any: bool,
    /// There are more of them.
    pub several: bool,
    /// One of them holds more than an answer, and may repeat what another says.
    pub repeat: bool,
}

impl Lists {
    /// True where nothing can be told twice: no fingerprints are taken.
    fn told_once(self) -> bool {
        !self.several || !self.repeat
    }
}

/// What a provider that keeps the conversation itself says of a request's place in it.
#[derive(Default, Clone, Copy)]
pub struct Link<'a> {
    /// The id of the answer.
    pub own: Option<&'a str>,
    /// The id of the answer that the request goes on from.
    pub previous: Option<&'a str>,
    /// When the model was at work.
    pub within: Option<(i64, i64)>,
}

impl Link<'_> {
    fn answer(&self) -> Option<Answer> {
        Some(Answer { id: self.own?.to_owned(), within: self.within? })
    }
}

/// An answer that is known by its ID and its time.
struct Answer {
    id: String,
    within: (i64, i64),
}

impl Answer {
    /// True where the two are answers to two requests.
    fn is_apart(&self, other: &Answer) -> bool {
        self.id != other.id && (self.within.1 <= other.within.0 || other.within.1 <= self.within.0)
    }
}

/// The trace that a request is of.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// It, if it is one of several.
    pub run: Run,
    /// All of them.
    pub runs: &'a Runs,
}

/// One conversation: the instructions that it began with, and what followed.
struct Thread {
    system: Vec<Print>,
    body: Vec<Entry>,
    /// The trace in which an earlier one was run again.
    rerun: Run,
    /// The answer to the request that it began with, where that held nothing of the agent.
    opened: Option<Answer>,
}

/// A unit of a conversation, and the event that it became, if it is a call.
#[derive(Clone, Copy)]
struct Entry {
    print: Print,
    event: Option<u32>,
    /// The trace in which it was said.
    run: Run,
}

/// How many threads that begin alike are looked at: a conversation goes on from one of the last.
const ALIKE: usize = 64;

/// What a model call's input adds.
#[derive(Default)]
pub struct Seen {
    /// The units of the input, then of the answer.
    pub units: Vec<Unit>,
    /// For each of them, whether it is new.
    pub fresh: Vec<bool>,
    /// For each of them, the event that it became earlier, if it is a call.
    pub events: Vec<Option<u32>>,
    /// A change of the known history: what, and whether messages were lost.
    pub note: Option<(String, bool)>,
    /// True when request and answer were both seen before.
    pub repeated: bool,
    /// The conversation, and where in it the units behind the instructions begin.
    thread: Option<(usize, usize)>,
    /// Where the units behind the instructions stand in the conversation, if not one behind the other.
    moved: Vec<Option<usize>>,
}

/// What comparing bodies found.
struct Compared {
    thread: usize,
    /// For each unit of the body, what of the known conversation it is.
    known: Vec<Option<usize>>,
    system: Vec<bool>,
    events: Vec<Option<u32>>,
    note: Option<(String, bool)>,
    repeated: bool,
    moved: Vec<Option<usize>>,
}

impl History {
    /// Nothing is known yet.
    pub fn new(lists: Lists) -> Self {
        History { lists, ..History::default() }
    }

    /// True where some of the lists are requests that hold more than an answer.
    pub fn repeats(&self) -> bool {
        self.lists.repeat
    }

    /// True where a list is told as it stands: nothing can have been told before, and its IDs say what answers what.
    pub fn is_plain(&self, input: &[Msg], output: &[Msg]) -> bool {
        let mut all = input.iter().chain(output);
        match self.lists.several {
            false => units::say_it_all(all),
            // The ID of an answer may be that of a call in another list.
            true => self.lists.told_once() && all.all(|m| !m.parts.iter().any(|p| matches!(p, Part::Result(_)))),
        }
    }

    /// Takes a model call in.
    pub fn see(&mut self, input: &[Msg], output: &[Msg], link: Link<'_>, now: Now<'_>) -> Seen {
        let all: Vec<&Msg> = input.iter().chain(output).collect();
        let units = units::units(all.iter().copied());
        let count = units.len();
        if self.lists.told_once() {
            let (fresh, events) = (vec![true; count], vec![None; count]);
            return Seen { units, fresh, events, note: None, repeated: false, thread: None, moved: Vec::new() };
        }
        let prints = units::prints(&units, &all, &mut self.prints);
        let asked = units.iter().take_while(|u| (u.msg as usize) < input.len()).count();
        let answer = prints[asked..].to_vec();
        let system = prints[..asked].iter().take_while(|p| p.system).count();
        let (system, body) = prints[..asked].split_at(system);
        let place = link.previous.and_then(|id| self.answers.get(id)).copied();
        let found = match place {
            Some((at, said)) => self.carry_on(at, said, system, body, &answer, now.run),
            None => self.compare(system, body, &answer, link, now),
        };
        if let Some(id) = link.own {
            self.answers.insert(id.to_owned(), (found.thread, self.threads[found.thread].body.len()));
        }
        let mut fresh = found.system;
        fresh.extend(found.known.iter().map(Option::is_none));
        fresh.extend(answer.iter().map(|_| !found.repeated));
        let mut events = vec![None; system.len()];
        events.extend(found.events);
        events.resize(count, None);
        let thread = (!found.repeated).then_some((found.thread, system.len()));
        Seen { units, fresh, events, note: found.note, repeated: found.repeated, thread, moved: found.moved }
    }

    /// Remembers the event that a unit became.
    pub fn became(&mut self, seen: &Seen, unit: usize, event: u32) {
        let Some((thread, system)) = seen.thread else { return };
        let place = |at: usize| seen.moved.get(at).copied().unwrap_or(Some(at));
        let entry =
            unit.checked_sub(system).and_then(place).and_then(|at| self.threads.get_mut(thread)?.body.get_mut(at));
        if let Some(entry) = entry {
            entry.event = Some(event);
        }
    }

    /// For each message, whether its reasoning is to be told: with what is new beside it, or where it stands alone, once.
    pub fn thoughts(&mut self, input: &[Msg], output: &[Msg], seen: &Seen) -> Vec<bool> {
        let mut told = vec![false; input.len() + output.len()];
        let mut counts = vec![false; told.len()];
        for (unit, fresh) in seen.units.iter().zip(&seen.fresh) {
            counts[unit.msg as usize] = true;
            told[unit.msg as usize] |= fresh;
        }
        for (i, msg) in input.iter().chain(output).enumerate() {
            for part in &msg.parts {
                if let Part::Reasoning(text) = part {
                    let fresh = self.lists.told_once() || self.reasoning.insert(units::reasoning(&text.text));
                    told[i] |= !counts[i] && (fresh || i >= input.len());
                }
            }
        }
        told
    }

    fn remember(&mut self, at: Option<usize>, system: &[Print], body: Vec<Entry>) -> usize {
        let before = at.and_then(|at| self.threads.get_mut(at));
        let (rerun, opened) = before.map_or((NONE, None), |thread| (thread.rerun, thread.opened.take()));
        let thread = Thread { system: system.to_vec(), body, rerun, opened };
        let at = at.unwrap_or(self.threads.len());
        let first = thread.body.first().map(|e| e.print);
        for hash in first.iter().flat_map(|p| [Some(p.hash), p.loose]).flatten() {
            let places = self.by_first.entry(hash).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
        self.by_system.insert(of_system(system), at);
        match self.threads.get_mut(at) {
            Some(known) => *known = thread,
            None => self.threads.push(thread),
        }
        at
    }

    /// Takes in a request that says which answer it goes on from: all of it is new, unless it repeats the whole
    /// conversation all the same.
    fn carry_on(
        &mut self,
        at: usize,
        said: usize,
        system: &[Print],
        body: &[Print],
        answer: &[Print],
        run: Run,
    ) -> Compared {
        let known = &self.threads[at];
        let repeats = if common(&known.body[..said], body) == said { said } else { 0 };
        let mut entries = known.body[..said].to_vec();
        let told: Vec<Option<usize>> = (0..body.len()).map(|i| (i < repeats).then_some(i)).collect();
        let events = body.iter().enumerate().map(|(i, _)| entries.get(i).filter(|_| i < repeats)?.event).collect();
        let fresh_system = system.iter().map(|print| !known.system.contains(print)).collect();
        let branched = said < known.body.len();
        entries.extend(body[repeats..].iter().chain(answer).map(|&print| Entry { print, event: None, run }));
        let what = "the user went back to an earlier response and continued from there: the model did not see the messages in between";
        let note = branched.then(|| (what.to_owned(), true));
        let at = self.remember((!branched).then_some(at), system, entries);
        Compared { thread: at, known: told, system: fresh_system, events, note, repeated: false, moved: Vec::new() }
    }

    /// Finds out what is new in a request; also says which conversation it belongs to.
    fn compare(
        &mut self,
        system: &[Print],
        body: &[Print],
        answer: &[Print],
        link: Link<'_>,
        now: Now<'_>,
    ) -> Compared {
        let unheard = |note| Compared {
            thread: 0,
            known: vec![None; body.len()],
            system: vec![true; system.len()],
            events: vec![None; body.len()],
            note,
            repeated: false,
            moved: Vec::new(),
        };
        let run = now.run;
        let new = || body.iter().chain(answer).map(|&print| Entry { print, event: None, run }).collect::<Vec<_>>();
        let opens = || link.answer().filter(|_| body.iter().all(|print| print.kind == Kind::Other));
        let Some((index, prefix)) = self.find(system, body, answer, run) else {
            let thread = self.remember(None, system, new());
            self.threads[thread].opened = opens();
            return Compared { thread, ..unheard(None) };
        };
        let known = &self.threads[index];
        let mut seen = unheard(None);
        seen.thread = index;
        seen.system = system.iter().map(|print| !known.system.contains(print)).collect();
        for (i, place) in seen.known[..prefix].iter_mut().enumerate() {
            *place = Some(i);
        }
        let rest_known = &known.body[prefix..];
        let mut breaks_off = false;
        if let Some(earlier) = again(&known.body, body, answer, prefix, now) {
            // Only what was said in that run is said again: what is before it is history in both.
            let mut entries = new();
            for (i, place) in seen.known.iter_mut().enumerate() {
                match known.body[i] {
                    entry if entry.run == earlier => *place = None,
                    entry => (entries[i], seen.events[i]) = (entry, entry.event),
                }
            }
            seen.thread = self.remember(None, system, entries);
            self.threads[seen.thread].rerun = run;
            return seen;
        }
        if prefix == body.len() && !rest_known.is_empty() && !answer.is_empty() {
            // What a provider that keeps the conversation is asked holds nothing of it: the same short turn again is another.
            let apart = known.opened.as_ref().zip(opens()).is_some_and(|(known, now)| known.is_apart(&now));
            if apart && starts_with(rest_known, answer) {
                seen.known.fill(None);
                seen.thread = self.remember(None, system, new());
                self.threads[seen.thread].opened = opens();
                return seen;
            }
            if starts_with(rest_known, answer) {
                seen.repeated = true;
                seen.events = known.body[..prefix + answer.len()].iter().map(|e| e.event).collect();
                if self.threads[index].system.is_empty() {
                    self.threads[index].system = system.to_vec();
                    self.by_system.insert(of_system(system), index);
                }
                return seen;
            }
            seen.note = Some(("the same request was answered again".to_owned(), false));
        } else if prefix == body.len() && answer.is_empty() {
            // An earlier request once more, without an answer: what is known beyond it stays known.
            seen.events = known.body[..prefix].iter().map(|e| e.event).collect();
            return seen;
        } else if !rest_known.is_empty() && prefix < body.len() {
            // What follows may still be known, further on: then messages in between were cut.
            let mut places: HashMap<u64, Vec<usize>> = HashMap::default();
            for (n, entry) in rest_known.iter().enumerate() {
                places.entry(entry.print.hash).or_default().push(n);
            }
            let mut cursor = 0;
            let mut kept = vec![false; rest_known.len()];
            for (i, print) in body.iter().enumerate().skip(prefix) {
                let later = places.get(&print.hash).and_then(|all| all.get(all.partition_point(|n| *n < cursor)));
                if let Some(&n) = later {
                    seen.known[i] = Some(prefix + n);
                    kept[n] = true;
                    cursor = n + 1;
                }
            }
            let found = kept.iter().filter(|kept| **kept).count();
            let known_prints: Vec<Print> = known.body.iter().map(|entry| entry.print).collect();
            let all_kept: Vec<bool> = (0..prefix).map(|_| true).chain(kept).collect();
            let lost = changed::lost(&known_prints, &all_kept);
            let damaged = changed::is_damaged(&known_prints, &all_kept, body, &seen.known);
            if found == 0 && prefix == 0 && !changed::breaks_off(body, &seen.known) {
                if rest_known.len() > 2 && !damaged {
                    let what = format!(
                        "the model's input starts over: {} earlier messages under the same instructions are not in it (compacted, or another conversation)",
                        rest_known.len()
                    );
                    seen.note = Some((what, true));
                }
                seen.thread = self.remember(None, system, new());
                self.threads[seen.thread].opened = opens();
                return seen;
            }
            let what = if found > 0 && lost > 0 {
                Some(format!("the model no longer saw {lost} earlier messages: the history was truncated or edited"))
            } else if lost > 0 {
                let from = system.len() + prefix + 1;
                Some(format!(
                    "the history differs from message {from} on, and {lost} earlier messages are gone: it was edited, compacted or branched"
                ))
            } else {
                let inserted = changed::inserted(body, &seen.known);
                inserted.then(|| "messages were inserted into the history".to_owned())
            };
            seen.note = what.filter(|_| !damaged).map(|what| (what, lost > 0));
            breaks_off = changed::breaks_off(body, &seen.known);
        }
        let known = &self.threads[index].body;
        seen.events = seen.known.iter().map(|place| known[(*place)?].event).collect();
        let mut entries = new();
        for (entry, place) in entries.iter_mut().zip(&seen.known) {
            if let Some(place) = *place {
                (entry.event, entry.run) = (known[place].event, known[place].run);
            }
        }
        if breaks_off {
            // What is missing is known all the same: later requests are compared with all of it.
            let mut all = known.clone();
            let places = seen.known.iter().copied().chain(answer.iter().map(|_| None));
            seen.moved = entries
                .into_iter()
                .zip(places)
                .map(|(entry, place)| {
                    let readable = entry.print.kind != Kind::Damaged;
                    place.or_else(|| {
                        readable.then(|| {
                            all.push(entry);
                            all.len() - 1
                        })
                    })
                })
                .collect();
            entries = all;
        }
        seen.thread = self.remember(Some(index), system, entries);
        seen
    }

    /// The conversation that a request carries on, and how much of it the request repeats.
    ///
    /// Instructions often hold the time of day, or those of the next agent: a request under other instructions
    /// still carries a conversation on when it repeats all of it. Under the same instructions it does so even
    /// where it leaves things out. Of two instrumentations of one client, one may leave the instructions out: then the same
    /// request with the same answer is the same one.
    fn find(&self, system: &[Print], body: &[Print], answer: &[Print], run: Run) -> Option<(usize, usize)> {
        let first = body.first().into_iter().flat_map(|p| [Some(p.hash), p.loose]).flatten();
        let alike = first.filter_map(|hash| self.by_first.get(&hash)).flat_map(|all| all.iter().rev().take(ALIKE));
        let under_same = self.by_system.get(&of_system(system));
        let candidates = alike.chain(under_same).filter_map(|&i| {
            let thread = &self.threads[i];
            let n = common(&thread.body, body);
            let same = thread.system == system;
            let twin = || {
                let bare = system.is_empty() || thread.system.is_empty();
                bare && n == body.len() && !answer.is_empty() && starts_with(&thread.body[n..], answer)
            };
            let carries_on = match same {
                true => n > 0 || !system.is_empty(),
                false => n > 0 && (n == thread.body.len() || twin()),
            };
            // What a second run says goes on from that run, and not from the first, which says the same.
            let own = run != NONE && thread.rerun == run && n > 0 && n == thread.body.len().min(body.len());
            carries_on.then_some((own, n, same, i))
        });
        candidates.max().map(|(_, n, _, i)| (i, n))
    }
}

/// The earlier trace of which a request is a second run: it asks for the whole of what that one asked for and got the same
/// answer, in a trace that began after the other had ended.
fn again(known: &[Entry], body: &[Print], answer: &[Print], prefix: usize, now: Now<'_>) -> Option<Run> {
    if prefix != body.len() || !starts_with(&known[prefix..], answer) {
        return None;
    }
    let at = if answer.is_empty() { prefix.checked_sub(1)? } else { prefix };
    let earlier = known.get(at)?;
    // A step that looks at the conversation so far, and whose answer was not recorded, is no second run of it.
    let asks = !answer.is_empty() || earlier.print.kind == Kind::Other;
    (asks && now.runs.is_after(now.run, earlier.run)).then_some(earlier.run)
}

fn of_system(system: &[Print]) -> u64 {
    let mut hasher = printer();
    system.iter().for_each(|p| p.hash.hash(&mut hasher));
    hasher.finish()
}

fn starts_with(known: &[Entry], answer: &[Print]) -> bool {
    known.len() >= answer.len() && common(known, answer) == answer.len()
}

fn common(known: &[Entry], body: &[Print]) -> usize {
    known.iter().zip(body).take_while(|(x, y)| x.print.same(y)).count()
}
