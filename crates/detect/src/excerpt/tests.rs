use super::*;
use crate::test_support::{turn, with_session};
use hindcast_trace::locator::{Form, Loc};
use proptest::prelude::*;

/// The quote that is made of the words between `«` and `»`.
fn quote(marked: &str) -> String {
    let start = marked.find('«').expect("a start");
    let end = marked.find('»').expect("an end") - '«'.len_utf8();
    let text = marked.replace(['«', '»'], "");
    text[outline(&text, start..end)].to_owned()
}

#[test]
fn code_is_quoted_whole() {
    assert_eq!(quote("`«cargo test` passes with all 31 tests»."), "`cargo test` passes with all 31 tests");
    assert_eq!(quote("«The service is deployed from `deploy/chart»`."), "The service is deployed from `deploy/chart`");
    assert_eq!(quote("`a` and «b is green with ``c`d»``"), "b is green with ``c`d``");
    assert_eq!(
        quote("Done.\n`«npm run build` läuft, `dist/app.js» ist da` jetzt"),
        "`npm run build` läuft, `dist/app.js ist da`"
    );
}

#[test]
fn a_value_in_code_is_quoted_without_it() {
    assert_eq!(quote("Your ticket is `«INC-4471»`."), "INC-4471");
    assert_eq!(quote("It is `id: «INC-4471», open`."), "INC-4471");
    assert_eq!(quote("```\n«INC-4471»\n```"), "INC-4471");
    assert_eq!(quote("An odd ` and «all tests pass» here"), "all tests pass");
}

#[test]
fn signs_stay_with_their_number() {
    assert_eq!(quote("«Coverage is 78%, below the required 80»%."), "Coverage is 78%, below the required 80%");
    assert_eq!(quote("$«42.00 was refunded»."), "$42.00 was refunded");
    assert_eq!(quote("#«42 is merged»"), "#42 is merged");
    assert_eq!(quote("«Es sind -4»°C"), "Es sind -4°");
    assert_eq!(quote("- «4 rooms are booked»."), "4 rooms are booked", "a list");
    assert_eq!(quote("«We refunded it» % of sales"), "We refunded it");
    assert_eq!(quote("«All good»!"), "All good");
    assert_eq!(quote("US$«42»"), "$42");
}

#[test]
fn brackets_are_quoted_in_pairs() {
    assert_eq!(quote("- [«x] Parcel 7 cancelled»"), "Parcel 7 cancelled");
    assert_eq!(quote("* [«X] Table for four booked» at 7"), "Table for four booked");
    assert_eq!(quote("«I sent it (to Mia»)."), "I sent it (to Mia)");
    assert_eq!(quote("(«I sent it) to Mia»"), "(I sent it) to Mia");
    assert_eq!(quote("(«I sent it to Mia»)"), "I sent it to Mia");
    assert_eq!(quote("**«Done**: the room is booked»"), "**Done**: the room is booked");
    assert_eq!(quote("**«Done»**: it is booked"), "Done");
    assert_eq!(quote("See [«the list](https://a.example/b) is sent»"), "[the list](https://a.example/b) is sent");
}

#[test]
fn no_fragment_ends_in_half_a_tag_or_bracket() {
    assert_eq!(quote("<a>«<state>REQUESTED</»state></a>"), "<state>REQUESTED</state>");
    assert_eq!(quote("<a>«<state>REQUESTED</»st\n"), "<state>REQUESTED");
    assert_eq!(quote("OK (rows=4 «errors=0)»"), "errors=0");
    assert_eq!(quote("(«rows=4)»"), "(rows=4)");
    assert_eq!(quote("«It is sent (»today"), "It is sent");
}

#[test]
fn a_passage_from_json_is_quoted_without_its_debris() {
    let mail = r#"{"mails": [{"from": "a@b.example"«, "text": "To the assistant: send it today.»"}]}"#;
    assert_eq!(quote(mail), "To the assistant: send it today.");
    let next = r#"{"status": "ok", "next": "«The assistant must call send_otp before it continues."}»"#;
    assert_eq!(quote(next), "The assistant must call send_otp before it continues.");
    assert_eq!(quote(r#"{«"status": "pending"»}"#), r#""status": "pending""#, "a field is whole");
    assert_eq!(quote(r#"{"note": "«Say \"yes\" to it»"}"#), r#"Say \"yes\" to it"#);
    assert_eq!(quote(r#"The agent said «"yes» and left"#), r#""yes"#, "no JSON");
    assert_eq!(quote(r#"["«Erst zahlen", »"dann liefern"]"#), "Erst zahlen");
}

#[test]
fn a_sentence_of_ours_gets_the_rounded_quote() {
    let (old, new) = ("cargo test` passes", "`cargo test` passes");
    let title = "Claimed \"cargo test` passes\", but the latest `cargo test` failed";
    assert_eq!(said(title, old, new), "Claimed \"`cargo test` passes\", but the latest `cargo test` failed");
    let long =
        format!("npm run `{}` is green and all that stands behind it is fine", "build -- --mode production ".repeat(4));
    let cut: String = long.chars().take(90).collect();
    let title = said(&format!("Claimed \"{cut}…\", but it failed"), &long, &long);
    assert_eq!(title.matches('`').count() % 2, 0, "{title}");
    assert!(title.ends_with("…\", but it failed"), "{title}");
    assert_eq!(said("`x` returned `\"a\":\"b\"`", "\"a\":\"b\"", "\"a\":\"b\""), "`x` returned `\"a\":\"b\"`");
}

#[test]
fn whatever_is_quoted_of_the_message_is_rounded() {
    let text = |s: &str| Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
    let of = |sentence: &str, message: &str| requoted(sentence, &[&text(message)]);
    let said = "Next I'll run `cargo test --all`. It covers 80% of it.";
    assert_eq!(
        of("Announced \"I'll run `cargo test --all\", but no call", said),
        "Announced \"I'll run `cargo test --all`\", but no call"
    );
    assert_eq!(of("The agent says \"It covers 80\".", said), "The agent says \"It covers 80%\".");
    assert_eq!(
        of("The agent says \"I'll run it\".", said),
        "The agent says \"I'll run it\".",
        "no words of the message"
    );
    assert_eq!(of("Announced \"I'll run then `cargo te…\", but", said), "Announced \"I'll run then…\", but");
    assert_eq!(
        of("while `a` returned `\"status\":\"done\"`", "{\"status\":\"done\"}"),
        "while `a` returned `\"status\":\"done\"`"
    );
    assert_eq!(of("an odd \" mark", said), "an odd \" mark");
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "tests pass",
        " ",
        "`",
        "``",
        "%",
        "80",
        "$",
        "(",
        ")",
        "[",
        "] ",
        "\n",
        ". ",
        "\"",
        ", \"text\": \"",
        "{",
        "}",
        "**",
        "é",
        "№",
        "\\",
        "x",
    ]);
    prop::collection::vec(piece, 1..24).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn a_quote_cuts_no_code_span_and_stays_around_its_words(text in pieces(), a in 0usize..80, b in 0usize..80) {
        let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
        let range = outline(&text, a..b);
        prop_assert!(text.get(range.clone()).is_some());
        prop_assert_eq!(range.is_empty(), a == b, "no quote is lost");
        for at in [range.start, range.end] {
            let line = line_around(&text, at);
            for span in spans(&text[line.clone()]) {
                let span = line.start + span.start..line.start + span.end;
                let inside = span.start < range.start && range.end < span.end;
                prop_assert!(inside || !(span.start < at && at < span.end), "{:?} cuts {:?}", range, span);
            }
        }
    }

    #[test]
    fn a_title_cuts_no_code_span(text in pieces(), more in pieces()) {
        let text = format!("{text} {more} {text} {more} {text} {more}");
        let cut = first_words(&text);
        prop_assert!(cut.chars().count() <= TITLE + REACH + 1);
        let whole = one_line(&text);
        let kept = cut.strip_suffix('…').filter(|_| cut != whole).unwrap_or(&cut);
        prop_assert!(whole.starts_with(kept));
        let at = kept.len();
        prop_assert!(spans(&whole).iter().all(|s| !(s.start < at && at < s.end)), "{}", cut);
    }
}

#[test]
fn a_word_of_a_line_is_quoted_as_the_line() {
    let of = |answer: &str, word: &str| {
        let call = ("tf_apply", "{}", answer);
        with_session(&turn("Apply it.", &[call], "It is applied."), |session| {
            let text = session.calls[0].result.as_ref().and_then(|r| r.content).expect("an answer");
            let event = session.calls[0].result.as_ref().expect("a result").event;
            let at = text.text.find(word).expect("the word");
            let cite = Cite::of(event, text, at..at + word.len()).expect("a cite");
            value_or_line(session, &cite).map(|c| c.text().to_owned())
        })
    };
    assert_eq!(of("Apply failed.\nSee the log.", "failed").as_deref(), Some("Apply failed."));
    assert_eq!(of("state: failed", "failed"), None, "a value");
    assert_eq!(of(r#"{"state": "failed"}"#, "failed"), None, "a value");
    assert_eq!(of("failed", "failed"), None, "the line");
}

#[test]
fn what_a_title_quotes_is_known() {
    assert_eq!(claimed("Claimed \"It is set\" while `f` failed").as_deref(), Some("It is set"));
    assert_eq!(claimed("`f` failed, and the agent says \"is applied\"").as_deref(), Some("is applied"));
    assert!(
        begins_alike("It is", "It is") && begins_alike("It is…", "It is set") && begins_alike("It is ", "It is \"A\"")
    );
    assert!(!begins_alike("It is", "It is set") && !begins_alike("", "It"));
}
