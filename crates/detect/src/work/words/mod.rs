//! The tables of `data/work.yaml`, and what they say of a command.

mod reports;
mod table;
mod topics;

pub use reports::reports;
pub use table::{Line, Spoken, Table, table};
pub use topics::Topics;

use crate::tools::command::Command;
use table::DEEDS;

/// What is known of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// It checks something.
    Check {
        /// What.
        topics: Topics,
        /// The endings of the files that it is about; empty for any.
        files: &'static [String],
        /// The arguments behind the words by which it is known.
        rest: Vec<String>,
        /// True for a script or a target, of which nothing but the name is known.
        script: bool,
    },
    /// A target that may stand for several checks: `make check`, `mvn verify`.
    Several {
        /// What its name says that it checks.
        named: Topics,
        /// The arguments behind the program.
        rest: Vec<String>,
    },
    /// A script or program that may do anything.
    Opaque,
    /// Neither.
    Other,
}

impl Table {
    /// The arguments without options; options before the subcommand may have values, which are left out as well.
    fn plain<'c>(&self, command: &'c Command) -> Vec<&'c str> {
        let valued = self.valued.get(command.program());
        let mut out: Vec<&str> = Vec::new();
        let mut words = command.words.iter().skip(1);
        while let Some(word) = words.next() {
            if word.starts_with('-') || word.starts_with('+') {
                if out.is_empty() && valued.is_some_and(|v| v.contains(word)) {
                    words.next();
                }
                continue;
            }
            out.push(word);
        }
        out
    }

    fn matches(sought: &[String], plain: &[&str], command: &Command) -> bool {
        let mut at = 0;
        sought.iter().all(|word| match word.strip_prefix('~') {
            Some(inner) => plain.iter().any(|p| p.rsplit(':').next() == Some(inner)),
            None if word.starts_with('-') => command.words.iter().skip(1).any(|w| w == word),
            None => {
                at += 1;
                plain.get(at - 1) == Some(&word.as_str())
            }
        })
    }

    /// What a command checks.
    pub fn meaning(&'static self, command: &Command) -> Meaning {
        let program = command.program();
        let plain = self.plain(command);
        if let Some((words, topics, files)) = self
            .checks
            .get(program)
            .and_then(|all| all.iter().find(|(words, ..)| Self::matches(words, &plain, command)))
        {
            // Looking for its version checks nothing.
            if command.has(&["--version", "-V", "--help", "-h"]) {
                return Meaning::Other;
            }
            let own = words.iter().filter(|w| !w.starts_with('-') && !w.starts_with('~')).count();
            let rest = arguments(command, plain.get(own.wrapping_sub(1)).filter(|_| own > 0).copied());
            return Meaning::Check { topics: *topics, files, rest, script: false };
        }
        if let Some(skip) = self.runners.get(program) {
            return self.target(command, &plain, skip);
        }
        if let Some(name) = script_name(command, &plain) {
            let topics = self.of_name(&name);
            let rest = arguments(command, None);
            return if topics.is_empty() {
                Meaning::Opaque
            } else {
                Meaning::Check { topics, files: &[], rest, script: true }
            };
        }
        // Looking for its version does nothing.
        if command.words.len() == 2 && command.has(&["--version", "-version", "-V", "version"]) {
            return Meaning::Other;
        }
        let runs = plain.first().is_some_and(|w| matches!(*w, "run" | "exec" | "xtask" | "make"));
        if self.harmless.contains(program) && (!runs || matches!(program, "gh" | "git")) {
            return Meaning::Other;
        }
        Meaning::Opaque
    }

    /// True for a program that runs targets: `npm`, `make`.
    pub(crate) fn is_runner(&self, word: &str) -> bool {
        self.runners.contains_key(word)
    }

    /// `npm run test:unit`, `make lint`
    fn target(&self, command: &Command, plain: &[&str], skip: &[String]) -> Meaning {
        let names: Vec<&str> = plain.iter().filter(|w| !skip.iter().any(|s| s == *w)).copied().collect();
        let upto = command.words.iter().position(|w| w == "--");
        let behind = upto.map_or(&[][..], |at| &command.words[at + 1..]);
        let own = |w: &&&str| !behind.iter().any(|b| b == **w) && !w.contains('=');
        let names: Vec<&str> = names.iter().filter(own).copied().collect();
        let own = self.own.get(command.program()).is_some_and(|own| plain.first().is_some_and(|w| own.contains(*w)));
        if own || !self.deeds_of(command).is_empty() {
            return Meaning::Other;
        }
        if names.is_empty() {
            // Without a name, a build tool builds; whatever else it does, nobody knows.
            let builds = matches!(command.program(), "make" | "gmake" | "mvn" | "mvnw" | "gradle" | "gradlew");
            let rest = arguments(command, None);
            return if builds { Meaning::Several { named: Topics::BUILD, rest } } else { Meaning::Opaque };
        }
        // A target's name may be one word of several: `clean verify`.
        let topics = names.iter().take(4).fold(Topics::NONE, |all, n| all.and(self.of_name(n)));
        let several = names.iter().flat_map(|n| n.split(':')).any(|n| self.several.contains(n));
        if several && !topics.meet(Topics::TEST) {
            return Meaning::Several { named: topics, rest: arguments(command, None) };
        }
        if topics.is_empty() {
            return Meaning::Opaque;
        }
        // What narrows the run stands among the target's own options, or is a path behind its name.
        let narrows = |w: &&String| {
            let path = !w.starts_with('-')
                && (w.contains('/') || w.contains(".test.") || w.contains(".spec."))
                && !w.contains('=');
            let option = ["-Dtest", "-Dit.test", "-Dgroups", "--tests", "--test", "-pl", "--filter"];
            path && !w.starts_with("./") || option.iter().any(|o| w.split('=').next() == Some(o))
        };
        let own = &command.words[1..upto.unwrap_or(command.words.len()).max(1)];
        let rest = own.iter().filter(narrows).chain(behind).cloned().collect();
        Meaning::Check { topics, files: &[], rest, script: true }
    }

    /// What the words of a name speak of: `test:unit`, `run_tests.sh`, `testDebugUnitTest`.
    pub(crate) fn of_name(&self, name: &str) -> Topics {
        let mut topics = Topics::NONE;
        let mut word = String::new();
        let mut lower = false;
        for c in name.chars().chain(std::iter::once(' ')) {
            if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower) {
                topics = topics.and(self.names.get(&word).copied().unwrap_or_default());
                word.clear();
            }
            lower = c.is_ascii_lowercase();
            if c.is_ascii_alphanumeric() {
                word.push(c.to_ascii_lowercase());
            }
        }
        topics
    }

    /// The kinds of deeds that the name of a script or target speaks of: `./deploy.sh`, `make release`.
    pub fn deeds_of_name(&self, command: &Command) -> Vec<&'static str> {
        let names = std::iter::once(command.program()).chain(command.plain().take(3));
        let words = names.flat_map(|n| n.split(|c: char| !c.is_ascii_alphanumeric()));
        let kinds: Vec<&String> = words.filter_map(|w| self.deed_names.get(w)).collect();
        DEEDS.into_iter().filter(|kind| kinds.iter().any(|k| k == kind)).collect()
    }

    /// The kinds of deeds that a command may show to have been done, without being one.
    pub fn looks_of(&self, command: &Command) -> Vec<&'static str> {
        let plain = self.plain(command);
        let done = self.deeds_of(command);
        if command.program() == "git" && !done.is_empty() {
            return Vec::new();
        }
        let known = self.looks.get(command.program()).into_iter().flatten();
        let mut kinds: Vec<&'static str> =
            known.filter(|(words, _)| Self::matches(words, &plain, command)).map(|(_, kind)| *kind).collect();
        // Whatever tells its version is there.
        if command.has(&["--version", "-V", "version"]) {
            kinds.push("install");
        }
        kinds.dedup();
        kinds.retain(|kind| !done.contains(kind));
        kinds
    }

    /// The kinds of deeds that a command is.
    pub fn deeds_of(&self, command: &Command) -> Vec<&'static str> {
        let plain = self.plain(command);
        let known = self.deeds.get(command.program()).into_iter().flatten();
        // `yarn` alone installs, `yarn test` runs a script.
        let alone = plain.is_empty() || !self.runners.contains_key(command.program());
        let mut kinds: Vec<&'static str> = known
            .filter(|(words, _)| Self::matches(words, &plain, command) && (!words.is_empty() || alone))
            .map(|(_, kind)| *kind)
            .collect();
        // A tag that is pushed by its name is there; a list of tags makes none.
        if command.program() == "git" {
            let lists = plain == ["tag"] || command.has(&["-l", "--list", "--points-at", "--contains", "-n"]);
            kinds.retain(|k| *k != "tag" || !lists || plain.first() != Some(&"tag"));
            let version = |w: &&str| w.trim_start_matches("refs/tags/").trim_start_matches('v').contains('.');
            if plain.first() == Some(&"push") && plain.iter().skip(1).any(version) {
                kinds.push("tag");
            }
        }
        kinds.dedup();
        // A merge that is given up, or a step of it that is left out, changes nothing.
        if command.has(&["--dry-run", "--help", "--abort", "--quit"]) { Vec::new() } else { kinds }
    }
}

/// The arguments behind the word by which a command is known.
fn arguments(command: &Command, behind: Option<&str>) -> Vec<String> {
    let at = behind.and_then(|word| command.words.iter().position(|w| w == word)).map_or(1, |at| at + 1);
    command.words.get(at..).unwrap_or_default().to_vec()
}

/// The file of a script that is run: `./run.sh`, `python tool.py`, `node x.js`.
fn script_name(command: &Command, plain: &[&str]) -> Option<String> {
    let first = command.words.first()?;
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
    };
    let program = command.program();
    let interpreter = matches!(
        program,
        "python"
            | "python3"
            | "py"
            | "node"
            | "ruby"
            | "perl"
            | "php"
            | "deno"
            | "bun"
            | "ts-node"
            | "tsx"
            | "bash"
            | "sh"
            | "zsh"
            | "Rscript"
            | "julia"
            | "lua"
    );
    if interpreter {
        // Inline code, or what stands in the file: its name is all that is known.
        let inline = command.has(&["-c", "-e", "-p", "--eval"]) || command.heredoc.is_some();
        let file = plain.iter().find(|w| **w != "run").filter(|_| !inline);
        return Some(file.map_or_else(String::new, |f| stem(f)));
    }
    let called =
        first.starts_with("./") || first.contains('/') && first.rsplit('/').next().is_some_and(|n| n.contains('.'));
    called.then(|| stem(first))
}

#[cfg(test)]
mod tests {
    use super::table::{DEEDS, File};
    use super::*;
    use crate::tools::command::parse;

    fn topics(script: &str) -> Option<Topics> {
        match table().meaning(&parse(script)[0]) {
            Meaning::Check { topics, .. } => Some(topics),
            Meaning::Opaque => None,
            Meaning::Several { named, .. } => Some(named),
            Meaning::Other => Some(Topics::NONE),
        }
    }

    #[test]
    fn commands_are_known() {
        assert!(topics("cargo test -p x").is_some_and(|t| t.meet(Topics::TEST) && t.meet(Topics::BUILD)));
        assert_eq!(topics("npm run test:unit"), Some(Topics::TEST));
        assert_eq!(topics("npm test -- build"), Some(Topics::TEST));
        assert_eq!(topics("./gradlew testDebugUnitTest"), Some(Topics::TEST));
        assert_eq!(topics("mvn -q clean test"), Some(Topics::TEST));
        assert_eq!(topics("./scripts/run_tests.sh --fast"), Some(Topics::TEST));
        assert_eq!(topics("python golden.py"), Some(Topics::TEST));
        assert_eq!(topics("make -C sub lint"), Some(Topics::LINT));
        assert_eq!(topics("git status"), Some(Topics::NONE));
        assert_eq!(topics("npm install left-pad"), Some(Topics::NONE));
        for several in ["make", "npm run ci", "./gradlew :app:check", "mvn -q verify", "npm run build"] {
            assert!(matches!(table().meaning(&parse(several)[0]), Meaning::Several { .. }), "{several}");
        }
        assert_eq!(topics("npm version minor"), Some(Topics::NONE));
        for opaque in ["./deploy.sh", "python -c 'x'", "cargo run -- check", "just", "npm run sync", "frobnicate"] {
            assert_eq!(topics(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn deeds_are_known() {
        let deeds = |script: &str| table().deeds_of(&parse(script)[0]);
        assert_eq!(deeds("git -C /w/x commit -m 'a'"), ["commit"]);
        assert!(deeds("git push --force-with-lease").contains(&"push"));
        assert!(deeds("git status").is_empty() && deeds("git push --dry-run").is_empty());
        assert_eq!(deeds("mvn clean deploy"), ["publish"]);
        assert!(deeds("git push origin v1.2.0").contains(&"tag") && !deeds("git push origin main").contains(&"tag"));
        assert!(deeds("git tag -l").is_empty() && deeds("git tag v1").contains(&"tag"));
    }

    #[test]
    fn look_ups_are_known() {
        let looks = |script: &str| table().looks_of(&parse(script)[0]);
        assert!(looks("git log origin/main -1").contains(&"push") && looks("git tag -l 'v2*'").contains(&"tag"));
        assert!(!looks("git tag v2").contains(&"tag") && looks("kubectl get deploy web").contains(&"deploy"));
        assert!(
            looks("npm view @mo/ledger version").contains(&"publish") && looks("psql --version").contains(&"install")
        );
        assert!(looks("kubectl diff -f k8s/").is_empty() && looks("git add a.rs").is_empty());
    }

    #[test]
    fn every_pattern_compiles() {
        let file: File = serde_saphyr::from_str(include_str!("../../../data/work.yaml")).expect("reads");
        let all =
            file.outcomes.iter().map(|o| [&o.sums, &o.red, &o.green].into_iter().flatten().count()).sum::<usize>();
        assert_eq!(all, table().lines.len());
        assert!(table().not_run.is_some() && table().deed_failed.is_some());
        let named = file.deeds.keys().chain(file.looks.keys()).chain(file.looks_deny.keys());
        assert!(named.into_iter().all(|k| DEEDS.contains(&k.as_str())));
        assert_eq!(file.looks_deny.len(), table().looks_deny.len());
        assert!(table().asked.len() == DEEDS.len() && table().usually.is_some() && table().explain.is_some());
        let t = table();
        assert!([&t.gate, &t.explained, &t.manner, &t.arrived, &t.ci_green, &t.ci_red].iter().all(|r| r.is_some()));
    }
}
