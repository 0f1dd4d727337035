//! Evidence that is taken away for good.

use crate::support::{act, change, dana, incident, is_conflict, is_missing, read, tamper};
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::{Store, StoreError, Viewer, chain, erasure};
use hindcast_trace::{Evidence, Stop};

fn file() -> Evidence {
    Evidence::new("trace.json", b"a customer's words".to_vec())
}

async fn add(store: &Store, by: &Viewer, number: i64) -> Result<(), StoreError> {
    change(store, async |tx| evidence::add(store, tx, act(by), number, Kind::Trace, &file(), "").await).await
}

async fn erase(store: &Store, by: &Viewer, number: i64) -> Result<(), StoreError> {
    let id = file().id.to_string();
    change(store, async |tx| erasure::erase(tx, act(by), number, &id, "the customer asked for it").await).await
}

async fn bytes(store: &Store, by: &Viewer, number: i64) -> Option<Vec<u8>> {
    let id = file().id.to_string();
    read(store, async |c| evidence::bytes(store, c, by, number, &id).await).await.map(|f| f.bytes.to_vec())
}

pub async fn takes_the_bytes_and_keeps_that_they_were_there(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    add(&store, &dana, number).await.expect("adds");
    erase(&store, &dana, number).await.expect("erases");
    assert_eq!(bytes(&store, &dana, number).await, None);
    erasure::finish(&store).await.expect("takes the bytes away");
    let all = read(&store, async |c| evidence::of(c, &dana, number).await).await;
    let erased = all[0].erased.clone().expect("says so");
    assert_eq!((erased.by.as_str(), erased.why.as_str()), ("dana", "the customer asked for it"));
    assert_eq!((all[0].name.as_str(), all[0].bytes), ("trace.json", 18));
    let events = read(&store, async |c| chain::of_incident(c, &dana, number, 1).await).await;
    assert_eq!((events[0].kind.as_str(), events[0].subject.as_str()), ("evidence.erased", all[0].id.as_str()));
    // Not even somebody with the database in hand gets them back.
    tamper(&store, "UPDATE evidence SET erased_at = NULL").await;
    assert_eq!(bytes(&store, &dana, number).await, None);
}

pub async fn is_done_once_and_not_undone(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let nothing = erase(&store, &dana, number).await;
    assert!(is_missing(&nothing), "{nothing:?}");
    add(&store, &dana, number).await.expect("adds");
    erase(&store, &dana, number).await.expect("erases");
    let again = erase(&store, &dana, number).await;
    assert!(is_conflict(&again), "{again:?}");
    let back = add(&store, &dana, number).await;
    assert!(is_conflict(&back), "{back:?}");
    assert_eq!(bytes(&store, &dana, number).await, None);
}

pub async fn leaves_what_another_incident_needs(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = (incident(&store, &dana, "one").await, incident(&store, &dana, "two").await);
    for number in [one, two] {
        add(&store, &dana, number).await.expect("adds");
    }
    erase(&store, &dana, one).await.expect("erases");
    erasure::finish(&store).await.expect("has nothing to take away");
    assert_eq!(bytes(&store, &dana, one).await, None);
    assert_eq!(bytes(&store, &dana, two).await, Some(file().bytes.to_vec()));
    erase(&store, &dana, two).await.expect("erases");
    erasure::finish(&store).await.expect("takes the bytes away");
    tamper(&store, "UPDATE evidence SET erased_at = NULL").await;
    assert_eq!(bytes(&store, &dana, two).await, None);
}

/// Who adds the same bytes elsewhere at the moment at which they are taken away keeps them.
pub async fn at_the_moment_of_an_upload_loses_nothing(store: Store) {
    let dana = dana(&store).await;
    for round in 0..15 {
        let (one, two) = (incident(&store, &dana, "one").await, incident(&store, &dana, "two").await);
        add(&store, &dana, one).await.expect("adds");
        let taking = async {
            erase(&store, &dana, one).await.expect("erases");
            erasure::finish(&store).await.expect("finishes");
        };
        let ((), added) = tokio::join!(taking, add(&store, &dana, two));
        added.expect("adds");
        assert_eq!(bytes(&store, &dana, two).await, Some(file().bytes.to_vec()), "round {round}");
        erase(&store, &dana, two).await.expect("erases");
        erasure::finish(&store).await.expect("finishes");
    }
}

/// Several who add the same files in another order, and somebody who erases them elsewhere meanwhile.
pub async fn and_uploads_of_the_same_files_do_not_lock_each_other_out(store: Store) {
    let dana = dana(&store).await;
    let files: Vec<Evidence> =
        (0..6).map(|i| Evidence::new(format!("{i}.json"), format!("file {i}").into_bytes())).collect();
    let packed = |f: &Evidence| NewFile::pack(f, String::new(), &Stop::default()).expect("packs");
    let forth: Vec<_> = files.iter().map(packed).collect();
    let back: Vec<_> = files.iter().rev().map(packed).collect();
    let upload = async |number, all: &[NewFile]| {
        change(&store, async |tx| evidence::add_all(&store, tx, act(&dana), number, Kind::Trace, all).await).await
    };
    let take = async |number| {
        for file in &files {
            let id = file.id.to_string();
            change(&store, async |tx| erasure::erase(tx, act(&dana), number, &id, "asked for").await).await?;
            erasure::finish(&store).await?;
        }
        Ok::<_, StoreError>(())
    };
    // Several rounds: the first ones are spent on connecting.
    for round in 0..5 {
        let (first, single) = (incident(&store, &dana, "first").await, incident(&store, &dana, "single").await);
        let (one, two) = (incident(&store, &dana, "one").await, incident(&store, &dana, "two").await);
        upload(first, &forth).await.expect("adds");
        let all = tokio::join!(upload(one, &forth), upload(two, &back), upload(single, &back[..1]), take(first));
        assert!(matches!(all, (Ok(()), Ok(()), Ok(()), Ok(()))), "round {round}: {all:?}");
        for (number, file) in [one, two].into_iter().flat_map(|n| files.iter().map(move |f| (n, f))) {
            let id = file.id.to_string();
            let kept = read(&store, async |c| evidence::bytes(&store, c, &dana, number, &id).await).await;
            assert_eq!(kept.map(|f| f.bytes.to_vec()), Some(file.bytes.to_vec()), "{}", file.name);
        }
    }
}
