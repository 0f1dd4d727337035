//! People's accounts.

use crate::support::{act, change, dana, is_conflict, is_missing, now, person, read};
use hindcast_retro::record::people::Role;
use hindcast_store::{Store, accounts};

pub async fn are_found_again(store: Store) {
    assert!(read(&store, async |c| accounts::none_yet(c).await).await);
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    assert!(!read(&store, async |c| accounts::none_yet(c).await).await);
    let found = read(&store, async |c| accounts::by_email(c, "DANA@example.com").await).await.expect("is there");
    assert_eq!(found.viewer(), dana);
    assert_eq!((found.created_at, found.disabled_at, found.version), (now(), None, 1));
    assert_eq!(read(&store, async |c| accounts::find(c, "ana").await).await.viewer(), ana);
    let all = read(&store, async |c| accounts::all(c).await).await;
    assert_eq!(all.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["ana", "dana"]);
    assert!(read(&store, async |c| accounts::by_email(c, "nobody@example.com").await).await.is_none());
    let nobody = accounts::find(&mut store.reader().await.expect("reads"), "nobody").await;
    assert!(is_missing(&nobody), "{nobody:?}");
}

pub async fn an_address_is_taken_once(store: Store) {
    let dana = dana(&store).await;
    let new =
        |id| accounts::New { id, email: "Dana@Example.COM", name: "other", role: Role::Viewer, password_hash: "x" };
    let taken = change(&store, async |tx| accounts::create(tx, act(&dana), &new("other")).await).await;
    assert!(is_conflict(&taken), "{taken:?}");
    assert_eq!(read(&store, async |c| accounts::all(c).await).await.len(), 1);
}

pub async fn change_their_role_password_and_standing(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Viewer).await;
    change(&store, async |tx| {
        accounts::set_role(tx, act(&dana), "ana", Role::Approver).await?;
        accounts::set_password(tx, act(&dana), "ana", "y").await?;
        accounts::set_disabled(tx, act(&dana), "ana", true).await
    })
    .await
    .expect("changes");
    let ana = read(&store, async |c| accounts::find(c, "ana").await).await;
    let seen = (ana.role, ana.password_hash.as_str(), ana.disabled_at, ana.version);
    assert_eq!(seen, (Role::Approver, "y", Some(now()), 4));
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ana", false).await).await.expect("enables");
    assert_eq!(read(&store, async |c| accounts::find(c, "ana").await).await.disabled_at, None);
    for missing in [
        change(&store, async |tx| accounts::set_role(tx, act(&dana), "nobody", Role::Viewer).await).await,
        change(&store, async |tx| accounts::set_password(tx, act(&dana), "nobody", "y").await).await,
        change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "nobody", true).await).await,
    ] {
        assert!(is_missing(&missing), "{missing:?}");
    }
}

pub async fn somebody_is_left_who_administers(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Approver).await;
    let role = change(&store, async |tx| accounts::set_role(tx, act(&dana), "dana", Role::Viewer).await).await;
    assert!(is_conflict(&role), "{role:?}");
    let disabled = change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "dana", true).await).await;
    assert!(is_conflict(&disabled), "{disabled:?}");
    let kept = read(&store, async |c| accounts::find(c, "dana").await).await;
    assert_eq!((kept.role, kept.disabled_at), (Role::Administrator, None));
}

/// Each sees the other still in office, where the two are not put in order.
pub async fn two_who_step_back_at_once_do_not_both(store: Store) {
    for round in 0..5 {
        let names = [format!("a{round}"), format!("b{round}")];
        let mut viewers = Vec::new();
        for name in &names {
            viewers.push(person(&store, name, Role::Administrator).await);
        }
        // Those of the round before step back while there are others.
        for old in read(&store, async |c| accounts::all(c).await).await {
            if !names.contains(&old.id) && old.role == Role::Administrator {
                let back = async |tx: &mut hindcast_store::Tx| {
                    accounts::set_role(tx, act(&viewers[0]), &old.id, Role::Viewer).await
                };
                change(&store, back).await.expect("steps back");
            }
        }
        let step = async |i: usize| {
            change(&store, async |tx| accounts::set_role(tx, act(&viewers[i]), &names[i], Role::Viewer).await).await
        };
        let (a, b) = tokio::join!(step(0), step(1));
        assert_eq!([&a, &b].iter().filter(|r| r.is_ok()).count(), 1, "{a:?} {b:?}");
        assert!(is_conflict(&a) || is_conflict(&b), "{a:?} {b:?}");
    }
}
