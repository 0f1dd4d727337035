//! The instructions limit a number of things, and an operation takes more of them: the number is bound by what it counts.

use super::instructed::approved;
use crate::detectors::translated;
use crate::dialogue::assent::{self, akin};
use crate::dialogue::consent_rule::{content, name_words};
use crate::dialogue::instructed::Instruction;
use crate::dialogue::limits;
use crate::finding::{Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::rejection;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// The rule path.
const PATH: &str = "instructed-quantity";
/// So many calls and members are looked at.
const MOST: usize = 128;
/// So many words behind a number, what it counts may stand.
const NEAR: usize = 3;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let limited: Vec<_> = session.instructions().iter().filter_map(|i| Quantity::of(i).map(|q| (i, q))).collect();
    if limited.is_empty() {
        return;
    }
    let acts = |c: &&Call<'_>| translated::may_act(c) && c.result.is_some() && c.failure().is_none();
    for call in session.calls.iter().filter(acts).take(MOST) {
        let over = limited.iter().find_map(|(rule, q)| Some((rule, q, q.exceeded(call)?)));
        let Some((rule, quantity, taken)) = over else { continue };
        report.eligible = true;
        let flagged = report.findings.iter().any(|f| f.event == call.event);
        if flagged || approved(session, call, rule) || leave_was_told(session, call) {
            continue;
        }
        report.findings.extend(finding(call, rule, quantity, taken));
    }
}

/// An upper limit for a number of things.
#[derive(Debug)]
struct Quantity {
    most: i64,
    units: Vec<String>,
    about: Vec<String>,
}

impl Quantity {
    /// The only one that a sentence sets.
    fn of(rule: &Instruction) -> Option<Self> {
        let text = rule.cite.text();
        if rule.limit().is_some() || text.contains(['€', '$', '£', '%', ':']) {
            return None;
        }
        let all = line(text);
        let words: Vec<&str> = each(&all).collect();
        // An amount of money is no number of things.
        if words.iter().any(|w| !limits::currency(w).is_empty()) {
            return None;
        }
        let numbers: Vec<(usize, i64)> =
            words.iter().enumerate().filter_map(|(i, w)| Some((i, limits::count(w)?))).take(3).collect();
        let (at, most) = match numbers[..] {
            [one] if limits::is_upper(&all) => one,
            // "between 2 and 10 rooms".
            [(a, low), (b, high)] if a + 2 == b && low < high && limits::is_between(words[a + 1]) => (b, high),
            _ => return None,
        };
        let language = assent::language(text);
        let telling = |w: &&&str| w.chars().count() > 2 && !language.is_function(w);
        let units: Vec<String> = words[at + 1..].iter().take(NEAR).filter(telling).map(|w| (*w).to_owned()).collect();
        (!units.is_empty()).then(|| Quantity { most, units, about: content(&all, language).into_iter().collect() })
    }

    /// The number of a call that is over the limit, in its arguments or in its own answer.
    fn exceeded(&self, call: &Call<'_>) -> Option<(String, i64)> {
        let over = |(key, value): (Value<'_>, Value<'_>)| {
            let key = key.str()?.into_owned();
            let number = value.i64().filter(|n| *n > self.most)?;
            Some((key, number))
        };
        let name = name_words(call);
        let of_name = name.iter().any(|n| self.about.iter().any(|a| akin(a, n)));
        let counted = name.iter().any(|n| self.units.iter().any(|u| akin(u, n)));
        let given = call.args().into_iter().flat_map(Value::entries).take(MOST).filter_map(over);
        let bound = |key: &str| self.counts(key) || (counted || of_name) && limits::is_count_key(&unaccented(key));
        let mut given = given.filter(|(key, _)| bound(key));
        let answer = || {
            let json = call.result.as_ref()?.json().filter(|j| j.is_object())?;
            json.entries().take(MOST).filter_map(over).find(|(key, _)| self.counts(key))
        };
        given.next().or_else(|| of_name.then(answer).flatten())
    }

    /// True for the name of a member that holds how many there are.
    fn counts(&self, key: &str) -> bool {
        let words =
            words_of(&unaccented(key)).into_iter().map(|w| w.replace("ae", "a").replace("oe", "o").replace("ue", "u"));
        words.collect::<Vec<_>>().iter().any(|k| k.len() > 2 && self.units.iter().any(|u| akin(u, k)))
    }
}

/// True where the user speaks of a leave that was given.
fn leave_was_told(session: &Session<'_>, call: &Call<'_>) -> bool {
    let said = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event).flat_map(|m| m.texts);
    said.take(MOST).any(|t| each(&line(&t.text)).any(limits::is_leave))
}

fn finding(call: &Call<'_>, rule: &Instruction, quantity: &Quantity, (key, taken): (String, i64)) -> Option<Finding> {
    let name = &call.name.text;
    let arguments = call.arguments?;
    let cite = Cite::of(call.event, arguments, 0..arguments.text.floor_char_boundary(400))?;
    let title = format!("`{name}` went over the limit in the instructions: {taken} instead of {}", quantity.most);
    let detail = format!(
        "The instructions say \"{}\". `{key}` is {taken}, and no approval for more is recorded before the call.",
        rule.cite.text()
    );
    let made = Finding::new("guard-overridden", Category::RefusalFailure, call.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Some(rule.cite.clone()))
        .rests_on(RestsOn::Assumption(format!("`{key}` is what the sentence limits")))
        .outcome(rejection::outcome(call))
        .tool(name);
    Some(made)
}
