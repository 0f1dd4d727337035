//! Exit codes that tell of no failure: the reader of a pipe had enough, a run ended when it was asked to, help was printed.

use super::{Command, Join};

/// True when a script may end with this code although everything went as it was meant to.
pub fn is_meant(commands: &[Command], code: i64, output: &str) -> bool {
    let Some(last) = commands.last() else { return false };
    match code {
        // SIGPIPE: `zcat dump.gz | head`.
        141 => commands.iter().any(|c| c.join == Join::Pipe),
        // The time that was given is up.
        124 => commands.iter().any(|c| limited(c, &[])),
        137 if commands.iter().any(|c| limited(c, &["KILL", "SIGKILL", "9", "-k"])) => true,
        // What was started beside is ended again.
        130 | 137 | 143 => {
            let ends = |c: &Command| matches!(c.program(), "kill" | "pkill" | "killall");
            commands.iter().any(|c| c.background) && commands.iter().any(ends)
        }
        // It was not found, or is no program.
        126 | 127 => false,
        _ => helps(last, output) || commands.iter().all(|c| helps(c, output)),
    }
}

/// True for a command that `timeout` ends, with one of these among its options where any are given.
fn limited(command: &Command, options: &[&str]) -> bool {
    let mut words = command.source.split_whitespace().take(8);
    let found = words.by_ref().any(|w| matches!(w.rsplit('/').next(), Some("timeout" | "gtimeout")));
    found && (options.is_empty() || words.any(|w| options.iter().any(|o| w == *o || w.ends_with(o))))
}

/// True for a command that asks for help, or for its version, and gets it.
fn helps(command: &Command, output: &str) -> bool {
    let asks = command.has(&["--help", "-help", "--usage", "-?", "/?", "--version", "-version"])
        || command.words.get(1).is_some_and(|w| w == "help");
    // `-h` may be a host, and nothing at all may be a mistake: only what is printed tells.
    let may = asks || command.words.len() == 1 || command.has(&["-h", "-H", "-V", "-v"]) && command.words.len() <= 3;
    let head = &output[..output.floor_char_boundary(600)];
    let usage = || head.lines().any(|l| l.trim_start().to_ascii_lowercase().starts_with("usage"));
    asks || may && usage()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::command::parse;

    fn meant(script: &str, code: i64, output: &str) -> bool {
        is_meant(&parse(script), code, output)
    }

    #[test]
    fn codes_that_are_meant() {
        assert!(meant("zcat dump.gz | head -3", 141, "") && meant("timeout 60 k6 run load.js", 124, "20 users"));
        assert!(meant("frob --help", 2, "Usage: frob FILE") && meant("frob", 64, "Exit code 64\nusage: frob FILE"));
        assert!(meant("./server & sleep 2; curl localhost; kill %1; wait", 143, ""));
        assert!(meant("cd x && timeout -s KILL 5 ./watch", 137, ""));
    }

    #[test]
    fn codes_that_are_failures() {
        assert!(
            !meant("frob x", 1, "") && !meant("frob --help", 127, "command not found") && !meant("frob x", 141, "")
        );
        assert!(!meant("frob", 1, "segmentation fault") && !meant("frob x", 124, "") && !meant("./server", 143, ""));
        assert!(!meant("frob --bad", 2, "unknown option\nusage: frob FILE"));
    }
}
