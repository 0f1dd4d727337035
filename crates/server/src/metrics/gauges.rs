//! What is measured when somebody asks: the build, the pools and what waits for them, memory, connections, the disk.

use crate::state::App;
use hindcast_store::{Connections, DiskSpace};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

/// The commit that was built; the container image's build tells it.
const COMMIT: &str = match option_env!("HINDCAST_COMMIT") {
    Some(commit) if !commit.is_empty() => commit,
    _ => "unknown",
};

/// One pool at one moment: work or connections.
struct Load {
    pool: &'static str,
    limit: u64,
    busy: u64,
}

/// Everything at one moment.
struct Moment {
    threads: [Load; 3],
    queued: [(&'static str, u64); 3],
    connections: [Connections; 2],
    memory_reserved: u64,
    memory_limit: u64,
    disk: Option<DiskSpace>,
}

/// The text of these metrics, without the mark at its end.
///
/// # Errors
/// Where they cannot be written.
pub async fn text(app: &App) -> Result<String, fmt::Error> {
    let pools = [("passwords", &app.pools.passwords), ("evidence", &app.pools.evidence), ("pages", &app.pools.pages)];
    Moment {
        threads: pools.map(|(pool, p)| Load { pool, limit: p.turns() as u64, busy: p.busy() as u64 }),
        queued: pools.map(|(pool, p)| (pool, p.queued() as u64)),
        connections: app.store.connections(),
        memory_reserved: app.memory.reserved(),
        memory_limit: app.memory.all(),
        disk: app.store.disk_space().await,
    }
    .text()
}

impl Moment {
    fn text(&self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("hindcast");
        let build = [("version", env!("CARGO_PKG_VERSION")), ("commit", COMMIT)];
        registry.register("build", "The program that answers", Info::new(build.to_vec()));
        let mut by_pool = |name: &str, help: &str, values: Vec<(&'static str, u64)>| {
            let family = Family::<Pool, Gauge>::default();
            for (pool, value) in values {
                family.get_or_create(&Pool { pool }).set(gauge(value));
            }
            registry.register(name, help, family);
        };
        let threads = |of: fn(&Load) -> u64| self.threads.iter().map(|l| (l.pool, of(l))).collect();
        by_pool("pool_threads", "Threads of each pool that may work at once", threads(|l| l.limit));
        by_pool("pool_busy_threads", "Threads of each pool that work", threads(|l| l.busy));
        by_pool("pool_queued", "Requests that wait for a thread of each pool", self.queued.to_vec());
        let connections = |of: fn(&Connections) -> u64| self.connections.iter().map(|c| (c.pool, of(c))).collect();
        let help = "Connections to the database that each pool may use at once";
        by_pool("database_connections", help, connections(|c| c.limit));
        by_pool("database_busy_connections", "Connections to the database in use", connections(|c| c.busy));
        let mut bytes = |name: &str, help: &str, value: u64| {
            let one: Gauge = Gauge::default();
            one.set(gauge(value));
            registry.register_with_unit(name, help, Unit::Bytes, one);
        };
        bytes("memory_reserved", "Memory that reading evidence has reserved", self.memory_reserved);
        bytes("memory_limit", "Memory that reading evidence may reserve (--memory)", self.memory_limit);
        if let Some(disk) = self.disk {
            bytes("data_free", "Free space on the disk of the data directory", disk.free);
            bytes("data_size", "Size of the disk of the data directory", disk.total);
        }
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text.trim_end().strip_suffix("# EOF").unwrap_or(&text).to_owned())
    }
}

/// A gauge holds signed numbers; no disk has more bytes than fit.
fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        let of = |pool, busy| Load { pool, limit: 2, busy };
        let connections = |pool, limit| Connections { pool, busy: 1, limit };
        Moment {
            threads: [of("passwords", 0), of("evidence", 2), of("pages", 1)],
            queued: [("passwords", 0), ("evidence", 5), ("pages", 0)],
            connections: [connections("read", 8), connections("write", 1)],
            memory_reserved: 3 << 20,
            memory_limit: 1 << 30,
            disk: Some(DiskSpace { free: 17, total: 100 }),
        }
    }

    #[test]
    fn pools_memory_connections_and_the_disk_are_told() {
        let text = moment().text().expect("writes");
        for line in [
            &format!("hindcast_build_info{{version=\"{}\",commit=\"{COMMIT}\"}} 1", env!("CARGO_PKG_VERSION")),
            "hindcast_pool_threads{pool=\"evidence\"} 2",
            "hindcast_pool_busy_threads{pool=\"evidence\"} 2",
            "hindcast_pool_queued{pool=\"evidence\"} 5",
            "hindcast_database_connections{pool=\"read\"} 8",
            "hindcast_database_busy_connections{pool=\"write\"} 1",
            "hindcast_memory_reserved_bytes 3145728",
            "hindcast_memory_limit_bytes 1073741824",
            "hindcast_data_free_bytes 17",
            "hindcast_data_size_bytes 100",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line} is not in:\n{text}");
        }
        assert!(!text.contains("EOF"), "{text}");
    }

    #[test]
    fn without_a_data_directory_no_disk_is_told() {
        let text = Moment { disk: None, ..moment() }.text().expect("writes");
        assert!(!text.contains("hindcast_data_"), "{text}");
    }
}
