//! Files in.

use crate::args::Select;
use crate::failure::Failure;
use hindcast_detect::Contracts;
use hindcast_detect::tools::contract;
use hindcast_retro::Draft;
use hindcast_retro::draft::Drafts;
use hindcast_trace::{Evidence, ReadError, Reading, Trace};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of one file that are read at most: everything is held in memory while quotes are checked against it.
const MAX_FILE: u64 = 1 << 30;

/// The name of a file without its folders.
fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
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
    let too_large = || {
        Failure::Input(format!(
            "{} is larger than {} MiB. Split it, and use the part that contains the session, for example one line of JSON Lines or one export batch.",
            if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() },
            MAX_FILE >> 20
        ))
    };
    let bytes = if path == Path::new("-") {
        in_pieces(std::io::stdin().lock(), PIECE).map_err(fail)?.ok_or_else(too_large)?
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
            return Err(too_large());
        }
        let mut file = File::open(path).map_err(fail)?;
        if meta.is_file() {
            let mut bytes = Vec::new();
            bytes.reserve_exact(usize::try_from(meta.len()).unwrap_or(0));
            file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(fail)?;
            bytes
        } else {
            in_pieces(&mut file, PIECE).map_err(fail)?.ok_or_else(too_large)?
        }
    };
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large());
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

/// Reads the trace files.
pub fn evidence(paths: &[impl AsRef<Path>]) -> Result<Vec<Evidence>, Failure> {
    let progress = crate::output::progress(paths.len() as u64, "reading");
    let mut all: Vec<Evidence> = Vec::new();
    for path in paths {
        let item = Evidence::new(name(path.as_ref()), bytes(path.as_ref())?);
        progress.inc(1);
        // The same bytes twice are one evidence.
        if !all.iter().any(|e| e.id == item.id) {
            all.push(item);
        }
    }
    progress.finish_and_clear();
    Ok(all)
}

/// Reads sessions out of evidence, as one format where one is named.
pub fn sessions(evidence: &[Evidence], format: Option<&str>) -> Result<Reading, Failure> {
    let read = match format.and_then(hindcast_trace::format::named) {
        Some(format) => hindcast_trace::read_as(evidence, format),
        None => hindcast_trace::read(evidence),
    };
    read.map_err(|e| {
        let help = match e {
            ReadError::Unrecognised { .. } => " If you know the format, name it with --input-format.",
            _ => "",
        };
        // Words of the file stand in the message.
        Failure::Input(hindcast_render::show::clean(&format!("{e}{help}")))
    })
}

/// The sessions that were asked for.
pub fn select<'r>(reading: &'r Reading, select: &Select) -> Result<Vec<&'r Trace>, Failure> {
    let all: Vec<&Trace> = reading.sessions.iter().collect();
    if select.all {
        return Ok(all);
    }
    let list = || {
        let rows: Vec<String> = all.iter().take(40).map(|t| row(t)).collect();
        let more = if all.len() > 40 { format!("\n  … and {} more", all.len() - 40) } else { String::new() };
        format!("{}{more}", rows.join("\n"))
    };
    if let Some(wanted) = &select.session {
        let exact: Vec<_> = all.iter().filter(|t| t.key == *wanted).copied().collect();
        let found = if exact.is_empty() {
            all.iter().filter(|t| t.key.starts_with(wanted.as_str())).copied().collect()
        } else {
            exact
        };
        return match found.len() {
            1 => Ok(found),
            0 => Err(Failure::Choice(format!("no session `{wanted}`. Sessions:\n{}", list()))),
            n => Err(Failure::Choice(format!("{n} sessions start with `{wanted}`. Sessions:\n{}", list()))),
        };
    }
    match all.len() {
        1 => Ok(all),
        0 => Err(Failure::Input("the files contain no session.".to_owned())),
        n => Err(Failure::Choice(format!(
            "the files contain {n} sessions. Choose one with --session ID, or select all with --all:\n{}",
            list()
        ))),
    }
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
    let opening = opening.map_or(String::new(), |o| format!("  \"{}\"", hindcast_render::show::clean(&o)));
    format!("  {}  {} events{opening}", hindcast_render::show::clean(&trace.key), trace.events.len())
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
pub fn must_not_be(output: &Path, inputs: &[std::path::PathBuf]) -> Result<(), Failure> {
    let Ok(there) = output.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|i| i.canonicalize().is_ok_and(|i| i == there)) {
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
