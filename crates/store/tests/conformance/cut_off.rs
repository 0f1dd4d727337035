//! What only a database server can do: break a connection off, and be there for the next.

use crate::support::{dana, incident};
use hindcast_store::incidents;
use hindcast_store::{Place, Store};
use sqlx::Row;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

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
    assert!(store.answers(Duration::from_secs(2)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_broke_off_while_nobody_used_them_are_replaced() {
    let Some(store) = crate::places::postgres("cut_off_idle").await else { return };
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let mut one = store.reader().await.expect("a connection");
    drop(store.reader().await.expect("another connection"));
    let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(all).execute(&mut *one).await.expect("breaks them off");
    sleep(Duration::from_secs(1));
    for _ in 0..3 {
        let mut conn = store.reader().await.expect("a connection that works");
        assert_eq!(incidents::tags(&mut conn, &dana, number).await.expect("lists"), [""; 0]);
    }
    let mut tx = store.begin().await.expect("begins");
    incidents::add_tag(&mut tx, crate::support::act(&dana), number, "voice").await.expect("tags");
    tx.commit().await.expect("commits");
}

/// Passes on what is sent between here and a server, unless it is silent; gives its address.
fn line(server: &str, silent: &Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (server, silent) = (server.to_owned(), Arc::clone(silent));
    spawn(move || {
        for here in listener.incoming().map_while(Result::ok) {
            let Ok(there) = TcpStream::connect(&server) else { return };
            for (from, to) in [(&here, &there), (&there, &here)] {
                let (from, to) = (from.try_clone().expect("a stream"), to.try_clone().expect("a stream"));
                let silent = Arc::clone(&silent);
                spawn(move || pass(from, to, &silent));
            }
        }
    });
    address
}

fn pass(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut some = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut some) {
        if silent.load(Ordering::Relaxed) {
            // As where a network is cut: what was under way never arrives.
            sleep(Duration::from_secs(20));
            return;
        }
        if to.write_all(&some[..n]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Both).ok();
}

const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_silent_is_told_in_time_and_is_back_when_it_answers() {
    let Some(url) = hindcast_testdb::database("silent").await else { return };
    let (_, rest) = url.split_once('@').expect("a user");
    let (server, _) = rest.split_once('/').expect("a database");
    let silent = Arc::new(AtomicBool::new(false));
    let store = Store::open(&Place::Postgres(url.replace(server, &line(server, &silent)))).await.expect("opens");
    assert!(store.answers(PATIENCE).await);
    silent.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    let all = tokio::join!(store.answers(PATIENCE), store.answers(PATIENCE), store.answers(PATIENCE));
    assert_eq!(all, (false, false, false));
    assert!(asked.elapsed() < PATIENCE * 3, "{:?}", asked.elapsed());
    silent.store(false, Ordering::Relaxed);
    assert!(store.answers(PATIENCE * 4).await, "it is asked over another connection");
}

/// Busy is not down.
async fn answers_while_every_connection_is_lent_out(store: Store) {
    let mut lent = Vec::new();
    while let Ok(Ok(conn)) = tokio::time::timeout(Duration::from_millis(200), store.reader()).await {
        lent.push(conn);
    }
    assert!(lent.len() >= 8, "{}", lent.len());
    assert_eq!(store.ready(PATIENCE * 4).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_postgresql_is_ready() {
    let Some(store) = crate::places::postgres("busy").await else { return };
    answers_while_every_connection_is_lent_out(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_sqlite_is_ready() {
    let (_folder, store) = crate::places::sqlite().await;
    answers_while_every_connection_is_lent_out(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_change_on_sqlite_leaves_it_ready() {
    let (_folder, store) = crate::places::sqlite().await;
    let _change = store.begin().await.expect("begins");
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
}
