//! Commits, pushes, deployments, installations and files that are claimed, compared with what was done.

use super::asked::{self, Asked};
use super::{Seen, short};
use crate::claims::binding;
use crate::finding::{Basis, Category, Considered, Finding};
use crate::prose::Prose;
use crate::work::claims;
use crate::work::deeds::{self, DeedClaim, FileClaim};
use crate::work::ledger::Deed;
use crate::work::looks::{self, Shown};

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    look_at_deeds(seen, prose);
    for claim in deeds::files(prose) {
        if !seen.may_judge(claim.event) {
            return;
        }
        file(seen, &claim);
    }
}

/// In a session without a single call, only what the user asked about is judged; other claims are seen, and no more.
pub(super) fn without_calls(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    look_at_deeds(seen, prose);
    let files = deeds::files(prose).into_iter().map(|c| c.event);
    if let Some(event) = claims::find(prose).into_iter().map(|c| c.event).chain(files).next()
        && seen.may_judge(event)
    {
        seen.skip(event, NO_CALLS);
    }
}

const NO_CALLS: &str = "the session has no calls that could be compared with it";

fn look_at_deeds(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    for claim in deeds::find(prose) {
        if !asked::makes_claim(seen, prose, &claim) {
            continue;
        }
        if !seen.may_judge(claim.event) {
            return;
        }
        deed(seen, &claim);
    }
}

/// Deeds whose state is no other's work, so that it may be told of without an attempt.
const STATES: [&str; 5] = ["push", "publish", "deploy", "request", "commit"];

fn deed(seen: &mut Seen<'_, '_, '_>, claim: &DeedClaim) {
    let horizon = binding::horizon(seen.session, claim.event);
    let fits = |d: &Deed| d.kinds.contains(&claim.kind) || claim.word == "landed" && d.lands;
    let tried: Vec<_> = seen.ledger.deeds.iter().filter(|d| d.event < horizon && fits(d)).cloned().collect();
    // Of several attempts, those count that name what the claim names: an installation of something else is none.
    let lower = claim.sentence.text().to_ascii_lowercase();
    let failed_at: Vec<&String> = tried.iter().filter(|d| d.failed.is_some()).flat_map(|d| &d.about).collect();
    let named: Vec<&String> = failed_at.into_iter().filter(|w| lower.contains(w.as_str())).collect();
    // A push that may set a release going makes up for one that failed by its own command only where somebody looked after it.
    let own_failed = tried.iter().filter(|d| d.failed.is_some() && !sets_going(d, claim.kind)).map(|d| d.event).max();
    let looked = |from: u32| {
        let within = |at: u32| at > from && at < horizon;
        seen.ledger.looks.iter().any(|l| within(l.event)) || seen.ledger.reports.iter().any(|r| within(r.event))
    };
    let stands_in =
        |d: &Deed| own_failed.is_none_or(|at| !sets_going(d, claim.kind) || d.event > at && looked(d.event));
    let done = |d: &&Deed| {
        if !stands_in(d) {
            return false;
        }
        let of_all = d.about.iter().all(|w| w.contains('.') || w.contains('/'));
        let same = d.about.iter().any(|w| named.iter().any(|n| w.contains(n.as_str())));
        d.failed.is_none() && (claim.kind != "install" || named.is_empty() || of_all || same)
    };
    if tried.iter().any(|d| done(&d)) {
        return;
    }
    let asked = asked::of(seen, claim);
    // Who tells what is there claims no deed: a look-up bears that out.
    let shown = if claim.own && asked == Asked::Order { Shown::Nothing } else { looked_up(seen, claim) };
    match &shown {
        Shown::Yes if asked != Asked::Order && !claim.own || asked == Asked::Question => return,
        Shown::Yes | Shown::Perhaps => return seen.skip(claim.event, "a look-up may have shown it"),
        Shown::No(_) | Shown::Nothing => {}
    }
    let tried: Vec<_> = tried.into_iter().filter(|d| d.failed.is_some()).collect();
    if seen.session.calls.is_empty() && asked == Asked::Nothing {
        return seen.skip(claim.event, NO_CALLS);
    }
    if claim.state && tried.is_empty() && (claim.kind == "merge" || !STATES.contains(&claim.kind)) {
        return;
    }
    // What was written into a file can be taken back by writing it again.
    let rewritten = || seen.ledger.rewrites.iter().any(|event| *event < horizon);
    if claim.kind == "rollback" && (seen.ledger.edits.iter().any(|e| e.event < horizon) || rewritten()) {
        return;
    }
    // After a failed attempt, only what came later may have made it good.
    let from = tried.last().map_or(0, |d| d.event + 1);
    if let Some(why) = seen.ledger.doubt(from, horizon.max(claim.event)) {
        return seen.skip(claim.event, why);
    }
    let word = claim.word.as_str();
    // For a state, whatever names the place may have shown it.
    let stem = match claim.kind {
        "apply" if word == "created" => "creation complete",
        _ if !claim.state => word.trim_end_matches("ed"),
        "push" => "origin",
        "request" => "pull",
        other => other,
    };
    let told = if claim.state { lower.as_str() } else { word };
    if asked::told(seen, claim.event, told) || !claim.own && tried.is_empty() && seen_in_output(seen, claim.event, stem)
    {
        return seen.skip(claim.event, "the claim may repeat what the user or a tool reported");
    }
    let deed = deed_of(claim.kind);
    let why = match (tried.last(), &shown) {
        (Some(last), _) => format!("`{}` failed", last.shown),
        (None, Shown::No(look)) if look.denies() => format!("no earlier command {deed}, and {}", look.told()),
        (None, _) => format!("no earlier command {deed}"),
    };
    let path = match seen.sub_agent(claim.event) {
        Some(_) => "subagent",
        None if claim.state => "state",
        None => "no-command",
    };
    // After an attempt that failed, what was searched for is one that came later.
    let end = horizon.min(seen.session.trace.events.len() as u32).saturating_sub(1);
    let absence = (from <= end).then(|| Basis::Absence {
        sought: if tried.is_empty() {
            format!("a command that {deed}")
        } else {
            format!("a later command that {deed}")
        },
        scope: (from, end),
    });
    let mut finding = Finding::new(
        "claimed-work",
        Category::Hallucination,
        claim.event,
        format!("Claimed \"{}\", but {why}", short(claim.sentence.text())),
        claim.sentence.clone(),
    )
    .path(path)
    .detail(detail(seen, claim, &tried, &shown));
    for last in tried.iter().rev().take(3) {
        let line = last.failed.as_deref().unwrap_or_default();
        let cite = crate::work::answer::cite(&seen.session.calls[last.call], line);
        finding = finding.and(cite.clone()).tool(&seen.session.calls[last.call].name.text);
        finding.considered.push(Considered { event: last.event, why: "it failed".into(), cite });
    }
    seen.find(format!("{}/{}", claim.event, claim.kind), finding.and(absence));
}

/// True for a push of commits or tags, which does such a deed only where the repository is set up so.
fn sets_going(deed: &Deed, kind: &str) -> bool {
    deed.words.starts_with(&["git".to_owned(), "push".to_owned()])
        && matches!(kind, "publish" | "release" | "deploy" | "migrate" | "apply" | "restart")
}

/// What is missing, in a sentence of which every word is true: of "committed and pushed", it is one or the other.
fn detail(seen: &Seen<'_, '_, '_>, claim: &DeedClaim, tried: &[Deed], shown: &Shown) -> String {
    let (said, deed) = (short(claim.sentence.text()), deed_of(claim.kind));
    let looked = match shown {
        Shown::No(look) => format!(", and {}", look.told()),
        _ => String::new(),
    };
    match tried.last() {
        Some(last) => {
            let answered = seen.session.calls[last.call].result.as_ref().map_or(last.event, |r| r.event);
            let at = answered + 1;
            format!(
                "The agent says \"{said}\". `{}` failed at event {at}, and no later command {deed}{looked}.",
                last.shown
            )
        }
        None => format!("The agent says \"{said}\". No command in the session {deed}{looked}."),
    }
}

/// What a command does that does such a deed.
fn deed_of(kind: &str) -> &'static str {
    match kind {
        "commit" => "makes a commit",
        "push" => "pushes anything",
        "merge" => "merges anything",
        "request" => "opens a pull request",
        "tag" => "makes a tag",
        "release" => "makes a release",
        "publish" => "publishes anything",
        "deploy" => "deploys anything",
        "install" => "installs anything",
        "migrate" => "migrates a database",
        "restart" => "restarts anything",
        "rollback" => "takes a change back",
        _ => "applies anything",
    }
}

fn looked_up(seen: &Seen<'_, '_, '_>, claim: &DeedClaim) -> Shown {
    looks::shown(seen.session, &seen.ledger, claim, claim.event)
}

fn file(seen: &mut Seen<'_, '_, '_>, claim: &FileClaim) {
    let horizon = binding::horizon(seen.session, claim.event);
    let written = seen.ledger.edits.iter().any(|e| e.event < horizon && e.name() == claim.file);
    if written || seen.ledger.mentioned.contains(&claim.file) {
        return;
    }
    if let Some(why) = seen.ledger.doubt(0, horizon.max(claim.event)) {
        return seen.skip(claim.event, why);
    }
    let name = as_written(claim);
    let reported = claim.other || seen.sub_agent(claim.event).is_some();
    let title = format!("Claimed \"{}\", but no call wrote `{}`", short(claim.sentence.text()), name);
    let absence = Basis::Absence {
        sought: format!("a call that writes {name}"),
        scope: (0, horizon.min(seen.session.trace.events.len() as u32).saturating_sub(1)),
    };
    let finding = Finding::new("claimed-work", Category::Hallucination, claim.event, title, claim.sentence.clone())
        .path(if reported { "subagent" } else { "no-edit" })
        .detail(format!(
            "The agent says \"{}\". No call in the session writes to `{}`, and no sub-agent does either.",
            short(claim.sentence.text()),
            name
        ))
        .and(Some(absence));
    seen.find(format!("{}/{}", claim.event, claim.file), finding);
}

/// The file's name in the letters of the claim: the sentence names it, and only its case differs.
fn as_written(claim: &FileClaim) -> &str {
    let sentence = claim.sentence.text();
    // Only ASCII is folded, so that the bytes agree.
    let at = sentence.to_ascii_lowercase().find(&claim.file);
    at.and_then(|at| sentence.get(at..at + claim.file.len())).unwrap_or(&claim.file)
}

/// A tool's output speaks of it: `merged`, `Deployed`.
fn seen_in_output(seen: &Seen<'_, '_, '_>, before: u32, stem: &str) -> bool {
    // What a sub-agent reports is no output.
    let own = |c: &&crate::session::Call<'_>| c.role() != Some(crate::tools::builtin::ToolRole::Own);
    let calls = seen.session.calls.iter().take_while(|c| c.event < before).filter(own);
    let answers = calls.filter_map(|c| c.result.as_ref());
    answers
        .filter_map(|r| r.content)
        .any(|t| t.text[..t.text.floor_char_boundary(20_000)].to_ascii_lowercase().contains(stem))
}
