//! How many SQL statements a page runs: the same however many incidents there are; and how many opening an incident runs.
//!
//! `sqlx` logs each statement at the lowest level; counting those lines counts what was asked of the database, whichever
//! thread asked. The counter is the process's own, so that this file holds one test.

use hindcast_retro::draft::{ActionCategory, ActionItem};
use hindcast_retro::policy::DueDate;
use hindcast_retro::statement::{Origin, Verdict};
use hindcast_server::{Clock, Config, Server};
use hindcast_store::incidents::{self, Details, Filter, New};
use hindcast_store::{Act, Place, Store, StoreError, Viewer, accounts, actions, retros};
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Statements run so far.
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

/// Hears of statements and nothing else.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut setting = Setting(false);
        event.record(&mut setting);
        if !setting.0 {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// True for what a new connection is set up with: that comes once, whenever it is made.
struct Setting(bool);

impl Visit for Setting {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}").trim_start_matches('"').starts_with("PRAGMA");
        }
    }
}

fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().expect("a time")
}

/// Statements that a page runs: the fewest of three times, because the worker looks for jobs of its own accord, and what it
/// asks the database meanwhile is counted as well.
async fn count(client: &Client, address: &str) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..3 {
        fewest = fewest.min(count_once(client, address).await);
    }
    fewest
}

/// Statements that were run while a page was read once.
async fn count_once(client: &Client, address: &str) -> usize {
    let before = STATEMENTS.load(Ordering::SeqCst);
    let response = client.get(address).send().await.expect("answers");
    assert_eq!(response.status(), StatusCode::OK, "{address}");
    assert!(!response.text().await.expect("a page").is_empty());
    settled().await - before
}

/// Statements so far, once none is added any more: one is logged when its connection is given back, which may be after the answer.
async fn settled() -> usize {
    let mut seen = STATEMENTS.load(Ordering::SeqCst);
    loop {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let now = STATEMENTS.load(Ordering::SeqCst);
        if now == seen {
            return seen;
        }
        seen = now;
    }
}

/// Statements that opening an incident runs: the fewest of three times, as for pages.
async fn count_opening(store: &Store, by: &Viewer) -> usize {
    let mut fewest = usize::MAX;
    for nth in 0..3 {
        let details = Details { title: format!("Counted {nth}"), ..Details::default() };
        let new = New { details, ..New::default() };
        let before = settled().await;
        let mut tx = store.begin().await.expect("begins");
        incidents::create(&mut tx, Act { by, at: now() }, &new).await.expect("opens");
        tx.commit().await.expect("commits");
        fewest = fewest.min(settled().await - before);
    }
    fewest
}

/// Another incident with something in each list that a page shows.
async fn add(store: &Store, by: &Viewer, nth: usize) -> Result<(), StoreError> {
    let act = Act { by, at: now() };
    let new = New {
        details: Details { title: format!("Incident {nth}"), ..Details::default() },
        severity: u8::try_from(1 + nth % 4).ok(),
        severity_reason: "a reason".to_owned(),
        restricted: nth.is_multiple_of(5),
    };
    let due = DueDate {
        what: "response".to_owned(),
        at: Some(now()),
        text: Some("today".to_owned()),
        explanation: "a reason".to_owned(),
    };
    let item = |id: &str| ActionItem {
        id: id.to_owned(),
        category: ActionCategory::Tooling,
        label: None,
        done: false,
        title: "do it".to_owned(),
        findings: Vec::new(),
        question: "q".to_owned(),
        verification: "v".to_owned(),
        owner: Some(by.name.clone()),
        due: Some("2026-12-01".to_owned()),
        origin: Origin::Person(by.name.clone()),
        verdict: Verdict::Confirmed,
        reason: None,
        original: None,
    };
    let mut tx = store.begin().await?;
    let number = incidents::create(&mut tx, act, &new).await?;
    incidents::set_deadlines(&mut tx, act, number, &[due]).await?;
    incidents::add_tag(&mut tx, act, number, "voice").await?;
    actions::follow(&mut tx, act, number, &[item("a1"), item("a2")]).await?;
    tx.commit().await
}

/// On one database: the statements of each page with a few incidents are those with 300.
async fn hold(place: Place) {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = Config { demo: true, ..Config::new(place.clone(), listen) };
    let clock = Clock::Fixed(Arc::new(Mutex::new(now())));
    let server = Server::bind(config, clock).await.expect("starts");
    let (base, link) = (format!("http://{}", server.address()), server.link().expect("a link").to_owned());
    let worker = server.worker();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        // Ends also where the sender is gone.
        let _ = stopped.await;
    }));
    let client = Client::builder().cookie_store(true).build().expect("a client");
    assert_eq!(client.get(link).send().await.expect("answers").status(), StatusCode::OK);

    let store = Store::open(&place).await.expect("opens");
    let mut conn = store.reader().await.expect("reads");
    let dana = accounts::all(&mut conn).await.expect("lists").remove(0).viewer();
    let all = incidents::list(&mut conn, &dana, &Filter::default(), 1000).await.expect("lists");
    assert!((3..25).contains(&all.len()), "{} incidents are few", all.len());
    let mut with_retro = None;
    for incident in &all {
        if retros::find(&mut conn, &dana, incident.number).await.expect("reads").is_some() {
            with_retro = Some(incident.number);
        }
    }
    drop(conn);
    let number = with_retro.expect("an incident with a retro");
    let pages = [
        "/".to_owned(),
        "/?who=mine&due=week".to_owned(),
        "/incidents".to_owned(),
        "/incidents?q=incident&status=unclosed&tag=voice".to_owned(),
        format!("/incidents/{number}"),
        format!("/incidents/{number}/retro"),
        "/near-misses".to_owned(),
        "/actions".to_owned(),
        "/actions?view=list".to_owned(),
        "/notices".to_owned(),
        "/jobs".to_owned(),
    ];
    let measure = async || {
        let mut counts = Vec::new();
        for page in &pages {
            counts.push((page.clone(), count(&client, &format!("{base}{page}")).await));
        }
        counts
    };
    // A severity that is decided ends the retro's review, which its page tells: so it is in both measures.
    let act = Act { by: &dana, at: now() };
    let mut tx = store.begin().await.expect("begins");
    incidents::set_severity(&mut tx, act, number, None, Some(2), "at first").await.expect("decides");
    tx.commit().await.expect("commits");
    worker.run_due().await.expect("does the jobs");
    let few = measure().await;
    for nth in all.len()..300 {
        add(&store, &dana, nth).await.expect("opens");
    }
    assert!(worker.run_due().await.expect("does the jobs") > 200, "there is something to list");
    // The page of one incident has more on it as well.
    let mut tx = store.begin().await.expect("begins");
    for nth in 0..50 {
        incidents::add_tag(&mut tx, act, number, &format!("tag {nth}")).await.expect("tags");
        incidents::set_severity(&mut tx, act, number, None, Some(2), "again").await.expect("decides");
    }
    tx.commit().await.expect("commits");
    let many = measure().await;
    println!("{many:#?}");
    assert_eq!(few, many, "statements of each page with a few incidents and with 300");
    assert!(many.iter().all(|(_, n)| (2..=20).contains(n)), "who asks, and what: {many:?}");
    // The audit log covers 21 parts of a new incident, as the change found and left them. They are not read one by one.
    let opening = count_opening(&store, &dana).await;
    println!("opening an incident: {opening}");
    assert!(opening <= 20, "statements to open an incident: {opening}");
    drop(stop);
    client.get(&base).send().await.ok();
    drop(client);
    serving.await.expect("ends").expect("stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_run_as_many_statements_for_300_incidents_as_for_a_few() {
    tracing::subscriber::set_global_default(Counter).expect("the only one");
    let folder = tempfile::tempdir().expect("a folder");
    hold(Place::Folder(folder.path().join("data"))).await;
    if let Some(url) = hindcast_testdb::database("statements").await {
        hold(Place::Postgres(url)).await;
    }
}
