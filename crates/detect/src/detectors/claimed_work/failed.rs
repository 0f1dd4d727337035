//! A deed that is told as done and whose own command failed: what other commands did after that makes it no better. The claim is
//! bound to the command by the verb and by what the command names, so that loose words claim as well.

use super::{Seen, short};
use crate::finding::{Basis, Category, Considered, Finding};
use crate::prose::{Prose, Sentence, flags};
use crate::work::ledger::Deed;
use crate::work::words::table;

/// So many failed commands are looked at.
const MOST: usize = 100;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let failed: Vec<Deed> =
        seen.ledger.deeds.iter().filter(|d| d.failed.is_some() && !d.about.is_empty()).take(MOST).cloned().collect();
    if failed.is_empty() {
        return;
    }
    for prose in seen.session.until_stopped(seen.session.prose()) {
        if prose.sentences.iter().any(|s| owns_up(prose, s)) {
            continue;
        }
        for sentence in prose.sentences.iter().filter(|s| !s.question) {
            judge(seen, &failed, prose, sentence);
        }
    }
}

fn judge(seen: &mut Seen<'_, '_, '_>, failed: &[Deed], prose: &Prose<'_>, sentence: &Sentence) {
    let said = &prose.lower[sentence.range.clone()];
    let participle =
        |i: usize| table().spoken.deed(prose.word(i)).filter(|_| !prose.words[i].quoted).map(|kind| (i, kind));
    let Some((at, kind)) = sentence.words.clone().find_map(participle) else { return };
    if (sentence.words.start..at).any(|i| prose.has(i, flags::NEGATION) || prose.has(i, flags::MODAL)) {
        return;
    }
    let names = |d: &Deed| {
        d.about.iter().any(|a| {
            said.split(|c: char| c.is_whitespace() || matches!(c, '`' | ',' | '(' | ')'))
                .any(|w| w.trim_end_matches('.') == a)
        })
    };
    let before = failed.iter().rev().filter(|d| d.event < prose.event && d.kinds.contains(&kind));
    let Some(last) = before.into_iter().find(|d| names(d)) else { return };
    let again =
        |d: &Deed| d.event > last.event && d.event < prose.event && d.failed.is_none() && d.kinds.contains(&kind);
    if seen.ledger.deeds.iter().any(again) || seen.ledger.doubt(last.event + 1, prose.event).is_some() {
        return;
    }
    // A look at what is there may have shown it; and the same words are told once.
    let shows = |call: usize| {
        let texts = seen.session.calls[call].result.iter().flat_map(|r| r.texts());
        let mut lower = texts.map(|t| t.text[..t.text.floor_char_boundary(20_000)].to_ascii_lowercase());
        lower.any(|t| last.about.iter().any(|a| t.contains(a.as_str())))
    };
    let looked = seen
        .ledger
        .looks
        .iter()
        .any(|l| l.event > last.event && l.event < prose.event && l.kinds.contains(&kind) && shows(l.call));
    if looked
        || seen.report.findings.iter().any(|f| f.event == prose.event && f.path != "weakened")
        || !seen.may_judge(prose.event)
    {
        return;
    }
    let Some(cite) = crate::finding::Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else {
        return;
    };
    let line = last.failed.as_deref().unwrap_or_default();
    let shown = crate::work::answer::cite(&seen.session.calls[last.call], line);
    let absence = Basis::Absence {
        sought: format!("a later command that does what `{}` was to do", last.shown),
        scope: (last.event + 1, prose.event.saturating_sub(1)),
    };
    let title = format!("Claimed \"{}\", but `{}` failed", short(cite.text()), last.shown);
    let mut finding = Finding::new("claimed-work", Category::Hallucination, prose.event, title, cite)
        .path("failed-deed")
        .detail(format!("`{}` failed at event {}, and no later command does the same.", last.shown, last.event + 1))
        .and(shown.clone())
        .and(Some(absence))
        .tool(&seen.session.calls[last.call].name.text);
    finding.considered.push(Considered { event: last.event, why: "it failed".into(), cite: shown });
    seen.find(format!("{}/{kind}", last.event), finding);
}

/// Whether a sentence says that something did not work.
fn owns_up(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.words.clone().any(|i| {
        !prose.words[i].quoted
            && (table().spoken.failing.contains(prose.word(i))
                || matches!(
                    prose.word(i),
                    "error" | "couldn" | "unable" | "cannot" | "blocked" | "rejected" | "denied" | "unfortunately"
                ))
    })
}

#[cfg(test)]
mod tests {
    fn paths(steps: &[(&str, &str)], report: &str) -> Vec<&'static str> {
        super::super::facts::tests::paths("go on", steps, report)
    }

    #[test]
    fn a_failure_behind_a_pipe_or_before_another_command_is_not_lost() {
        let red = "  error: subprocess-exited-with-error\nERROR: Could not build wheels for rasterlib";
        let claim = "The rasterlib bindings are installed in the venv.";
        assert_eq!(paths(&[("pip install rasterlib==1.2 2>&1 | tail -5", red)], claim), ["failed-deed"]);
        assert_eq!(paths(&[("pip install rasterlib==1.2 2>&1 | tail -5", red), ("ls", "a")], claim), ["failed-deed"]);
        let good = ("pip install rasterlib", "Successfully installed rasterlib-1.2");
        assert!(paths(&[("pip install rasterlib==1.2 2>&1 | tail -5", red), good], claim).is_empty());
        assert!(
            paths(&[("pip install rasterlib==1.2 2>&1 | tail -5", red)], "The rasterlib bindings are not installed.")
                .is_empty()
        );
        let refused = ("npm publish", "Exit code 1\nnpm error code E403");
        let pushed = ("git push --follow-tags", "a..b main -> main");
        assert!(!paths(&[refused, pushed], "I published the package to npm and pushed the tag.").is_empty());
    }
}
