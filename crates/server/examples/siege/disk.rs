//! The disk of the record is full, and then has room again.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::kept;
use crate::record::{Base, Record, beside, create_database};
use crate::stage::Run;
use crate::writers::{Seeded, sign_up};
use hindcast_store::Place;
use hindcast_testdb::{Postgres, SmallDisk, small_disk};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::time::Duration;
use tokio::task::block_in_place;

/// Mebibytes of the disk. A PostgreSQL database has some 12 from the beginning.
const SQLITE: u32 = 24;
const POSTGRES: u32 = 64;
const WRITERS: u64 = 4;
/// How often it is filled.
const TIMES: usize = 3;
/// Writes until the last free page must be used.
const MOST: usize = 3_000;
/// Longer than a trial write of the readiness counts.
const LATER: Duration = Duration::from_millis(2_300);

pub async fn run(run: &Run) -> Result<(), Error> {
    let size = if matches!(run.base, Base::Sqlite) { SQLITE } else { POSTGRES };
    let Some(disk) = small_disk(size) else {
        run.skipped("mounting a small disk takes Linux and root");
        return Ok(());
    };
    match run.base {
        Base::Sqlite => attack(run, &disk, Record::at(Place::Folder(disk.path().join("data")))?).await,
        Base::Postgres { .. } => {
            // The tables are on the small disk. The log of the cluster is not: without room for it, PostgreSQL itself goes down.
            let Some(postgres) = block_in_place(Postgres::start_found) else {
                run.skipped("PostgreSQL's programs were not found");
                return Ok(());
            };
            postgres.own(disk.path());
            let mut conn = AnyConnection::connect(&postgres.url()).await?;
            let space = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
            conn.execute(AssertSqlSafe(space)).await?;
            create_database(&postgres.url(), "small", "TABLESPACE small").await?;
            attack(run, &disk, Record::at(Place::Postgres(beside(&postgres.url(), "small")?))?).await
        }
    }
}

async fn attack(run: &Run, disk: &SmallDisk, record: Record) -> Result<(), Error> {
    let mut server = record.serve("log");
    let client = sign_up(&server.link).await;
    let crowd = Crowd::begin(client.clone(), &server, WRITERS);
    crowd.more(40).await?;
    let mut done = crowd.end().await?;
    // Nobody writes by themselves from here on.
    let crowd = Crowd::begin(client, &server, 0);
    let mut random = Seeded::new(5);
    let (mut told, mut read, mut unready, mut next, mut ready) = (Vec::new(), 0, 0, 0, 0);
    for nth in 1..=TIMES {
        run.progress(&format!("filled {nth} of {TIMES} times"));
        block_in_place(|| disk.fill());
        told.push(until_full(&crowd, &mut random).await?);
        for path in ["/", "/incidents", "/incidents/1"] {
            read += usize::from(crowd.status(path).await.is_some_and(|s| s == 200));
        }
        tokio::time::sleep(LATER).await;
        unready += usize::from(crowd.status("/health/ready").await.is_some_and(|s| s == 503));
        disk.empty();
        next += usize::from(crowd.one(&format!("after it was full {nth}")).await.is_some());
        tokio::time::sleep(LATER).await;
        ready += usize::from(crowd.status("/health/ready").await.is_some_and(|s| s == 200));
    }
    done.extend(crowd.end().await?);
    let runs = server.runs();
    server.kill();
    let lost = kept::missing(&record.place, &done).await;
    let full = told.iter().filter(|t| **t == "507: The disk that holds Hindcast's data is full.").count();
    told.dedup();
    run.bar(
        "a full disk is told (507 with a sentence)",
        &format!("{full} of {TIMES}: {}", told.join("; ")),
        full == TIMES,
    );
    run.bar("pages are read meanwhile", &format!("{read} of {}", 3 * TIMES), read == 3 * TIMES);
    run.bar("readiness says so (503)", &format!("{unready} of {TIMES}"), unready == TIMES);
    run.bar("the first write with room again works", &format!("{next} of {TIMES}"), next == TIMES && runs);
    run.bar("readiness is back", &format!("{ready} of {TIMES}"), ready == TIMES);
    run.bar("acknowledged writes lost (0)", &format!("{} of {} {lost:?}", lost.len(), done.len()), lost.is_empty());
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}

/// Writes until there is no room. What the server then says.
async fn until_full(crowd: &Crowd, random: &mut Seeded) -> Result<String, Error> {
    for nth in 0..MOST {
        // Different every time, since equal text packs to nothing.
        let summary: String = (0..1_500).map(|_| format!("{:08x} ", random.below(1 << 31))).collect();
        let title = format!("fills {nth}");
        let form = [("title", title.as_str()), ("summary", &summary)];
        let answer = crowd.shared.client.post(format!("{}/incidents", crowd.shared.base)).form(&form).send().await?;
        let status = answer.status();
        if status != 303 {
            let text = answer.text().await?;
            let sentence = text.split(['<', '>']).find(|t| t.contains("disk") && t.contains(". "));
            let sentence = sentence.and_then(|t| t.split_inclusive(". ").next()).unwrap_or("no sentence").trim();
            return Ok(format!("{}: {}", status.as_u16(), sentence.replace("&#39;", "'").replace("&#x27;", "'")));
        }
    }
    Err(format!("the disk is not full after {MOST} writes").into())
}
