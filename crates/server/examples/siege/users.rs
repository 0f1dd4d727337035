//! Whether hostile users can make the others wait.
//!
//! Ten people work in a record of 1,000 incidents: they open pages, search and read, with a fifth of a second between two requests. First they are
//! alone; then a hostile viewer searches, downloads and uploads without a pause, and a hostile stranger holds connections with half of a
//! request or a body that does not come, and tries to sign in. Both together have no more than a machine's default limit of 1,024 files.

use crate::filled::{Error, PEOPLE, fill};
use crate::record::Record;
use crate::stage::Run;
use hindcast_store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const INCIDENTS: i64 = 1_000;
/// How long each of the two measurements takes.
const MEASURED: Duration = Duration::from_secs(20);
/// Between two requests of one person.
const PAUSE: Duration = Duration::from_millis(200);
/// How many times longer the ten may wait.
const WORST: f64 = 5.0;

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let store = Store::open(&record.place).await?;
    run.progress("filling the record");
    fill(&store, INCIDENTS).await?;
    store.close().await;
    let server = record.serve_filled("log")?;
    let host = server.base.trim_start_matches("http://").to_owned();
    run.progress("ten people alone");
    people(&host, Duration::from_secs(3)).await?;
    let quiet = people(&host, MEASURED).await?;
    run.figure("ten people alone", &quiet.to_string());
    // On a thread of its own: two machines would do it together, and this is one.
    let done = Arc::new(Counts::default());
    let (attacked, counts) = (host.clone(), Arc::clone(&done));
    // It ends with this function, however that ends.
    let (attacking, ended) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map(|r| {
            r.block_on(async {
                tokio::select! {
                    () = siege(&attacked, &counts) => (),
                    _ = ended => (),
                }
            })
        })
    });
    run.progress("ten people beside a hostile viewer and a hostile stranger");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let siege = people(&host, MEASURED).await?;
    drop(attacking);
    run.figure("the same under siege", &siege.to_string());
    run.figure("the hostile two", &done.to_string());
    let ratio = siege.p99 / quiet.p99;
    run.bar(&format!("p99 under siege (at most {WORST:.0} times)"), &format!("{ratio:.1} times"), ratio <= WORST);
    run.bar("requests that failed under siege (0)", &siege.failed.to_string(), siege.failed == 0);
    Ok(())
}

/// How long people waited, in milliseconds.
struct Waits {
    requests: usize,
    failed: usize,
    median: f64,
    p99: f64,
}

impl std::fmt::Display for Waits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Waits { requests, failed, median, p99 } = self;
        write!(f, "{requests} requests, {failed} failed, median {median:.1} ms, p99 {p99:.1} ms")
    }
}

/// The ten work for a while.
async fn people(host: &str, time: Duration) -> Result<Waits, Error> {
    let mut all = JoinSet::new();
    for (n, name) in PEOPLE.iter().take(10).enumerate() {
        let (base, until) = (format!("http://{host}"), Instant::now() + time);
        all.spawn(async move {
            let client = reqwest::Client::new();
            let (mut times, mut failed) = (Vec::new(), 0);
            for i in n.. {
                if Instant::now() > until {
                    break;
                }
                // Not restricted: those are every tenth, from 1.
                let number = (i as i64 * 37) % (INCIDENTS / 10) * 10 + 2;
                let path = match i % 6 {
                    0 => "/".to_owned(),
                    1 => "/incidents".to_owned(),
                    2 => format!("/incidents/{number}"),
                    3 => format!("/incidents?q=refund+{number}"),
                    4 => "/actions".to_owned(),
                    _ => format!("/incidents/{number}/retro"),
                };
                let begun = Instant::now();
                let request = client.get(format!("{base}{path}")).bearer_auth(format!("hcast_load_{name}"));
                // A new connection for every fourth request, as for somebody who comes back.
                let request = if i % 4 == 0 { request.header("connection", "close") } else { request };
                let whole = async { request.send().await?.error_for_status()?.bytes().await };
                match whole.await {
                    Ok(_) => times.push(begun.elapsed()),
                    Err(_) => failed += 1,
                }
                tokio::time::sleep(PAUSE).await;
            }
            (times, failed)
        });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(one) = all.join_next().await {
        let (more, less) = one?;
        times.extend(more);
        failed += less;
    }
    times.sort_unstable();
    let at = |share: f64| {
        times
            .get((times.len().saturating_sub(1) as f64 * share) as usize)
            .map_or(f64::INFINITY, |t| t.as_secs_f64() * 1e3)
    };
    Ok(Waits { requests: times.len() + failed, failed, median: at(0.5), p99: at(0.99) })
}

/// What the hostile two came to.
#[derive(Default)]
struct Counts {
    answered: AtomicUsize,
    refused: AtomicUsize,
    connections: AtomicUsize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let (answered, refused, connections) = (of(&self.answered), of(&self.refused), of(&self.connections));
        write!(f, "{answered} answers, {refused} of them 429 or 503, {connections} connections with half of a request")
    }
}

/// The viewer and the stranger, for ever.
async fn siege(host: &str, counts: &Arc<Counts>) {
    let mut all = JoinSet::new();
    let loops: [(usize, &'static str, &'static str); 6] = [
        (20, "GET", "/incidents?q=processedrefund+ending+told"),
        (20, "GET", "/api/v1/incidents?q=a"),
        (10, "GET", "/api/v1/incidents/2/retro.html"),
        (10, "GET", "/incidents/2/retro"),
        (10, "POST", "/api/v1/incidents/2/evidence"),
        (20, "POST", "/sign-in"),
    ];
    for (many, method, path) in loops {
        for n in 0..many {
            let (url, counts) = (format!("http://{host}{path}"), Arc::clone(counts));
            all.spawn(async move {
                let client = reqwest::Client::new();
                for i in 0.. {
                    let request = match (method, path) {
                        ("GET", _) => client.get(&url).bearer_auth("hcast_load_Mallory"),
                        (_, "/sign-in") => client.post(&url).form(&[
                            ("email", format!("{n}-{i}@example.com")),
                            ("password", "correct horse battery".to_owned()),
                        ]),
                        _ => client.post(&url).bearer_auth("hcast_load_Mallory").body(vec![b'x'; 1 << 20]),
                    };
                    let Ok(answer) = request.send().await else { continue };
                    counts.answered.fetch_add(1, Ordering::Relaxed);
                    if matches!(answer.status().as_u16(), 429 | 503) {
                        counts.refused.fetch_add(1, Ordering::Relaxed);
                    }
                    answer.bytes().await.ok();
                }
            });
        }
    }
    let halves: [(usize, &'static str); 3] = [
        (300, "GET / HTTP/1.1\r\nHost: x\r\n"),
        (
            150,
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\n",
        ),
        (
            150,
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\nemail=",
        ),
    ];
    for (many, half) in halves {
        for _ in 0..many {
            let (host, counts) = (host.to_owned(), Arc::clone(counts));
            all.spawn(async move {
                loop {
                    if let Ok(mut stream) = TcpStream::connect(&host).await
                        && stream.write_all(half.as_bytes()).await.is_ok()
                    {
                        counts.connections.fetch_add(1, Ordering::Relaxed);
                        stream.read_to_end(&mut Vec::new()).await.ok();
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
    }
    while all.join_next().await.is_some() {}
}
