//! For tests only: a database of its own on the private PostgreSQL server that `./test` starts, and a small disk.
//!
//! `./test` names the server in `HINDCAST_TEST_POSTGRES`. Where that is not set, [`database`] prints a line and gives
//! nothing, so that `cargo test` alone still runs everything on SQLite. [`Postgres`] is a server that a test may stop.

mod disk;
mod postgres;

pub use disk::{SmallDisk, small_disk};
pub use postgres::Postgres;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};
use std::path::Path;

/// The variable that names the server, as `postgres://user@host:port`.
pub const SERVER: &str = "HINDCAST_TEST_POSTGRES";

/// A fresh database's address, or `None` where there is no server. The name tells tests apart that run at once. What
/// tests of processes that have ended left behind is dropped first: a run of all makes some 160 of 8 MB each. The server and all its
/// databases are gone after the tests.
///
/// # Panics
/// When the server is named and does not answer.
pub async fn database(name: &str) -> Option<String> {
    let Ok(server) = std::env::var(SERVER) else {
        println!("skipped on PostgreSQL: {SERVER} is not set; ./test sets it");
        return None;
    };
    sqlx::any::install_default_drivers();
    let name = format!("t_{}_{name}", std::process::id());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&format!("{server}/postgres")).await;
    let mut conn = pool.expect("the PostgreSQL server answers").acquire().await.expect("a connection").detach();
    for left in left_behind(&mut conn).await {
        // Another test may be dropping it as well.
        let _ = conn.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {left} WITH (FORCE)"))).await;
    }
    // The name is made above of letters and digits.
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new database");
    conn.close().await.expect("closes");
    Some(format!("{server}/{name}"))
}

/// Databases of processes that are gone, by the number in their name; none where the machine does not tell which run.
async fn left_behind(conn: &mut AnyConnection) -> Vec<String> {
    let proc = Path::new("/proc");
    if !proc.join("self").exists() {
        return Vec::new();
    }
    let rows = conn.fetch_all("SELECT CAST(datname AS TEXT) AS name FROM pg_database WHERE datname LIKE 't%'").await;
    let names = rows.unwrap_or_default().into_iter().filter_map(|row| row.try_get::<String, _>("name").ok());
    let gone = |name: &String| {
        let process = name.strip_prefix("t_").and_then(|rest| rest.split('_').next());
        process.and_then(|p| p.parse::<u32>().ok()).is_some_and(|p| !proc.join(p.to_string()).exists())
    };
    names.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).filter(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The database of an ended process goes when the next test asks for one; that of a running process stays.
    #[tokio::test]
    async fn what_ended_tests_left_is_dropped() {
        let Some(mine) = database("stays").await else { return };
        let server = std::env::var(SERVER).expect("named");
        let pool = AnyPoolOptions::new().max_connections(1).connect(&format!("{server}/postgres")).await;
        let mut conn = pool.expect("answers").acquire().await.expect("a connection").detach();
        // Process numbers end at 4194304 on Linux.
        conn.execute("CREATE DATABASE t_4999999_left").await.expect("made");
        database("asks").await.expect("another");
        let rows = conn.fetch_all("SELECT CAST(datname AS TEXT) AS name FROM pg_database").await.expect("lists");
        let names: Vec<String> = rows.iter().map(|r| r.get("name")).collect();
        assert!(!names.contains(&"t_4999999_left".to_owned()), "{names:?}");
        assert!(names.iter().any(|n| mine.ends_with(n.as_str())), "{names:?}");
    }
}
