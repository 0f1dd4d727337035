use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Doc<'_> {
    parse_first(text.as_bytes()).expect("valid").0
}

#[test]
fn walks_members_items_and_pointers() {
    let doc = parse(r#" {"a":[1,{"b/c":"x"}],"n":null,"t":true} "#);
    assert_eq!(doc.pointer("/a/1/b~1c").and_then(|v| v.str()).as_deref(), Some("x"));
    assert_eq!(doc.root().get("a").map(Value::len), Some(2));
    assert!(doc.root().some("n").is_none());
    let at = doc.pointer("/a/1/b~1c").expect("there").start();
    assert_eq!(doc.find(at).map(|(_, p)| p).as_deref(), Some("/a/1/b~1c"));
}

#[test]
fn a_repeated_key_is_known_and_only_its_first_value_is_a_member() {
    let doc = parse(r#"{"x":{"role":"user","eslo":0,"content":"a","\u0063ontent":"b"}}"#);
    let object = doc.repeated().expect("an object");
    assert_eq!(object.start(), 5);
    let members: Vec<_> = object.entries().map(|(k, v)| (k.str().expect("a key"), v.str())).collect();
    assert_eq!(members.len(), 3);
    assert_eq!(members[2], ("content".into(), Some("a".into())));
    for text in [r#"{"role":1,"elor":2}"#, r#"[{"a":1},{"a":1}]"#, "{}"] {
        assert!(parse(text).repeated().is_none(), "{text}");
    }
    let (cut, _) = parse_lenient(&br#"{"a":1,"a":{"b":1,"b""#[..]).expect("something");
    assert_eq!(cut.repeated().map(Value::start), Some(0));
}

#[test]
fn decodes_escapes_and_mends_lone_surrogates() {
    let doc = parse(r#"["\u00e9\n\"", "\ud83d\ude00", "\ud83d!"]"#);
    let texts: Vec<_> = doc.root().items().map(|v| v.str().expect("string").into_owned()).collect();
    assert_eq!(texts, ["é\n\"", "😀", "\u{FFFD}!"]);
}

#[test]
fn a_cut_text_keeps_what_stood_before_the_cut() {
    let (doc, fault) = parse_lenient(&br#"{"a":[{"b":1},{"c":"lo"#[..]).expect("something");
    assert!(fault.expect("fault").truncated);
    assert_eq!(doc.pointer("/a/0/b").and_then(Value::i64), Some(1));
    assert!(doc.pointer("/a/1/c").is_none());
}

#[test]
fn depth_is_limited_and_python_numbers_are_read() {
    let deep = "[".repeat(10_000);
    assert_eq!(parse_first(deep.as_bytes()).expect_err("too deep").what, "nested deeper than 512 levels");
    assert!(parse("[NaN, -Infinity]").root().items().all(Value::is_null));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".*".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_serde_json(value in json()) {
        let text = serde_json::to_string(&value).expect("writes");
        prop_assert_eq!(parse(&text).root().to_serde(), value);
    }

    #[test]
    fn keys_are_found_whatever_they_are(value in json(), other in ".{0,8}") {
        let text = serde_json::to_string(&value).expect("writes");
        let doc = parse(&text);
        let members = doc.root().entries().map(|(k, _)| k.str().expect("a key").into_owned());
        for key in members.chain([other]) {
            let slow = doc.root().entries().find(|(k, _)| k.is(&key)).map(|(_, v)| v.start());
            prop_assert_eq!(doc.root().get(&key).map(Value::start), slow);
        }
    }

    #[test]
    fn strings_end_at_a_quote_that_is_not_escaped(text in "([a-z\"\\\\\u{1}é\u{80}]{0,4}[a-zé]{0,20}\\\\{0,3}){0,4}[\"\\\\#]{0,3}") {
        let (text, mut at, mut kind) = (text.as_bytes(), 0, Kind::Plain);
        let slow = loop {
            match text.get(at) {
                None => break None,
                Some(b'"') => break Some((at, kind)),
                Some(b'\\') => (at, kind) = (at + 2, Kind::Escaped),
                Some(_) => at += 1,
            }
        };
        prop_assert_eq!(string::string_end(text), slow);
    }

    #[test]
    fn every_value_is_found_again_by_its_position(value in json()) {
        let text = serde_json::to_string_pretty(&value).expect("writes");
        let doc = parse(&text);
        for at in 0..doc.nodes.len() as u32 {
            let v = Value { doc: &doc, at };
            if let Some((found, pointer)) = doc.find(v.start()) {
                let again = doc.pointer(&pointer).expect("the pointer leads somewhere");
                prop_assert_eq!(again.start(), found.start());
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some((doc, _)) = parse_lenient(&bytes[..]) {
            let _ = doc.root().to_serde();
        }
    }

    #[test]
    fn any_prefix_never_panics(value in json(), cut in 0usize..400) {
        let text = serde_json::to_string(&value).expect("writes");
        let cut = cut.min(text.len());
        if let Some((doc, _)) = parse_lenient(&text.as_bytes()[..cut]) {
            let _ = doc.root().to_serde();
        }
    }
}
