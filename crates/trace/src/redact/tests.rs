use super::*;
use crate::Evidence;
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
        "{\"a\": ",
        "}\n{",
        ".0",
        "value",
        "stringValue",
    ]);
    prop::collection::vec(prop_oneof![6 => known.prop_map(str::to_owned), 1 => ".{0,4}"], 0..24)
        .prop_map(|p| p.concat())
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

fn packed(text: &str) -> Vec<u8> {
    packed_bytes(text.as_bytes())
}

fn packed_bytes(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("packs");
    gzip.finish().expect("packs")
}

#[test]
fn evidence_is_unwrapped_and_masked() {
    let text = r#"{"messages":[{"role":"user","content":"I am ruth@kelpline.example"}]}"#;
    let plain = admit(&masker(), &Evidence::new("a.json", text.into())).expect("admitted");
    assert_eq!(plain.words(), "1 email address");
    assert_eq!(plain.evidence.id, Evidence::new("b", plain.evidence.bytes.clone()).id);
    let gzip = admit(&masker(), &Evidence::new("a.json.gz", packed(text))).expect("admitted");
    assert_eq!(gzip.words(), "1 email address; unpacked from gzip");
    let zstd = zstd::encode_all(text.as_bytes(), 1).expect("packs");
    let zstd = admit(&masker(), &Evidence::new("a.json.zst", zstd)).expect("admitted");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let utf16 = admit(&masker(), &Evidence::new("a.json", utf16)).expect("admitted");
    for other in [gzip, zstd, utf16] {
        assert_eq!(other.evidence.bytes, plain.evidence.bytes);
    }
    assert_eq!(admit(&masker(), &plain.evidence).expect("admitted").evidence.id, plain.evidence.id);
}

#[test]
fn protobuf_is_masked_as_the_json_that_it_is_read_as() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/refund/otel-logs.binpb")).expect("reads");
    let was = Evidence::new("otel-logs.binpb", bytes);
    let done = admit(&masker(), &was).expect("admitted");
    assert!(done.words().contains("rewritten from OTLP protobuf as OTLP JSON"), "{}", done.words());
    let texts = |e: &Evidence| {
        let reading = crate::read(std::slice::from_ref(e)).expect("reads");
        format!("{:?}", reading.sessions[0].events.iter().map(|e| format!("{:?}", e.kind)).collect::<Vec<_>>())
    };
    let strip = |text: String| {
        text.split("loc:").map(|part| part.split_once('}').map_or(part, |p| p.1).to_owned()).collect::<String>()
    };
    assert_eq!(strip(texts(&was)), strip(texts(&done.evidence)));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let refused =
        |bytes: &[u8]| admit(&masker(), &Evidence::new("x", bytes.to_vec())).expect_err("refused").to_string();
    assert!(refused(b"\x89PNG\r\n\x1a\n\0\0\0").contains("not readable text (byte 8)"), "{}", refused(b"\x89PNG\0"));
    assert!(refused(&[0x1f, 0x8b, 8, 0, 1, 2, 3]).contains("could not be unpacked"));
    assert!(refused(&(0x80..=0xfeu8).collect::<Vec<_>>()).contains("Send JSON"));
    let mut bytes = b"ruth@kelpline.example".to_vec();
    for _ in 0..4 {
        bytes = packed_bytes(&bytes);
    }
    assert!(refused(&bytes).contains("more than 3 times"), "{}", refused(&bytes));
}

#[test]
fn keys() {
    let (a, b) = (Evidence::new("a", b"1".to_vec()), Evidence::new("b", b"2".to_vec()));
    assert_eq!(key_of(&[a.clone(), b.clone()]), key_of(&[b.clone(), a.clone()]));
    assert_ne!(key_of(std::slice::from_ref(&a)), key_of(&[a.clone(), b]));
    assert_eq!(parse_key(&format!("{}\n", "0aF1".repeat(16))).map(|k| (k[0], k[1])), Some((0x0a, 0xf1)));
    for bad in ["", "0a", &"0g".repeat(32), &"0".repeat(63), &"0".repeat(66), &"+1".repeat(32)] {
        assert_eq!(parse_key(bad), None, "{bad}");
    }
}

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
        // Eight times the text takes about eight times as long; quadratic rules would take sixty-four times.
        let (short, long) = (time(piece, 8 << 10), time(piece, 64 << 10));
        assert!(long < short * 24 || long.as_millis() < 200, "{piece:?}: {short:?} for 8 KiB, {long:?} for 64 KiB");
    }
}

#[test]
fn more_to_mask_than_there_is_memory_for_is_refused_with_the_reason() {
    let text = "a1@b.co c2@d.co e3@f.co ".repeat(1000);
    let limits = |memory| Limits { memory, ..Limits::default() };
    let file = Evidence::new("mails.txt", text.into_bytes());
    let admitted = admit_within(&masker(), &file, &limits(3000 * PLACE)).expect("there is memory for it");
    assert_eq!(admitted.counts.values().sum::<usize>(), 3000);
    let refused = admit_within(&masker(), &file, &limits(2000 * PLACE)).expect_err("too many").to_string();
    assert!(refused.starts_with("mails.txt holds so many"), "{refused}");
}
