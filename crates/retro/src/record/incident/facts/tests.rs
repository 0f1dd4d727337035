use super::*;
use crate::draft::Draft;
use crate::record::sample;
use crate::statement::Basis;
use proptest::prelude::*;

fn moment(point: Point, at: &str) -> Moment {
    Moment { point, at: at.parse().expect("a time"), source: "ticket 4711".to_owned(), by: "Dana".to_owned() }
}

fn incident(moments: Vec<Moment>, facts: Option<&str>) -> IncidentFacts {
    IncidentFacts {
        reference: "INC-12".to_owned(),
        title: Some("A \"pending\" refund: told as done".to_owned()),
        agent: Some("support".to_owned()),
        moments,
        severity: Some((2, "contained".to_owned())),
        facts: facts.map(str::to_owned),
    }
}

/// File, line and entry of what every statement of a section on facts rests on.
fn rests_on(draft: &Draft, section: &str) -> Vec<String> {
    let of = draft.statements().into_iter().filter(|(name, _)| *name == section);
    let bases = of.flat_map(|(_, s)| s.basis().iter());
    let told = bases.filter_map(|b| match b {
        Basis::Fact { file, line, entry, .. } => Some(format!("{file} line {line}: {entry}")),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_the_incident_knows_is_drafted_with_its_lines() {
    let moments = vec![
        moment(Point::Contained, "2026-11-24T10:05:00Z"),
        moment(Point::Aware, "2026-11-24T08:40:00Z"),
        moment(Point::EarliestSignal, "2026-11-24T08:00:00Z"),
    ];
    let incident = incident(moments, None);
    let yaml = yaml(&incident);
    let expected = [
        r#"title: "A \"pending\" refund: told as done""#,
        r#"agent: "support""#,
        "earliest_signal:",
        r#"  at: "2026-11-24T08:00:00Z""#,
        r#"  by: "Dana""#,
        r#"  source: "ticket 4711""#,
        "aware:",
        r#"  at: "2026-11-24T08:40:00Z""#,
    ];
    assert_eq!(yaml.lines().take(8).collect::<Vec<_>>(), expected);
    let draft = sample::refund(&facts(&incident).expect("agrees"));
    assert_eq!(draft.title, "A \"pending\" refund: told as done");
    let expected = ["INC-12 line 4: earliest_signal.at", "INC-12 line 8: aware.at", "INC-12 line 12: contained.at"];
    assert_eq!(rests_on(&draft, "delay"), expected);
    let aware = &draft.delay.points[3];
    assert_eq!(aware.at.as_deref(), Some("2026-11-24T08:40:00Z"));
    assert_eq!(aware.answer.statements()[0].text, "2026-11-24T08:40:00Z by Dana (ticket 4711)");
}

#[test]
fn the_uploaded_file_wins_and_each_statement_names_its_file() {
    let moments = vec![
        moment(Point::Reported, "2026-11-24T08:00:00Z"),
        moment(Point::Contained, "2026-11-24T10:05:00Z"),
        moment(Point::Resolved, "2026-11-25T10:05:00Z"),
    ];
    let uploaded = "title: From the file\n\ncontained:\n  at: 2026-11-24T11:05:00Z\nimpact:\n  customers: 1\n";
    let incident = incident(moments, Some(uploaded));
    let draft = sample::refund(&facts(&incident).expect("agrees"));
    assert_eq!(draft.title, "From the file");
    // Nobody is named as aware: the report counts, and stands in the incident.
    let delay = ["INC-12 line 3: aware.at", "facts.yaml line 4: contained.at", "INC-12 line 7: resolved.at"];
    assert_eq!(rests_on(&draft, "delay"), delay);
    assert_eq!(rests_on(&draft, "impact"), ["facts.yaml line 6: impact.customers"]);
    let lines = yaml(&incident);
    assert!(lines.lines().nth(2).is_some_and(|l| l.contains("08:00:00Z")), "{lines}");
    assert!(!lines.contains("contained") && !lines.contains("title"), "{lines}");
}

#[test]
fn an_entry_of_the_file_without_a_time_does_not_count() {
    let moments = vec![moment(Point::Aware, "2026-11-24T08:40:00Z")];
    let facts = facts(&incident(moments, Some("aware:\n  by: Eve\n"))).expect("agrees");
    assert_eq!(
        facts.aware.as_ref().and_then(Mark::time).map(|t| t.to_string()).as_deref(),
        Some("2026-11-24T08:40:00Z")
    );
}

#[test]
fn contradictions_are_told_in_words() {
    let late = [moment(Point::Aware, "2026-11-24T10:05:00Z"), moment(Point::Contained, "2026-11-24T08:40:00Z")];
    let told = contradictions(&late);
    let expected = "“Contained” is at 2026-11-24T08:40:00Z, before “Person aware” at 2026-11-24T10:05:00Z. One of the two times is wrong; check their zones.";
    assert_eq!(told, [expected]);
    let error = facts(&incident(late.to_vec(), None)).expect_err("contradicts").to_string();
    assert!(error.starts_with("INC-12: “Contained” is at"), "{error}");
    let twice = [moment(Point::Aware, "2026-11-24T10:05:00Z"), moment(Point::Aware, "2026-11-24T10:06:00Z")];
    assert!(contradictions(&twice)[0].contains("has two times"), "{:?}", contradictions(&twice));
    let same = [twice[0].clone(), twice[0].clone()];
    assert_eq!(contradictions(&same), Vec::<String>::new());
    assert!(facts(&incident(same.to_vec(), None)).is_ok());
    // A complaint may come after the end, and an alert may be of something else.
    let fine = [
        moment(Point::FirstAlert, "2026-11-24T05:00:00Z"),
        moment(Point::FirstWrongStep, "2026-11-24T06:00:00Z"),
        moment(Point::Aware, "2026-11-24T07:00:00Z"),
        moment(Point::Resolved, "2026-11-24T08:00:00Z"),
        moment(Point::Reported, "2026-11-25T08:00:00Z"),
    ];
    assert_eq!(contradictions(&fine), Vec::<String>::new());
}

#[test]
fn the_file_against_the_incident_is_a_contradiction_too() {
    let moments = vec![moment(Point::Aware, "2026-11-24T10:05:00Z")];
    let early = incident(moments.clone(), Some("contained:\n  at: 2026-11-24T09:00:00Z\n"));
    let error = facts(&early).expect_err("contradicts").to_string();
    assert!(error.starts_with("INC-12 with facts.yaml: line 2: contained.at"), "{error}");
    // What the file tells instead is no contradiction.
    let instead = "aware:\n  at: 2026-11-24T08:00:00Z\ncontained:\n  at: 2026-11-24T09:00:00Z\n";
    assert!(facts(&incident(moments.clone(), Some(instead))).is_ok());
    let bad = facts(&incident(moments, Some("awar: 1\n"))).expect_err("misspelt").to_string();
    assert!(bad.starts_with("facts.yaml: "), "{bad}");
}

proptest! {
    #[test]
    fn any_words_are_taken_as_they_are(title in any::<String>(), by in any::<String>(), source in "[^a]{0,30}") {
        let one = Moment { point: Point::Aware, at: "2026-11-24T10:05:00Z".parse().expect("a time"), source, by };
        let incident = IncidentFacts {
            reference: "INC-12".to_owned(),
            title: Some(title.clone()),
            moments: vec![one.clone()],
            ..IncidentFacts::default()
        };
        let facts = facts(&incident).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        prop_assert_eq!(facts.title.map(|t| t.value), trimmed(&title));
        let aware = facts.aware.expect("told");
        prop_assert_eq!(aware.by.map(|t| t.value), trimmed(&one.by));
        prop_assert_eq!(aware.source.map(|t| t.value), trimmed(&one.source));
    }
}
