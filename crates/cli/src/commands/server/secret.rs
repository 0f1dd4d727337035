//! Secrets that another server knows, from a file or from the environment. No option takes a secret, because others on the machine can see a
//! program's arguments.

use crate::failure::Failure;
use crate::input;
use hindcast_server::SharedSecret;
use std::path::Path;

/// Where a secret can be set, and what it is called.
#[derive(Clone, Copy)]
pub struct Names {
    /// What it is called in messages.
    pub what: &'static str,
    /// The option with the file.
    pub option: &'static str,
    /// The variable with the secret itself.
    pub variable: &'static str,
}

/// The secret, if there is one.
///
/// # Errors
/// When it is set twice, or the file cannot be read.
pub fn find(names: Names, file: Option<&Path>) -> Result<Option<SharedSecret>, Failure> {
    choose(names, file, std::env::var(names.variable).ok())
}

fn choose(names: Names, file: Option<&Path>, variable: Option<String>) -> Result<Option<SharedSecret>, Failure> {
    match (file, variable) {
        (Some(_), Some(_)) => {
            let Names { what, option, variable } = names;
            Err(Failure::Usage(format!("the {what} is set twice. Use either {option} or {variable}")))
        }
        (Some(file), None) => Ok(Some(SharedSecret::new(&input::text(file)?))),
        (None, variable) => Ok(variable.map(|text| SharedSecret::new(&text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_a_file_or_the_environment_and_not_from_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        std::fs::write(&file, "words\n").expect("writes");
        let secret = |file, variable| {
            choose(Names { what: "secret", option: "--secret-file", variable: "SECRET" }, file, variable)
        };
        assert!(secret(Some(&file), None).is_ok_and(|s| s.is_some()));
        assert!(secret(None, Some("words".to_owned())).is_ok_and(|s| s.is_some()));
        assert!(secret(None, None).is_ok_and(|s| s.is_none()));
        assert!(matches!(secret(Some(&file), Some("words".to_owned())), Err(Failure::Usage(_))));
        assert!(matches!(secret(Some(&folder.path().join("none")), None), Err(Failure::Input(_))));
    }
}
