//! The audit log: whole, and what shows when it is not.

use crate::support::{act, after, change, dana, incident, person, read, tamper};
use hindcast_retro::record::people::Role;
use hindcast_store::incidents::Details;
use hindcast_store::{Act, Store, Viewer, chain, incidents};

async fn faults(store: &Store) -> Vec<String> {
    read(store, async |c| chain::verify(c).await).await.faults
}

/// A record whose log has five rows: an account and four incidents.
async fn five(store: &Store) -> Viewer {
    let dana = dana(store).await;
    for title in ["one", "two", "three", "four"] {
        incident(store, &dana, title).await;
    }
    assert_eq!(faults(store).await, Vec::<String>::new());
    dana
}

pub async fn says_nothing_of_a_whole_log(store: Store) {
    let empty = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!((empty.rows, empty.faults), (0, Vec::new()));
    five(&store).await;
    let whole = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!((whole.rows, whole.faults), (5, Vec::new()));
}

/// A chain that was computed anew is whole; only what was kept elsewhere tells.
pub async fn finds_a_log_written_anew_against_a_head_that_was_kept(store: Store) {
    five(&store).await;
    let kept = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!((kept.rows, kept.hash.len()), (5, 64));
    let against =
        async |row, hash: &str| read(&store, async |c| chain::verify_against(c, Some((row, hash))).await).await.faults;
    assert_eq!(against(5, &kept.hash).await, Vec::<String>::new());
    assert_eq!(against(4, &kept.hash).await, ["row 4 is not the one that was kept: the log was written anew"]);
    assert_eq!(against(6, &kept.hash).await, ["the log ends at row 5, and row 6 was kept"]);
    incident(&store, &Viewer { account: "dana".to_owned(), ..Viewer::system() }, "five").await;
    assert_eq!(against(5, &kept.hash).await, Vec::<String>::new(), "what came since is no fault");
    tamper(&store, "DELETE FROM audit").await;
    tamper(&store, "DELETE FROM event").await;
    tamper(&store, "UPDATE audit_head SET seq = 0, hash = ''").await;
    assert!(
        faults(&store).await.iter().all(|fault| fault.ends_with("added without an event")),
        "by itself it is whole"
    );
    assert_eq!(against(5, &kept.hash).await[0], "the log ends at row 0, and row 5 was kept");
}

pub async fn finds_a_changed_row(store: Store) {
    five(&store).await;
    tamper(&store, "UPDATE audit SET account = 'ana' WHERE seq = 3").await;
    assert_eq!(faults(&store).await[0], "row 3 was changed, or the one before it");
    tamper(&store, "UPDATE audit SET account = 'dana' WHERE seq = 3").await;
    assert_eq!(faults(&store).await, Vec::<String>::new());
    tamper(&store, "UPDATE audit SET hash = 'x' WHERE seq = 3").await;
    let told = faults(&store).await;
    assert_eq!(told, ["row 3 was changed, or the one before it", "row 4 was changed, or the one before it"]);
}

/// What people read is the event: its words, who, when, of what kind, about what.
pub async fn finds_an_event_that_is_told_otherwise(store: Store) {
    five(&store).await;
    let cases = [
        (
            "UPDATE event SET data = '{}' WHERE seq = 2",
            "UPDATE event SET data = '{\"title\":\"one\",\"severity\":2,\"restricted\":false}' WHERE seq = 2",
        ),
        ("UPDATE event SET account = 'ana' WHERE seq = 2", "UPDATE event SET account = 'dana' WHERE seq = 2"),
        (
            "UPDATE event SET kind = 'incident.edited' WHERE seq = 2",
            "UPDATE event SET kind = 'incident.opened' WHERE seq = 2",
        ),
        ("UPDATE event SET incident = 2 WHERE seq = 2", "UPDATE event SET incident = 1 WHERE seq = 2"),
        ("UPDATE event SET incident = NULL WHERE seq = 2", "UPDATE event SET incident = 1 WHERE seq = 2"),
        ("UPDATE event SET subject = 'x' WHERE seq = 2", "UPDATE event SET subject = '' WHERE seq = 2"),
        (
            "UPDATE event SET at = '2026-11-25T09:00:00.000Z' WHERE seq = 2",
            "UPDATE event SET at = '2026-11-25T10:00:00.000Z' WHERE seq = 2",
        ),
    ];
    for (wrong, right) in cases {
        tamper(&store, wrong).await;
        assert_eq!(faults(&store).await, ["the event of row 2 is not the one that was put down"], "{wrong}");
        tamper(&store, right).await;
        assert_eq!(faults(&store).await, Vec::<String>::new(), "{right}");
    }
}

pub async fn finds_a_deleted_row(store: Store) {
    five(&store).await;
    tamper(&store, "DELETE FROM event WHERE seq = 4").await;
    assert!(faults(&store).await.contains(&"the event of row 4 is gone".to_owned()));
    tamper(&store, "DELETE FROM audit WHERE seq = 2 OR seq = 3").await;
    let told = faults(&store).await;
    assert_eq!(told[0], "rows 2 to 3 are missing");
    assert!(told.contains(&"row 4 was changed, or the one before it".to_owned()), "{told:?}");
    tamper(&store, "DELETE FROM audit WHERE seq = 1").await;
    assert_eq!(faults(&store).await[0], "rows 1 to 3 are missing");
}

pub async fn finds_an_inserted_row(store: Store) {
    five(&store).await;
    let rows = [
        "INSERT INTO audit SELECT 6, at, account, kind, subject, digest, hash, state FROM audit WHERE seq = 5",
        "INSERT INTO audit SELECT -1, at, account, kind, subject, digest, hash, state FROM audit WHERE seq = 5",
        "INSERT INTO event SELECT 6, at, account, kind, incident, subject, data FROM event WHERE seq = 5",
        "INSERT INTO event SELECT -1, at, account, kind, incident, subject, data FROM event WHERE seq = 5",
    ];
    for sql in rows {
        tamper(&store, sql).await;
        let told = faults(&store).await;
        assert_eq!(told.len(), 1, "{sql}: {told:?}");
        assert!(told[0].contains("more rows than were written"), "{told:?}");
        tamper(&store, "DELETE FROM audit WHERE seq NOT BETWEEN 1 AND 5").await;
        tamper(&store, "DELETE FROM event WHERE seq NOT BETWEEN 1 AND 5").await;
        assert_eq!(faults(&store).await, Vec::<String>::new());
    }
}

pub async fn finds_swapped_rows(store: Store) {
    five(&store).await;
    for table in ["audit", "event"] {
        let (away, over, back) = match table {
            "audit" => (
                "UPDATE audit SET seq = 99 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 99",
            ),
            _ => (
                "UPDATE event SET seq = 99 WHERE seq = 2",
                "UPDATE event SET seq = 2 WHERE seq = 3",
                "UPDATE event SET seq = 3 WHERE seq = 99",
            ),
        };
        for sql in [away, over, back] {
            tamper(&store, sql).await;
        }
        let told = faults(&store).await;
        assert!(told.iter().any(|f| f.contains("row 2 ")) && told.iter().any(|f| f.contains("row 3 ")), "{told:?}");
        for sql in [away, over, back] {
            tamper(&store, sql).await;
        }
        assert_eq!(faults(&store).await, Vec::<String>::new());
    }
}

pub async fn finds_a_truncated_tail(store: Store) {
    five(&store).await;
    tamper(&store, "DELETE FROM audit WHERE seq >= 4").await;
    tamper(&store, "DELETE FROM event WHERE seq >= 4").await;
    assert_eq!(faults(&store).await[0], "the log ends at row 3, but 5 were written");
    tamper(&store, "DELETE FROM audit").await;
    tamper(&store, "DELETE FROM event").await;
    assert_eq!(faults(&store).await[0], "the log ends at row 0, but 5 were written");
}

pub async fn reads_more_than_one_page(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    change(&store, async |tx| {
        for nth in 0..1100 {
            let details = Details { title: format!("t{nth}"), ..Details::default() };
            incidents::edit(tx, act(&dana), number, None, &details).await?;
        }
        Ok(())
    })
    .await
    .expect("edits");
    let whole = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!((whole.rows, whole.faults), (1102, Vec::new()));
    for (sql, told) in [
        ("UPDATE audit SET subject = 'x' WHERE seq = 1000", "row 1000 was changed"),
        ("UPDATE audit SET subject = 'x' WHERE seq = 1001", "row 1001 was changed"),
        ("UPDATE audit SET subject = 'x' WHERE seq = 1102", "row 1102 was changed"),
    ] {
        tamper(&store, sql).await;
        let faults = faults(&store).await;
        assert!(faults.iter().any(|f| f.starts_with(told)), "{told}: {faults:?}");
    }
    tamper(&store, "UPDATE audit SET subject = 'x'").await;
    assert_eq!(faults(&store).await.len(), 20, "no more are told than people read");
}

pub async fn tells_what_happened_newest_first(store: Store) {
    let dana = dana(&store).await;
    person(&store, "ana", Role::Viewer).await;
    let number = incident(&store, &dana, "one").await;
    incident(&store, &dana, "two").await;
    let later = Act { by: &Viewer::system(), at: after(7) };
    change(&store, async |tx| incidents::add_tag(tx, later, number, "voice").await).await.expect("tags");
    let all = read(&store, async |c| chain::of_incident(c, &dana, number, 10).await).await;
    let told: Vec<_> = all.iter().map(|e| (e.kind.as_str(), e.subject.as_str(), e.name.as_str(), e.incident)).collect();
    let expected =
        [("incident.tagged", "voice", "Hindcast", Some(number)), ("incident.opened", "", "dana", Some(number))];
    assert_eq!(told, expected);
    assert_eq!((all[0].at, all[0].account.as_str(), all[1].data["title"].as_str()), (after(7), "system", Some("one")));
    assert!(all[0].seq > all[1].seq);
    assert_eq!(read(&store, async |c| chain::of_incident(c, &dana, number, 1).await).await.len(), 1);
}
