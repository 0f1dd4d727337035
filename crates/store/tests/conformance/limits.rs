//! How long reading may take.

use crate::actions::item;
use crate::support::{act, after, browser, change, dana, drafted, incident, now, person, read, titled};
use hindcast_retro::record::people::{Duty, Permission, Role};
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::near_misses::{self, Marked};
use hindcast_store::{
    Place, Store, StoreError, Viewer, actions, erasure, incidents, logins, recurrences, succession, tokens,
};
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

/// Whatever names people: a hand-over, a restriction, and both again and again.
async fn nobody_is_named_beyond_the_end(store: Store) {
    let (dana, ana) = (dana(&store).await, person(&store, "ana", Role::Responder).await);
    person(&store, "bob", Role::Responder).await;
    let number = incident(&store, &ana, "one").await;
    for nth in 1..200 {
        let other = person(&store, &format!("p{nth}"), Role::Viewer).await;
        change(&store, async |tx| incidents::set_person(tx, act(&ana), number, &other.account, Duty::Informed).await)
            .await
            .expect("names");
    }
    let named = async || -> Vec<(String, Duty)> {
        let seer = Viewer { account: "p1".to_owned(), ..ana.clone() };
        let all = read(&store, async |c| incidents::people(c, &seer, number).await).await;
        all.into_iter().map(|person| (person.account, person.duty)).collect()
    };
    let restrict = async |by: &Viewer| {
        change(&store, async |tx| incidents::set_restricted(tx, act(by), number, None, true).await).await
    };
    let late = restrict(&dana).await;
    assert!(matches!(&late, Err(StoreError::Conflict(why)) if why.contains("at most 200 people")), "{late:?}");
    restrict(&ana).await.expect("is named");
    // Nobody else can edit it: one leaves after the other, and each is the last one.
    let (mut from, mut to) = ("ana", "bob");
    for _ in 0..3 {
        change(&store, async |tx| succession::hand_over(tx, act(&dana), from, to, "leaves").await)
            .await
            .expect("hands over");
        let now = named().await;
        assert_eq!(now.len(), 200, "{from} to {to}");
        assert!(now.contains(&(to.to_owned(), Duty::Lead)) && now.iter().all(|(account, _)| account != from));
        (from, to) = (to, from);
    }
    // Who is named without leading is the last one as well: there it is their own place that becomes free.
    let last = from;
    change(&store, async |tx| {
        sqlx::query("UPDATE incident_person SET duty = 'author' WHERE duty = 'lead'").execute(&mut **tx).await?;
        Ok(())
    })
    .await
    .expect("changes");
    change(&store, async |tx| succession::hand_over(tx, act(&dana), last, to, "leaves").await)
        .await
        .expect("hands over");
    let now = named().await;
    assert_eq!(now.len(), 200);
    assert!(now.contains(&(to.to_owned(), Duty::Lead)) && now.iter().all(|(account, _)| account != last), "{now:?}");
}

async fn a_month_is_reviewed_in_parts(store: Store) {
    let dana = dana(&store).await;
    let new = incidents::New { severity: Some(4), ..titled("near") };
    change(&store, async |tx| {
        for _ in 0..near_misses::MARKED + 3 {
            incidents::create(tx, act(&dana), &new).await?;
        }
        Ok(())
    })
    .await
    .expect("opens");
    let mark = async || {
        let span = (after(-60), after(60));
        change(&store, async |tx| near_misses::mark_month(tx, act(&dana), "2026-11", span, "all").await)
            .await
            .expect("marks")
    };
    let month = async || read(&store, async |c| near_misses::month(c, "2026-11").await).await.is_some();
    assert_eq!((mark().await, month().await), (Marked { marked: near_misses::MARKED, more: true }, false));
    assert_eq!((mark().await, month().await), (Marked { marked: 3, more: false }, true));
    assert_eq!(mark().await, Marked { marked: 0, more: false });
    // What one review of one near-miss is held against is that near-miss: the event names no part that grows with all of them.
    change(&store, async |tx| near_misses::mark(tx, act(&dana), 7, "seen").await).await.expect("marks");
    let sql = "SELECT state FROM audit ORDER BY seq DESC LIMIT 1";
    let state: String = read(&store, async |c| Ok(sqlx::query_scalar(sql).fetch_one(c).await?)).await;
    assert!(state.starts_with("{\"INC-7/near_miss\":"), "{state}");
    let audit = read(&store, async |c| hindcast_store::chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}

async fn removed_actions_have_an_end(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "one").await;
    let follow = async |ids: std::ops::Range<usize>| {
        let items: Vec<_> = ids.map(|nth| item(&format!("a{nth:05}"), None)).collect();
        change(&store, async |tx| actions::follow(tx, act(&dana), number, &items).await).await.expect("follows");
    };
    follow(0..400).await;
    let closed = read(&store, async |c| actions::find(c, &dana, number, "a00007").await).await;
    let state = hindcast_retro::record::action::ActionState::Dropped;
    change(&store, async |tx| actions::set_state(tx, act(&dana), &closed, state, None, Some("no use")).await)
        .await
        .expect("drops");
    for nth in 1..5 {
        follow(nth * 400..(nth + 1) * 400).await;
    }
    let sql = "SELECT COUNT(*) FROM action WHERE live = 0";
    let removed: i64 = read(&store, async |c| Ok(sqlx::query_scalar(sql).fetch_one(c).await?)).await;
    assert_eq!(removed, actions::REMOVED as i64);
    follow(7..8).await;
    let back = read(&store, async |c| actions::find(c, &dana, number, "a00007").await).await;
    assert_eq!((back.state, back.waiver.as_deref()), (state, Some("no use")), "what somebody worked on goes last");
    // One goes that somebody worked on: the log vouches for what is left.
    follow(5000..5000 + actions::REMOVED + 1).await;
    change(&store, async |tx| {
        for action in actions::of(tx, &dana, number).await? {
            let under_way = hindcast_retro::record::action::ActionState::InProgress;
            actions::set_state(tx, act(&dana), &action, under_way, None, None).await?;
        }
        Ok(())
    })
    .await
    .expect("changes");
    follow(9000..9001).await;
    let removed: i64 = read(&store, async |c| Ok(sqlx::query_scalar(sql).fetch_one(c).await?)).await;
    assert_eq!(removed, actions::REMOVED as i64);
    let audit = read(&store, async |c| hindcast_store::chain::verify(c).await).await;
    assert!(!audit.faults.iter().any(|fault| fault.contains("states of action items")), "{:?}", audit.faults);
}

macro_rules! on_both {
    ($($check:ident $sqlite:ident $postgres:ident $name:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            let (_folder, store) = crate::places::sqlite().await;
            $check(store).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            let Some(store) = crate::places::postgres($name).await else { return };
            $check(store).await;
        })*
    };
}

on_both! {
    nobody_is_named_beyond_the_end named_beyond_on_sqlite named_beyond_on_postgres "named_beyond";
    a_month_is_reviewed_in_parts a_month_in_parts_on_sqlite a_month_in_parts_on_postgres "month_in_parts";
    removed_actions_have_an_end removed_actions_on_sqlite removed_actions_on_postgres "removed_actions";
}
