//! One-time links.

use crate::support::{act, after, change, dana, is_missing, now, read};
use hindcast_retro::record::people::Role;
use hindcast_store::{Store, invitations};

pub async fn give_a_role_once_until_they_expire(store: Store) {
    let dana = dana(&store).await;
    for (hash, role) in [("h1", Role::Approver), ("h2", Role::Viewer)] {
        change(&store, async |tx| invitations::create(tx, act(&dana), hash, role, 60).await).await.expect("invites");
    }
    let role = async |hash: &str, at| invitations::role(&mut store.reader().await.expect("reads"), hash, at).await;
    assert_eq!(role("h1", after(59)).await.expect("is good"), Role::Approver);
    assert!(is_missing(&role("h1", after(60)).await));
    assert!(is_missing(&role("h3", now()).await));
    let used = async |hash: &str, at| change(&store, async |tx| invitations::use_up(tx, hash, at).await).await;
    assert!(is_missing(&used("h2", after(60)).await), "expired");
    assert_eq!(used("h1", now()).await.expect("is good"), Role::Approver);
    assert!(is_missing(&used("h1", now()).await), "used");
    assert!(is_missing(&role("h1", now()).await), "used");
}

pub async fn two_who_use_one_at_once_do_not_both(store: Store) {
    let dana = dana(&store).await;
    for hash in ["h1", "h2", "h3", "h4", "h5"] {
        change(&store, async |tx| invitations::create(tx, act(&dana), hash, Role::Viewer, 60).await)
            .await
            .expect("invites");
        let used = async || change(&store, async |tx| invitations::use_up(tx, hash, now()).await).await;
        let (a, b) = tokio::join!(used(), used());
        assert_eq!([&a, &b].iter().filter(|r| r.is_ok()).count(), 1, "{a:?} {b:?}");
        assert!(is_missing(&a) || is_missing(&b), "{a:?} {b:?}");
    }
}

pub async fn are_withdrawn_while_unused(store: Store) {
    let dana = dana(&store).await;
    change(&store, async |tx| invitations::create(tx, act(&dana), "h1", Role::Viewer, 60).await)
        .await
        .expect("invites");
    change(&store, async |tx| invitations::withdraw_unused(tx).await).await.expect("withdraws");
    let role = invitations::role(&mut store.reader().await.expect("reads"), "h1", now()).await;
    assert!(is_missing(&role), "{role:?}");
    assert!(!read(&store, async |c| hindcast_store::accounts::none_yet(c).await).await);
}
