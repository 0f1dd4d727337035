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
    for (index, call) in session.calls.iter().enumerate() {
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
            Some(root) => walk(root, 0, &mut |key, list, total| all.push(one(key, list.items().collect(), total))),
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

fn walk<'s>(object: Value<'s>, depth: usize, see: &mut dyn FnMut(&str, Value<'s>, Option<i64>)) {
    if depth > 6 {
        return;
    }
    let is_total = |key: Value<'_>| {
        ["total", "total_count", "totalCount", "count", "total_results", "totalResults"].iter().any(|n| key.is(n))
    };
    let total = || object.entries().find(|(key, _)| is_total(*key))?.1.i64();
    for (key, value) in object.entries() {
        if value.is_array() {
            see(&key.str().unwrap_or_default(), value, total());
        } else if value.is_object() {
            walk(value, depth + 1, see);
        }
    }
}

fn scalar(value: Value<'_>) -> Option<String> {
    (!value.is_object() && !value.is_array() && !value.is_null())
        .then(|| value.str().unwrap_or_else(|| value.raw()).to_ascii_lowercase())
}

impl List<'_> {
    /// True when the count's noun names this list.
    pub fn is_named(&self, count: &Count) -> bool {
        self.key_named(count)
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

    fn tool_named(&self, count: &Count) -> bool {
        self.words.iter().skip(1).any(|w| count.nouns.iter().take(2).any(|n| n.len() > 2 && *n == singular(w)))
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
        !count.run.iter().all(|w| known(w))
    }

    /// How many items have the field value that the clause names, and which.
    pub fn filtered(&self, count: &Count) -> Option<(i64, String)> {
        let mut best = None;
        for (key, values) in self.columns() {
            let named = |v: &str| v.len() > 2 && count.clause.iter().any(|w| w == v);
            if let Some(value) = values.iter().find(|v| named(v)) {
                best = Some((values.iter().filter(|v| *v == value).count() as i64, format!("{key} “{value}”")));
            } else if named(&key) && values.iter().all(|v| v == "true" || v == "false") {
                best = Some((values.iter().filter(|v| *v == "true").count() as i64, format!("{key} true")));
            }
        }
        best
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
