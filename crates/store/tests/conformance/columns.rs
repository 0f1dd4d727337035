//! Every column of every table: whoever changes it in the database is told on, or docs/server.md says that it is not covered.

use crate::content::filled;
use crate::support::{act, after, change, incident, person, read};
use hindcast_retro::record::affected::Reached;
use hindcast_retro::record::incident::{Moment, Point};
use hindcast_retro::record::people::Role;
use hindcast_store::identities::{self, Identity};
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Place, Store, affected, chain, emergency, near_misses, recurrences, second_factors};
use sqlx::{AnyConnection, Connection, Row};
use std::collections::BTreeSet;

/// Tables that are not covered at all. `audit_part` is made from the log, which is what verification reads; `affected_count` from the lists.
const TABLES: &[&str] = &[
    "_sqlx_migrations",
    "affected_count",
    "audit_part",
    "counter",
    "idempotency",
    "incident_search",
    "job",
    "known_source",
    "notice",
    "pending_sign_in",
    "retro_kind",
    "sign_in_attempt",
    "used_sign_in",
];

/// Columns of other tables.
const COLUMNS: &[&str] = &[
    "account.version",
    "action.version",
    "affected.version",
    "api_token.used_at",
    "incident.updated_at",
    "incident.version",
    "login.seen_at",
    "retro.created_at",
    "second_factor.created_at",
    "second_factor.step",
];

/// Puts something into every table that is covered.
async fn fill(store: &Store) {
    let dana = filled(store).await;
    let ana = person(store, "ben", Role::Approver).await;
    let number = incident(store, &dana, "two").await;
    let reached =
        Reached { session: "s".to_owned(), customer: "c".to_owned(), at: String::new(), quote: String::new() };
    let moment = Moment { point: Point::Aware, at: after(1), source: "ticket".to_owned(), by: "Ana".to_owned() };
    let (issuer, subject) = ("https://id.example.com", "1");
    change(store, async |tx| {
        affected::import(tx, act(&dana), number, &[reached], "list.csv").await?;
        incidents::set_moments(tx, act(&dana), number, None, &[moment]).await?;
        recurrences::tell(tx, act(&dana), number, 1, "the same words").await?;
        identities::link(tx, act(&ana), "ben", Identity { issuer, subject }).await?;
        second_factors::begin(tx, act(&ana), "secret").await?;
        second_factors::turn_on(tx, act(&ana), "secret", 1, &["code".to_owned()]).await?;
        let details = Details { title: "near".to_owned(), ..Details::default() };
        let near = New { details, severity: Some(4), severity_reason: "near".to_owned(), ..New::default() };
        let near = incidents::create(tx, act(&dana), &near).await?;
        near_misses::mark(tx, act(&dana), near, "seen").await?;
        let hidden = incidents::create(tx, act(&ana), &New { restricted: true, ..New::default() }).await?;
        emergency::open(tx, act(&dana), hidden, "a customer is at risk").await
    })
    .await
    .expect("fills");
}

async fn faults(store: &Store) -> usize {
    read(store, async |c| chain::verify(c).await).await.faults.len()
}

#[tokio::test]
async fn each_is_covered_or_said_not_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    fill(&store).await;
    assert_eq!(faults(&store).await, 0);
    let url = format!("sqlite:{}", folder.path().join("hindcast.db").display());
    let mut conn = AnyConnection::connect(&url).await.expect("connects");
    // Whoever has the database in hand heeds no constraints either.
    for pragma in ["PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"] {
        sqlx::query(pragma).execute(&mut conn).await.expect("sets");
    }
    let sql = "SELECT m.name AS of_table, c.name AS name, c.type LIKE '%INT%' AS is_number FROM sqlite_master m, pragma_table_info(m.name) c \
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '%gram%' ORDER BY 1, 2";
    let mut columns: Vec<(String, String, bool)> = Vec::new();
    for row in sqlx::query(sql).fetch_all(&mut conn).await.expect("reads") {
        let is_number: i64 = row.try_get("is_number").expect("a number");
        let text = |name: &str| row.try_get::<String, _>(name).expect("a text");
        columns.push((text("of_table"), text("name"), is_number == 1));
    }
    let tables: BTreeSet<&str> = columns.iter().map(|(table, ..)| table.as_str()).collect();
    assert!(TABLES.iter().all(|table| tables.contains(table)), "{tables:?}");
    let mut run = async |sql: String| {
        let done = sqlx::query::<sqlx::Any>(sqlx::AssertSqlSafe(sql.clone())).execute(&mut conn).await;
        done.unwrap_or_else(|e| panic!("{sql}: {e}")).rows_affected()
    };
    let mut untold = Vec::new();
    let mut kept = "";
    for (table, column, is_number) in &columns {
        if TABLES.contains(&table.as_str()) {
            continue;
        }
        if kept != table {
            run(format!("CREATE TEMP TABLE \"kept_{table}\" AS SELECT * FROM main.\"{table}\"")).await;
            kept = table;
        }
        let other = if *is_number { "COALESCE(\"{}\", 0) + 1000" } else { "COALESCE(\"{}\", '') || 'x'" };
        let other = other.replace("{}", column);
        let changed = run(format!("UPDATE main.\"{table}\" SET \"{column}\" = {other}")).await;
        assert!(changed > 0, "the sample has no row of {table}");
        if faults(&store).await == 0 {
            untold.push(format!("{table}.{column}"));
        }
        run(format!("DELETE FROM main.\"{table}\"")).await;
        run(format!("INSERT INTO main.\"{table}\" SELECT * FROM temp.\"kept_{table}\"")).await;
        assert_eq!(faults(&store).await, 0, "{table}.{column} is as it was");
    }
    assert_eq!(untold, COLUMNS);
}
