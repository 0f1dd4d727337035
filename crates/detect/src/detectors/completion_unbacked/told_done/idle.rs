//! Which calls cannot have carried out an order. A tool's name is the only thing that says what a call does where nothing describes
//! the tool, so a call counts as a look-up only if its name says so in some language; all others may have changed something.

use crate::detectors::translated::{named_look, shows_record};
use crate::prose::accents::unaccented;
use crate::session::Call;
use crate::tools::acts::{self, Acts};
use crate::tools::contract::Effect;
use crate::tools::contract::words_of;
use crate::tools::named::{is_deed, is_made, is_thing, takes_one, words};
use crate::tools::{challenge, operation};

/// True for a call that only looks something up, as its contract, its description or its name says, or that only tries something out.
pub(in crate::detectors) fn is_idle(call: &Call<'_>) -> bool {
    if operation::is_trial(call) {
        return true;
    }
    if is_deed(call) || challenge::is(call) {
        return false;
    }
    if call.known.effect.0 == Effect::Read {
        return true;
    }
    if call.is_write() || call.failure().is_some() || call.declined() {
        return false;
    }
    match acts::described_as(call, call.described.map(|t| t.text.as_str())) {
        Acts::Yes => false,
        Acts::No => true,
        Acts::Unknown => named_look(call) || is_record_shown(call) || is_list_of_all(call),
    }
}

/// True where a tool that is called by a thing, and is given one value, shows what is recorded of it: `karta`, `leserkonto`; or of a
/// record that it is given the number of: `factuur`.
fn is_record_shown(call: &Call<'_>) -> bool {
    let words = words(call);
    let numbered = || is_given_number(call, &words);
    takes_one(call)
        && !words.is_empty()
        && words.iter().all(|w| is_thing(w) || is_made(w) && numbered())
        && shows_record(call)
}

/// True where the only value is a number, under a key for numbers or one that is called as the tool is.
fn is_given_number(call: &Call<'_>, tool: &[String]) -> bool {
    call.args().is_some_and(|a| {
        a.entries().all(|(key, value)| {
            let key = unaccented(&key.str().unwrap_or_default());
            let parts = words_of(&key);
            let own = tool.iter().any(|w| w.len() > 3 && key.starts_with(w.as_str()));
            (own || parts.iter().any(|p| NUMBERS.contains(&p.as_str())))
                && value.bool().is_none()
                && value.raw().bytes().any(|b| b.is_ascii_digit())
                && !value.raw().contains(' ')
        })
    })
}

/// How the key of a record's own number is called.
const NUMBERS: [&str; 18] = [
    "id",
    "no",
    "nr",
    "num",
    "number",
    "nummer",
    "numero",
    "numer",
    "code",
    "kod",
    "kode",
    "codigo",
    "codice",
    "ref",
    "reference",
    "referencia",
    "key",
    "uuid",
];

/// True where a call that was given nothing is answered with several records: what changes something has to be told what.
fn is_list_of_all(call: &Call<'_>) -> bool {
    let given = call.args().is_some_and(|a| !a.is_empty());
    let answer = call.result.as_ref().and_then(|r| r.json());
    !given && answer.is_some_and(|a| a.is_array() && a.len() > 1 && a.items().all(|i| i.is_object()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn idle(tool: &str, arguments: &str, answer: &str) -> bool {
        with_session(&turn("Hi", &[(tool, arguments, answer)], "Hello."), |session| is_idle(&session.calls[0]))
    }

    #[test]
    fn a_name_that_tells_no_look_may_change_something() {
        const RECORD: &str = r#"{"nr": "20-771", "until": "2026-08-09", "entries": 4}"#;
        for (tool, arguments) in [
            ("op_17", r#"{"id": "20-771"}"#),
            ("exec_step", r#"{"step": 3}"#),
            ("execStep", "{}"),
            ("zawies", r#"{"nr": "20-771", "dni": 21}"#),
            ("zawies", r#"{"nr": "20-771"}"#),
            ("ouvrir_incident", r#"{"numero": "20-771"}"#),
            ("gutschrift", r#"{"konto": "20-771", "betrag": 40}"#),
            ("sperre", r#"{"karte": "20-771"}"#),
            ("заморозить_карту", r#"{"номер": "20-771"}"#),
            ("解約", r#"{"番号": "20-771"}"#),
            // What is looked at can be changed as well, and what is recorded can be set.
            ("borrar_historial", r#"{"id": "20-771"}"#),
            ("marcar_consulta", r#"{"dia": "lunes"}"#),
            ("factuur", r#"{"order": "20-771"}"#),
            ("reclamo", r#"{"reclamo": "arrived broken on the 4th"}"#),
            ("karta", r#"{"nr": "20-771", "stan": "zablokowana"}"#),
            ("kundenkonto", r#"{"name": "Ada", "land": "AT"}"#),
        ] {
            assert!(!idle(tool, arguments, RECORD), "{tool}");
        }
        assert!(!idle("karta", r#"{"nr": "20-771"}"#, r#"{"nr": "20-771", "success": true}"#));
    }

    #[test]
    fn a_name_that_tells_a_look_changes_nothing() {
        const RECORD: &str = r#"{"nr": "20-771", "until": "2026-08-09", "entries": 4}"#;
        for (tool, arguments) in [
            ("get_pass", r#"{"id": "20-771"}"#),
            ("consultar_envio", r#"{"envio": "20-771"}"#),
            ("buscarMesa", r#"{"dia": "lunes", "personas": 4}"#),
            ("auftrag_anzeigen", r#"{"auftrag": "20-771"}"#),
            ("kundensuche", r#"{"name": "Ada"}"#),
            ("kundenliste", r#"{"ort": "Graz", "seite": 2}"#),
            ("leserkonto", r#"{"nummer": "20-771"}"#),
            ("karta", r#"{"nr": "20-771"}"#),
            ("dossier_client", r#"{"numero": "20-771"}"#),
            ("factuur", r#"{"nr": "20-771"}"#),
            ("rezerwacja", r#"{"rezerwacja_id": 20771}"#),
            ("ticket_detail", r#"{"id": 8831}"#),
            ("customer_profile", r#"{"id": "20-771"}"#),
            ("znajdź_klienta", r#"{"nazwisko": "Lis"}"#),
        ] {
            assert!(idle(tool, arguments, RECORD), "{tool}");
        }
        assert!(idle("op_17", "{}", r#"[{"slot": 1}, {"slot": 2}]"#));
    }
}
