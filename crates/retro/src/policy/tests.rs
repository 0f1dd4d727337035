use super::*;

fn berlin() -> Policy {
    let yaml = include_str!("../../data/policy.yaml")
        .replace("zone: UTC", "zone: Europe/Berlin")
        .replace("holidays: []", "holidays: [2026-12-25]");
    Policy::parse(&yaml).expect("valid")
}

#[test]
fn business_days_skip_weekends_and_holidays_and_say_so() {
    // Monday evening in New York is Tuesday in Berlin already.
    let aware = "2026-12-21T23:30:00Z".parse().expect("a time");
    let due = berlin().deadlines(2, Some(aware));
    assert_eq!(due[0].due.as_deref(), Some("2026-12-23 24:00 Europe/Berlin"));
    assert_eq!(due[1].due.as_deref(), Some("2026-12-30 24:00 Europe/Berlin"));
    assert_eq!(due[1].explanation, "5 business days after detection, in Europe/Berlin, without 25 December");
}

#[test]
fn the_instant_is_midnight_in_the_policys_zone() {
    let at = |aware: &str| {
        let due = berlin().due_dates(2, Some(aware.parse().expect("a time")));
        due.iter().map(|d| d.at.map_or(String::new(), |t| t.to_string())).collect::<Vec<_>>()
    };
    // The next day, and five business days without 25 December.
    assert_eq!(at("2026-12-21T23:30:00Z"), ["2026-12-23T23:00:00Z", "2026-12-30T23:00:00Z"]);
    // The clocks go back on 25 October 2026: that day ends 25 hours after it began.
    assert_eq!(at("2026-10-23T22:30:00Z")[0], "2026-10-25T23:00:00Z");
    assert_eq!(at("2026-10-22T22:30:00Z")[0], "2026-10-24T22:00:00Z");
    // And forward on 29 March 2026.
    assert_eq!(at("2026-03-27T23:30:00Z")[0], "2026-03-29T22:00:00Z");
    assert_eq!(at("2026-03-26T23:30:00Z")[0], "2026-03-28T23:00:00Z");
    assert!(berlin().due_dates(2, None).iter().all(|d| d.at.is_none() && d.text.is_none()));
    assert_eq!(berlin().zone_name(), "Europe/Berlin");
}

#[test]
fn days_and_weeks_are_those_of_the_policys_zone() {
    let policy = berlin();
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    assert_eq!(policy.day(at("2026-11-25T22:59:59Z")).to_string(), "2026-11-25");
    let thursday = policy.day(at("2026-11-25T23:00:00Z"));
    assert_eq!(thursday.to_string(), "2026-11-26");
    assert_eq!(policy.end_of(thursday), Some(at("2026-11-26T23:00:00Z")));
    let sunday = policy.last_of_week(thursday);
    assert_eq!(sunday.to_string(), "2026-11-29");
    assert_eq!(policy.last_of_week(sunday), sunday);
    let span = policy.span("2026-03".parse().expect("a month"));
    assert_eq!(span, Some((at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z"))));
    assert_eq!(policy.span("9999-12".parse().expect("a month")), None, "its end is no day");
}

#[test]
fn where_the_clocks_change_at_midnight_the_day_ends_once() {
    // In Cairo, 24 April 2026 starts at one o'clock.
    let yaml = include_str!("../../data/policy.yaml").replace("zone: UTC", "zone: Africa/Cairo");
    let aware = "2026-04-23T10:00:00Z".parse().expect("a time");
    let due = Policy::parse(&yaml).expect("valid").due_dates(1, Some(aware));
    assert_eq!(due[0].text.as_deref(), Some("2026-04-23 24:00 Africa/Cairo"));
    assert_eq!(due[0].at.map(|t| t.to_string()).as_deref(), Some("2026-04-23T22:00:00Z"));
}

#[test]
fn a_time_at_the_end_of_the_calendar_is_no_panic() {
    let due = Policy::builtin().due_dates(1, Some(Timestamp::MAX));
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|d| d.at.is_none() && d.text.is_some()));
}

#[test]
fn every_deadline_is_a_due_date_in_words() {
    let aware = Some("2026-12-21T23:30:00Z".parse().expect("a time"));
    for level in 1..=4 {
        let (due, told) = (berlin().due_dates(level, aware), berlin().deadlines(level, aware));
        let words = |d: &DueDate| (d.what.clone(), d.text.clone(), d.explanation.clone());
        let said: Vec<_> = told.into_iter().map(|d| (d.what, d.due, d.explanation)).collect();
        assert_eq!(due.iter().map(words).collect::<Vec<_>>(), said);
    }
}

#[test]
fn several_holidays_are_listed() {
    let yaml = include_str!("../../data/policy.yaml")
        .replace("holidays: []", "holidays: [2026-12-24, 2026-12-25, 2026-12-26, 2027-01-01]")
        .replace("retro_business_days: 5", "retro_business_days: 6");
    let aware = Some("2026-12-22T10:00:00Z".parse().expect("a time"));
    let due = Policy::parse(&yaml).expect("valid").due_dates(1, aware);
    // 26 December 2026 is a Saturday, and would not have counted anyway.
    let expected = "6 business days after detection, in UTC, without 24 December, 25 December and 1 January";
    assert_eq!(due[1].explanation, expected);
    assert_eq!(due[1].text.as_deref(), Some("2027-01-04 24:00 UTC"));
}

#[test]
fn holidays_are_named_where_they_have_a_name() {
    let yaml = include_str!("../../data/policy.yaml");
    let told = |holidays: &str| {
        let yaml = yaml.replace("holidays: []", &format!("holidays: [{holidays}]"));
        let mut file = |name: &str| {
            match name {
            "de.ics" => Ok(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\n\
                RRULE:FREQ=YEARLY\nSUMMARY:Weihnachten\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n"
                .to_vec()),
            _ => Err("there is none".to_owned()),
        }
        };
        Policy::parse_with(&yaml, &mut file).map(|policy| {
            let aware = Some("2026-12-23T10:00:00Z".parse().expect("a time"));
            (policy.due_dates(1, aware)[1].explanation.clone(), policy.notes().to_vec())
        })
    };
    let said = |holidays: &str| told(holidays).expect("a policy").0;
    let start = "5 business days after detection, in UTC, without";
    assert_eq!(said("2026-12-25 Christmas Day"), format!("{start} 25 December, Christmas Day"));
    assert_eq!(
        said("2026-12-24, 2026-12-25 Christmas Day, 2026-12-28 Bridge day"),
        format!("{start} 24 December; 25 December, Christmas Day; and 28 December, Bridge day"),
    );
    let (explanation, notes) = told("de.ics, 2026-12-28").expect("a policy");
    assert_eq!(explanation, format!("{start} 25 December, Weihnachten; and 28 December"));
    assert_eq!(notes, ["de.ics: line 8: skipped “x” because it has no DTSTART"]);
    let wrong = told("fr.ics").expect_err("is refused").to_string();
    assert_eq!(wrong, "policy: holidays: `fr.ics` cannot be read: there is none");
}

#[test]
fn without_a_start_there_is_no_date_but_a_rule() {
    let due = Policy::builtin().deadlines(1, None);
    assert!(due.iter().all(|d| d.due.is_none() && !d.explanation.is_empty()));
    assert_eq!(due.len(), 2);
}

#[test]
fn near_misses_have_no_deadline() {
    assert!(Policy::builtin().deadlines(4, None).is_empty());
}

#[test]
fn bad_policies_say_what_is_wrong() {
    let yaml = include_str!("../../data/policy.yaml");
    assert!(
        Policy::parse(&yaml.replace("zone: UTC", "zone: Mars/Base"))
            .expect_err("zone")
            .to_string()
            .contains("Mars/Base")
    );
    assert!(Policy::parse(&yaml.replace("level: 3", "level: 9")).is_err());
    assert!(Policy::parse(&yaml.replace("holidays: []", "holidays: [someday]")).is_err());
}
