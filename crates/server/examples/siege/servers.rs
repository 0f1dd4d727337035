//! Two servers on one database: both write, both see, and what is due is sent once.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::kept;
use crate::record::Record;
use crate::reminded;
use crate::stage::Run;
use crate::writers::{Done, sign_up};
use reqwest::Client;
use tokio::task::block_in_place;

const WRITERS: u64 = 4;
/// Writes at each server before one of them is killed.
const WRITES: usize = 150;
/// Incidents that are opened at one server and read at the other.
const SEEN: usize = 50;

/// Opens an incident at one server. True if the other shows it at once.
async fn seen(client: &Client, at: &Crowd, by: &str, title: &str) -> Result<bool, Error> {
    at.one(title).await.ok_or("a write was not acknowledged")?;
    let all = at.acknowledged();
    let opened = all.iter().find_map(|done| match done {
        Done::Incident(number, named) if named == title => Some(*number),
        _ => None,
    });
    let number = opened.ok_or("no incident")?;
    let answer = client.get(format!("{by}/incidents/{number}")).send().await?;
    Ok(answer.status().is_success() && answer.text().await?.contains(title))
}

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let (mut first, mut second) = (record.serve("first"), record.serve("second"));
    // A cookie is sent to both, since they differ only by the port.
    let client = sign_up(&first.link).await;
    let at_first = Crowd::begin(client.clone(), &first, WRITERS);
    let at_second = Crowd::begin(client.clone(), &second, WRITERS);
    run.progress("both write");
    at_first.more(WRITES).await?;
    at_second.more(WRITES).await?;
    let mut both = 0;
    for nth in 0..SEEN {
        run.progress(&format!("incident {nth} of {SEEN} is read at the other server"));
        let (at, by) = if nth % 2 == 0 { (&at_first, &second) } else { (&at_second, &first) };
        both += usize::from(seen(&client, at, &by.base, &format!("seen {nth}")).await?);
    }
    run.progress("one is killed and started again");
    block_in_place(|| second.kill());
    at_first.more(20).await?;
    block_in_place(|| second.restart());
    at_second.more(20).await?;
    let mut done = at_first.end().await?;
    let of_first = done.len();
    done.extend(at_second.end().await?);
    run.progress("waiting for what is due");
    reminded::settle(&record.place).await;
    first.kill();
    second.kill();
    let lost = kept::missing(&record.place, &done).await;
    let (all, of_second) = (done.len(), done.len() - of_first);
    run.bar(
        "acknowledged writes lost (0)",
        &format!("{} of {all} ({of_first} at one, {of_second} at the other) {lost:?}", lost.len()),
        lost.is_empty(),
    );
    run.bar("each shows at once what the other took", &format!("{both} of {SEEN}"), both == SEEN);
    // Panics otherwise.
    reminded::check(&record.place).await;
    let due = done.iter().filter(|d| matches!(d, Done::Incident(_, title) if title.starts_with(crate::writers::LATE)));
    run.bar("what was due was sent once", &format!("for all of {} incidents", due.count()), true);
    let panics = first.logged().matches("panicked").count() + second.logged().matches("panicked").count();
    run.bar("panics in the logs (0)", &panics.to_string(), panics == 0);
    Ok(())
}
