//! A quantity that was agreed and that the call carries with its digits turned round: 12 for 21.

use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// More numbers than these are not compared.
const MOST: usize = 64;

/// The agreed number and the one of the call, where the last exchange names the former and not the latter.
pub fn of(session: &Session<'_>, call: &Call<'_>) -> Option<(i64, i64)> {
    let leaves = numbers_of(call);
    if !leaves.iter().any(|(_, n)| may_be_turned(*n)) {
        return None;
    }
    let before = &session.messages[..session.messages.partition_point(|m| m.event < call.event)];
    let user = before.iter().rposition(|m| m.role == Role::User)?;
    let offer = before[..user].iter().rev().take_while(|m| m.role == Role::Assistant).take(2);
    let said = offer.chain([&before[user]]).flat_map(|m| m.texts);
    let named: Vec<i64> = said.flat_map(|t| whole(&t.text)).take(MOST).collect();
    // Without another number that was agreed, the exchange may be about something else.
    let agreed = |but: i64| leaves.iter().any(|(_, l)| *l != but && *l > 1 && named.contains(l));
    let (key, used, meant) = leaves.iter().find_map(|(key, n)| {
        let turned = may_be_turned(*n).then(|| turned(*n))?;
        let missed = named.contains(&turned) && !named.contains(n) && !leaves.iter().any(|(_, l)| *l == turned);
        (missed && agreed(*n)).then_some((key, *n, turned))
    })?;
    // The user's own number, and one that stays as it was.
    let users = before.iter().filter(|m| m.role == Role::User).flat_map(|m| m.texts);
    let given = users.flat_map(|t| whole(&t.text)).any(|n| n == used);
    let kept = session.calls.iter().take_while(|c| c.event < call.event).filter(|c| c.failure().is_none());
    let kept = kept.flat_map(numbers_of).any(|(k, n)| k == *key && n == used);
    (!given && !kept).then_some((meant, used))
}

/// The whole numbers of a call, each with its name.
fn numbers_of(call: &Call<'_>) -> Vec<(String, i64)> {
    let args = call.args().into_iter().flat_map(Value::entries);
    args.filter_map(|(k, v)| Some((k.str()?.into_owned(), v.i64()?))).take(MOST).collect()
}

fn may_be_turned(n: i64) -> bool {
    (12..1000).contains(&n) && turned(n) != n && n % 10 != 0
}

/// The number with its digits from behind.
fn turned(n: i64) -> i64 {
    n.to_string().chars().rev().collect::<String>().parse().unwrap_or(n)
}

/// The whole numbers of a text that stand by themselves: no part of a time, a date, an amount or a code.
fn whole(text: &str) -> Vec<i64> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | ',' | '-' | '/' | '_' | '\'');
    let words = text.split(|c: char| !inner(c)).map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|w| w.len() <= 6 && w.bytes().all(|b| b.is_ascii_digit())).filter_map(|w| w.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_by_themselves() {
        assert_eq!(whole("39 meat, 21 vegetarian; at 12:30 on 2026-04-12 for 1,080.00."), [39, 21]);
        assert!(may_be_turned(12) && !may_be_turned(22) && !may_be_turned(20) && !may_be_turned(7));
    }
}
