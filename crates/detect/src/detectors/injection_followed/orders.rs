//! Calls that carry out what a stretch of a tool's answer tells agents to do, where no telltale value leads there: a tool
//! by its name, an entry by its title, an object by its description.

mod matching;
mod report;
mod values;

pub(super) use matching::{carried_out, described, user_names};
pub(super) use values::{is_object, strings, strip};

use super::tokens::tokens;
use super::words::{SAYS, Word, words};
use super::{alone, cover, dates, paraphrase, reference, row};
use crate::dialogue::{ordering, other_language};
use crate::finding::Cite;
use crate::grams::Texts;
use crate::maps::{HashMap, HashSet};
use crate::prose::instruction::{self, Instruction};
use crate::prose::{foreign, passage};
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::{Role, Text};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use values::{names_object, stems};

/// An order in a tool's answer.
pub(super) struct Order<'t> {
    /// The event of the answer.
    pub event: u32,
    /// The answer.
    pub text: &'t Text,
    /// Where the order stands.
    pub place: Instruction,
    /// True where nothing in it speaks to an agent.
    pub unmarked: bool,
    read: OnceCell<Read>,
    wording: Wording,
}

/// The words of an order as they are compared with every text; each is made once.
#[derive(Default)]
struct Wording {
    words: OnceCell<Vec<Word>>,
    rows: OnceCell<HashMap<String, usize>>,
    says: OnceCell<bool>,
    dictated: OnceCell<Option<paraphrase::Dictated>>,
    content: OnceCell<Option<(Range<usize>, BTreeSet<String>)>>,
}

/// What of an order is compared with every call; made once.
struct Read {
    squeezed: String,
    stems: BTreeSet<String>,
    /// True where it tells its reader to do anything.
    asks: bool,
    /// True where it does so with a verb of an operation.
    names_operation: bool,
    /// True where it names an address, a link or the number of an account.
    names_object: bool,
    /// True where it is in another language than English.
    foreign: bool,
}

impl<'t> Order<'t> {
    fn new(event: u32, text: &'t Text, place: Instruction) -> Self {
        Order { event, text, place, unmarked: false, read: OnceCell::new(), wording: Wording::default() }
    }

    /// An order to whomever reads it.
    pub(super) fn unmarked(event: u32, text: &'t Text, place: Instruction) -> Self {
        Order { unmarked: true, ..Order::new(event, text, place) }
    }

    fn read(&self) -> &Read {
        let words = self.words();
        let read = || {
            let foreign = foreign::is_other(self.behind_marker());
            let names_operation = foreign && other_language::may_ask(self.behind_marker()) || passage::orders(words);
            Read {
                squeezed: squeeze(words),
                stems: stems(words),
                asks: names_operation || !foreign && !ordering::deeds(self.behind_marker()).is_empty(),
                names_operation,
                names_object: names_object(self.sentence()),
                foreign,
            }
        };
        self.read.get_or_init(read)
    }

    /// True where it is in another language than English.
    pub(super) fn is_foreign(&self) -> bool {
        self.read().foreign
    }

    /// Its words from its marker on.
    pub(super) fn behind_marker(&self) -> &str {
        &self.text.text[self.place.marker.start.min(self.place.range.end)..self.place.range.end]
    }

    /// Its letters and digits.
    pub(super) fn squeezed(&self) -> &str {
        &self.read().squeezed
    }

    /// True where it tells its reader to do anything.
    pub(super) fn asks(&self) -> bool {
        self.read().asks
    }

    /// Its words, one by one.
    pub(super) fn told(&self) -> &[Word] {
        self.wording.words.get_or_init(|| words(self.words()))
    }

    /// Its rows of words that an answer may have as well, each with its place among the words.
    pub(super) fn rows(&self) -> &HashMap<String, usize> {
        self.wording.rows.get_or_init(|| row::of_order(self))
    }

    /// True where it has a verb that asks for words.
    pub(super) fn says(&self) -> bool {
        *self.wording.says.get_or_init(|| SAYS.as_ref().is_some_and(|r| r.is_match(self.words())))
    }

    /// What it wants to be said, with its telling words.
    pub(super) fn dictated(&self) -> Option<&paraphrase::Dictated> {
        self.wording.dictated.get_or_init(|| paraphrase::dictated(self)).as_ref()
    }

    /// The clause that it wants to be said, with its telling words.
    pub(super) fn content(&self) -> Option<&(Range<usize>, BTreeSet<String>)> {
        self.wording.content.get_or_init(|| alone::of_order(self)).as_ref()
    }

    /// Its words.
    pub(super) fn words(&self) -> &str {
        &self.text.text[self.place.range.clone()]
    }

    /// What stands behind its marker in the same field.
    fn sentence(&self) -> &str {
        let rest = &self.text.text[self.place.marker.end.min(self.place.range.end)..self.place.range.end];
        let end = ["\",", "\"}", "\"\n"].iter().filter_map(|s| rest.find(s)).min().unwrap_or(rest.len());
        &rest[..end]
    }

    pub(super) fn cite(&self) -> Option<Cite> {
        let words = self.words();
        let start = self.place.range.start + words.len() - words.trim_start().len();
        Cite::of(self.event, self.text, start..start + words.trim().len())
    }
}

/// The orders of a session, and what else stands in it.
pub(super) struct Orders<'s, 't> {
    session: &'s Session<'t>,
    /// In order.
    pub list: Vec<Order<'t>>,
    /// The answers that count as orders as a whole.
    whole: Vec<u32>,
    /// The first event at which the user says a stem.
    users: OnceCell<HashMap<String, u32>>,
    /// The first event at which a word of the user's begins with some letters.
    heads: OnceCell<HashMap<String, u32>>,
    /// The user's texts in lower case.
    folded: OnceCell<Texts<String>>,
    squeezed: OnceCell<Squeezed>,
    /// The first event at which anybody but the agent says a stem outside the orders.
    known: OnceCell<HashMap<String, u32>>,
    /// The first event at which the user orders anything in words of their own.
    ordered_in_words: OnceCell<Option<u32>>,
    /// The first event at which the user asks for a kind of operation.
    ordered_a_kind: OnceCell<Option<u32>>,
    /// The first event at which the user orders more than one thing.
    several: OnceCell<Option<u32>>,
    /// The first event at which the user says a telling word or number.
    said: OnceCell<HashMap<String, u32>>,
    /// How many more values may be looked for.
    left: Cell<u32>,
    /// How many more calls may be compared with every answer.
    looks: Cell<u32>,
    /// The tools that were looked for by name.
    sought: RefCell<HashSet<String>>,
}

/// Letters and digits of a session's texts, each with its event.
struct Squeezed {
    /// Everything but the orders and the agent's own words.
    rest: Vec<(u32, String)>,
    /// The calls' arguments.
    called: Vec<(u32, String)>,
}

/// More values than this are looked for in no session.
const MOST_VALUES: u32 = 256;
/// More calls than this are compared with every answer in no session.
const MOST_LOOKS: u32 = 32;

impl<'s, 't> Orders<'s, 't> {
    pub(super) fn of(session: &'s Session<'t>) -> Self {
        Orders::with(session, find(session))
    }

    /// These orders, and others.
    pub(super) fn and(&self, others: Vec<Order<'t>>) -> Self {
        let own = self.list.iter().map(|o| Order::new(o.event, o.text, o.place.clone()));
        let mut list: Vec<_> = own.chain(others).collect();
        list.sort_by_key(|o| (o.event, o.place.range.start));
        Orders { whole: self.whole.clone(), ..Orders::with(self.session, list) }
    }

    fn with(session: &'s Session<'t>, list: Vec<Order<'t>>) -> Self {
        Orders {
            session,
            list,
            whole: Vec::new(),
            users: OnceCell::new(),
            heads: OnceCell::new(),
            folded: OnceCell::new(),
            squeezed: OnceCell::new(),
            known: OnceCell::new(),
            ordered_in_words: OnceCell::new(),
            ordered_a_kind: OnceCell::new(),
            several: OnceCell::new(),
            said: OnceCell::new(),
            left: Cell::new(MOST_VALUES),
            looks: Cell::new(MOST_LOOKS),
            sought: RefCell::default(),
        }
    }

    /// What a page says that only an order led to belongs to the order.
    pub(super) fn led_to(&mut self, call: &Call<'t>) {
        let Some(answer) = call.result.as_ref().filter(|_| call.known.effect.0 == Effect::Read) else { return };
        for text in answer.texts() {
            let end = text.text.floor_char_boundary(1500);
            let place = Instruction { range: 0..end, marker: 0..end, claimed: false };
            self.list.push(Order::new(answer.event, text, place));
        }
        self.whole.push(answer.event);
    }

    /// True when a tool was looked for already: once is enough for each.
    fn called_before(&self, name: &str) -> bool {
        !self.sought.borrow_mut().insert(name.to_owned())
    }

    fn user_says_date(&self, date: dates::Day, before: u32) -> bool {
        self.user_says(&date.month_stem(), before)
    }

    fn user_says(&self, stem: &str, before: u32) -> bool {
        let read = || {
            let mut users = HashMap::default();
            for message in self.session.messages.iter().filter(|m| m.role == Role::User) {
                let all = message.texts.iter().flat_map(|t| stems(&t.text));
                all.for_each(|s| _ = users.entry(s).or_insert(message.event));
            }
            users
        };
        self.users.get_or_init(read).get(stem).is_some_and(|event| *event < before)
    }

    /// True where a word that the user wrote begins as this one does: "annulez", `annulation.creer`.
    pub(super) fn users_word_begins(&self, word: &str, before: u32) -> bool {
        const SAME: usize = 4;
        let head: String = word.chars().take(SAME).collect();
        let read = || {
            let mut heads = HashMap::default();
            for message in self.session.messages.iter().filter(|m| m.role == Role::User) {
                for text in message.texts {
                    let folded = text.text.to_lowercase();
                    for word in folded.split(|c: char| !c.is_alphanumeric()) {
                        let end = word.char_indices().nth(SAME - 1).map(|(at, c)| at + c.len_utf8());
                        let head = end.and_then(|end| word.get(..end)).filter(|h| !heads.contains_key(*h));
                        head.map(|h| heads.insert(h.to_owned(), message.event));
                    }
                }
            }
            heads
        };
        head.chars().count() == SAME && self.heads.get_or_init(read).get(&head).is_some_and(|event| *event < before)
    }

    /// True where a value stands before a call in anything but an order, or was the agent's own before the order.
    pub(super) fn elsewhere(&self, wanted: &str, order: u32, call: u32) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return true };
        self.left.set(left);
        let texts = self.squeezed.get_or_init(|| self.squeeze());
        let rest = texts.rest.iter().filter(|(event, _)| *event < call && !self.whole.contains(event));
        rest.map(|(_, text)| text).any(|text| text.contains(wanted))
            || texts.called.iter().any(|(event, text)| *event < order && text.contains(wanted))
    }

    /// True where the user had ordered nothing before an event, and only asked or wanted to be shown.
    pub(super) fn only_asked(&self, before: u32) -> bool {
        let users = || self.session.messages.iter().filter(|m| m.role == Role::User);
        // "What do we charge for it?" has the word of an operation and asks for none.
        let asks = |t: &str| ordering::is_question(t) || foreign::is_other(t) && other_language::only_asks(t);
        let wanting = || users().filter(|m| !m.texts.iter().all(|t| asks(&t.text)));
        let of_a_kind = || wanting().map(|m| m.event).find(|e| self.session.request().asks_at(*e));
        self.only_asked_in_words(before)
            && self.ordered_a_kind.get_or_init(of_a_kind).is_none_or(|event| event >= before)
    }

    /// The same as far as the sentences tell, whatever words of operations stand in them.
    pub(super) fn only_asked_in_words(&self, before: u32) -> bool {
        let orders = |t: &str| {
            if foreign::is_other(t) {
                return !other_language::only_asks(t);
            }
            let t = cover::without_purpose(t);
            let t = t.as_ref();
            !ordering::only_asks(t) || ordering::orders(t) || ordering::reports_change(t)
        };
        let mut users = self.session.messages.iter().filter(|m| m.role == Role::User);
        let in_words = || users.find(|m| m.texts.iter().any(|t| orders(&t.text))).map(|m| m.event);
        self.ordered_in_words.get_or_init(in_words).is_none_or(|event| event >= before)
    }

    /// True as long as not too many calls were compared with every answer: each costs a look at all of them.
    pub(super) fn may_look(&self) -> bool {
        let left = self.looks.get().checked_sub(1);
        left.inspect(|left| self.looks.set(*left)).is_some()
    }

    /// True where `says` is true of a text of the user's before an event; it must be the same question each time.
    pub(super) fn user_orders_several(&self, before: u32, says: impl Fn(&str) -> bool) -> bool {
        let mut users = self.session.messages.iter().filter(|m| m.role == Role::User);
        let first = || users.find(|m| m.texts.iter().any(|t| says(&t.text))).map(|m| m.event);
        self.several.get_or_init(first).is_some_and(|event| event < before)
    }

    /// True where the user says a telling word or number before an event.
    pub(super) fn user_said(&self, token: &str, before: u32) -> bool {
        let read = || {
            let mut said = HashMap::default();
            for message in self.session.messages.iter().filter(|m| m.role == Role::User) {
                let all = message.texts.iter().flat_map(|t| tokens(&t.text));
                all.for_each(|(token, _)| _ = said.entry(token).or_insert(message.event));
            }
            said
        };
        self.said.get_or_init(read).get(token).is_some_and(|event| *event < before)
    }

    /// What `read` finds in the user's texts before an event.
    pub(super) fn users_tokens(&self, before: u32, read: impl Fn(&str) -> BTreeSet<String>) -> BTreeSet<String> {
        let users = self.session.messages.iter().filter(|m| m.role == Role::User && m.event < before);
        users.flat_map(|m| m.texts).flat_map(|t| read(&t.text)).collect()
    }

    /// True where the user wrote a whole value of a call: whom a message goes to, what an entry is called.
    pub(super) fn user_wrote(&self, values: &[String], before: u32) -> bool {
        let read = || {
            let users = self.session.messages.iter().filter(|m| m.role == Role::User);
            users.flat_map(|m| m.texts.iter().map(|t| (m.event, t.text.to_lowercase()))).collect()
        };
        let said = self.folded.get_or_init(read);
        let values = values.iter().filter(|v| v.chars().count() >= 3).map(|v| v.to_lowercase());
        // The message as a whole is passed on as it stands: it names nothing.
        let whole = |t: &str, v: &str| v.contains(' ') && v.len() * 10 >= t.len() * 9;
        values.into_iter().any(|v| {
            let v = v.trim_start_matches(['#', '@']);
            said.holding(v).take_while(|(_, event, _)| *event < before).any(|(_, _, t)| !whole(t, v))
        })
    }

    /// True where the operator speaks of the tool by its name, or by all of its words.
    pub(super) fn operator_names(&self, call: &Call<'_>) -> bool {
        let system = self.session.messages.iter().filter(|m| m.role == Role::System).flat_map(|m| m.texts);
        system.map(|t| t.text.to_lowercase()).any(|text| {
            text.contains(&call.name.text.to_lowercase())
                || call.known.words.len() >= 2 && call.known.words.iter().all(|w| text.contains(w.as_str()))
        })
    }

    /// True where a stem was said before an event by the user, the operator or a tool, the orders apart.
    pub(super) fn is_known(&self, stem: &str, event: u32) -> bool {
        let read = || {
            let mut known = HashMap::default();
            self.outside(|at, text| {
                paraphrase::stems(text).for_each(|s| {
                    let first = known.entry(s).or_insert(at);
                    *first = at.min(*first);
                });
            });
            known
        };
        self.known.get_or_init(read).get(stem).is_some_and(|at| *at < event)
    }

    /// Every text but the orders and the agent's own words, with its event.
    fn outside(&self, mut each: impl FnMut(u32, &str)) {
        for message in self.session.until_stopped(self.session.messages.iter().filter(|m| m.role != Role::Assistant)) {
            message.texts.iter().for_each(|t| each(message.event, &t.text));
        }
        for answer in self.session.until_stopped(self.session.calls.iter().filter_map(|c| c.result.as_ref())) {
            for text in answer.texts() {
                let own =
                    self.list.iter().rev().filter(|o| std::ptr::eq(o.text, text) && !self.whole.contains(&o.event));
                let mut own = own.peekable();
                if own.peek().is_none() {
                    each(answer.event, &text.text);
                    continue;
                }
                let mut rest = text.text.clone();
                own.for_each(|o| rest.replace_range(o.place.range.clone(), " "));
                each(answer.event, &rest);
            }
        }
    }

    fn squeeze(&self) -> Squeezed {
        let mut rest = Vec::new();
        self.outside(|at, text| rest.push((at, squeeze(text))));
        let arguments = |c: &Call<'_>| c.arguments.map(|a| (c.event, squeeze(&a.text)));
        Squeezed { rest, called: self.session.calls.iter().filter_map(arguments).collect() }
    }
}

/// Everything in tools' answers that speaks to an agent, in order.
fn find<'t>(session: &Session<'t>) -> Vec<Order<'t>> {
    let answers = session.calls.iter().filter_map(|c| c.result.as_ref());
    let mut orders: Vec<Order<'t>> = Vec::new();
    for answer in session.until_stopped(answers) {
        for text in answer.texts() {
            let places = instruction::of(&text.text).into_iter();
            let entitled = |i: &Instruction| reference::is_followed(session, answer.event, &text.text[i.range.clone()]);
            let places = places.filter(|i| !entitled(i));
            orders.extend(places.map(|place| Order::new(answer.event, text, place)));
            if orders.len() >= MOST {
                return orders;
            }
        }
    }
    orders
}

/// A session with more orders than this is about them.
const MOST: usize = 64;
