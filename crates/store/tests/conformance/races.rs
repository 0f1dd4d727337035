//! What lets somebody in, made while the account is deactivated or its password changed: it is not made, or it ends as well.

use crate::support::{act, browser, change, dana, is_conflict, now, person, read};
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::logins::{self, Proof};
use hindcast_store::{Store, StoreError, Tx, Viewer, accounts, invitations, pending_sign_ins, second_factors, tokens};
use std::time::Duration;

/// Long enough for another change to get where it has to wait.
const MEANWHILE: Duration = Duration::from_millis(150);

async fn disable(tx: &mut Tx, by: &Viewer, id: &str, disabled: bool) -> Result<(), StoreError> {
    accounts::set_disabled(tx, act(by), id, disabled).await
}

/// Makes everything that lets somebody in, each in a change of its own.
async fn let_in(store: &Store, ana: &Viewer) {
    // Whether it is refused or ended later, it must let nobody in.
    change(store, async |tx| logins::create(tx, act(ana), &browser("l", "login hash")).await).await.ok();
    change(store, async |tx| tokens::create(tx, act(ana), "t", "ci", "token hash", &[Permission::Read], None).await)
        .await
        .ok();
    change(store, async |tx| invitations::create(tx, act(ana), "invitation hash", Role::Administrator, 3600).await)
        .await
        .ok();
}

/// What lets somebody in now.
async fn good(store: &Store) -> Vec<&'static str> {
    let mut good = Vec::new();
    if read(store, async |c| logins::find(c, "login hash", now()).await).await.is_some() {
        good.push("a session");
    }
    if read(store, async |c| tokens::find(c, "token hash", now()).await).await.is_some() {
        good.push("a token");
    }
    if invitations::find(&mut store.reader().await.expect("reads"), "invitation hash", now()).await.is_ok() {
        good.push("an invitation");
    }
    good
}

pub async fn nothing_made_after_a_deactivation_lets_in_after_a_reactivation(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Administrator).await);
    change(&store, async |tx| disable(tx, &dana, "ana", true).await).await.expect("deactivates");
    let_in(&store, &ana).await;
    change(&store, async |tx| disable(tx, &dana, "ana", false).await).await.expect("reactivates");
    assert_eq!(good(&store).await, Vec::<&str>::new());
    let_in(&store, &ana).await;
    assert_eq!(good(&store).await.len(), 3, "once it is active again, it can be let in");
}

pub async fn nothing_made_during_a_deactivation_lets_in_after_a_reactivation(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Administrator).await);
    let mut tx = store.begin().await.expect("begins");
    disable(&mut tx, &dana, "ana", true).await.expect("deactivates");
    let (other, same) = (store.clone(), ana.clone());
    let signing_in = tokio::spawn(async move { let_in(&other, &same).await });
    tokio::time::sleep(MEANWHILE).await;
    tx.commit().await.expect("commits");
    signing_in.await.expect("ends");
    change(&store, async |tx| disable(tx, &dana, "ana", false).await).await.expect("reactivates");
    assert_eq!(good(&store).await, Vec::<&str>::new());
}

pub async fn what_was_left_of_an_earlier_time_ends_with_a_reactivation(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Administrator).await;
    change(&store, async |tx| disable(tx, &dana, "ana", true).await).await.expect("deactivates");
    crate::support::tamper(
        &store,
        "INSERT INTO login (id, token_hash, account, device, created_at, seen_at, expires_at) \
         VALUES ('l', 'login hash', 'ana', 'x', '2026-11-25T10:00:00.000Z', '2026-11-25T10:00:00.000Z', '2026-12-25T10:00:00.000Z')",
    )
    .await;
    change(&store, async |tx| disable(tx, &dana, "ana", false).await).await.expect("reactivates");
    assert_eq!(good(&store).await, Vec::<&str>::new());
}

pub async fn a_sign_in_with_a_password_that_is_being_changed_is_refused(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    let account = read(&store, async |c| accounts::find(c, "ana").await).await;
    let mut tx = store.begin().await.expect("begins");
    accounts::set_password(&mut tx, act(&ana), "ana", "another").await.expect("changes it");
    let (other, same) = (store.clone(), ana.clone());
    let signing_in = tokio::spawn(async move {
        let login = browser("l", "login hash");
        let signed_in = change(&other, async |tx| logins::create(tx, act(&same), &login).await).await;
        let begun = change(&other, async |tx| pending_sign_ins::create(tx, &account, "p", now(), 300).await).await;
        (is_conflict(&signed_in), is_conflict(&begun))
    });
    tokio::time::sleep(MEANWHILE).await;
    tx.commit().await.expect("commits");
    assert_eq!(signing_in.await.expect("ends"), (true, true));
    assert_eq!(good(&store).await, Vec::<&str>::new());
}

pub async fn a_password_alone_signs_nobody_in_whose_second_factor_is_on(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    change(&store, async |tx| {
        second_factors::begin(tx, act(&ana), "secret").await?;
        second_factors::turn_on(tx, act(&ana), "secret", 1, &[]).await
    })
    .await
    .expect("turns it on");
    let login = browser("l", "login hash");
    let refused = change(&store, async |tx| logins::create(tx, act(&ana), &login).await).await;
    assert!(is_conflict(&refused), "{refused:?}");
    for (id, proof) in [("code", Proof::Code), ("provider", Proof::Provider), ("link", Proof::Link)] {
        let new = logins::New { proof, ..browser(id, id) };
        change(&store, async |tx| logins::create(tx, act(&ana), &new).await).await.expect("signs in");
    }
}
