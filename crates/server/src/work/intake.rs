//! Files on their way in: masked, read, and refused at the door where they cannot be used.

use super::{cut_short, set_due};
use crate::failure::Failure;
use crate::state::App;
use hindcast_detect::tools::contract;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::{Act, Viewer, incidents};
use hindcast_trace::Evidence;
use hindcast_trace::redact::{self, Admitted, Masker};

/// Characters of a file's name that are kept.
const NAME: usize = 200;

/// Takes a file in: reads it first, so that what cannot be used is told at the door.
pub async fn take_in(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(), Failure> {
    take_in_all(app, act, number, kind, vec![(name.to_owned(), bytes)]).await
}

/// Takes several files in: all of them, or none where one cannot be used.
pub async fn take_in_all(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    files: Vec<(String, Vec<u8>)>,
) -> Result<(), Failure> {
    let mut admitted = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        admitted.push(read_in(app, act.by, number, kind, &name, bytes).await?);
    }
    let mut tx = app.store.begin().await?;
    let files: Vec<_> = admitted.iter().map(|file| (&file.evidence, file.words())).collect();
    evidence::add_all(&app.store, &mut tx, act, number, kind, &files).await?;
    // What was a facts file may be something else now, and the other way round.
    set_due(app, &mut tx, act, number).await?;
    tx.commit().await?;
    Ok(())
}

/// A file's name without the folders before it and without what nobody can see.
fn plain(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or("").trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() { "evidence".to_owned() } else { name }
}

/// A file's name as it may be kept. What ends it hides the end of an address (`ada@example.org.json`), so that it is taken off where
/// nothing is found with it.
fn masked(masker: &Masker, name: &str) -> String {
    let mask = |text: &str| String::from_utf8_lossy(&masker.mask(text.as_bytes()).bytes).into_owned();
    let whole = mask(name);
    match name.rsplit_once('.') {
        Some((stem, end)) if whole == name => format!("{}.{end}", mask(stem)),
        _ => whole,
    }
}

/// A file as it may be kept: with secrets and personal data masked, unless the server was started without that.
pub async fn admit(app: &App, name: &str, bytes: Vec<u8>) -> Result<Admitted, Failure> {
    let name = plain(name);
    let masker = app.masker.clone();
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || {
        // Names of files are kept and told as well.
        let name = match &masker {
            Some(masker) => masked(masker, &name),
            None => name,
        };
        let file = Evidence::new(name, bytes);
        match masker {
            Some(masker) => redact::admit(&masker, &file).map_err(|e| Failure::Invalid(e.to_string())),
            None => {
                Ok(Admitted { evidence: file, counts: Default::default(), unwrapped: Vec::new(), lost: Vec::new() })
            }
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(cut_short)?
}

/// Reads a file that is to be taken in: masked, and of use for what it is said to be.
pub async fn read_in(
    app: &App,
    viewer: &Viewer,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Admitted, Failure> {
    // Found before the work is done: who may not know of the incident makes no work.
    incidents::find(&mut *app.store.reader().await?, viewer, number).await?;
    let admitted = admit(app, name, bytes).await?;
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || check_in(kind, &admitted.evidence).map(|()| admitted);
    tokio::task::spawn_blocking(work).await.map_err(cut_short)?
}

/// Whether a file can be used for what it is said to be.
fn check_in(kind: Kind, file: &Evidence) -> Result<(), Failure> {
    let text =
        || String::from_utf8(file.bytes.clone()).map_err(|_| Failure::Invalid(format!("{} is not UTF-8.", file.name)));
    match kind {
        Kind::Trace => {
            hindcast_trace::read(std::slice::from_ref(file)).map_err(|e| Failure::Invalid(e.to_string()))?;
        }
        Kind::Facts => {
            hindcast_retro::facts::parse(&text()?, &file.name).map_err(|e| Failure::Invalid(e.to_string()))?;
        }
        Kind::Contracts => {
            contract::parse(&text()?).map_err(|e| Failure::Invalid(format!("{}: {e}", file.name)))?;
        }
    }
    Ok(())
}
