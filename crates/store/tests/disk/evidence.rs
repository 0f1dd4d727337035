//! Files of evidence on a disk that does not work.

use crate::open;
use hindcast_store::check::{self, Stored};
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::{Act, Place, StorageFault, Store, StoreError, Viewer};
use hindcast_trace::{Evidence, Stop};
use std::path::Path;
use std::time::Duration;

/// Bytes that no packing makes smaller, with a seed.
fn noise(seed: u64, bytes: usize) -> Evidence {
    let mut state = seed;
    let next = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 56) as u8
    };
    Evidence::new(format!("{seed}.json"), (0..bytes).map(|_| next(&mut state)).collect())
}

/// Adds a file to the first incident; the change is given up where it is not to be committed.
async fn add(store: &Store, file: &Evidence, commit: bool) -> Result<(), StoreError> {
    let system = Viewer::system();
    let act = Act { by: &system, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
    let mut tx = store.begin().await?;
    evidence::add(store, &mut tx, act, 1, Kind::Trace, file, "").await?;
    if commit { tx.commit().await } else { Ok(()) }
}

fn names(data: &Path) -> Vec<String> {
    let Ok(all) = std::fs::read_dir(data.join("evidence")) else { return Vec::new() };
    let mut all: Vec<_> = all.map(|f| f.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

fn name(file: &Evidence) -> String {
    format!("{}.zst", file.id.hex())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_for_which_there_is_no_room_leaves_nothing_behind() {
    let Some(disk) = hindcast_testdb::small_disk(8) else { return };
    let data = disk.path().join("data");
    let store = Store::open(&Place::Folder(data.clone())).await.expect("opens");
    open(&store, 10).await.expect("opens an incident");
    let (small, large) = (noise(1, 1000), noise(2, 20 << 20));
    add(&store, &small, true).await.expect("there is room");
    for _ in 0..3 {
        let full = add(&store, &large, true).await;
        assert!(matches!(full, Err(StoreError::Storage(StorageFault::Full, _))), "{full:?}");
        assert_eq!(names(&data), [name(&small)]);
    }
    add(&store, &noise(3, 1000), true).await.expect("there is room for this one");
    assert_eq!(names(&data).len(), 2);
}

#[tokio::test]
async fn a_change_that_is_given_up_removes_what_it_wrote_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    open(&store, 10).await.expect("opens an incident");
    let (kept, given_up) = (noise(1, 1000), noise(2, 1000));
    add(&store, &kept, true).await.expect("adds");
    add(&store, &kept, false).await.expect("adds");
    add(&store, &given_up, false).await.expect("adds");
    assert_eq!(names(folder.path()), [name(&kept)]);
    // Mending a damaged file is no reason to remove it either.
    std::fs::write(folder.path().join("evidence").join(name(&kept)), b"x").expect("damages");
    add(&store, &kept, false).await.expect("adds");
    assert_eq!(names(folder.path()), [name(&kept)]);
}

/// The thread that writes goes on when nobody waits for it any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_dropped_while_it_writes_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    open(&store, 10).await.expect("opens an incident");
    let system = Viewer::system();
    let act = Act { by: &system, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
    let packed = |seed| NewFile::pack(&noise(seed, 4 << 20), String::new(), &Stop::default()).expect("packs");
    let mut dropped = 0;
    for step in 0..40 {
        let file = [packed(step)];
        let mut tx = store.begin().await.expect("begins");
        let adding = evidence::add_all(&store, &mut tx, act, 1, Kind::Trace, &file);
        dropped += usize::from(tokio::time::timeout(Duration::from_micros(500 * step), adding).await.is_err());
        drop(tx);
    }
    assert!(dropped > 0, "every file was written before its change was dropped");
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if names(folder.path()).is_empty() {
            break;
        }
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_file_with_other_bytes_is_told_and_never_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    open(&store, 10).await.expect("opens an incident");
    let (file, other) = (noise(1, 1000), noise(2, 1000));
    add(&store, &file, true).await.expect("adds");
    add(&store, &other, true).await.expect("adds");
    let folder = folder.path().join("evidence");
    let mut conn = store.reader().await.expect("reads");
    let id = file.id.to_string();
    assert_eq!(check::evidence(&store, &mut conn, &id).await.expect("checks"), Stored::Intact);
    // A whole file in the place of another, a part of one, and none of the kind.
    let whole = std::fs::read(folder.join(name(&other))).expect("reads");
    for bytes in [&whole[..], &whole[..500], b"x", b""] {
        std::fs::write(folder.join(name(&file)), bytes).expect("damages");
        let damaged = evidence::bytes(&store, &mut conn, &Viewer::system(), 1, &id).await;
        assert!(matches!(&damaged, Err(StoreError::DamagedEvidence(which)) if *which == id), "{damaged:?}");
        assert_eq!(check::evidence(&store, &mut conn, &id).await.expect("checks"), Stored::Damaged);
    }
    std::fs::remove_file(folder.join(name(&file))).expect("removes");
    assert_eq!(check::evidence(&store, &mut conn, &id).await.expect("checks"), Stored::Missing);
    let mut all = [id, other.id.to_string()];
    all.sort();
    assert_eq!(check::all_evidence(&mut conn).await.expect("lists"), all);
}
