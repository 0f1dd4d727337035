//! The stages, and what each is given.

use crate::filled::Error;
use crate::record::Base;
use crate::report::{Row, progress};
use crate::{backup, disk, frozen, kills, restarts, servers, uploads, users};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One kind of attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Users,
    Kills,
    Restarts,
    Servers,
    Frozen,
    Backup,
    Disk,
    Uploads,
}

impl Stage {
    pub const ALL: [Stage; 8] = [
        Stage::Users,
        Stage::Kills,
        Stage::Restarts,
        Stage::Servers,
        Stage::Frozen,
        Stage::Backup,
        Stage::Disk,
        Stage::Uploads,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Stage::Users => "users",
            Stage::Kills => "kills",
            Stage::Restarts => "restarts",
            Stage::Servers => "servers",
            Stage::Frozen => "frozen",
            Stage::Backup => "backup",
            Stage::Disk => "disk",
            Stage::Uploads => "uploads",
        }
    }

    /// False for what SQLite cannot have: restarts of its own, and two servers.
    pub fn runs_on(self, base: &Base) -> bool {
        matches!(base, Base::Postgres { .. }) || !matches!(self, Stage::Restarts | Stage::Servers | Stage::Frozen)
    }

    /// After so long it is given up, on one database.
    pub fn limit(self, cycles: u32) -> Duration {
        match self {
            Stage::Kills => Duration::from_secs(180) + Duration::from_secs(20) * cycles,
            Stage::Restarts => Duration::from_secs(300) + Duration::from_secs(30) * restarts::times(cycles),
            // Each of some 50 measurements may take the server two minutes; on a fast machine it is a tenth.
            Stage::Uploads => Duration::from_mins(100),
            _ => Duration::from_mins(10),
        }
    }

    pub async fn run(self, run: Run) -> Result<(), Error> {
        match self {
            Stage::Users => users::run(&run).await,
            Stage::Kills => kills::run(&run).await,
            Stage::Restarts => restarts::run(&run).await,
            Stage::Servers => servers::run(&run).await,
            Stage::Frozen => frozen::run(&run).await,
            Stage::Backup => backup::run(&run).await,
            Stage::Disk => disk::run(&run).await,
            Stage::Uploads => uploads::run(&run).await,
        }
    }
}

/// A stage on a database, and what it found so far.
#[derive(Clone)]
pub struct Run {
    stage: Stage,
    pub base: Base,
    pub cycles: u32,
    rows: Arc<Mutex<Vec<Row>>>,
}

impl Run {
    pub fn new(stage: Stage, base: Base, cycles: u32) -> Self {
        Run { stage, base, cycles, rows: Arc::default() }
    }

    fn push(&self, row: Row) {
        self.rows.lock().expect("a list").push(row);
    }

    pub fn bar(&self, what: &str, figure: &str, held: bool) {
        self.push(Row::bar(self.stage.name(), self.base.name(), what, figure, held));
    }

    pub fn figure(&self, what: &str, figure: &str) {
        self.push(Row::figure(self.stage.name(), self.base.name(), what, figure));
    }

    pub fn skipped(&self, why: &str) {
        self.push(Row::skipped(self.stage.name(), self.base.name(), why));
    }

    /// It did not come to its end.
    pub fn missed(&self, why: &str) {
        self.bar("comes to its end", why, false);
    }

    pub fn progress(&self, text: &str) {
        progress(&format!("{} on {}: {text}", self.stage.name(), self.base.name()));
    }

    pub fn rows(&self) -> Vec<Row> {
        self.rows.lock().expect("a list").clone()
    }
}
