//! Records of earlier programs still open, with everything in them.

use hindcast_retro::draft::Draft;
use hindcast_store::incidents::{self, Filter};
use hindcast_store::{Act, Place, Store, accounts, actions, chain, evidence, retros};
use sqlx::any::AnyPoolOptions;
use sqlx::{AssertSqlSafe, Connection};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn unpacked(path: &Path) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(path).expect("opens")).expect("unpacks")
}

/// Everything that was put in then is there, can be read by today's types, and can be added to.
async fn holds(place: &Place) {
    let store = Store::open(place).await.expect("opens and is brought up to date");
    let mut reader = store.reader().await.expect("reads");
    let conn = &mut *reader;
    let dana = accounts::all(conn).await.expect("lists").into_iter().find(|a| a.name == "Dana Osei");
    let viewer = dana.expect("an account of the examples").viewer();
    let before = chain::verify(conn).await.expect("checks");
    assert_eq!((before.rows, before.covered_from, &before.faults[..]), (34, None, &[][..]));
    let all = incidents::list(conn, &viewer, &Filter::default(), 100).await.expect("lists");
    let numbers: Vec<_> = all.iter().map(|i| (i.number, i.severity)).collect();
    assert_eq!(numbers, [(6, Some(4)), (5, None), (4, Some(2)), (3, Some(1)), (2, Some(3)), (1, Some(4))]);
    assert_eq!(all[0].title, "An old near-miss, Ünïcode");
    let (mut files, mut drafts, mut items) = (0, 0, 0);
    for number in 1..=6 {
        for item in evidence::of(conn, &viewer, number).await.expect("lists") {
            let file = evidence::bytes(&store, conn, &viewer, number, &item.id).await.expect("is whole");
            assert_eq!(file.map(|f| f.bytes.len() as i64), Some(item.bytes), "{}", item.name);
            files += 1;
        }
        if let Some(retro) = retros::find(conn, &viewer, number).await.expect("reads") {
            let draft: Draft = serde_json::from_str(&retro.draft).expect("today's program reads it");
            assert!(!draft.every_quote().is_empty());
            drafts += 1;
        }
        items += actions::of(conn, &viewer, number).await.expect("lists").len();
    }
    assert_eq!((files, drafts), (4, 3));
    assert!(items > 5, "{items} action items");
    let act = Act { by: &viewer, at: "2026-12-01T10:00:00Z".parse().expect("a time") };
    let mut tx = store.begin().await.expect("begins");
    assert_eq!(incidents::create(&mut tx, act, &incidents::New::default()).await.expect("opens"), 7);
    tx.commit().await.expect("commits");
    let after = chain::verify(conn).await.expect("checks");
    assert_eq!((after.rows, after.covered_from, &after.faults[..]), (35, Some(35), &[][..]));
    // What was not changed since there are digests is not covered, and what was is.
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("UPDATE incident SET status = 'closed' WHERE number IN (1, 7)")
        .execute(&mut *tx)
        .await
        .expect("changes");
    tx.commit().await.expect("commits");
    let told = chain::verify(conn).await.expect("checks").faults;
    assert_eq!(
        told,
        ["INC-7: status changed without an event since event 35 (incident.opened at 2026-12-01T10:00:00.000Z)"]
    );
    drop(reader);
    store.close().await;
    // And again, as at every later start.
    Store::open(place).await.expect("opens once more").close().await;
}

#[tokio::test]
async fn a_record_of_three_steps_on_sqlite() {
    let old = fixture("schema-3/data");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hindcast.db"), unpacked(&old.join("hindcast.db.zst"))).expect("writes");
    let evidence = folder.path().join("evidence");
    std::fs::create_dir(&evidence).expect("makes");
    for file in std::fs::read_dir(old.join("evidence")).expect("lists") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), evidence.join(file.file_name())).expect("copies");
    }
    holds(&Place::Folder(folder.path().to_owned())).await;
}

#[tokio::test]
async fn a_record_of_three_steps_on_postgresql() {
    let Some(url) = hindcast_testdb::database("schema_3").await else { return };
    let sql = String::from_utf8(unpacked(&fixture("schema-3/postgres.sql.zst"))).expect("text");
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("answers");
    // The dump sets up its connection in a way of its own.
    let mut conn = pool.acquire().await.expect("a connection").detach();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("is read in");
    conn.close().await.expect("closes");
    holds(&Place::Postgres(url)).await;
}
