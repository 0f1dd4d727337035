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
    assert_eq!(of(Known { financial: Some(true), ..reached }), Some((2, true)), "it may be contained");
    assert_eq!(of(Known { contained: Some(false), ..reached }), Some((1, false)));
    assert_eq!(of(Known { contained: Some(true), ..reached }), Some((2, true)), "a regulation may apply");
    let lawful = Known { financial: Some(true), regulatory: Some(false), ..reached };
    assert_eq!(of(Known { contained: Some(true), ..lawful }), Some((2, false)));
    assert_eq!(of(Known { financial: Some(true), ..LIVE }), None, "neither who was reached nor containment is known");
    assert_eq!(of(Known { financial: Some(true), contained: Some(false), ..LIVE }), Some((1, false)));
    assert_eq!(of(Known { financial: Some(true), contained: Some(true), ..LIVE }), None);
    let not_reached = Known { impacting: Some(false), regulatory: Some(false), ..LIVE };
    assert_eq!(of(Known { financial: Some(true), ..not_reached }), Some((3, true)), "it may not be contained");
    assert_eq!(of(Known { financial: Some(true), contained: Some(false), ..not_reached }), Some((1, false)));
    assert_eq!(of(Known { financial: Some(false), ..not_reached }), Some((3, false)));
    assert_eq!(of(Known { live: false, financial: Some(false), ..not_reached }), Some((4, false)));
}

const ANSWERS: [Option<bool>; 3] = [None, Some(false), Some(true)];

/// Every combination of answers: nothing found, near misses only, and a finding that was not stopped.
fn every() -> Vec<Known> {
    let mut all = Vec::new();
    for (found, live) in [(false, false), (true, false), (true, true)] {
        for impacting in ANSWERS {
            for financial in ANSWERS {
                for regulatory in ANSWERS {
                    let known = |contained| Known { found, live, impacting, financial, regulatory, contained };
                    all.extend(ANSWERS.map(known));
                }
            }
        }
    }
    all
}

/// Every way to answer what is open.
fn answered(known: &Known) -> impl Iterator<Item = Known> {
    let known = *known;
    let agrees = |mine: Option<bool>, theirs: Option<bool>| theirs.is_some() && (mine.is_none() || mine == theirs);
    every().into_iter().filter(move |k| {
        (k.found, k.live) == (known.found, known.live)
            && agrees(known.impacting, k.impacting)
            && agrees(known.financial, k.financial)
            && agrees(known.regulatory, k.regulatory)
            && agrees(known.contained, k.contained)
    })
}

/// What a reader of the line takes from it, given the answers: the last clause that applies counts.
fn as_read(line: &str, known: &Known) -> u8 {
    let yes = |answer: Option<bool>| answer == Some(true);
    let holds = |condition: &str| match condition {
        "the failure reached a customer" | "it reached one" | "something did go wrong and reached a customer" => {
            yes(known.impacting)
        }
        "not" | "the failure reached no customer" => !yes(known.impacting),
        "it is not contained" => !yes(known.contained),
        "money is involved" => yes(known.financial),
        "money is involved and it is contained" => yes(known.financial) && yes(known.contained),
        "money is involved and it is not contained" => yes(known.financial) && !yes(known.contained),
        "a law or regulation applies" => yes(known.regulatory),
        other => panic!("no reader knows what {other:?} means in {line:?}"),
    };
    let mut level = 0;
    for sentence in line.strip_suffix('.').expect("a sentence").split(". ") {
        let body = match sentence.strip_prefix("If ").map(|s| s.split_once(": ").expect("a level")) {
            Some((condition, _)) if !holds(condition) => continue,
            Some((_, body)) => body,
            None => sentence,
        };
        for clause in body.split("; ") {
            let (sev, when) = clause.split_once(" if ").map_or((clause, None), |(sev, when)| (sev, Some(when)));
            if when.is_none_or(|when| when.split(", or if ").any(holds)) {
                let sev = sev.strip_prefix("Sev ").expect("a level").trim_end_matches(" at least");
                level = sev.parse().expect("a number");
            }
        }
    }
    level
}

#[test]
fn the_line_says_what_the_answers_will_give() {
    for known in every() {
        let line = decision(&known, &Policy::builtin());
        let proposed = level(&known);
        assert_eq!(line.is_none(), proposed.is_some_and(|p| !p.at_least), "{known:?}");
        let then: Vec<u8> = answered(&known).map(|k| level(&k).expect("all is answered").level).collect();
        match (&line, proposed) {
            (None, Some(p)) => assert!(then.iter().all(|l| *l == p.level), "{known:?} is open: {then:?}"),
            (Some(_), Some(p)) => {
                assert_eq!(then.iter().max(), Some(&p.level), "the least that it can be: {known:?}");
                assert!(then.iter().any(|l| *l < p.level), "{known:?}");
            }
            _ => {}
        }
        for (k, level) in answered(&known).zip(then) {
            if let Some(line) = &line {
                assert_eq!(as_read(line, &k), level, "{line} {k:?}");
            }
        }
    }
}

#[test]
fn no_proposal_of_the_least_level_is_lowered_by_an_answer() {
    for known in every() {
        let Some(proposed) = level(&known) else { continue };
        for k in answered(&known) {
            assert!(of(k).is_some_and(|(level, _)| level <= proposed.level), "{known:?} {k:?}");
        }
    }
}

#[test]
fn the_table_of_all_lines() {
    let word = |answer: Option<bool>| answer.map_or("?", |a| if a { "yes" } else { "no" });
    let mut table = String::from("shown | customer | money | law | contained | proposed | line\n");
    for k in every() {
        let shown = match (k.found, k.live) {
            (false, _) => "nothing",
            (true, false) => "near miss",
            (true, true) => "finding",
        };
        let proposed =
            of(k).map_or("none".to_owned(), |(l, least)| format!("{l}{}", if least { " at least" } else { "" }));
        let answers = [k.impacting, k.financial, k.regulatory, k.contained].map(word).join(" | ");
        let line = decision(&k, &Policy::builtin()).unwrap_or_default();
        table.push_str(format!("{shown} | {answers} | {proposed} | {line}").trim_end());
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_decision_stands_in_one_line() {
    let told = |known: Known| decision(&known, &Policy::builtin());
    assert_eq!(
        told(LIVE).as_deref(),
        Some(
            "If the failure reached a customer: Sev 2; Sev 1 if it is not contained. If not: Sev 3; Sev 1 if money is involved and it is not contained. If a law or regulation applies: Sev 1."
        )
    );
    let missed = told(Known { live: false, ..LIVE }).expect("open");
    assert!(missed.starts_with("If the failure reached no customer: Sev 4; "), "{missed}");
    assert_eq!(
        told(Known { impacting: Some(true), financial: Some(false), ..LIVE }).as_deref(),
        Some("Sev 2 at least; Sev 1 if it is not contained, or if a law or regulation applies.")
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
    assert_eq!(of(Known { financial: Some(true), ..spreads }), "customer-impacting, not contained");
    assert_eq!(of(Known { regulatory: Some(true), ..spreads }), "a law or regulation applies");
    assert_eq!(of(Known { impacting: Some(false), financial: Some(true), ..spreads }), "money involved, not contained");
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
