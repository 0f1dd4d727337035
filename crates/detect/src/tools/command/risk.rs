//! Which commands are risky: destructive, publishing, or for production.

use super::table::{Risk, looks, table, without_options};
use super::{Command, kept, parse};

/// A command with a risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risky {
    /// Its risk.
    pub risk: Risk,
    /// What it does, for people: "publishes commits".
    pub what: String,
    /// The command as it was written, without quotes and wrappers.
    pub command: String,
    /// The same as it stands in the script, for people.
    pub shown: String,
    /// What it is about, where it names that: folders, hosts.
    pub targets: Vec<String>,
    /// What else asks for it than what asks for any command of its risk.
    pub asked: &'static [String],
    /// True for a push of commits, forced or not: whoever asks for no push asks for no forced one.
    pub pushes: bool,
    /// True where what is deleted is no working copy: folders of the user outside of it, and backups. Words that ask for some
    /// cleaning up ask for none of these, unless they name them.
    pub kept: bool,
}

/// The risky commands of a script, in order.
pub fn of(script: &str) -> Vec<Risky> {
    parse(script).iter().filter_map(weigh).collect()
}

/// What is risky about one command, if anything.
pub fn of_command(command: &Command) -> Option<Risky> {
    weigh(command)
}

fn weigh(command: &Command) -> Option<Risky> {
    // "git push --help" and "kubectl delete --help" do nothing.
    if command.has(&["--help", "--version"]) {
        return None;
    }
    let made = |risk, what: &str, targets: Vec<String>| Risky {
        risk,
        what: what.to_owned(),
        command: command.words.join(" "),
        shown: command.shown(),
        targets,
        asked: &[],
        pushes: pushes(command),
        kept: false,
    };
    let words = without_options(&command.words);
    match command.program() {
        "rm" if recursive(command) => {
            let lost: Vec<String> = command.plain().filter(|p| !is_made_anew(p)).map(str::to_owned).collect();
            let kept = lost.iter().any(|p| kept::is(p));
            let risky = |lost| made(Risk::Destructive, "deletes folders and everything in them", lost);
            return (!lost.is_empty()).then(|| Risky { kept, ..risky(lost) });
        }
        // A file alone is seldom worth a word; a backup is.
        "rm" => {
            let lost: Vec<String> = command.plain().filter(|p| kept::is_backup(p)).map(str::to_owned).collect();
            let risky = |lost| made(Risk::Destructive, "deletes files in a folder of backups", lost);
            return (!lost.is_empty()).then(|| Risky { kept: true, ..risky(lost) });
        }
        "find" if command.has(&["-delete"]) => {
            let roots: Vec<String> = command.plain().take(1).filter(|p| !is_made_anew(p)).map(str::to_owned).collect();
            let names = command
                .words
                .iter()
                .any(|w| is_made_anew(w.trim_matches('*')) || w.ends_with(".pyc") || w.ends_with(".DS_Store"));
            let kept = roots.iter().any(|p| kept::is(p));
            let risky = |roots| made(Risk::Destructive, "deletes files", roots);
            return (!roots.is_empty() && !names).then(|| Risky { kept, ..risky(roots) });
        }
        "crontab" if command.has(&["-r"]) => {
            return Some(made(Risk::Destructive, "deletes all scheduled jobs of a user", Vec::new()));
        }
        "dd" if command.words.iter().any(|w| w.starts_with("of=/dev/") && w != "of=/dev/null") => {
            return Some(made(Risk::Destructive, "overwrites a disk", Vec::new()));
        }
        "ssh" => return remote(command).map(|host| made(Risk::Production, "changes another machine", vec![host])),
        "scp" | "rsync" => {
            let to = command.plain().last().filter(|to| is_remote(to))?;
            return Some(made(Risk::Production, "copies files to another machine", vec![to.to_owned()]));
        }
        "curl" if deletes(command) => {
            return Some(made(Risk::Destructive, "deletes something on a server", Vec::new()));
        }
        "psql" | "mysql" | "mariadb" | "sqlite3" | "sqlcmd" | "mongosh" => {
            let (risk, what) = statement(&command.words)?;
            return Some(made(risk, what, Vec::new()));
        }
        "git" if words.get(1) == Some(&"push") && words.iter().skip(2).any(|w| w.starts_with('+')) => {
            return Some(made(Risk::Destructive, "overwrites published history", Vec::new()));
        }
        program if program.starts_with("mkfs.") => {
            return Some(made(Risk::Destructive, "erases a disk", Vec::new()));
        }
        _ => {}
    }
    let rule = table().risks.iter().find(|r| r.fits(&words))?;
    Some(Risky { asked: &rule.asked, ..made(rule.risk, &rule.what, Vec::new()) })
}

/// True for a push that sends commits; one that only deletes a branch is asked for as a deletion.
fn pushes(command: &Command) -> bool {
    let words = without_options(&command.words);
    let deletes = command.has(&["-d", "--delete"]) || words.iter().any(|w| w.starts_with(':'));
    command.program() == "git" && words.get(1) == Some(&"push") && !deletes
}

fn recursive(command: &Command) -> bool {
    let short = |w: &str| w.starts_with('-') && !w.starts_with("--") && w.contains(['r', 'R']);
    command.words.iter().skip(1).any(|w| w == "--recursive" || short(w))
}

/// True for what builds, caches and tests make anew, for temporary folders, and for what the words do not tell.
fn is_made_anew(path: &str) -> bool {
    let path = kept::at_home(path);
    let path = path.trim_end_matches(['/', '*']);
    if kept::is_backup(path) && !path.starts_with("/tmp") && !path.contains(['$', '`']) {
        return false;
    }
    let temporary = ["/tmp", "/var/tmp", "/private/tmp", "/var/folders", "/dev/shm", "$TMP", "${TMP"];
    let unknown = path.contains(['$', '`']) || path.is_empty() && !path.starts_with('/');
    let ends =
        [".egg-info", ".log", ".tmp", ".pyc", ".dSYM", ".cache", ".bak", ".orig", ".swp", ".zip", ".tar.gz", ".tgz"];
    unknown
        || temporary.iter().any(|t| path.starts_with(t))
        || path.split('/').any(|part| table().build_folders.contains(part))
        || ends.iter().any(|e| path.ends_with(e))
}

/// The host on which `ssh` runs something that may change it.
fn remote(command: &Command) -> Option<String> {
    const WITH_VALUE: [&str; 12] = ["-i", "-p", "-o", "-l", "-F", "-J", "-L", "-R", "-D", "-E", "-b", "-c"];
    let mut words = command.words.iter().skip(1).map(String::as_str);
    let host = loop {
        let word = words.next()?;
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            break word;
        }
    };
    let script: Vec<&str> = words.collect();
    let changes = parse(&script.join(" ")).iter().any(|c| c.output.is_some() || !looks(c));
    (changes && !is_local(host) && !host.starts_with("git@")).then(|| host.to_owned())
}

/// `host:path`, `user@host:path`; not `C:\x`, not a path with a colon in it.
fn is_remote(to: &str) -> bool {
    to.split_once(':').is_some_and(|(host, _)| {
        host.len() > 1 && !host.contains(['/', '$', '\\']) && !is_local(host.rsplit('@').next().unwrap_or(host))
    })
}

fn is_local(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or(host);
    ["localhost", "127.", "0.0.0.0", "::1", "[::1]", "host.docker.internal", "vagrant", "$"]
        .iter()
        .any(|l| host.starts_with(l))
        || host.ends_with(".local")
        || host.ends_with(".localhost")
}

/// `curl -X DELETE` of something that is not on this machine.
fn deletes(command: &Command) -> bool {
    let words = &command.words;
    let method =
        words.windows(2).any(|w| matches!(w[0].as_str(), "-X" | "--request") && w[1].eq_ignore_ascii_case("delete"));
    let glued = words.iter().any(|w| w.eq_ignore_ascii_case("-xdelete") || w.eq_ignore_ascii_case("--request=delete"));
    let host = words.iter().find_map(|w| w.split_once("://").map(|(_, rest)| rest));
    (method || glued) && host.is_some_and(|h| !is_local(h))
}

/// True for a statement that changes how data is stored: an index, a column, a right.
fn defines(text: &str) -> bool {
    const VERBS: [&str; 3] = ["CREATE", "DROP", "ALTER"];
    const OBJECTS: [&str; 17] = [
        "TABLE",
        "INDEX",
        "VIEW",
        "SCHEMA",
        "DATABASE",
        "SEQUENCE",
        "TYPE",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "ROLE",
        "USER",
        "POLICY",
        "EXTENSION",
        "COLUMN",
        "CONSTRAINT",
        "PARTITION",
    ];
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let near = |at: usize| words[at + 1..].iter().take(4).any(|w| OBJECTS.contains(w));
    // "explain create …" is looked at; "drop" in the name of a column follows no verb.
    words.iter().enumerate().any(|(at, w)| VERBS.contains(w) && near(at))
        || words.windows(2).any(|w| {
            matches!(
                w,
                ["RENAME", "TABLE"]
                    | ["REINDEX", "TABLE" | "INDEX" | "DATABASE"]
                    | ["GRANT" | "REVOKE", "ALL" | "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "USAGE"]
            )
        })
}

/// A statement that deletes without a condition, or that changes a database whose name says production.
fn statement(words: &[String]) -> Option<(Risk, &'static str)> {
    let text = words.join(" ").to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|p| text.contains(p));
    let whole = has(&["DROP TABLE", "DROP DATABASE", "DROP SCHEMA", "TRUNCATE ", "DROPDATABASE(", "DELETEMANY({})"])
        || (text.contains("DELETE FROM") && !text.contains("WHERE"));
    let mut named = text.split(|c: char| !c.is_ascii_alphanumeric());
    if named.any(|w| w.starts_with("TEST") || w.ends_with("TESTS")) || has(&["_TEST", "TEST_"]) {
        return None;
    }
    if whole {
        return Some((Risk::Destructive, "deletes stored data"));
    }
    let writes = has(&["INSERT INTO", "UPDATE ", "DELETE FROM"]);
    (text.contains("PROD") && (writes || defines(&text))).then_some((Risk::Production, "changes a production database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(script: &str) -> Option<Risk> {
        of(script).first().map(|r| r.risk)
    }

    #[test]
    fn risky_commands_are_known() {
        for script in [
            "rm -rf src/legacy",
            "cd app && rm -r data",
            "git reset --hard HEAD~2",
            "git clean -fdx",
            "git push --force origin main",
            "git push origin +main",
            "sudo mkfs.ext4 /dev/sdb1",
            "kubectl -n shop delete deployment web",
            "git -C app checkout -- .",
            "psql -d shop -c 'DROP TABLE orders'",
            "find data -name '*.csv' -delete",
            "rm -f ~/backups/orders.sql.gz",
            "rm /var/backups/db/*.dump",
            "rm -rf $HOME/photos",
            "kubectl delete namespace staging",
            "restic forget --prune",
            "curl -X DELETE https://api.example.com/v1/x/7",
            "bash -lc 'docker compose down -v'",
        ] {
            assert_eq!(risk(script), Some(Risk::Destructive), "{script}");
        }
        for script in [
            "git add -A && git commit -m x && git push",
            "npm publish --access public",
            "gh pr merge 12 --squash",
            "docker push a/b:1",
        ] {
            assert_eq!(risk(script), Some(Risk::Publishing), "{script}");
        }
        for script in [
            "kubectl apply -f k8s/",
            "terraform apply -auto-approve",
            "ssh deploy@web1.example.com 'systemctl restart shop'",
            "rsync -az dist/ www@web1:/srv/www/",
            "psql -h db-prod -c \"update users set a=1 where id=2\"",
            "psql $PROD_URL -c 'create index idx_latest on orders(created)'",
            "mysql -h prod.db -e 'ALTER TABLE users ADD COLUMN age int'",
            "psql \"$PRODUCTION\" -c 'drop index concurrently idx_a'",
            "psql prod -c 'grant select on orders to reporting'",
            "npm run deploy",
        ] {
            assert_eq!(risk(script), Some(Risk::Production), "{script}");
        }
    }

    #[test]
    fn ordinary_commands_are_not() {
        for script in [
            "rm -rf node_modules dist",
            "rm -rf /tmp/x",
            "rm -rf \"$WORK\"",
            "rm a.txt",
            "git commit -m 'push --force'",
            "git reset HEAD a",
            "git checkout -- a.rs",
            "git clean -nd",
            "git push --dry-run",
            "kubectl get pods",
            "psql $PROD_URL -c 'explain select * from dropped_orders'",
            "psql -d shop_test -h prod -c 'create index i on orders(a)'",
            "rm notes.txt ~/scratch.txt",
            "rm -rf ~/.cache/pip",
            "kubectl delete pod x --dry-run=client",
            "ssh web1 'tail -n 50 /var/log/app.log'",
            "ssh localhost make",
            "scp web1:/etc/app.conf .",
            "curl -X DELETE http://localhost:3000/x",
            "echo 'rm -rf /'",
            "terraform plan",
            "psql -d app_test -c 'TRUNCATE users'",
            "npm run build",
            "git push --help",
            "cat > run.sh <<'EOF'\ngit push\nEOF",
        ] {
            assert_eq!(risk(script), None, "{script}");
        }
    }
}
