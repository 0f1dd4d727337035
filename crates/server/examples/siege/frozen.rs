//! One of two servers freezes in the middle of a change, as a machine that is paused does, and comes back. The other one goes on meanwhile.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::kept;
use crate::program::Program;
use crate::record::Record;
use crate::stage::Run;
use crate::writers::{Seeded, sign_up};
use hindcast_store::Place;
use sqlx::{AnyConnection, Connection, Executor};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const WRITERS: u64 = 4;
/// How long it is frozen.
const FROZEN: Duration = Duration::from_secs(30);
/// After so long, the other one has to go on: PostgreSQL ends a change that sends nothing for 15 seconds.
const GOES_ON: Duration = Duration::from_secs(20);
/// After so long, the one that was frozen has to work again.
const RECOVERS: Duration = Duration::from_secs(10);
/// How often it is frozen at most until it holds the log's head.
const TRIES: u32 = 300;

fn signal(server: &Program, name: &str) -> Result<(), Error> {
    let sent = Command::new("kill").args([name, &server.id().to_string()]).status()?.success();
    if sent { Ok(()) } else { Err(format!("{name} could not be sent").into()) }
}

/// True while somebody holds the head of the audit log, behind which all changes wait.
async fn is_held(conn: &mut AnyConnection) -> Result<bool, Error> {
    match conn.execute("SELECT seq FROM audit_head WHERE id = 1 FOR UPDATE NOWAIT").await {
        Ok(_) => Ok(false),
        Err(e) if e.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "55P03") => Ok(true),
        Err(e) => Err(e.into()),
    }
}

/// Freezes a server that people write at, while it holds the head. Nobody writes at the other one yet.
async fn freeze(server: &Program, conn: &mut AnyConnection) -> Result<Instant, Error> {
    let mut random = Seeded::new(u64::from(std::process::id()));
    for _ in 0..TRIES {
        sleep(Duration::from_millis(random.below(30))).await;
        let begun = Instant::now();
        signal(server, "-STOP")?;
        // What it had sent is done by then, and what another one began is over.
        sleep(Duration::from_millis(200)).await;
        if is_held(conn).await? {
            sleep(Duration::from_millis(200)).await;
            if is_held(conn).await? {
                return Ok(begun);
            }
        }
        signal(server, "-CONT")?;
    }
    Err("the server was never frozen while it held the head of the audit log".into())
}

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let Place::Postgres(url) = &record.place else { return Err("needs PostgreSQL".into()) };
    let mut conn = AnyConnection::connect(url).await?;
    let (mut first, mut second) = (record.serve("first"), record.serve("second"));
    let client = sign_up(&first.link).await;
    let at_first = Crowd::begin(client.clone(), &first, WRITERS);
    at_first.more(50).await?;
    run.progress("freezing one server");
    let since = freeze(&first, &mut conn).await?;
    run.progress("the other one has to go on");
    let at_second = Crowd::begin(client.clone(), &second, WRITERS);
    at_second.more(1).await?;
    let (goes_on, before) = (since.elapsed(), at_first.shared.acknowledged());
    at_second.more(50).await?;
    sleep(FROZEN.saturating_sub(since.elapsed())).await;
    let meanwhile = at_second.shared.acknowledged();
    let is_frozen = at_first.shared.acknowledged() == before;
    signal(&first, "-CONT")?;
    let back = Instant::now();
    at_first.more(1).await?;
    let recovers = back.elapsed();
    at_first.more(20).await?;
    at_second.more(20).await?;
    let busy = [&at_first, &at_second].map(|crowd| crowd.shared.busy.load(Ordering::SeqCst));
    let mut done = at_first.end().await?;
    done.extend(at_second.end().await?);
    let run_on = first.runs() && second.runs();
    first.kill();
    second.kill();
    let lost = kept::missing(&record.place, &done).await;
    run.bar(
        "acknowledged writes lost (0)",
        &format!("{} of {} {lost:?}", lost.len(), done.len()),
        lost.is_empty() && is_frozen,
    );
    run.bar(
        &format!("the other server goes on (within {} s)", GOES_ON.as_secs()),
        &format!("after {:.1} s; {meanwhile} writes in {} s", goes_on.as_secs_f64(), FROZEN.as_secs()),
        goes_on <= GOES_ON,
    );
    run.bar(
        &format!("the frozen one recovers (within {} s)", RECOVERS.as_secs()),
        &format!("after {:.1} s, without a restart", recovers.as_secs_f64()),
        recovers <= RECOVERS && run_on,
    );
    run.figure("told to try again, frozen and other", &format!("{} and {}", busy[0], busy[1]));
    let panics = first.logged().matches("panicked").count() + second.logged().matches("panicked").count();
    run.bar("panics in the logs (0)", &panics.to_string(), panics == 0);
    Ok(())
}
