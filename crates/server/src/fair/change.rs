//! Changes, in line by account: one of each account waits for the database or is being made. The rest wait behind it and hold nothing.
//!
//! A database makes one change after the other. If all that an account asks for waited there, somebody else would wait for all of it: for every change
//! before theirs on SQLite, and for a connection on PostgreSQL.

use super::{Kind, TURN};
use crate::failure::Failure;
use hindcast_store::{Store, Tx};
use std::sync::Arc;

/// Begins a change for the request that this task answers. Until the change is made or given up, the account has no other one; outside of a request,
/// nobody waits.
///
/// # Errors
/// [`Failure::TooMany`] where more of the account's changes wait than may, or those before take too long; and as [`Store::begin`].
pub async fn begin(store: &Store) -> Result<Tx, Failure> {
    let Ok(turn) = TURN.try_with(Arc::clone) else { return Ok(store.begin().await?) };
    let place = turn.shares.of(turn.who(), Kind::Change).take().await;
    let place = place.map_err(|seconds| Failure::TooMany(Kind::Change, seconds))?;
    let mut tx = store.begin().await?;
    tx.keep((place, super::holding()));
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use super::super::{Shares, Turn, Who, holding};
    use super::*;
    use hindcast_store::Place;
    use sqlx::Executor;
    use std::net::IpAddr;
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::time::Duration;
    use tokio::time::timeout;

    /// What a request of somebody does.
    fn request<F: Future>(
        shares: &Arc<Shares>,
        account: &str,
        work: F,
    ) -> Pin<Box<impl Future<Output = F::Output> + use<F>>> {
        let turn = Turn::new(Arc::clone(shares), Kind::Page, IpAddr::from([127, 0, 0, 1]));
        *turn.who.lock().expect("nobody panicked") = Who::Account(account.to_owned());
        Box::pin(TURN.scope(Arc::new(turn), work))
    }

    /// Lets a request come as far as it comes at once.
    async fn comes<F: Future>(request: &mut Pin<Box<F>>) {
        tokio::select! {
            biased;
            _ = request => panic!("waits"),
            () = std::future::ready(()) => (),
        }
    }

    #[tokio::test]
    async fn changes_of_one_account_do_not_all_come_before_that_of_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
        let (shares, order) = (Arc::new(Shares::new(false)), Arc::new(Mutex::new(Vec::new())));
        let held = store.begin().await.expect("begins");
        let mut all = Vec::new();
        for account in ["oscar", "oscar", "oscar", "ada"] {
            let (store, order) = (store.clone(), Arc::clone(&order));
            let mut change = request(&shares, account, async move {
                let tx = begin(&store).await.expect("begins");
                order.lock().expect("nobody panicked").push(account);
                tx.commit().await.expect("commits");
            });
            comes(&mut change).await;
            all.push(tokio::spawn(change));
        }
        drop(held);
        for one in all {
            one.await.expect("ends");
        }
        assert_eq!(*order.lock().expect("nobody panicked"), ["oscar", "ada", "oscar", "oscar"]);
    }

    #[tokio::test]
    async fn one_account_holds_one_connection_for_changes() {
        let Some(url) = hindcast_testdb::database("changes").await else { return };
        let store = Store::open(&Place::Postgres(url)).await.expect("opens");
        let shares = Arc::new(Shares::new(false));
        let first = request(&shares, "oscar", begin(&store)).await.expect("begins");
        // As many as there are connections.
        let mut more: Vec<_> = (0..6).map(|_| request(&shares, "oscar", begin(&store))).collect();
        for one in &mut more {
            comes(one).await;
        }
        request(&shares, "ada", begin(&store)).await.expect("has a connection").commit().await.expect("commits");
        drop(first);
        for one in more {
            one.await.expect("begins").commit().await.expect("commits");
        }
    }

    /// A statement goes on where nobody waits for it any more, and so does its account's place in the line.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_hangs_up_gets_no_other_connection_before_the_first_is_free() {
        const WAITS: &str = "UPDATE counter SET value = value WHERE name = 'incident'";
        let Some(url) = hindcast_testdb::database("hangs_up").await else { return };
        let store = Store::open(&Place::Postgres(url)).await.expect("opens");
        let shares = Arc::new(Shares::new(false));
        let mut held = store.begin().await.expect("begins");
        held.execute(WAITS).await.expect("is held");
        for _ in 0..8 {
            let asked = request(&shares, "oscar", async {
                let mut tx = begin(&store).await.expect("begins");
                tx.execute(WAITS).await.expect("waits");
            });
            assert!(timeout(Duration::from_millis(200), asked).await.is_err(), "it waits, until somebody hangs up");
        }
        let ada = timeout(Duration::from_secs(5), request(&shares, "ada", begin(&store))).await;
        ada.expect("does not wait for all of oscar's").expect("has a connection").commit().await.expect("commits");
        held.commit().await.expect("commits");
        let oscar = timeout(Duration::from_secs(20), request(&shares, "oscar", begin(&store))).await;
        oscar.expect("its turn comes").expect("begins").commit().await.expect("commits");
    }

    /// The same for what is read.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_hangs_up_while_reading_has_a_share_less_until_the_statement_ends() {
        let Some(url) = hindcast_testdb::database("hangs_up_reading").await else { return };
        let store = Store::open(&Place::Postgres(url)).await.expect("opens").keeping(holding);
        let shares = Arc::new(Shares::new(false));
        let ada = Who::Account("ada".to_owned());
        let turn = Arc::new(Turn::new(Arc::clone(&shares), Kind::Search, IpAddr::from([127, 0, 0, 1])));
        turn.take(ada.clone()).await.expect("the first");
        let asked = TURN.scope(turn, async {
            store.reader().await.expect("reads").execute("SELECT pg_sleep(2)").await.expect("takes its time");
        });
        assert!(timeout(Duration::from_millis(300), asked).await.is_err(), "somebody hangs up");
        let share = shares.of(ada, Kind::Search);
        assert!(share.try_take().is_none(), "the statement goes on");
        timeout(Duration::from_secs(20), share.take()).await.expect("it ends").expect("is free");
    }

    /// A request that begins a change elsewhere waits in no line.
    #[test]
    fn requests_begin_changes_here_only() {
        let mut paths: Vec<_> = ["api", "auth", "masking.rs", "oidc", "pages", "work"]
            .map(|name| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name))
            .into();
        let mut begun = 0;
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(std::fs::read_dir(path).expect("lists").map(|e| e.expect("an entry").path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("reads");
            // When a token was used last is put down by one request at a time.
            let is_known = path.ends_with("auth/seen.rs");
            assert!(is_known || !text.contains("store.begin()"), "{}: use `app.begin()`", path.display());
            begun += text.matches("app.begin()").count();
        }
        assert!(begun > 30, "{begun}");
    }
}
