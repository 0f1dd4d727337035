//! People's accounts.

use crate::support::{act, browser, change, dana, is_conflict, is_missing, now, person, read, titled};
use hindcast_retro::record::people::{Duty, Role};
use hindcast_retro::record::reminder::Kind;
use hindcast_store::{
    Store, StoreError, Viewer, accounts, chain, incidents, logins, look_alike, notices, succession, tokens,
};

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
        change(&store, async |tx| accounts::set_password(tx, act(&dana), "nobody", "y").await.map(drop)).await,
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

/// Whoever a restricted incident needs goes once a successor is named, who is not the one who asks.
pub async fn whom_a_restricted_incident_needs_has_a_successor(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    person(&store, "ana", Role::Responder).await;
    person(&store, "vera", Role::Viewer).await;
    let new = incidents::New { restricted: true, ..titled("secret") };
    let number = change(&store, async |tx| incidents::create(tx, act(&mia), &new).await).await.expect("opens");
    change(&store, async |tx| incidents::set_person(tx, act(&mia), number, "vera", Duty::Informed).await)
        .await
        .expect("names");
    let off = async || change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "mia", true).await).await;
    let refused = off().await;
    assert!(is_conflict(&refused), "{refused:?}");
    assert!(!format!("{refused:?}").contains("secret"));
    let demoted = change(&store, async |tx| accounts::set_role(tx, act(&dana), "mia", Role::Viewer).await).await;
    assert!(is_conflict(&demoted), "{demoted:?}");
    change(&store, async |tx| accounts::set_role(tx, act(&dana), "mia", Role::Approver).await).await.expect("promotes");
    let to = async |successor: &str| {
        change(&store, async |tx| {
            succession::hand_over(tx, act(&dana), "mia", successor, "mia leaves the company").await
        })
        .await
    };
    for nobody in ["dana", "vera", "mia"] {
        assert!(is_conflict(&to(nobody).await), "{nobody}");
    }
    assert!(is_missing(&to("none").await));
    let silent = change(&store, async |tx| succession::hand_over(tx, act(&dana), "mia", "ana", " ").await).await;
    assert!(matches!(silent, Err(StoreError::Invalid(_))), "{silent:?}");
    assert_eq!(to("ana").await.expect("hands over"), 1);
    off().await.expect("nothing needs mia any more");
    let ana = Viewer { account: "ana".to_owned(), ..dana.clone() };
    let named = read(&store, async |c| incidents::people(c, &ana, number).await).await;
    let named: Vec<_> = named.iter().map(|p| (p.account.as_str(), p.duty)).collect();
    assert_eq!(named, [("ana", Duty::Lead), ("mia", Duty::Informed), ("vera", Duty::Informed)]);
    let events = read(&store, async |c| chain::of_incident(c, &ana, number, 9).await).await;
    let event = events.iter().find(|e| e.kind == "incident.handed_over" && e.subject == "ana").expect("an event");
    assert_eq!(event.data["reason"], "mia leaves the company");
    assert_eq!(event.data["told"], serde_json::json!(["ana", "mia", "vera"]));
    // As of emergency access: who did it, and why. Dana is not named.
    for (account, many) in [("ana", 1), ("vera", 1), ("mia", 1), ("dana", 0)] {
        let viewer = Viewer { account: account.to_owned(), ..dana.clone() };
        let told = read(&store, async |c| notices::of(c, &viewer, notices::Filter::default(), 9).await).await;
        assert_eq!(told.len(), many, "{account}");
        for notice in told {
            assert_eq!((notice.kind, notice.incident), (Kind::HandedOver, Some(number)));
            assert_eq!(
                [notice.by.as_deref(), notice.reason.as_deref()],
                [Some("dana"), Some("mia leaves the company")]
            );
        }
    }
    assert_eq!(to("ana").await.expect("nothing is left"), 0);
    // Who is named already and can edit it comes before whomever an administrator names.
    person(&store, "eve", Role::Responder).await;
    change(&store, async |tx| incidents::set_person(tx, act(&ana), number, "mia", Duty::Reviewer).await)
        .await
        .expect("names");
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "mia", false).await).await.expect("is back");
    let handed =
        change(&store, async |tx| succession::hand_over(tx, act(&dana), "ana", "eve", "ana is ill").await).await;
    assert_eq!(handed.expect("hands over"), 1);
    let named = read(&store, async |c| incidents::people(c, &ana, number).await).await;
    assert!(named.iter().any(|p| (p.account.as_str(), p.duty) == ("mia", Duty::Lead)), "{named:?}");
    assert!(named.iter().all(|p| p.account != "eve"), "{named:?}");
}

pub async fn have_names_that_do_not_look_alike(store: Store) {
    let dana = dana(&store).await;
    let make = async |id: &str, name: &str| {
        let email = format!("{id}@example.com");
        let new = accounts::New { id, email: &email, name, role: Role::Viewer, password_hash: "x" };
        change(&store, async |tx| accounts::create(tx, act(&dana), &new).await).await
    };
    make("a", "Ada Lovelace").await.expect("creates");
    for name in ["Ada Lovelace", "ada lovelace", "Аda Lovelace", "Hindcast"] {
        let taken = make("b", name).await;
        assert!(matches!(&taken, Err(StoreError::Conflict(why)) if why == look_alike::TAKEN), "{name}: {taken:?}");
    }
    let distinct =
        async |name: &str| change(&store, async |tx| look_alike::distinct(tx, name).await).await.expect("asks");
    assert_eq!(distinct("ada lovelace").await, "ada lovelace (2)");
    make("b", "Ada Lovelace (2)").await.expect("creates");
    assert_eq!(distinct("Ada Lovelace").await, "Ada Lovelace (3)");
    assert_eq!(distinct("Eve").await, "Eve");
    // Of two who take a name at once, one has it.
    let (one, two) = tokio::join!(make("c", "Eve"), make("d", "Eve"));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

pub async fn lose_sessions_and_tokens_with_the_password(store: Store) {
    let ana = person(&store, "ana", Role::Responder).await;
    for id in ["t1", "t2"] {
        let hash = format!("hash of {id}");
        change(&store, async |tx| tokens::create(tx, act(&ana), id, "for CI", &hash, &[], None).await)
            .await
            .expect("makes");
    }
    change(&store, async |tx| tokens::revoke(tx, act(&ana), "t2").await).await.expect("revokes");
    change(&store, async |tx| logins::create(tx, act(&ana), &browser("l1", "hash")).await).await.expect("signs in");
    let ended =
        change(&store, async |tx| accounts::set_password(tx, act(&ana), "ana", "y").await).await.expect("changes");
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
    assert!(read(&store, async |c| tokens::find(c, "hash of t1", now()).await).await.is_none());
    let again =
        change(&store, async |tx| accounts::set_password(tx, act(&ana), "ana", "z").await).await.expect("changes");
    assert_eq!((again.sessions, again.tokens), (0, 0));
    let audit = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}
