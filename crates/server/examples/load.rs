//! How the server does with much in it and many who ask at once.
//!
//! usage: cargo run --release -p hindcast-server --example load -- [DATABASE URL]
//!
//! Fills a record with 5,000 incidents of two years, each with a retro and three actions with owner and due date, none of them closed,
//! which is worse than any team's, led by five people, in a temporary folder or in an empty PostgreSQL database. Then asks, with
//! 200 requests in flight from the same machine, for the first page, the lists, an incident page, a retro and a write, and prints
//! requests a second, the median and the 99th percentile. As the limit, the health page (no database) is asked likewise in
//! the same run: what is told as a share of it depends less on the machine.

mod filled;

use filled::{Error, fill};
use hindcast_server::{Clock, Config, Server};
use hindcast_store::{Place, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const INCIDENTS: i64 = 5_000;
const IN_FLIGHT: usize = 200;
const REQUESTS: usize = 4_000;
const TOKEN: &str = "hcast_load_Ada";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let (place, name) = match std::env::args().nth(1) {
        Some(url) => (Place::Postgres(url), "PostgreSQL"),
        None => (Place::Folder(folder.path().to_owned()), "SQLite"),
    };
    let start = Instant::now();
    let store = Store::open(&place).await?;
    fill(&store, INCIDENTS).await?;
    store.close().await;
    let took = start.elapsed();
    println!(
        "{name}: {INCIDENTS} incidents with retros, filled in {:.1} s; {IN_FLIGHT} requests in flight",
        took.as_secs_f64()
    );
    // One account asks for everything, as fast as it can.
    let config = Config { rates: false, ..Config::new(place, "127.0.0.1:0".parse()?) };
    let server = Server::bind(config, Clock::System).await?;
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
