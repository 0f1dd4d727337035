//! What the record uses: space on its disk, and connections to its database.

use crate::Store;
use crate::blobs::Blobs;

/// The file system that holds the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that the server may still write.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// The connections of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// What the pool is for: `read` or `write`.
    pub pool: &'static str,
    /// Connections in use.
    pub busy: u64,
    /// Connections that may be in use at once.
    pub limit: u64,
}

impl Store {
    /// Space on the disk of the data directory; `None` with PostgreSQL, or if the system does not tell.
    pub async fn disk_space(&self) -> Option<DiskSpace> {
        let Blobs::Folder(evidence) = &self.blobs else { return None };
        let folder = evidence.parent()?.to_owned();
        // A network disk may take its time to answer.
        tokio::task::spawn_blocking(move || space(&folder)).await.ok()?
    }

    /// The connections to the database, by what they are for.
    pub fn connections(&self) -> [Connections; 2] {
        let of = |pool, p: &sqlx::AnyPool, idle: usize| Connections {
            pool,
            busy: u64::from(p.size()).saturating_sub(idle as u64),
            limit: u64::from(p.options().get_max_connections()),
        };
        let (readers, writers) = (&self.readers, &self.writers);
        [of("read", readers.pool(), readers.idle()), of("write", writers, writers.num_idle())]
    }
}

#[cfg(unix)]
fn space(folder: &std::path::Path) -> Option<DiskSpace> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Some(DiskSpace { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
}

#[cfg(not(unix))]
fn space(_: &std::path::Path) -> Option<DiskSpace> {
    None
}

#[cfg(test)]
mod tests {
    use crate::{Place, Store};

    #[tokio::test]
    async fn the_disk_of_the_data_directory_and_the_connections_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().join("data"))).await.expect("opens");
        let disk = store.disk_space().await.expect("the system tells");
        assert!(disk.free > 0 && disk.free <= disk.total, "{disk:?}");
        let tx = store.begin().await.expect("begins");
        let [_, write] = store.connections();
        assert_eq!((write.pool, write.busy, write.limit), ("write", 1, 1));
        drop(tx);
    }
}
