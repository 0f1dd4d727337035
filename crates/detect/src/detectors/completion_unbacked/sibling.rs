//! Two records were ordered in one breath and both are told, while the only writes went to one of them: "5H-20418 and, likewise, 5H-20733".

use crate::detectors::closing::{Closing, all, answer, leaves, records, short, stands, worked};
use crate::detectors::translated::looks;
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::classes::class;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::model::{Role, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// The rule path.
const PATH: &str = "sibling";
/// Words that stand between two of a kind.
const AND: [&str; 10] = ["and", "und", "et", "y", "e", "en", "i", "och", "both", "oraz"];
/// So many records of one order are compared.
const MOST: usize = 12;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let found = all(session).iter().find_map(|closing| judge(session, closing));
    report.eligible |= found.is_some();
    report.findings.extend(found);
}

/// A record that the user named.
struct Named {
    /// As the user wrote it.
    id: String,
    /// What else it is called.
    labels: BTreeSet<String>,
    /// The values of its records, by which a call may mean it.
    values: BTreeSet<String>,
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Finding> {
    let orders = session.messages.iter().rev().filter(|m| m.role == Role::User && m.event <= closing.user).take(3);
    let order = orders.flat_map(|m| m.texts.iter().map(move |t| (m.event, t, false)));
    // What the agent offered and the user agreed to is ordered as well: "Shall I add Tilda and Oskar?"
    let reply = session.messages.iter().find(|m| m.event == closing.user).and_then(|m| m.texts.last());
    let agreed = reply.is_some_and(|t| class("yes").begins(&t.text) || class("both").is_in_text(&t.text));
    let offer = session.messages.iter().rev().find(|m| m.event < closing.user && m.role != Role::System);
    let offer = offer.filter(|m| agreed && m.role == Role::Assistant);
    let offers = offer.into_iter().flat_map(|m| m.texts.iter().map(move |t| (m.event, t, true)));
    for (ordered, order, offered) in order.chain(offers.filter(|(_, t, _)| t.text.contains('?'))) {
        let named = named(session, closing.event, order);
        if offered && named.len() != 2 {
            continue;
        }
        for pair in named.windows(2) {
            let [a, b] = pair else { continue };
            for (done, left) in [(a, b), (b, a)] {
                let found = told(session, closing, (ordered, order, offered), done, left);
                if found.is_some() {
                    return found;
                }
            }
        }
    }
    None
}

/// The records that an order names side by side.
fn named(session: &Session<'_>, before: u32, order: &Text) -> Vec<Named> {
    let text = &order.text[..order.text.floor_char_boundary(2000)];
    let mut places: Vec<Range<usize>> = values::ids(text).into_iter().map(|i| i.range).collect();
    let rows: Vec<Vec<(String, String)>> = session
        .calls
        .iter()
        .filter(|c| c.event < before)
        .filter_map(|c| c.result.as_ref()?.json())
        .flat_map(records)
        .map(|r| {
            r.entries()
                .take(40)
                .filter_map(|(k, v)| {
                    Some((k.str()?.into_owned(), v.str().unwrap_or_else(|| v.raw()).trim().to_owned()))
                })
                .collect()
        })
        .take(200)
        .collect();
    // Names that a looked-up record has.
    for (at, word) in words(text) {
        let is_name = word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() > 2;
        let known = |v: &str| v.split(' ').next() == Some(word);
        if is_name && rows.iter().any(|r| r.iter().any(|(_, v)| known(v))) {
            places.push(at..at + word.len());
        }
    }
    // Whatever has letters and several digits names something: `5H-20418`.
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"')).take(2000) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if digits > 2 && digits < word.len() && word.len() < 40 && word.contains(char::is_alphabetic) {
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            places.push(at..at + word.len());
        }
    }
    places.sort_by_key(|p| p.start);
    places.dedup_by(|b, a| b.start < a.end);
    let together = |a: &Range<usize>, b: &Range<usize>| {
        let between = &text[a.end..b.start];
        between.len() <= 40
            && !between.contains(['.', '?', '!'])
            && (between.contains([',', '&', '+', '/']) || line(between).split(' ').any(|w| AND.contains(&w)))
    };
    let alike = |a: &Range<usize>, b: &Range<usize>| {
        values::shape(&text[a.clone()]) == values::shape(&text[b.clone()])
            || !text[a.clone()].chars().chain(text[b.clone()].chars()).any(|c| c.is_ascii_digit())
    };
    let mut found: Vec<Named> = Vec::new();
    for pair in places.windows(2).take(MOST) {
        let [a, b] = pair else { continue };
        if !together(a, b) || !alike(a, b) || text[a.clone()] == text[b.clone()] {
            continue;
        }
        for place in [a, b] {
            if found.last().is_some_and(|n| n.id == text[place.clone()]) {
                continue;
            }
            found.push(record(text, place, &rows));
        }
    }
    // What is true of both tells none apart.
    let shared: BTreeSet<String> = found
        .iter()
        .enumerate()
        .flat_map(|(i, n)| {
            n.values
                .iter()
                .filter(|v| found.iter().enumerate().any(|(j, o)| i != j && o.values.contains(*v)))
                .cloned()
                .collect::<Vec<_>>()
        })
        .collect();
    found.iter_mut().for_each(|n| n.values.retain(|v| !shared.contains(v)));
    found
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let cut = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    cut.map(|w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

fn record(text: &str, place: &Range<usize>, rows: &[Vec<(String, String)>]) -> Named {
    let id = text[place.clone()].to_owned();
    let mut labels = BTreeSet::from([id.clone()]);
    // "Lou (P-119)".
    if let Some(before) = text[..place.start].strip_suffix('(')
        && let Some(name) = before.split_whitespace().next_back()
        && name.chars().next().is_some_and(char::is_uppercase)
    {
        labels.insert(name.to_owned());
    }
    let mut values = BTreeSet::from([id.clone()]);
    for row in rows
        .iter()
        .filter(|r| r.len() > 1 && r.iter().any(|(_, v)| *v == id || v.split(' ').next() == Some(id.as_str())))
    {
        values.extend(row.iter().map(|(_, v)| v).filter(|v| v.len() < 40 && (*v == &id || is_code(v))).cloned());
    }
    Named { id, labels, values }
}

/// True for a value that may stand for a record: with a digit, and with a letter where it is short.
fn is_code(value: &str) -> bool {
    let digit = value.contains(|c: char| c.is_ascii_digit());
    digit && (value.len() >= 3 || value.len() == 2 && value.contains(|c: char| c.is_ascii_alphabetic()))
}

fn touched(call: &Call<'_>, named: &Named) -> bool {
    let args = call.args().map(leaves).unwrap_or_default();
    let whole = |v: &str| args.iter().any(|(_, a)| a.eq_ignore_ascii_case(v));
    named.values.iter().any(|v| whole(v)) || mentions(call, &named.id)
}

fn mentions(call: &Call<'_>, id: &str) -> bool {
    let texts = call.arguments.into_iter().chain(call.result.iter().flat_map(|r| r.texts()));
    let id = id.to_lowercase();
    texts.into_iter().any(|t| t.text.to_lowercase().contains(&id))
}

fn told(
    session: &Session<'_>,
    closing: &Closing<'_, '_>,
    (ordered, order, offered): (u32, &Text, bool),
    done: &Named,
    left: &Named,
) -> Option<Finding> {
    let text = &closing.text.text;
    let upto = &session.calls[..session.calls.partition_point(|c| c.event < closing.event)];
    let writes: Vec<_> = upto.iter().filter(|c| worked(c) && !read_only(c) && !looks(c)).take(64).collect();
    let write = writes.iter().find(|c| {
        touched(c, done) && c.args().is_some_and(|a| !a.entries().any(|(_, v)| v.is_array() && v.len() > 1))
    })?;
    // The tool takes one record at a time, and no other write may mean both.
    if writes.iter().any(|c| c.event > ordered && !touched(c, done)) || writes.iter().any(|c| touched(c, left)) {
        return None;
    }
    // The write is what was ordered: it carries more of the user's words than the record.
    let ordered_words = line(&order.text);
    // "23rd" and `2027-01-23T09:00` have the day in common.
    let bare = |text: &str| -> BTreeSet<String> {
        let text = line(text);
        let words = text.split(' ').filter(|w| w.len() > 1);
        let numbers = text.split(|c: char| !c.is_ascii_digit()).map(|n| n.trim_start_matches('0'));
        words.chain(numbers).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let asked = bare(&ordered_words);
    let args = write.args().map(leaves).unwrap_or_default();
    let carries = args.iter().any(|(_, v)| *v != done.id && !bare(v).is_disjoint(&asked));
    if !offered && !carries {
        return None;
    }
    let hedge = class("hedge");
    let says =
        |named: &Named| sentences(text).into_iter().find(|s| named.labels.iter().any(|l| stands(&text[s.clone()], l)));
    // "Both children are on the plan": two were named, and no name is told.
    let both = || sentences(text).into_iter().find(|s| class("both").is_in_text(&text[s.clone()]));
    let names = says(done).zip(says(left)).or_else(|| {
        let untold = says(left).is_none();
        both().filter(|_| offered && untold).map(|s| (s.clone(), s))
    });
    let (first, second) = names?;
    // "Both will go there" tells what is so from now on; a later time, or a condition, leaves it open.
    let told = |s: &Range<usize>| {
        let line = line(&text[s.clone()]);
        line.split(' ').filter(|w| !class("future").has(w)).collect::<Vec<_>>().join(" ")
    };
    let open = |s: &Range<usize>| text[s.clone()].contains('?') || hedge.is_in_text(&told(s));
    if open(&first) || open(&second) {
        return None;
    }
    // What a look-up after the write tells of it may be what is told.
    if upto.iter().any(|c| c.event > write.event && mentions(c, &left.id)) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, second)?;
    let tool = &write.name.text;
    let title = format!("Reported {} like {}, but no call changed it", short(&left.id), short(&done.id));
    let detail = format!(
        "The agent says \"{}\". The user named {} and {}; `{tool}` was called for {}, and no call that may change something has {}.",
        cite.text(),
        done.id,
        left.id,
        done.id,
        left.id
    );
    let at = order.text.find(&left.id)?;
    let call = write.arguments.and_then(|a| Cite::of(write.event, a, 0..a.text.floor_char_boundary(400)));
    let absence =
        Basis::Absence { sought: format!("{} in a call that changes something", left.id), scope: (0, closing.event) };
    let made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(call)
        .and(Cite::of(ordered, order, at..at + left.id.len()))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("one call of the tool changes one record".into()))
        .tool(tool);
    Some(made)
}

/// True for a call that nothing but its unknown name makes a write, and that answered with several records.
fn read_only(call: &Call<'_>) -> bool {
    !call.is_write() && answer(call).is_some_and(|(_, t)| t.text.trim_start().starts_with('['))
}
