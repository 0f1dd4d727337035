//! The same failure again.

use crate::actions::item;
use crate::support::{act, change, dana, incident, is_conflict, is_missing, person, read, titled};
use hindcast_retro::record::action::ActionState;
use hindcast_retro::record::people::Role;
use hindcast_store::incidents::{self, New};
use hindcast_store::{Store, StoreError, Viewer, actions, chain, recurrences};

async fn tell(store: &Store, by: &Viewer, number: i64, earlier: i64) -> Result<u64, StoreError> {
    change(store, async |tx| recurrences::tell(tx, act(by), number, earlier, "the same words").await).await
}

/// Two incidents; the first one has an action that is closed, one that is dropped, and one that is open.
async fn two(store: &Store, by: &Viewer) -> (i64, i64) {
    let (one, two) = (incident(store, by, "one").await, incident(store, by, "two").await);
    let items = [item("a1", Some("2026-12-01")), item("a2", None), item("a3", None)];
    change(store, async |tx| actions::follow(tx, act(&Viewer::system()), one, &items).await).await.expect("follows");
    for (id, state) in [("a1", ActionState::Closed), ("a2", ActionState::Dropped)] {
        let action = read(store, async |c| actions::find(c, by, one, id).await).await;
        let done = async |tx: &mut hindcast_store::Tx| {
            actions::set_state(tx, act(by), &action, state, None, Some("a reason")).await
        };
        change(store, done).await.expect("closes");
    }
    (one, two)
}

pub async fn open_what_was_closed(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = two(&store, &dana).await;
    assert_eq!(tell(&store, &dana, two, one).await.expect("tells"), 1);
    let all = read(&store, async |c| actions::of(c, &dana, one).await).await;
    let seen: Vec<_> = all.iter().map(|a| (a.id.as_str(), a.state, a.returned, a.waiver.is_some())).collect();
    let expected = [
        ("a1", ActionState::Open, 1, false),
        ("a2", ActionState::Dropped, 0, true),
        ("a3", ActionState::Open, 0, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(all[0].closed, None);
    let of = async |number| read(&store, async |c| recurrences::of(c, &dana, number).await).await;
    let (from_two, from_one) = (of(two).await, of(one).await);
    assert_eq!((from_two[0].incident, from_two[0].earlier, from_two[0].reason.as_str()), (one, true, "the same words"));
    assert_eq!((from_one[0].incident, from_one[0].earlier), (two, false));
    let events = read(&store, async |c| chain::of_incident(c, &dana, two, 1).await).await;
    assert_eq!(events[0].kind, "incident.recurred");
    assert!(!events[0].data.to_string().contains("same words"), "events are told to those who may not know of both");
    for (a, b) in [(two, one), (one, two), (one, one)] {
        let again = tell(&store, &dana, a, b).await;
        assert!(is_conflict(&again), "{a} {b}: {again:?}");
    }
    change(&store, async |tx| recurrences::withdraw(tx, act(&dana), two, one).await).await.expect("takes it back");
    assert_eq!(of(two).await, []);
    let gone = change(&store, async |tx| recurrences::withdraw(tx, act(&dana), two, one).await).await;
    assert!(is_missing(&gone), "{gone:?}");
}

/// Neither end shows the other to somebody who may not know of it.
pub async fn are_told_to_those_who_may_know_both(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let (one, _) = two(&store, &dana).await;
    let new = New { restricted: true, ..titled("secret") };
    let secret = change(&store, async |tx| incidents::create(tx, act(&mia), &new).await).await.expect("opens");
    let unknown = tell(&store, &dana, secret, one).await;
    assert!(is_missing(&unknown), "{unknown:?}");
    let unknown = tell(&store, &dana, one, secret).await;
    assert!(is_missing(&unknown), "{unknown:?}");
    tell(&store, &mia, secret, one).await.expect("tells");
    let of = async |by: &Viewer, number| read(&store, async |c| recurrences::of(c, by, number).await).await.len();
    assert_eq!((of(&mia, one).await, of(&mia, secret).await), (1, 1));
    assert_eq!((of(&dana, one).await, of(&dana, secret).await), (0, 0));
}

pub async fn are_proposed_where_the_same_was_found(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = two(&store, &dana).await;
    let kinds =
        |pairs: &[(&str, &str)]| -> Vec<_> { pairs.iter().map(|(d, t)| ((*d).to_owned(), (*t).to_owned())).collect() };
    let set = async |number, pairs: &[(&str, &str)]| {
        change(&store, async |tx| recurrences::set_kinds(tx, number, &kinds(pairs)).await).await.expect("sets");
    };
    let likely = async || read(&store, async |c| recurrences::likely(c, &dana, two, 5).await).await;
    set(one, &[("wrong-count", ""), ("fabricated-identifier", "refund")]).await;
    set(two, &[("fabricated-identifier", "cancel")]).await;
    assert_eq!(likely().await, []);
    set(two, &[("fabricated-identifier", "refund"), ("wrong-count", "")]).await;
    assert_eq!(likely().await, [(one, "one".to_owned())]);
    tell(&store, &dana, two, one).await.expect("tells");
    assert_eq!(likely().await, []);
}

/// Each of a circle would be the return of the next, and every telling would open the actions of another one.
pub async fn go_back_in_time_only(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = two(&store, &dana).await;
    let three = incident(&store, &dana, "three").await;
    tell(&store, &dana, two, one).await.expect("tells");
    tell(&store, &dana, three, two).await.expect("tells");
    let circle = tell(&store, &dana, one, three).await;
    assert!(is_conflict(&circle), "{circle:?}");
    assert!(circle.expect_err("a circle").to_string().contains("INC-3 was opened later than INC-1"));
}

/// Many who tell at once open an action once.
pub async fn told_by_many_at_once_are_told_once(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = two(&store, &dana).await;
    let three = incident(&store, &dana, "three").await;
    let (a, b, c, d) = tokio::join!(
        tell(&store, &dana, two, one),
        tell(&store, &dana, two, one),
        tell(&store, &dana, one, two),
        tell(&store, &dana, three, one)
    );
    let opened = [&a, &b, &c, &d].iter().filter_map(|r| r.as_ref().ok()).collect::<Vec<_>>();
    assert_eq!((opened.len(), opened.into_iter().sum::<u64>()), (2, 1), "{a:?} {b:?} {c:?} {d:?}");
    assert!(is_conflict(&c) && d.is_ok());
    let all = read(&store, async |c| actions::of(c, &dana, one).await).await;
    assert_eq!(all.iter().map(|a| a.returned).collect::<Vec<_>>(), [1, 0, 0]);
}
