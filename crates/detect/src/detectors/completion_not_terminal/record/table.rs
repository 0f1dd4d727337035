//! A list of records that have names and a state.

use crate::outcome::status::word_standing;
use hindcast_trace::json::{Kind, Value};
use std::collections::BTreeSet;

/// Lists deeper in an answer, and members deeper in a record, are parts of parts.
const DEEPEST: usize = 4;
/// Longer lists are data, not records that somebody asked about.
const MOST: usize = 100;
/// Members of one record that are looked at.
const WIDEST: usize = 40;
/// Longer texts are no names.
const LONGEST: usize = 60;
/// A state is a word, or a few.
const WORDS: usize = 3;

/// Records of one list.
pub struct Table<'v> {
    /// The answer's event.
    pub event: u32,
    pub items: Vec<Item<'v>>,
    /// The states that occur, as one would say them.
    states: BTreeSet<String>,
}

/// A record.
pub struct Item<'v> {
    /// What it alone is called, in lower case.
    pub labels: Vec<String>,
    /// The member that tells its state: key and value.
    pub state: (Value<'v>, Value<'v>),
    /// The state as one would say it.
    said: String,
}

/// What a clause says of a list.
pub struct Told<'s> {
    /// The records that it names.
    pub items: Vec<usize>,
    /// The only state that it names.
    pub state: &'s str,
}

impl Table<'_> {
    /// What a clause in lower case says; `None` where it names no record, or not exactly one state.
    pub fn told(&self, clause: &str) -> Option<Told<'_>> {
        let mut states = self.states.iter().filter(|s| has_word(clause, s));
        let state = states.next()?;
        if states.next().is_some() {
            return None;
        }
        let items: Vec<usize> = (0..self.items.len()).filter(|i| self.items[*i].is_named(clause)).collect();
        (!items.is_empty()).then_some(Told { items, state })
    }

    /// True where a clause names a record.
    pub fn mentions(&self, clause: &str) -> bool {
        self.items.iter().any(|i| i.is_named(clause))
    }

    /// True where a record is known to be in another kind of state: open and not done, or the other way round.
    pub fn contradicts(&self, item: usize, state: &str) -> bool {
        let own = &self.items[item].said;
        own != state && word_standing(own) != word_standing(state)
    }
}

impl Item<'_> {
    fn is_named(&self, clause: &str) -> bool {
        self.labels.iter().any(|l| has_word(clause, l))
    }
}

/// True for a word or phrase that stands by itself in a text.
pub fn has_word(text: &str, word: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !joined(text[..at].chars().next_back()) && !joined(text[at + word.len()..].chars().next()))
}

/// The lists of an answer whose records have names and states.
pub fn all(root: Value<'_>, event: u32) -> Vec<Table<'_>> {
    let mut found = Vec::new();
    walk(root, 0, event, &mut found);
    found
}

fn walk<'v>(value: Value<'v>, depth: usize, event: u32, found: &mut Vec<Table<'v>>) {
    if depth > DEEPEST {
        return;
    }
    if value.is_array() {
        let records: Vec<Value<'v>> = value.items().take(MOST + 1).collect();
        if (2..=MOST).contains(&records.len()) && records.iter().all(|r| r.is_object()) {
            found.extend(table(&records, event));
        }
        records.into_iter().filter(|r| r.is_object()).take(MOST).for_each(|r| walk(r, depth + 1, event, found));
    } else if value.is_object() {
        value.entries().take(WIDEST).for_each(|(_, v)| walk(v, depth + 1, event, found));
    }
}

/// A member of a record: where it stands, its key and its value.
type Member<'v> = (String, Value<'v>, Value<'v>);

fn table<'v>(records: &[Value<'v>], event: u32) -> Option<Table<'v>> {
    let members: Vec<Vec<Member<'v>>> = records
        .iter()
        .map(|r| {
            let mut all = Vec::new();
            collect(*r, "", 0, &mut all);
            all
        })
        .collect();
    let column = |path: &str| -> Option<Vec<&Member<'v>>> {
        members.iter().map(|m| m.iter().find(|(p, _, _)| p == path)).collect()
    };
    let paths: Vec<&str> = members[0].iter().map(|(p, _, _)| p.as_str()).collect();
    let columns: Vec<(&str, Vec<&Member<'v>>)> = paths.iter().filter_map(|p| Some((*p, column(p)?))).collect();
    let (state_path, states) = columns.iter().find(|(_, c)| is_state(c))?;
    let mut labels: Vec<Vec<String>> = vec![Vec::new(); records.len()];
    for (_, names) in columns.iter().filter(|(p, c)| p != state_path && !is_state(c)) {
        let words: Option<Vec<String>> = names.iter().map(|(_, _, v)| label(*v)).collect();
        let Some(words) = words.filter(|w| w.iter().collect::<BTreeSet<_>>().len() == w.len()) else { continue };
        labels.iter_mut().zip(words).for_each(|(all, word)| all.push(word));
    }
    if labels.iter().any(Vec::is_empty) {
        return None;
    }
    let items: Vec<Item<'v>> = labels
        .into_iter()
        .zip(states)
        .filter_map(|(labels, (_, key, value))| Some(Item { labels, state: (*key, *value), said: spoken(*value)? }))
        .collect();
    let states = items.iter().map(|i| i.said.clone()).collect();
    Some(Table { event, items, states })
}

fn collect<'v>(record: Value<'v>, at: &str, depth: usize, all: &mut Vec<Member<'v>>) {
    for (key, value) in record.entries().take(WIDEST) {
        let Some(name) = key.str() else { continue };
        let path = format!("{at}/{name}");
        if value.is_object() && depth < DEEPEST {
            collect(value, &path, depth + 1, all);
        } else if all.len() < WIDEST && matches!(value.kind(), Kind::Plain | Kind::Escaped) {
            all.push((path, key, value));
        }
    }
}

/// True for members that tell states: a few words each, not the same for all, one of them known as a status.
fn is_state(column: &[&Member<'_>]) -> bool {
    let said: Option<BTreeSet<String>> = column.iter().map(|(_, _, v)| spoken(*v)).collect();
    said.is_some_and(|s| s.len() > 1 && s.iter().any(|w| word_standing(w).is_some()))
}

/// A state as one would say it: `in_review` is "in review". `None` for what is no word.
fn spoken(value: Value<'_>) -> Option<String> {
    let text = value.str()?;
    let words: Vec<String> = text.split(['_', '-', ' ']).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    let is_word = |w: &String| w.chars().all(char::is_alphabetic);
    (text.len() <= LONGEST && (1..=WORDS).contains(&words.len()) && words.iter().all(is_word)).then(|| words.join(" "))
}

/// What a record may be called by: an ID or a name, no date and no number alone.
fn label(value: Value<'_>) -> Option<String> {
    let text = value.str()?;
    let text = text.trim();
    let date = text.len() >= 8 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    let named = (2..=LONGEST).contains(&text.len()) && text.chars().any(char::is_alphabetic) && !date;
    named.then(|| text.to_lowercase())
}
