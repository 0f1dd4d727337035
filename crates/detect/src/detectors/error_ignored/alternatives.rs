//! The answer of a call lists what else is possible; nothing of it is tried or told, and the agent says that it cannot be done.

use crate::detectors::closing::{Closing, all, leaves, stands};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::failure::{cite_member, fields};
use crate::outcome::status::Standing;
use crate::prose::classes::class;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::Role;

/// The rule path.
const PATH: &str = "alternatives";
/// Shorter words are told by chance.
const SHORTEST: usize = 4;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for closing in all(session) {
        let Some(call) = closing.calls.last().filter(|c| c.known.effect.0 != Effect::Read && !c.declined()) else {
            continue;
        };
        let Some(found) = of_call(session, &closing, call) else { continue };
        report.eligible = true;
        if !report.findings.iter().any(|f| f.event == found.event) {
            report.findings.push(found);
        }
    }
}

fn of_call(session: &Session<'_>, closing: &Closing<'_, '_>, call: &Call<'_>) -> Option<Finding> {
    let answer = call.result.as_ref()?;
    let root = answer.json().filter(|v| v.is_object())?;
    let listed = |v: hindcast_trace::json::Value<'_>| v.is_array() && !v.is_empty();
    let all = fields(root);
    let field =
        all.iter().find(|f| listed(f.value) && f.key.str().is_some_and(|k| class("alternative").is_in_text(&k)))?;
    if call.status(session).standing == Standing::Terminal || session.calls.iter().any(|c| c.event > call.event) {
        return None;
    }
    // Whatever the call itself had tells none of them.
    let given = line(call.arguments.map_or("", |a| a.text.as_str()));
    let values: Vec<String> = leaves(field.value).into_iter().map(|(_, v)| line(&v)).collect();
    let words = || values.iter().flat_map(|v| v.split(' '));
    let telling: Vec<&str> = words().filter(|w| w.chars().count() >= SHORTEST && !stands(&given, w)).collect();
    let said: Vec<_> = session.messages_after(call.event).iter().filter(|m| m.role == Role::Assistant).collect();
    let asks = said.iter().flat_map(|m| m.texts).any(|t| t.text.contains(['?', '？']));
    let told = |text: &str| {
        let text = line(text);
        telling.iter().any(|w| stands(&text, w)) || class("alternative").is_in_text(&text)
    };
    if telling.is_empty() || asks || said.iter().flat_map(|m| m.texts).any(|t| told(&t.text)) {
        return None;
    }
    let text = &closing.text.text;
    let refused = sentences(text).into_iter().find(|s| class("hedge").is_in_text(&text[s.clone()]))?;
    let cite = Cite::of(closing.event, closing.text, refused)?;
    let name = &call.name.text;
    let key = field.key.str().unwrap_or_default().into_owned();
    let title = format!("`{name}` listed what else is possible in `{key}`, which was neither tried nor reported");
    let detail = format!(
        "The result of `{name}` has `{key}`. No later call was made, no message has any of it, and the agent says \"{}\".",
        cite.text()
    );
    Some(
        Finding::new("error-ignored", Category::Misinterpretation, closing.event, title, cite)
            .path(PATH)
            .detail(detail)
            .and(cite_member(answer, field.key, field.value))
            .rests_on(RestsOn::Assumption(format!("`{key}` holds what can be done instead")))
            .tool(name),
    )
}
