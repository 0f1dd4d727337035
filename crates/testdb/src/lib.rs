//! For tests only: a database of its own on the private PostgreSQL server that `./test` starts.
//!
//! `./test` names the server in `HINDCAST_TEST_POSTGRES`. Where that is not set, [`database`] prints a line and gives
//! nothing, so that `cargo test` alone still runs everything on SQLite.

use sqlx::any::AnyPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// The variable that names the server, as `postgres://user@host:port`.
pub const SERVER: &str = "HINDCAST_TEST_POSTGRES";

/// A fresh database's address, or `None` where there is no server. The name tells tests apart that run at once; the
/// server and all its databases are gone after the tests.
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
    // The name is made above of letters and digits.
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new database");
    conn.close().await.expect("closes");
    Some(format!("{server}/{name}"))
}
