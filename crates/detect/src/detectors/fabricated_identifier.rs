//! An identifier, an address or an amount that stands nowhere before.

mod said;

use super::Detector;
use crate::finding::{Basis, Category, Cite, Considered, Finding, Outcome, Report, RestsOn};
use crate::origin::grounding::{self, Amounts, Kind, Sources, Used, stated};
use crate::prose::Prose;
use crate::secrets::spoken;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values;
use crate::values::contact;
use hindcast_trace::model::GapKind;
use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::Range;

/// See the module's documentation.
pub struct FabricatedIdentifier;

impl Detector for FabricatedIdentifier {
    fn id(&self) -> &'static str {
        "fabricated-identifier"
    }

    fn looks_for(&self) -> &'static str {
        "an identifier, address or amount that stands nowhere before"
    }

    fn category(&self) -> Category {
        Category::Hallucination
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        let sources = std::cell::OnceCell::new();
        let sources = || sources.get_or_init(|| Sources::of(session));
        let mut seen: Vec<String> = Vec::new();
        let invited = LazyCell::new(|| invited(session));
        let mut ledger = Ledger::default();
        for call in &session.calls {
            for used in of_call(call) {
                report.eligible = true;
                if seen.contains(&used.text)
                    || (used.kind == Kind::Number && !may_be_slip(session, &used.text))
                    || grounding::grounded(sources(), &used, call.event)
                    || (matches!(used.kind, Kind::Id | Kind::Who) && *invited)
                    || (used.kind == Kind::Who && is_signed_in(session, call))
                {
                    continue;
                }
                seen.push(used.text.clone());
                judge(self, session, used, Some(call), &mut report);
            }
        }
        for prose in session.prose() {
            for used in of_prose(session, prose) {
                report.eligible = true;
                let known = seen.contains(&used.text) || grounding::grounded(sources(), &used, prose.event);
                if known || seen.iter().any(|s| values::norm(s) == values::norm(&used.text)) {
                    continue;
                }
                seen.push(used.text.clone());
                judge(self, session, used, None, &mut report);
            }
            if !session.calls.is_empty() && prose.digits > 0 {
                of_amounts(self, session, prose, &sources, &mut ledger, &mut report);
            }
        }
        report
    }
}

/// True when the user leaves a value to the agent: "choose any user name".
fn invited(session: &Session<'_>) -> bool {
    const LEFT: &[&str] = &[
        "choose any",
        "pick any",
        "any user name",
        "any username",
        "make up",
        "make one up",
        "come up with",
        "random",
        "generate a",
        "invent",
    ];
    session.heard_texts().iter().any(|t| LEFT.iter().any(|l| t.prose().lower.contains(l)))
}

/// False for nearly every number: the user said none that it could be a slip of. Told before the sources are gathered.
fn may_be_slip(session: &Session<'_>, number: &str) -> bool {
    session.heard_texts().iter().map(|t| t.prose()).any(|prose| {
        let written = prose.digits >= number.len()
            && prose.text.text.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() == number.len() && n != number);
        written || spoken::may_read_out(&prose.lower)
    })
}

/// True where the tool knows the account that it was asked for and the user speaks of what is theirs: who that is may be
/// known from the sign-in, which no message tells.
fn is_signed_in(session: &Session<'_>, call: &Call<'_>) -> bool {
    let answer = call.result.as_ref().and_then(|r| r.json()).is_some_and(|a| a.is_object() && !a.is_empty());
    let own = |w: &str| matches!(w, "i" | "my" | "me" | "mine" | "we" | "our");
    answer
        && call.known.effect.0 == Effect::Read
        && call.failure().is_none()
        && session
            .heard_texts()
            .iter()
            .take_while(|t| t.event < call.event)
            .any(|t| (0..t.prose().words.len()).any(|i| own(t.prose().word(i))))
}

/// The values in a call's arguments.
fn of_call(call: &Call<'_>) -> Vec<Used> {
    let (Some(args), Some(text)) = (call.args(), call.arguments) else { return Vec::new() };
    let cite = |value: hindcast_trace::json::Value<'_>| {
        let quotes = usize::from(value.is_str());
        let start = value.start() as usize + quotes;
        Cite::of(call.event, text, start..(start + value.bytes().len()).saturating_sub(2 * quotes))
    };
    grounding::in_arguments(args)
        .into_iter()
        .filter_map(|(kind, value)| {
            Some(Used { kind, text: value.str().unwrap_or_else(|| value.raw()).trim().to_owned(), cite: cite(value)? })
        })
        .filter(|used| !(used.kind == Kind::Email && example(&used.text)))
        .collect()
}

/// An identifier in prose, or the last part of one, has so many.
const DIGITS: usize = 3;

/// The values in what the agent says.
fn of_prose(session: &Session<'_>, prose: &Prose<'_>) -> Vec<Used> {
    let text = &prose.text.text;
    let mut found = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut add = |kind: Kind, ranges: Vec<Range<usize>>, taken: &mut Vec<Range<usize>>| {
        for range in ranges {
            if taken.iter().any(|t| t.start < range.end && range.start < t.end) {
                continue;
            }
            taken.push(range.clone());
            if let Some(cite) = Cite::of(prose.event, prose.text, range.clone()) {
                found.push(Used { kind, text: text[range].to_owned(), cite });
            }
        }
    };
    add(Kind::Url, contact::urls(text), &mut taken);
    add(Kind::Email, contact::emails(text), &mut taken);
    if prose.digits >= 8 {
        add(Kind::Phone, contact::phones(text), &mut taken);
    }
    add(Kind::Phone, contact::masked_phones(text), &mut taken);
    if prose.digits >= DIGITS {
        add(Kind::LastDigits, contact::last_digits(&prose.lower), &mut taken);
    }
    // Without any tool the agent speaks from general knowledge, where `ISO-8601` and `RFC-2616` are no inventions.
    if !session.calls.is_empty() && prose.digits >= DIGITS {
        let enough = |i: &values::Id| i.norm.bytes().filter(u8::is_ascii_digit).count() >= DIGITS && i.norm.len() >= 5;
        let ids = values::ids(text).into_iter().filter(enough).map(|i| i.range).collect();
        add(Kind::Id, ids, &mut taken);
    }
    if !session.calls.is_empty() {
        add(Kind::Approval, said::approvers(prose), &mut taken);
        found.extend(said::numbers(prose));
    }
    // A home page is world knowledge, an address of example.com shows a form.
    found.retain(|u| match u.kind {
        Kind::Url => contact::bare_url(&u.text).contains('/'),
        Kind::Email => !example(&u.text),
        _ => true,
    });
    found
}

fn example(email: &str) -> bool {
    ["@example.com", "@example.org", "@example.net"].iter().any(|d| email.to_ascii_lowercase().ends_with(d))
        && ["name@", "you@", "your", "user@", "someone@", "email@"].iter().any(|n| email.starts_with(n))
}

/// What is known of amounts while the session is gone through.
#[derive(Default)]
struct Ledger {
    known: Amounts,
    /// Amounts that the agent gave before; each was judged where it came first.
    given: HashSet<i64>,
    /// The amounts of the agent's last answer that had any.
    last: String,
}

fn of_amounts<'s>(
    detector: &FabricatedIdentifier,
    session: &Session<'_>,
    prose: &Prose<'_>,
    sources: &dyn Fn() -> &'s Sources<'s>,
    ledger: &mut Ledger,
    report: &mut Report,
) {
    let text = &prose.text.text;
    let amounts = values::amounts(text);
    let wrong = stated::wrong(text);
    if amounts.is_empty() && wrong.is_empty() {
        return;
    }
    report.eligible = true;
    ledger.known.advance(sources(), prose.event);
    for wrong in &wrong {
        if !ledger.known.holds(wrong.said) {
            report.findings.extend(miscalculated(detector, prose, wrong));
        }
    }
    ledger.known.clear();
    let calculators = session.calls.iter().filter(|c| c.event < prose.event && c.name.text.contains("calc"));
    calculators.filter_map(|c| c.arguments).for_each(|a| ledger.known.add(&a.text));
    // What the agent gave in its last answer was judged there, and may be reckoned with here.
    ledger.known.add(&ledger.last);
    ledger.last.clear();
    for (cents, range) in amounts {
        ledger.last.push_str(&text[range.clone()]);
        ledger.last.push(' ');
        let judged = wrong.iter().any(|w| w.range.start < range.end && range.start < w.range.end);
        if !ledger.given.insert(cents) || judged || ledger.known.explain(sources(), cents, text) {
            continue;
        }
        if let Some(cite) = Cite::of(prose.event, prose.text, range.clone()) {
            judge(detector, session, Used { kind: Kind::Amount, text: text[range].to_owned(), cite }, None, report);
        }
    }
}

/// A result that the numbers beside it do not give, and that no tool told.
fn miscalculated(detector: &FabricatedIdentifier, prose: &Prose<'_>, wrong: &stated::Wrong) -> Option<Finding> {
    let cite = Cite::of(prose.event, prose.text, wrong.range.clone())?;
    let said = cite.text().to_owned();
    Some(
        Finding::new(
            detector.id(),
            detector.category(),
            prose.event,
            format!("{said} does not follow from the numbers beside it"),
            cite,
        )
        .detail(format!("The agent says {said}; the numbers in the same message give {}.", wrong.right)),
    )
}

fn judge(
    detector: &FabricatedIdentifier,
    session: &Session<'_>,
    used: Used,
    call: Option<&Call<'_>>,
    report: &mut Report,
) {
    let event = used.cite.event();
    if let Some(why) = unseen(session, event) {
        report.skip(Some(event), why);
        return;
    }
    let label = used.kind.label();
    let title = format!("the {label} {} stands nowhere before", used.text);
    let sought = format!("{} in any spelling", used.text);
    let how = if used.kind == Kind::Amount { " nor follows from the numbers of one record" } else { "" };
    let detail =
        format!("The agent uses {}, which neither the user, the instructions nor any tool had named{how}.", used.text);
    let mut finding = Finding::new(detector.id(), detector.category(), event, title, used.cite)
        .and(Some(Basis::Absence { sought, scope: (0, event.saturating_sub(1)) }))
        .detail(detail)
        .rests_on(RestsOn::Assumption("values are compared without case, prefix, scheme and separators".into()));
    if let Some(call) = call {
        finding = finding.tool(&call.name.text);
        if let Some(failure) = call.failure() {
            finding.considered.push(Considered {
                event: call.event,
                why: "the tool rejected it".into(),
                cite: failure.cite.clone(),
            });
            finding = finding.outcome(Outcome::NearMiss);
        }
    } else if super::corrected_later(session, event) {
        finding = finding.outcome(Outcome::NearMiss);
    }
    let looked = session.calls.iter().rev().filter(|c| c.event < event && c.result.is_some()).take(4);
    let name = |c: &Call<'_>| Considered {
        event: c.event,
        why: format!("the answer of {} does not hold it", c.name.text),
        cite: None,
    };
    finding.considered.extend(looked.map(name));
    report.findings.push(finding);
}

/// Why the value may stand in something that the trace does not show.
fn unseen(session: &Session<'_>, before: u32) -> Option<String> {
    if let Some(gap) = session.absence_is_unsafe() {
        return Some(format!("the value may stand in what is missing: {gap}"));
    }
    if let Some(gap) = session.trace.gaps.iter().find(|g| g.kind == GapKind::NotRead) {
        return Some(format!("the value may stand in what is no words: {}", gap.what));
    }
    let earlier = || session.calls.iter().filter(|c| c.event < before);
    if let Some(call) = earlier().find(|c| c.result.is_none()) {
        return Some(format!("the value may stand in the answer of {}, which is missing", call.name.text));
    }
    let cut = earlier().find(|c| c.result.as_ref().is_some_and(crate::session::Answered::cut_off))?;
    Some(format!("the value may stand in the answer of {}, which is cut off", cut.name.text))
}
