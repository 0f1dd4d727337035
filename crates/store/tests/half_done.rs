//! What is not as it should be is put right at the next start: what a program that was killed left half done in the folder of evidence, and
//! counts that an older record or a backup does not have.

use hindcast_retro::record::affected::{Reached, Remedy};
use hindcast_store::affected;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, New};
use hindcast_store::{Act, Place, Store, Viewer, erasure};
use hindcast_trace::Evidence;

#[tokio::test]
async fn the_next_start_finishes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let store = Store::open(&place).await.expect("opens");
    let viewer = Viewer::system();
    let act = Act { by: &viewer, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
    let (kept, erased) = (Evidence::new("a", b"kept".to_vec()), Evidence::new("b", b"erased".to_vec()));
    let mut tx = store.begin().await.expect("begins");
    let number = incidents::create(&mut tx, act, &New::default()).await.expect("opens");
    for file in [&kept, &erased] {
        evidence::add(&store, &mut tx, act, number, Kind::Trace, file, "").await.expect("adds");
    }
    erasure::erase(&mut tx, act, number, &erased.id.to_string(), "asked for").await.expect("erases");
    tx.commit().await.expect("commits");
    store.close().await;
    let files = folder.path().join("evidence");
    std::fs::write(files.join(".new-Ab3"), b"half").expect("writes");
    let names = || {
        let all = std::fs::read_dir(&files).expect("lists").map(|f| f.expect("a file").file_name());
        let mut all: Vec<_> = all.map(|n| n.to_string_lossy().into_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(names().len(), 3, "{:?}", names());
    Store::open(&place).await.expect("opens again").close().await;
    assert_eq!(names(), [format!("{}.zst", kept.id.hex())]);
}

#[tokio::test]
async fn counts_are_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let store = Store::open(&place).await.expect("opens");
    let viewer = Viewer::system();
    let act = Act { by: &viewer, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
    let mut tx = store.begin().await.expect("begins");
    let number = incidents::create(&mut tx, act, &New::default()).await.expect("opens");
    let list = ["s1", "s2"].map(|session| Reached { session: session.to_owned(), ..Reached::default() });
    affected::import(&mut tx, act, number, &list, "").await.expect("imports");
    tx.commit().await.expect("commits");
    for fault in
        ["DELETE FROM affected_count", "UPDATE affected_count SET entries = 7", "UPDATE affected SET status = 'told'"]
    {
        let mut tx = store.begin().await.expect("begins");
        sqlx::query(fault).execute(&mut *tx).await.expect("changes");
        tx.commit().await.expect("commits");
        let again = Store::open(&place).await.expect("opens again");
        let counts =
            affected::counts(&mut again.reader().await.expect("reads"), &viewer, number).await.expect("counts");
        let told = if fault.contains("told") { Remedy::Told } else { Remedy::ToTell };
        assert!(counts.iter().all(|(r, n)| *n == if *r == told { 2 } else { 0 }), "{fault}: {counts:?}");
        again.close().await;
    }
}
