//! A call that names another record than the one that user and agent speak of: the values that they name stand in one record
//! of a result, and the call has the ID of another one. It starts from the records and asks the words, in any language.

use crate::finding::Cite;
use crate::maps::HashSet;
use crate::outcome::changed;
use crate::session::{Call, Session};
use crate::tools::looked_up;
use crate::tools::operation::Weight;
use crate::values::keys::{self, Found, Key};
use crate::values::records::{self, List, Record};
use crate::values::written;
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, Text};
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

/// So many lists back, one may have the record.
const LISTS: usize = 48;
/// So many messages back, a record may have been spoken of.
const MESSAGES: usize = 64;
/// So many calls back, a look-up may have led to the call.
const CALLS: usize = 24;
/// Longer results are no records.
const LONGEST: usize = 1 << 16;
/// Named values weigh so much at least: a day, an ID, or two words.
const TELLING: u32 = 2;
/// The words of the report alone have to tell more.
const REPORTED: u32 = 3;
/// More values of a call are not looked at.
const MOST: usize = 64;

/// A call for another record.
pub struct Other {
    /// The ID that a call has.
    pub used: String,
    /// The ID of the record that is spoken of.
    pub meant: String,
    /// What is said of that record.
    pub said: Vec<Cite>,
    /// That record.
    pub record: Option<Cite>,
    /// The record that the call names.
    pub called: Option<Cite>,
    /// The call that looked the record up, where the ID stands in no argument of the write.
    pub through: Option<u32>,
}

/// What a session lists and says, read once.
pub struct Talk<'s, 't> {
    session: &'s Session<'t>,
    lists: Vec<(u32, List)>,
    /// Records that were looked up one by one, with the tool.
    singles: Vec<(&'s str, Record)>,
    messages: Vec<Spoken<'t>>,
}

struct Spoken<'t> {
    event: u32,
    role: Role,
    text: &'t Text,
    keys: LazyKeys<'t>,
}

type LazyKeys<'t> = LazyCell<Vec<Found>, Box<dyn FnOnce() -> Vec<Found> + 't>>;

impl<'s, 't> Talk<'s, 't> {
    /// Reads the results of a session; its words are read when they are asked for.
    pub fn of(session: &'s Session<'t>) -> Self {
        let (mut lists, mut singles) = (Vec::new(), Vec::new());
        // Where nothing was changed, nothing was changed for another record.
        let changed = session.calls.iter().any(|c| changed::likely(session, c));
        for call in session.until_stopped(session.calls.iter().filter(|c| changed && c.failure().is_none())) {
            if session.is_stopped() {
                break;
            }
            let Some((answer, text)) = call.result.as_ref().and_then(|r| Some((r, r.content?))) else { continue };
            let found = records::lists(answer.event, &text.text, answer.json());
            lists.extend(found.into_iter().map(|l| (answer.event, l)));
            if text.text.len() <= LONGEST && (call.operation().weight == Weight::Look || looked_up::is(call)) {
                let record = answer.json().and_then(|j| records::single(answer.event, j));
                singles.extend(record.map(|r| (call.name.text.as_str(), r)));
            }
        }
        let messages = session.messages.iter().filter(|m| matches!(m.role, Role::User | Role::Assistant));
        let spoken = |event: u32, role: Role, text: &'t Text| Spoken {
            event,
            role,
            text,
            keys: LazyCell::new(Box::new(move || keys::of(&text.text))),
        };
        let messages = messages.flat_map(|m| m.texts.iter().map(move |t| spoken(m.event, m.role, t))).collect();
        Talk { session, lists, singles, messages }
    }

    /// The other record that a change is made to, if any.
    pub fn other(&self, call: &Call<'_>) -> Option<Other> {
        if self.lists.is_empty() && self.singles.len() < 2 || !changed::likely(self.session, call) {
            return None;
        }
        let values = arguments(call);
        self.judge(call, &values, true).or_else(|| self.looked_up(call, &values))
    }

    /// A call whose ID came from a look-up of another record.
    fn looked_up(&self, call: &Call<'_>, values: &BTreeSet<String>) -> Option<Other> {
        let upto = self.session.calls.partition_point(|c| c.event < call.event);
        self.session.calls[..upto].iter().rev().take(CALLS).filter(|c| !changed::likely(self.session, c)).find_map(
            |look| {
                let answer = look.result.as_ref()?;
                let text = &answer.content.filter(|t| t.text.len() <= LONGEST)?.text.to_lowercase();
                let own = arguments(look);
                let led = values.iter().any(|v| v.len() >= 4 && text.contains(v.as_str()) && !own.contains(v));
                let other = led.then(|| self.judge(look, &own, false)).flatten()?;
                // Who looked up both knows both.
                let both = self.session.calls.iter().any(|c| arguments(c).contains(&other.meant));
                (!both).then_some(Other { through: Some(look.event), ..other })
            },
        )
    }

    fn judge(&self, call: &Call<'_>, values: &BTreeSet<String>, reported: bool) -> Option<Other> {
        // The latest list that has the record says what it is.
        let upto = self.lists.partition_point(|(event, _)| *event < call.event);
        let shown = self.lists[..upto].iter().rev().take(LISTS).map(|(e, l)| (*e, l, l.named(values)));
        let side = self.side_by_side(call);
        let looked = side.iter().map(|(e, l)| (*e, l, l.named(values)));
        let (from, list, named) = shown.chain(looked).find(|(_, _, n)| !n.is_empty())?;
        let taken = self.taken(call, from);
        let told = self.told(call, from);
        for at in named.iter().copied() {
            let Some((meant, said)) = self
                .meant(list, at, &told, TELLING)
                .or_else(|| if reported { self.meant(list, at, &[self.report(call)], REPORTED) } else { None })
            else {
                continue;
            };
            let used = list.records[at].ids.iter().find(|id| values.contains(*id))?;
            let Some(id) = list.id_like(meant, used) else { continue };
            if named.contains(&meant)
                || list.records[meant].ids.iter().any(|id| taken.contains(id))
                || self.speaks_of(call, &list.records[at], &list.records[meant])
                || self.shows(call, used, &list.records[at], &list.records[meant], &said)
            {
                continue;
            }
            return Some(Other {
                used: used.clone(),
                meant: id.to_owned(),
                said: said.iter().filter_map(|(m, k)| Cite::of(m.event, m.text, k.range.clone())).collect(),
                record: self.quote(&list.records[meant]),
                called: self.quote(&list.records[at]),
                through: None,
            });
        }
        None
    }

    /// The latest records that one tool returned one by one before a call, each tool's as a list.
    fn side_by_side(&self, call: &Call<'_>) -> Vec<(u32, List)> {
        let upto = self.singles.partition_point(|(_, r)| r.event < call.event);
        let mut lists: BTreeMap<&str, (u32, List)> = BTreeMap::new();
        for (tool, record) in self.singles[..upto].iter().rev().take(CALLS) {
            let (_, list) = lists.entry(tool).or_insert_with(|| (record.event, List::default()));
            if !list.records.iter().any(|r| r.ids.first() == record.ids.first()) {
                list.records.push(record.clone());
            }
        }
        lists.into_values().filter(|(_, l)| l.records.len() >= 2).collect()
    }

    /// What was said right before a call, each part to be judged by itself, the latest first.
    fn told(&self, call: &Call<'_>, from: u32) -> Vec<Vec<&Spoken<'t>>> {
        let upto = self.messages.partition_point(|m| m.event < call.event);
        let before = &self.messages[..upto];
        let Some(last) = before.iter().rev().find(|m| m.role == Role::User) else { return Vec::new() };
        let own: Vec<_> = before.iter().filter(|m| m.event == last.event).collect();
        let mut told = vec![own];
        // What the agent put before the user once it knew the list.
        let proposal = before.iter().rev().find(|m| m.role == Role::Assistant && m.event > from);
        told.extend(proposal.map(|p| before.iter().filter(|m| m.event == p.event).collect()));
        // What the user had asked for before that list.
        let asked = before.iter().rev().find(|m| m.role == Role::User && m.event < from && m.event != last.event);
        told.extend(asked.map(|a| before.iter().filter(|m| m.event == a.event).collect()));
        told
    }

    /// What the agent said after a call, up to the user's next words.
    fn report(&self, call: &Call<'_>) -> Vec<&Spoken<'t>> {
        let from = self.messages.partition_point(|m| m.event < call.event);
        self.messages[from..].iter().take_while(|m| m.role == Role::Assistant).take(4).collect()
    }

    /// The only record that fits best what one of the parts says, other than the record that a call names, with what fits it.
    fn meant<'a>(
        &self,
        list: &List,
        called: usize,
        told: &[Vec<&'a Spoken<'t>>],
        least: u32,
    ) -> Option<(usize, Vec<(&'a Spoken<'t>, Found)>)> {
        let words = list.words();
        let own = &list.records[called];
        let telling = |key: &Found| match &key.key {
            Key::Word(w) => words.get(w.as_str()) == Some(&1),
            other => key.sure && other.weight() > 0,
        };
        for part in told {
            let said = || part.iter().flat_map(|m| m.keys.iter().filter(|k| k.sure).map(move |k| (*m, k)));
            let spoken: HashSet<&Key> = said().map(|(_, k)| &k.key).collect();
            let fits = |record: &Record| -> BTreeSet<Key> {
                let keys = record.keys.iter().filter(|k| k.sure && telling(k) && spoken.contains(&k.key));
                keys.map(|k| k.key.clone()).filter(|k| !own.has(k)).collect()
            };
            let scores: Vec<(u32, usize)> = (0..list.records.len())
                .filter(|at| *at != called)
                .map(|at| (fits(&list.records[at]).iter().map(Key::weight).sum(), at))
                .collect();
            let best = scores.iter().max_by_key(|s| s.0)?;
            let alone = scores.iter().filter(|s| s.0 == best.0).count() == 1;
            if best.0 >= least && alone {
                let keys = fits(&list.records[best.1]);
                let mut seen = BTreeSet::new();
                let quoted = said().filter(|(_, k)| keys.contains(&k.key) && seen.insert(k.key.clone()));
                return Some((best.1, quoted.take(4).map(|(m, k)| (m, k.clone())).collect()));
            }
        }
        None
    }

    /// True where somebody spoke of the record that a call names, by whatever it has and the one that is meant does not.
    fn speaks_of(&self, call: &Call<'_>, called: &Record, meant: &Record) -> bool {
        let upto = self.messages.partition_point(|m| m.event < call.event);
        let before = &self.messages[upto.saturating_sub(MESSAGES)..upto];
        let report = self.report(call);
        let spoken = before.iter().chain(report).flat_map(|m| m.keys.iter());
        let own: Vec<&Found> = called.keys.iter().filter(|k| !meant.has(&k.key)).collect();
        let other_days: Vec<u8> = meant.keys.iter().filter_map(weekday).collect();
        let days: Vec<u8> = own.iter().filter_map(|k| weekday(k)).filter(|d| !other_days.contains(d)).collect();
        let short = |k: &&Found| matches!(&k.key, Key::Word(w) if w.len() == 3);
        spoken.into_iter().any(|said| {
            own.iter().any(|k| same(&k.key, &said.key))
                || match &said.key {
                    Key::Word(w) => written::weekday(w).is_some_and(|d| {
                        days.contains(&d)
                            || own
                                .iter()
                                .filter(|k| short(k))
                                .any(|k| matches!(&k.key, Key::Word(own) if written::weekday(own) == Some(d)))
                    }),
                    // "the 21st"
                    Key::Number(n) if n % 100 == 0 => {
                        own.iter().any(|k| matches!(k.key, Key::Day(_, d) if i64::from(d) * 100 == *n))
                    }
                    _ => false,
                }
        })
    }

    /// True where a result about the record that a call names has what was said of the other one: they are not told apart by it.
    fn shows(
        &self,
        call: &Call<'_>,
        used: &str,
        called: &Record,
        meant: &Record,
        said: &[(&Spoken<'t>, Found)],
    ) -> bool {
        let about = self.session.calls.iter().filter(|c| c.event <= call.event);
        let about = about.rev().take(CALLS).filter(|c| arguments(c).contains(used));
        let texts = about.filter_map(|c| c.result.as_ref()?.content).filter(|t| t.text.len() <= LONGEST);
        for text in texts {
            let shown: HashSet<Key> = keys::of(&text.text).into_iter().map(|k| k.key).collect();
            let lists_both = meant.ids.iter().any(|id| shown.contains(&Key::Id(id.clone())));
            let hit = said.iter().any(|(_, k)| k.key.weight() > 0 && shown.contains(&k.key) && !called.has(&k.key));
            if hit && !lists_both {
                return true;
            }
        }
        false
    }

    /// The values with which other calls went for a record since a list was shown, up to the user's next words.
    fn taken(&self, call: &Call<'_>, from: u32) -> BTreeSet<String> {
        let next =
            self.messages.iter().find(|m| m.role == Role::User && m.event > call.event).map_or(u32::MAX, |m| m.event);
        let calls = self.session.calls.iter().filter(|c| c.event > from && c.event < next);
        calls
            .filter(|c| c.event == call.event || changed::likely(self.session, c))
            .take(MOST)
            .flat_map(arguments)
            .collect()
    }

    fn quote(&self, record: &Record) -> Option<Cite> {
        let call = self.session.calls.iter().find(|c| c.result.as_ref().is_some_and(|r| r.event == record.event))?;
        let text = call.result.as_ref()?.content?;
        let end = text.text.floor_char_boundary(record.range.end.min(record.range.start + 300));
        Cite::of(record.event, text, record.range.start..end)
    }
}

fn weekday(key: &Found) -> Option<u8> {
    match key.key {
        Key::Day(month, day) => written::weekday_of(key.year?, month, day),
        _ => None,
    }
}

/// Two keys that may be one: words by how they begin.
fn same(own: &Key, said: &Key) -> bool {
    const BEGINNING: usize = 5;
    match (own, said) {
        (Key::Word(a), Key::Word(b)) => {
            a == b || a.chars().count() > BEGINNING && b.chars().take(BEGINNING).eq(a.chars().take(BEGINNING))
        }
        // A small number is said of many things.
        (Key::Number(a), Key::Number(b)) => a == b && own.weight() > 0,
        _ => own == said,
    }
}

/// The scalar arguments of a call, in lower case.
fn arguments(call: &Call<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(args) = call.args() {
        gather(args, 0, &mut found);
    }
    found
}

fn gather(value: Value<'_>, depth: usize, found: &mut BTreeSet<String>) {
    if depth > 4 || found.len() >= MOST {
        return;
    }
    if value.is_object() {
        value.entries().take(MOST).for_each(|(_, v)| gather(v, depth + 1, found));
    } else if value.is_array() {
        value.items().take(MOST).for_each(|v| gather(v, depth + 1, found));
    } else if let Some(text) = value.str().or_else(|| value.i64().map(|_| value.raw())) {
        let text = text.trim().trim_start_matches('#').to_lowercase();
        if (1..=60).contains(&text.len()) {
            found.insert(text);
        }
    }
}

#[cfg(test)]
mod tests;
