//! Attempts to sign in, counted for all servers.

use crate::support::{after, change, now, person, read};
use hindcast_retro::record::people::Role;
use hindcast_store::attempts::{self, Counts, Keys};
use hindcast_store::{Store, known_sources};
use jiff::Timestamp;

const WINDOW: i64 = 900;

fn keys(account: &str, source: &str) -> Keys {
    Keys { pair: format!("{account} from {source}"), shared: vec![source.to_owned()] }
}

async fn count(store: &Store, account: &str, source: &str, at: Timestamp) -> (i64, i64) {
    let keys = keys(account, source);
    let counted = change(store, async |tx| attempts::count(tx, &keys, at, WINDOW).await).await;
    let Counts { pair, shared } = counted.expect("counts");
    (pair, shared[0])
}

async fn rows(store: &Store) -> i64 {
    read(store, async |c| Ok(sqlx::query_scalar("SELECT COUNT(*) FROM sign_in_attempt").fetch_one(c).await?)).await
}

pub async fn count_by_account_and_source_within_a_window(store: Store) {
    assert_eq!(count(&store, "ana", "a", now()).await, (1, 1));
    assert_eq!(count(&store, "ana", "a", after(1)).await, (2, 2));
    assert_eq!(count(&store, "dana", "a", after(2)).await, (1, 3));
    assert_eq!(count(&store, "ana", "b", after(2)).await, (1, 1), "another source has a count of its own");
    assert_eq!(count(&store, "ana", "a", after(WINDOW - 1)).await, (3, 4));
    assert_eq!(count(&store, "ana", "a", after(WINDOW)).await, (1, 1), "the window began with the first");
}

pub async fn that_succeed_are_taken_back(store: Store) {
    for _ in 0..3 {
        count(&store, "ana", "a", now()).await;
    }
    change(&store, async |tx| attempts::forgive(tx, &[&keys("ana", "a")]).await).await.expect("forgives");
    assert_eq!(count(&store, "ana", "a", now()).await, (1, 3), "the two that failed count for the source");
    change(&store, async |tx| attempts::forgive(tx, &[&keys("nobody", "z")]).await).await.expect("has nothing to do");
}

pub async fn at_the_same_moment_count_each_other(store: Store) {
    let one = |nth: usize| {
        let store = store.clone();
        tokio::spawn(async move { count(&store, ["ana", "bob"][nth % 2], "a", now()).await.1 })
    };
    let all: Vec<_> = (0..12).map(one).collect();
    let mut counts = Vec::new();
    for task in all {
        counts.push(task.await.expect("counts"));
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=12).collect::<Vec<i64>>());
    // Those that succeed meanwhile wait for no others forever.
    let both = |_| {
        let store = store.clone();
        tokio::spawn(async move {
            count(&store, "ana", "a", now()).await;
            change(&store, async |tx| attempts::forgive(tx, &[&keys("ana", "a")]).await).await.expect("forgives");
        })
    };
    let all: Vec<_> = (0..12).map(both).collect();
    for task in all {
        task.await.expect("does both");
    }
    assert_eq!(count(&store, "bob", "a", now()).await.1, 13, "those of before");
}

/// A password and a code are forgiven in one change, and both count for the source.
pub async fn that_succeed_together_meet_others_in_one_order(store: Store) {
    let keys = |pair: &str| Keys { pair: pair.to_owned(), shared: vec!["m source".to_owned()] };
    // The order of the keys is: code, source, password.
    let (code, password, other) = (keys("a code"), keys("z password"), keys("n password of another"));
    let mut held = store.begin().await.expect("begins");
    attempts::count(&mut held, &other, now(), WINDOW).await.expect("counts");
    let (one, two) = (store.clone(), store.clone());
    let (of_code, so_far) = (code.clone(), std::time::Duration::from_millis(300));
    let forgiven =
        tokio::spawn(async move { change(&one, async |tx| attempts::forgive(tx, &[&password, &code]).await).await });
    tokio::time::sleep(so_far).await;
    let counted =
        tokio::spawn(async move { change(&two, async |tx| attempts::count(tx, &of_code, now(), WINDOW).await).await });
    tokio::time::sleep(so_far).await;
    held.commit().await.expect("commits");
    forgiven.await.expect("ends").expect("is forgiven");
    assert_eq!(counted.await.expect("ends").expect("is counted").pair, 1);
    assert_eq!(count(&store, "ana", "m source", now()).await.1, 2, "the code and this one");
}

pub async fn are_removed_when_they_are_old(store: Store) {
    count(&store, "ana", "a", now()).await;
    count(&store, "ana", "b", after(10)).await;
    let sweep = async |at| change(&store, async |tx| attempts::sweep(tx, at, WINDOW).await).await.expect("sweeps");
    assert_eq!((sweep(after(WINDOW - 1)).await, rows(&store).await), (0, 4));
    assert_eq!((sweep(after(WINDOW)).await, rows(&store).await), (2, 2));
    assert_eq!((sweep(after(WINDOW + 10)).await, rows(&store).await), (2, 0));
}

pub async fn of_strangers_take_turns(store: Store) {
    let take = async |store: &Store, at| {
        change(store, async |tx| attempts::take_turn(tx, "turns of ana", at, 30).await).await.expect("asks")
    };
    assert!(take(&store, now()).await);
    assert!(!take(&store, after(29)).await);
    assert!(take(&store, after(30)).await, "who asked in vain moved nothing");
    let one = |_| {
        let store = store.clone();
        tokio::spawn(async move { take(&store, after(60)).await })
    };
    let all: Vec<_> = (0..8).map(one).collect();
    let mut taken = 0;
    for task in all {
        taken += usize::from(task.await.expect("asks"));
    }
    assert_eq!(taken, 1, "of those who ask at once, one has the turn");
}

pub async fn from_known_sources_are_told_from_others(store: Store) {
    for name in ["ana", "bob"] {
        person(&store, name, Role::Viewer).await;
    }
    let remember = async |account: &str, sources: &[&str], at| {
        change(&store, async |tx| known_sources::remember(tx, account, sources, at).await).await.expect("puts down");
    };
    let known = async |email: &str, source: &str, at| {
        read(&store, async |c| known_sources::is_known(c, email, [source, source], at).await).await
    };
    remember("ana", &["net", "browser"], now()).await;
    assert!(known("ana@example.com", "net", after(1)).await && known("ANA@example.com", "browser", after(1)).await);
    assert!(!known("ana@example.com", "elsewhere", after(1)).await);
    assert!(!known("bob@example.com", "net", after(1)).await, "it is known to one account");
    assert!(!known("nobody@example.com", "net", after(1)).await);
    // Each use keeps it; after half a year without, it is forgotten.
    remember("ana", &["net"], after(1000)).await;
    let end = known_sources::KNOWN_FOR;
    assert!(
        !known("ana@example.com", "browser", after(end)).await && known("ana@example.com", "net", after(end)).await
    );
    let swept = change(&store, async |tx| attempts::sweep(tx, after(end), WINDOW).await).await.expect("sweeps");
    assert_eq!(swept, 1);
    // The latest fifty are kept.
    for nth in 0..60 {
        remember("bob", &[&format!("net {nth}")], after(nth)).await;
    }
    assert!(
        known("bob@example.com", "net 10", after(100)).await && !known("bob@example.com", "net 9", after(100)).await
    );
    change(&store, async |tx| known_sources::forget(tx, "bob").await).await.expect("forgets");
    assert!(!known("bob@example.com", "net 59", after(100)).await && known("ana@example.com", "net", after(100)).await);
}
