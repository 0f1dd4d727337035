//! What is not overwritten, and what is not believed.

use super::support::{add, dana, now, places};
use hindcast_store::backup::{BackupError, Manifest};
use hindcast_store::{Place, Store, backup, restore};
use std::path::Path;

/// A backup of a record with one file.
async fn made(out: &Path) -> Manifest {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let store = Store::open(&place).await.expect("opens");
    let by = dana(&store).await;
    add(&store, &by, "one", b"bytes").await.expect("adds");
    store.close().await;
    backup::run(&place, out, now()).await.expect("is made")
}

#[tokio::test]
async fn a_place_that_is_not_empty_is_left_as_it_is() {
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    made(out.path()).await;
    // Not a second backup into the same folder.
    let place = Place::Folder(folder.path().join("data"));
    Store::open(&place).await.expect("opens").close().await;
    let twice = backup::run(&place, out.path(), now()).await;
    assert!(matches!(twice, Err(BackupError::Out(_))), "{twice:?}");
    for (_folder, target) in places("restore_refused").await {
        restore::run(out.path(), &target, now()).await.expect("into an empty place");
        let again = restore::run(out.path(), &target, now()).await;
        assert!(matches!(again, Err(BackupError::Out(_))), "{target:?}: {again:?}");
    }
    // A server was started on it, and nobody has an account yet.
    for (_folder, target) in places("restore_started").await {
        let store = Store::open(&target).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        hindcast_store::settings::set(&mut tx, "redaction_key", "x").await.expect("sets");
        tx.commit().await.expect("commits");
        let refused = restore::run(out.path(), &target, now()).await;
        assert!(matches!(refused, Err(BackupError::Out(_))), "{target:?}: {refused:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_backup_that_was_changed_is_not_restored() {
    let hex = |m: &Manifest| m.files.iter().find(|f| f.path != "hindcast.db").expect("a file").path.clone();
    type Spoil = fn(&Path, &str);
    let ways: [(&str, Spoil); 6] = [
        ("a file is gone", |out, file| std::fs::remove_file(out.join(file)).expect("goes")),
        ("a file is another", |out, file| std::fs::write(out.join(file), "x").expect("writes")),
        ("the database is another", |out, _| std::fs::write(out.join("hindcast.db"), "x").expect("writes")),
        ("no manifest", |out, _| std::fs::remove_file(out.join("manifest.json")).expect("goes")),
        ("a path that leads out", |out, file| {
            let text = std::fs::read_to_string(out.join("manifest.json")).expect("reads");
            std::fs::write(out.join("manifest.json"), text.replace(file, "../../etc/passwd")).expect("writes");
        }),
        ("a later format", |out, _| {
            let text = std::fs::read_to_string(out.join("manifest.json")).expect("reads");
            std::fs::write(out.join("manifest.json"), text.replace("backup/1", "backup/2")).expect("writes");
        }),
    ];
    for (what, spoil) in ways {
        let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let manifest = made(out.path()).await;
        spoil(out.path(), &hex(&manifest));
        let target = folder.path().join("again");
        let refused = restore::run(out.path(), &Place::Folder(target.clone()), now()).await;
        assert!(matches!(refused, Err(BackupError::In(_))), "{what}: {refused:?}");
        assert!(!target.exists(), "{what}");
    }
}

#[tokio::test]
async fn missing_and_damaged_evidence_is_told_and_the_rest_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let store = Store::open(&place).await.expect("opens");
    let by = dana(&store).await;
    let mut ids = Vec::new();
    for text in ["gone", "damaged", "kept"] {
        ids.push(add(&store, &by, text, text.as_bytes()).await.expect("adds").1);
    }
    store.close().await;
    let file = |id: &str| folder.path().join(format!("evidence/{}.zst", id.trim_start_matches("sha256:")));
    std::fs::remove_file(file(&ids[0])).expect("goes");
    std::fs::write(file(&ids[1]), "x").expect("writes");
    let out = tempfile::tempdir().expect("a folder");
    let made = backup::run(&place, out.path(), now()).await.expect("is made");
    assert_eq!((made.missing, made.damaged), (vec![ids[0].clone()], vec![ids[1].clone()]));
    let again = Place::Folder(folder.path().join("again"));
    let restored = restore::run(out.path(), &again, now()).await.expect("is restored");
    let mut lost = ids[..2].to_vec();
    lost.sort();
    assert_eq!((restored.intact, restored.lost), (1, lost));
}

#[tokio::test]
async fn a_folder_without_a_record_has_no_backup() {
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let refused = backup::run(&Place::Folder(folder.path().join("nothing")), &out.path().join("o"), now()).await;
    assert!(refused.is_err_and(|e| e.to_string().contains("contains no Hindcast data")));
    assert!(!folder.path().join("nothing").exists());
    assert!(!out.path().join("o").exists());
}
