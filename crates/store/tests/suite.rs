//! What holds of every record.

use hindcast_retro::record::people::Role;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, Details, Duty, Filter, New};
use hindcast_store::{Act, Store, StoreError, Viewer, accounts, chain};
use hindcast_trace::Evidence;
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().expect("a time")
}

/// An account with this name and role.
async fn person(store: &Store, name: &str, role: Role) -> Viewer {
    let system = Viewer::system();
    let mut tx = store.begin().await.expect("begins");
    let email = format!("{name}@example.com");
    let new = accounts::New { id: name, email: &email, name, role, password_hash: "x" };
    accounts::create(&mut tx, Act { by: &system, at: now() }, &new).await.expect("creates");
    tx.commit().await.expect("commits");
    Viewer { account: name.to_owned(), name: name.to_owned(), role, scopes: None }
}

/// An incident with this title, opened by somebody.
async fn incident(store: &Store, by: &Viewer, title: &str, restricted: bool) -> i64 {
    let new = New {
        details: Details { title: title.to_owned(), ..Details::default() },
        severity: Some(2),
        severity_reason: "reason".to_owned(),
        restricted,
    };
    let mut tx = store.begin().await.expect("begins");
    let number = incidents::create(&mut tx, Act { by, at: now() }, &new).await.expect("opens");
    tx.commit().await.expect("commits");
    number
}

pub async fn accounts_are_found_again(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    let conn = &mut *store.reader().await.expect("reads");
    let found = accounts::by_email(conn, "DANA@example.com").await.expect("answers").expect("is there");
    assert_eq!(found.viewer(), dana);
    assert_eq!(found.created_at, now());
    assert!(accounts::by_email(conn, "nobody@example.com").await.expect("answers").is_none());
    let mut tx = store.begin().await.expect("begins");
    let act = Act { by: &dana, at: now() };
    let last = accounts::set_role(&mut tx, act, "dana", Role::Viewer).await;
    assert!(matches!(last, Err(StoreError::Conflict(_))), "{last:?}");
}

pub async fn incidents_are_numbered_and_found(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    assert_eq!(incident(&store, &dana, "50% of refunds", false).await, 1);
    assert_eq!(incident(&store, &dana, "Another", false).await, 2);
    let conn = &mut *store.reader().await.expect("reads");
    let of = async |conn: &mut hindcast_store::Conn, text: &str, before: Option<i64>| {
        let filter = Filter { text: text.to_owned(), before, ..Filter::default() };
        let found = incidents::list(conn, &dana, &filter, 10).await.expect("lists");
        found.iter().map(|i| i.number).collect::<Vec<_>>()
    };
    assert_eq!(of(conn, "", None).await, [2, 1]);
    assert_eq!(of(conn, "50%", None).await, [1]);
    assert_eq!(of(conn, "5_%", None).await, Vec::<i64>::new());
    assert_eq!(of(conn, "", Some(2)).await, [1]);
    let mix = incidents::mix(conn, &dana).await.expect("counts");
    assert_eq!((mix.levels, mix.unclosed), ([0, 2, 0, 0], 2));
}

pub async fn restricted_incidents_are_hidden(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let number = incident(&store, &mia, "secret", true).await;
    let conn = &mut *store.reader().await.expect("reads");
    assert!(matches!(incidents::find(conn, &dana, number).await, Err(StoreError::NotFound(_))));
    assert!(incidents::list(conn, &dana, &Filter::default(), 10).await.expect("lists").is_empty());
    assert_eq!(incidents::mix(conn, &dana).await.expect("counts").unclosed, 0);
    assert!(chain::of_incident(conn, &dana, number, 10).await.expect("lists").is_empty());
    let mut tx = store.begin().await.expect("begins");
    let act = Act { by: &mia, at: now() };
    incidents::set_person(&mut tx, act, number, "dana", Duty::Informed).await.expect("names");
    tx.commit().await.expect("commits");
    assert_eq!(incidents::find(conn, &dana, number).await.expect("is there").title, "secret");
    assert_eq!(chain::of_incident(conn, &dana, number, 10).await.expect("lists").len(), 2);
}

pub async fn stale_edits_are_refused(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    let number = incident(&store, &dana, "first", false).await;
    let act = Act { by: &dana, at: now() };
    let details = |title: &str| Details { title: title.to_owned(), ..Details::default() };
    let mut tx = store.begin().await.expect("begins");
    incidents::edit(&mut tx, act, number, Some(1), &details("second")).await.expect("edits");
    tx.commit().await.expect("commits");
    let mut tx = store.begin().await.expect("begins");
    let stale = incidents::edit(&mut tx, act, number, Some(1), &details("third")).await;
    assert!(matches!(stale, Err(StoreError::Stale(_))), "{stale:?}");
    drop(tx);
    let found = incidents::find(&mut *store.reader().await.expect("reads"), &dana, number).await.expect("is there");
    assert_eq!((found.title.as_str(), found.version), ("second", 2));
}

pub async fn the_audit_log_shows_changes(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    incident(&store, &dana, "one", false).await;
    incident(&store, &dana, "two", false).await;
    let conn = &mut *store.reader().await.expect("reads");
    let whole = chain::verify(conn).await.expect("checks");
    assert_eq!((whole.rows, whole.faults), (3, Vec::new()));
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("UPDATE event SET data = '{}' WHERE seq = 2").execute(&mut *tx).await.expect("changes");
    tx.commit().await.expect("commits");
    let faults = chain::verify(conn).await.expect("checks").faults;
    assert_eq!(faults, ["the event of row 2 is not the one that was put down"]);
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("DELETE FROM audit WHERE seq = 3").execute(&mut *tx).await.expect("deletes");
    tx.commit().await.expect("commits");
    assert!(!chain::verify(conn).await.expect("checks").faults.is_empty());
}

pub async fn evidence_is_kept_byte_for_byte(store: Store) {
    let dana = person(&store, "dana", Role::Administrator).await;
    let number = incident(&store, &dana, "one", false).await;
    let file = Evidence::new("trace.json", (0..100_000u32).flat_map(u32::to_le_bytes).collect());
    for _ in 0..2 {
        let mut tx = store.begin().await.expect("begins");
        let act = Act { by: &dana, at: now() };
        evidence::add(&store, &mut tx, act, number, Kind::Trace, &file, "").await.expect("adds");
        tx.commit().await.expect("commits");
    }
    let conn = &mut *store.reader().await.expect("reads");
    assert_eq!(evidence::of(conn, &dana, number).await.expect("lists").len(), 1);
    let id = file.id.to_string();
    let kept = evidence::bytes(&store, conn, &dana, number, &id).await.expect("answers").expect("is there");
    assert_eq!(kept.bytes, file.bytes);
}
