//! While others write.

use super::support::{add, dana, now, places};
use hindcast_store::{Act, Place, Store, backup, chain, check, erasure, restore};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_has_its_file_and_nothing_acknowledged_before_is_lost() {
    for (folder, place) in places("backup_busy").await {
        let store = Store::open(&place).await.expect("opens");
        let by = dana(&store).await;
        let (done, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (store, by, done, stop) = (store.clone(), by.clone(), done.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut nth = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let title = format!("{writer}-{nth}");
                        let (number, id) = add(&store, &by, &title, title.repeat(2000).as_bytes()).await.expect("adds");
                        // Every fifth file goes again.
                        if nth % 5 == 4 {
                            let mut tx = store.begin().await.expect("begins");
                            let act = Act { by: &by, at: now() };
                            erasure::erase(&mut tx, act, number, &id, "asked for").await.expect("erases");
                            tx.commit().await.expect("commits");
                            erasure::finish(&store).await.expect("is gone");
                        } else {
                            done.lock().expect("whole").push((number, id));
                        }
                        nth += 1;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                })
            })
            .collect();
        for round in 0..3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let before = done.lock().expect("whole").clone();
            let out = tempfile::tempdir().expect("a folder");
            let made = backup::run(&place, out.path(), now()).await.expect("is made");
            assert_eq!((made.missing.len(), made.damaged.len()), (0, 0));
            holds(out.path(), &before).await;
            println!(
                "{}: round {round}: {} files, {} acknowledged before",
                made.database,
                made.files.len() - 1,
                before.len()
            );
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("ends");
        }
        store.close().await;
        drop(folder);
    }
}

/// Restores it and looks every acknowledged file up.
async fn holds(backup: &std::path::Path, before: &[(i64, String)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().join("again"));
    let restored = restore::run(backup, &place, now()).await.expect("is restored");
    assert_eq!(restored.lost, Vec::<String>::new(), "rows without their file");
    let store = Store::open(&place).await.expect("opens");
    let mut conn = store.reader().await.expect("reads");
    assert_eq!(chain::verify(&mut conn).await.expect("checks").faults, Vec::<String>::new());
    let there = check::all_evidence(&mut conn).await.expect("lists");
    assert_eq!(restored.intact, there.len());
    for (number, id) in before {
        assert!(there.contains(id), "incident {number}: {id} was acknowledged before and is not there");
    }
    // Files that no row needs: erased ones.
    let files = std::fs::read_dir(folder.path().join("again/evidence")).expect("lists").count();
    assert_eq!(files, there.len());
    drop(conn);
    store.close().await;
}

#[tokio::test]
async fn what_was_erased_before_the_end_is_not_in_it() {
    for (_folder, place) in places("backup_erased").await {
        let store = Store::open(&place).await.expect("opens");
        let by = dana(&store).await;
        let (number, erased) = add(&store, &by, "one", b"to be erased").await.expect("adds");
        add(&store, &by, "two", b"to be kept").await.expect("adds");
        let mut tx = store.begin().await.expect("begins");
        erasure::erase(&mut tx, Act { by: &by, at: now() }, number, &erased, "asked for").await.expect("erases");
        tx.commit().await.expect("commits");
        // The bytes are still there: the program was killed in between.
        let out = tempfile::tempdir().expect("a folder");
        let made = backup::run(&place, out.path(), now()).await.expect("is made");
        let paths: Vec<&str> = made.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths.len(), 2, "{paths:?}");
        let hex = erased.trim_start_matches("sha256:");
        assert!(!paths.iter().any(|p| p.contains(hex)), "{paths:?}");
        assert!(!out.path().join(format!("evidence/{hex}.zst")).exists());
        store.close().await;
    }
}
