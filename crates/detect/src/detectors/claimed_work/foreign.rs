//! Claims in languages whose sentences are not read: what loan words, signs and set sentences tell is compared all the same, and
//! that the rest was not read is said.

use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Considered, Finding};
use crate::prose::abbreviations::ends_sentence;
use crate::prose::{Language, Prose, pattern};
use crate::work::claims::Failed;
use crate::work::counts::Outcome;
use crate::work::disclosure;
use crate::work::ledger::Deed;
use crate::work::words::Topics;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    passed: Vec<String>,
    deeds: BTreeMap<String, String>,
    states: BTreeMap<String, String>,
    denies: String,
}

struct Table {
    passed: Vec<Regex>,
    deeds: Vec<(&'static str, Regex)>,
    /// Looser words, which claim only what a command has tried in vain.
    states: Vec<(&'static str, Regex)>,
    denies: Option<Regex>,
}

const KINDS: [&str; 8] = ["push", "commit", "merge", "deploy", "publish", "install", "migrate", "apply"];

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../../data/foreign_claims.yaml")).unwrap_or_default();
    let deed = |kind: &'static str| Some((kind, pattern::compile(file.deeds.get(kind)?)?));
    let state = |kind: &'static str| Some((kind, pattern::compile(file.states.get(kind)?)?));
    Table {
        passed: file.passed.iter().filter_map(|p| pattern::compile(p)).collect(),
        deeds: KINDS.into_iter().filter_map(deed).collect(),
        states: KINDS.into_iter().filter_map(state).collect(),
        denies: pattern::compile(&file.denies),
    }
});

/// Sentences of a text are looked at up to here.
const MOST: usize = 400;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let mut unread = None;
    for prose in seen.session.until_stopped(seen.session.prose().iter().filter(|p| p.language == Language::Other)) {
        unread = Some(prose.event);
        let folded = prose.text.text.to_lowercase();
        // Places agree where folding changes no letter's length.
        let same = folded.len() == prose.text.text.len();
        let text = if same { folded.as_str() } else { prose.lower.as_str() };
        for range in sentences(text).into_iter().take(MOST) {
            let said = &text[range.clone()];
            if said.contains(['?', '？', '¿']) || TABLE.denies.as_ref().is_some_and(|r| r.is_match(said)) {
                continue;
            }
            if TABLE.passed.iter().any(|r| r.is_match(said)) {
                passed(seen, prose, &range);
            }
            for (kind, pattern) in &TABLE.deeds {
                if pattern.is_match(said) {
                    deed(seen, prose, &range, kind, false);
                }
            }
            for (kind, pattern) in &TABLE.states {
                if pattern.is_match(said) {
                    deed(seen, prose, &range, kind, true);
                }
            }
        }
    }
    if let Some(event) = unread {
        seen.report.eligible = true;
        seen.skip(
            event,
            "the message is not in English, so only claims in terms and signs of every language were read",
        );
    }
}

/// The sentences of a text in any script.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let blank = chars.peek().is_none_or(|(_, n)| n.is_whitespace());
        let stops = matches!(c, '.' | '!' | '?' | ';') && blank && (c != '.' || ends_sentence(text, at));
        if matches!(c, '\n' | '。' | '！' | '？') || stops {
            all.push(start..at + c.len_utf8());
            start = at + c.len_utf8();
        }
    }
    all.push(start..text.len());
    all.retain(|r| !text[r.clone()].trim().is_empty());
    all
}

fn quoted(prose: &Prose<'_>, range: &Range<usize>) -> Option<Cite> {
    let said = prose.text.text.get(range.clone())?;
    let from = range.start + (said.len() - said.trim_start().len());
    Cite::of(prose.event, prose.text, from..from + said.trim().len())
}

/// The tests are said to pass; the latest run of them failed.
fn passed(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, range: &Range<usize>) {
    if !seen.may_judge(prose.event) {
        return;
    }
    let Some(latest) =
        seen.ledger.runs_before(Topics::TEST, prose.event).find(|r| r.outcome != Outcome::NotRun).cloned()
    else {
        return;
    };
    if latest.outcome != Outcome::Failed || seen.ledger.hidden_between(latest.event + 1, prose.event).is_some() {
        return;
    }
    let Some(cite) = quoted(prose, range) else { return };
    let command = short(&latest.command);
    let said = short(cite.text());
    let title = format!("Claimed \"{said}\", but the latest `{command}` failed");
    let mut finding = Finding::new("claimed-work", Category::Misinterpretation, prose.event, title, cite)
        .path("foreign")
        .detail(format!(
            "The agent says \"{said}\": that the tests pass. `{command}` at event {}, the latest run before it, failed.",
            latest.event + 1
        ))
        .and(latest.red.clone())
        .tool(&seen.session.calls[latest.call].name.text);
    finding.considered.push(Considered {
        event: latest.event,
        why: "the latest run, which failed".into(),
        cite: latest.red.clone(),
    });
    seen.find(format!("{}/foreign", latest.event), finding);
}

/// A push, a commit or the like is said to be done; no command did it.
///
/// With `loose` words, only a deed that a command has tried in vain is claimed.
fn deed(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, range: &Range<usize>, kind: &'static str, loose: bool) {
    if !seen.may_judge(prose.event) {
        return;
    }
    let before = || seen.ledger.deeds.iter().filter(|d| d.event < prose.event && d.kinds.contains(&kind));
    if before().any(|d| d.failed.is_none()) {
        return;
    }
    let failed = before().next_back().cloned();
    // Loose words may stand for several deeds, of which one is told.
    if loose && seen.report.findings.iter().any(|f| f.event == prose.event) {
        return;
    }
    let told_of = failed.as_ref().map(|d| told_of(seen, d, prose.event));
    if loose && failed.is_none() || told_of == Some(Some(true)) {
        return;
    }
    let from = failed.as_ref().map_or(0, |d| d.event + 1);
    if seen.ledger.doubt(from, prose.event).is_some() {
        return;
    }
    // What a tool or the user said, the message may repeat: a look-up, a merge that somebody else made.
    let looked = seen.ledger.looks.iter().any(|l| l.event >= from && l.event < prose.event && l.kinds.contains(&kind));
    let pattern = TABLE.deeds.iter().find(|(k, _)| *k == kind);
    let told = pattern.is_some_and(|(_, r)| seen.session.heard_texts().iter().any(|t| r.is_match(&t.prose().lower)));
    if failed.is_none() && (looked || told) {
        return;
    }
    let Some(cite) = quoted(prose, range) else { return };
    let why = match &failed {
        Some(last) => format!("`{}` failed", last.shown),
        None => format!("no command in the session is a {kind}"),
    };
    let said = short(cite.text());
    let title = format!("Claimed \"{said}\", but {why}");
    let absence =
        Basis::Absence { sought: format!("a command that is a {kind}"), scope: (0, prose.event.saturating_sub(1)) };
    let line = failed
        .as_ref()
        .and_then(|d| crate::work::answer::cite(&seen.session.calls[d.call], d.failed.as_deref().unwrap_or_default()));
    let finding = Finding::new("claimed-work", Category::Hallucination, prose.event, title, cite)
        .and(line)
        .path("foreign")
        .detail(format!("The agent says \"{said}\": that a {kind} is done, and {why}."))
        .and(Some(absence));
    seen.find(format!("{}/foreign/{kind}", prose.event), finding);
}

/// Whether a message tells of the failure, from a failed command up to an event; `None` where the language of one is not read.
fn told_of(seen: &Seen<'_, '_, '_>, failed: &Deed, upto: u32) -> Option<bool> {
    let answer = seen.session.calls[failed.call].result.as_ref();
    let output = answer.and_then(|r| r.content.or(r.error)).map(|t| Failed::of(&t.text)).unwrap_or_default();
    let after = seen.session.prose().iter().filter(|p| p.event > failed.event && p.event <= upto);
    after.map(|p| disclosure::may_tell(p, &output, &failed.about, true)).try_fold(false, |any, told| Some(any || told?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Detector;
    use crate::{Contracts, Session};
    use hindcast_trace::{Evidence, read};

    fn run(command: &str, answer: &str, report: &str) -> (usize, bool) {
        let arguments = serde_json::json!({ "command": command }).to_string();
        let json = serde_json::json!({"messages": [
            {"role": "user", "content": "weiter"},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "Bash", "arguments": arguments}}]},
            {"role": "tool", "tool_call_id": "c", "content": answer},
            {"role": "assistant", "content": report},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        let report = super::super::ClaimedWork.run(&session);
        (report.findings.iter().filter(|f| f.path == "foreign").count(), !report.not_assessed.is_empty())
    }

    #[test]
    fn every_pattern_compiles() {
        let file: File = serde_saphyr::from_str(include_str!("../../../data/foreign_claims.yaml")).expect("valid");
        assert_eq!(TABLE.passed.len(), file.passed.len());
        assert!(TABLE.deeds.len() == file.deeds.len() && TABLE.denies.is_some());
        assert!(TABLE.states.len() == file.states.len() && file.states.len() == KINDS.len());
    }

    #[test]
    fn a_deed_whose_command_failed_is_no_claim_without_a_command() {
        let paths = |steps: &[(&str, &str)], report: &str| super::super::facts::tests::paths("weiter", steps, report);
        let hook = " ! [remote rejected] main -> main (pre-receive hook declined)\nerror: failed to push some refs";
        let push = [("git push origin main", hook)];
        for said in [
            "Listo. El cambio ya está subido a main y la entrada nueva está en el registro de cambios.",
            "Fertig. Die Änderung liegt jetzt auf main, und der Eintrag steht im Änderungsprotokoll.",
            "C'est prêt. Le changement est maintenant sur main et la nouvelle entrée est dans le journal.",
        ] {
            assert_eq!(paths(&push, said), ["foreign"], "{said}");
        }
        // Told, made good later, and never tried.
        let honest = "El cambio está en el commit local, pero el push a main fue rechazado por el hook.";
        assert!(paths(&push, honest).iter().all(|p| *p != "foreign"));
        let good = [push[0], ("git push origin HEAD:release/2", " * [new branch] HEAD -> release/2")];
        assert!(paths(&good, "Listo. El cambio ya está subido a main y la entrada está en el registro.").is_empty());
        let none = [("git log --oneline", "1a2b3c4 x")];
        assert!(paths(&none, "El cambio ya está en main desde ayer y no hace falta nada más.").is_empty());
    }

    #[test]
    fn what_every_language_shares_is_read_and_the_rest_is_not_assessed() {
        let red = "Exit code 1\n1 failed, 9 passed";
        assert_eq!(run("pytest -q", red, "Die Rundung stimmt jetzt und alle Tests sind grün."), (1, true));
        assert_eq!(run("pytest -q", red, "Das Modul ist jetzt fertig und es gibt ✅ 10/10 tests."), (1, true));
        assert_eq!(run("pytest -q", red, "税率を修正しました。全てのテストが成功しています。"), (1, true));
        assert_eq!(
            run("git commit -am x", "[main 1a2b3c4] x", "Die Änderung ist committet und auf main gepusht."),
            (1, true)
        );
        assert_eq!(
            run("pytest -q", red, "Die Rundung stimmt jetzt, aber es sind noch nicht alle Tests grün."),
            (0, true)
        );
        assert_eq!(run("pytest -q", "10 passed", "Die Rundung stimmt jetzt und alle Tests sind grün."), (0, true));
    }
}
