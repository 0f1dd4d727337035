//! A backup is made while people write, and restored elsewhere.

use crate::crowd::Crowd;
use crate::filled::Error;
use crate::record::Record;
use crate::stage::Run;
use crate::writers::sign_up;
use crate::{kept, program_path};
use hindcast_store::Place;
use std::process::Stdio;
use std::time::{Duration, Instant};

const WRITERS: u64 = 8;
const BACKUPS: usize = 5;
/// Writes before the first backup, and between two.
const WRITES: usize = 60;

/// Runs the program to its end; ends it if the stage is given up.
async fn hindcast(arguments: &[&str]) -> Result<(), Error> {
    let mut program = tokio::process::Command::new(program_path());
    program.args(arguments).env_remove("HINDCAST_DATABASE").stdin(Stdio::null()).kill_on_drop(true);
    let output = program.output().await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    Err(format!("hindcast {}: {}: {said}", arguments.join(" "), output.status).into())
}

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let server = record.serve("log");
    let crowd = Crowd::begin(sign_up(&server.link).await, &server, WRITERS);
    let [option, value] = record.arguments();
    let (mut lost, mut checked, mut during, mut slowest, mut faults) = (Vec::new(), 0, 0, Duration::ZERO, Vec::new());
    for nth in 1..=BACKUPS {
        crowd.more(WRITES).await?;
        run.progress(&format!("backup {nth} of {BACKUPS}, {} writes acknowledged", crowd.shared.acknowledged()));
        let before = crowd.acknowledged();
        let (out, to) = (record.path(&format!("out{nth}")), record.path(&format!("from{nth}")));
        let (out, to) = (out.display().to_string(), to.display().to_string());
        let begun = Instant::now();
        hindcast(&["backup", &out, &option, &value]).await?;
        slowest = slowest.max(begun.elapsed());
        during += crowd.shared.acknowledged().saturating_sub(before.len());
        hindcast(&["restore", &out, "--data", &to]).await?;
        for look in [&["doctor"][..], &["audit", "verify"]] {
            if let Err(e) = hindcast(&[look, &["--data", &to]].concat()).await {
                faults.push(e.to_string());
            }
        }
        checked += before.len();
        lost.extend(kept::missing(&Place::Folder(to.into()), &before).await);
    }
    let done = crowd.end().await?;
    run.bar(
        "acknowledged before a backup, not in it (0)",
        &format!("{} of {checked} in {BACKUPS} backups {lost:?}", lost.len()),
        lost.is_empty(),
    );
    run.bar(
        "doctor and audit verify on what is restored",
        &if faults.is_empty() { "no fault".to_owned() } else { faults.join("; ") },
        faults.is_empty(),
    );
    run.figure(
        "acknowledged while a backup ran",
        &format!("{during} of {}; a backup took {:.1} s at most", done.len(), slowest.as_secs_f64()),
    );
    Ok(())
}
