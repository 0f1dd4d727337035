//! A call failed, and the agent goes on as if it had worked.

mod alternatives;
mod built_in;
mod contrary;
mod orphan;
mod untold;
mod way_out;

use super::{Detector, translated as other};
use crate::claims;
use crate::claims::binding;
use crate::claims::deeds::Fit;
use crate::claims::owning;
use crate::finding::{Category, Cite, Considered, Finding, Outcome, Report};
use crate::guards;
use crate::outcome::answer::{Upshot, extent};
use crate::outcome::failure::{Failure, Kind};
use crate::outcome::status::Standing;
use crate::outcome::vocabulary;
use crate::prose::Prose;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values::subject;

/// See the module's documentation.
pub struct ErrorIgnored;

impl Detector for ErrorIgnored {
    fn id(&self) -> &'static str {
        "error-ignored"
    }

    fn looks_for(&self) -> &'static str {
        "a failed call treated as a success"
    }

    fn category(&self) -> Category {
        Category::Misinterpretation
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        let foreign = claims::other_language(session);
        let translated = foreign.iter().flat_map(|_| other::claims(session)).collect::<Vec<_>>();
        for (index, call) in session.until_stopped(session.calls.iter().enumerate()) {
            let Some(failure) = call.failure() else {
                unjudged(session, call, &mut report);
                continue;
            };
            // What a guard says is a verdict, which another detector holds against what was done.
            if failure.kind != Kind::Error && guards::is_judge(&call.name.text) {
                continue;
            }
            report.eligible = true;
            if let Some((event, why)) = &foreign {
                let spoken_of = |c: &Call<'_>| c.event == call.event && failure.kind != Kind::Refusal;
                let told = translated.iter().find(|(_, c)| c.is_some_and(spoken_of)).map(|(told, _)| told);
                if let Some(told) = told.filter(|t| !report.findings.iter().any(|f| f.event == t.event)) {
                    let how = format!("the agent says \"{}\"", told.cite.text());
                    let ignored = Ignored { event: told.event, cite: told.cite.clone(), how, path: other::PATH };
                    report.findings.push(finding(self, session, call, failure, ignored).path(other::PATH));
                    continue;
                }
                report.skip(Some(*event), format!("{why}, so whether it reported the error is unknown"));
                continue;
            }
            let passed_over = if call.role().is_some() { built_in::ignored } else { ignored };
            let Some(ignored) = passed_over(session, index, call, failure) else { continue };
            if !report.findings.iter().any(|f| f.event == ignored.event) {
                report.findings.push(finding(self, session, call, failure, ignored));
            }
        }
        if foreign.is_none() {
            orphan::judge(session, &mut report);
        }
        untold::judge(session, &mut report);
        contrary::judge(session, &mut report);
        way_out::judge(session, &mut report);
        alternatives::judge(session, &mut report);
        report
    }
}

/// A claim that rests on a call whose answer is missing or cannot be read leaves open whether it failed.
fn unjudged(session: &Session<'_>, call: &Call<'_>, report: &mut Report) {
    let next = session.prose_after(call.event).first();
    if call.result.is_none() {
        report.skip(Some(call.event), format!("the result of `{}` is missing, so it may have failed", call.name.text));
    } else if call.known.effect.0 != Effect::Read && next.is_some() && bare_code(session, call) {
        report.skip(
            Some(call.event),
            format!(
                "whether the result of `{}` is an error is unknown; add a tool contract to specify this",
                call.name.text
            ),
        );
    }
}

/// An answer whose only telling member is a number: `{"rc": 7}`.
fn bare_code(session: &Session<'_>, call: &Call<'_>) -> bool {
    let Some(root) = call.result.as_ref().and_then(|r| r.json()).filter(|v| v.is_object()) else { return false };
    let coded = root.entries().any(|(k, v)| {
        matches!(k.str().unwrap_or_default().as_ref(), "rc" | "sc" | "c" | "code" | "ret" | "rv")
            && v.i64().is_some_and(|n| n != 0)
    });
    coded && root.len() <= 4 && call.status(session).standing == Standing::Unknown
}

/// Where and how a failure was passed over.
struct Ignored {
    event: u32,
    cite: Cite,
    how: String,
    path: &'static str,
}

fn ignored(session: &Session<'_>, index: usize, call: &Call<'_>, failure: &Failure) -> Option<Ignored> {
    let later = &session.calls[index + 1..];
    let reads = call.known.effect.0 == Effect::Read;
    // Words that stand between a call and its answer do not know of the failure.
    let known = call.result.as_ref().map_or(call.event, |r| r.event.max(call.event));
    let agent = || session.prose_after(known).iter();
    let retried = |c: &&Call<'_>| {
        c.failure().is_none()
            && c.result.is_some()
            && (c.name.text == call.name.text && related(call, c) || replaces(call, c))
    };
    let recovery = about_the_same(session, index, call).into_iter().find(retried).map(|c| c.event);
    // A change made upon a check that came out negative, or with what a failed write should have made.
    if (failure.kind == Kind::Negative || (!reads && failure.kind == Kind::Error))
        && !no_such_tool(failure)
        && let Some(next) = later.iter().find(|c| c.event > call.event)
    {
        let spoken = owning::after(session, call.event, next.event).is_some();
        let depends =
            (failure.kind == Kind::Negative || uses(call, next)) && next.is_write() && next.name.text != call.name.text;
        let separate = same_message(session, call, next);
        if depends && !spoken && !separate && recovery.is_none_or(|r| r > next.event) {
            let cite = Cite::whole(next.event, next.arguments.unwrap_or(next.name))?;
            return Some(Ignored {
                event: next.event,
                cite,
                how: format!("`{}` was called anyway", next.name.text),
                path: "",
            });
        }
    }
    let message = agent().find(|p| p.sentences.iter().any(|s| s.words.len() > 1) && !followed_by_call(session, p))?;
    if recovery.is_some_and(|r| r < message.event) {
        return None;
    }
    // A claim that it worked weighs more than words of regret elsewhere in the message.
    let claims = &session.claims()[session.claims().partition_point(|c| c.event <= known)..];
    let bound = session.deed_at(call.event).and_then(|deed| {
        // A deed that is used up is so for every later claim.
        let fresh = |c: &&claims::Claim| binding::is_fresh(session, deed, c);
        let mut open = claims.iter().take_while(|c| recovery.is_none_or(|r| r > c.event)).take_while(fresh);
        open.find(|claim| binding::fits(session, deed, claim) && claims_this(session, claim, deed))
    });
    if let Some(claim) = bound.filter(|c| c.event == message.event || !owned(session, call, c.event)) {
        // "My look-up was rejected" claims nothing that failed: it owns up.
        let told = claim.cite.text().to_ascii_lowercase();
        if told.split(|c: char| !c.is_alphanumeric()).any(|w| english().is("status_failed", w)) {
            return None;
        }
        let first = session.prose_at(claim.event).iter().any(|p| p.sentences.iter().any(|s| owning::admits(p, s)));
        // The refused operation claimed as done is completion-not-terminal's.
        let other = failure.kind == Kind::Refusal;
        let honest = first
            && (claim.families.is_empty() || also_worked(session, claim, call) || names_it(session, claim.event, call));
        return (!other && !honest).then(|| Ignored {
            event: claim.event,
            cite: claim.cite.clone(),
            how: format!("the agent says \"{}\"", claim.cite.text()),
            path: "",
        });
    }
    // Silence: nothing in what the agent says from here on owns up, and nothing asks the user for another way.
    if session.last_owning().is_some_and(|event| event > known)
        || failure.kind == Kind::Negative
        || (failure.kind == Kind::Refusal && bound.is_some())
        || recovery.is_some()
    {
        return None;
    }
    // That nothing was found is an answer, and may be the good news: the name is free.
    let nothing = failure
        .cite
        .as_ref()
        .is_some_and(|c| c.text().to_ascii_lowercase().contains("found") || c.text().contains("404"));
    if reads && nothing {
        return None;
    }
    // "It is fully booked": the words of the error itself.
    if echoed(call, &message.text.text) {
        return None;
    }
    // A look-up that others made up for is no loss.
    if reads
        && later.iter().take_while(|c| c.event < message.event).any(|c| c.failure().is_none() && c.result.is_some())
    {
        return None;
    }
    let sentence = message.sentences.iter().find(|s| s.words.len() > 2).or(message.sentences.first())?;
    let cite = Cite::of(message.event, message.text, message.bytes(sentence.words.clone()))?;
    Some(Ignored { event: message.event, cite, how: "the agent does not mention the failure".into(), path: "silence" })
}

/// True where a message repeats two words in a row of what a call answered.
fn echoed(call: &Call<'_>, said: &str) -> bool {
    /// Longer answers have words for anything.
    const LONGEST: usize = 600;
    let Some(answer) = call.result.as_ref().and_then(|r| r.content).filter(|t| t.text.len() <= LONGEST) else {
        return false;
    };
    let said = line(said);
    let words: Vec<String> = each(&line(&answer.text)).map(str::to_owned).collect();
    let telling = |w: &str| w.len() > 3 && w.chars().all(char::is_alphabetic);
    words.windows(2).any(|two| telling(&two[0]) && telling(&two[1]) && said.contains(&format!("{} {}", two[0], two[1])))
}

/// The calls after one that may be about the same, in order: all of them where it has no values, else those that have one of its
/// values. Each failed call is compared with them.
fn about_the_same<'s, 't>(session: &'s Session<'t>, index: usize, call: &Call<'_>) -> Vec<&'s Call<'t>> {
    /// So few calls are compared without an index of values.
    const FEW: usize = 64;
    let later = &session.calls[index + 1..];
    let values = arguments(call);
    if values.is_empty() {
        // Only a call of the same tool can be about the same.
        let fine = |c: &&Call<'_>| c.failure().is_none() && c.result.is_some();
        let found = later.iter().filter(|c| c.name.text == call.name.text || replaces(call, c)).find(fine);
        return found.into_iter().collect();
    }
    if later.len() <= FEW {
        return later.iter().collect();
    }
    let holding = values.iter().flat_map(|v| session.argument_texts().holding(v).map(|(_, event, _)| event));
    let mut events: Vec<u32> = holding.filter(|event| *event > call.event).collect();
    events.sort_unstable();
    events.dedup();
    events.into_iter().filter_map(|event| session.call_at(event)).collect()
}

/// A tool that does not exist was to do nothing that another one, which does, could not do.
fn no_such_tool(failure: &Failure) -> bool {
    failure.cite.as_ref().is_some_and(|c| {
        let text = c.text().to_ascii_lowercase();
        let missing = [
            "not a registered",
            "unknown tool",
            "unknown function",
            "no such tool",
            "no tool",
            "not a valid tool",
            "tool not found",
            "function not found",
            "not a known tool",
            "does not exist",
        ];
        missing.iter().any(|m| text.contains(m)) && (text.contains("tool") || text.contains("function"))
    })
}

/// "I'm not allowed to unlock devices": a sentence that admits something and names what the failed call was to do.
fn names_it(session: &Session<'_>, event: u32, call: &Call<'_>) -> bool {
    let verbs = subject::stems(&call.known.words.join(" "));
    session.prose_at(event).iter().any(|p| {
        p.sentences.iter().any(|s| {
            let words = subject::stems(&p.text.text[s.range.clone()]);
            let denied =
                p.any(s, |w| matches!(w, "not" | "t" | "cannot" | "unable" | "refused" | "rejected" | "denied"));
            denied && owning::admits(p, s) && verbs.iter().filter(|v| words.contains(*v)).count() >= verbs.len().min(2)
        })
    })
}

fn owned(session: &Session<'_>, call: &Call<'_>, until: u32) -> bool {
    owning::after(session, call.event, until).is_some()
}

/// True when a message only accompanies further calls.
fn followed_by_call(session: &Session<'_>, prose: &Prose<'_>) -> bool {
    let end = binding::horizon(session, prose.event);
    !session.calls_between(prose.event, end).is_empty()
}

fn same_message(session: &Session<'_>, a: &Call<'_>, b: &Call<'_>) -> bool {
    // Calls made together cannot have seen each other's answers.
    a.result.as_ref().is_some_and(|r| r.event > b.event) || binding::horizon(session, a.event) < a.event
}

/// True when a claim speaks of the failed call: its family, and the same id where ids are named.
fn claims_this(session: &Session<'_>, claim: &claims::Claim, deed: usize) -> bool {
    let Some(deed) = session.deeds().get(deed) else { return false };
    let bound = binding::bind(session, claim);
    let Some(own) = bound.iter().find(|b| b.deed.event == deed.event) else { return false };
    let best = bound.iter().filter(|b| b.fresh).map(|b| b.fit).max().unwrap_or(Fit::None);
    let latest = bound.iter().find(|b| b.fit == own.fit && !matches!(b.naming, binding::Naming::Other(..)));
    own.fit >= Fit::Content.min(best)
        && own.fit >= best
        && own.fresh
        && !matches!(own.naming, binding::Naming::Other(..))
        && (latest.is_some_and(|l| l.deed.event == own.deed.event) || !better(session, claim, &bound, own))
}

/// True when another deed of the kind worked, so that the claim may be about that one.
fn better(
    session: &Session<'_>,
    claim: &claims::Claim,
    bound: &[binding::Bound<'_>],
    own: &binding::Bound<'_>,
) -> bool {
    let many = claim.sentence.text().to_ascii_lowercase();
    let many = ["both", "all ", "each"].iter().any(|w| many.contains(w));
    let ids = crate::values::ids(claim.sentence.text());
    if ids.iter().any(|id| own.deed.text().contains(&id.norm))
        && !bound.iter().any(|b| {
            b.deed.event != own.deed.event
                && session.calls[b.deed.call].failure().is_none()
                && ids.iter().any(|id| b.deed.text().contains(&id.norm))
        })
    {
        return false;
    }
    !many
        && bound.iter().any(|b| {
            b.deed.event != own.deed.event
                && b.fresh
                && b.fit >= own.fit
                && session.calls[b.deed.call].failure().is_none()
        })
}

fn also_worked(session: &Session<'_>, claim: &claims::Claim, call: &Call<'_>) -> bool {
    binding::bind(session, claim)
        .iter()
        .any(|b| b.deed.event != call.event && b.fresh && session.calls[b.deed.call].failure().is_none())
}

/// True when two calls are about the same: they share an argument value, or have none.
fn related(a: &Call<'_>, b: &Call<'_>) -> bool {
    let values = arguments(a);
    if values.is_empty() {
        return true;
    }
    let other = b.arguments.map_or("", |t| t.text.as_str());
    values.iter().any(|v| other.contains(v.as_str()))
}

/// True when a later write of the same family about the same thing did what the failed one should have done.
fn replaces(failed: &Call<'_>, later: &Call<'_>) -> bool {
    // The first family is the verb's: `create_folder` and `move_file` share no verb.
    let family = failed.known.families.first().is_some_and(|f| later.known.families.first() == Some(f));
    failed.is_write() && later.is_write() && family && related(failed, later)
}

/// True when a later call takes a value from a failed one's arguments: the folder that was not created.
fn uses(failed: &Call<'_>, later: &Call<'_>) -> bool {
    let other = later.arguments.map_or("", |t| t.text.as_str());
    arguments(failed).iter().any(|v| v.len() >= 3 && other.contains(v.as_str()))
}

fn arguments(call: &Call<'_>) -> Vec<String> {
    let Some(args) = call.args() else { return Vec::new() };
    args.entries().filter_map(|(_, v)| v.str()).filter(|v| v.len() > 1).map(|v| v.into_owned()).collect()
}

/// What a result said, as code, so that its own quotation marks stay what they are. A cut is shown.
fn in_quotes(text: &str) -> String {
    const MOST: usize = 120;
    let shown: String = text.chars().map(|c| if c == '`' { '\'' } else { c }).take(MOST).collect();
    let cut = text.chars().nth(MOST).map_or("", |_| "…");
    format!("`{shown}{cut}`")
}

fn finding(
    detector: &ErrorIgnored,
    session: &Session<'_>,
    call: &Call<'_>,
    failure: &Failure,
    ignored: Ignored,
) -> Finding {
    let name = &call.name.text;
    // The finding stands at the report, and the failure came before it.
    let failed_at = failure.cite.as_ref().map_or(call.event, |c| c.event()) + 1;
    let part = failure.kind == Kind::Partial || extent::upshot(call, Upshot::Failed) == Upshot::Part;
    let failed = if part { "failed in part" } else { "failed" };
    let title = format!("`{name}` {failed} at event {failed_at}, and {}", ignored.how);
    let said = failure.cite.as_ref().map_or_else(|| "an error".to_owned(), |c| in_quotes(c.text()));
    let detail = match ignored.path {
        built_in::LAST_ACTION => format!("`{name}` returned {said}. The agent's report does not mention it."),
        _ => format!("`{name}` returned {said}. After that, {}.", ignored.how),
    };
    let why = match failure.kind {
        _ if part => "part of it failed",
        Kind::Negative => "the check did not pass",
        _ => "it failed",
    };
    let considered = Considered { event: call.event, why: why.into(), cite: failure.cite.clone() };
    let mut finding = Finding::new(detector.id(), detector.category(), ignored.event, title, ignored.cite)
        .and(failure.cite.clone())
        .detail(detail)
        .path(if vocabulary::is_ground(&failure.rests_on) { vocabulary::PATH } else { ignored.path })
        .rests_on(failure.rests_on.clone())
        .tool(name);
    finding.considered.push(considered);
    if super::corrected_later(session, ignored.event)
        || owning::after(session, ignored.event, u32::MAX).is_some() && later_success(session, call, ignored.event)
    {
        finding = finding.outcome(Outcome::NearMiss);
    }
    finding
}

fn later_success(session: &Session<'_>, call: &Call<'_>, after: u32) -> bool {
    let Some(own) = session.deed_at(call.event).map(|at| &session.deeds()[at]) else { return false };
    let fitting = session.fitting().deeds(session, &own.families);
    let later = fitting.partition_point(|(at, _)| session.deeds()[*at].event <= after);
    let worked = |at: usize| session.calls[session.deeds()[at].call].failure().is_none();
    fitting[later..].iter().any(|(at, fit)| *fit == Fit::Family && worked(*at))
}
