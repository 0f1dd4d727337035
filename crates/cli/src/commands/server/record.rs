//! The record that a command works on.

use crate::args::server::Record;
use crate::failure::Failure;
use hindcast_store::{Place, Store, StoreError};

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

/// Reads a record, which stays as it is.
pub fn with_record<T>(record: &Record, read: impl AsyncFnOnce(&Store) -> Result<T, StoreError>) -> Result<T, Failure> {
    let place = place(record);
    if let Place::Folder(folder) = &place
        && !folder.join("hindcast.db").is_file()
    {
        return Err(Failure::Input(format!(
            "{} contains no Hindcast data. Give the data directory with --data.",
            folder.display()
        )));
    }
    let done = block_on(async {
        let store = Store::open_read_only(&place).await?;
        let done = read(&store).await;
        store.close().await;
        done
    })?;
    done.map_err(|e: StoreError| Failure::Server(e.to_string()))
}
