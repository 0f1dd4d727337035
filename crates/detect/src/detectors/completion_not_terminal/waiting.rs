//! A change whose answer says that it waits, told as a state that holds: `"etat": "EN_FILE"` and "the greenhouse runs on it again".

use crate::detectors::closing::{Closing, all, leaves, short, stands, worked};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::failure::{cite_member, fields};
use crate::prose::classes::class;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;

/// The rule path.
const PATH: &str = "waiting";
/// A state is a few words.
const LONGEST: usize = 40;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for closing in all(session) {
        // What several calls did is told together; the last of them is what the closing words are about.
        let Some(call) = closing.calls.last().filter(|c| worked(c)) else { continue };
        if let Some(found) = judge(&closing, call) {
            report.eligible = true;
            if !report.findings.iter().any(|f| f.event == closing.event) {
                report.findings.push(found);
            }
        }
    }
}

fn judge(closing: &Closing<'_, '_>, call: &Call<'_>) -> Option<Finding> {
    let answer = call.result.as_ref()?;
    let root = answer.json()?;
    let all = fields(root);
    let state = all.iter().find(|f| waits(f.key, f.value))?;
    let text = &closing.text.text;
    // A word for what waits, or what the answer says of when and where, is told: then the state is, too.
    if class("waiting").is_in_text(text) || text.contains('?') || tells_when(root, text) {
        return None;
    }
    let reached = sentences(text).into_iter().find(|s| class("reached").is_in_text(&text[s.clone()]))?;
    let cite = Cite::of(closing.event, closing.text, reached)?;
    let member = cite_member(answer, state.key, state.value)?;
    let tool = &call.name.text;
    let title = format!(
        "Claimed \"{}\" while `{tool}` returned `{}`",
        short(cite.text()),
        short(&member.text().replace('`', "'"))
    );
    let detail = format!(
        "The agent says \"{}\". The result of `{tool}`, the last call before it, has `{}`, and the message has no word of that.",
        cite.text(),
        member.text()
    );
    let made = Finding::new("completion-not-terminal", Category::Misinterpretation, closing.event, title, cite)
        .path(PATH)
        .and(Some(member))
        .detail(detail)
        .rests_on(RestsOn::Assumption("what is said last is about the last call".into()))
        .tool(tool);
    Some(made)
}

/// A member that says that something has not happened yet.
fn waits(key: Value<'_>, value: Value<'_>) -> bool {
    let name = line(&key.str().unwrap_or_default());
    if !value.is_str() {
        return false;
    }
    let said = value.str().unwrap_or_default();
    let words = line(&said);
    let strong = |w: &str| {
        [
            "queue",
            "pend",
            "await",
            "wait",
            "file",
            "attente",
            "warte",
            "ausstehend",
            "cola",
            "espera",
            "coda",
            "attesa",
            "fila",
            "aguard",
            "wacht",
            "kolej",
            "oczek",
            "vanta",
        ]
        .iter()
        .any(|s| w.starts_with(s))
    };
    let phrase =
        ["not started", "not yet", "in progress", "en cours", "en curso", "in corso", "in arbeit", "noch nicht"];
    let free = name
        .split(' ')
        .any(|w| matches!(w, "note" | "message" | "text" | "name" | "title" | "comment" | "file" | "path"));
    !free
        && !words.is_empty()
        && said.len() <= LONGEST
        && words.split(' ').count() <= 4
        && (words.split(' ').any(strong) || phrase.iter().any(|p| words.starts_with(p)))
}

/// True where the text has a date, a time or a place in a queue of the answer.
fn tells_when(root: Value<'_>, text: &str) -> bool {
    let words = line(text);
    leaves(root).iter().any(|(key, value)| {
        let date = value.len() >= 10 && value.as_bytes()[4] == b'-' && value.as_bytes()[7] == b'-';
        let day = date.then(|| value[8..10].trim_start_matches('0').to_owned());
        let place = line(key).split(' ').any(|w| {
            matches!(
                w,
                "position"
                    | "platz"
                    | "pos"
                    | "posicion"
                    | "posizione"
                    | "posicao"
                    | "positie"
                    | "pozycja"
                    | "plats"
                    | "eta"
            )
        });
        day.is_some_and(|d| stands(&words, &d)) || place && stands(&words, &line(value))
    })
}
