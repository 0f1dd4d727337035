//! Variables that begin like this program's and are none of its own. Somebody misspelled one, and believes that it holds.

use clap::Command;
use std::collections::BTreeSet;
use std::ffi::OsString;

/// What this program's variables begin with.
const PREFIX: &str = "HINDCAST_";
/// What those of this program's tests begin with.
const OF_TESTS: &str = "HINDCAST_TEST_";
/// Those that no option has.
const WITHOUT_OPTION: [&str; 4] =
    ["HINDCAST_LOG", "HINDCAST_OIDC_CLIENT_SECRET", "HINDCAST_ANCHOR_SECRET", "HINDCAST_MAIL_PASSWORD"];
/// Letters in which a name may differ to be suggested.
const NEAR: usize = 3;

/// A sentence for each variable that nothing reads. Values are not told: they may be secrets.
pub fn unknown(program: &Command, names: impl Iterator<Item = OsString>) -> Vec<String> {
    let mut known: BTreeSet<String> = WITHOUT_OPTION.map(str::to_owned).into();
    collect(program, &mut known);
    let names = names.filter_map(|name| name.into_string().ok());
    let unknown: BTreeSet<String> =
        names.filter(|name| name.starts_with(PREFIX) && !name.starts_with(OF_TESTS) && !known.contains(name)).collect();
    let told = |name: &String| {
        let near = known.iter().map(|k| (distance(name, k), k)).min().filter(|(distance, _)| *distance <= NEAR);
        let hint = near.map(|(_, k)| format!(" Did you mean {k}?")).unwrap_or_default();
        format!("the variable {name} is not known and has no effect.{hint}")
    };
    unknown.iter().map(told).collect()
}

/// The variables of a command's options, and of the commands below it.
fn collect(command: &Command, known: &mut BTreeSet<String>) {
    known.extend(command.get_arguments().filter_map(|a| a.get_env()?.to_str()).map(str::to_owned));
    command.get_subcommands().for_each(|c| collect(c, known));
}

/// How many letters have to be put in, taken out or replaced to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let best = (corner + usize::from(a != *b)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// A container or a unit sets nothing but variables.
    #[test]
    fn every_option_of_serve_has_a_variable() {
        let program = crate::args::Args::command();
        let serve = program.find_subcommand("serve").expect("there is one");
        let options = serve.get_arguments().filter(|a| a.get_long().is_some_and(|name| name != "help"));
        let mut known = 0;
        for option in options {
            let variable = option.get_env().and_then(|name| name.to_str()).unwrap_or_default();
            assert!(variable.starts_with(PREFIX), "{}: `{variable}`", option.get_id());
            known += 1;
        }
        assert!(known > 15, "{known}");
    }

    #[test]
    fn a_misspelled_variable_is_told_with_the_one_that_is_near() {
        let names = [
            "HINDCAST_MEMROY",
            "HINDCAST_MEMORY",
            "HINDCAST_LOG",
            "HINDCAST_ANCHOR_SECRET",
            "HINDCAST_X_Y_Z_0",
            "PATH",
        ];
        let told = unknown(&crate::args::Args::command(), names.into_iter().map(OsString::from));
        assert_eq!(
            told,
            [
                "the variable HINDCAST_MEMROY is not known and has no effect. Did you mean HINDCAST_MEMORY?",
                "the variable HINDCAST_X_Y_Z_0 is not known and has no effect."
            ]
        );
    }
}
