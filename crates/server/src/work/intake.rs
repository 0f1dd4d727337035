//! Files on their way in: masked, read, and refused at the door where they cannot be used.

use super::change::change;
use super::{FileTimes, set_due};
use crate::failure::Failure;
use crate::line;
use crate::masking::{Choice, FileMasks, Kept, MOST_LINES, Offer};
use crate::state::App;
use hindcast_detect::tools::contract;
use hindcast_retro::record::incident::times;
use hindcast_store::evidence::{self, Kind, NewFile};
use hindcast_store::{Act, Tx, Viewer, incidents};
use hindcast_trace::redact::{self, Admitted, Masked, Masker, Refused};
use hindcast_trace::unwrap::{self, UnwrapError};
use hindcast_trace::{Evidence, Limits, ReadError, Stop};

/// Characters of a file's name that are kept.
const NAME: usize = 200;

/// Takes a file in, masked: reads it first, so that what cannot be used is told at the door.
pub async fn take_in(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(), Failure> {
    take_in_all(app, act, number, kind, vec![(name.to_owned(), bytes)], Offer::masked()).await
}

/// Takes several files in: all of them, or none where one cannot be used, or where somebody has to choose about masks first.
pub async fn take_in_all(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    files: Vec<(String, Vec<u8>)>,
    offer: Offer,
) -> Result<(), Failure> {
    let incoming = read_in(app, act.by, number, kind, files, offer).await?;
    change(app, async |tx| incoming.add(app, tx, act, number).await).await
}

/// Files that were read and packed, and may be added.
pub struct Incoming {
    kind: Kind,
    files: Vec<NewFile>,
    file_times: FileTimes,
    kept: Kept,
}

impl Incoming {
    /// Their digests.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| file.id().to_string())
    }

    /// Adds them to the incident that they were read for; what is due follows.
    pub async fn add(&self, app: &App, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
        self.kept.record(tx, act, number).await?;
        evidence::add_all(&app.store, tx, act, number, self.kind, &self.files).await?;
        // What was a facts file may be something else now, and the other way round.
        set_due(app, tx, act, number, &self.file_times).await
    }
}

/// Reads files that are to be added: of use for what they are said to be, and packed. Traces are masked; what would be masked in their names
/// and in other files is offered first.
pub async fn read_in(
    app: &App,
    viewer: &Viewer,
    number: i64,
    kind: Kind,
    files: Vec<(String, Vec<u8>)>,
    offer: Offer,
) -> Result<Incoming, Failure> {
    // Found before the work is done: who may not know of the incident makes no work.
    incidents::find(&mut *app.store.reader().await?, viewer, number).await?;
    let is_trace = kind == Kind::Trace;
    let most_bytes = if is_trace { u64::MAX } else { MOST_TYPED };
    let mut read = Vec::with_capacity(files.len());
    let (mut masks, mut lines) = (Vec::new(), MOST_LINES);
    for (name, bytes) in files {
        let check = move |admitted: Admitted, limits: &Limits| {
            let times = check_in(kind, &admitted.evidence, limits)?;
            // A change keeps others waiting: a file is packed before it begins.
            Ok((NewFile::pack(&admitted.evidence, admitted.words(), &limits.stop)?, times))
        };
        // Of each file only its packed bytes are left: they wait for each other here, and would else take all the memory.
        let take = Take { most_bytes, choice: offer.choice(), is_trace, lines };
        let prepared = prepare(app, &name, bytes, take, check).await?;
        read.push(prepared.done);
        lines = lines.saturating_sub(prepared.masks.as_ref().map_or(0, |m| m.lines.len()));
        masks.extend(prepared.masks);
    }
    let kept = offer.choose(viewer, is_trace, masks)?;
    let ids: Vec<String> = read.iter().map(|(file, _)| file.id().to_string()).collect();
    let mut file_times = FileTimes::of(app, viewer, number, &ids).await?;
    let mut files = Vec::with_capacity(read.len());
    for (file, times) in read {
        if let Some(times) = times {
            file_times.add(app, file.id().to_string(), times.into());
        }
        files.push(file);
    }
    Ok(Incoming { kind, files, file_times, kept })
}

/// A file's name without the folders before it and without what nobody can see.
fn plain(name: &str) -> String {
    let name = line::cleaned(name.rsplit(['/', '\\']).next().unwrap_or(""));
    let name: String = name.chars().take(NAME).collect();
    if name.is_empty() { "evidence".to_owned() } else { name }
}

/// A file's name with masks. What ends it hides the end of an address (`ada@example.org.json`), so that it is taken off where nothing is
/// found with it.
fn masked(masker: &Masker, name: &str) -> Masked {
    let whole = masker.mask(name.as_bytes());
    match name.rsplit_once('.') {
        Some((stem, end)) if whole.places.is_empty() => {
            let mut stem = masker.mask(stem.as_bytes());
            stem.bytes.extend(format!(".{end}").as_bytes());
            stem
        }
        _ => whole,
    }
}

/// How a file is taken in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Take {
    /// Unpacked bytes at most.
    pub most_bytes: u64,
    /// What was chosen about what would be masked.
    pub choice: Option<Choice>,
    /// True for a trace, which is masked whatever was chosen: only its name is offered.
    pub is_trace: bool,
    /// Lines with something to mask that are shown at most.
    pub lines: usize,
}

/// A file that was prepared.
pub(super) struct Prepared<T> {
    /// What was made of it: with masks, unless the file is stored as uploaded, or nobody chose yet.
    pub done: T,
    /// What would be masked, where somebody may choose.
    pub masks: Option<FileMasks>,
}

/// Prepares a file: unwrapped and with secrets and personal data masked as was chosen, unless the server was started without that. Gives what
/// `finish` makes of it, in the same thread.
pub(super) async fn prepare<T: Send + 'static>(
    app: &App,
    name: &str,
    bytes: Vec<u8>,
    take: Take,
    finish: impl FnOnce(Admitted, &Limits) -> Result<T, Failure> + Send + 'static,
) -> Result<Prepared<T>, Failure> {
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
    if size > take.most_bytes {
        return Err(Failure::TooLarge(format!(
            "{name} has {:.1} MiB. A facts file or tool contracts can have at most {} MiB.",
            size as f64 / f64::from(1 << 20),
            take.most_bytes >> 20
        )));
    }
    let most = Limits::memory_for(size, app.memory.most());
    let memory = app.memory.take(most).await?;
    let work = move |stop: &Stop| {
        let limits = Limits { unpacked: all / Limits::TIMES, memory: most, stop: stop.clone() };
        let (admitted, masks) = match &masker {
            Some(masker) => {
                let (admitted, masks) = admit(masker, name, bytes, take, &limits)?;
                (admitted, Some(masks))
            }
            None => {
                let evidence = Evidence::new(name, bytes);
                let (counts, unwrapped, lost) = Default::default();
                (Admitted { evidence, counts, unwrapped, lost }, None)
            }
        };
        // The file as it came is gone by now: it would come on top of what reading takes.
        let done = finish(admitted, &limits).map_err(|e| match (e, &masker) {
            // Words of a refusal may quote what nobody chose to store.
            (Failure::Invalid(text), Some(masker)) => Failure::Invalid(lossy(&masker.mask(text.as_bytes()))),
            (e, _) => e,
        });
        drop(memory);
        Ok(Prepared { done: done?, masks })
    };
    match is_small(size) {
        true => evidence.run_light(work).await?,
        false => evidence.run(work).await?,
    }
}

/// Masks a file and its name as was chosen. Where nobody chose yet, what may be stored as uploaded stays so: the file is looked at as uploaded
/// before somebody is asked.
fn admit(
    masker: &Masker,
    name: String,
    bytes: Vec<u8>,
    take: Take,
    limits: &Limits,
) -> Result<(Admitted, FileMasks), Failure> {
    let refused = |e: Refused| match e {
        Refused::Stopped => Failure::Ended,
        e @ Refused::TooMany { .. } => Failure::TooLarge(e.to_string()),
        e => Failure::Invalid(e.to_string()),
    };
    let is_masked = take.choice == Some(Choice::Mask);
    // Names of files are kept and told as well.
    let masked_name = masked(masker, &name);
    let mut masks = FileMasks::of_name(&name, &masked_name);
    let name = if is_masked { lossy(&masked_name) } else { name };
    let file = Evidence::new(name, bytes);
    if take.is_trace {
        return Ok((redact::admit_within(masker, &file, limits).map_err(refused)?, masks));
    }
    let choosable = redact::choosable_within(masker, file, limits).map_err(refused)?;
    masks.add_text(&choosable.text, &choosable.masked, take.lines);
    Ok((if is_masked { choosable.masked() } else { choosable.unmasked() }, masks))
}

fn lossy(masked: &Masked) -> String {
    String::from_utf8_lossy(&masked.bytes).into_owned()
}

/// Unpacked bytes of a facts file or of tool contracts at most: people write them, and they are read at once and whole.
const MOST_TYPED: u64 = 1 << 20;

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

/// Whether a file can be used for what it is said to be; gives the times of a facts file.
fn check_in(kind: Kind, file: &Evidence, limits: &Limits) -> Result<Option<String>, Failure> {
    let text =
        || String::from_utf8(file.bytes.clone()).map_err(|_| Failure::Invalid(format!("{} is not UTF-8.", file.name)));
    match kind {
        Kind::Trace => {
            hindcast_trace::read_within(std::slice::from_ref(file), limits).map_err(unread)?;
        }
        Kind::Facts => {
            let facts = hindcast_retro::facts::parse(&text()?, &file.name);
            return facts.map(|facts| Some(times(&facts))).map_err(|e| Failure::Invalid(e.to_string()));
        }
        Kind::Contracts => {
            contract::parse(&text()?).map_err(|e| Failure::Invalid(format!("{}: {e}", file.name)))?;
        }
    }
    Ok(None)
}

/// Why a trace is not read.
pub fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::Stopped => Failure::Ended,
        e @ ReadError::TooMuch { .. } => Failure::TooLarge(e.to_string()),
        e => Failure::Invalid(e.to_string()),
    }
}
