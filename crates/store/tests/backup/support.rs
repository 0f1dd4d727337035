//! Records to copy.

use hindcast_retro::record::people::Role;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Place, Store, StoreError, Viewer, accounts, invitations, logins, tokens};
use hindcast_trace::Evidence;
use jiff::Timestamp;
use tempfile::TempDir;

pub fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().expect("a time")
}

/// A place of its own in each database, by this name; only SQLite where there is no PostgreSQL.
pub async fn places(name: &str) -> Vec<(Option<TempDir>, Place)> {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().join("data"));
    let mut all = vec![(Some(folder), place)];
    all.extend(hindcast_testdb::database(name).await.map(|url| (None, Place::Postgres(url))));
    all
}

pub async fn dana(store: &Store) -> Viewer {
    let system = Viewer::system();
    let new = accounts::New {
        id: "dana",
        email: "d@example.com",
        name: "Dana",
        role: Role::Administrator,
        password_hash: "x",
    };
    let mut tx = store.begin().await.expect("begins");
    accounts::create(&mut tx, Act { by: &system, at: now() }, &new).await.expect("creates");
    tx.commit().await.expect("commits");
    Viewer {
        account: "dana".to_owned(),
        name: "Dana".to_owned(),
        role: Role::Administrator,
        scopes: None,
        emergency: None,
    }
}

/// Opens an incident with one file in one change.
pub async fn add(store: &Store, by: &Viewer, title: &str, bytes: &[u8]) -> Result<(i64, String), StoreError> {
    let act = Act { by, at: now() };
    let mut tx = store.begin().await?;
    let details = Details { title: title.to_owned(), ..Details::default() };
    let new = New { details, severity: None, severity_reason: String::new(), restricted: false };
    let number = incidents::create(&mut tx, act, &new).await?;
    let file = Evidence::new(title, bytes.to_vec());
    evidence::add(store, &mut tx, act, number, Kind::Trace, &file, "").await?;
    tx.commit().await?;
    Ok((number, file.id.to_string()))
}

/// Signs in, makes a token, and makes a one-time link.
pub async fn let_in(store: &Store, by: &Viewer) {
    let act = Act { by, at: now() };
    let mut tx = store.begin().await.expect("begins");
    let proof = logins::Proof::Link;
    let new = logins::New { id: "l1", token_hash: "login-hash", device: "Firefox", valid_seconds: 1_000_000, proof };
    logins::create(&mut tx, act, &new).await.expect("signs in");
    tokens::create(&mut tx, act, "t1", "ci", "token-hash", &[], None).await.expect("makes");
    invitations::create(&mut tx, act, "link-hash", Role::Viewer, 1_000_000).await.expect("invites");
    let made = invitations::create_reset(&mut tx, act, "mail-hash", &by.account, 1_000_000, "request").await;
    assert!(made.expect("makes"));
    tx.commit().await.expect("commits");
}
