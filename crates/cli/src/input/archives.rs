//! Archives in the place of the files that they contain.

use super::files::{Given, Held, Named};
use crate::failure::Failure;
use hindcast_render::show::clean;
use hindcast_trace::archive::{self, Archive};
use hindcast_trace::bulk::Source;
use std::io::Read;
use std::sync::Arc;

/// Bytes of a file that tell whether it is an archive.
const HEAD: u64 = 64 << 10;

/// Puts the files of each archive in its place. They are held in memory; nothing is written.
///
/// # Errors
/// When an archive that somebody named is damaged or unpacks to too much.
pub fn opened(files: Vec<Named>) -> Result<Vec<Named>, Failure> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let mut head = Vec::new();
        // A file that cannot be read is told of where it is read.
        let _ = file.open().and_then(|from| from.take(HEAD).read_to_end(&mut head));
        let Some(kind) = Archive::sniff(&head) else {
            all.push(file);
            continue;
        };
        let bytes = super::whole(&file)?;
        if archive::is_one_trace(&bytes) || archive::is_document(&bytes) {
            all.push(file);
            continue;
        }
        let entries = kind.files(&bytes);
        match entries {
            Ok(entries) if entries.is_empty() => {
                return Err(Failure::Input(clean(&format!("{} is an archive without files.", file.name))));
            }
            Ok(entries) => all.extend(entries.into_iter().map(|entry| Named {
                path: file.path.clone(),
                name: format!("{}/{}", file.name, entry.name),
                given: Given::Found,
                held: Held::Bytes(Arc::new(entry.bytes)),
            })),
            // Among other files it is left out like any that is no trace.
            Err(_) if file.is_anything() => all.push(file),
            Err(why) => {
                return Err(Failure::Input(clean(&format!(
                    "{} could not be unpacked: {why}. Unpack it yourself and pass the files in it, or make it again.",
                    file.name
                ))));
            }
        }
    }
    Ok(all)
}
