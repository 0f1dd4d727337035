//! The user's own words have every value that a call has and that nobody looked up: who names the seats, the day and the total orders
//! what takes them, whatever verb they use or leave out ("Macbeth Friday F11-F12, $96, yes buy").

use crate::detectors::closing::leaves;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::session::{Call, Session};
use crate::values::is_mask_of_many_spellings;
use crate::values::keys::{self, Key};
use crate::values::written;
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// So many messages of the user back, a value may have been named.
const NEAR: usize = 3;
/// Texts of more words tell a story: they are no choice of the user's.
const LONGEST: usize = 8;
/// So many answers back, a value may have been looked up.
const LOOKED_UP: usize = 16;

/// True where all values of a call are the user's or were looked up, and the user's are two, or a day with a time: one alone may only tell
/// which record the talk is about. Values are counted whole, so that a masked one counts as what it was.
pub(super) fn is_dictated(session: &Session<'_>, call: &Call<'_>) -> bool {
    let Some(args) = call.args() else { return false };
    let said = Said::before(session, call.event);
    let mut known = None;
    let mut chosen = 0;
    for (_, text) in leaves(args) {
        let told = match text.split_whitespace().count() {
            0 => continue,
            n if n > LONGEST => continue,
            _ => keys::of(&text),
        };
        if told.is_empty() || text == "null" || text == "true" || text == "false" {
            continue;
        }
        if said.has_whole(&text) || !text.contains('@') && told.iter().all(|f| said.has(f)) {
            let has = |is: fn(&Key) -> bool| told.iter().any(|f| is(&f.key));
            chosen += 1 + usize::from(has(|k| matches!(k, Key::Day(..))) && has(|k| matches!(k, Key::Time(_))));
        } else if !told.iter().all(|f| known.get_or_insert_with(|| known_before(session, call.event)).contains(&f.key))
        {
            return false;
        }
    }
    chosen > 1
}

/// What the user said lately.
struct Said {
    text: String,
    keys: BTreeSet<Key>,
    weekdays: BTreeSet<u8>,
}

impl Said {
    fn before(session: &Session<'_>, event: u32) -> Self {
        let users = session.messages.iter().rev().filter(|m| m.event < event && m.role == Role::User);
        let mut said = Said { text: String::new(), keys: BTreeSet::new(), weekdays: BTreeSet::new() };
        for text in users.take(NEAR).flat_map(|m| m.texts) {
            said.text.push_str(&text.text.to_lowercase());
            said.text.push('\n');
            said.keys.extend(keys::of(&text.text).into_iter().map(|f| f.key));
            said.weekdays.extend(each(&unaccented(&text.text)).filter_map(written::weekday));
        }
        said
    }

    /// True for an address, which is told whole or not at all, and for a mask of a kind whose masks differ with the spelling: nobody can
    /// know whether it was told, so it is no reason for a flag.
    fn has_whole(&self, value: &str) -> bool {
        is_mask_of_many_spellings(value) || value.contains('@') && self.text.contains(&value.to_lowercase())
    }

    fn has(&self, found: &keys::Found) -> bool {
        let by_weekday = |month: u8, day: u8| {
            let weekday = found.year.and_then(|year| written::weekday_of(year, month, day));
            weekday.is_some_and(|w| self.weekdays.contains(&w))
        };
        self.keys.contains(&found.key) || matches!(found.key, Key::Day(month, day) if by_weekday(month, day))
    }
}

/// What tools had answered and the instructions say.
fn known_before(session: &Session<'_>, event: u32) -> BTreeSet<Key> {
    let results = session.calls.iter().rev().filter(|c| c.event < event).filter_map(|c| c.result.as_ref()?.content);
    let system = session.messages.iter().filter(|m| m.role == Role::System).flat_map(|m| m.texts);
    results.take(LOOKED_UP).chain(system).flat_map(|t| keys::of(&t.text)).map(|f| f.key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn dictated(user: &str, tool: &str, args: &str) -> bool {
        with_session(&turn(user, &[(tool, args, "ok")], "Done."), |s| is_dictated(s, &s.calls[0]))
    }

    #[test]
    fn who_names_all_values_dictates_the_call() {
        for (user, args) in [
            ("Row C seats 4 and 5 for Saturday please", r#"{"seats": ["row C", 4, 5], "day": "Saturday"}"#),
            ("physio to Friday 9:30, patient no 20981", r#"{"patient": "20981", "start": "2025-05-16T09:30"}"#),
            ("cinder-3 auf 8 Gi, Produktion", r#"{"host": "cinder-3", "memory": "8 Gi", "stage": "Produktion"}"#),
        ] {
            assert!(dictated(user, "act", args), "{user}");
        }
    }

    #[test]
    fn a_value_of_the_agents_own_or_only_the_record_is_no_order() {
        for (user, args) in [
            ("Order RX-6621 came with a torn box", r#"{"order": "RX-6621", "amount": 25}"#),
            ("What is with RX-6621?", r#"{"order": "RX-6621"}"#),
            ("physio to Friday 9:30", r#"{"start": "2025-05-17T09:30", "room": "blue annex"}"#),
        ] {
            assert!(!dictated(user, "act", args), "{user}");
        }
    }
}
