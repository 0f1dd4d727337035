//! A PostgreSQL server of a test's own, which can be stopped and started.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that names the folder with PostgreSQL's programs; `./test` sets it.
const PROGRAMS: &str = "HINDCAST_TEST_POSTGRES_PROGRAMS";

/// A PostgreSQL server with a folder of its own, until it is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: tempfile::TempDir,
    /// What programs are run through: PostgreSQL refuses to run as root.
    user: Vec<String>,
    port: u16,
}

/// The folder with `initdb`, `pg_ctl` and `postgres`.
fn programs() -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAMS).map(PathBuf::from);
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.as_ref().ok()?.file_name().to_str()?.parse().ok()?, entry.ok()?.path())))
        .map(|(version, folder)| (version, folder.join("bin")))
        .collect();
    debian.sort_unstable();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all =
        named.into_iter().chain(debian.into_iter().rev().map(|(_, folder)| folder)).chain(std::env::split_paths(&path));
    all.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Postgres {
    /// Starts one with everything as usual: what it acknowledges is on the disk. `None` where `./test` did not name the programs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Option<Self> {
        if std::env::var_os(PROGRAMS).is_none() {
            println!("skipped: {PROGRAMS} is not set; ./test sets it");
            return None;
        }
        Self::start_found()
    }

    /// As [`Self::start`], also with the programs that this machine has: the newest of Debian's folders, or those on the path.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_found() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().expect("a folder");
        let mut user = Vec::new();
        if said("id", &["-u"]).as_deref() == Some("0") {
            let name = if said("id", &["postgres"]).is_some() { "postgres" } else { "nobody" };
            let group = said("id", &["-g", name]).expect("a group");
            said("chown", &[name, folder.path().to_str().expect("text")]).expect("gives the folder away");
            user = ["setpriv", "--reuid", name, "--regid", &group, "--clear-groups"].map(str::to_owned).to_vec();
        }
        let mut postgres = Postgres { programs, folder, user, port: 0 };
        let data = postgres.data();
        let made = postgres.run("initdb", &["-D", &data, "-U", "hindcast", "--auth=trust", "-E", "UTF8", "--locale=C"]);
        assert!(made, "initdb");
        // Another program may take the port between finding and using it; then the next is tried.
        for _ in 0..5 {
            let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
            postgres.port = free.port();
            if postgres.up() {
                return Some(postgres);
            }
        }
        panic!("PostgreSQL does not start: {:?}", std::fs::read_to_string(postgres.path("log")));
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("text").to_owned()
    }

    fn data(&self) -> String {
        self.path("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = match self.user.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        // The server that pg_ctl leaves behind would hold a pipe open.
        let command = command.args(arguments).current_dir(Path::new("/")).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null()).status().expect("the program runs").success()
    }

    /// Starts it; true when it answers.
    pub fn up(&self) -> bool {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", self.port);
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-t", "60", "-l", &self.path("log"), "-o", &options, "start"])
    }

    /// Stops it: `fast` breaks every connection off and writes back; `immediate` is as a crash, nothing is finished.
    pub fn down(&self, mode: &str) -> bool {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", mode, "stop"])
    }

    /// Gives a folder to the user that it runs as, so that it can keep a tablespace there.
    ///
    /// # Panics
    /// When the folder cannot be given away.
    pub fn own(&self, folder: &Path) {
        // `setpriv --reuid NAME …`
        let Some(name) = self.user.get(2) else { return };
        said("chown", &[name, folder.to_str().expect("text")]).expect("gives the folder away");
    }

    /// Its address, with the database that every server has.
    pub fn url(&self) -> String {
        format!("postgres://hindcast@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.down("immediate");
    }
}
