//! Files that are too large to be held in memory: read in parts, session by session.

use super::files::{Given, Held, Named};
use super::{listed, row};
use crate::args::Select;
use crate::failure::Failure;
use crate::output;
use hindcast_render::show::clean;
use hindcast_retro::Draft;
use hindcast_trace::bulk::{BulkError, Done, Phase, Scratch, Source, Survey, excerpt};
use hindcast_trace::locator::Step;
use hindcast_trace::{Detection, Evidence, Trace};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Bytes of all files together that are read at once, which is quicker; more are read in parts where they can be.
const AT_ONCE: u64 = 64 << 20;
/// How many times its size a compressed file is taken to be.
const PACKED: u64 = 8;

/// Files that are read in parts.
pub struct Bulk<'f> {
    files: &'f [Named],
    survey: Survey,
}

/// One session and the lines that it stands in.
pub struct Chosen {
    /// The session.
    pub trace: Trace,
    /// The lines, as excerpts of the files.
    pub evidence: Arc<Vec<Evidence>>,
    /// What the files are.
    pub detections: Vec<Detection>,
}

impl Source for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match &self.held {
            Held::No => Box::new(File::open(&self.path)?),
            Held::Bytes(bytes) => Box::new(&bytes[..]),
            Held::Aside(file) => {
                let mut file: &File = file;
                file.seek(SeekFrom::Start(0))?;
                Box::new(file)
            }
        })
    }
}

/// Surveys files that are too large together. `None` where they are not, or can only be read as a whole.
pub fn of<'f>(files: &'f [Named], format: Option<&str>, masked: bool) -> Result<Option<Bulk<'f>>, Failure> {
    // What is masked is another file, which is made as a whole.
    if masked || files.iter().map(weight).sum::<u64>() <= AT_ONCE || files.iter().any(|f| f.given == Given::Found) {
        return Ok(None);
    }
    let sources = sources(files);
    let format = format.and_then(hindcast_trace::format::named);
    let progress = output::bytes_progress(size(files), "looking through the lines");
    let survey = match Survey::of(&sources, format, |bytes| progress.set_position(bytes)) {
        Ok(survey) => survey,
        // One of many is no trace: it is left out where they are read at once.
        Err(BulkError::Read(_)) if files.len() > 1 && files.iter().any(Named::is_anything) => None,
        Err(why) => return Err(failure(why)),
    };
    progress.finish_and_clear();
    Ok(survey.map(|survey| Bulk { files, survey }))
}

/// The lines of files that quotes stand in, where the files are too large together, and every quote stands in a line.
pub fn cited(files: &[Named], drafts: &[Draft], masked: bool) -> Result<Option<Vec<Evidence>>, Failure> {
    if masked || files.iter().map(weight).sum::<u64>() <= AT_ONCE {
        return Ok(None);
    }
    let mut wanted = BTreeSet::new();
    for quote in drafts.iter().flat_map(Draft::every_quote) {
        match quote.locator.0.iter().find(|step| !matches!(step, Step::Unwrap(_))) {
            Some(Step::Line(number)) => wanted.insert(*number),
            _ => return Ok(None),
        };
    }
    let progress = output::bytes_progress(size(files), "looking quotes up");
    let mut all = Vec::with_capacity(files.len());
    let mut before = 0;
    for file in files {
        let read = excerpt(file, &wanted, |bytes| progress.set_position(before + bytes)).map_err(failure)?;
        let Some(item) = read else { return Ok(None) };
        all.push(item);
        before += file.size();
    }
    progress.finish_and_clear();
    Ok(Some(all))
}

/// One more item of a list of JSON objects that is the only member of an object, as a pretty printer would write it.
pub fn list_item(text: &str, first: bool) -> String {
    let comma = if first { "\n    " } else { ",\n    " };
    format!("{comma}{}", text.replace('\n', "\n    "))
}

fn sources(files: &[Named]) -> Vec<&dyn Source> {
    files.iter().map(|f| f as &dyn Source).collect()
}

fn size(files: &[Named]) -> u64 {
    files.iter().map(Named::size).sum()
}

/// What a file weighs when it is unpacked, by a guess.
fn weight(file: &Named) -> u64 {
    let mut magic = [0; 4];
    let read = file.open().and_then(|mut from| from.read(&mut magic)).unwrap_or_default();
    let packed = magic.starts_with(&[0x1f, 0x8b]) || read == 4 && magic == [0x28, 0xb5, 0x2f, 0xfd];
    file.size().saturating_mul(if packed { PACKED } else { 1 })
}

fn failure(e: BulkError) -> Failure {
    match e {
        BulkError::Io { .. } => Failure::Input(clean(&format!("{e}. Check the disk and try again."))),
        BulkError::Scratch(e) => Failure::Input(no_room(&e, "as much free space as the unpacked files")),
        BulkError::Read(e) => Failure::Input(clean(&e.to_string())),
    }
}

/// Says that a temporary file could not be written or read, where it is, and what to do about it.
pub fn no_room(e: &io::Error, needs: &str) -> String {
    let folder = std::env::temp_dir();
    let why = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no space left".to_owned(),
        _ => e.to_string(),
    };
    clean(&format!(
        "the temporary file in {}: {why}. It needs {needs}. Free space there, or set TMPDIR to another folder.",
        folder.display()
    ))
}

fn scratch() -> io::Result<Box<dyn Scratch>> {
    // Without a name, so that nothing is left of it whatever happens to this program.
    Ok(Box::new(tempfile::tempfile()?))
}

impl Bulk<'_> {
    /// What the files are.
    pub fn detections(&self) -> Vec<Detection> {
        self.survey.files.iter().map(|f| f.detection.clone()).collect()
    }

    /// Reads all sessions, in the order of their first appearance, until `sink` breaks or fails. `None` where it broke: nobody
    /// wants to know more then.
    pub fn each<R: Send>(
        self,
        words: &str,
        work: impl Fn(Trace, &Arc<Vec<Evidence>>) -> R + Sync,
        mut sink: impl FnMut(R) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<Option<Done>, Failure> {
        let progress = output::bytes_progress(size(self.files), words);
        let mut ended = None;
        let take = |result| match output::beside(&progress, || sink(result)) {
            Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => {
                ended = Some(Ok(None));
                ControlFlow::Break(())
            }
            Err(why) => {
                ended = Some(Err(why));
                ControlFlow::Break(())
            }
        };
        let mut phase = Phase::Reading;
        let tell = |now, bytes| {
            if now != phase {
                phase = now;
                let words = if now == Phase::Sorting { "sorting the lines by session" } else { words };
                progress.set_message(words.to_owned());
                progress.reset();
            }
            progress.set_position(bytes);
        };
        let done = self.survey.run(&sources(self.files), scratch, work, take, tell);
        progress.finish_and_clear();
        match ended {
            Some(ended) => ended,
            None => done.map(Some).map_err(failure),
        }
    }

    /// The session that was asked for.
    pub fn select(self, select: &Select) -> Result<Chosen, Failure> {
        let mut detections = self.detections();
        let wanted = select.session.as_deref();
        let work = |trace: Trace, evidence: &Arc<Vec<Evidence>>| {
            let fits = wanted.is_none_or(|wanted| trace.key.starts_with(wanted));
            let exact = wanted.is_some_and(|wanted| trace.key == wanted);
            (row(&trace), exact, fits.then(|| (trace, Arc::clone(evidence))))
        };
        let (mut rows, mut count) = (Vec::new(), 0);
        // Of many that fit, it only matters how many they are.
        let (mut exact, mut fitting, mut fit) = (None, None, 0);
        let done = self.each("reading", work, |(row, is_exact, found)| {
            count += 1;
            if rows.len() < super::LISTED {
                rows.push(row);
            }
            if let Some(found) = found {
                fit += 1;
                if is_exact {
                    exact = Some(found);
                } else {
                    fitting = (fit == 1).then_some(found);
                }
            }
            // Without a choice there is nothing to find, and a full list is enough to choose from.
            let is_enough = wanted.is_none() && rows.len() == super::LISTED;
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let Some(done) = done else { return Err(super::several_so_far(&rows)) };
        let found = match (exact, wanted) {
            (Some(exact), _) => exact,
            (None, Some(wanted)) => match fitting {
                Some(found) if fit == 1 => found,
                _ => return Err(super::not_one(wanted, fit, &listed(&rows, count))),
            },
            (None, None) => match fitting {
                Some(found) if count == 1 => found,
                _ => return Err(super::several(count, &listed(&rows, count))),
            },
        };
        for (detection, tally) in detections.iter_mut().zip(done.tallies) {
            detection.tally = tally;
        }
        if let Some(first) = detections.first_mut() {
            first.lossy.clone_from(&done.lossy);
        }
        detections.iter_mut().skip(1).for_each(|d| d.lossy.clear());
        Ok(Chosen { trace: found.0, evidence: found.1, detections })
    }
}
