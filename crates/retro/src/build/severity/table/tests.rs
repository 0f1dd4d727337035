use super::*;

#[test]
fn every_detector_has_a_weight() {
    for detector in hindcast_detect::detectors::ALL {
        assert!(WORDS.kinds.contains_key(detector.id()), "{} is missing in severity.yaml", detector.id());
    }
    assert_eq!(WORDS.kinds.len(), hindcast_detect::detectors::ALL.len());
}

#[test]
fn what_the_tools_do_decides_where_the_kind_says_so() {
    assert_eq!(weight(Some("invalid-arguments"), &[Effect::Read]), Weight::Minor);
    assert_eq!(weight(Some("invalid-arguments"), &[Effect::Read, Effect::Write]), Weight::Told);
    assert_eq!(weight(Some("error-ignored"), &[Effect::Read]), Weight::Minor);
    assert_eq!(weight(Some("error-ignored"), &[Effect::Unknown]), Weight::Told);
    assert_eq!(weight(Some("error-ignored"), &[]), Weight::Told, "nobody knows which tool");
    assert_eq!(weight(None, &[]), Weight::Told, "a finding by a person");
    assert_eq!(ordered(Some("unconfirmed-write")), Some(Weight::Minor));
    assert_eq!(ordered(Some("injection-followed")), None);
}

const LIVE: Known =
    Known { found: true, live: true, impacting: None, financial: None, regulatory: None, contained: None };

fn of(known: Known) -> Option<(u8, bool)> {
    level(&known).map(|p| (p.level, p.at_least))
}

#[test]
fn without_the_deciding_answers_there_is_no_level() {
    assert_eq!(of(Known::default()), None);
    assert_eq!(of(LIVE), None);
    assert_eq!(of(Known { regulatory: Some(false), financial: Some(false), contained: Some(true), ..LIVE }), None);
    assert_eq!(of(Known { contained: Some(false), ..LIVE }), None);
}

#[test]
fn the_answers_give_the_level_of_the_table() {
    let reached = Known { impacting: Some(true), ..LIVE };
    assert_eq!(of(Known { regulatory: Some(true), ..LIVE }), Some((1, false)));
    assert_eq!(of(Known { regulatory: Some(true), contained: Some(true), ..reached }), Some((1, false)));
    assert_eq!(of(reached), Some((2, true)));
    assert_eq!(of(Known { financial: Some(true), ..reached }), Some((1, false)));
    assert_eq!(of(Known { contained: Some(false), ..reached }), Some((1, false)));
    assert_eq!(of(Known { financial: Some(true), contained: Some(true), ..reached }), Some((2, false)));
    assert_eq!(of(Known { financial: Some(true), ..LIVE }), Some((1, false)));
    assert_eq!(of(Known { financial: Some(true), contained: Some(true), ..LIVE }), Some((3, true)));
    let not_reached = Known { impacting: Some(false), ..LIVE };
    assert_eq!(of(Known { financial: Some(false), ..not_reached }), Some((3, false)));
    assert_eq!(of(Known { live: false, financial: Some(false), ..not_reached }), Some((4, false)));
}

#[test]
fn the_decision_stands_in_one_line() {
    let told = |known: Known| decision(&known, &Policy::builtin());
    assert_eq!(
        told(LIVE).as_deref(),
        Some(
            "If the failure reached a customer: Sev 2; Sev 1 if money or a regulation is involved, or if it can still happen to others."
        )
    );
    assert_eq!(
        told(Known { impacting: Some(true), financial: Some(false), ..LIVE }).as_deref(),
        Some("Sev 2 at least; Sev 1 if a regulation is involved, or if it can still happen to others.")
    );
    let all = Known { financial: Some(false), regulatory: Some(false), contained: Some(true), ..LIVE };
    assert_eq!(told(all).as_deref(), Some("If the failure reached a customer: Sev 2."));
    assert_eq!(told(Known { impacting: Some(true), ..all }), None);
}

#[test]
fn the_line_agrees_with_the_answers() {
    let told = |known: Known| decision(&known, &Policy::builtin());
    let not_reached = Known { impacting: Some(false), ..LIVE };
    assert_eq!(
        told(not_reached).as_deref(),
        Some("Sev 3 at least; Sev 1 if a regulation is involved, or if money is involved and it is not contained.")
    );
    assert_eq!(
        told(Known { contained: Some(false), regulatory: Some(false), ..not_reached }).as_deref(),
        Some("Sev 3 at least; Sev 1 if money is involved.")
    );
    assert_eq!(
        told(Known { contained: Some(true), live: false, ..not_reached }).as_deref(),
        Some("Sev 4 at least; Sev 3 if money is involved, Sev 1 if a regulation is.")
    );
    let quiet = told(Known::default()).expect("open");
    assert!(quiet.starts_with("If something did go wrong and reached a customer: Sev 2; "), "{quiet}");
}

#[test]
fn the_meaning_is_the_way_that_led_to_the_level() {
    let of = |known: Known| level(&known).map(|p| means(&known, p.level, &Policy::builtin())).unwrap_or_default();
    let spreads = Known {
        impacting: Some(true),
        financial: Some(false),
        regulatory: Some(false),
        contained: Some(false),
        ..LIVE
    };
    assert_eq!(of(spreads), "customer-impacting, not contained");
    assert_eq!(of(Known { financial: Some(true), ..spreads }), "customer-impacting, money involved");
    assert_eq!(of(Known { regulatory: Some(true), ..spreads }), "a law or regulation applies");
    assert_eq!(of(Known { impacting: Some(false), financial: Some(true), ..spreads }), "money involved");
    assert_eq!(of(Known { impacting: Some(false), ..spreads }), "no customer impact, not contained");
    assert_eq!(of(Known { contained: Some(true), ..spreads }), "customer-impacting, contained");
    let quiet = Known { found: false, live: false, impacting: Some(false), ..spreads };
    assert_eq!(of(quiet), "no customer impact, no failure found");
}

#[test]
fn a_policy_of_its_own_says_in_its_words_what_decides() {
    let yaml = include_str!("../../../../data/policy.yaml").replace("minor or contained", "annoying");
    let policy = Policy::parse(&yaml).expect("valid");
    let told = decision(&LIVE, &policy).expect("open");
    assert!(told.contains("Sev 3: annoying, fixable in the normal cycle"), "{told}");
    assert!(told.starts_with("Sev 1: customer-impacting, financial or regulatory; Sev 2: "), "{told}");
}
