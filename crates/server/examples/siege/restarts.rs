//! PostgreSQL crashes and comes back while people write; the server stays up.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::kept;
use crate::record::Record;
use crate::stage::Run;
use crate::writers::{Seeded, sign_up};
use hindcast_store::Place;
use hindcast_testdb::Postgres;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::task::block_in_place;

const WRITERS: u64 = 8;
/// The outage that lasts takes longer than anybody is made to wait.
const LASTS: Duration = Duration::from_secs(60);

/// How many restarts belong to so many kills.
pub fn times(cycles: u32) -> u32 {
    cycles.div_ceil(5)
}

pub async fn run(run: &Run) -> Result<(), Error> {
    // Also where a URL was given: that server is not this program's to stop.
    let Some(postgres) = block_in_place(Postgres::start_found) else {
        run.skipped("PostgreSQL's programs were not found");
        return Ok(());
    };
    let record = Record::at(Place::Postgres(postgres.url()))?;
    let mut server = record.serve("log");
    let crowd = Crowd::begin(sign_up(&server.link).await, &server, WRITERS);
    let mut random = Seeded::new(u64::from(std::process::id()));
    let (times, mut slowest) = (times(run.cycles), Duration::ZERO);
    for nth in 1..=times {
        run.progress(&format!("restart {nth} of {times}, {} writes acknowledged", crowd.shared.acknowledged()));
        crowd.more(10).await?;
        tokio::time::sleep(Duration::from_millis(random.below(250))).await;
        if !block_in_place(|| postgres.down("immediate") && postgres.up()) {
            return Err("PostgreSQL did not restart".into());
        }
        let back = Instant::now();
        crowd.more(1).await?;
        slowest = slowest.max(back.elapsed());
    }
    run.progress("an outage that lasts");
    block_in_place(|| postgres.down("immediate"));
    let (told, begun) = (crowd.shared.busy.load(Ordering::SeqCst), Instant::now());
    while crowd.shared.busy.load(Ordering::SeqCst) == told && begun.elapsed() < LASTS {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (live, ready) = (crowd.status("/health/live").await, crowd.status("/health/ready").await);
    let told = crowd.shared.busy.load(Ordering::SeqCst) - told;
    block_in_place(|| postgres.up());
    let back = Instant::now();
    crowd.more(1).await?;
    slowest = slowest.max(back.elapsed());
    crowd.more(20).await?;
    let (busy, cut_off) = (crowd.shared.busy.load(Ordering::SeqCst), crowd.shared.cut_off.load(Ordering::SeqCst));
    let done = crowd.end().await?;
    let runs = server.runs();
    server.kill();
    run.progress("looking for what was acknowledged");
    let lost = kept::missing(&record.place, &done).await;
    let all = times + 1;
    run.bar(
        "acknowledged writes lost (0)",
        &format!("{} of {} in {all} restarts {lost:?}", lost.len(), done.len()),
        lost.is_empty(),
    );
    run.bar(
        "every error is a 503 that says to try again",
        &format!("{busy} were told so, {cut_off} were not answered"),
        cut_off == 0,
    );
    let number = |status: Option<reqwest::StatusCode>| status.map_or(0, |s| s.as_u16());
    let (live, ready) = (number(live), number(ready));
    let outage = format!("{told} told to try again, live {live}, ready {ready}");
    run.bar("an outage is told (503; live 200, ready 503)", &outage, told > 0 && live == 200 && ready == 503);
    run.bar(
        "writes work again without a restart",
        &format!("the first within {:.1} s at most", slowest.as_secs_f64()),
        runs,
    );
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}
