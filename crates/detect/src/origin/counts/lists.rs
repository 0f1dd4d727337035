//! Lists in answers, and what can be counted in them.

use super::phrase::{Count, singular};
use crate::session::Session;
use crate::tools::contract::words_of;
use hindcast_trace::json::Value;
use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

/// A list in an answer.
pub struct List<'s> {
    /// The answer's event.
    pub event: u32,
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The tool.
    pub tool: &'s str,
    /// The words of its name.
    pub words: &'s [String],
    /// The thing that the key is named for, in the singular; found once.
    noun: OnceCell<Option<String>>,
    /// The key that holds it; empty for the answer itself.
    pub key: String,
    /// Its items.
    pub items: Vec<Value<'s>>,
    /// The total that the answer states beside it.
    pub total: Option<i64>,
    /// True when the record of the answer is cut.
    pub cut: bool,
    /// The call's arguments: what was searched for qualifies the whole list.
    pub arguments: Option<&'s str>,
    /// How many lists the answer holds; a tool's name names the only one.
    pub siblings: usize,
}

/// Lists of a session, in order.
pub fn lists<'s>(session: &'s Session<'_>) -> Vec<List<'s>> {
    let mut all = Vec::new();
    for (index, call) in session.until_stopped(session.calls.iter().enumerate()) {
        let Some(answer) = &call.result else { continue };
        let from = all.len();
        let cut = answer.cut_off();
        let one = |key: &str, items, total| List {
            event: answer.event,
            call: index,
            tool: &call.name.text,
            words: &call.known.words,
            noun: OnceCell::new(),
            key: key.to_owned(),
            items,
            total,
            cut,
            siblings: 1,
            arguments: call.arguments.map(|a| a.text.as_str()),
        };
        match answer.json() {
            Some(root) if root.is_array() => all.push(one("", root.items().collect(), None)),
            Some(root) => walk(root, 0, &mut |key, items, total| all.push(one(key, items, total))),
            // A list that was cut has no JSON any more; that it was one can still be seen.
            None if cut && answer.content.is_some_and(|t| t.text.trim_start().starts_with(['[', '{'])) => {
                all.push(one("", Vec::new(), None))
            }
            None => {}
        }
        let siblings = all.len() - from;
        all[from..].iter_mut().for_each(|l| l.siblings = siblings);
    }
    all
}

/// Takes a list: its name, its items, and the total that its record gives.
type See<'f, 's> = dyn FnMut(&str, Vec<Value<'s>>, Option<i64>) + 'f;

fn walk<'s>(object: Value<'s>, depth: usize, see: &mut See<'_, 's>) {
    if depth > 6 {
        return;
    }
    let is_total = |key: Value<'_>| {
        ["total", "total_count", "totalCount", "count", "total_results", "totalResults"].iter().any(|n| key.is(n))
    };
    let total = || object.entries().find(|(key, _)| is_total(*key))?.1.i64();
    for (key, value) in object.entries() {
        if value.is_array() {
            see(&key.str().unwrap_or_default(), value.items().collect(), total());
        } else if is_map(value) {
            see(&key.str().unwrap_or_default(), value.entries().map(|(_, v)| v).collect(), total());
        } else if value.is_object() {
            walk(value, depth + 1, see);
        }
    }
}

/// True for a list that is kept under the IDs of its items: `{"L1": {"free": true}, "L2": {"free": false}}`.
fn is_map(value: Value<'_>) -> bool {
    if !value.is_object() {
        return false;
    }
    let mut entries = value.entries();
    let Some((first_key, first)) = entries.next().filter(|(_, v)| v.is_object()) else { return false };
    let numbered = |key: Value<'_>| key.bytes().iter().any(u8::is_ascii_digit);
    let alike = |v: Value<'_>| {
        v.is_object()
            && v.len() == first.len()
            && v.entries().zip(first.entries()).all(|((a, _), (b, _))| a.bytes() == b.bytes())
    };
    let mut others = 0;
    numbered(first_key)
        && !first.is_empty()
        && entries.all(|(key, v)| {
            others += 1;
            numbered(key) && alike(v)
        })
        && others > 0
}

/// Nouns for whatever is listed.
const ANY: [&str; 10] =
    ["option", "variant", "choice", "version", "item", "entry", "slot", "result", "record", "listing"];

fn scalar(value: Value<'_>) -> Option<String> {
    (!value.is_object() && !value.is_array() && !value.is_null())
        .then(|| value.str().unwrap_or_else(|| value.raw()).to_ascii_lowercase())
}

/// How many items a clause leaves.
pub struct Filtered {
    /// Those that fit everything that the clause names.
    pub right: i64,
    /// Every number that some way of reading the clause gives.
    pub readings: BTreeSet<i64>,
    /// What the clause names, for people.
    pub how: String,
}

/// True when every word of a flag's name stands in the clause, which denies nothing: "in stock" for `in_stock`.
fn flag_named(key: &str, count: &Count) -> bool {
    let words: Vec<String> = words_of(key).into_iter().filter(|w| w != "is" && w != "has").collect();
    let denied = count.clause.iter().any(|w| matches!(w.as_str(), "not" | "no" | "without" | "t" | "neither"));
    !words.is_empty() && words.iter().any(|w| w.len() > 2) && !denied && words.iter().all(|w| count.clause.contains(w))
}

impl List<'_> {
    /// True for a list whose items have a flag that the clause names.
    pub fn is_flagged(&self, count: &Count) -> bool {
        let flags = |i: &Value<'_>| {
            i.entries().any(|(k, v)| v.bool().is_some() && flag_named(&k.str().unwrap_or_default(), count))
        };
        self.siblings == 1 && self.items.len() > 1 && self.items.iter().all(flags)
    }

    /// True when the count's noun names this list.
    pub fn is_named(&self, count: &Count) -> bool {
        self.key_named(count)
            || self.is_flagged(count)
            || (self.siblings == 1
                && count.nouns.first().is_some_and(|n| ANY.contains(&n.as_str()))
                && self.filtered(count).is_some())
            || (self.cut && self.akin(count))
            || (self.main()
                && (self.tool_named(count)
                    || self.member_named(count)
                    || count.distinct && self.items.first().is_some_and(|i| i.is_object())))
    }

    /// "19 people have subscribed" speaks of what `list_subscribers` lists. Enough to say that it cannot be judged.
    fn akin(&self, count: &Count) -> bool {
        let stem = |w: &str| w.get(..6).map(str::to_owned);
        self.words.iter().filter_map(|w| stem(w)).any(|s| count.words.lines().any(|w| w.starts_with(&s)))
    }

    /// True when it is the answer's only list, or its largest of several helpers such as `meta.zones`.
    fn main(&self) -> bool {
        self.siblings == 1
            || matches!(self.key.as_str(), "" | "items" | "results" | "data" | "records" | "entries" | "rows")
    }

    fn key_named(&self, count: &Count) -> bool {
        let noun = self.noun.get_or_init(|| words_of(&self.key).last().map(|w| singular(w)));
        noun.as_ref().is_some_and(|noun| count.nouns.contains(noun))
    }

    /// "Two bookings" is about what `list_bookings` lists, not about the guests that `get_booking` lists.
    fn tool_named(&self, count: &Count) -> bool {
        let noun = self.noun.get_or_init(|| words_of(&self.key).last().map(|w| singular(w)));
        let own = noun.as_ref().is_none_or(|n| count.nouns.contains(n) || self.words.iter().any(|w| singular(w) == *n));
        (own || matches!(self.key.as_str(), "items" | "results" | "data" | "records" | "entries" | "rows"))
            && self.words.iter().skip(1).any(|w| count.nouns.iter().take(2).any(|n| n.len() > 2 && *n == singular(w)))
    }

    fn member_named(&self, count: &Count) -> bool {
        let Some(first) = self.items.first().filter(|i| i.is_object()) else { return false };
        first.entries().next().is_some_and(|(k, _)| {
            k.str().is_some_and(|k| count.nouns.iter().take(2).any(|n| *n == singular(&k.to_ascii_lowercase())))
        })
    }

    /// A qualifier that the list as a whole does not have: of six reservations two may be "upcoming".
    pub fn qualified(&self, count: &Count) -> bool {
        let key = words_of(&self.key);
        let args = LazyCell::new(|| self.arguments.unwrap_or_default().to_ascii_lowercase());
        let known = |w: &str| {
            let one = singular(w);
            let named = key.iter().chain(self.words).any(|k| singular(k) == one);
            let neutral = matches!(
                w,
                "different"
                    | "distinct"
                    | "unique"
                    | "total"
                    | "result"
                    | "results"
                    | "matching"
                    | "people"
                    | "item"
                    | "items"
                    | "just"
                    | "in"
                    | "entries"
                    | "records"
                    | "options"
            );
            named
                || neutral
                || args.contains(&one)
                || self.items.first().is_some_and(|i| {
                    i.entries().any(|(k, _)| k.str().is_some_and(|k| singular(&k.to_ascii_lowercase()) == one))
                })
        };
        // "With only one guest": a part of the list, unless its words are those of the search.
        let content = || count.tail.iter().filter(|w| w.len() > 2);
        !count.run.iter().all(|w| known(w)) || (content().next().is_some() && !content().any(|w| known(w)))
    }

    /// What the clause filters the items by, and how many each way of reading it leaves.
    pub fn filtered(&self, count: &Count) -> Option<Filtered> {
        let mut filters: Vec<(String, Vec<bool>)> = Vec::new();
        for (key, values) in self.columns() {
            let named = |v: &str| v.len() > 2 && count.clause.iter().any(|w| w == v);
            let mut value: Vec<&String> = values.iter().filter(|v| named(v)).collect();
            value.sort_unstable();
            value.dedup();
            for value in value {
                filters.push((format!("{key} \"{value}\""), values.iter().map(|v| v == value).collect()));
            }
            let flag = values.iter().all(|v| v == "true" || v == "false");
            if flag && flag_named(&key, count) {
                filters.push((format!("{key} true"), values.iter().map(|v| v == "true").collect()));
            }
        }
        let (how, first) = filters.last()?;
        let number = |has: &dyn Fn(usize) -> bool| (0..first.len()).filter(|i| has(*i)).count() as i64;
        let at = |mask: &Vec<bool>, i: usize| mask.get(i).copied().unwrap_or_default();
        let all = number(&|i| filters.iter().all(|(_, m)| at(m, i)));
        let any = number(&|i| filters.iter().any(|(_, m)| at(m, i)));
        let each = filters.iter().flat_map(|(_, m)| [number(&|i| at(m, i)), number(&|i| !at(m, i))]);
        // What is not so is counted only where the clause denies it.
        let denied = count.clause.iter().any(|w| matches!(w.as_str(), "not" | "no" | "without"));
        // "Eleven of 25.00 came in", where the twelfth has a state of its own.
        let marks = self.marks();
        let unmarked = number(&|i| filters.iter().all(|(_, m)| at(m, i)) && !marks.contains(&i));
        let readings = each
            .enumerate()
            .filter(|(i, _)| denied || i % 2 == 0)
            .map(|(_, n)| n)
            .chain([all, any, unmarked])
            .collect();
        let how = if filters.len() == 1 {
            how.clone()
        } else {
            filters.iter().map(|(h, _)| h.as_str()).collect::<Vec<_>>().join(" and ")
        };
        Some(Filtered { right: all, readings, how })
    }

    /// The items with a member that fewer than half of them have: exceptions, which a count may leave out.
    fn marks(&self) -> BTreeSet<usize> {
        let mut having: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, item) in self.items.iter().enumerate() {
            for (key, _) in item.entries().filter(|(_, v)| scalar(*v).is_some()) {
                having.entry(key.str().unwrap_or_default().into_owned()).or_default().push(at);
            }
        }
        having.into_values().filter(|items| 2 * items.len() < self.items.len()).flatten().collect()
    }

    fn columns(&self) -> BTreeMap<String, Vec<String>> {
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in &self.items {
            for (key, value) in item.entries() {
                if let Some(text) = scalar(value) {
                    columns.entry(key.str().unwrap_or_default().to_ascii_lowercase()).or_default().push(text);
                }
            }
        }
        columns
    }

    /// The numbers of different values, by field.
    pub fn distinct(&self) -> BTreeSet<i64> {
        let fields = self.columns().into_values().map(|v| v.into_iter().collect::<BTreeSet<_>>().len() as i64);
        let own = self.items.iter().filter_map(|i| scalar(*i)).collect::<BTreeSet<_>>().len() as i64;
        fields.chain((own > 0).then_some(own)).collect()
    }

    /// The number of different values nearest to a claimed one, below the length.
    pub fn distinct_near(&self, claimed: i64) -> Option<i64> {
        let len = self.items.len() as i64;
        self.distinct().into_iter().filter(|n| *n > 1 && *n < len).min_by_key(|n| (n - claimed).abs())
    }

    /// The sizes of the groups that a field's values make.
    pub fn group_sizes(&self) -> BTreeSet<i64> {
        let mut sizes = BTreeSet::new();
        for values in self.columns().into_values() {
            let mut groups: BTreeMap<String, i64> = BTreeMap::new();
            values.into_iter().for_each(|v| *groups.entry(v).or_default() += 1);
            sizes.extend(groups.into_values().filter(|n| *n > 1));
        }
        sizes
    }

    /// The sum of the items' quantities.
    pub fn quantities(&self) -> Option<i64> {
        let of = |i: &Value<'_>| ["quantity", "qty", "count", "amount", "units"].iter().find_map(|k| i.get(k)?.i64());
        self.items.iter().map(of).sum()
    }

    /// True for "4 left": the list less what was taken away since.
    pub fn less_than_whole(&self, session: &Session<'_>, count: &Count) -> bool {
        let writes = session.calls.iter().any(|c| c.is_write() && c.event > self.event && c.event < count.event);
        (count.rest || writes) && count.number != self.items.len() as i64
    }
}
