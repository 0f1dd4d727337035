//! From either database into either database.

use super::support::{add, dana, let_in, now, places};
use hindcast_store::{
    Place, Store, accounts, backup, chain, evidence, incidents, invitations, logins, restore, tokens,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, Row, SqlSafeStr};

/// Every place that a backup of every place can be restored into.
async fn targets(name: &str) -> Vec<(Option<tempfile::TempDir>, Place)> {
    places(&format!("{name}_target")).await
}

#[tokio::test]
async fn a_backup_of_one_database_becomes_a_record_in_the_other() {
    for (nth, (_folder, place)) in places("restore_from").await.into_iter().enumerate() {
        let store = Store::open(&place).await.expect("opens");
        let by = dana(&store).await;
        let (number, id) = add(&store, &by, "Ünïcode 返金 'quotes'", b"bytes\0with zeros").await.expect("adds");
        let_in(&store, &by).await;
        let before = chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks");
        let out = tempfile::tempdir().expect("a folder");
        backup::run(&place, out.path(), now()).await.expect("is made");
        for (_folder, target) in targets(&format!("restore_{nth}")).await {
            let restored = restore::run(out.path(), &target, now()).await.expect("is restored");
            assert_eq!((restored.incidents, restored.intact, restored.ended), (1, 1, 3), "{target:?}");
            let again = Store::open(&target).await.expect("opens");
            let mut conn = again.reader().await.expect("reads");
            let file = evidence::bytes(&again, &mut conn, &by, number, &id).await.expect("reads").expect("is there");
            assert_eq!(file.bytes, b"bytes\0with zeros");
            let found = incidents::find(&mut conn, &by, number).await.expect("is there");
            assert_eq!((found.title.as_str(), found.severity), ("Ünïcode 返金 'quotes'", None));
            let words = incidents::Filter { text: "返金".to_owned(), ..incidents::Filter::default() };
            assert_eq!(incidents::list(&mut conn, &by, &words, 10).await.expect("searches").len(), 1);
            assert!(!accounts::none_yet(&mut conn).await.expect("reads"));
            // The log goes on where it was, and tells of this.
            let audit = chain::verify(&mut conn).await.expect("checks");
            assert_eq!((audit.faults.len(), audit.rows), (0, before.rows + 1));
            let kept = Some((before.rows, before.hash.as_str()));
            assert_eq!(chain::verify_against(&mut conn, kept).await.expect("checks").faults, Vec::<String>::new());
            // Sessions and links are over; tokens of programs are not.
            assert_eq!(logins::find(&mut conn, "login-hash", now()).await.expect("reads"), None);
            for link in ["link-hash", "mail-hash"] {
                assert!(invitations::find(&mut conn, link, now()).await.is_err(), "{link}");
            }
            assert!(tokens::find(&mut conn, "token-hash", now()).await.expect("reads").is_some());
            drop(conn);
            // And more can be added.
            assert_eq!(add(&again, &by, "more", b"more").await.expect("adds").0, number + 1);
            again.close().await;
        }
        store.close().await;
    }
}

/// PostgreSQL plans as if the tables were empty until it has counted.
#[tokio::test]
async fn postgresql_knows_how_much_was_restored() {
    for (nth, (_folder, place)) in places("restore_statistics").await.into_iter().enumerate() {
        let store = Store::open(&place).await.expect("opens");
        let by = dana(&store).await;
        add(&store, &by, "one", b"one").await.expect("adds");
        store.close().await;
        let out = tempfile::tempdir().expect("a folder");
        backup::run(&place, out.path(), now()).await.expect("is made");
        for (_folder, target) in targets(&format!("restore_statistics_{nth}")).await {
            restore::run(out.path(), &target, now()).await.expect("is restored");
            if let Place::Postgres(_) = target {
                let again = Store::open(&target).await.expect("opens");
                let mut conn = again.reader().await.expect("reads");
                let counted =
                    "SELECT CAST(reltuples AS BIGINT) AS n FROM pg_class WHERE oid = CAST('incident' AS regclass)";
                let row = sqlx::query(counted).fetch_one(&mut *conn).await.expect("reads");
                assert_eq!(row.try_get::<i64, _>("n").expect("a number"), 1);
                drop(conn);
                again.close().await;
            }
        }
    }
}

/// A table that a migration adds has to be put in its place in the list.
#[tokio::test]
async fn every_table_of_the_schema_is_copied() {
    for (_folder, place) in places("restore_tables").await {
        Store::open(&place).await.expect("opens").close().await;
        let out = tempfile::tempdir().expect("a folder");
        backup::run(&place, out.path(), now()).await.expect("is made");
        let tables = async |url: &str, sql: &'static str| {
            let mut conn = sqlx::AnyConnection::connect(url).await.expect("answers");
            let rows = sqlx::query(sql).fetch_all(&mut conn).await.expect("lists");
            rows.iter().map(|r| r.get::<String, _>("name")).collect::<Vec<_>>()
        };
        let sqlite = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let copied = tables(&format!("sqlite://{}", out.path().join("hindcast.db").display()), sqlite).await;
        // Made anew, copied apart, or of use for minutes.
        let apart = [
            "_sqlx_migrations",
            "affected_count",
            "audit_part",
            "blob",
            "incident_search",
            "sign_in_attempt",
            "used_sign_in",
            "pending_sign_in",
            "known_source",
        ];
        let own = |name: &String| !apart.contains(&name.as_str()) && !name.starts_with("incident_gram");
        let known: Vec<String> = copied.into_iter().filter(own).collect();
        let mut listed = backup::TABLES.map(str::to_owned).to_vec();
        listed.sort();
        assert_eq!(known, listed);
        if let Place::Postgres(url) = &place {
            let sql =
                "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
            let live: Vec<String> = tables(url, sql).await.into_iter().filter(own).collect();
            assert_eq!(live, listed);
        }
    }
}

#[tokio::test]
async fn what_an_earlier_program_left_half_made_is_made_whole() {
    let Some(url) = hindcast_testdb::database("restore_half_made").await else { return };
    let source = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(source.path().join("data"));
    let store = Store::open(&place).await.expect("opens");
    let by = dana(&store).await;
    add(&store, &by, "kept", b"kept").await.expect("adds");
    store.close().await;
    let out = tempfile::tempdir().expect("a folder");
    backup::run(&place, out.path(), now()).await.expect("is made");
    // Its first step only, as it was when each step was a change of its own.
    let mut conn = sqlx::AnyConnection::connect(&url).await.expect("connects");
    let sql = include_str!("../../migrations/0001_record.sql").into_sql_str();
    let first = Migration::new(1, "record".into(), MigrationType::Simple, sql, false);
    Migrator::with_migrations(vec![first]).run(&mut conn).await.expect("makes the first tables");
    let restored = restore::run(out.path(), &Place::Postgres(url), now()).await.expect("is restored");
    assert_eq!((restored.incidents, restored.intact), (1, 1));
}
