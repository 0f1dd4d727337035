//! A disk that reports errors, as one does that breaks or whose cable is loose.
//!
//! This program runs itself once more, with a small library before the C library that fails calls on the files of the database (`io_errors.c`). It
//! needs Linux and a C compiler; without them, nothing is tested here.

use crate::{LATER, PATIENCE, count, open};
use hindcast_store::{Place, StorageFault, Store, StoreError, Unready};
use sqlx::Executor;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file that lists what fails.
const LIST: &str = "HINDCAST_IO_ERRORS";

/// The library, if it can be made.
fn library(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/io_errors.c");
    let library = folder.join("io_errors.so");
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).arg("-ldl").status();
    (cfg!(target_os = "linux") && made.is_ok_and(|status| status.success())).then_some(library)
}

#[test]
fn are_over_when_the_disk_works_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(library) = library(folder.path()) else {
        println!("skipped: needs Linux and a C compiler");
        return;
    };
    let own = std::env::current_exe().expect("its path");
    let child = Command::new(own)
        .args(["--exact", "io_errors::in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env(LIST, folder.path().join("list"))
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{told}\n{}", String::from_utf8_lossy(&child.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

/// The disk of a store, which reports errors on demand.
struct Disk(PathBuf);

impl Disk {
    fn fails(&self, what: &str) {
        std::fs::write(&self.0, what).expect("writes");
    }

    fn works(&self) {
        std::fs::remove_file(&self.0).expect("removes");
    }
}

#[track_caller]
fn is_io<T: std::fmt::Debug>(result: Result<T, StoreError>, what: &str) {
    assert!(matches!(result, Err(StoreError::Storage(StorageFault::Io, _))), "{what}: {result:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "are_over_when_the_disk_works_again runs it"]
async fn in_a_process_of_its_own() {
    let disk = Disk(std::env::var_os(LIST).expect("the list").into());
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().join("data"));
    let store = Store::open(&place).await.expect("opens");
    let mut kept = 0;
    for what in ["write", "sync", "write sync"] {
        for _ in 0..3 {
            open(&store, 10_000).await.expect("works");
            kept += 1;
        }
        // A temporary table is the connection's own, and tells which one it is.
        let mut tx = store.begin().await.expect("begins");
        tx.execute("CREATE TEMP TABLE mark (n BIGINT)").await.expect("is made");
        tx.commit().await.expect("commits");
        let mut tx = store.begin().await.expect("begins");
        tx.execute("SELECT n FROM mark").await.expect("the same connection");
        tx.commit().await.expect("commits");
        disk.fails(what);
        for _ in 0..2 {
            is_io(open(&store, 10_000).await, what);
        }
        tokio::time::sleep(LATER).await;
        let ready = store.ready(PATIENCE).await;
        let Err(Unready::NoWrite(why)) = ready else { panic!("{what}: {ready:?}") };
        assert!(why.starts_with("the disk reports an error; check the disk"), "{why}");
        assert_eq!(count(&store).await, kept, "{what}: what was acknowledged can be read, and nothing else is there");
        disk.works();
        let mut tx = store.begin().await.expect("begins");
        assert!(
            tx.execute("SELECT n FROM mark").await.is_err(),
            "{what}: the connection that saw it is not used again"
        );
        drop(tx);
        open(&store, 10_000).await.expect("the next change works");
        kept += 1;
        tokio::time::sleep(LATER).await;
        assert_eq!(store.ready(PATIENCE).await, Ok(()), "{what}");
        assert_eq!(count(&store).await, kept, "{what}");
    }
    // What nobody has in memory has to be read.
    store.close().await;
    disk.fails("read");
    is_io(Store::open(&place).await.map(|_| ()), "a start");
    disk.works();
    let store = Store::open(&place).await.expect("opens");
    disk.fails("read");
    let list = async || {
        let mut conn = store.reader().await?;
        Ok(sqlx::query("SELECT * FROM incident").fetch_all(&mut *conn).await?.len())
    };
    // SQLite may hold what it cannot read for damaged.
    let listed: Result<usize, StoreError> = list().await;
    let told = matches!(listed, Err(StoreError::Storage(StorageFault::Io | StorageFault::Damaged, _)));
    assert!(told, "a list: {listed:?}");
    disk.works();
    assert_eq!(count(&store).await, kept);
    tokio::time::sleep(LATER).await;
    assert_eq!(store.ready(PATIENCE).await, Ok(()), "it was looked through, and is whole");
    let faults = hindcast_store::check::database(&mut store.reader().await.expect("reads")).await.expect("checks");
    assert_eq!(faults, Vec::<String>::new());
    let audit = hindcast_store::chain::verify(&mut store.reader().await.expect("reads")).await.expect("checks");
    assert_eq!(audit.faults, Vec::<String>::new());
}
