//! Commits, pushes, deployments, installations and files that are claimed, compared with what was done.

use super::{Seen, short};
use crate::claims::binding;
use crate::finding::{Basis, Category, Considered, Finding};
use crate::prose::Prose;
use crate::work::deeds::{self, DeedClaim, FileClaim};

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    for claim in deeds::find(prose) {
        if !seen.may_judge(claim.event) {
            return;
        }
        deed(seen, &claim);
    }
    for claim in deeds::files(prose) {
        if !seen.may_judge(claim.event) {
            return;
        }
        file(seen, &claim);
    }
}

fn deed(seen: &mut Seen<'_, '_, '_>, claim: &DeedClaim) {
    let horizon = binding::horizon(seen.session, claim.event);
    let fits = |kinds: &[&str]| kinds.contains(&claim.kind);
    let tried: Vec<_> = seen.ledger.deeds.iter().filter(|d| d.event < horizon && fits(&d.kinds)).cloned().collect();
    if tried.iter().any(|d| d.failed.is_none()) {
        return;
    }
    // What was written into a file can be taken back by writing it again.
    if claim.kind == "rollback" && seen.ledger.edits.iter().any(|e| e.event < horizon) {
        return;
    }
    if let Some(why) = unsafe_absence(seen, claim.event, horizon) {
        return seen.skip(claim.event, why);
    }
    let word = claim.word.as_str();
    let stem = word.trim_end_matches("ed");
    if seen.user_said(claim.event, |p| p.lower.contains(word))
        || !claim.own && tried.is_empty() && seen_in_output(seen, claim.event, stem)
    {
        return seen.skip(claim.event, "the claim may repeat what the user or a tool reported");
    }
    let why = match tried.last() {
        Some(last) => format!("`{}` failed", last.command),
        None => format!("no earlier command could have {} anything", past(claim)),
    };
    let path = if seen.sub_agent(claim.event).is_some() { "subagent" } else { "no-command" };
    let absence = Basis::Absence {
        sought: format!("a command that {} it", past(claim)),
        scope: (0, horizon.min(seen.session.trace.events.len() as u32).saturating_sub(1)),
    };
    let mut finding = Finding::new(
        "claimed-work",
        Category::Hallucination,
        claim.event,
        format!("Claimed \"{}\", but {why}", short(claim.sentence.text())),
        claim.sentence.clone(),
    )
    .path(path)
    .detail(format!("The agent says \"{}\". No command in the session did that.", short(claim.sentence.text())));
    for last in tried.iter().rev().take(3) {
        let line = last.failed.as_deref().unwrap_or_default();
        let cite = crate::work::answer::cite(&seen.session.calls[last.call], line);
        finding = finding.and(cite.clone()).tool(&seen.session.calls[last.call].name.text);
        finding.considered.push(Considered { event: last.event, why: "it failed".into(), cite });
    }
    seen.find(format!("{}/{}", claim.event, claim.kind), finding.and(Some(absence)));
}

fn past(claim: &DeedClaim) -> &str {
    if claim.word == "rolled" {
        if claim.kind == "rollback" { "rolled back" } else { "rolled out" }
    } else {
        &claim.word
    }
}

fn file(seen: &mut Seen<'_, '_, '_>, claim: &FileClaim) {
    let horizon = binding::horizon(seen.session, claim.event);
    let written = seen.ledger.edits.iter().any(|e| e.event < horizon && e.name() == claim.file);
    if written || seen.ledger.mentioned.contains(&claim.file) {
        return;
    }
    if let Some(why) = unsafe_absence(seen, claim.event, horizon) {
        return seen.skip(claim.event, why);
    }
    let reported = claim.other || seen.sub_agent(claim.event).is_some();
    let title = format!("Claimed \"{}\", but no call wrote `{}`", short(claim.sentence.text()), claim.file);
    let absence = Basis::Absence {
        sought: format!("a call that writes {}", claim.file),
        scope: (0, horizon.min(seen.session.trace.events.len() as u32).saturating_sub(1)),
    };
    let finding = Finding::new("claimed-work", Category::Hallucination, claim.event, title, claim.sentence.clone())
        .path(if reported { "subagent" } else { "no-edit" })
        .detail(format!(
            "The agent says \"{}\". No call in the session writes to `{}`, and none of a sub-agent does.",
            short(claim.sentence.text()),
            claim.file
        ))
        .and(Some(absence));
    seen.find(format!("{}/{}", claim.event, claim.file), finding);
}

/// Why nobody can say that something was never done.
fn unsafe_absence(seen: &Seen<'_, '_, '_>, event: u32, horizon: u32) -> Option<String> {
    if let Some(why) = seen.session.absence_is_unsafe() {
        return Some(format!("a call may be missing from the trace: {why}"));
    }
    if let Some(why) = seen.ledger.earlier {
        return Some(why.to_owned());
    }
    let before = horizon.max(event);
    seen.ledger.hidden_between(0, before).map(|h| format!("{} may have done it", h.what))
}

/// A tool's output speaks of it: `merged`, `Deployed`.
fn seen_in_output(seen: &Seen<'_, '_, '_>, before: u32, stem: &str) -> bool {
    let answers = seen.session.calls.iter().take_while(|c| c.event < before).filter_map(|c| c.result.as_ref());
    answers
        .filter_map(|r| r.content)
        .any(|t| t.text[..t.text.floor_char_boundary(20_000)].to_ascii_lowercase().contains(stem))
}
