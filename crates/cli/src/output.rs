//! Data to standard output or a file, words to standard error.

use crate::failure::Failure;
use hindcast_render::show::Look;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

/// Writes data to a file, or to standard output.
pub fn data(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match path {
        None => to_stdout(bytes),
        Some(path) => to_path(path, bytes).map_err(|e| {
            // In words that name no temporary file.
            let why = match e.kind() {
                ErrorKind::NotFound => "the folder does not exist".to_owned(),
                ErrorKind::PermissionDenied => "permission denied".to_owned(),
                ErrorKind::IsADirectory => "it is a folder".to_owned(),
                kind => kind.to_string(),
            };
            Failure::Output(format!(
                "{}: {why}. Nothing was written. Check the folder and its permissions.",
                path.display()
            ))
        }),
    }
}

/// Writes to a file as a whole, and straight into a device or a pipe.
fn to_path(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match std::fs::metadata(path) {
        // A rename would put a file in the place of /dev/null.
        Ok(meta) if !meta.is_file() && !meta.is_dir() => {
            let mut open = std::fs::OpenOptions::new().write(true).open(path)?;
            open.write_all(bytes)?;
            open.flush()
        }
        // A link stays one: what it leads to is written.
        Ok(_) => to_file(&path.canonicalize()?, bytes),
        Err(_) => to_file(path, bytes),
    }
}

fn to_stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure::Output(format!("standard output: {e}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes beside the file and renames, so that an interruption leaves the old one whole.
fn to_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".hindcast-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode))?;
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Writes styled text to standard output; without colour where NO_COLOR is set or nobody looks.
pub fn styled(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}

/// Adds text with its look, for [`styled`].
pub fn paint(out: &mut String, look: Look, text: &str) {
    let code = match look {
        Look::Plain => "",
        Look::Quiet => "2",
        Look::Strong => "1",
        Look::Alarm => "31",
    };
    if code.is_empty() {
        out.push_str(text);
    } else {
        out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
    }
}

/// Columns of the terminal that standard output is; `None` if it is no terminal.
pub fn width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0)).filter(|w| *w > 0)
}

/// Writes a line for people to standard error.
pub fn complain(text: &str) {
    // There is nobody left to tell when standard error is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A progress bar on standard error, where that is a terminal.
pub fn progress(of: u64, words: &str) -> ProgressBar {
    let bar = ProgressBar::new(of);
    if !std::io::stderr().is_terminal() || of < 2 {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(words.to_owned());
    bar
}
