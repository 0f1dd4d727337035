//! Files on their way in: masked, read, and refused at the door where they cannot be used.

use super::set_due;
use crate::failure::Failure;
use crate::line;
use crate::memory::Taken;
use crate::state::App;
use hindcast_detect::tools::contract;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::{Act, Viewer, incidents};
use hindcast_trace::redact::{self, Admitted, Masker, Refused};
use hindcast_trace::unwrap::{self, UnwrapError};
use hindcast_trace::{Evidence, Limits, ReadError, Stop};

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
        let mut file = read_in(app, act.by, number, kind, &name, bytes).await?;
        // Only its bytes are left: several files wait for each other here, and would else take all the memory.
        file._memory = None;
        admitted.push(file);
    }
    let mut tx = app.store.begin().await?;
    let files: Vec<_> = admitted.iter().map(|file| (&file.admitted.evidence, file.admitted.words())).collect();
    evidence::add_all(&app.store, &mut tx, act, number, kind, &files).await?;
    // What was a facts file may be something else now, and the other way round.
    set_due(app, &mut tx, act, number).await?;
    tx.commit().await?;
    Ok(())
}

/// A file's name without the folders before it and without what nobody can see.
fn plain(name: &str) -> String {
    let name = line::cleaned(name.rsplit(['/', '\\']).next().unwrap_or(""));
    let name: String = name.chars().take(NAME).collect();
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

/// A file as it may be kept, with the memory that it has while somebody works on it.
pub struct Kept {
    /// The file.
    pub admitted: Admitted,
    _memory: Option<Taken>,
}

/// A file as it may be kept: with secrets and personal data masked, unless the server was started without that.
pub async fn admit(app: &App, name: &str, bytes: Vec<u8>) -> Result<Kept, Failure> {
    prepare(app, name, bytes, |_, _| Ok(())).await
}

/// The same, if it passes a check.
async fn prepare(
    app: &App,
    name: &str,
    bytes: Vec<u8>,
    check: impl FnOnce(&Evidence, &Limits) -> Result<(), Failure> + Send + 'static,
) -> Result<Kept, Failure> {
    let name = plain(name);
    let masker = app.masker.clone();
    let all = app.memory.all();
    // How much it is has to be known before any of it is unpacked; finding out takes next to no memory.
    let (told, packed) = (name.clone(), bytes.len() as u64);
    let measure = move |stop: &Stop| {
        let limits = Limits { unpacked: all / Limits::TIMES, memory: all, stop: stop.clone() };
        let size = unwrap::measure(&bytes, &limits).map_err(|e| too_large(&told, &e))?;
        Ok::<_, Failure>((bytes, size))
    };
    let evidence = &app.pools.evidence;
    let (bytes, size) = match is_small(packed) {
        true => evidence.run_light(measure).await??,
        false => evidence.run(measure).await??,
    };
    let most = Limits::memory_for(size, app.memory.most());
    let memory = app.memory.take(most).await?;
    let work = move |stop: &Stop| {
        let limits = Limits { unpacked: all / Limits::TIMES, memory: most, stop: stop.clone() };
        // Names of files are kept and told as well.
        let name = match &masker {
            Some(masker) => masked(masker, &name),
            None => name,
        };
        let file = Evidence::new(name, bytes);
        let admitted = match masker {
            Some(masker) => {
                let admitted = redact::admit_within(&masker, &file, &limits).map_err(|e| match e {
                    Refused::Stopped => Failure::Ended,
                    e @ Refused::TooMany { .. } => Failure::TooLarge(e.to_string()),
                    e => Failure::Invalid(e.to_string()),
                })?;
                drop(file);
                admitted
            }
            None => Admitted { evidence: file, counts: Default::default(), unwrapped: Vec::new(), lost: Vec::new() },
        };
        // The file as it came is gone by now: it would come on top of what reading takes.
        check(&admitted.evidence, &limits)?;
        Ok(Kept { admitted, _memory: Some(memory) })
    };
    match is_small(size) {
        true => evidence.run_light(work).await?,
        false => evidence.run(work).await?,
    }
}

/// Bytes of what is read in a moment.
const SMALL: u64 = 1 << 20;

/// True for files that do not wait behind large ones.
pub fn is_small(bytes: u64) -> bool {
    bytes <= SMALL
}

/// Why a file is not even unpacked.
fn too_large(name: &str, error: &UnwrapError) -> Failure {
    match error {
        UnwrapError::Stopped => Failure::Ended,
        e => Failure::TooLarge(format!("{name} could not be taken in: {e}.")),
    }
}

/// Reads a file that is to be taken in: masked, and of use for what it is said to be.
pub async fn read_in(
    app: &App,
    viewer: &Viewer,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Kept, Failure> {
    // Found before the work is done: who may not know of the incident makes no work.
    incidents::find(&mut *app.store.reader().await?, viewer, number).await?;
    prepare(app, name, bytes, move |file, limits| check_in(kind, file, limits)).await
}

/// Whether a file can be used for what it is said to be.
fn check_in(kind: Kind, file: &Evidence, limits: &Limits) -> Result<(), Failure> {
    let text =
        || String::from_utf8(file.bytes.clone()).map_err(|_| Failure::Invalid(format!("{} is not UTF-8.", file.name)));
    match kind {
        Kind::Trace => {
            hindcast_trace::read_within(std::slice::from_ref(file), limits).map_err(unread)?;
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

/// Why a trace is not read.
pub fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::Stopped => Failure::Ended,
        e @ ReadError::TooMuch { .. } => Failure::TooLarge(e.to_string()),
        e => Failure::Invalid(e.to_string()),
    }
}
