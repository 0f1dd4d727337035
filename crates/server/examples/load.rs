//! How the server does with much in it and many who ask at once.
//!
//! usage: cargo run --release -p hindcast-server --example load -- [DATABASE URL]
//!
//! Fills a record with 5,000 incidents of two years, each with a retro and three actions with owner and due date, none of them closed,
//! which is worse than any team's, led by five people, in a temporary folder or in an empty PostgreSQL database. Then asks, with
//! 200 requests in flight from the same machine, for the first page, the lists, an incident page, a retro and a write, and prints
//! requests a second, the median and the 99th percentile. As the limit, the health page (no database) is asked likewise in
//! the same run: what is told as a share of it depends less on the machine.

use hindcast_retro::draft::Draft;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_server::{Clock, Config, Server};
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Place, Store, Viewer, accounts, actions, retros, tokens};
use hindcast_trace::Evidence;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const INCIDENTS: i64 = 5_000;
const IN_FLIGHT: usize = 200;
const REQUESTS: usize = 4_000;
const TOKEN: &str = "hcast_load";
const PEOPLE: [&str; 5] = ["Ada", "Dana", "Mia", "Ravi", "Vera"];

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let (place, name) = match std::env::args().nth(1) {
        Some(url) => (Place::Postgres(url), "PostgreSQL"),
        None => (Place::Folder(folder.path().to_owned()), "SQLite"),
    };
    let start = Instant::now();
    let store = Store::open(&place).await?;
    fill(&store).await?;
    store.close().await;
    let took = start.elapsed();
    println!(
        "{name}: {INCIDENTS} incidents with retros, filled in {:.1} s; {IN_FLIGHT} requests in flight",
        took.as_secs_f64()
    );
    let server = Server::bind(Config::new(place, "127.0.0.1:0".parse()?), Clock::System).await?;
    let base = format!("http://{}", server.address());
    tokio::spawn(server.run(std::future::pending()));
    println!("{:<34} {:>10} {:>10} {:>10} {:>8}", "", "a second", "median ms", "p99 ms", "of limit");
    let limit = measure(&base, "limit: /health/live", &|_| ("/health/live".to_owned(), None), None).await?;
    let limit = Some(limit);
    measure(&base, "the first page", &|_| ("/".to_owned(), None), limit).await?;
    measure(&base, "the list of incidents", &|_| ("/incidents".to_owned(), None), limit).await?;
    measure(&base, "a search in all incidents", &|i| (format!("/incidents?q=refund+{}", one(i)), None), limit).await?;
    measure(&base, "the action board", &|_| ("/actions".to_owned(), None), limit).await?;
    measure(&base, "an incident page", &|i| (format!("/incidents/{}", one(i)), None), limit).await?;
    measure(&base, "a retro", &|i| (format!("/incidents/{}/retro", one(i)), None), limit).await?;
    measure(&base, "a search that finds nothing", &|_| ("/incidents?q=refund+zebra".to_owned(), None), limit).await?;
    measure(&base, "a write (log a near-miss)", &|i| ("/incidents".to_owned(), Some(i)), limit).await?;
    Ok(())
}

/// One of the incidents, spread over all of them.
fn one(i: usize) -> i64 {
    (i as i64 * 7919) % INCIDENTS + 1
}

async fn fill(store: &Store) -> Result<(), Error> {
    let now: Timestamp = "2026-11-25T10:00:00Z".parse()?;
    let system = Viewer::system();
    let act = Act { by: &system, at: now };
    let mut tx = store.begin().await?;
    let mut people = Vec::new();
    for name in PEOPLE {
        let email = format!("{name}@example.com");
        let new = accounts::New { id: name, email: &email, name, role: Role::Approver, password_hash: "" };
        accounts::create(&mut tx, act, &new).await?;
        people.push(Viewer { account: name.to_owned(), name: name.to_owned(), role: Role::Approver, scopes: None });
    }
    let act = Act { by: &people[0], at: now };
    let hash: String = Sha256::digest(TOKEN).iter().map(|b| format!("{b:02x}")).collect();
    tokens::create(&mut tx, act, "t", PEOPLE[0], &hash, &[Permission::Read, Permission::Write], None).await?;
    tx.commit().await?;
    let mut draft = draft()?;
    let json = serde_json::to_string(&draft)?;
    for from in (0..INCIDENTS).step_by(100) {
        let mut tx = store.begin().await?;
        for i in from..from + 100 {
            let severity = u8::try_from(i % 4 + 1)?;
            // Of five people each leads a fifth; those that are restricted are led by the one who asks.
            let act = Act { by: &people[usize::try_from(i)? % PEOPLE.len()], at: now };
            let details = Details {
                title: format!("Incident {i}: a pending refund was told as processed"),
                ..Details::default()
            };
            let new = New {
                details,
                severity: Some(severity),
                severity_reason: "reason".to_owned(),
                restricted: i % 10 == 0,
            };
            let number = incidents::create(&mut tx, act, &new).await?;
            let aware = now - SignedDuration::from_mins((INCIDENTS - i) * 210);
            let due = Policy::builtin().due_dates(severity, Some(aware));
            incidents::set_deadlines(&mut tx, act, number, &due).await?;
            retros::create(&mut tx, act, number, &json).await?;
            for item in &mut draft.actions.items {
                item.owner = Some(PEOPLE[usize::try_from(i)? % PEOPLE.len()].to_owned());
                item.due = Some((aware + SignedDuration::from_hours(30 * 24)).strftime("%Y-%m-%d").to_string());
            }
            actions::follow(&mut tx, number, &draft.actions.items).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The retro of the refund example.
fn draft() -> Result<Draft, Error> {
    let evidence = [Evidence::new("trace.json", include_bytes!("../../../examples/refund/trace.json").to_vec())];
    let reading = hindcast_trace::read(&evidence)?;
    let (contracts, facts, policy) = (Default::default(), Facts::default(), Policy::builtin());
    let trace = reading.sessions.first().ok_or("no session")?;
    let input =
        hindcast_retro::Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
    Ok(hindcast_retro::draft(&input))
}

/// What to ask for the i-th time: an address, and for a write its number.
type Ask = dyn Fn(usize) -> (String, Option<usize>) + Sync;

async fn measure(base: &str, what: &str, ask: &Ask, limit: Option<f64>) -> Result<f64, Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let next = Arc::new(AtomicUsize::new(0));
    let mut urls = Vec::with_capacity(REQUESTS);
    urls.extend((0..REQUESTS).map(|i| {
        let (path, write) = ask(i);
        (format!("{base}{path}"), write)
    }));
    let urls = Arc::new(urls);
    let start = Instant::now();
    let workers: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (client, next, urls) = (client.clone(), Arc::clone(&next), Arc::clone(&urls));
            tokio::spawn(async move {
                let mut times: Vec<Duration> = Vec::new();
                while let Some((url, write)) = urls.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let request = match write {
                        None => client.get(url),
                        Some(i) => client
                            .post(url)
                            .form(&[("title", format!("near-miss {i}")), ("near_miss", "yes".to_owned())]),
                    };
                    let response = request.bearer_auth(TOKEN).send().await?;
                    let fine = response.status().is_success() || response.status().is_redirection();
                    if !fine {
                        return Err(format!("{url}: {}", response.status()).into());
                    }
                    response.bytes().await?;
                    times.push(begun.elapsed());
                }
                Ok::<_, Error>(times)
            })
        })
        .collect();
    let mut times = Vec::with_capacity(REQUESTS);
    for worker in workers {
        times.extend(worker.await??);
    }
    let a_second = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let of = limit.map_or(String::new(), |l| format!("{:.3}", a_second / l));
    println!("{what:<34} {a_second:>10.0} {:>10.1} {:>10.1} {of:>8}", at(0.5), at(0.99));
    Ok(a_second)
}
