//! A figure told from the wrong one of several fields beside each other: `excess: {standard: 250, flood: 350}`, a claim for `FLOOD`,
//! and "the excess is 250".

use crate::detectors::closing::{Closing, all, leaves, records, short};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::prose::forms::{alike, each};
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::values::typed::tokens::{Token, tokens};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// The rule path.
const PATH: &str = "sibling-field";
/// Larger objects are tables.
const FIELDS: std::ops::Range<usize> = 2..13;
/// So many calls, and groups of fields, are looked at.
const MOST: usize = 64;
/// Shorter names are those of something else by chance.
const SHORTEST: usize = 4;

/// Numbers beside each other, in hundredths, and what they are called together.
struct Group<'s, 't> {
    call: &'s Call<'t>,
    name: String,
    fields: Vec<(String, i64)>,
}

/// What the closing words of each turn tell from another field.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    let groups: Vec<Group<'_, '_>> = session.calls.iter().take(4 * MOST).flat_map(groups).take(MOST).collect();
    if groups.is_empty() {
        return Vec::new();
    }
    all(session).iter().filter_map(|c| groups.iter().find_map(|g| judge(session, c, g))).take(2).collect()
}

fn groups<'s, 't>(call: &'s Call<'t>) -> Vec<Group<'s, 't>> {
    let Some(root) = call.result.as_ref().and_then(|r| r.json()) else { return Vec::new() };
    let mut found = Vec::new();
    for record in records(root) {
        for (key, inner) in record.entries().take(MOST).filter(|(_, v)| v.is_object() && FIELDS.contains(&v.len())) {
            let number = |v: Value<'_>| v.f64().filter(|n| n.abs() < 1e9).map(|n| (n * 100.0).round() as i64);
            let fields: Option<Vec<(String, i64)>> =
                inner.entries().map(|(k, v)| Some((k.str()?.into_owned(), number(v)?))).collect();
            if let (Some(name), Some(fields)) = (key.str(), fields) {
                found.push(Group { call, name: name.into_owned(), fields });
            }
        }
    }
    found
}

/// Letters and digits only.
fn bare(text: &str) -> String {
    line(text).replace(' ', "")
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>, group: &Group<'_, '_>) -> Option<Finding> {
    let upto = session.calls.partition_point(|c| c.event < closing.event);
    let from = session.calls.partition_point(|c| c.event < group.call.event);
    let later = session.calls.get(from..upto)?;
    // The field that a value of a call or of a later result is called like.
    let answers = later.iter().skip(1).filter_map(|c| c.result.as_ref()?.json());
    let texts: Vec<String> =
        later.iter().filter_map(Call::args).chain(answers).take(MOST).flat_map(leaves).map(|(_, v)| bare(&v)).collect();
    let mut meant = group.fields.iter().filter(|(k, _)| k.len() >= SHORTEST && texts.contains(&bare(k)));
    let (key, right) = meant.next().filter(|_| meant.next().is_none())?;
    let text = &closing.text.text;
    let told: Vec<(i64, usize)> =
        tokens(text).iter().filter_map(|t: &Token| Some((t.number()?, t.range.start))).take(MOST).collect();
    if told.iter().any(|(n, _)| n == right) {
        return None;
    }
    let (other, wrong, at) = group.fields.iter().find_map(|(k, n)| {
        let (_, at) = told.iter().find(|(t, _)| t == n && n != right && *n != 0)?;
        Some((k, n, *at))
    })?;
    let sentence = sentences(text).into_iter().find(|s| s.contains(&at))?;
    let said = line(&text[sentence.clone()]);
    let named = line(&group.name);
    let of_group = each(&named).filter(|w| w.len() >= SHORTEST).any(|w| each(&said).any(|s| alike(w, s)));
    // Who names the other field tells it on purpose.
    let on_purpose = each(&line(other)).any(|w| w.len() >= SHORTEST && each(&said).any(|s| alike(w, s)));
    if !of_group || on_purpose || stands_elsewhere(session, closing.event, *wrong) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, sentence)?;
    let tool = &group.call.name.text;
    let name = &group.name;
    let title = format!("Said \"{}\", but `{name}` is another number for `{key}`", short(cite.text()));
    let amount = |n: &i64| if n % 100 == 0 { (n / 100).to_string() } else { format!("{:.2}", *n as f64 / 100.0) };
    let detail = format!(
        "The agent says \"{}\". In the result of `{tool}`, `{name}` is {} for `{key}`, which the session is about, and {} for `{other}`.",
        cite.text(),
        amount(right),
        amount(wrong)
    );
    let answer = group.call.result.as_ref()?;
    let made = Finding::new("fabricated-identifier", Category::Misinterpretation, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Cite::whole(answer.event, answer.content?))
        .rests_on(RestsOn::Assumption(format!("the figure is about `{key}`, which a later call names")))
        .tool(tool);
    Some(made)
}

/// True where another field, a call, the user or the instructions have the number: it may be meant.
fn stands_elsewhere(session: &Session<'_>, upto: u32, number: i64) -> bool {
    let before = || session.calls.iter().take_while(|c| c.event < upto);
    let answers = before().filter_map(|c| c.result.as_ref()?.json());
    let is = |(_, v): &(String, String)| v.parse::<f64>().is_ok_and(|n| (n * 100.0).round() as i64 == number);
    let held = answers.chain(before().filter_map(Call::args)).flat_map(leaves).filter(is).count();
    let heard = session.messages.iter().filter(|m| m.event < upto && m.role != Role::Assistant);
    held > 1 || heard.flat_map(|m| m.texts).any(|t| tokens(&t.text).iter().any(|t| t.number() == Some(number)))
}
