//! Tokens of programs.

use crate::support::{act, after, change, dana, is_missing, now, person, read};
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::{Store, Viewer, accounts, tokens};
use jiff::Timestamp;

async fn token(store: &Store, by: &Viewer, id: &str, scopes: &[Permission], until: Option<Timestamp>) {
    let hash = format!("hash of {id}");
    change(store, async |tx| tokens::create(tx, act(by), id, "for CI", &hash, scopes, until).await)
        .await
        .expect("makes");
}

async fn viewer(store: &Store, id: &str, at: Timestamp) -> Option<Viewer> {
    read(store, async |c| tokens::find(c, &format!("hash of {id}"), at).await).await.map(|f| f.viewer)
}

pub async fn act_within_their_scopes(store: Store) {
    let ana = person(&store, "ana", Role::Responder).await;
    token(&store, &ana, "t1", &[Permission::Read, Permission::Approve], None).await;
    token(&store, &ana, "t2", &[], None).await;
    let limited = viewer(&store, "t1", now()).await.expect("is good");
    assert_eq!((limited.account.as_str(), limited.role), ("ana", Role::Responder));
    let may = |v: &Viewer| Permission::ALL.map(|p| v.may(p));
    assert_eq!(may(&limited), [true, false, false, false], "neither more than the scopes nor more than the role");
    assert_eq!(may(&viewer(&store, "t2", now()).await.expect("is good")), [false; 4]);
    assert_eq!(may(&ana), [true, true, false, false]);
    assert_eq!(viewer(&store, "t3", now()).await, None);
    let all = read(&store, async |c| tokens::of(c, "ana").await).await;
    assert_eq!(all.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
    let first = &all[0];
    assert_eq!((first.name.as_str(), &first.scopes[..]), ("for CI", &[Permission::Read, Permission::Approve][..]));
    assert_eq!((first.created_at, first.expires_at, first.revoked_at), (now(), None, None));
}

pub async fn are_over_when_expired_or_revoked_or_the_account_disabled(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    token(&store, &ana, "t1", &[Permission::Read], Some(after(60))).await;
    assert!(viewer(&store, "t1", after(59)).await.is_some());
    assert_eq!(viewer(&store, "t1", after(60)).await, None);
    token(&store, &ana, "t2", &[Permission::Read], None).await;
    change(&store, async |tx| tokens::revoke(tx, act(&ana), "t2").await).await.expect("revokes");
    assert_eq!(viewer(&store, "t2", now()).await, None);
    let revoked = read(&store, async |c| tokens::of(c, "ana").await).await;
    assert_eq!(revoked.iter().find(|t| t.id == "t2").and_then(|t| t.revoked_at), Some(now()));
    token(&store, &ana, "t3", &[Permission::Read], None).await;
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", true).await).await.expect("disables");
    assert_eq!(viewer(&store, "t3", now()).await, None);
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", false).await).await.expect("enables");
    assert_eq!(viewer(&store, "t3", now()).await, None, "what was ended stays ended");
}

pub async fn are_revoked_by_their_own_person_only(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Responder).await;
    token(&store, &ana, "t1", &[Permission::Read], None).await;
    let others = change(&store, async |tx| tokens::revoke(tx, act(&dana), "t1").await).await;
    assert!(is_missing(&others), "{others:?}");
    assert!(viewer(&store, "t1", now()).await.is_some());
    change(&store, async |tx| tokens::revoke(tx, act(&ana), "t1").await).await.expect("revokes");
    let again = change(&store, async |tx| tokens::revoke(tx, act(&ana), "t1").await).await;
    assert!(is_missing(&again), "{again:?}");
}
