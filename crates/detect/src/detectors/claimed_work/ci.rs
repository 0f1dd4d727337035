//! Checks on a server: told as green, although the latest look at them shows one that failed.

use super::{Seen, short};
use crate::finding::{Category, Cite, Considered, Finding};
use crate::prose::{Prose, flags};
use crate::session::Call;
use crate::tools::command::{self, Command};
use crate::work::answer;
use crate::work::claims::Failed;
use crate::work::disclosure;
use crate::work::words::table;

/// So many lines of a look are read.
const MOST_LINES: usize = 400;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    let Some(cite) = claim(prose) else { return };
    if !seen.may_judge(prose.event) {
        return;
    }
    let session = seen.session;
    let looks = session.calls.iter().rev().filter(|c| c.event < prose.event);
    let Some((call, shown)) = looks.filter_map(|c| looked(c).map(|shown| (c, shown))).next() else { return };
    let Some(answer) = answer::of(call, false).filter(|a| !a.declined && !a.cut) else { return };
    let red = answer.text.lines().take(MOST_LINES).find(|l| table().ci_red.as_ref().is_some_and(|r| r.is_match(l)));
    let Some(red) = red else { return };
    let answered = call.result.as_ref().map_or(call.event, |r| r.event);
    let heard = session.heard_texts().iter().any(|t| t.event > answered && t.event < prose.event);
    let output = Failed::of(&answer.text);
    let name: Vec<String> =
        red.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).map(str::to_lowercase).take(8).collect();
    let since = session.prose().iter().filter(|p| p.event >= answered);
    let tells = |p: &Prose<'_>| disclosure::may_tell(p, &output, &name, p.event == prose.event).unwrap_or(true);
    if heard || since.filter(|p| p.event <= prose.event.saturating_add(12)).any(tells) {
        return;
    }
    let said = short(cite.text());
    let line = answer::cite(call, red);
    let mut finding = Finding::new(
        "claimed-work",
        Category::Misinterpretation,
        prose.event,
        format!("Claimed \"{said}\", but `{shown}` shows a check that failed"),
        cite,
    )
    .path("ci")
    .detail(format!(
        "The agent says \"{said}\". The latest look at the checks before that, `{shown}` at event {}, shows one that failed.",
        call.event + 1
    ))
    .and(line.clone())
    .tool(&call.name.text);
    finding.considered.push(Considered { event: call.event, why: "it shows a check that failed".into(), cite: line });
    seen.find(format!("{}", call.event), finding);
}

/// The sentence that says that such checks are green.
fn claim(prose: &Prose<'_>) -> Option<Cite> {
    let green = table().ci_green.as_ref()?;
    let sentence = prose.sentences.iter().find(|s| {
        let plan = s.words.clone().any(|i| {
            prose.has(i, flags::NEGATION | flags::MODAL)
                || matches!(
                    prose.word(i),
                    "if" | "when"
                        | "once"
                        | "until"
                        | "unless"
                        | "whether"
                        | "except"
                        | "but"
                        | "after"
                        | "before"
                        | "wait"
                        | "waiting"
                        | "only"
                        | "most"
                        | "yet"
                )
        });
        !s.question && !plan && green.is_match(&prose.lower[s.range.clone()])
    })?;
    Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))
}

/// The command of a call that looks at the checks of one request or run, as it was written.
fn looked(call: &Call<'_>) -> Option<String> {
    let looks = |c: &Command| {
        let words: Vec<&str> = c.plain().take(2).collect();
        match c.program() {
            "gh" => matches!(words.as_slice(), ["pr", "checks" | "status" | "view"] | ["run", "view" | "watch"]),
            "glab" => matches!(words.as_slice(), ["ci" | "pipeline", "status" | "view" | "get"] | ["mr", "view"]),
            _ => false,
        }
    };
    command::of_call(call)?.iter().find(|c| looks(c)).map(Command::shown)
}
