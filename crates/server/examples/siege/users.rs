//! Whether hostile users can make the others wait.
//!
//! Ten people work in a record of 1,000 incidents: they open pages, search and read, with a fifth of a second between two requests, and two of them
//! change incidents. First they are alone; then come the hostile three of [`hostile`](crate::hostile).

use crate::filled::{Error, PEOPLE, fill};
use crate::hostile::{self, Counts};
use crate::record::Record;
use crate::stage::Run;
use hindcast_store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const INCIDENTS: i64 = 1_000;
/// How long each of the two measurements takes.
const MEASURED: Duration = Duration::from_secs(20);
/// Between two requests of one person.
const PAUSE: Duration = Duration::from_millis(200);
/// How many times longer the ten may wait.
const WORST: f64 = 5.0;
/// How many of the ten change incidents as well.
const WRITERS: usize = 2;

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
    let target = hostile::prepare(&host).await?;
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
                    () = hostile::siege(&attacked, &target, &counts) => (),
                    _ = ended => (),
                }
            })
        })
    });
    run.progress("ten people beside a hostile viewer, a hostile responder and a hostile stranger");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let siege = people(&host, MEASURED).await?;
    drop(attacking);
    run.figure("the same under siege", &siege.to_string());
    run.figure("the hostile three", &done.to_string());
    let (before, during) = (quiet.writes, siege.writes);
    run.figure("p99 of changes, alone and under siege", &format!("{before:.1} ms, {during:.1} ms"));
    run.bar(
        &format!("p99 of changes under siege (at most {WORST:.0} times)"),
        &format!("{:.1} times", during / before),
        during <= WORST * before,
    );
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
    /// The p99 of changes alone.
    writes: f64,
}

impl std::fmt::Display for Waits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Waits { requests, failed, median, p99, .. } = self;
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
            let (mut times, mut writes, mut failed) = (Vec::new(), Vec::new(), 0);
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
                let is_write = n < WRITERS && i % 2 == 0;
                let request = match is_write {
                    true => {
                        let change = serde_json::json!({ "summary": format!("seen {i} times") });
                        client.patch(format!("{base}/api/v1/incidents/{number}")).header("If-Match", "*").json(&change)
                    }
                    false => client.get(format!("{base}{path}")),
                };
                let request = request.bearer_auth(format!("hcast_load_{name}"));
                // A new connection for every fourth request, as for somebody who comes back.
                let request = if i % 4 == 0 { request.header("connection", "close") } else { request };
                let whole = async { request.send().await?.error_for_status()?.bytes().await };
                match whole.await {
                    Ok(_) if is_write => {
                        times.push(begun.elapsed());
                        writes.push(begun.elapsed());
                    }
                    Ok(_) => times.push(begun.elapsed()),
                    Err(_) => failed += 1,
                }
                tokio::time::sleep(PAUSE).await;
            }
            (times, writes, failed)
        });
    }
    let (mut times, mut writes, mut failed) = (Vec::new(), Vec::new(), 0);
    while let Some(one) = all.join_next().await {
        let (more, changed, less) = one?;
        times.extend(more);
        writes.extend(changed);
        failed += less;
    }
    let at = |times: &mut Vec<Duration>, share: f64| {
        times.sort_unstable();
        let nth = (times.len().saturating_sub(1) as f64 * share) as usize;
        times.get(nth).map_or(f64::INFINITY, |t| t.as_secs_f64() * 1e3)
    };
    let (median, p99) = (at(&mut times, 0.5), at(&mut times, 0.99));
    Ok(Waits { requests: times.len() + failed, failed, median, p99, writes: at(&mut writes, 0.99) })
}
