//! Whom the same failure reached.

use crate::support::{act, change, dana, read, tamper, titled};
use hindcast_retro::record::affected::{Reached, Remedy};
use hindcast_store::affected::{self, Done};
use hindcast_store::{Store, StoreError, Viewer, chain, incidents, settings};
use sqlx::Row;

/// Somebody in a list.
pub fn reached(session: &str, quote: &str) -> Reached {
    Reached { session: session.to_owned(), quote: quote.to_owned(), ..Reached::default() }
}

async fn opened(store: &Store) -> (Viewer, i64) {
    let dana = dana(store).await;
    let number = change(store, async |tx| incidents::create(tx, act(&dana), &titled("one")).await).await;
    (dana, number.expect("opens"))
}

pub async fn a_list_taken_in_again_keeps_what_was_done(store: Store) {
    let (dana, n) = opened(&store).await;
    let import = async |list: &[Reached]| {
        change(&store, async |tx| affected::import(tx, act(&dana), n, list, "l.csv").await).await.expect("imports")
    };
    assert_eq!(import(&[reached("s1", "a"), reached("s2", "b"), reached("s1", "a")]).await, (2, 1));
    let done = Done { remedy: Remedy::Told, owner: "Mia", note: "by phone" };
    change(&store, async |tx| affected::set(tx, act(&dana), n, 1, 1, &done).await).await.expect("sets");
    assert_eq!(import(&[reached("s3", ""), reached("s1", "longer")]).await, (1, 1));
    let all = read(&store, async |c| affected::of(c, &dana, n, None, 0, 9).await).await;
    let first = &all[0];
    assert_eq!((first.reached.quote.as_str(), first.remedy, first.note.as_str()), ("longer", Remedy::Told, "by phone"));
    assert_eq!(all.iter().map(|f| f.nth).collect::<Vec<_>>(), [1, 2, 3]);
    let told = read(&store, async |c| affected::of(c, &dana, n, Some(Remedy::ToTell), 2, 9).await).await;
    assert_eq!(told.iter().map(|f| f.reached.session.as_str()).collect::<Vec<_>>(), ["s3"]);
    let counts = async || {
        let counts = read(&store, async |c| affected::counts(c, &dana, n).await).await;
        counts.iter().map(|(_, n)| *n).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [2, 1, 0, 0]);
    let again = Done { remedy: Remedy::Told, owner: "Ned", note: "" };
    change(&store, async |tx| affected::set(tx, act(&dana), n, 1, 2, &again).await).await.expect("sets");
    assert_eq!(counts().await, [2, 1, 0, 0], "the same remedy");
    let one = async |nth| affected::one(&mut store.reader().await.expect("reads"), &dana, n, nth).await;
    assert_eq!(one(1).await.expect("is there").owner, "Ned");
    assert!(matches!(one(4).await, Err(StoreError::NotFound(_))));
}

/// A change of one entry vouches for the entries around it alone: the whole list would be read while others wait.
pub async fn of_a_long_list_are_vouched_for_block_by_block(store: Store) {
    let (dana, n) = opened(&store).await;
    let import = async |list: &[Reached]| {
        change(&store, async |tx| affected::import(tx, act(&dana), n, list, "l.csv").await).await
    };
    let list: Vec<Reached> = (0..1200).map(|i| reached(&format!("s{i}"), "said")).collect();
    assert_eq!(import(&list).await.expect("imports"), (1200, 0));
    let last_parts = async || {
        let sql = "SELECT state FROM audit ORDER BY seq DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_one(&mut *store.reader().await.expect("reads")).await.expect("a row");
        let state: serde_json::Value = serde_json::from_str(row.get::<&str, _>("state")).expect("JSON");
        state.as_object().expect("parts").keys().cloned().collect::<Vec<_>>()
    };
    let block = |i| format!("INC-{n}/{i}/affected_block");
    assert_eq!(last_parts().await, [block(0), block(1), block(2)]);
    let done = Done { remedy: Remedy::Told, owner: "Mia", note: "" };
    for (nth, of) in [(1, 0), (500, 0), (501, 1), (1200, 2)] {
        change(&store, async |tx| affected::set(tx, act(&dana), n, nth, 1, &done).await).await.expect("sets");
        assert_eq!(last_parts().await, [block(of)], "{nth}");
    }
    let faults = async || chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks").faults;
    assert_eq!(faults().await, [""; 0]);
    tamper(&store, "UPDATE affected SET note = 'x' WHERE nth = 900").await;
    assert!(faults().await[0].contains("affected customers changed without an event"), "{:?}", faults().await);
    tamper(&store, "UPDATE affected SET note = '' WHERE nth = 900").await;
    tamper(&store, "DELETE FROM affected WHERE nth > 1000").await;
    assert!(faults().await[0].contains("affected customers removed without an event"), "{:?}", faults().await);
}

pub async fn of_one_incident_are_no_more_than_a_list_may_have(store: Store) {
    let (dana, n) = opened(&store).await;
    let import = async |from: usize, many: usize| {
        let list: Vec<Reached> = (from..from + many).map(|i| reached(&format!("s{i}"), "")).collect();
        change(&store, async |tx| affected::import(tx, act(&dana), n, &list, "l.csv").await).await
    };
    assert_eq!(import(0, 50_000).await.expect("imports"), (50_000, 0));
    let more = import(49_000, 1001).await;
    assert!(matches!(&more, Err(StoreError::Conflict(why)) if why.contains("50001")), "{more:?}");
    assert_eq!(import(49_000, 1000).await.expect("all of them are known"), (0, 1000));
}

pub async fn are_changed_only_as_they_were_seen(store: Store) {
    let (dana, n) = opened(&store).await;
    let list = [reached("s1", "")];
    change(&store, async |tx| affected::import(tx, act(&dana), n, &list, "").await).await.expect("imports");
    let done = Done { remedy: Remedy::MadeWhole, owner: "", note: "" };
    let set = async |nth, version| {
        change(&store, async |tx| affected::set(tx, act(&dana), n, nth, version, &done).await).await
    };
    assert!(matches!(set(1, 7).await, Err(StoreError::Stale(_))));
    assert!(matches!(set(2, 1).await, Err(StoreError::NotFound(_))));
    assert!(set(1, 1).await.is_ok());
}

pub async fn settings_are_made_once(store: Store) {
    let get = async |new: &str| change(&store, async |tx| settings::get_or(tx, "key", new).await).await.expect("gets");
    assert_eq!((get("a").await, get("b").await), ("a".to_owned(), "a".to_owned()));
    let find = async |name: &str| settings::find(&mut store.reader().await.expect("reads"), name).await.expect("looks");
    assert_eq!((find("key").await.as_deref(), find("other").await), (Some("a"), None));
    for value in ["b", "c"] {
        change(&store, async |tx| settings::set(tx, "key", value).await).await.expect("sets");
        assert_eq!(find("key").await.as_deref(), Some(value));
    }
}
