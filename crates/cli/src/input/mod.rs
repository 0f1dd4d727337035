//! Files in.

mod archives;
pub mod bulk;
pub mod files;

use crate::args::Select;
use crate::failure::Failure;
use crate::{output, parallel};
use files::{Held, Named};
use hindcast_detect::Contracts;
use hindcast_detect::tools::contract;
use hindcast_render::show::clean;
use hindcast_retro::Draft;
use hindcast_retro::draft::Drafts;
use hindcast_trace::bulk::Source;
use hindcast_trace::{Evidence, Limits, ReadError, Reading, Trace};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of one file that are read at most: everything is held in memory while quotes are checked against it.
const MAX_FILE: u64 = 1 << 30;

/// Bytes of all files of one command that are held in memory at most.
const MAX_TOGETHER: u64 = 4 << 30;

fn too_large(path: &Path) -> Failure {
    Failure::Input(format!(
        "{} is larger than {} MiB, and can only be read as a whole. Split it, and use the part that contains the session, for example one line of JSON Lines or one export batch.",
        if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() },
        MAX_FILE >> 20
    ))
}

/// Reads a file, or standard input for `-`.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |e: std::io::Error| {
        let help = match e.kind() {
            std::io::ErrorKind::NotFound => "Check the path.",
            std::io::ErrorKind::PermissionDenied => "Permission denied; check its permissions.",
            _ => "Check the disk and try again.",
        };
        Failure::Input(format!("{}: {e}. {help}", path.display()))
    };
    let bytes = if path == Path::new("-") {
        in_pieces(std::io::stdin().lock(), PIECE).map_err(fail)?.ok_or_else(|| too_large(path))?
    } else {
        let meta = std::fs::metadata(path).map_err(fail)?;
        if meta.is_dir() {
            return Err(Failure::Input(format!(
                "{} is a folder; expected a file. List the files in it instead.",
                path.display()
            )));
        }
        // Refused before a byte is read; what grows meanwhile is caught below.
        if meta.len() > MAX_FILE {
            return Err(too_large(path));
        }
        let mut file = File::open(path).map_err(fail)?;
        if meta.is_file() {
            let mut bytes = Vec::new();
            bytes.reserve_exact(usize::try_from(meta.len()).unwrap_or(0));
            file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(fail)?;
            bytes
        } else {
            in_pieces(&mut file, PIECE).map_err(fail)?.ok_or_else(|| too_large(path))?
        }
    };
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(path));
    }
    Ok(bytes)
}

/// Bytes of a stream that are read at once.
const PIECE: u64 = 32 << 20;

/// Reads a stream whose length nobody knows; `None` where it is longer than is allowed. In one growing block it would
/// be held twice whenever that grows.
fn in_pieces(mut from: impl Read, piece: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut left = MAX_FILE + 1;
    while left > 0 {
        let wanted = piece.min(left);
        let mut next = Vec::new();
        next.reserve_exact(usize::try_from(wanted).unwrap_or(0));
        let read = from.by_ref().take(wanted).read_to_end(&mut next)?;
        if read == 0 {
            break;
        }
        left = left.saturating_sub(read as u64);
        pieces.push(next);
    }
    if let [_] = pieces[..] {
        return Ok(Some(pieces.remove(0)));
    }
    if left == 0 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    bytes.reserve_exact(pieces.iter().map(Vec::len).sum());
    // Each piece is given back once it is copied.
    pieces.into_iter().for_each(|p| bytes.extend_from_slice(&p));
    Ok(Some(bytes))
}

/// Reads a text file.
pub fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|e| {
        Failure::Input(format!(
            "{} is not UTF-8 text (byte {}). Save it as UTF-8.",
            path.display(),
            e.utf8_error().valid_up_to()
        ))
    })
}

/// Reads a trace file.
fn whole(file: &Named) -> Result<Vec<u8>, Failure> {
    match &file.held {
        Held::No => bytes(&file.path),
        Held::Bytes(bytes) => Ok(bytes.to_vec()),
        Held::Aside(_) if file.size() > MAX_FILE => Err(too_large(&file.path)),
        Held::Aside(_) => {
            let fail = |e| Failure::Input(format!("standard input: {e}. Check the disk and try again."));
            let mut bytes = Vec::new();
            bytes.reserve_exact(usize::try_from(file.size()).unwrap_or(0));
            file.open().and_then(|mut from| from.read_to_end(&mut bytes)).map_err(fail)?;
            Ok(bytes)
        }
    }
}

/// Which of the files that stand in a folder are meant.
#[derive(Debug, Clone, Copy)]
pub enum Meant<'a> {
    /// All of them.
    All,
    /// Those that are traces, of the format that is named.
    Traces(Option<&'a str>),
}

/// Reads the trace files, on all cores. What was found in a folder and is no trace is left out, and told.
pub fn evidence(files: &[Named], meant: Meant<'_>) -> Result<Vec<Evidence>, Failure> {
    refuse_too_much(files)?;
    let progress = output::progress(files.len() as u64, "reading");
    let read = parallel::map(files, |file| {
        let item = whole(file).map(|bytes| Evidence::new(file.name.clone(), bytes));
        let item = item.and_then(|item| match meant {
            Meant::Traces(format) if file.is_anything() => {
                let format = format.and_then(hindcast_trace::format::named);
                hindcast_trace::recognize(&item, format).map(|_| item).map_err(|e| Failure::Input(e.to_string()))
            }
            _ => Ok(item),
        });
        progress.inc(1);
        item
    });
    progress.finish_and_clear();
    let mut all: Vec<Evidence> = Vec::with_capacity(files.len());
    let mut known = HashSet::new();
    let mut left_out = Vec::new();
    for (file, item) in files.iter().zip(read) {
        match item {
            // The same bytes twice are one evidence.
            Ok(item) if known.insert(item.id.clone()) => all.push(item),
            Ok(_) => {}
            Err(why) if file.is_anything() => left_out.push(why.into_text()),
            Err(why) => return Err(why),
        }
    }
    some_left(&all, &left_out)?;
    Ok(all)
}

/// Tells what was left out, unless nothing else is there.
fn some_left(all: &[Evidence], left_out: &[String]) -> Result<(), Failure> {
    match (all, left_out) {
        ([], [why]) => Err(Failure::Input(clean(why))),
        ([], [why, more @ ..]) => {
            Err(Failure::Input(clean(&format!("no trace among {} files. {why}", more.len() + 1))))
        }
        _ => {
            tell_left_out(left_out);
            Ok(())
        }
    }
}

/// Refused before a byte is read.
fn refuse_too_much(files: &[Named]) -> Result<(), Failure> {
    if files.len() > 1 && files.iter().map(Named::size).sum::<u64>() > MAX_TOGETHER {
        return Err(Failure::Input(format!(
            "the {} files are larger than {} MiB together. Read fewer at once.",
            files.len(),
            MAX_TOGETHER >> 20
        )));
    }
    Ok(())
}

/// Names a few of the files that were left out, each with the reason.
fn tell_left_out(left_out: &[String]) {
    const NAMED: usize = 10;
    for why in left_out.iter().take(NAMED) {
        output::complain(&format!("note: left out: {}", clean(why)));
    }
    if left_out.len() > NAMED {
        output::complain(&format!("note: {} more files were left out", left_out.len() - NAMED));
    }
}

/// Reads sessions out of evidence, as one format where one is named, in so many MiB of memory where somebody set a limit.
/// Evidence that nobody named is left out, and told, where only reading it shows that it is no trace.
pub fn sessions(
    files: &[Named],
    evidence: &mut Vec<Evidence>,
    format: Option<&str>,
    memory: Option<u32>,
) -> Result<Reading, Failure> {
    let mut limits = Limits::default();
    if let Some(mib) = memory {
        limits.memory = u64::from(mib) << 20;
    }
    let format = format.and_then(hindcast_trace::format::named);
    let read = |evidence: &[Evidence]| match format {
        Some(format) => hindcast_trace::read_as_within(evidence, format, &limits),
        None => hindcast_trace::read_within(evidence, &limits),
    };
    let mut found = read(evidence);
    let anything: HashSet<&str> = files.iter().filter(|f| f.is_anything()).map(|f| f.name.as_str()).collect();
    // First what is no trace by itself; then what tells nothing, which may have been a part of something else.
    for silent_too in [false, true] {
        if found.is_ok() || anything.is_empty() {
            break;
        }
        let refused = |item: &Evidence| {
            let why = read(std::slice::from_ref(item)).err().filter(|_| anything.contains(item.name.as_str()))?;
            let silent = matches!(why, ReadError::NoEvents { .. });
            (silent == silent_too && !matches!(why, ReadError::Stopped)).then(|| why.to_string())
        };
        let reasons = parallel::map(evidence, refused);
        if reasons.iter().all(Option::is_none) {
            continue;
        }
        let (mut kept, mut left_out) = (Vec::with_capacity(evidence.len()), Vec::new());
        for (item, reason) in std::mem::take(evidence).into_iter().zip(reasons) {
            match reason {
                Some(why) => left_out.push(why),
                None => kept.push(item),
            }
        }
        *evidence = kept;
        some_left(evidence, &left_out)?;
        found = read(evidence);
    }
    found.map_err(|e| {
        let help = match e {
            ReadError::Unrecognised { .. } => " If you know the format, name it with --input-format.",
            _ => "",
        };
        // Words of the file stand in the message.
        Failure::Input(clean(&format!("{e}{help}")))
    })
}

/// The sessions that were asked for.
pub fn select<'r>(reading: &'r Reading, select: &Select) -> Result<Vec<&'r Trace>, Failure> {
    let all: Vec<&Trace> = reading.sessions.iter().collect();
    if select.all && !all.is_empty() {
        return Ok(all);
    }
    let list = || listed(&all.iter().take(LISTED).map(|t| row(t)).collect::<Vec<_>>(), all.len());
    if let Some(wanted) = &select.session {
        let exact: Vec<_> = all.iter().filter(|t| t.key == *wanted).copied().collect();
        let found = if exact.is_empty() {
            all.iter().filter(|t| t.key.starts_with(wanted.as_str())).copied().collect()
        } else {
            exact
        };
        return match found.len() {
            1 => Ok(found),
            n => Err(not_one(wanted, n, &list())),
        };
    }
    match all.len() {
        1 => Ok(all),
        // Nothing to choose from is no success, whatever was asked for.
        n => Err(several(n, &list())),
    }
}

/// Sessions that a message lists.
const LISTED: usize = 40;

fn listed(rows: &[String], count: usize) -> String {
    let more = if count > LISTED { format!("\n  … and {} more", count - LISTED) } else { String::new() };
    format!("{}{more}", rows.join("\n"))
}

fn not_one(wanted: &str, found: usize, list: &str) -> Failure {
    Failure::Choice(match found {
        0 => format!("no session `{wanted}`. Sessions:\n{list}"),
        n => format!("{n} sessions start with `{wanted}`. Sessions:\n{list}"),
    })
}

fn several(count: usize, list: &str) -> Failure {
    if count == 0 {
        return Failure::Input("the files contain no session.".to_owned());
    }
    Failure::Choice(format!(
        "the files contain {count} sessions. Choose one with --session ID, or select all with --all:\n{list}"
    ))
}

/// The same where the files were not read to their end.
fn several_so_far(rows: &[String]) -> Failure {
    let (count, rows) = (rows.len(), rows.join("\n"));
    Failure::Choice(format!(
        "the files contain at least {count} sessions. Choose one with --session ID, or select all with --all. \
         The first {count} are:\n{rows}"
    ))
}

fn row(trace: &Trace) -> String {
    use hindcast_trace::EventKind;
    use hindcast_trace::model::Role;
    let opening = trace.events.iter().find_map(|e| match &e.kind {
        EventKind::Message { role: Role::User, texts, .. } => {
            texts.first().map(|t| t.text.chars().take(60).collect::<String>())
        }
        _ => None,
    });
    let opening = opening.map_or(String::new(), |o| format!("  \"{}\"", clean(&o)));
    format!("  {}  {} events{opening}", clean(&trace.key), trace.events.len())
}

/// Reads a contracts file, if one is given.
pub fn contracts(path: Option<&Path>) -> Result<Contracts, Failure> {
    let Some(path) = path else { return Ok(Contracts::default()) };
    contract::parse(&text(path)?).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))
}

/// Reads a draft, or several, from JSON.
pub fn drafts(path: &Path) -> Result<Vec<Draft>, Failure> {
    let text = text(path)?;
    let bad = |e: serde_json::Error| {
        Failure::Input(format!(
            "{} is not a draft in JSON ({e}). Create one with: hindcast draft --format json -o DRAFT.json FILE",
            path.display()
        ))
    };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(bad)?;
    let found: Vec<Draft> = if value.get("drafts").is_some() {
        serde_json::from_value::<Drafts>(value).map_err(bad)?.drafts
    } else {
        vec![serde_json::from_value(value).map_err(bad)?]
    };
    if let Some(other) = found.iter().find(|d| d.schema != hindcast_retro::draft::SCHEMA) {
        return Err(Failure::Input(format!(
            "{} has schema `{}`; this version reads `{}`.",
            path.display(),
            other.schema,
            hindcast_retro::draft::SCHEMA
        )));
    }
    if found.is_empty() {
        return Err(Failure::Input(format!("{} contains no draft.", path.display())));
    }
    Ok(found)
}

/// Refuses to write over a trace: evidence is never changed.
pub fn must_not_be(output: &Path, files: &[Named]) -> Result<(), Failure> {
    let Ok(there) = output.canonicalize() else { return Ok(()) };
    if files.iter().any(|i| i.path.canonicalize().is_ok_and(|i| i == there)) {
        return Err(Failure::Usage(format!(
            "{} is one of the trace files; choose another name for --output.",
            output.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_whole_whatever_its_pieces() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for piece in [1, 7, 999, 1000, 1001] {
            assert_eq!(in_pieces(&bytes[..], piece).expect("reads").as_ref(), Some(&bytes), "{piece}");
        }
        assert_eq!(in_pieces(&b""[..], 7).expect("reads"), Some(Vec::new()));
    }
}
