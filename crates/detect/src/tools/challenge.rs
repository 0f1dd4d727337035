//! Whether a call sends somebody a code by its nature: whoever starts a verification of an identity or an address does, whatever the tool is
//! named. A call that is given the code checks it and sends nothing.

use crate::prose::classes::class;
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use crate::prose::wordlists::line;
use crate::session::Call;
use hindcast_trace::json::Value;

/// So many members of arguments and answer are read.
const MOST: usize = 40;
/// Members nested deeper are parts of parts.
const DEEPEST: usize = 3;

/// True for a call that has to do with a verification, was given no code, and tells of a way on which a message goes or of the code.
pub(crate) fn is(call: &Call<'_>) -> bool {
    let name = line(&call.name.text);
    // `get_challenge_log` shows what was sent before.
    let shows = |w: &String| english().is_read_word(w) && !class("challenge").has(w);
    if !class("challenge").is_in(&name) || call.known.words.first().is_some_and(shows) || call.failure().is_some() {
        return false;
    }
    let given = names(call.args());
    let checks = given.iter().any(|(key, value)| class("code").is_in(key) && value.bytes().any(|b| b.is_ascii_digit()));
    let told = names(call.result.as_ref().and_then(|r| r.json()));
    let way = |text: &str| class("code").is_in(text) || class("way").is_in(text);
    let holds = |value: &str| !matches!(value, "" | "false" | "null" | "none" | "no");
    // What is only repeated, such as the address that is looked at, tells no way.
    let repeated = |value: &str| given.iter().any(|(_, v)| v == value);
    let tells = |(key, value): &(String, String)| holds(value) && !repeated(value) && (way(key) || way(value));
    !checks && (class("code").is_in(&name) || given.iter().any(|(_, v)| way(v)) || told.iter().any(tells))
}

/// True where a call's own answer says that something went out, and what is said has to do with that: `"challenge": "sent"` of a check, and
/// "I've sent a challenge to your phone".
pub(crate) fn tells_sent(call: &Call<'_>, said: &str) -> bool {
    if call.failure().is_some() {
        return false;
    }
    let said = line(said);
    let of_code = |text: &str| class("code").is_in(text) || class("challenge").is_in(text);
    let shares = |text: &str| {
        text.split(' ').any(|w| w.len() > 3 && !class("sent").has(w) && said.split(' ').any(|s| alike(s, w)))
    };
    let way = |text: &str| text.split(' ').any(|w| class("way").has(w) && !class("sent").has(w));
    let denied =
        |value: &str| matches!(value, "" | "false" | "null" | "none" | "no" | "0") || value.starts_with("not ");
    names(call.result.as_ref().and_then(|r| r.json())).iter().any(|(key, value)| {
        let both = format!("{key} {value}");
        class("sent").is_in(&both)
            && !denied(value)
            && (shares(&both) || of_code(&both) && of_code(&said) || way(key) && way(&said))
    })
}

/// The plain members, each as the words of its key and of its value.
fn names(root: Option<Value<'_>>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<(Value<'_>, usize)> = root.into_iter().map(|r| (r, 0)).collect();
    while let Some((object, depth)) = open.pop() {
        for (key, value) in object.entries().take(MOST) {
            if found.len() >= MOST {
                return found;
            }
            if value.is_object() && depth < DEEPEST {
                open.push((value, depth + 1));
                continue;
            }
            let held = value.str().unwrap_or_else(|| value.raw());
            found.push((line(&key.str().unwrap_or_default()), line(&held)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    fn sends(tool: &str, arguments: &str, answer: &str) -> bool {
        with_session(&turn("Hi", &[(tool, arguments, answer)], "Hello."), |s| super::is(&s.calls[0]))
    }

    #[test]
    fn a_verification_sends_its_code() {
        for (tool, arguments, answer) in [
            ("verify.send_code", r#"{"staff": "7"}"#, r#"{"sent": true, "to": "*** 12"}"#),
            ("identity_check_start", r#"{"customer": "C-7"}"#, r#"{"session": "s1", "channel": "SMS"}"#),
            ("otp_request", r#"{"phone": "+4366012"}"#, r#"{"id": "r1", "expires_in": 300}"#),
            ("verifizierung_starten", r#"{"kunde": "K-7"}"#, r#"{"kanal": "sms"}"#),
            ("auth/challenge", r#"{"user": "bo", "method": "sms"}"#, r#"{"ttl": 300}"#),
        ] {
            assert!(sends(tool, arguments, answer), "{tool}");
        }
    }

    #[test]
    fn an_answer_tells_what_went_out_beside_the_call() {
        let told = |answer: &str, said: &str| {
            let calls = [("badge_lookup", r#"{"badge": "7"}"#, answer)];
            with_session(&turn("Hi", &calls, "Hello."), |s| super::tells_sent(&s.calls[0], said))
        };
        for (answer, said) in [
            (r#"{"challenge": "sent", "phone": "*** 82"}"#, "I've sent a six-digit challenge to your phone"),
            (r#"{"found": true, "otp_sent": true}"#, "I've sent you a code"),
            (r#"{"ok": true, "code_versendet": true}"#, "Ich habe Ihnen einen Code geschickt"),
            (r#"{"link_sent_to": "b***@fern.example"}"#, "I've emailed you a link"),
        ] {
            assert!(told(answer, said), "{answer}");
        }
        for (answer, said) in [
            (r#"{"phone": "*** 82"}"#, "I've sent a code to your phone"),
            (r#"{"otp_sent": false}"#, "I've sent you a code"),
            (r#"{"challenge": "not sent"}"#, "I've sent you a challenge"),
            (r#"{"otp_sent": true}"#, "I've sent the report to Bo"),
        ] {
            assert!(!told(answer, said), "{answer}");
        }
    }

    #[test]
    fn a_check_and_a_look_up_send_nothing() {
        for (tool, arguments, answer) in [
            ("verify.check", r#"{"staff": "7", "code": "402818"}"#, r#"{"valid": true}"#),
            ("get_verification_log", r#"{"staff": "7"}"#, r#"{"sent": true, "channel": "SMS"}"#),
            ("verify_email", r#"{"email": "bo@fern.example"}"#, r#"{"email": "bo@fern.example", "valid": true}"#),
            ("verify_address", r#"{"street": "High St"}"#, r#"{"valid": true, "zip": "1010"}"#),
            ("get_order", r#"{"order": "7"}"#, r#"{"channel": "web"}"#),
        ] {
            assert!(!sends(tool, arguments, answer), "{tool}");
        }
    }
}
