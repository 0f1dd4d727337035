//! What is changed outside of the log, and then taken over by an ordinary change, or cannot be read at all.

use crate::affected::reached;
use crate::support::{act, after, browser, change, dana, incident, now, person, read, tamper};
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::evidence::Kind;
use hindcast_store::{Store, Viewer, affected, chain, evidence, incidents, invitations, logins, near_misses, tokens};
use hindcast_trace::Evidence;

async fn faults(store: &Store) -> Vec<String> {
    chain::verify_with_evidence(store, None).await.expect("checks").faults
}

/// INC-1 with two tags, a customer and a file.
async fn filled(store: &Store) -> Viewer {
    let dana = dana(store).await;
    let number = incident(store, &dana, "one").await;
    change(store, async |tx| {
        chain::begin_coverage(tx, act(&dana)).await?;
        incidents::add_tag(tx, act(&dana), number, "a").await?;
        incidents::add_tag(tx, act(&dana), number, "b").await?;
        affected::import(tx, act(&dana), number, &[reached("s1", ""), reached("s2", "")], "list.csv").await?;
        invitations::create(tx, act(&dana), "h", Role::Viewer, 60).await?;
        tokens::create(tx, act(&dana), "t1", "script", "th", &[Permission::Read], None).await?;
        logins::create(tx, act(&dana), &browser("l1", "lh")).await?;
        evidence::add(store, tx, act(&dana), number, Kind::Trace, &Evidence::new("a.json", b"{}".to_vec()), "").await
    })
    .await
    .expect("fills");
    assert_eq!(faults(store).await, Vec::<String>::new());
    dana
}

/// An ordinary change of each part that is edited.
async fn goes_on(store: &Store, dana: &Viewer, name: &str) {
    let tag = format!("tag {name}");
    let version = read(store, async |c| affected::of(c, dana, 1, None, 1, 1).await).await[0].version;
    change(store, async |tx| {
        incidents::add_tag(tx, act(dana), 1, &tag).await?;
        let done = affected::Done { remedy: Remedy::Told, owner: "Mia", note: name };
        affected::set(tx, act(dana), 1, 2, version, &done).await?;
        invitations::create(tx, act(dana), name, Role::Viewer, 60).await?;
        tokens::create(tx, act(dana), name, "script", name, &[Permission::Read], None).await?;
        logins::create(tx, act(dana), &browser(name, name)).await?;
        let details = incidents::Details { title: "one".to_owned(), ticket: name.to_owned(), ..Default::default() };
        incidents::edit(tx, act(dana), 1, None, &details).await?;
        let file = Evidence::new("b.json", name.as_bytes().to_vec());
        evidence::add(store, tx, act(dana), 1, Kind::Trace, &file, "").await
    })
    .await
    .expect("goes on");
}

const EDITS: &[(&str, &str)] = &[
    ("UPDATE incident_tag SET tag = 'x' WHERE tag = 'a'", "INC-1: tags"),
    ("UPDATE affected SET status = 'made_whole' WHERE nth = 1", "INC-1: affected customers"),
    (
        "INSERT INTO invitation (token_hash, id, purpose, role, created_by, created_at, expires_at) \
         SELECT 'e', 'e', purpose, 'administrator', created_by, created_at, expires_at FROM invitation WHERE token_hash = 'h'",
        "the record: invitations",
    ),
    ("UPDATE evidence SET name = 'x', added_by = 'x'", "INC-1: list of evidence"),
    (
        "INSERT INTO api_token (id, account, name, token_hash, scopes, created_at) VALUES ('e', 'dana', '', 'eh', 'administer', '')",
        "account dana: API tokens",
    ),
    ("UPDATE login SET token_hash = 'x' WHERE id = 'l1'", "account dana: browser sessions"),
    (
        "UPDATE incident SET created_by = 'x', created_at = '2026-11-24T10:00:00.000Z'",
        "INC-1: title, agent, summary, ticket or origin",
    ),
];

pub async fn a_change_of_the_same_part_does_not_take_an_edit_over(store: Store) {
    let dana = filled(&store).await;
    goes_on(&store, &dana, "c").await;
    assert_eq!(faults(&store).await, Vec::<String>::new(), "ordinary changes are none");
    for (edit, _) in EDITS {
        tamper(&store, edit).await;
    }
    for name in ["d", "f"] {
        goes_on(&store, &dana, name).await;
        let told = faults(&store).await;
        assert_eq!(told.len(), EDITS.len(), "{told:?}");
        for (_, what) in EDITS {
            let expected = format!("{what} changed outside of the log between event ");
            let told_of = told.iter().filter(|f| f.starts_with(&expected) && f.ends_with("Z)")).count();
            assert_eq!(told_of, 1, "{what}, once and for ever: {told:?}");
        }
    }
    // People are told where it happened.
    let events = read(&store, async |c| chain::of_incident(c, &dana, 1, 100).await).await;
    let found: Vec<_> = events.iter().filter(|e| e.kind == "audit.found_changed").collect();
    assert_eq!(found.len(), 4, "{events:?}");
    assert!(found.iter().any(|e| e.data["part"] == "tags" && e.account == "system"), "{found:?}");
}

/// The index of the newest digests helps the change to notice. Verification does not rest on it.
pub async fn an_edit_of_the_index_hides_nothing(store: Store) {
    let dana = filled(&store).await;
    tamper(&store, "UPDATE incident_tag SET tag = 'x' WHERE tag = 'a'").await;
    tamper(&store, "DELETE FROM audit_part").await;
    change(&store, async |tx| incidents::add_tag(tx, act(&dana), 1, "c").await).await.expect("goes on");
    let told = faults(&store).await;
    assert!(told.len() == 1 && told[0].starts_with("INC-1: tags changed outside of the log between"), "{told:?}");
}

/// Nobody else can write to SQLite while a change is made.
pub async fn an_edit_during_a_change_is_not_taken_over(store: Store) {
    let dana = filled(&store).await;
    if store.reader().await.expect("reads").backend_name() == "SQLite" {
        return;
    }
    let mut tx = store.begin().await.expect("begins");
    incidents::add_tag(&mut tx, act(&dana), 1, "c").await.expect("tags");
    tamper(&store, "UPDATE incident_tag SET tag = 'x' WHERE tag = 'a'").await;
    tx.commit().await.expect("commits");
    let told = faults(&store).await;
    assert!(told.len() == 1 && told[0].starts_with("INC-1: tags changed outside of the log between"), "{told:?}");
}

/// Changes that queue at the head find what the one before left.
pub async fn changes_at_once_find_nothing_changed(store: Store) {
    let dana = filled(&store).await;
    let tags: Vec<_> = (0..12)
        .map(|nth| {
            let (store, dana) = (store.clone(), dana.clone());
            tokio::spawn(async move {
                let tag = format!("t{nth}");
                change(&store, async |tx| incidents::add_tag(tx, act(&dana), 1, &tag).await).await.expect("tags");
            })
        })
        .collect();
    for tag in tags {
        tag.await.expect("ends");
    }
    assert_eq!(faults(&store).await, Vec::<String>::new());
}

pub async fn the_first_review_of_near_misses_needs_an_event(store: Store) {
    let dana = dana(&store).await;
    change(&store, async |tx| chain::begin_coverage(tx, act(&dana)).await).await.expect("begins");
    change(&store, async |tx| chain::begin_coverage(tx, act(&dana)).await).await.expect("once");
    let number = incident(&store, &dana, "one").await;
    assert_eq!(read(&store, async |c| chain::verify(c).await).await.rows, 3);
    tamper(&store, "INSERT INTO near_miss_month (month, account, at, note) VALUES ('2026-11', 'dana', '', '')").await;
    tamper(&store, "INSERT INTO near_miss_review (incident, account, at, note) VALUES (1, 'dana', '', '')").await;
    let told = faults(&store).await;
    for expected in [
        "INC-1: near-miss review added without an event since event 3 (incident.opened at ",
        "the record: near-miss reviews by month added without an event since event 2 (audit.coverage_began at ",
    ] {
        assert!(told.iter().any(|f| f.starts_with(expected)), "{told:?}");
    }
    tamper(&store, "UPDATE incident SET severity = 4").await;
    change(&store, async |tx| near_misses::mark_month(tx, act(&dana), "2026-10", (now(), after(60)), "").await)
        .await
        .expect("reviews");
    change(&store, async |tx| near_misses::mark(tx, act(&dana), number, "").await).await.expect("reviews");
    let told = faults(&store).await;
    for expected in ["INC-1: near-miss review", "the record: near-miss reviews by month"] {
        let expected = format!("{expected} changed outside of the log between event ");
        assert!(told.iter().any(|f| f.starts_with(&expected)), "{told:?}");
    }
    assert_eq!(number, 1);
}

pub async fn sessions_that_expire_are_an_event(store: Store) {
    let dana = filled(&store).await;
    person(&store, "ana", Role::Viewer).await;
    assert_eq!(change(&store, async |tx| logins::sweep(tx, after(3600)).await).await.expect("sweeps"), 1);
    assert_eq!(change(&store, async |tx| logins::sweep(tx, after(3600)).await).await.expect("sweeps"), 0);
    change(&store, async |tx| logins::create(tx, act(&dana), &browser("l2", "l2")).await).await.expect("signs in");
    assert_eq!(faults(&store).await, Vec::<String>::new());
}

/// What cannot be read is named, and the rest is still checked.
pub async fn what_cannot_be_read_hides_nothing_else(store: Store) {
    filled(&store).await;
    tamper(&store, "UPDATE incident_tag SET tag = 'x' WHERE tag = 'a'").await;
    tamper(&store, "DELETE FROM audit_head").await;
    tamper(&store, "ALTER TABLE near_miss_month RENAME TO elsewhere").await;
    if store.reader().await.expect("reads").backend_name() == "SQLite" {
        tamper(&store, "UPDATE account SET password_hash = CAST(password_hash AS BLOB)").await;
        tamper(&store, "UPDATE event SET data = CAST(data AS BLOB) WHERE seq = 2").await;
    }
    let told = faults(&store).await;
    let has = |start: &str| assert!(told.iter().any(|f| f.starts_with(start)), "{start}: {told:?}");
    has("the head of the log cannot be read (table `audit_head`): its row is missing");
    has("INC-1: tags changed without an event since event ");
    has("table `near_miss_month` cannot be read as a whole: ");
    if store.reader().await.expect("reads").backend_name() == "SQLite" {
        has("table `account`, rowid 1: `password_hash` contains a value of type blob instead of text");
        has("account dana: password changed without an event since event 1");
        has("row 2 of the tables `audit` and `event` cannot be read: ");
    }
}
