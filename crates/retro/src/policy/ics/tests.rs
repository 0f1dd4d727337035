use super::*;
use crate::policy::holiday::Holidays;
use proptest::prelude::*;

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Feiertage\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

/// What becomes of one event: the holiday, or why it is left out.
fn one(lines: &[&str]) -> Result<Holiday, String> {
    let mut read = read(calendar(&event(lines)).as_bytes()).expect("a calendar");
    match (read.holidays.pop(), read.notes.pop()) {
        (Some(holiday), None) => Ok(holiday),
        (None, Some(note)) => Err(note),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whole_days_are_read() {
    let holiday = one(&["DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas Day"]).expect("a holiday");
    assert_eq!(holiday, Holiday::once(date("2026-12-25"), "Christmas Day"));
    let two = one(&[
        "dtstart;value=date:20261225",
        "DTEND;VALUE=DATE:20261227",
        "SUMMARY;LANGUAGE=\"de:x\":Weih\\, nachten\\n!",
    ]);
    let two = two.expect("a holiday");
    assert_eq!((two.days, two.name.as_str()), (2, "Weih, nachten !"), "its end is the day after");
    let yearly = one(&[
        "DTSTART;VALUE=DATE:20201225",
        "DURATION:P1W",
        "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;UNTIL=20301231T000000Z",
        "EXDATE;VALUE=DATE:20221225,20231225",
    ])
    .expect("a holiday");
    assert_eq!((yearly.days, yearly.except.len()), (7, 2));
    assert_eq!(yearly.yearly, Some(Yearly { until: Some(date("2030-12-31")), count: None }));
}

#[test]
fn folded_lines_are_joined_within_a_letter() {
    let text = calendar(&event(&["DTSTART;VALUE=DATE:20260603", "SUMMARY:Fête"]));
    let at = text.find('ê').expect("stands there") + 1;
    let mut bytes = text.into_bytes();
    bytes.splice(at..at, *b"\r\n ");
    assert_eq!(read(&bytes).expect("a calendar").holidays[0].name, "Fête");
}

#[test]
fn what_is_not_understood_is_told_and_left_out() {
    let day = "DTSTART;VALUE=DATE:20261126";
    let cases: [(&[&str], &str); 17] = [
        (
            &["DTSTART:20261126T100000Z", "SUMMARY:Meeting"],
            "line 4: skipped “Meeting” because its DTSTART is not a whole-day value",
        ),
        (&["DTSTART:20261126"], "whole-day value"),
        (&["DTSTART;VALUE=DATE:20261131"], "not a date"),
        (&["SUMMARY:x"], "no DTSTART"),
        (&[day, day], "twice"),
        (&[day, "DTEND;VALUE=DATE:20261126"], "ends before it begins"),
        (&[day, "DTEND;VALUE=DATE:20270126"], "at most 31"),
        (&[day, "DURATION:PT8H"], "DURATION"),
        (&[day, "DTEND;VALUE=DATE:20261127", "DURATION:P1D"], "both"),
        (&[day, "RRULE:FREQ=YEARLY;BYDAY=4TH;BYMONTH=11"], "BYDAY, which is not supported"),
        (&[day, "RRULE:FREQ=MONTHLY"], "FREQ=MONTHLY"),
        (&[day, "RRULE:FREQ=YEARLY;INTERVAL=2"], "INTERVAL=2"),
        (&[day, "RRULE:FREQ=YEARLY;BYMONTH=12"], "BYMONTH=12"),
        (&[day, "EXDATE:20271126T000000Z"], "EXDATE"),
        (&[day, "RDATE;VALUE=DATE:20271126"], "RDATE"),
        (&[day, "RECURRENCE-ID;VALUE=DATE:20271126"], "RECURRENCE-ID"),
        (&[day, "STATUS:CANCELLED"], "cancelled"),
    ];
    for (lines, says) in cases {
        let told = one(lines).expect_err("is left out");
        assert!(told.contains(says), "{lines:?}: {told}");
    }
    // An alarm within an event has a length of its own.
    assert!(one(&[day, "BEGIN:VALARM", "DURATION:PT15M", "END:VALARM"]).is_ok());
}

#[test]
fn what_is_no_calendar_is_refused() {
    let cases = [
        (String::new(), "no BEGIN:VCALENDAR"),
        ("<html>".to_owned(), "no BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_owned(), "line 2: the event does not end"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n".to_owned(), "line 2: END:VEVENT"),
        (calendar("BEGIN:VEVENT\nBEGIN:VEVENT\n"), "inside another"),
        (calendar("BEGIN:VEVENT\nDTSTART\nEND:VEVENT\n"), "line 5: is not a property"),
        ("BEGIN:A\n".repeat(17), "too deeply"),
        (" ".repeat(MOST_BYTES + 1), "larger"),
        (calendar(&event(&["DTSTART;VALUE=DATE:20261126"]).repeat(MOST_HOLIDAYS + 1)), "more than 1000"),
    ];
    for (text, says) in cases {
        let told = read(text.as_bytes()).expect_err("is refused");
        assert!(told.contains(says), "{says}: {told}");
    }
    let many = read(calendar(&event(&["SUMMARY:x"]).repeat(30)).as_bytes()).expect("a calendar");
    assert_eq!(
        (many.notes.len(), many.notes.last().map(String::as_str)),
        (21, Some("and 10 more events were skipped"))
    );
}

/// A holiday, and its event folded at some places.
fn written() -> impl Strategy<Value = (Holiday, Vec<u8>)> {
    let day = (2000i16..2040, 1i8..=12, 1i8..=31).prop_filter_map("a date", |(y, m, d)| Date::new(y, m, d).ok());
    let yearly = proptest::option::of((proptest::option::of(1u32..9), any::<bool>()));
    let names = "[a-zäöüß ,;]{0,30}";
    (day, 1u16..=LONGEST, yearly, names, proptest::collection::vec(1usize..20, 0..20)).prop_map(
        |(first, days, yearly, named, cuts)| {
            let yearly = yearly.map(|(count, _)| Yearly { until: None, count });
            let end = first.checked_add(i64::from(days).days()).expect("a date");
            let compact = |d: Date| d.strftime("%Y%m%d").to_string();
            let mut lines = vec![
                format!("DTSTART;VALUE=DATE:{}", compact(first)),
                format!("DTEND;VALUE=DATE:{}", compact(end)),
                format!("SUMMARY:{}", named.replace(',', "\\,").replace(';', "\\;")),
            ];
            if let Some(yearly) = yearly {
                let count = yearly.count.map(|n| format!(";COUNT={n}")).unwrap_or_default();
                lines.push(format!("RRULE:FREQ=YEARLY{count}"));
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut bytes = Vec::new();
            for line in calendar(&event(&lines)).split_inclusive("\r\n") {
                let mut rest = line.trim_end().as_bytes();
                for cut in &cuts {
                    if *cut < rest.len() {
                        bytes.extend_from_slice(&rest[..*cut]);
                        bytes.extend_from_slice(b"\r\n\t");
                        rest = &rest[*cut..];
                    }
                }
                bytes.extend_from_slice(rest);
                bytes.extend_from_slice(b"\r\n");
            }
            let named = named.split_whitespace().collect::<Vec<_>>().join(" ");
            (Holiday { first, days, yearly, except: Vec::new(), name: named }, bytes)
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_lines_make_it_panic(lines in proptest::collection::vec(
        "(BEGIN|END|DTSTART|DTEND|RRULE|EXDATE|DURATION|SUMMARY|X)(;VALUE=DATE|;A=\"b)?:?(VEVENT|VCALENDAR|[0-9]{8}|P[0-9]{1,6}[DW]|FREQ=YEARLY;[A-Z]{1,5}=[0-9]{0,4}|ü?)", 0..30)) {
        if let Ok(read) = read(lines.join("\n").as_bytes()) {
            let holidays = Holidays::new(read.holidays.clone());
            for holiday in &read.holidays {
                prop_assert!((1..=LONGEST).contains(&holiday.days));
                prop_assert!(holiday.except.contains(&holiday.first) || holidays.on(holiday.first).is_some());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_however_it_is_folded((holiday, bytes) in written(), offset in -40i64..800) {
        let read = read(&bytes).expect("a calendar");
        prop_assert_eq!(&read.holidays, std::slice::from_ref(&holiday));
        prop_assert!(read.notes.is_empty());
        // Asked for by the day, it answers as counting by hand does.
        let day = holiday.first.saturating_add(offset.days());
        let starts = (0..=40i16).filter_map(|n| Date::new(holiday.first.year() + n, holiday.first.month(), holiday.first.day()).ok());
        let most = match holiday.yearly { None => 1, Some(y) => y.count.map_or(usize::MAX, |n| n as usize) };
        let expected = starts.take(most).any(|s| s <= day && day < s.saturating_add(i64::from(holiday.days).days()));
        prop_assert_eq!(Holidays::new(read.holidays).on(day).is_some(), expected);
    }
}
