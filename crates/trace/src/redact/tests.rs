use super::*;
use proptest::prelude::*;

fn masker() -> Masker {
    Masker::new(&[1; 32]).expect("the built-in rules are usable")
}

fn masked(text: &str) -> String {
    String::from_utf8(masker().mask(text.as_bytes()).bytes).expect("text stays text")
}

#[test]
fn the_rules_examples_hold() {
    let done = Masker::with_rules(&[1; 32], Masker::builtin_rules());
    assert!(done.is_ok(), "{}", done.expect_err("an example"));
    let count = BUILTIN.matches('«').count();
    assert!(count > 40, "only {count} examples");
}

#[test]
fn rules_that_cannot_be_used_say_why() {
    let error = |yaml: &str| Masker::with_rules(&[1; 32], yaml).expect_err("refused").to_string();
    assert!(error("rules: 1").contains("not readable"), "{}", error("rules: 1"));
    let broken = BUILTIN.replace("pattern: 'AIza", "pattern: '(AIza");
    assert!(error(&broken).contains("a Google API key"), "{}", error(&broken));
    let large = BUILTIN.replace("pattern: 'AIza", "pattern: '(?:[a-z]{1,999}){1,999}AIza");
    assert!(error(&large).contains("size limit"), "{}", error(&large));
    let wrong = BUILTIN.replace("pattern: 'AIza", "pattern: 'AIzb");
    assert!(error(&wrong).contains("the example"), "{}", error(&wrong));
    let short = BUILTIN.replace("hints: [AIza]", "hints: [AI]");
    assert!(error(&short).contains("three characters"), "{}", error(&short));
}

#[test]
fn ip_addresses_are_masked_only_where_that_is_asked_for() {
    let text = "from 203.0.113.7:8080, 198.51.100.23. and 2001:db8::42 (ip=%32%30%33.0.113.7) at 10:20:30";
    assert_eq!(masked(text), text);
    let masker = masker().with_ip_addresses(true);
    let done = masker.mask(text.as_bytes());
    let said = String::from_utf8(done.bytes.clone()).expect("text");
    assert_eq!(done.words(), "4 IP addresses", "{said}");
    assert!(!said.contains("0.113") && !said.contains("51.100") && !said.contains("db8"), "{said}");
    assert!(said.contains(":8080, ip-") && said.ends_with("at 10:20:30"), "{said}");
    assert!(masker.mask(said.as_bytes()).places.is_empty(), "masking twice changes nothing");
    let mask = |text: &str| String::from_utf8(masker.mask(text.as_bytes()).bytes).expect("text");
    assert_eq!(mask("2001:DB8:0:0::42"), mask("2001:db8::42"), "spellings of one address share a mask");
    for none in ["127.0.0.1", "::1", "0.0.0.0", "v1.2.3.4", "1.2.3.4.5", "256.1.1.1", "12:30", "de:ad:be:ef", "::"] {
        assert_eq!(mask(none), none);
    }
}

#[test]
fn spellings_of_a_value_share_a_mask() {
    for [a, b] in [
        ["Ruth@Kelpline.example", "ruth@kelpline.EXAMPLE"],
        ["ruth%40kelpline.example", "ruth@kelpline.example"],
        [r"ruth\u0040kelpline.example", "ruth@kelpline.example"],
        ["4111 1111 1111 1111", "4111-1111-1111-1111"],
        ["GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"],
        ["+1 (415) 555-0132", "415.555.0132"],
        ["+49 171 2345678", "0171-2345678"],
        ["+49 (0)30 12345678", "0049 30 12345678"],
    ] {
        assert_eq!(masked(a), masked(b), "{a} and {b}");
        assert_ne!(masked(a), a);
    }
}

#[test]
fn a_bare_number_becomes_a_string() {
    let out = masked(r#"{"card": 4111111111111111, "n": 1, "inner": "{\"card\": 4111111111111111}"}"#);
    let value: serde_json::Value = serde_json::from_str(&out).expect("still JSON");
    let inner: serde_json::Value =
        serde_json::from_str(value["inner"].as_str().expect("a string")).expect("still JSON");
    assert_eq!(value["card"], inner["card"]);
    assert!(value["card"].as_str().is_some_and(|c| c.starts_with("card-") && c.ends_with("-1111")), "{out}");
    assert_eq!(value["n"], 1);
}

#[test]
fn a_value_known_once_is_masked_everywhere() {
    let out =
        masked(r#"{"password": "Trellis-Moth-4471", "said": "It wants Trellis-Moth-4471. Not Trellis-Moth-44710."}"#);
    assert_eq!(out.matches("Trellis").count(), 1, "{out}");
    assert!(out.contains("Not Trellis-Moth-44710."), "{out}");
    let out = masked(r#"call +44 20 7946 0018 now: {"number": "442079460018", "order": "442079460019"}"#);
    assert_eq!((out.matches("phone-").count(), out.matches("442079460019").count()), (2, 1), "{out}");
    // A password that is a word stands in a text for other reasons, too.
    let out = masked(r#"{"password": "summer", "said": "See you in summer."}"#);
    assert!(out.contains("in summer."), "{out}");
}

#[test]
fn words_say_what_was_masked() {
    let done = masker().mask(b"ruth@kelpline.example, bob@kelpline.example, 4111 1111 1111 1111");
    assert_eq!(done.words(), "2 email addresses, 1 card number");
    assert_eq!(masker().mask(b"nothing").words(), "");
    let shown = format!("{:?}", masker());
    assert!(!shown.contains("1, 1"), "{shown}");
}

/// Texts made of what rules look for and of what stands around it.
fn texts() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "ruth@kelpline.example",
        "4111111111111111",
        "4111 1111 1111 1111",
        "GB82 WEST 1234 5698 7654 32",
        "+1 (415) 555-0132",
        "415-555-0132",
        "0171 2345678",
        "AKIAQ4ZT7WLXN2BV5R3J",
        "password",
        "token",
        "secret",
        "secret-",
        "email-",
        "card-",
        "phone",
        "my number is",
        "Authorization: Bearer ",
        "://",
        "bob:",
        "hunter2x",
        "8fKq2LmZx91TbVw0RyNc7",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "cookie: sid=",
        "otp",
        "1a2b3c4d5e6f7g",
        "@masked.invalid",
        "%40",
        "\\u0040",
        "\\n",
        "\\\"",
        "\"",
        "'",
        ":",
        "=",
        " ",
        ",",
        ".",
        "-",
        "+",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "/",
        "\\",
        "\n",
        "1",
        "0",
        "555",
        "é",
        "\u{a0}",
        "…",
        "<",
        ">",
        "is ",
        "call me at ",
        "4, 1, 5, 5, 5, 5, 0, 1, 3, 2",
        "%25",
        "%2540",
        "&#64;",
        "&amp;",
        "&#x2e;",
        "=40",
        "=3D40",
        "=\n",
        "40 columns and more of a line that goes on=\n",
        "＠",
        "ａ＠ｂ．",
        "\\u005c",
        "\\ud835",
        "7275746840",
        "0x72757468406b656c70 ",
        "cgB1AHQAaABAAGsA",
        "7b1f0c5e9a3d4826b7e1c94f0d5a68e2-5d2b1a9c-",
        " (at) ",
        " at ",
        " dot ",
        "cnV0aEBrZWxwbGluZS5leGFtcGxl",
        "eyJwYXNzd29yZCI6ICJUcmVsbGlzTW90aDQ0NzEifQ==",
        "8fKq2LmZx91T\nbVw0RyNc7Hd4aB3c",
        "GB82WEST1234\n5698765432",
        "\u{200b}",
        "born on 4 March 1991",
        "{\"a\": ",
        "}\n{",
        ".0",
        "value",
        "stringValue",
    ]);
    prop::collection::vec(prop_oneof![6 => known.prop_map(str::to_owned), 1 => ".{0,4}"], 0..24)
        .prop_map(|p| p.concat())
}

#[test]
fn a_value_behind_a_character_reference_leaves_nothing_for_a_second_time() {
    for text in [
        "=40cookie: sid=:%2540&#64;(+1 (415) 555-0132\nruth@kelpline.example",
        "=40cookie: sid=:%2540&commat;(+1 (415) 555-0132\nruth@kelpline.example",
        "=40cookie: sid=:%2540&#x40;(+1 (415) 555-0132\nruth@kelpline.example",
    ] {
        let once = masked(text);
        assert!(!once.contains("sid=:%2540"), "{once}");
        assert_eq!(masked(&once), once);
    }
}

/// Texts that each property is tried on.
const CASES: u32 = 1500;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn masking_twice_changes_nothing_more(text in texts()) {
        let once = masked(&text);
        let again = masker().mask(once.as_bytes());
        prop_assert_eq!(&String::from_utf8_lossy(&again.bytes), &once);
        prop_assert_eq!(again.counts.len(), 0);
        // The places tell all that changed.
        let done = masker().mask(text.as_bytes());
        let (mut rebuilt, mut from) = (Vec::new(), 0);
        for place in &done.places {
            rebuilt.extend_from_slice(&text.as_bytes()[from..place.hidden.start]);
            prop_assert_eq!(rebuilt.len(), place.mask.start);
            rebuilt.extend_from_slice(&done.bytes[place.mask.clone()]);
            from = place.hidden.end;
        }
        rebuilt.extend_from_slice(&text.as_bytes()[from..]);
        prop_assert_eq!(rebuilt, done.bytes);
        prop_assert_eq!(done.counts.values().sum::<usize>(), done.places.len());
    }

    #[test]
    fn json_stays_json(texts in prop::collection::vec(texts(), 1..4), number in any::<u64>()) {
        let inner = serde_json::json!({ "text": texts, "password": texts[0], "card": 4111111111111111u64 }).to_string();
        let outer = serde_json::json!({ "content": inner, "phone": number, "list": [4111111111111111u64, number] }).to_string();
        let out: serde_json::Value = serde_json::from_str(&masked(&outer)).expect("still JSON");
        let within: serde_json::Value = serde_json::from_str(out["content"].as_str().expect("a string")).expect("still JSON");
        prop_assert!(within["card"].is_string());
        prop_assert!(out["list"][0].is_string());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let done = masker().mask(&bytes);
        prop_assert!(done.counts.values().sum::<usize>() < 100);
    }
}

/// How often a text is measured that takes more time than its share.
const ROUNDS: usize = 5;

/// Long texts that would be slow for rules that look back or ahead without bound.
#[test]
fn hostile_texts_take_linear_time() {
    let time = |piece: &str, length: usize| {
        let text = piece.repeat(length / piece.len());
        let best = (0..3).map(|_| {
            let start = std::time::Instant::now();
            let done = masker().mask(text.as_bytes());
            (start.elapsed(), done.bytes.len())
        });
        best.min().expect("three runs").0
    };
    for piece in [
        "1",
        "1 ",
        "4111 ",
        "a@",
        "a@b.",
        "@",
        "QUJD/+9=",
        "password",
        "password=",
        "token: ",
        "://",
        "://a:",
        "eyJ",
        "%40",
        "%25",
        "%2540",
        "&#64;",
        "&amp;#64;",
        "&",
        " (at) ",
        "ruth at kelp dot example ",
        "\u{200b}",
        "cnV0aEBrZWxwbGluZS5leGFtcGxl ",
        "cnV0aEBrZWxwbGluZS5leGFtcGxl",
        "8fKq2LmZx91T\n",
        "GB82WEST1234\n5698765432\n",
        "born ",
        "DOB: 1 ",
        "\\\\",
        "\\\"",
        "\"",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\"",
        "email-",
        "call ",
        "GB82",
        "bearer ",
        "cookie: a",
        "+1 ",
        "(0",
        "-u ",
        "curl ",
        "4, ",
        "[4111111111111111,",
        "\\\":1,",
    ] {
        // Eight times the text takes about eight times as long; quadratic rules would take sixty-four times, in every round. On a busy
        // machine, a linear one may take as long once.
        let rounds = (0..ROUNDS).map(|_| (time(piece, 8 << 10), time(piece, 64 << 10)));
        let too_long: Vec<_> =
            rounds.take_while(|(short, long)| *long >= *short * 24 && long.as_millis() >= 200).collect();
        assert!(too_long.len() < ROUNDS, "{piece:?}: for 8 KiB and for 64 KiB {too_long:?}");
    }
}

#[test]
fn a_mask_takes_whole_characters() {
    for text in ["clave=«Qz7-", "Kennwort: ééQz7-w", "password=Qz7-wéé"] {
        let masked = Masker::new(&[7; 32]).expect("rules").mask(text.as_bytes());
        let told = String::from_utf8(masked.bytes).expect("text");
        assert!(!told.contains("Qz7"), "{told}");
    }
}

#[test]
fn hints_that_announce_nothing_take_little_memory() {
    for hint in ["password ", "tel "] {
        let text = hint.repeat(200_000 / hint.len());
        // The text as it came and as it reads, and once and a half as much for where the hints stand.
        let memory = 7 * text.len() as u64 / 2;
        let masked = masker().mask_within(text.as_bytes(), &Limits { memory, ..Limits::default() });
        assert_eq!(masked.map(|m| m.places.len()), Some(0), "{hint}");
    }
}
