//! Every model call repeats the conversation so far. Only what is new becomes events.
//!
//! The input of a call is matched against the conversations known from earlier calls by longest common prefix
//! of fingerprints; positions are compared, never sets, so that somebody who really says the same
//! thing twice is heard twice.

use super::rerun::{Answer, Entry, Now, Results, again, another_result, at_once, common, starts_with};
use super::runs::NONE;
use super::units::{self, Kind, Print, Unit};
use super::{changed, further};
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
    /// The last thread that ends with a unit, by either of its hashes.
    by_end: HashMap<u64, usize>,
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
        Some(Answer { id: self.own.map(str::to_owned), within: self.within? })
    }
}

/// One conversation: the instructions that it began with, and what followed.
struct Thread {
    system: Vec<Print>,
    body: Vec<Entry>,
    /// The trace in which an earlier one was run again.
    rerun: Run,
    /// The answer to the request that it began with, where that held nothing of the agent.
    opened: Option<Answer>,
    /// Where it began as another one did before: when it had been answered for the first time.
    again: Option<i64>,
    /// When the model was last at work on it.
    last: Option<(i64, i64)>,
}

impl Thread {
    /// The hashes of the last unit.
    fn ends(&self) -> impl Iterator<Item = u64> {
        let last = self.body.last().map(|entry| entry.print);
        last.into_iter().flat_map(|print| [Some(print.hash), print.loose]).flatten()
    }
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
    /// True where the request holds only what is new.
    pub new_only: bool,
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

    /// The conversation of a request without an answer, and how much of it was asked.
    pub fn asked(seen: &Seen) -> Option<(usize, usize)> {
        seen.thread.map(|(thread, system)| (thread, seen.units.len() - system))
    }

    /// Takes a model call in.
    pub fn see(&mut self, input: &[Msg], output: &[Msg], link: Link<'_>, now: Now<'_>) -> Seen {
        let all: Vec<&Msg> = input.iter().chain(output).collect();
        let units = units::units(all.iter().copied());
        let count = units.len();
        if self.lists.told_once() {
            let (fresh, events) = (vec![true; count], vec![None; count]);
            return Seen { units, fresh, events, ..Seen::default() };
        }
        let prints = units::prints(&units, &all, &mut self.prints);
        let asked = units.iter().take_while(|u| (u.msg as usize) < input.len()).count();
        let answer = prints[asked..].to_vec();
        let system = prints[..asked].iter().take_while(|p| p.system).count();
        let (system, body) = prints[..asked].split_at(system);
        let result = |at: usize| {
            let unit = units.get(system.len() + at)?;
            let part = all.get(unit.msg as usize)?.parts.get(unit.part? as usize)?;
            let call = (unit.call? as usize).checked_sub(system.len())?;
            if let Part::Result(result) = part { Some((call, result)) } else { None }
        };
        let place = link.previous.and_then(|id| self.answers.get(id)).copied();
        let found = match place {
            Some((at, said)) => self.carry_on(at, said, system, body, &answer, now.run),
            None => self.compare(system, body, &answer, link, now, &result),
        };
        let new_only = place.is_some() && found.known.iter().all(Option::is_none);
        let thread = &mut self.threads[found.thread];
        thread.last = link.within.or(thread.last);
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
        let Compared { note, repeated, moved, .. } = found;
        Seen { units, fresh, events, note, repeated, new_only, thread, moved }
    }

    /// True where the agent is known to have said something behind so much of a conversation.
    pub fn is_answered(&self, (thread, asked): (usize, usize)) -> bool {
        let behind = self.threads.get(thread).and_then(|thread| thread.body.get(asked));
        behind.is_some_and(|entry| entry.print.kind != Kind::Other)
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
        let kept = before.map(|thread| (thread.rerun, thread.opened.take(), thread.again, thread.last));
        let (rerun, opened, again, last) = kept.unwrap_or((NONE, None, None, None));
        let thread = Thread { system: system.to_vec(), body, rerun, opened, again, last };
        let at = at.unwrap_or(self.threads.len());
        let first = thread.body.first().map(|e| e.print);
        for hash in first.iter().flat_map(|p| [Some(p.hash), p.loose]).flatten() {
            let places = self.by_first.entry(hash).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
        self.by_system.insert(of_system(system), at);
        for hash in self.threads.get(at).into_iter().flat_map(Thread::ends) {
            if self.by_end.get(&hash) == Some(&at) {
                self.by_end.remove(&hash);
            }
        }
        self.by_end.extend(thread.ends().map(|hash| (hash, at)));
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
        result: Results<'_, '_>,
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
        let begins = self.find(system, body, answer, link, run).map(|(index, prefix)| (index, prefix, 0));
        let Some((index, prefix, window)) = begins.or_else(|| self.ends(body).map(|(index, n)| (index, 0, n))) else {
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
        let rerun = again(&known.body, body, answer, prefix, now);
        let other = || another_result(&known.body, body, prefix, now, result);
        let other = if at_once(known.last, link.within) { None } else { other() };
        if let Some(from) = other.filter(|from| rerun.is_none_or(|earlier| known.body[*from].run != earlier)) {
            // What a tool answered is not what it is known to have answered here, and nothing that follows is known: the call ran again.
            let mut entries = new();
            for (i, place) in seen.known.iter_mut().enumerate() {
                match i < from {
                    true => (entries[i], seen.events[i]) = (known.body[i], known.body[i].event),
                    false => *place = None,
                }
            }
            let what = "a tool's result differs from the one in an earlier request: the run was repeated from there, or the history was edited";
            seen.note = Some((what.to_owned(), known.body.len() > prefix));
            seen.thread = self.remember(None, system, entries);
            return seen;
        }
        if let Some(earlier) = rerun {
            // Only what was said in that run is said again: what is before it is history in both.
            let mut entries = new();
            for (i, place) in seen.known.iter_mut().enumerate() {
                match known.body[i] {
                    entry if entry.run == earlier => *place = None,
                    entry => (entries[i], seen.events[i]) = (entry, entry.event),
                }
            }
            seen.thread = self.remember(None, system, entries);
            let thread = &mut self.threads[seen.thread];
            (thread.rerun, thread.again) = (run, link.within.map(|(_, end)| end));
            return seen;
        }
        if prefix == body.len() && !rest_known.is_empty() && !answer.is_empty() {
            // What a provider that keeps the conversation is asked holds nothing of it: the same short turn again is another.
            let apart = known.opened.as_ref().zip(opens()).is_some_and(|(known, now)| known.is_apart(&now));
            if apart && starts_with(rest_known, answer) {
                seen.known.fill(None);
                seen.thread = self.remember(None, system, new());
                let thread = &mut self.threads[seen.thread];
                (thread.opened, thread.again) = (opens(), link.within.map(|(_, end)| end));
                return seen;
            }
            // What of a request is not here may differ, so that at another time it is another one.
            let whole = system.iter().chain(body).all(|print| print.kind != Kind::Damaged);
            let elsewhen = known.last.is_some() && link.within.is_some() && !at_once(known.last, link.within);
            if starts_with(rest_known, answer) && (whole || !elsewhen) {
                seen.repeated = true;
                seen.events = known.body[..prefix + answer.len()].iter().map(|e| e.event).collect();
                if self.threads[index].system.is_empty() {
                    self.threads[index].system = system.to_vec();
                    self.by_system.insert(of_system(system), index);
                }
                return seen;
            }
            seen.note = whole.then(|| ("the same request was answered again".to_owned(), false));
        } else if prefix == body.len() && answer.is_empty() {
            // An earlier request once more, without an answer: what is known beyond it stays known.
            seen.events = known.body[..prefix].iter().map(|e| e.event).collect();
            return seen;
        } else if !rest_known.is_empty() && prefix < body.len() {
            // What follows may still be known, further on: then messages in between were cut.
            let hashes = |print: &Print| print.hash;
            let known_hashes: Vec<u64> = rest_known.iter().map(|entry| entry.print.hash).collect();
            let further = match window {
                0 => further::places(&known_hashes, &body[prefix..].iter().map(hashes).collect::<Vec<_>>()),
                _ => further::behind(known_hashes.len(), window, body.len()),
            };
            let mut kept = vec![false; rest_known.len()];
            for (place, n) in seen.known[prefix..].iter_mut().zip(further) {
                if let Some(n) = n {
                    *place = Some(prefix + n);
                    kept[n] = true;
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
    ///
    /// What was asked again later goes on from there, and not from the first time, where all of it is known.
    fn find(
        &self,
        system: &[Print],
        body: &[Print],
        answer: &[Print],
        link: Link<'_>,
        run: Run,
    ) -> Option<(usize, usize)> {
        let first = body.first().into_iter().flat_map(|p| [Some(p.hash), p.loose]).flatten();
        let alike = first.filter_map(|hash| self.by_first.get(&hash)).flat_map(|all| all.iter().rev().take(ALIKE));
        let under_same = self.by_system.get(&of_system(system));
        let exact = |i: usize, n: usize| {
            let mut pairs = self.threads[i].body.iter().zip(body).take(n);
            pairs.all(|(entry, print)| entry.print.hash == print.hash)
        };
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
            carries_on.then(|| (own, n, same, exact(i, n), i))
        });
        let candidates: Vec<_> = candidates.collect();
        let &(own, n, _, surely, best) = candidates.iter().max()?;
        let goes_on = |&(_, n, _, _, i): &(bool, usize, bool, bool, usize)| {
            let thread = &self.threads[i];
            let since = thread.again.zip(link.within).is_some_and(|(again, (start, _))| again <= start);
            since && n > 0 && n == thread.body.len().min(body.len())
        };
        let first = &self.threads[best];
        let later = candidates.iter().copied().filter(goes_on).max_by_key(|&(_, _, _, exact, i)| (exact, i));
        let later = later.filter(|&(_, of, _, exact, _)| {
            // What goes on from right behind the end of the first, by its very IDs, is no other's.
            let only_first = surely && n == first.body.len() && !exact;
            let stays = n < body.len() || at_once(first.last, link.within);
            !own && !only_first && (of >= n || !stays)
        });
        Some(later.map_or((best, n), |(_, of, _, _, at)| (at, of)))
    }

    /// The conversation whose end a request begins with, and how much of it that is: what came before was left out, as a window that
    /// slides over the conversation does it. What users say alone may be said again.
    fn ends(&self, body: &[Print]) -> Option<(usize, usize)> {
        let known =
            |print: &Print| [Some(print.hash), print.loose].into_iter().flatten().find_map(|h| self.by_end.get(&h));
        let agents = body.iter().position(|print| matches!(print.kind, Kind::Words | Kind::Call))?;
        (agents..body.len()).rev().find_map(|last| {
            let (at, n) = (*known(&body[last])?, last + 1);
            let thread = &self.threads[at].body;
            let from = thread.len().checked_sub(n)?;
            (common(&thread[from..], body) == n).then_some((at, n))
        })
    }
}

fn of_system(system: &[Print]) -> u64 {
    let mut hasher = printer();
    system.iter().for_each(|p| p.hash.hash(&mut hasher));
    hasher.finish()
}
