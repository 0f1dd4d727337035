//! Browsers that are signed in.

use crate::support::{act, after, change, dana, is_missing, now, person, read};
use hindcast_retro::record::people::Role;
use hindcast_store::{Act, Store, Viewer, access, accounts, logins};
use jiff::Timestamp;

async fn sign_in(store: &Store, by: &Viewer, id: &str, at: Timestamp) {
    let hash = format!("hash of {id}");
    let device = format!("browser of {id}");
    let proof = logins::Proof::Link;
    let new = logins::New { id, token_hash: &hash, device: &device, valid_seconds: 3600, proof };
    change(store, async |tx| logins::create(tx, Act { by, at }, &new).await).await.expect("signs in");
}

/// Whose browser it is, and whether its use is worth putting down.
async fn found(store: &Store, id: &str, at: Timestamp) -> Option<(String, String, bool)> {
    let found = read(store, async |c| logins::find(c, &format!("hash of {id}"), at).await).await;
    found.map(|f| (f.account.id, f.id, f.stale))
}

pub async fn are_found_until_they_expire(store: Store) {
    let dana = dana(&store).await;
    sign_in(&store, &dana, "l1", now()).await;
    let seen = |stale| Some(("dana".to_owned(), "l1".to_owned(), stale));
    assert_eq!(found(&store, "l1", after(60)).await, seen(false));
    assert_eq!(found(&store, "l1", after(61)).await, seen(true));
    change(&store, async |tx| logins::seen(tx, "l1", after(61)).await).await.expect("puts down");
    assert_eq!(found(&store, "l1", after(100)).await, seen(false));
    assert_eq!(found(&store, "l1", after(3599)).await, seen(true));
    assert_eq!(found(&store, "l1", after(3600)).await, None);
    assert_eq!(found(&store, "l2", now()).await, None);
    // What is over is swept away from time to time.
    sign_in(&store, &dana, "l2", after(3600)).await;
    let swept = change(&store, async |tx| logins::sweep(tx, after(3600)).await).await;
    assert_eq!(swept.expect("sweeps"), 1);
    assert_eq!(read(&store, async |c| logins::of(c, "dana", now()).await).await.len(), 1);
}

pub async fn are_listed_with_their_device(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    sign_in(&store, &dana, "l1", now()).await;
    sign_in(&store, &dana, "l2", after(10)).await;
    sign_in(&store, &ana, "l3", now()).await;
    change(&store, async |tx| logins::seen(tx, "l1", after(100)).await).await.expect("puts down");
    let all = read(&store, async |c| logins::of(c, "dana", after(100)).await).await;
    assert_eq!(all.iter().map(|l| l.id.as_str()).collect::<Vec<_>>(), ["l1", "l2"]);
    let first = &all[0];
    assert_eq!(first.device, "browser of l1");
    assert_eq!((first.created_at, first.seen_at, first.expires_at), (now(), after(100), after(3600)));
    let left = read(&store, async |c| logins::of(c, "dana", after(3605)).await).await;
    assert_eq!(left.iter().map(|l| l.id.as_str()).collect::<Vec<_>>(), ["l2"]);
}

pub async fn are_ended_by_their_own_person_only(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    sign_in(&store, &ana, "l1", now()).await;
    let others = change(&store, async |tx| logins::end(tx, act(&dana), "l1").await).await;
    assert!(is_missing(&others), "{others:?}");
    assert!(found(&store, "l1", now()).await.is_some());
    change(&store, async |tx| logins::end(tx, act(&ana), "l1").await).await.expect("ends");
    assert_eq!(found(&store, "l1", now()).await, None);
    let again = change(&store, async |tx| logins::end(tx, act(&ana), "l1").await).await;
    assert!(is_missing(&again), "{again:?}");
}

pub async fn end_with_the_account_and_the_password(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    sign_in(&store, &dana, "l0", now()).await;
    sign_in(&store, &ana, "l1", now()).await;
    change(&store, async |tx| accounts::set_password(tx, act(&ana), "ana", "y").await).await.expect("changes");
    assert_eq!(found(&store, "l1", now()).await, None);
    sign_in(&store, &ana, "l2", now()).await;
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", true).await).await.expect("disables");
    assert_eq!(found(&store, "l2", now()).await, None);
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", false).await).await.expect("enables");
    assert_eq!(found(&store, "l2", now()).await, None, "what was ended stays ended");
    assert!(found(&store, "l0", now()).await.is_some());
}

pub async fn are_good_within_the_lifetimes_of_the_server(store: Store) {
    let dana = dana(&store).await;
    sign_in(&store, &dana, "l1", now()).await;
    let good = async |at: i64, lifetime, idle| {
        let good = logins::Good::within(after(at), lifetime, idle);
        let found = read(&store, async |c| logins::find(c, "hash of l1", good).await).await.is_some();
        let listed = read(&store, async |c| logins::of(c, "dana", good).await).await.len();
        let paged = read(&store, async |c| logins::page(c, "dana", good, None, 9).await).await.len();
        let all = read(&store, async |c| access::all::sessions(c, None, good, None, 9).await).await.len();
        assert!([listed, paged, all].iter().all(|n| *n == usize::from(found)), "{listed} {paged} {all} {found}");
        found
    };
    assert!(good(99, 3600, 100).await && !good(100, 3600, 100).await, "not used for so long");
    assert!(good(1999, 2000, 3600).await && !good(2000, 2000, 3600).await, "a shorter lifetime holds for it");
    assert!(!good(3600, 9999, 9999).await, "a longer one does not");
    change(&store, async |tx| logins::seen(tx, "l1", after(90)).await).await.expect("puts down");
    assert!(good(189, 3600, 100).await && !good(190, 3600, 100).await);
}
