//! The user named a day, a list that was looked up has an entry of that day, and the call takes the entry of another one.

use super::{MOST, entries_with, scalar};
use crate::dialogue::ordering;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::session::{Call, Message, Session};
use crate::values::{self, written};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// What the user named, and what the call takes.
pub(super) fn of(session: &Session<'_>, call: &Call<'_>, args: Value<'_>) -> Option<(String, String)> {
    let used: Vec<String> = args.entries().filter_map(|(_, v)| scalar(v)).take(MOST).collect();
    let before = || session.messages.iter().rev().filter(|m| m.event < call.event);
    let named = |m: &&Message<'_>| m.texts.iter().any(|t| !named_days(&t.text.to_lowercase()).is_empty());
    let message = before().filter(|m| m.role == Role::User).find(named)?;
    let said = message.texts.iter().map(|t| t.text.to_lowercase()).collect::<Vec<_>>().join("\n");
    let days = named_days(&said);
    let [day] = days.as_slice() else { return None };
    let passed_over = ordering::words(&said).any(|w| english().is("passed_over", w) || english().is("negation", w));
    if passed_over || said.len() > 600 {
        return None;
    }
    let answers = session.calls.iter().rev().filter(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.json());
    let (entries, chosen) = answers.take(MOST).find_map(|root| entries_with(root, &used, 0))?;
    let of_entry = |e: &Value<'_>| {
        e.entries()
            .filter_map(|(_, v)| v.str().map(|s| s.into_owned()))
            .find(|t| t.len() <= 60 && !values::days(t).is_empty())
    };
    let own = of_entry(&entries[chosen])?;
    let is_on = |text: &str| day.matches(text);
    let wanted = entries.iter().filter_map(of_entry).find(|t| is_on(t))?;
    if is_on(&own) {
        return None;
    }
    // What the agent spoke of before, the user may have agreed to.
    let told = values::days(&own);
    let mut offered = before().filter(|m| m.role == Role::Assistant && m.event > message.event).flat_map(|m| m.texts);
    let spoken = |t: &str| values::days(t).iter().any(|d| told.contains(d));
    // And a day that the agent tells as not free was not passed over in silence.
    let next = session.messages_after(call.event).iter().find(|m| m.role == Role::Assistant);
    let owned =
        next.is_some_and(|m| m.texts.iter().any(|t| named_days(&t.text.to_lowercase()).iter().any(|d| d == day)));
    (!owned && !offered.any(|t| spoken(&t.text))).then_some((wanted, own))
}

/// A day as somebody names it: by its month, or by the weekday before its number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    OfMonth(u8, u8),
    Weekday(u8, u8),
}

impl Named {
    fn matches(&self, text: &str) -> bool {
        match self {
            Named::OfMonth(month, day) => values::days(text).contains(&(*month, *day)),
            Named::Weekday(weekday, day) => {
                let named: Vec<u8> = each(&unaccented(text)).filter_map(written::weekday).collect();
                values::days(text).iter().any(|d| d.1 == *day) && (named.is_empty() || named.contains(weekday))
            }
        }
    }
}

/// The days that a text in small letters names.
fn named_days(text: &str) -> Vec<Named> {
    let mut found: Vec<Named> = values::days(text).into_iter().map(|(m, d)| Named::OfMonth(m, d)).collect();
    if found.is_empty() {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && *w != "the").take(200).collect();
        for pair in words.windows(2) {
            let digits: String = pair[1].chars().take_while(char::is_ascii_digit).collect();
            if let Some(weekday) = written::weekday(&unaccented(pair[0]))
                && let Ok(day) = digits.parse::<u8>()
                && (1..=31).contains(&day)
            {
                found.push(Named::Weekday(weekday, day));
            }
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_by_its_month_or_its_weekday() {
        assert_eq!(named_days("thursday 14 at 17:00 please"), [Named::Weekday(3, 14)]);
        assert!(named_days("some time on thursday").is_empty());
        assert!(Named::Weekday(3, 14).matches("Thu 14 May 17:00"));
        assert!(!Named::Weekday(3, 14).matches("Fri 15 May 17:00"));
        assert!(Named::OfMonth(5, 14).matches("2026-05-14T17:00"));
    }
}
