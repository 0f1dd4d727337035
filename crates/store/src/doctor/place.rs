//! The folder and the disk that a record is on.

use super::line::{Line, size};
use crate::Place;
use std::path::Path;

/// Free bytes below which uploads soon fail, and below which they should be expected to fail.
const LITTLE: u64 = 1 << 30;
const NONE: u64 = 100 << 20;

pub(super) async fn look(place: &Place) -> Vec<Line> {
    match place {
        // The disk of a database server cannot be seen from here.
        Place::Postgres(_) => vec![Line::ok("disk", "on the database server; not checked from here")],
        Place::Folder(folder) if !folder.is_dir() => Vec::new(),
        Place::Folder(folder) => [permissions(folder), disk(folder)].into_iter().flatten().collect(),
    }
}

#[cfg(unix)]
fn permissions(folder: &Path) -> Option<Line> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(folder).ok()?.permissions().mode() & 0o777;
    Some(match mode & 0o077 {
        0 => Line::ok("folder", "only its owner can read it"),
        _ => Line::warning(
            "folder",
            format!("other accounts of this machine may read it (mode {mode:03o})"),
            format!("chmod 700 '{}'", folder.display()),
        ),
    })
}

#[cfg(not(unix))]
fn permissions(_: &Path) -> Option<Line> {
    None
}

#[cfg(unix)]
fn disk(folder: &Path) -> Option<Line> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let found = format!("{} free", size(free));
    let advice = "Free some space, or move the data directory to a larger disk.";
    Some(match free {
        f if f < NONE => Line::fault("disk", found, advice),
        f if f < LITTLE => Line::warning("disk", found, advice),
        _ => Line::ok("disk", found),
    })
}

#[cfg(not(unix))]
fn disk(_: &Path) -> Option<Line> {
    None
}
