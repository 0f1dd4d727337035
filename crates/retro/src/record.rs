//! The record: incidents, the retros that people write together, what may be approved and what may be closed.
//!
//! Rules only. Who stores a row and who shows a page is decided elsewhere; time and names come in as parameters.

pub mod action;
pub mod affected;
pub mod difference;
pub mod edit;
pub mod gate;
pub mod incident;
pub mod people;
pub mod reminder;
#[cfg(test)]
pub(crate) mod sample;
pub mod words;

/// A name that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not {what}; use one of {known}")]
pub struct UnknownName {
    name: String,
    what: &'static str,
    known: String,
}

/// Names of an enum's values, as they stand in the interface, in forms and in the database.
macro_rules! named {
    ($type:ident, $what:literal, $count:literal: $($value:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// All of them, in order.
            pub const ALL: [$type; $count] = [$($type::$value),+];

            /// The name that is stored and sent.
            pub fn name(self) -> &'static str {
                match self {
                    $($type::$value => $name),+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::record::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                $type::ALL
                    .into_iter()
                    .find(|v| v.name() == name)
                    .ok_or_else(|| $crate::record::UnknownName::new(name, $what, &$type::ALL.map($type::name)))
            }
        }
    };
}
use named;

impl UnknownName {
    fn new(name: &str, what: &'static str, known: &[&str]) -> Self {
        // What was sent may be long; its start is enough to find it again.
        UnknownName { name: name.chars().take(40).collect(), what, known: known.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::people::Role;

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let error = "root".parse::<Role>().expect_err("no role").to_string();
        assert_eq!(error, "`root` is not a role; use one of viewer, responder, approver, administrator");
        let long = "x".repeat(10_000).parse::<Role>().expect_err("no role").to_string();
        assert!(long.len() < 200, "{}", long.len());
    }
}
