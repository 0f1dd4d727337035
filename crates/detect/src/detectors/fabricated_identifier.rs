//! An ID, an address, an amount or a promised time that does not appear earlier in the session, and values that are told with
//! another unit, currency, zone or order than their source.
//!
//! Each kind of value is a rule path of its own: an opaque ID that a call writes is hardly ever right by chance, while an
//! amount or a link may be general knowledge.

mod amounts;
mod arguments;
mod coding;
mod measure;
mod promised;
mod said;
mod sibling_field;
mod statement;
mod swapped;
mod told;

use super::Detector;
use crate::finding::{Basis, Category, Considered, Finding, Outcome, Report, RestsOn};
use crate::kind::SessionKind;
use crate::maps::HashSet;
use crate::origin::grounding::typed::Known;
use crate::origin::grounding::{self, Kind, Sources, Used};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::tools::looked_up;
use crate::values;
use hindcast_trace::model::GapKind;
use std::cell::LazyCell;

/// See the module's documentation.
pub struct FabricatedIdentifier;

impl Detector for FabricatedIdentifier {
    fn id(&self) -> &'static str {
        "fabricated-identifier"
    }

    fn looks_for(&self) -> &'static str {
        "an ID, address or amount that does not appear earlier in the session"
    }

    fn category(&self) -> Category {
        Category::Hallucination
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let kind = session.kind.kind;
        if kind == SessionKind::Coding {
            return coding::run(self, session);
        }
        let mut report = Report::default();
        let sources = std::cell::OnceCell::new();
        let sources = || sources.get_or_init(|| Sources::of(session));
        let mut seen = Seen::default();
        // Who reads the web or works with others meets values that no trace shows; what is written has to come from somewhere.
        let narrow = matches!(kind, SessionKind::Research | SessionKind::Group);
        let invited = LazyCell::new(|| arguments::invited(session));
        for call in session.until_stopped(session.calls.iter().filter(|c| !narrow || c.is_write())) {
            for used in arguments::of(call) {
                report.eligible = true;
                if sources().is_spent() {
                    report.skip(None, TOO_LONG);
                    break;
                }
                if seen.texts.contains(&used.text)
                    // What to open is anybody's guess; the tool tells whether it is there.
                    || (used.kind == Kind::Url && !call.is_write())
                    || (used.kind == Kind::Number && !arguments::may_be_slip(session, &used.text))
                    || grounding::grounded(sources(), &used, call.event)
                    || (matches!(used.kind, Kind::Id | Kind::Who) && *invited)
                    || (used.kind == Kind::Id && looked_up::is(call) && sources().is_code_of_said(&used.text, call.event))
                    || (used.kind == Kind::Who && arguments::is_signed_in(session, call))
                {
                    continue;
                }
                seen.add(&used.text);
                let guess = used.kind == Kind::Email && sources().guessed(&used.text, call.event);
                let path = if guess { GUESS } else { in_call(used.kind, call) };
                judge(self, session, used, path, Some(call), &mut report);
            }
        }
        if narrow {
            return report;
        }
        let mut ledger = amounts::Ledger::default();
        let mut known = Known::default();
        // A swap is repeated wherever the value is told again.
        let mut swaps = HashSet::default();
        for prose in session.until_stopped(session.prose()) {
            for used in told::of(session, prose) {
                report.eligible = true;
                if sources().is_spent() {
                    report.skip(None, TOO_LONG);
                    break;
                }
                let known = seen.texts.contains(&used.text) || grounding::grounded(sources(), &used, prose.event);
                if known || seen.norms.contains(&values::norm(&used.text)) {
                    continue;
                }
                // Told only of what has no source: nearly every value has one.
                let range = used.cite.range();
                if statement::is_example(prose, &range) || statement::is_public(prose, &range, used.kind) {
                    continue;
                }
                seen.add(&used.text);
                let reference = statement::is_reference(prose, used.cite.range().start);
                let guess = used.kind == Kind::Email && sources().guessed(&used.text, prose.event);
                let path = if guess { GUESS } else { in_words(used.kind, reference) };
                // What its numbers stand for may be how the operator writes it.
                let built = path == "reference" && sources().may_be_built(&values::norm(&used.text), prose.event);
                let path = if built { "reference-built" } else { path };
                judge(self, session, used, path, None, &mut report);
            }
            let informed = session.calls.iter().any(|c| c.event < prose.event);
            if informed && prose.digits > 0 {
                report
                    .findings
                    .extend(swapped::of(self, session, prose, sources()).into_iter().filter(|f| swaps.insert(f.path)));
            }
            let promised = if informed { promised::of(prose, &mut known, &sources) } else { Vec::new() };
            for used in promised {
                report.eligible = true;
                if seen.norms.insert(used.text.to_lowercase()) {
                    let path = in_words(used.kind, false);
                    judge(self, session, used, path, None, &mut report);
                }
            }
            if !session.calls.is_empty() && prose.digits > 0 {
                amounts::of(self, session, prose, &sources, &mut ledger, &mut report);
            }
        }
        measure::of(self, session, &mut report);
        let sibling = sibling_field::of(session);
        report.eligible |= !sibling.is_empty();
        report.findings.extend(sibling);
        report
    }
}

/// Why a value was not looked for.
const TOO_LONG: &str =
    "too many values of this long session appear nowhere else; the remaining ones were not looked for";

/// Values that were judged already.
#[derive(Default)]
struct Seen {
    texts: HashSet<String>,
    norms: HashSet<String>,
}

impl Seen {
    fn add(&mut self, text: &str) {
        self.norms.insert(values::norm(text));
        self.texts.insert(text.to_owned());
    }
}

/// The rule path of an address that is put together from names that the session knows: it may be right.
const GUESS: &str = "guessed-address";

/// The rule path of a value that a call carries.
fn in_call(kind: Kind, call: &Call<'_>) -> &'static str {
    match kind {
        Kind::Url => "link",
        Kind::Number | Kind::ReadOut => "number",
        Kind::Approval => "approval",
        // A guess at what to look up is answered by the tool; only what is written does harm.
        _ if call.known.effect.0 == Effect::Read => "lookup",
        _ => "argument",
    }
}

/// The rule path of a value that the agent tells.
fn in_words(kind: Kind, reference: bool) -> &'static str {
    match kind {
        Kind::Email | Kind::Phone => "contact",
        Kind::Url => "link",
        Kind::Id | Kind::Who if reference => "reference",
        Kind::Id | Kind::Who => "id",
        Kind::LastDigits => "last-digits",
        Kind::Amount => "amount",
        Kind::Number | Kind::ReadOut => "number",
        Kind::Approval => "approval",
        Kind::Span => "period",
        Kind::Clock => "time",
    }
}

fn judge(
    detector: &FabricatedIdentifier,
    session: &Session<'_>,
    used: Used,
    path: &'static str,
    call: Option<&Call<'_>>,
    report: &mut Report,
) {
    let event = used.cite.event();
    if let Some(why) = unseen(session, event) {
        report.skip(Some(event), why);
        return;
    }
    let label = used.kind.label();
    // Words are quoted; a value stands for itself.
    let value = match used.kind {
        Kind::Span | Kind::Clock => format!("\"{}\"", used.text),
        _ => used.text.clone(),
    };
    let title = format!("The {label} {value} does not appear earlier in the session");
    let sought = format!("{} in any spelling", used.text);
    let how = match used.kind {
        Kind::Amount => ", and it does not follow from the numbers in the session",
        Kind::Span | Kind::Clock => ", and it does not follow from the numbers, dates and times in the session",
        _ => "",
    };
    let detail =
        format!("The agent uses {value}. The user, the instructions, and the tool results do not contain it{how}.");
    let mut finding = Finding::new(detector.id(), detector.category(), event, title, used.cite)
        .and(Some(Basis::Absence { sought, scope: (0, event.saturating_sub(1)) }))
        .detail(detail)
        .path(path)
        .rests_on(RestsOn::Assumption("values match regardless of case, prefix, URL scheme and separators".into()));
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
    let upto = session.calls.partition_point(|c| c.event < event);
    let looked = session.calls[..upto].iter().rev().filter(|c| c.result.is_some()).take(4);
    let name = |c: &Call<'_>| Considered {
        event: c.event,
        why: format!("the result of `{}` does not contain it", c.name.text),
        cite: None,
    };
    finding.considered.extend(looked.map(name));
    report.findings.push(finding);
}

/// Why the value may be in something that the trace does not show.
fn unseen(session: &Session<'_>, before: u32) -> Option<String> {
    if let Some(gap) = session.absence_is_unsafe() {
        return Some(format!("the value may be in the missing data: {gap}"));
    }
    if let Some(gap) = session.trace.gaps.iter().find(|g| g.kind == GapKind::NotRead) {
        return Some(format!("the value may be in content that is not text: {}", gap.what));
    }
    if let Some(call) = session.first_unanswered().filter(|c| c.event < before) {
        return Some(format!("the value may be in the result of `{}`, which is missing", call.name.text));
    }
    let cut = session.first_cut_off().filter(|c| c.event < before)?;
    Some(format!("the value may be in the result of `{}`, which is truncated", cut.name.text))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_told;
