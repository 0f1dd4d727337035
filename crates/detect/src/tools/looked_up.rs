//! Whether a call only looked something up, where its tool's name does not say and may be in any language. The answer tells:
//! a list, or lines and paragraphs that repeat nothing of the arguments, are what somebody asked to see; who changes
//! something is told in a few words that it was done.

use crate::session::Call;
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;

/// So many lines are a listing or a text.
const LINES: usize = 3;
/// An acknowledgment is shorter.
const LONG: usize = 240;
/// Values of fewer letters stand in any answer.
const TELLING: usize = 3;

/// True for a call of a tool whose effect nobody knows, where the answer shows what was asked for. False where the call failed, or has no answer.
pub fn is(call: &Call<'_>) -> bool {
    if call.known.effect.0 != Effect::Unknown || call.failure().is_some() {
        return false;
    }
    let Some(answer) = call.result.as_ref() else { return false };
    match answer.json().filter(|j| j.is_object() || j.is_array()) {
        Some(json) => lists(json, sent_list(call)) || shows_named(call, json, 0),
        None => answer.content.is_some_and(|text| shows(call, text.text.trim())),
    }
}

/// True for a list, or a record that holds one of its own. A call that sent a list may be told what became of each entry.
fn lists(json: Value<'_>, sent: bool) -> bool {
    let list = |v: Value<'_>| v.is_array() && !sent;
    let telling = |v: Value<'_>| list(v) && (v.len() > 1 || v.items().any(|i| i.is_object()));
    list(json) || json.entries().take(40).any(|(_, v)| telling(v))
}

/// `"conflicts": []` of `vehicle.conflicts`: a list that is called as the tool is.
fn shows_named(call: &Call<'_>, json: Value<'_>, depth: usize) -> bool {
    const DEEPEST: usize = 3;
    let Some(name) = call.known.words.last() else { return false };
    !sent_list(call)
        && json.entries().take(40).any(|(key, value)| {
            value.is_array() && key.str().is_some_and(|k| k.eq_ignore_ascii_case(name))
                || depth < DEEPEST && value.is_object() && shows_named(call, value, depth + 1)
        })
}

fn sent_list(call: &Call<'_>) -> bool {
    call.args().is_some_and(|a| a.entries().any(|(_, v)| v.is_array()))
}

/// True for several lines, or a long text, without a value of the call.
fn shows(call: &Call<'_>, text: &str) -> bool {
    let lines = text.lines().filter(|l| !l.trim().is_empty()).count();
    if lines < LINES && text.len() <= LONG {
        return false;
    }
    let entries = || call.args().into_iter().flat_map(|a| a.entries().map(|(_, v)| v).collect::<Vec<_>>());
    let mut words = entries().filter_map(|v| v.str()).filter(|v| v.chars().count() >= TELLING);
    // "140.0" and "140,00" are one number.
    let number = |n: &str| n.replace(',', ".").trim_matches('.').parse::<f64>().ok().filter(|n| n.abs() >= 10.0);
    let told: Vec<f64> =
        text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).filter_map(number).collect();
    let mut numbers = entries().filter_map(|v| v.f64());
    !words.any(|v| text.contains(v.as_ref())) && !numbers.any(|n| told.contains(&n))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    #[test]
    fn a_list_that_is_called_as_the_tool_is_was_looked_up() {
        assert!(looked_up("vehicle.conflicts", r#"{"reg": "SY 24"}"#, r#"{"d": {"results": {"conflicts": []}}}"#));
        assert!(!looked_up("vehicle.frob", r#"{"reg": "SY 24"}"#, r#"{"d": {"results": {"conflicts": []}}}"#));
    }

    fn looked_up(tool: &str, arguments: &str, answer: &str) -> bool {
        with_session(&turn("Hi", &[(tool, arguments, answer)], "Hello."), |session| super::is(&session.calls[0]))
    }

    #[test]
    fn a_list_or_a_longer_text_is_what_somebody_asked_to_see() {
        assert!(looked_up("salles_libres", r#"{"jour": "2026-05-16"}"#, r#"[{"salle": 4}, {"salle": 9}]"#));
        assert!(looked_up("gruplar", "{}", r#"{"gruplar": ["veliler", "hocalar"]}"#));
        assert!(looked_up("agenda_dag", r#"{"dag": "ma"}"#, "9:00 Bakker\n10:30 Smit\n14:00 vrij"));
        assert!(looked_up("blatt", r#"{"id": 5}"#, &"Wash at forty degrees. ".repeat(20)));
    }

    #[test]
    fn an_acknowledgment_is_a_change_or_leaves_it_open() {
        assert!(!looked_up("alarm_modus", r#"{"modus": "unscharf"}"#, "unscharf"));
        assert!(!looked_up("auftrag", r#"{"iban": "DE02"}"#, r#"{"auftrag": "A-4", "status": "ausgeführt"}"#));
        assert!(!looked_up("groupe", r#"{"membres": ["a", "b"]}"#, r#"{"membres": [{"a": "ok"}, {"b": "ok"}]}"#));
        assert!(!looked_up("nota", r#"{"titolo": "Verbale del lunedì"}"#, "Nota\nVerbale del lunedì\nsalvata"));
        assert!(!looked_up("agenda_dag", r#"{"dag": "ma"}"#, "Error: no such day"));
        assert!(!looked_up("kaartjes", r#"{"aantal": 40}"#, "bestelling: VM-3390\naantal: 40\nstatus: bevestigd"));
    }
}
