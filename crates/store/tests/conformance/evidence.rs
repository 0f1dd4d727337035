//! Files of incidents.

use crate::support::{act, change, damage, dana, incident, is_missing, read};
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::{Store, StoreError, Viewer, incidents};
use hindcast_trace::{Evidence, Stop};

async fn add(store: &Store, by: &Viewer, number: i64, kind: Kind, file: &Evidence) {
    change(store, async |tx| evidence::add(store, tx, act(by), number, kind, file, "a key").await).await.expect("adds");
}

pub async fn is_kept_byte_for_byte(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let long = Evidence::new("trace.json", (0..100_000u32).flat_map(u32::to_le_bytes).collect());
    let empty = Evidence::new("empty", Vec::new());
    for file in [&long, &empty] {
        add(&store, &dana, number, Kind::Trace, file).await;
        let id = file.id.to_string();
        let kept = read(&store, async |c| evidence::bytes(&store, c, &dana, number, &id).await).await;
        let kept = kept.expect("is there");
        assert_eq!((kept.name.as_str(), kept.bytes == file.bytes), (file.name.as_str(), true));
    }
    let all = read(&store, async |c| evidence::of(c, &dana, number).await).await;
    assert_eq!(
        all.iter().map(|i| (i.name.as_str(), i.bytes)).collect::<Vec<_>>(),
        [("empty", 0), ("trace.json", 400_000)]
    );
    assert_eq!((all[1].masked.as_str(), all[1].added_by.as_str()), ("a key", "dana"));
}

pub async fn is_given_piece_by_piece(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let long = Evidence::new("trace.json", (0..300_000u32).flat_map(u32::to_le_bytes).collect());
    let empty = Evidence::new("empty", Vec::new());
    let ask = async |id: String| {
        let mut conn = store.reader().await?;
        let Some((item, packed)) = evidence::stored(&store, &mut conn, &dana, number, &id).await? else {
            return Ok(None);
        };
        Ok(packed.pieces(&Stop::default())?.map(|pieces| (item, pieces)))
    };
    for file in [&long, &empty] {
        add(&store, &dana, number, Kind::Trace, file).await;
        let (item, mut pieces) = ask(file.id.to_string()).await.expect("is whole").expect("is there");
        assert_eq!((item.name.as_str(), item.bytes), (file.name.as_str(), file.bytes.len() as i64));
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().await.expect("reads") {
            assert!(piece.len() <= 256 << 10, "{}", piece.len());
            all.extend(piece);
        }
        assert!(all == *file.bytes);
    }
    let mut conn = store.reader().await.expect("reads");
    let id = long.id.to_string();
    let (_, packed) = evidence::stored(&store, &mut conn, &dana, number, &id).await.expect("reads").expect("is there");
    drop(conn);
    // Some pieces are read, and then nobody waits any more.
    for looks in 0..4 {
        let stop = Stop::after(looks);
        assert!(matches!(packed.pieces(&stop).map(drop), Err(StoreError::Files(_))));
        let stop = Stop::after(looks);
        assert!(matches!(packed.bytes(&stop), Err(StoreError::Files(_))));
        let stop = Stop::after(looks);
        assert!(matches!(NewFile::pack(&long, String::new(), &stop).map(drop), Err(StoreError::Files(_))));
    }
    assert!(packed.bytes(&Stop::default()).expect("is whole").is_some_and(|bytes| bytes == *long.bytes));
    damage(&store).await;
    let damaged = ask(long.id.to_string()).await;
    assert!(matches!(damaged.map(|_| ()), Err(StoreError::DamagedEvidence(_))), "before the first piece");
    assert!(is_missing(&ask("sha256:00".to_owned()).await.map(|_| ())));
}

pub async fn keeps_its_bytes_though_nobody_waits_for_the_change(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    // Cut short at every stage of making the change last.
    for step in 0..60u32 {
        let file = Evidence::new("trace.json", step.to_le_bytes().to_vec());
        let mut tx = store.begin().await.expect("begins");
        evidence::add(&store, &mut tx, act(&dana), number, Kind::Trace, &file, "").await.expect("adds");
        let patience = std::time::Duration::from_micros(u64::from(step) * 100);
        tokio::time::timeout(patience, tx.commit()).await.ok();
    }
    // The next change waits for what was sent.
    change(&store, async |tx| incidents::add_tag(tx, act(&dana), number, "after").await).await.expect("tags");
    for item in read(&store, async |c| evidence::of(c, &dana, number).await).await {
        let kept = read(&store, async |c| evidence::bytes(&store, c, &dana, number, &item.id).await).await;
        assert!(kept.is_some_and(|kept| kept.bytes.len() == 4), "{}", item.id);
    }
}

pub async fn the_same_bytes_are_one_evidence_of_the_latest_kind(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let file = Evidence::new("facts.yaml", b"x".to_vec());
    for kind in [Kind::Trace, Kind::Contracts, Kind::Facts] {
        add(&store, &dana, number, kind, &file).await;
    }
    let all = read(&store, async |c| evidence::of(c, &dana, number).await).await;
    assert_eq!(all.iter().map(|i| i.kind).collect::<Vec<_>>(), [Kind::Facts]);
    let both = async || {
        change(&store, async |tx| evidence::add(&store, tx, act(&dana), number, Kind::Trace, &file, "").await).await
    };
    let (a, b) = tokio::join!(both(), both());
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
}

pub async fn bytes_of_one_incident_are_not_those_of_another(store: Store) {
    let dana = dana(&store).await;
    let (one, two) = (incident(&store, &dana, "one").await, incident(&store, &dana, "two").await);
    let file = Evidence::new("trace.json", b"x".to_vec());
    add(&store, &dana, one, Kind::Trace, &file).await;
    let id = file.id.to_string();
    let conn = &mut *store.reader().await.expect("reads");
    for (number, id) in [(two, id.as_str()), (one, "sha256:00"), (one, "../../etc/passwd"), (9, id.as_str())] {
        let other = evidence::bytes(&store, conn, &dana, number, id).await;
        assert!(is_missing(&other), "{number} {id}: {other:?}");
    }
    let nowhere =
        change(&store, async |tx| evidence::add(&store, tx, act(&dana), 9, Kind::Trace, &file, "").await).await;
    assert!(is_missing(&nowhere), "{nowhere:?}");
}

/// A row that names other bytes than it says, or none: the first is an error, the second an absence.
pub async fn damage_is_told(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let file = Evidence::new("trace.json", b"x".to_vec());
    add(&store, &dana, number, Kind::Trace, &file).await;
    let other = format!("sha256:{}", "0".repeat(64));
    crate::support::tamper(
        &store,
        "UPDATE evidence SET id = 'sha256:0000000000000000000000000000000000000000000000000000000000000000'",
    )
    .await;
    let conn = &mut *store.reader().await.expect("reads");
    let gone = evidence::bytes(&store, conn, &dana, number, &other).await.expect("answers");
    assert!(gone.is_none(), "{gone:?}");
    crate::support::tamper(&store, "UPDATE evidence SET id = 'sha256:no digest'").await;
    let damaged = evidence::bytes(&store, conn, &dana, number, "sha256:no digest").await;
    assert!(matches!(damaged, Err(StoreError::Corrupt(_))), "{damaged:?}");
}

/// Whoever has the file still can mend what a bad disk did.
pub async fn taken_in_again_mends_what_is_damaged(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    let file = Evidence::new("trace.json", b"what was said".to_vec());
    let id = file.id.to_string();
    add(&store, &dana, number, Kind::Trace, &file).await;
    damage(&store).await;
    let bytes = async || {
        let conn = &mut *store.reader().await.expect("reads");
        evidence::bytes(&store, conn, &dana, number, &id).await
    };
    let damaged = bytes().await;
    assert!(matches!(damaged, Err(StoreError::DamagedEvidence(_))), "{damaged:?}");
    add(&store, &dana, number, Kind::Trace, &file).await;
    assert_eq!(bytes().await.expect("is whole").map(|f| f.bytes), Some(file.bytes));
}
