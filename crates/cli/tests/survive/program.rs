//! The program as a user runs it, killed and started again at one address.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::time::{Duration, Instant};

/// A server that is started again at the same address over the same record.
pub struct Program {
    record: Vec<String>,
    listen: String,
    log: PathBuf,
    child: Child,
    /// Where it answers.
    pub base: String,
    /// The way in that it printed at its first start.
    pub link: String,
    /// True once it was told to end.
    told: bool,
}

/// Lines of the log that are shown of a server that ended by itself.
const LAST_LINES: usize = 20;

impl Program {
    /// Starts it over a new record, named by these arguments. What it logs goes to the file.
    pub fn start(record: &[&str], log: PathBuf) -> Self {
        let record: Vec<String> = record.iter().map(|s| (*s).to_owned()).collect();
        // Another program may take the port between finding and using it; then the next is tried.
        for _ in 0..5 {
            let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
            let listen = free.to_string();
            let (child, mut lines) = spawn(&record, &listen, &log);
            let first = lines.next();
            let Some(base) = first.as_deref().and_then(|l| l.strip_prefix("Hindcast is listening on ")) else {
                continue;
            };
            let link = lines.next().expect("a link");
            let link = link.rsplit(' ').next().expect("an address").to_owned();
            return Program { record, listen, log, child, base: base.to_owned(), link, told: false };
        }
        panic!("the server does not start: {}", std::fs::read_to_string(&log).unwrap_or_default());
    }

    /// Starts it, and does not wait until it listens; also gives the lines that it prints.
    #[allow(dead_code)]
    pub fn begin(record: &[&str], log: PathBuf) -> (Self, impl Iterator<Item = String> + use<>) {
        let record: Vec<String> = record.iter().map(|s| (*s).to_owned()).collect();
        let listen = "127.0.0.1:0".to_owned();
        let (child, lines) = spawn(&record, &listen, &log);
        (Program { record, listen, log, child, base: String::new(), link: String::new(), told: false }, lines)
    }

    /// True once SIGTERM, signal 15, is one that it takes itself.
    #[cfg(target_os = "linux")]
    pub fn listens_to_being_ended(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let taken = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask of signals");
        u64::from_str_radix(taken.trim(), 16).expect("a number") & (1 << 14) != 0
    }

    /// Its process.
    #[allow(dead_code)]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it in the middle of whatever it does (SIGKILL).
    pub fn kill(&mut self) {
        self.report_end();
        self.told = true;
        self.child.kill().expect("is killed");
        self.child.wait().expect("ends");
    }

    /// Asks it to stop (SIGTERM), and gives its exit code: `None` where a signal ended it.
    ///
    /// Panics where it still runs after so long.
    #[cfg(unix)]
    pub fn terminate(&mut self, longest: Duration) -> Option<i32> {
        self.report_end();
        self.told = true;
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("the program runs").success());
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("is asked") {
                return status.code();
            }
            assert!(asked.elapsed() < longest, "it still runs after {longest:?}: {}", self.logged());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again; returns when it listens.
    pub fn restart(&mut self) {
        let (child, mut lines) = spawn(&self.record, &self.listen, &self.log);
        (self.child, self.told) = (child, false);
        let line = lines.next();
        assert!(line.is_some_and(|l| l.starts_with("Hindcast is listening on ")), "{}", self.logged());
    }

    /// True while nobody had to start it again.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("is asked").is_none()
    }

    /// How it ended if nobody told it to, and what it logged last.
    pub fn unasked_end(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten().filter(|_| !self.told)?;
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        Some(format!("the server ended by itself ({status}); its log ends with:\n{last}"))
    }

    fn report_end(&mut self) {
        if let Some(end) = self.unasked_end() {
            eprintln!("{end}");
        }
    }

    /// What the variable held when the process began; absent if it was not set.
    #[cfg(target_os = "linux")]
    pub fn variable(&self, name: &str) -> Option<String> {
        let all = std::fs::read(format!("/proc/{}/environ", self.child.id())).expect("a process");
        let all = String::from_utf8_lossy(&all).into_owned();
        all.split('\0').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    }

    /// All that it logged.
    pub fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.report_end();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(record: &[String], listen: &str, log: &Path) -> (Child, impl Iterator<Item = String> + use<>) {
    let log = File::options().create(true).append(true).open(log).expect("a log");
    let mut child = Command::new(super::program_path())
        .args(["serve", "--listen", listen])
        .args(record)
        .env("NO_COLOR", "1")
        .env_remove("HINDCAST_DATABASE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the program runs");
    let out = child.stdout.take().expect("its output");
    (child, BufReader::new(out).lines().map_while(Result::ok))
}
