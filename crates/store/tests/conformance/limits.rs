//! How long reading may take.

use crate::support::{act, browser, change, dana, incident, now, person, read};
use hindcast_retro::record::people::{Duty, Permission, Role};
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::{Place, Store, StoreError, erasure, incidents, logins, recurrences, tokens};
use hindcast_trace::{Evidence, Stop};
use sqlx::{Executor, Row};
use std::time::Duration;

/// SQLite has no time limit for statements that sqlx can set: there, searches end between two statements.
#[tokio::test]
async fn a_statement_that_reads_for_too_long_is_ended_on_postgres() {
    let Some(url) = hindcast_testdb::database("limits").await else { return };
    let store = Store::open(&Place::Postgres(url)).await.expect("opens");
    let limit = async |conn: &mut hindcast_store::Conn| {
        let row = conn.fetch_one("SHOW statement_timeout").await.expect("answers");
        row.try_get::<String, _>(0).expect("a text")
    };
    let mut reader = store.reader().await.expect("reads");
    assert_eq!(limit(&mut reader).await, "10s");
    reader.execute("SET statement_timeout = 50").await.expect("is set");
    let ended: Result<_, StoreError> = reader.execute("SELECT pg_sleep(60)").await.map_err(StoreError::from);
    assert!(matches!(ended, Err(StoreError::TooLong)), "{ended:?}");
    let mut tx = store.begin().await.expect("begins");
    assert_eq!(limit(&mut tx).await, "0", "a change may take longer");
}

/// A server that freezes in the middle of a change does not stop the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_does_nothing_more_is_ended_while_others_wait_for_it_on_postgres() {
    let Some(url) = hindcast_testdb::database("frozen").await else { return };
    let place = Place::Postgres(url);
    let (frozen, other) = (Store::open(&place).await.expect("opens"), Store::open(&place).await.expect("opens"));
    let dana = dana(&other).await;
    let number = incident(&other, &dana, "one").await;
    let mut tx = frozen.begin().await.expect("begins");
    incidents::add_tag(&mut tx, act(&dana), number, "voice").await.expect("tags");
    let waiting = change(&other, async |tx| incidents::add_tag(tx, act(&dana), number, "refunds").await);
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("goes on").expect("tags");
    let late = tx.commit().await.expect_err("it was ended");
    assert!(late.is_passing(), "{late:?}");
    let tags = read(&other, async |c| incidents::tags(c, &dana, number).await).await;
    assert_eq!(tags, ["refunds"]);
    change(&frozen, async |tx| incidents::add_tag(tx, act(&dana), number, "voice").await).await.expect("is back");
}

#[tokio::test]
async fn postgres_notices_in_seconds_who_is_gone() {
    let Some(url) = hindcast_testdb::database("gone").await else { return };
    let store = Store::open(&Place::Postgres(url)).await.expect("opens");
    for name in ["tcp_keepalives_idle", "tcp_keepalives_count", "tcp_user_timeout"] {
        let sql = "SELECT setting FROM pg_settings WHERE name = $1";
        let of = async |conn: &mut hindcast_store::Conn| {
            let row = sqlx::query(sql).bind(name).fetch_one(conn).await.expect("answers");
            row.try_get::<String, _>(0).expect("a text")
        };
        let (read, written) = (
            of(&mut *store.reader().await.expect("reads")).await,
            of(&mut *store.begin().await.expect("begins")).await,
        );
        assert_eq!(read, written);
        assert!(["2", "10", "20000"].contains(&read.as_str()), "{name}: {read}");
    }
}

async fn lists_that_one_account_makes_longer_have_an_end(store: Store) {
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &ana, "one").await;
    let tag = async |nth: i64| {
        change(&store, async |tx| incidents::add_tag(tx, act(&ana), number, &format!("tag {nth}")).await).await
    };
    let token = async |nth: i64| {
        let id = format!("t{nth}");
        change(&store, async |tx| tokens::create(tx, act(&ana), &id, "x", &id, &[Permission::Read], None).await).await
    };
    for nth in 0..100 {
        tag(nth).await.expect("tags");
        token(nth).await.expect("makes");
    }
    assert!(matches!(tag(100).await, Err(StoreError::Conflict(why)) if why.contains("100 tags")));
    tag(7).await.expect("it has it");
    assert!(matches!(token(100).await, Err(StoreError::Conflict(why)) if why.contains("100 active API tokens")));
    // Those that ended make room, and are forgotten after as many again.
    for nth in 0..110 {
        change(&store, async |tx| tokens::revoke(tx, act(&ana), &format!("t{nth}")).await).await.expect("revokes");
        token(100 + nth).await.expect("makes");
    }
    let all = read(&store, async |c| tokens::of(c, "ana").await).await;
    assert!((200..=201).contains(&all.len()), "{}", all.len());
    for nth in 0..55 {
        let (id, hash) = (format!("l{nth}"), format!("h{nth}"));
        change(&store, async |tx| logins::create(tx, act(&ana), &browser(&id, &hash)).await).await.expect("signs in");
    }
    let sessions = read(&store, async |c| logins::of(c, "ana", now()).await).await;
    assert_eq!(sessions.len(), 50);
    assert!(sessions.iter().any(|s| s.id == "l54"), "the newest is there");
    let audit = read(&store, async |c| hindcast_store::chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_have_an_end_on_sqlite() {
    let (_folder, store) = crate::places::sqlite().await;
    lists_that_one_account_makes_longer_have_an_end(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_have_an_end_on_postgres() {
    let Some(store) = crate::places::postgres("lists_end").await else { return };
    lists_that_one_account_makes_longer_have_an_end(store).await;
}

async fn what_is_named_in_an_incident_has_an_end(store: Store) {
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &ana, "one").await;
    let named = read(&store, async |c| incidents::people(c, &ana, number).await).await.len();
    let name = async |id: &str, duty: Duty| {
        change(&store, async |tx| incidents::set_person(tx, act(&ana), number, id, duty).await).await
    };
    for nth in named..200 {
        let other = person(&store, &format!("p{nth}"), Role::Viewer).await;
        name(&other.account, Duty::Informed).await.expect("names");
    }
    let late = name("p199", Duty::Reviewer).await;
    assert!(matches!(&late, Err(StoreError::Conflict(why)) if why.contains("at most 200 people")), "{late:?}");
    name("p199", Duty::Informed).await.expect("is named already");
    let away = async |tx: &mut hindcast_store::Tx| {
        incidents::remove_person(tx, act(&ana), number, "p199", Duty::Informed).await
    };
    change(&store, away).await.expect("removes");
    name("p198", Duty::Reviewer).await.expect("there is room again");
    let people = read(&store, async |c| incidents::people(c, &ana, number).await).await;
    assert_eq!(people.len(), 200);

    // An incident is at the end from both sides: as the return of others, and as what returned.
    let tell = async |number: i64, earlier: i64| {
        change(&store, async |tx| recurrences::tell(tx, act(&ana), number, earlier, "the same").await).await
    };
    let mut last = number;
    for _ in 0..100 {
        last = incident(&store, &ana, "again").await;
        tell(last, number).await.expect("tells");
    }
    let one_more = incident(&store, &ana, "again").await;
    let late = tell(one_more, number).await;
    assert!(matches!(&late, Err(StoreError::Conflict(why)) if why.contains("at most 100 recurrences")), "{late:?}");
    let of = async |number: i64| read(&store, async |c| recurrences::of(c, &ana, number).await).await.len();
    assert_eq!((of(number).await, of(one_more).await), (100, 0), "a refusal changes nothing");
    change(&store, async |tx| recurrences::withdraw(tx, act(&ana), last, number).await).await.expect("takes one back");
    tell(one_more, number).await.expect("there is room again");
    let audit = read(&store, async |c| hindcast_store::chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_named_has_an_end_on_sqlite() {
    let (_folder, store) = crate::places::sqlite().await;
    what_is_named_in_an_incident_has_an_end(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_named_has_an_end_on_postgres() {
    let Some(store) = crate::places::postgres("named_end").await else { return };
    what_is_named_in_an_incident_has_an_end(store).await;
}

async fn files_have_an_end(store: Store) {
    let ana = person(&store, "ana", Role::Responder).await;
    let number = incident(&store, &ana, "one").await;
    let add = async |numbers: std::ops::Range<u32>| {
        let pack = |nth: u32| {
            let file = Evidence::new(format!("{nth}.json"), nth.to_le_bytes().to_vec());
            NewFile::pack(&file, String::new(), &Stop::default()).expect("packs")
        };
        let files: Vec<NewFile> = numbers.map(pack).collect();
        change(&store, async |tx| evidence::add_all(&store, tx, act(&ana), number, Kind::Trace, &files).await).await
    };
    let names = async || -> Vec<String> {
        let all = read(&store, async |c| evidence::of(c, &ana, number).await).await;
        all.into_iter().map(|file| file.name).collect()
    };
    add(0..999).await.expect("adds");
    let late = add(999..1001).await;
    assert!(matches!(&late, Err(StoreError::Conflict(why)) if why.contains("at most 1000 files")), "{late:?}");
    assert_eq!(names().await.len(), 999, "none of what was refused is there");
    add(999..1000).await.expect("the last one");
    add(3..4).await.expect("it has these bytes");
    let erased = Evidence::new("3.json", 3u32.to_le_bytes().to_vec()).id.to_string();
    change(&store, async |tx| erasure::erase(tx, act(&ana), number, &erased, "a reason").await).await.expect("erases");
    let late = add(1000..1001).await;
    assert!(late.is_err(), "what was erased counts: {late:?}");
    assert_eq!(names().await.len(), 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_have_an_end_on_sqlite() {
    let (_folder, store) = crate::places::sqlite().await;
    files_have_an_end(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_have_an_end_on_postgres() {
    let Some(store) = crate::places::postgres("files_end").await else { return };
    files_have_an_end(store).await;
}
