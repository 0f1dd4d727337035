//! The doctor names what is wrong, with what to do, and removes nothing that is in use.

use hindcast_retro::record::people::Role;
use hindcast_store::anchor::{self, Posts};
use hindcast_store::doctor::{self, Level, Line};
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, New};
use hindcast_store::{Act, Place, Store, Viewer, accounts, settings};
use hindcast_trace::{Evidence, EvidenceId};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, SystemTime};

/// By the clock: how old a file is, is known by it alone.
fn clock() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "files are dated by the clock of the machine")]
    SystemTime::now()
}

fn now() -> Timestamp {
    Timestamp::try_from(clock()).expect("a time")
}

/// A record with one file and an administrator, and the file's digest.
async fn record(place: &Place) -> EvidenceId {
    let store = Store::open(place).await.expect("opens");
    let system = Viewer::system();
    let act = Act { by: &system, at: now() };
    let mut tx = store.begin().await.expect("begins");
    let new = accounts::New {
        id: "dana",
        email: "d@example.com",
        name: "Dana",
        role: Role::Administrator,
        password_hash: "x",
    };
    accounts::create(&mut tx, act, &new).await.expect("creates");
    settings::set(&mut tx, "redaction_key", &"0".repeat(64)).await.expect("sets");
    let number = incidents::create(&mut tx, act, &New::default()).await.expect("opens");
    let file = Evidence::new("a", b"kept".to_vec());
    evidence::add(&store, &mut tx, act, number, Kind::Trace, &file, "").await.expect("adds");
    tx.commit().await.expect("commits");
    store.close().await;
    file.id
}

fn line<'a>(lines: &'a [Line], name: &str) -> &'a Line {
    lines.iter().find(|l| l.name == name).unwrap_or_else(|| panic!("{name}: {lines:?}"))
}

async fn places(name: &str) -> Vec<(Option<tempfile::TempDir>, Place)> {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let mut all = vec![(Some(folder), place)];
    all.extend(hindcast_testdb::database(name).await.map(|url| (None, Place::Postgres(url))));
    all
}

#[tokio::test]
async fn a_sound_record_has_no_fault_on_either_database() {
    for (_folder, place) in places("doctor_sound").await {
        record(&place).await;
        let lines = doctor::run(&place, now(), false).await;
        let names: Vec<_> = lines.iter().map(|l| l.name).filter(|n| *n != "folder").collect();
        let all =
            ["disk", "database", "schema", "audit log", "evidence", "orphans", "clock", "settings", "accounts", "jobs"];
        assert_eq!(names, all);
        let bad: Vec<_> =
            lines.iter().filter(|l| l.level != Level::Ok && !["disk", "database"].contains(&l.name)).collect();
        assert!(bad.is_empty(), "{bad:?}");
        assert!(
            lines.iter().all(|l| l.level != Level::Fault && l.advice.is_some() == (l.level != Level::Ok)),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn missing_and_damaged_evidence_and_a_clock_that_is_behind_are_faults() {
    for (folder, place) in places("doctor_faults").await {
        let id = record(&place).await;
        let behind = now() - SignedDuration::from_mins(10);
        let clock = doctor::run(&place, behind, false).await;
        assert_eq!(line(&clock, "clock").level, Level::Fault);
        assert!(line(&clock, "clock").found.contains("10m"), "{clock:?}");
        let Some(folder) = &folder else { continue };
        let file = folder.path().join(format!("evidence/{}.zst", id.hex()));
        std::fs::write(&file, "x").expect("damages");
        let damaged = doctor::run(&place, now(), false).await;
        let evidence = line(&damaged, "evidence");
        assert!(evidence.level == Level::Fault && evidence.found.contains("1 file damaged"), "{evidence:?}");
        std::fs::remove_file(&file).expect("goes");
        let missing = doctor::run(&place, now(), true).await;
        let evidence = line(&missing, "evidence");
        assert!(evidence.level == Level::Fault && evidence.found.contains(&id.to_string()), "{evidence:?}");
    }
}

#[tokio::test]
async fn orphans_are_removed_when_asked_and_never_before_an_upload_could_be_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let kept = record(&place).await;
    let files = folder.path().join("evidence");
    let orphan = |text: &str| files.join(format!("{}.zst", EvidenceId::of(text.as_bytes()).hex()));
    let old = clock() - Duration::from_secs(2 * 3600);
    let kept = files.join(format!("{}.zst", kept.hex()));
    for (path, is_old) in [
        (orphan("old"), true),
        (files.join(".new-Ab3"), true),
        (files.join("notes.txt"), true),
        (orphan("being uploaded"), false),
        (kept.clone(), true),
    ] {
        let file = std::fs::File::options().create(true).append(true).open(&path).expect("opens");
        if is_old {
            file.set_modified(old).expect("is old");
        }
    }
    let told = doctor::run(&place, now(), false).await;
    assert!(
        line(&told, "orphans").level == Level::Warning && line(&told, "orphans").found.starts_with("2 files"),
        "{told:?}"
    );
    assert!(orphan("old").exists(), "only told");
    let fixed = doctor::run(&place, now(), true).await;
    assert!(line(&fixed, "orphans").found.starts_with("removed 2 files"), "{fixed:?}");
    assert!(!orphan("old").exists() && !files.join(".new-Ab3").exists());
    assert!(orphan("being uploaded").exists() && kept.exists() && files.join("notes.txt").exists());
}

#[tokio::test]
async fn bytes_without_a_row_are_removed_from_postgresql() {
    let Some(url) = hindcast_testdb::database("doctor_orphans").await else { return };
    let place = Place::Postgres(url.clone());
    record(&place).await;
    let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.expect("answers");
    let id = EvidenceId::of(b"old").to_string();
    let put = sqlx::query("INSERT INTO blob (id, packed) VALUES ($1, decode('00', 'hex'))").bind(id);
    put.execute(&mut conn).await.expect("puts");
    assert_eq!(line(&doctor::run(&place, now(), false).await, "orphans").level, Level::Warning);
    assert!(line(&doctor::run(&place, now(), true).await, "orphans").found.starts_with("removed 1 file"));
    let again = doctor::run(&place, now(), false).await;
    assert_eq!((line(&again, "orphans").level, line(&again, "evidence").level), (Level::Ok, Level::Ok));
}

#[tokio::test]
async fn a_place_without_a_record_is_a_fault_and_stays_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = doctor::run(&Place::Folder(folder.path().join("nothing")), now(), true).await;
    assert!(lines.len() == 1 && lines[0].level == Level::Fault, "{lines:?}");
    assert!(!folder.path().join("nothing").exists());
}

#[tokio::test]
async fn a_damaged_database_file_is_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    record(&place).await;
    let file = folder.path().join("hindcast.db");
    let mut bytes = std::fs::read(&file).expect("reads");
    let page = 4096 * 3;
    bytes[page..page + 4096].fill(0xff);
    std::fs::write(&file, bytes).expect("damages");
    let lines = doctor::run(&place, now(), false).await;
    assert_eq!(line(&lines, "database").level, Level::Fault, "{lines:?}");
}

#[tokio::test]
async fn what_is_said_of_the_anchor_is_true_in_each_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    record(&place).await;
    assert!(doctor::run(&place, now(), false).await.iter().all(|l| l.name != "anchor"), "no server posts");
    let at =
        |minute: i64| "2026-11-29T09:00:00Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_mins(minute);
    let store = Store::open(&place).await.expect("opens");
    let mut tx = store.begin().await.expect("begins");
    anchor::begin(&mut tx, at(0), 30).await.expect("begins");
    anchor::begin(&mut tx, at(4), 60).await.expect("begins again");
    tx.commit().await.expect("commits");
    let found = async |minute| {
        let found = line(&doctor::run(&place, at(minute), false).await, "anchor").clone();
        (found.level, found.found)
    };
    let is = |level, text: &str| (level, text.to_owned());
    assert_eq!(found(4).await, is(Level::Ok, "the server has not tried to post yet"));
    let late = "the server has not tried to post yet, and the first post is overdue";
    assert_eq!(found(6).await, is(Level::Warning, late));
    let change = async |change: fn(&mut Posts, Timestamp), minute| {
        let mut tx = store.begin().await.expect("begins");
        let mut posts = anchor::find(&mut tx).await.expect("reads").expect("one");
        change(&mut posts, at(minute));
        anchor::set(&mut tx, &posts).await.expect("sets");
        tx.commit().await.expect("commits");
    };
    change(|posts, at| posts.failed(at, "no response"), 6).await;
    let once = "no post has succeeded yet; 1 attempt failed, the last one at 2026-11-29T09:06:00Z: no response";
    assert_eq!(found(7).await, is(Level::Warning, once));
    change(|posts, at| posts.failed(at, "status 500"), 8).await;
    let twice = "no post has succeeded yet; 2 attempts failed, the last one at 2026-11-29T09:08:00Z: status 500";
    assert_eq!(found(9).await, is(Level::Warning, twice));
    change(|posts, at| posts.succeeded(at, 3), 12).await;
    assert_eq!(found(70).await, is(Level::Ok, "last posted at 2026-11-29T09:12:00Z (row 3)"));
    let late = "last posted at 2026-11-29T09:12:00Z (row 3); the next post is overdue";
    assert_eq!(found(78).await, is(Level::Warning, late));
    change(|posts, at| posts.failed(at, "no response"), 79).await;
    let since = "last posted at 2026-11-29T09:12:00Z (row 3); since then, 1 attempt failed, the last one at 2026-11-29T10:19:00Z: no response";
    assert_eq!(found(80).await, is(Level::Warning, since));
    store.close().await;
}
