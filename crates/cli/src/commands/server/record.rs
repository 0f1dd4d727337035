//! The record that a command works on.

use crate::args::server::Record;
use crate::failure::Failure;
use hindcast_store::{Place, Store, StoreError};
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Where a record is.
pub fn place(record: &Record) -> Place {
    match &record.database {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Folder(record.data.clone()),
    }
}

/// Does work that waits, to its end.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new();
    Ok(runtime.map_err(|e| Failure::Server(format!("could not start a thread: {e}")))?.block_on(work))
}

/// Why there is no database to read in a folder.
fn unreadable(folder: &Path, error: &Error) -> String {
    let folder = folder.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            format!("{folder} contains no Hindcast data. Give the data directory with --data.")
        }
        ErrorKind::PermissionDenied => format!(
            "no permission to read the data in {folder}. Run the command as the user that the server runs as, or as an administrator."
        ),
        _ => format!("the data in {folder} cannot be read: {error}"),
    }
}

/// Reads a record, which stays as it is.
pub fn with_record<T>(record: &Record, read: impl AsyncFnOnce(&Store) -> Result<T, StoreError>) -> Result<T, Failure> {
    let place = place(record);
    if let Place::Folder(folder) = &place
        && let Err(error) = File::open(folder.join("hindcast.db"))
    {
        return Err(Failure::Input(unreadable(folder, &error)));
    }
    let done = block_on(async {
        let store = Store::open_read_only(&place).await?;
        let done = read(&store).await;
        store.close().await;
        done
    })?;
    done.map_err(|e: StoreError| Failure::Server(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_may_not_be_read_is_told_from_one_without_data() {
        let told = |kind: ErrorKind| unreadable(Path::new("data"), &Error::from(kind));
        assert!(told(ErrorKind::NotFound).contains("contains no Hindcast data"));
        assert!(told(ErrorKind::PermissionDenied).starts_with("no permission to read the data in data."));
        assert!(told(ErrorKind::InvalidData).contains("cannot be read"));
    }
}
