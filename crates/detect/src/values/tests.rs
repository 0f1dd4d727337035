use super::*;
use proptest::prelude::*;

#[test]
fn ids_and_what_only_looks_like_one() {
    let of = |t: &str| ids(t).into_iter().map(|i| i.norm).collect::<Vec<_>>();
    assert_eq!(
        of("Order #W6390527 and sub_4410, AP-1128, OI5L9G, HB-55."),
        ["w6390527", "sub_4410", "ap-1128", "oi5l9g", "hb-55"]
    );
    assert!(
        of("at 10:40 on 2025-05-06 for $1,249.00, 750ml, the 3rd, 15 items").is_empty(),
        "{:?}",
        of("at 10:40 on 2025-05-06 for $1,249.00, 750ml, the 3rd, 15 items")
    );
    assert_eq!(shape("#W12"), shape("w99"));
}

proptest! {
    #[test]
    fn amounts_are_those_of_the_pattern(text in "(?:[0-9]{1,4}|[ $.,-]|usd|EUR|eur|gbp| dollars|euros?|pounds|chf|a|\n){0,12}") {
        let pattern = AMOUNT.iter().flat_map(|r| r.captures_iter(&text));
        let found: Vec<_> =
            pattern.filter_map(|c| Some((cents(c.get(1).or(c.get(2))?.as_str())?, c.get(0)?.range()))).collect();
        prop_assert_eq!(as_written(&text), found);
    }

    #[test]
    fn ids_are_the_words_with_digits_that_look_like_one(text in "[a-zA-Z0-9#$.,@/_ é-]{0,24}") {
        let bytes = text.as_bytes();
        let (mut found, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let start = at;
            while bytes[start].is_ascii_alphanumeric() && bytes.get(at).is_some_and(|b| inside(bytes, *b, at)) {
                at += 1;
            }
            let range = start - usize::from(start > 0 && bytes[start - 1] == b'#')..at;
            let word = text.get(range.clone()).filter(|w| at > start && w.bytes().any(|b| b.is_ascii_digit()));
            if let Some(word) = word.filter(|w| !part_of_more(bytes, &range, w) && looks_like_id(w)) {
                found.push(Id { norm: norm(word), range });
            }
            at = at.max(start + 1);
        }
        prop_assert_eq!(ids(&text), found);
    }
}

#[test]
fn amounts_and_days() {
    assert_eq!(amounts("It is $1,249.00 or 12 euros.").iter().map(|a| a.0).collect::<Vec<_>>(), [124_900, 1200]);
    let dollars = "$1,2345 $ -7.5 $12,34 $1234,567.1 $1,234,567.89. $ $x 9";
    assert_eq!(
        as_written(dollars),
        AMOUNT
            .iter()
            .flat_map(|r| r.captures_iter(dollars))
            .filter_map(|c| Some((cents(c.get(1)?.as_str())?, c.get(0)?.range())))
            .collect::<Vec<_>>()
    );
    assert_eq!(days("2025-12-09, Wednesday 10 December, May 7th"), [(12, 9), (12, 10), (5, 7)]);
}

#[test]
fn escapes_are_no_part_of_an_id() {
    let of = |t: &str| ids(t).into_iter().map(|i| i.norm).collect::<Vec<_>>();
    assert!(of(r#"it\u2019s, f\u00fcr \u20ac45"#).is_empty(), "{:?}", of(r#"it\u2019s, f\u00fcr \u20ac45"#));
    assert_eq!(of(r"\nINV-2031\n20881"), ["inv-2031", "20881"]);
}

#[test]
fn short_amounts_are_read_whole() {
    let of = |t: &str| amounts(t).into_iter().map(|(cents, r)| (cents / 100, t[r].to_owned())).collect::<Vec<_>>();
    assert_eq!(of("It is $64K, or €3.2M."), [(64_000, "$64K".to_owned()), (3_200_000, "€3.2M".to_owned())]);
    assert_eq!(of("$5 more"), [(5, "$5".to_owned())]);
}

#[test]
fn masks_of_what_is_written_in_many_ways_are_no_ids() {
    assert!(!looks_like_id("birthdate-1a2b3c4d5e6f7g") && !looks_like_id("street-1a2b3c4d5e6f7g"));
    for id in ["street-1a2b3c", "phone-1a2b3c4d5e6f7g", "birthdate-1a2b3c4d5e6f7gh"] {
        assert!(looks_like_id(id), "{id}");
    }
}

#[test]
fn periods_are_no_ids() {
    for period in ["2031/32", "2031/2032", "2031-W07", "maize-2031-W07", "sales_2031_q3"] {
        assert!(!looks_like_id(period), "{period}");
    }
    for id in ["INV-2031-Q1", "K-2031-0831", "2031/57123", "maize-2031-W99", "WO-48213"] {
        assert!(looks_like_id(id), "{id}");
    }
}
