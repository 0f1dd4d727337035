//! Refusals on their way into the audit log: seldom enough that nobody can fill it by trying.

use crate::state::App;
use hindcast_store::StoreError;
use hindcast_store::refusals::{self, Refusal};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// After a row, the next one about the same account comes this much later at the earliest.
const QUIET: SignedDuration = SignedDuration::from_mins(15);
/// Rows of one kind within [`HOUR`], whatever the number of accounts. One server counts its own.
const MOST: u32 = 60;
/// Over how long they count.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Accounts that are remembered. When there are more, those without a count are forgotten.
const REMEMBERED: usize = 10_000;

/// Everything that was refused since it was last put down.
#[derive(Debug, Default)]
pub struct Refusals {
    sign_ins: Mutex<Ledger>,
    denials: Mutex<Ledger>,
}

/// Refusals of one kind.
#[derive(Debug, Default)]
struct Ledger {
    /// By account: when its last row was written, and the attempts since.
    accounts: HashMap<String, (Option<Timestamp>, u64)>,
    /// When the hour began, and its rows.
    hour: Option<(Timestamp, u32)>,
}

impl Ledger {
    /// Counts one attempt. `Some` if it is time for a row, with the attempts that the row stands for.
    fn note(&mut self, account: &str, now: Timestamp) -> Option<u64> {
        let passed = |since: Timestamp, span| now.duration_since(since) >= span;
        if self.accounts.len() >= REMEMBERED && !self.accounts.contains_key(account) {
            self.accounts.retain(|_, (last, left)| *left > 0 || last.is_some_and(|at| !passed(at, QUIET)));
            if self.accounts.len() >= REMEMBERED {
                return None;
            }
        }
        let (last, attempts) = self.accounts.entry(account.to_owned()).or_default();
        *attempts += 1;
        if last.is_some_and(|at| !passed(at, QUIET)) {
            return None;
        }
        let (since, rows) = self.hour.get_or_insert((now, 0));
        if passed(*since, HOUR) {
            (*since, *rows) = (now, 0);
        }
        if *rows >= MOST {
            return None;
        }
        *rows += 1;
        *last = Some(now);
        Some(std::mem::take(attempts))
    }
}

impl Refusals {
    fn note(&self, refusal: &Refusal, now: Timestamp) -> Option<u64> {
        let (ledger, account) = match refusal {
            Refusal::SignIn { account } => (&self.sign_ins, account.as_deref().unwrap_or("")),
            Refusal::Access { viewer, .. } => (&self.denials, viewer.account.as_str()),
        };
        ledger.lock().unwrap_or_else(PoisonError::into_inner).note(account, now)
    }
}

/// Counts a refusal, and puts it into the audit log if it is time for a row. Nobody waits for the row: how long a response takes must
/// not tell whether an account exists, and a full disk must not change what is refused.
pub fn note(app: &App, refusal: Refusal, request: &str) {
    let now = app.clock.now();
    let Some(attempts) = app.refusals.note(&refusal, now) else { return };
    let (store, request) = (app.store.clone(), request.to_owned());
    tokio::spawn(async move {
        let written: Result<(), StoreError> = async {
            let mut tx = store.begin().await?;
            refusals::record(&mut tx, now, &refusal, attempts, &request).await?;
            tx.commit().await
        }
        .await;
        if let Err(e) = written {
            tracing::warn!(kind = e.kind(), request, "a refusal is not in the audit log");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_gets_a_row_at_once_and_the_next_one_counts_what_came_between() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(ledger.note("a", now), Some(1));
        assert!((0..999).all(|n| ledger.note("a", now + SignedDuration::from_millis(n)).is_none()));
        assert_eq!(ledger.note("b", now), Some(1), "another account has its own");
        assert_eq!(ledger.note("a", now + QUIET), Some(1000));
        assert_eq!(ledger.note("a", now + QUIET), None);
    }

    #[test]
    fn many_accounts_together_get_so_many_rows_within_an_hour_and_no_attempt_is_forgotten() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        let rows = (0..500).filter(|n| ledger.note(&n.to_string(), now).is_some()).count();
        assert_eq!(rows, MOST as usize);
        assert_eq!(ledger.note("499", now + HOUR), Some(2));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        for n in 0..REMEMBERED + 10 {
            ledger.note(&n.to_string(), now);
        }
        assert_eq!(ledger.accounts.len(), REMEMBERED);
    }
}
