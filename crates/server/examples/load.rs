//! How the server does with much in it and many who ask at once.
//!
//! usage: cargo run --release -p hindcast-server --example load -- [DATABASE URL]
//!
//! Fills a record with 5,000 incidents of two years, each with a retro and three actions with owner and due date, none of them closed,
//! which is worse than any team's, led by five people, in a temporary folder or in an empty PostgreSQL database. Then asks, with
//! 200 requests in flight from the same machine, for the first page, the lists, an incident page, a retro and a write. Ten people search,
//! each time for something else, except where the row says otherwise. Prints requests a second, the median and the 99th percentile. As the limit, the
//! health page (no database) is asked likewise in the same run: what is told as a share of it depends less on the machine. On Linux also
//! the processor time of a request: that of server, client and PostgreSQL servers of this machine together.

mod filled;

use filled::{Error, PEOPLE, fill};
use hindcast_server::{Clock, Config, Server};
use hindcast_store::{Place, Store, statistics};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The one that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INCIDENTS: i64 = 5_000;
const IN_FLIGHT: usize = 200;
const REQUESTS: usize = 4_000;
/// Whoever leads the restricted incidents, and so may read all.
const ADA: &str = PEOPLE[0];
/// Whoever leads nothing and owns nothing, like most of a large team.
const BEN: &str = PEOPLE[5];
/// How many different searches are repeated.
const REPEATED: usize = 20;

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
    // A record that grew over two years has them.
    statistics::refresh(&store).await?;
    store.close().await;
    let took = start.elapsed();
    println!(
        "{name}: {INCIDENTS} incidents with retros, filled in {:.1} s; {IN_FLIGHT} requests in flight",
        took.as_secs_f64()
    );
    // One account asks for pages and ten search, as fast as they can.
    let config = Config { rates: false, ..Config::new(place, "127.0.0.1:0".parse()?) };
    let server = Server::bind(config, Clock::System).await?;
    let base = format!("http://{}", server.address());
    tokio::spawn(server.run(std::future::pending()));
    println!("{:<34} {:>10} {:>10} {:>10} {:>8} {:>8}", "", "a second", "median ms", "p99 ms", "CPU ms", "of limit");
    let get = |path: &str, who| Ask { path: path.to_owned(), who, write: None };
    let of_one = |i, rest: &str| Ask { path: format!("/incidents/{}{rest}", one(i)), who: ADA, write: None };
    let search = |i, who| get(&format!("/incidents?q=refund+{}", one(i)), who);
    let limit = measure(&base, "limit: /health/live", &|_| get("/health/live", ADA), None).await?;
    let limit = Some(limit);
    measure(&base, "the first page", &|_| get("/", ADA), limit).await?;
    measure(&base, "the same for who leads nothing", &|_| get("/", BEN), limit).await?;
    measure(&base, "the list of incidents", &|_| get("/incidents", ADA), limit).await?;
    measure(&base, "a search in all incidents", &|i| search(i, person(i)), limit).await?;
    measure(&base, "20 searches again and again", &|i| search(i % REPEATED, person(i)), limit).await?;
    measure(&base, "searches by one person only", &|i| search(i, ADA), limit).await?;
    measure(&base, "the action board", &|_| get("/actions", ADA), limit).await?;
    measure(&base, "the same for who leads nothing", &|_| get("/actions", BEN), limit).await?;
    measure(&base, "an incident page", &|i| of_one(i, ""), limit).await?;
    measure(&base, "a retro", &|i| of_one(i, "/retro"), limit).await?;
    let nothing = "/incidents?q=refund+zebra";
    measure(&base, "a search that finds nothing", &|i| get(nothing, person(i)), limit).await?;
    let write = |i| Ask { path: "/incidents".to_owned(), who: ADA, write: Some(i) };
    measure(&base, "a write (log a near-miss)", &write, limit).await?;
    Ok(())
}

/// One of the incidents, spread over all of them.
fn one(i: usize) -> i64 {
    (i as i64 * 7919) % INCIDENTS + 1
}

/// Who searches for the i-th time: one account has one search at a time.
fn person(i: usize) -> &'static str {
    PEOPLE[i % 10]
}

/// A request: an address, whose it is, and for a write its number.
struct Ask {
    path: String,
    who: &'static str,
    write: Option<usize>,
}

async fn measure(
    base: &str,
    what: &str,
    ask: &(dyn Fn(usize) -> Ask + Sync),
    limit: Option<f64>,
) -> Result<f64, Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let next = Arc::new(AtomicUsize::new(0));
    let mut urls = Vec::with_capacity(REQUESTS);
    urls.extend((0..REQUESTS).map(|i| {
        let ask = ask(i);
        (format!("{base}{}", ask.path), format!("hcast_load_{}", ask.who), ask.write)
    }));
    let urls = Arc::new(urls);
    let open = Arc::new(tokio::sync::Barrier::new(IN_FLIGHT + 1));
    let workers: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (client, next, urls) = (client.clone(), Arc::clone(&next), Arc::clone(&urls));
            let (base, open) = (base.to_owned(), Arc::clone(&open));
            tokio::spawn(async move {
                let mut times: Vec<Duration> = Vec::new();
                // Opens the connection, which others do not take as long as its answer is not read: what 200 at once take is not measured.
                let opened = client.get(format!("{base}/health/live")).send().await;
                open.wait().await;
                opened?.bytes().await?;
                while let Some((url, token, write)) = urls.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let request = match write {
                        None => client.get(url),
                        Some(i) => client
                            .post(url)
                            .form(&[("title", format!("near-miss {i}")), ("near_miss", "yes".to_owned())]),
                    };
                    let response = request.bearer_auth(token).send().await?;
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
    open.wait().await;
    let (start, cpu) = (Instant::now(), processor_ms());
    let mut times = Vec::with_capacity(REQUESTS);
    for worker in workers {
        times.extend(worker.await??);
    }
    let a_second = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let of = limit.map_or(String::new(), |l| format!("{:.3}", a_second / l));
    let cpu = processor_ms().zip(cpu).map_or(String::new(), |(after, before)| {
        format!("{:.2}", after.saturating_sub(before) as f64 / times.len() as f64)
    });
    println!("{what:<34} {a_second:>10.0} {:>10.1} {:>10.1} {cpu:>8} {of:>8}", at(0.5), at(0.99));
    Ok(a_second)
}

/// Milliseconds of processor time so far: of this process, and of every PostgreSQL server of the machine.
fn processor_ms() -> Option<u64> {
    // Linux counts in hundredths of a second, whatever the machine.
    const TICK: u64 = 10;
    let ticks = |folder: &std::path::Path| {
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        // The name stands in parentheses and may have blanks; user and system time are the 12th and 13th field behind it.
        let (before, after) = stat.rsplit_once(')')?;
        let mut times = after.split_whitespace().skip(11).map_while(|t| t.parse::<u64>().ok());
        Some((before.ends_with("(postgres"), times.next()? + times.next()?))
    };
    let (_, own) = ticks("/proc/self".as_ref())?;
    let all = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok).filter_map(|entry| ticks(&entry.path()));
    Some((own + all.filter(|(is_postgres, _)| *is_postgres).map(|(_, t)| t).sum::<u64>()) * TICK)
}
