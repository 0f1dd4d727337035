//! Data to standard output or a file, words to standard error.

mod unfinished;

use crate::failure::Failure;
use hindcast_render::show::Look;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use unfinished::Unfinished;

/// Writes data to a file, or to standard output.
pub fn data(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match path {
        None => to_stdout(bytes),
        Some(path) => to_path(path, bytes).map_err(|e| failed(path, &e)),
    }
}

/// In words that name no temporary file.
fn failed(path: &Path, e: &std::io::Error) -> Failure {
    let why = match e.kind() {
        ErrorKind::NotFound => "the folder does not exist".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    };
    Failure::Output(format!("{}: {why}. Nothing was written. Check the folder and its permissions.", path.display()))
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
    let mut file = Unfinished::beside(path)?;
    file.write_all(bytes)?;
    file.place(path)
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

/// The same for bytes, of which there are many.
pub fn bytes_progress(of: u64, words: &str) -> ProgressBar {
    let bar = progress(of, words);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Writes data while progress is shown: where both go to one terminal, the bar gives way.
pub fn beside<R>(bar: &ProgressBar, write: impl FnOnce() -> R) -> R {
    if std::io::stdout().is_terminal() { bar.suspend(write) } else { write() }
}

/// Data that is written as it is made: to a file, which is in its place only when all of it is there, or to standard
/// output.
pub struct Flow(To);

enum To {
    Out {
        gone: bool,
    },
    /// A device or a pipe, which must stay what it is.
    Device(PathBuf, File),
    File(PathBuf, BufWriter<Unfinished>),
}

impl Flow {
    /// Begins.
    pub fn to(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(given) = path else { return Ok(Flow(To::Out { gone: false })) };
        let begin = || {
            let path = given.canonicalize().unwrap_or_else(|_| given.to_owned());
            if std::fs::metadata(&path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
                let device = std::fs::OpenOptions::new().write(true).open(&path)?;
                return Ok(To::Device(path, device));
            }
            let file = Unfinished::beside(&path)?;
            Ok(To::File(path, BufWriter::new(file)))
        };
        begin().map(Flow).map_err(|e| failed(given, &e))
    }

    /// Writes more. Breaks, and writes nothing, once whoever reads has seen enough.
    pub fn more(&mut self, text: &str) -> Result<ControlFlow<()>, Failure> {
        self.write(text)?;
        Ok(match self.0 {
            To::Out { gone: true } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    }

    /// Writes more. Nothing is written once whoever reads has seen enough.
    pub fn write(&mut self, text: &str) -> Result<(), Failure> {
        match &mut self.0 {
            To::File(path, file) => file.write_all(text.as_bytes()).map_err(|e| failed(path, &e)),
            To::Device(path, file) => file.write_all(text.as_bytes()).map_err(|e| failed(path, &e)),
            To::Out { gone: true } => Ok(()),
            To::Out { gone } => match anstream::stdout().lock().write_all(text.as_bytes()) {
                Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                    *gone = true;
                    Ok(())
                }
                Err(e) => Err(Failure::Output(format!("standard output: {e}"))),
                Ok(()) => Ok(()),
            },
        }
    }

    /// Ends.
    pub fn finish(self) -> Result<(), Failure> {
        match self.0 {
            To::Out { .. } | To::Device(..) => Ok(()),
            To::File(path, file) => {
                let file = file.into_inner().map_err(|e| failed(&path, e.error()))?;
                file.place(&path).map_err(|e| failed(&path, &e))
            }
        }
    }
}
