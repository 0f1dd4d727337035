//! Looks for what the same line took away: that it is not found any more is the wanted answer, whatever the exit code says.

use super::table::takes_away;
use super::{Command, Join, may_change};

/// True when a script ends with such a look, and it is the look that failed: `rm -rf build && ls build`.
pub fn is_wanted(commands: &[Command], output: &str) -> bool {
    // The last pipeline: `docker ps | grep web`.
    let head = commands.iter().rposition(|c| c.join != Join::Pipe).unwrap_or(0);
    let (before, looks) = commands.split_at(head);
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return false };
    if before.is_empty() || first.join == Join::Or || looks.iter().any(|c| may_change(c) || c.uncertain) {
        return false;
    }
    let taken = before.iter().any(|c| takes(c, last));
    // What an action says of itself is no answer of the look.
    let by_action = before.iter().filter(|c| may_change(c)).any(|c| speaks(c, output));
    let by_look = first.join == Join::Then || output_is_of(looks, output);
    taken && !by_action && by_look
}

/// True when a command takes away what the look is for, or ends something, of which a look has another name (a port).
fn takes(command: &Command, look: &Command) -> bool {
    if matches!(command.program(), "kill" | "pkill" | "killall") {
        return true;
    }
    if !takes_away(command) {
        return false;
    }
    let last = |w: &str| w.trim_end_matches(['/', '*']).rsplit('/').next().unwrap_or_default().to_owned();
    let Some(sought) = look.plain().filter(|w| !w.starts_with(']')).last().map(last).filter(|w| !w.is_empty()) else {
        return false;
    };
    let plain: Vec<String> = command.plain().map(last).collect();
    // What is moved away is everything but the place that it is moved to.
    let upto = if matches!(command.program(), "mv" | "move") { plain.len().saturating_sub(1) } else { plain.len() };
    plain[..upto].contains(&sought)
}

/// True when a line of the output is an error of this program: `rm: cannot remove 'x'`.
fn speaks(command: &Command, output: &str) -> bool {
    let program = command.program();
    let begins = |l: &str| {
        l.trim_start().strip_prefix(program).is_some_and(|rest| rest.starts_with([':', '\u{20}']) && rest.contains(':'))
    };
    !program.is_empty() && output.lines().take(200).any(begins)
}

/// True when what was printed may all be the look's: an error of its own, that something is not found, or nothing.
fn output_is_of(looks: &[Command], output: &str) -> bool {
    let mut lines =
        output.lines().map(str::trim).filter(|l| !l.is_empty() && !l.to_ascii_lowercase().starts_with("exit code"));
    let Some(last) = lines.by_ref().last() else { return true };
    let lower = last.to_ascii_lowercase();
    let absent = [
        "no such",
        "not found",
        "notfound",
        "does not exist",
        "doesn't exist",
        "could not be found",
        "not a valid ref",
        "unknown revision",
        "needed a single revision",
    ];
    looks.iter().any(|c| speaks(c, output)) || absent.iter().any(|a| lower.contains(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::command::parse;

    fn wanted(script: &str, output: &str) -> bool {
        is_wanted(&parse(script), output)
    }

    #[test]
    fn what_was_taken_away_is_not_found() {
        for (script, output) in [
            ("kill $(lsof -ti :3000); lsof -i :3000", ""),
            ("rm -rf dist; test -d dist", ""),
            ("rm -rf dist && [ -e dist ]", "Exit code 1"),
            ("rm -rf build && ls build", "ls: cannot access 'build': No such file or directory"),
            ("mv old.conf /srv/attic/; ls old.conf", "ls: old.conf: No such file or directory"),
            (
                "git branch -D feat/x; git rev-parse --verify feat/x",
                "Deleted branch feat/x (was 1a2b3c4).\nfatal: Needed a single revision",
            ),
            ("docker rm -f web && docker inspect web", "web\n[]\nError: No such object: web"),
            (
                "kubectl delete pod job-1; kubectl get pod job-1",
                "pod \"job-1\" deleted\nError from server (NotFound): pods \"job-1\" not found",
            ),
            ("systemctl stop nginx; systemctl is-active nginx", "inactive"),
            ("docker stop web; docker ps | grep web", "web"),
            ("pkill -f vite; pgrep -f vite", ""),
            ("git worktree remove ../wt && stat ../wt", "stat: cannot stat '../wt': No such file or directory"),
        ] {
            assert!(wanted(script, output), "{script}");
        }
    }

    #[test]
    fn what_should_be_there_is_missed() {
        for (script, output) in [
            ("cp build/app /srv/app; ls /srv/app", "ls: cannot access '/srv/app': No such file or directory"),
            ("docker cp web:/x out; ls out", "ls: cannot access 'out': No such file or directory"),
            ("mv a.conf b.conf && ls b.conf", "ls: cannot access 'b.conf': No such file or directory"),
            ("rm -rf old; ls new", "ls: cannot access 'new': No such file or directory"),
            ("rm -rf build && ls build", "rm: cannot remove 'build': Permission denied"),
            ("systemctl restart nginx; systemctl is-active nginx", "failed"),
            ("git push && git status", "error: failed to push some refs"),
            ("rm -rf build", "rm: cannot remove 'build': Permission denied"),
            ("rm -rf build || ls build", "ls: cannot access 'build': No such file or directory"),
            ("kubectl delete pod a && kubectl get pod b", "Error from server (NotFound): pods \"b\" not found"),
        ] {
            assert!(!wanted(script, output), "{script}");
        }
    }
}
