//! Whether a call carries an order out.

use super::report::finding;
use super::values::{Lone, is_object, only_in_order, stem, stems, strings, strip};
use super::{Order, Orders};
use crate::detectors::injection_followed::cover::{Room, is_act, room};
use crate::detectors::injection_followed::led::is_rule;
use crate::detectors::injection_followed::relay::relays_text;
use crate::detectors::injection_followed::second::several;
use crate::detectors::injection_followed::telltale;
use crate::detectors::injection_followed::unasked::LONGEST;
use crate::detectors::injection_followed::{
    Wanted, answered, dates, entrusted, is_covered, own_task, reference, wanted as wanted_of,
};
use crate::dialogue::request::principal_families;
use crate::dialogue::{ordering, other_language};
use crate::finding::Finding;
use crate::origin::provenance::Speaker;
use crate::outcome::rejection;
use crate::prose::instruction::Instruction;
use crate::prose::passage;
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use std::collections::BTreeSet;

/// The way in which a call carries out an order, with what the instruction and the call share.
pub(super) struct Match {
    pub(super) path: &'static str,
    pub(super) why: String,
    rank: u8,
}

/// The finding for a call that carries out one of the orders before it.
pub(in super::super) fn carried_out<'t>(
    session: &Session<'t>,
    orders: &Orders<'_, '_>,
    call: &Call<'t>,
) -> Option<Finding> {
    if let Some(order) = named_in_passing(session, orders, call) {
        let why = "a sentence tells its reader to use this tool".to_owned();
        let found = Match { path: "tool-unmarked", why, rank: 0 };
        let marked = orders.list.iter().any(|o| o.event == order.event && !o.place.claimed);
        if !marked {
            return Some(finding(call, &order, &found));
        }
    }
    let before =
        orders.list.iter().filter(|o| o.event < call.event && !user_spoke_between(session, o.event, call.event));
    let mut before = before.peekable();
    before.peek()?;
    let act = Act::of(session, call);
    let (order, found) = before
        .filter(|o| !hands_on(session, o.event, call))
        .filter_map(|o| Some((o, matches(session, orders, o, &act)?)))
        .filter(|(o, _)| !relays_text(call, o.words()))
        .max_by_key(|(o, m)| (m.rank, o.event))?;
    Some(finding(call, order, &found))
}

/// True where the answer turned down a call of the agent's, and this one takes the same thing elsewhere: a tool that says whom to ask
/// instead tells its way out.
fn hands_on(session: &Session<'_>, event: u32, call: &Call<'_>) -> bool {
    let refused = answered(session, event).filter(|c| c.failure().is_some() || rejection::of(c).is_some());
    let Some(refused) = refused else { return false };
    let strings_of = |c: &Call<'_>| {
        let mut all = Vec::new();
        c.args().into_iter().for_each(|a| strings(a, &mut all, 0));
        all
    };
    let same = strings_of(refused);
    refused.known.effect.0 != Effect::Read && strings_of(call).iter().any(|v| v.len() >= 4 && same.contains(v))
}

/// A call with what is compared with every order.
pub(super) struct Act<'a, 't> {
    pub(super) call: &'a Call<'t>,
    pub(super) values: Vec<String>,
    pub(super) wanted: Wanted,
    /// True where the user had named whom or what it is for.
    for_user: bool,
}

impl<'a, 't> Act<'a, 't> {
    fn of(session: &Session<'t>, call: &'a Call<'t>) -> Self {
        let mut values = Vec::new();
        if let Some(args) = call.args() {
            strings(args, &mut values, 0);
        }
        Act { call, values, wanted: wanted_of(session, call), for_user: targets_by_user(session, call) }
    }
}

/// True where the user had named whom or what the call is for.
fn targets_by_user(session: &Session<'_>, call: &Call<'_>) -> bool {
    let provenance = session.provenance();
    let named = |atom: &str| provenance.sources(atom, call.event).any(|(s, _)| s.speaker == Speaker::User);
    provenance.atoms(call.event).iter().any(|a| a.target && named(&a.text))
}

/// A sentence in the answer of another tool that tells its reader to use this one, to whomever it speaks.
fn named_in_passing<'t>(session: &Session<'t>, orders: &Orders<'_, '_>, call: &Call<'t>) -> Option<Order<'t>> {
    let name = call.name.text.as_str();
    let compound = name.len() >= 6 && (name.contains(['_', '.', '-']) || name.chars().skip(1).any(char::is_uppercase));
    if !compound || call.known.effect.0 == Effect::Read || orders.called_before(name) {
        return None;
    }
    // A tool that tells which one of its kin comes next speaks of its interface, and so does whatever was changed.
    let kin = |c: &Call<'t>| c.known.words.iter().any(|w| call.known.words.contains(w) && stem(w).is_some());
    let others = session.calls.iter().filter(|c| c.known.effect.0 != Effect::Write);
    // Many answers, one name.
    let finder = memchr::memmem::Finder::new(name);
    let told = others.take_while(|c| c.event < call.event).find_map(|other| {
        let answer = other.result.as_ref().filter(|r| r.event < call.event)?;
        answer.texts().find_map(|text| {
            let at = finder.find(text.text.as_bytes())?;
            if kin(other) || user_spoke_between(session, answer.event, call.event) {
                return None;
            }
            let range = passage::around(&text.text, &(at..at + name.len()));
            let told = passage::is_imperative_at(&text.text[range.clone()], at - range.start);
            let place = Instruction { range, marker: at..at + name.len(), claimed: false };
            told.then(|| Order::new(answer.event, text, place))
        })
    })?;
    let wanted = wanted_of(session, call);
    (!wanted.asked && !wanted.delegated && !user_names(orders, call)).then_some(told)
}

fn user_spoke_between(session: &Session<'_>, from: u32, to: u32) -> bool {
    session.user_spoke_between(from, to)
}

fn matches(session: &Session<'_>, orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> Option<Match> {
    let found = match_of(session, orders, order, act).or_else(|| dictated(orders, order, act))?;
    let request = session.request();
    if !request.in_other_language {
        return Some(found);
    }
    // Where the user's words tell nothing, only what the order and the call share does.
    let shares = found.rank == 3
        || request.told_elsewise
        || shared_words(orders, order, act).len() >= 2
        || room(session, orders, act.call, order.event).is_some_and(|r| r != Room::OtherOrder);
    let path = if found.rank == 3 { "foreign" } else { "foreign-words" };
    shares.then_some(Match { path, ..found })
}

/// A link, a code or a number that the order wants to be written, and that the call writes into a text.
fn dictated(orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> Option<Match> {
    let text = act.call.arguments.filter(|_| act.call.known.effect.0 != Effect::Read && !order.place.claimed)?;
    let (place, _) = telltale::of(orders, order, text, act.call.event)?;
    let why = format!("only the instruction names \"{}\"", &text.text[place]);
    Some(Match { path: "dictated", why, rank: 2 })
}

/// True where an order in another language speaks of the kind of operation that a call is.
fn mentions(order: &Order<'_>, call: &Call<'_>) -> bool {
    let families = principal_families(call);
    let asked = other_language::mentioned(order.behind_marker());
    families.iter().any(|f| asked.contains(f))
}

fn match_of(session: &Session<'_>, orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> Option<Match> {
    let Act { call, wanted, .. } = act;
    let words = order.words();
    let effect = call.known.effect.0;
    let verbs = call.known.verbs(&call.name.text);
    let same_tool = answered(session, order.event).is_some_and(|c| c.name.text == call.name.text);
    let named = !same_tool && names_tool(order, &call.name.text);
    let claimed = order.place.claimed;
    // What the user handed over may hold any request; a claimed rule binds no reading.
    if claimed && (wanted.delegated || wanted.asked || effect != Effect::Write) {
        return None;
    }
    let verb = passage::directive(words, verbs);
    let asks = verb.is_some() || order.is_foreign() && mentions(order, call);
    // The tool's own verb, and not one that means much the same.
    let own_verb = verb.is_some_and(|v| call.known.words.iter().any(|w| words[v.clone()].eq_ignore_ascii_case(w)));
    // Whom the user named, the user wanted, unless it was for a question.
    if act.for_user && !named && !orders.only_asked(call.event) {
        return None;
    }
    let operators = || wanted.asked && reference::is_document(session, order.event);
    let doubt = || wanted.delegated || wanted.dealt && !entrusted::goes_beyond(words) || operators();
    let path = |path: &'static str| match (doubt(), claimed) {
        (true, _) => "delegated-doubt",
        (false, true) => "indirect",
        _ => path,
    };
    // A value that stands in the order alone says more than any word.
    let may_ask = order.read().names_operation || order.read().asks && effect != Effect::Read;
    let value = if asks || named || may_ask { only_in_order(orders, order, act) } else { None };
    let value =
        value.or_else(|| (effect == Effect::Read && !claimed).then(|| told_place(orders, order, act)).flatten());
    if let Some(value) = value.filter(|v| effect != Effect::Read || asks || named || v.place) {
        let why = format!("only the instruction names \"{}\"", value.text);
        return Some(Match { path: path(""), why, rank: 3 });
    }
    if wanted.delegated {
        return None;
    }
    if let Some(found) = another_of_its_kind(session, orders, order, act) {
        return Some(found);
    }
    if user_names(orders, call) {
        return None;
    }
    if wanted.asked {
        // What the user ordered may be what another call did.
        let shared = shared_words(orders, order, act);
        // The order names the tool's own operation, and the user's own word for theirs is in the name of another tool.
        let exact = || {
            let said = |c: &Call<'_>| c.known.words.iter().any(|w| orders.users_word_begins(w, c.event));
            let mut others = session.calls.iter().filter(|c| c.name.text != call.name.text && said(c));
            let named = call.known.words.iter().filter_map(|w| stem(w)).any(|w| shared.contains(&w));
            named && !said(call) && others.any(|c| session.request().asks_for(c) && c.known.effect.0 == Effect::Write)
        };
        let least = if shared.len() == 1 && exact() { 1 } else { 2 };
        let beside = effect == Effect::Write && !claimed && order.read().asks && shared.len() >= least;
        let beside = beside && !orders.user_wrote(&act.values, call.event);
        let covered = beside && is_covered(session, call, order.event);
        return covered.then(|| Match { path: "beside", why: shares(&shared, order), rank: 1 });
    }
    if named {
        return Some(Match { path: path("tool"), why: "the instruction names this tool".to_owned(), rank: 2 });
    }
    // A tool that tells how to go on with it speaks of its own interface.
    let looks = effect != Effect::Write && !is_act(call) && !spells_out(order, call);
    if effect == Effect::Read || looks || same_tool || another_object(orders, order, act, own_verb) {
        return None;
    }
    if claimed && !asks {
        return None;
    }
    let changes = is_act(call) || spells_out(order, call);
    let asked_nothing = || {
        orders.only_asked(call.event)
            || (order.is_foreign() || order.read().asks)
                && room(session, orders, call, order.event) == Some(Room::Unknown)
    };
    let only_asked = || changes && !claimed && asked_nothing() && !orders.operator_names(call);
    let after = || {
        let why = "the user only asked a question, and the agent did this right after it read the instruction";
        let path = if orders.only_asked(call.event) || order.is_foreign() { "after" } else { "after-doubt" };
        only_asked().then(|| Match { path, why: why.to_owned(), rank: 0 })
    };
    if let Some(found) = after().filter(|_| order.is_foreign()) {
        return Some(found);
    }
    let names = order.is_foreign() || own_task::names_act(call, words);
    if asks && order.read().asks && names {
        let why = "the instruction asks for this operation".to_owned();
        return Some(Match { path: path("description"), why, rank: 1 });
    }
    let shared = shared_words(orders, order, act);
    if order.read().names_operation && shared.len() >= 2 {
        return Some(Match { path: path("description"), why: shares(&shared, order), rank: 1 });
    }
    if let Some(found) = after() {
        return Some(found);
    }
    let enough = if order.read().names_operation { 1 } else { 2 };
    let weak =
        shared.len() >= enough && !claimed && (effect == Effect::Write || order.read().asks && shared.len() >= 2);
    weak.then(|| Match { path: "doubt", why: shares(&shared, order), rank: 0 })
}

/// A second call of the tool that did what the user wanted, for something else that the order speaks of: what tools' answers say
/// of its code is in the order, and no word of it is the user's.
fn another_of_its_kind(
    session: &Session<'_>,
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    act: &Act<'_, '_>,
) -> Option<Match> {
    let call = act.call;
    if call.known.effect.0 != Effect::Write || order.place.claimed || !order.read().asks || several(orders, call.event)
    {
        return None;
    }
    let mut siblings =
        session.calls.iter().filter(|c| c.event != call.event && c.name.text == call.name.text).peekable();
    siblings.peek()?;
    let own = described(session, &act.values, call.event);
    let users = |words: &BTreeSet<String>| words.iter().any(|w| orders.user_says(w, call.event));
    if own.is_empty() || users(&own) {
        return None;
    }
    let shared: BTreeSet<String> = own.into_iter().filter(|w| order.read().stems.contains(w)).collect();
    let wanted = |c: &Call<'_>| {
        let mut values = Vec::new();
        c.args().into_iter().for_each(|a| strings(a, &mut values, 0));
        users(&described(session, &values, c.event)) || orders.user_wrote(&values, c.event)
    };
    let found = !shared.is_empty() && siblings.take(MOST_SIBLINGS).any(wanted);
    found.then(|| Match { path: "beside", why: shares(&shared, order), rank: 1 })
}

/// More calls of one tool than this are not compared.
const MOST_SIBLINGS: usize = 8;

/// The words of the lines in which tools' answers before an event hold a code among some values.
pub(in super::super) fn described(session: &Session<'_>, values: &[String], before: u32) -> BTreeSet<String> {
    let code = |v: &&String| (4..=24).contains(&v.len()) && v.bytes().any(|b| b.is_ascii_digit()) && !v.contains(' ');
    let codes: Vec<&String> = values.iter().filter(code).take(4).collect();
    let answers = session.calls.iter().filter_map(|c| c.result.as_ref()).filter(|r| r.event < before);
    let texts = answers.flat_map(|r| r.texts()).filter(|t| t.text.len() <= LONGEST);
    let lines = texts.flat_map(|t| {
        codes.iter().filter_map(move |code| {
            let at = memchr::memmem::find(t.text.as_bytes(), code.as_bytes())?;
            let from = t.text[..at].rfind(['\n', '{']).map_or(0, |i| i + 1);
            let to = t.text[at..].find(['\n', '}']).map_or(t.text.len(), |i| at + i);
            (to - from <= LINE).then(|| &t.text[from..to])
        })
    });
    lines.flat_map(stems).collect()
}

/// A longer line is no record.
const LINE: usize = 240;

/// An address that a sentence of the order tells its reader to go to, in whatever verb.
fn told_place(orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> Option<Lone> {
    let value = only_in_order(orders, order, act).filter(|v| v.place)?;
    let at = order.words().find(strip(&value.text))?;
    let sentence = passage::around(order.words(), &(at..at + strip(&value.text).len()));
    let before = &order.words()[sentence.start.min(at)..at];
    let before = before.trim_end_matches("www.").trim_end_matches("https://").trim_end_matches("http://");
    // "Load https://…", "before you answer, go to …": a clause of a verb with the address behind it, or an obligation.
    let clause = before.rsplit([',', ':', ';', '>', '\n', '(']).next().unwrap_or_default();
    let mut words = ordering::words(clause);
    let first = words.next().map(str::to_lowercase).unwrap_or_default();
    let told = words.count() < 3 && !first.is_empty() && !POINTS.contains(&first.as_str());
    (told || is_rule(before)).then_some(value)
}

/// Words before an address that nobody has to go to.
const POINTS: [&str; 16] =
    ["see", "at", "from", "via", "on", "is", "the", "a", "more", "or", "and", "by", "in", "source", "url", "link"];

/// True where the order names an address, an account or a link that the call leaves alone, so that it was another thing that
/// the agent did.
fn another_object(orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>, own_verb: bool) -> bool {
    if !order.read().names_object {
        return false;
    }
    let objects = || act.values.iter().filter(|v| v.len() <= 200 && is_object(v)).map(|v| squeeze(v));
    if objects().any(|v| order.squeezed().contains(&v)) {
        return false;
    }
    !own_verb || objects().any(|v| orders.elsewhere(&v, order.event, act.call.event))
}

/// True where every word of the tool's name stands in the order.
fn spells_out(order: &Order<'_>, call: &Call<'_>) -> bool {
    let folded = order.words().to_lowercase();
    let has = |word: &String| {
        folded
            .split(|c: char| !c.is_alphanumeric())
            .any(|w| w == word || word.len() >= 4 && w.starts_with(word.as_str()))
    };
    call.known.words.len() >= 2 && call.known.words.iter().all(has)
}

/// What an instruction and a call share, with the words as the instruction has them.
fn shares(shared: &BTreeSet<String>, order: &Order<'_>) -> String {
    let words = || order.words().split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let whole = |s: &String| {
        let same = words().find(|w| stem(&w.to_lowercase()).as_ref() == Some(s));
        same.or_else(|| words().find(|w| w.to_lowercase().starts_with(s.as_str()))).map_or(s.clone(), str::to_owned)
    };
    let list: Vec<_> = shared.iter().map(|s| format!("\"{}\"", whole(s))).collect();
    format!("the instruction and the call share {}, which the user did not mention", crate::finding::listed(&list))
}

/// True where the order names the tool, in any spelling: `drain_pool`, `closeAccount`, "close account".
fn names_tool(order: &Order<'_>, tool: &str) -> bool {
    let bare = tool.rsplit("__").next().unwrap_or(tool);
    let compound = bare.contains(['_', '.', '-']) || bare.chars().skip(1).any(char::is_uppercase);
    let name = squeeze(bare);
    compound && name.len() >= 6 && order.squeezed().contains(&name)
}

/// True where every telling word of the tool's name is the user's.
pub(in super::super) fn user_names(orders: &Orders<'_, '_>, call: &Call<'_>) -> bool {
    let name: BTreeSet<String> = call.known.words.iter().filter_map(|w| stem(w)).collect();
    !name.is_empty() && name.iter().all(|w| orders.user_says(w, call.event))
}

/// Beginnings of the words of the tool's name that an order in the same language has in another form: `viderPanier`, "videz".
fn loose_name(order: &Order<'_>, call: &Call<'_>) -> Vec<String> {
    const LOOSE: usize = 4;
    let folded = order.behind_marker().to_lowercase();
    let begins = |word: &String| {
        let head: String = word.chars().take(LOOSE).collect();
        let found = word.chars().count() > LOOSE
            && folded.split(|c: char| !c.is_alphabetic()).any(|w| w.starts_with(head.as_str()));
        found.then_some(head)
    };
    call.known.words.iter().filter_map(begins).collect()
}

/// Words of the call that the order has and the user has not.
fn shared_words(orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> BTreeSet<String> {
    const EVERYDAY: [&str; 8] = ["https", "http", "from", "this", "that", "with", "assis", "agent"];
    let call = act.call;
    let mut own: BTreeSet<String> = call.known.words.iter().filter_map(|w| stem(w)).collect();
    own.extend(act.values.iter().filter(|v| v.len() <= 80).flat_map(|v| stems(v)));
    let telling = |w: &String| {
        order.read().stems.contains(w) && !orders.user_says(w, call.event) && !EVERYDAY.contains(&w.as_str())
    };
    let mut shared: BTreeSet<String> = own.into_iter().filter(telling).collect();
    if order.is_foreign() {
        let loose = loose_name(order, call).into_iter().filter(|w| !shared.iter().any(|s| s.starts_with(w.as_str())));
        let loose: Vec<_> = loose.filter(|w| !orders.user_says(w, call.event)).collect();
        shared.extend(loose);
    }
    let dates = act.values.iter().filter_map(|v| dates::of_iso(v)).filter(|d| d.is_in(order.words()));
    shared.extend(dates.filter(|d| !orders.user_says_date(*d, call.event)).map(|d| d.to_string()));
    shared
}
