//! Holds the jobs against the incidents that caused them: none is lost, and none is done twice.

use super::writers::LATE;
use hindcast_store::incidents::{self, Filter};
use hindcast_store::jobs::{self, State};
use hindcast_store::{Conn, Place, Store, Viewer, accounts, chain, notices};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// After so long, a job that is overdue is lost.
const LONGEST: Duration = Duration::from_secs(60);

/// Waits until the server has done what was due long ago.
pub async fn settle(place: &Place) {
    let store = Store::open(place).await.expect("opens");
    let long_ago = "2021-01-01T00:00:00Z".parse().expect("a time");
    let start = Instant::now();
    loop {
        let due = jobs::due(&mut store.reader().await.expect("reads"), long_ago, 1000).await.expect("lists");
        if due.is_empty() {
            break;
        }
        assert!(start.elapsed() < LONGEST, "{} jobs wait", due.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    store.close().await;
}

async fn all_jobs(conn: &mut Conn) -> Vec<jobs::Job> {
    jobs::page(conn, &Viewer::system(), None, None, i64::MAX).await.expect("lists")
}

/// Every incident has the jobs of its deadlines; those that are overdue are done, once: one event tells of each, and
/// one notice to the one person who is named.
pub async fn check(place: &Place) {
    let store = Store::open(place).await.expect("opens");
    let conn = &mut *store.reader().await.expect("reads");
    let system = Viewer::system();
    let dana = accounts::by_email(conn, "dana@example.com").await.expect("reads").expect("an account").viewer();
    let mut jobs: HashMap<i64, Vec<jobs::Job>> = HashMap::new();
    for job in all_jobs(conn).await {
        jobs.entry(job.incident.expect("an incident")).or_default().push(job);
    }
    let mut told: HashMap<(i64, String), usize> = HashMap::new();
    for notice in notices::of(conn, &dana, notices::Filter::default(), i64::MAX).await.expect("lists") {
        *told.entry((notice.incident.expect("an incident"), notice.subject)).or_default() += 1;
    }
    let (mut late, mut events_of_all) = (0, 0);
    for incident in incidents::list(conn, &system, &Filter::default(), i64::MAX).await.expect("lists") {
        let own = jobs.remove(&incident.number).unwrap_or_default();
        if !incident.title.starts_with(LATE) {
            assert_eq!(own.len(), 4, "two deadlines ahead, each with two reminders: {own:?}");
            told.retain(|(number, _), _| *number != incident.number);
            continue;
        }
        let mut subjects: Vec<&str> = own.iter().map(|j| j.subject.as_str()).collect();
        subjects.sort_unstable();
        assert_eq!(subjects, ["response", "retro written"], "{}", incident.title);
        let events = chain::of_incident(conn, &system, incident.number, i64::MAX).await.expect("lists");
        let sent: Vec<String> = events.into_iter().filter(|e| e.kind == "reminder.sent").map(|e| e.subject).collect();
        for job in &own {
            assert_eq!(job.state, State::Done, "{job:?}");
            let id = job.id.to_string();
            assert_eq!(sent.iter().filter(|s| **s == id).count(), 1, "events of {job:?}");
            assert_eq!(told.remove(&(incident.number, job.subject.clone())), Some(1), "notices of {job:?}");
        }
        assert_eq!(sent.len(), own.len());
        events_of_all += sent.len();
        late += 1;
    }
    assert!(jobs.is_empty() && told.is_empty(), "of no incident: {jobs:?} {told:?}");
    println!("{late} incidents whose deadlines have passed, {events_of_all} reminders sent");
    assert!(late > 20, "too few to tell anything: {late}");
}
