//! The server is killed at random moments while people write.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::kept;
use crate::record::Record;
use crate::stage::Run;
use crate::writers::{Seeded, sign_up};
use std::sync::atomic::Ordering;
use std::time::Duration;

const WRITERS: u64 = 8;

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let mut server = record.serve("log");
    let crowd = Crowd::begin(sign_up(&server.link).await, &server, WRITERS);
    let mut random = Seeded::new(u64::from(std::process::id()));
    let (mut next, mut slowest) = (0, Duration::ZERO);
    for cycle in 1..=run.cycles {
        run.progress(&format!("kill {cycle} of {}, {} writes acknowledged", run.cycles, crowd.shared.acknowledged()));
        crowd.more(5).await?;
        tokio::time::sleep(Duration::from_millis(random.below(250))).await;
        tokio::task::block_in_place(|| {
            server.kill();
            server.restart();
        });
        if let Some(took) = crowd.one(&format!("after kill {cycle}")).await {
            next += 1;
            slowest = slowest.max(took);
        }
    }
    let cut_off = crowd.shared.cut_off.load(Ordering::SeqCst);
    let done = crowd.end().await?;
    server.kill();
    run.progress("looking for what was acknowledged");
    let lost = kept::missing(&record.place, &done).await;
    let cycles = run.cycles;
    run.bar(
        "acknowledged writes lost (0)",
        &format!("{} of {} in {cycles} kills {lost:?}", lost.len(), done.len()),
        lost.is_empty(),
    );
    run.figure("requests cut off by a kill", &cut_off.to_string());
    run.bar(
        "the first write after a restart works",
        &format!("{next} of {cycles}, the slowest in {} ms", slowest.as_millis()),
        next == cycles,
    );
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}
