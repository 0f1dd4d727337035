//! The examples of `--demo`: a record as after some weeks.

use hindcast_retro::record::action::ActionState;
use hindcast_retro::record::incident::Status;
use hindcast_server::{Clock, Config, Server};
use hindcast_store::incidents::{self, Filter};
use hindcast_store::{Place, Store, Viewer, accounts, actions, affected, chain, notices, recurrences, retros};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn config(place: &Place) -> Config {
    Config { demo: true, ..Config::new(place.clone(), "127.0.0.1:0".parse().expect("an address")) }
}

fn clock() -> Clock {
    Clock::Fixed(Arc::new(Mutex::new("2026-11-25T10:00:00Z".parse().expect("a time"))))
}

async fn dana(store: &Store) -> Viewer {
    let dana = accounts::by_email(&mut store.reader().await.expect("reads"), "dana@example.com").await;
    dana.expect("reads").expect("is there").viewer()
}

/// What a record holds, in words: each incident with what was done to it, and what Dana was reminded of.
async fn held(store: &Store) -> Vec<String> {
    let dana = dana(store).await;
    let conn = &mut *store.reader().await.expect("reads");
    let mut held = Vec::new();
    for i in incidents::list(conn, &dana, &Filter::default(), 1000).await.expect("lists") {
        let retro = retros::find(conn, &dana, i.number).await.expect("reads").map(|r| (r.state.name(), r.revision));
        let states: Vec<_> = actions::of(conn, &dana, i.number).await.expect("lists").iter().map(|a| a.state).collect();
        let reached = affected::counts(conn, &dana, i.number).await.expect("counts");
        let happened: Vec<String> =
            chain::of_incident(conn, &dana, i.number, 1000).await.expect("lists").into_iter().map(|e| e.kind).collect();
        held.push(format!(
            "{} {} {} {retro:?} {states:?} {reached:?} {happened:?}",
            i.number,
            i.title,
            i.status.name()
        ));
    }
    let told = notices::of(conn, &dana, notices::Filter::default(), 1000).await.expect("lists");
    held.extend(told.into_iter().map(|n| format!("{} {} {:?}", n.at, n.subject, n.urgency)));
    held
}

async fn filled(place: &Place) -> Store {
    Server::bind(config(place), clock()).await.expect("starts");
    Store::open(place).await.expect("opens")
}

#[tokio::test]
async fn every_page_has_something_to_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&Place::Folder(folder.path().join("data"))).await;
    let dana = dana(&store).await;
    let conn = &mut *store.reader().await.expect("reads");
    let all = incidents::list(conn, &dana, &Filter::default(), 1000).await.expect("lists");
    for status in [Status::Open, Status::Contained, Status::Closed] {
        assert!(all.iter().any(|i| i.status == status), "{status:?}");
    }
    let mut board = Vec::new();
    for over in [false, true] {
        let part = actions::Part { over, owner: "", from: 0, most: 100 };
        board.extend(actions::part(conn, &dana, part).await.expect("lists"));
    }
    for state in ActionState::ALL {
        assert!(board.iter().any(|a| a.state == state), "{state:?}");
    }
    let today = Some("2026-11-25".to_owned());
    let is_late = |a: &&actions::Action| a.state == ActionState::InProgress && a.due < today;
    assert!(board.iter().any(|a| is_late(&a)), "one is overdue");
    assert!(board.iter().filter(|a| a.state == ActionState::Closed).all(|a| a.proof.is_some()));
    // The newer refund has the older one proposed as the same failure.
    let refund = all.iter().find(|i| i.title.contains("a pending refund was processed")).expect("is there");
    let likely = recurrences::likely(conn, &dana, refund.number, 5).await.expect("looks");
    assert_eq!(likely.len(), 1);
    let older = retros::find(conn, &dana, likely[0].0).await.expect("reads").expect("has a retro");
    assert_eq!(
        (older.state, older.approved.map(|(_, name, _)| name).as_deref()),
        (retros::State::Approved, Some("Ravi Menon"))
    );
    assert!(affected::counts(conn, &dana, refund.number).await.expect("counts").iter().all(|(_, n)| *n > 0));
    let told = notices::of(conn, &dana, notices::Filter::default(), 100).await.expect("lists");
    assert!(told.iter().any(|n| n.read_at.is_some()) && told.iter().any(|n| n.read_at.is_none()));
}

/// Starts that end once a step is done and before it is noted as done, so that the next start does it again.
#[tokio::test]
async fn no_step_leaves_anything_the_second_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = held(&filled(&Place::Folder(folder.path().join("whole"))).await).await;
    let place = Place::Folder(folder.path().join("cut"));
    let store = Store::open(&place).await.expect("opens");
    let mut steps = 0;
    loop {
        refuse_to_note(&store, steps + 1).await;
        match Server::bind(config(&place), clock()).await {
            Ok(server) => break drop(server),
            Err(_) => steps += 1,
        }
        assert!(steps < 1000, "it never comes to its end");
    }
    assert!(steps > 50, "{steps} steps");
    assert_eq!(held(&store).await, whole);
}

/// Lets the database refuse to note that a step of the examples is done.
async fn refuse_to_note(store: &Store, step: usize) {
    let refusing = format!(
        "CREATE TRIGGER refusing BEFORE INSERT ON setting WHEN NEW.name = 'demo_done' AND NEW.value = '{step}' \
         BEGIN SELECT RAISE(ABORT, 'refused'); END"
    );
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("DROP TRIGGER IF EXISTS refusing").execute(&mut *tx).await.expect("changes");
    sqlx::query(sqlx::AssertSqlSafe(refusing)).execute(&mut *tx).await.expect("changes");
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_start_that_was_cut_short_is_completed() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = held(&filled(&Place::Folder(folder.path().join("whole"))).await).await;
    let place = Place::Folder(folder.path().join("cut"));
    let mut cuts = 0;
    loop {
        let time = Duration::from_millis(40 * (cuts + 1));
        match tokio::time::timeout(time, Server::bind(config(&place), clock())).await {
            Ok(server) => break drop(server.expect("starts")),
            Err(_) => cuts += 1,
        }
        assert!(cuts < 1000, "it never comes to its end");
    }
    assert!(cuts > 2, "{cuts} cuts");
    let store = Store::open(&place).await.expect("opens");
    assert_eq!(held(&store).await, whole, "after {cuts} cuts");
    // What people change of it stays as they left it.
    let mut tx = store.begin().await.expect("begins");
    let dana = dana(&store).await;
    let act = hindcast_store::Act { by: &dana, at: "2026-11-25T11:00:00Z".parse().expect("a time") };
    incidents::add_tag(&mut tx, act, 1, "mine").await.expect("tags");
    tx.commit().await.expect("commits");
    let changed = held(&store).await;
    assert_eq!(held(&filled(&place).await).await, changed);
    assert_ne!(changed, whole);
}
