//! What only a database server can do: break a connection off, and be there for the next.

use crate::support::{dana, incident};
use hindcast_store::incidents;
use sqlx::Row;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_is_passing_and_its_change_not_made() {
    let Some(store) = crate::places::postgres("cut_off").await else { return };
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let mut tx = store.begin().await.expect("begins");
    let act = crate::support::act(&dana);
    incidents::add_tag(&mut tx, act, number, "voice").await.expect("tags");
    let pid: i32 = sqlx::query("SELECT pg_backend_pid() AS pid")
        .fetch_one(&mut *tx)
        .await
        .and_then(|row| row.try_get("pid"))
        .expect("a number");
    let mut other = store.reader().await.expect("another connection");
    sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&mut *other).await.expect("breaks it off");
    let error = incidents::add_tag(&mut tx, act, number, "refunds").await.expect_err("is broken off");
    assert!(error.is_passing(), "{error:?}");
    drop(tx);
    let tags = incidents::tags(&mut other, &dana, number).await.expect("lists");
    assert_eq!(tags, Vec::<String>::new());
    assert!(store.is_ready().await);
}
