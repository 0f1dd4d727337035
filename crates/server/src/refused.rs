//! Refusals on their way into the audit log: seldom enough that nobody can fill it by trying.

use crate::failure::Failure;
use crate::state::App;
use hindcast_store::refusals::{self, Refusal};
use hindcast_store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// A row that is due: the last of the refusals that it stands for, how many there are, and the ID of the last request.
#[derive(Debug)]
struct Due {
    refusal: Refusal,
    attempts: u64,
    request: String,
}

/// The refusals of one account.
#[derive(Debug, Default)]
struct Account {
    /// When its last row was written.
    row: Option<Timestamp>,
    /// Those since that row, and the last of them with the ID of its request.
    attempts: u64,
    last: Option<(Refusal, String)>,
}

impl Account {
    fn take(&mut self, now: Timestamp) -> Option<Due> {
        let (refusal, request) = self.last.take()?;
        self.row = Some(now);
        Some(Due { refusal, attempts: std::mem::take(&mut self.attempts), request })
    }
}

/// Refusals of one kind.
#[derive(Debug, Default)]
struct Ledger {
    accounts: HashMap<String, Account>,
    /// When the hour began, and its rows.
    hour: Option<(Timestamp, u32)>,
}

fn passed(now: Timestamp, since: Timestamp, span: SignedDuration) -> bool {
    now.duration_since(since) >= span
}

impl Ledger {
    /// Counts one attempt. `Some` if it is time for a row.
    fn note(&mut self, account: &str, refusal: Refusal, request: &str, now: Timestamp) -> Option<Due> {
        if self.accounts.len() >= REMEMBERED && !self.accounts.contains_key(account) {
            self.accounts.retain(|_, a| a.attempts > 0 || a.row.is_some_and(|at| !passed(now, at, QUIET)));
            if self.accounts.len() >= REMEMBERED {
                return None;
            }
        }
        let known = self.accounts.entry(account.to_owned()).or_default();
        known.attempts += 1;
        known.last = Some((refusal, request.to_owned()));
        if known.row.is_some_and(|at| !passed(now, at, QUIET)) || !has_room(&mut self.hour, now) {
            return None;
        }
        known.take(now)
    }

    /// The rows for which it is time though nobody tried again.
    fn due(&mut self, now: Timestamp) -> Vec<Due> {
        let mut due = Vec::new();
        for account in self.accounts.values_mut().filter(|a| a.attempts > 0) {
            if account.row.is_none_or(|at| passed(now, at, QUIET)) && has_room(&mut self.hour, now) {
                due.extend(account.take(now));
            }
        }
        due
    }

    /// What is left when the server stops: the accounts with the most attempts, and how many attempts of others get no row.
    fn rest(&mut self, now: Timestamp) -> (Vec<Due>, u64) {
        let mut all: Vec<Due> = self.accounts.values_mut().filter_map(|a| a.take(now)).collect();
        all.sort_by_key(|due| std::cmp::Reverse(due.attempts));
        let left = all.split_off(all.len().min(MOST as usize));
        (all, left.iter().map(|due| due.attempts).sum())
    }
}

/// Takes up one of the hour's rows, if one is left.
fn has_room(hour: &mut Option<(Timestamp, u32)>, now: Timestamp) -> bool {
    let (since, rows) = hour.get_or_insert((now, 0));
    if passed(now, *since, HOUR) {
        (*since, *rows) = (now, 0);
    }
    *rows = rows.saturating_add(1);
    *rows <= MOST
}

fn locked(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Refusals {
    fn of(&self, refusal: &Refusal) -> (MutexGuard<'_, Ledger>, String) {
        match refusal {
            Refusal::SignIn { account } => (locked(&self.sign_ins), account.clone().unwrap_or_default()),
            Refusal::Access { viewer, .. } => (locked(&self.denials), viewer.account.clone()),
        }
    }

    fn note(&self, refusal: Refusal, request: &str, now: Timestamp) -> Option<Due> {
        let (mut ledger, account) = self.of(&refusal);
        ledger.note(&account, refusal, request, now)
    }

    /// Takes back what could not be written, so that a later row counts it.
    fn take_back(&self, rows: Vec<Due>) {
        for Due { refusal, attempts, request } in rows {
            let (mut ledger, account) = self.of(&refusal);
            let known = ledger.accounts.entry(account).or_default();
            known.attempts += attempts;
            known.last.get_or_insert((refusal, request));
        }
    }

    /// Puts down what came behind the last rows and waited long enough, so that a burst that ends is counted as well.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_down_due(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut due = locked(&self.sign_ins).due(now);
        due.extend(locked(&self.denials).due(now));
        let written = put_down(store, now, &due).await;
        if written.is_err() {
            self.take_back(due);
        }
        written
    }

    /// Puts down what is left when the server stops.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_down_rest(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let (mut rest, failed) = locked(&self.sign_ins).rest(now);
        let (denied, others) = locked(&self.denials).rest(now);
        rest.extend(denied);
        if failed + others > 0 {
            tracing::warn!(
                failed_sign_ins = failed,
                denied = others,
                "refusals of the last hour are not in the audit log"
            );
        }
        put_down(store, now, &rest).await
    }
}

/// Writes rows, all of them or none.
async fn put_down(store: &Store, now: Timestamp, rows: &[Due]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    for Due { refusal, attempts, request } in rows {
        refusals::record(&mut tx, now, refusal, *attempts, request).await?;
    }
    tx.commit().await
}

/// Counts a refusal, and puts it into the audit log if it is time for a row. Nobody waits for the row: how long a response takes must
/// not tell whether an account exists, and a full disk must not change what is refused.
pub fn note(app: &App, refusal: Refusal, request: &str) {
    let now = app.clock.now();
    let Some(due) = app.refusals.note(refusal, request, now) else { return };
    let (store, refusals) = (app.store.clone(), Arc::clone(&app.refusals));
    tokio::spawn(async move {
        if let Err(e) = put_down(&store, now, std::slice::from_ref(&due)).await {
            tracing::warn!(kind = e.kind(), request = due.request, "a refusal is not in the audit log yet");
            refusals.take_back(vec![due]);
        }
    });
}

/// Counts an attempt of an account that was refused because there were too many before; `None` is no account that is known.
pub fn throttled<T>(
    app: &App,
    counted: Result<T, Failure>,
    account: Option<&str>,
    request: &str,
) -> Result<T, Failure> {
    if let Err(Failure::Throttled | Failure::Turns(_)) = &counted {
        note(app, Refusal::SignIn { account: account.map(str::to_owned) }, request);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(ledger: &mut Ledger, account: &str, now: Timestamp) -> Option<u64> {
        let refusal = Refusal::SignIn { account: Some(account.to_owned()) };
        ledger.note(account, refusal, "r", now).map(|due| due.attempts)
    }

    #[test]
    fn an_account_gets_a_row_at_once_and_the_next_one_counts_what_came_between() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(note(&mut ledger, "a", now), Some(1));
        assert!((0..999).all(|n| note(&mut ledger, "a", now + SignedDuration::from_millis(n)).is_none()));
        assert_eq!(note(&mut ledger, "b", now), Some(1), "another account has its own");
        assert_eq!(note(&mut ledger, "a", now + QUIET), Some(1000));
        assert_eq!(note(&mut ledger, "a", now + QUIET), None);
    }

    #[test]
    fn what_came_behind_the_last_row_gets_one_though_nobody_tries_again() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        assert_eq!((0..10).filter_map(|_| note(&mut ledger, "a", now)).sum::<u64>(), 1);
        note(&mut ledger, "b", now);
        assert!(ledger.due(now).is_empty(), "the last row is too young");
        let attempts = |due: Vec<Due>| due.iter().map(|due| due.attempts).collect::<Vec<_>>();
        assert_eq!(attempts(ledger.due(now + QUIET)), [9]);
        assert!(ledger.due(now + QUIET + QUIET).is_empty());
        assert_eq!((0..3).filter_map(|_| note(&mut ledger, "a", now + QUIET)).sum::<u64>(), 0);
        let (rest, left) = ledger.rest(now + QUIET);
        assert_eq!((attempts(rest), left), (vec![3], 0));
    }

    #[test]
    fn many_accounts_together_get_so_many_rows_within_an_hour_and_no_attempt_is_forgotten() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        let rows = (0..500).filter(|n| note(&mut ledger, &n.to_string(), now).is_some()).count();
        assert_eq!(rows, MOST as usize);
        assert!(ledger.due(now + QUIET).is_empty(), "nor more of them for those who do not try again");
        assert_eq!(note(&mut ledger, "499", now + HOUR), Some(2));
        let (rest, left) = ledger.rest(now + HOUR);
        assert_eq!((rest.len(), left), (MOST as usize, 500 - 2 * u64::from(MOST) - 1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut ledger, now) = (Ledger::default(), Timestamp::UNIX_EPOCH);
        for n in 0..REMEMBERED + 10 {
            note(&mut ledger, &n.to_string(), now);
        }
        assert_eq!(ledger.accounts.len(), REMEMBERED);
    }
}
