//! A severity policy with calendars beside it.

use super::{file, hindcast, ok, scratch};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201225\r\nDTEND;VALUE=DATE:20201227\r\n\
    RRULE:FREQ=YEARLY\r\nSUMMARY:Weihnachten\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201126\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\nSUMMARY:Thanksgiving\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn a_calendar_beside_the_policy_is_read_and_what_is_left_out_is_told() {
    let folder = scratch();
    let policy = folder.path().join("policy.yaml");
    let yaml = include_str!("../../../retro/data/policy.yaml")
        .replace("holidays: []", "holidays: [2027-01-01 New Year's Day, days/de.ics]");
    std::fs::write(&policy, yaml).expect("writes");
    let named = policy.display().to_string();
    let refused = hindcast(&["policy", &named]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3));
    assert!(told.contains("holidays: `days/de.ics` cannot be read") && told.contains("Check the path"), "{told}");

    std::fs::create_dir(folder.path().join("days")).expect("makes");
    std::fs::write(folder.path().join("days/de.ics"), CALENDAR).expect("writes");
    let read = hindcast(&["policy", &named]);
    let (out, told) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    assert_eq!(read.status.code(), Some(0), "{told}");
    assert!(
        out.ends_with("2 holidays\n  2020-12-25, 2 days, every year  Weihnachten\n  2027-01-01  New Year's Day\n"),
        "{out}"
    );
    let expected =
        "warning: days/de.ics: line 8: skipped “Thanksgiving” because its RRULE has BYDAY, which is not supported\n";
    assert_eq!(told, expected);
    // A draft takes the same policy.
    let (trace, facts) = (file("examples/refund/trace.json"), file("examples/refund/facts.yaml"));
    ok(&["draft", &trace, "--context", &facts, "--policy", &named]);

    std::fs::write(folder.path().join("days/de.ics"), "<html>").expect("writes");
    let told = String::from_utf8_lossy(&hindcast(&["policy", &named]).stderr).into_owned();
    assert!(told.contains("`days/de.ics` is not an iCalendar file"), "{told}");
}
