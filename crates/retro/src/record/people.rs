//! Who may do what, and who has what to do with an incident.

use super::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person may do, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Opens incidents and writes retros.
    Responder,
    /// Also approves what others wrote.
    Approver,
    /// Also looks after people, tokens and the policy.
    Administrator,
}

named!(Role, "a role", 4: Viewer = "viewer", Responder = "responder", Approver = "approver", Administrator = "administrator");

/// One kind of thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See incidents, evidence and retros.
    Read,
    /// Open and edit incidents, evidence, retros and actions.
    Write,
    /// Approve a retro.
    Approve,
    /// Change people, tokens and the policy.
    Administer,
}

named!(Permission, "a permission", 4: Read = "read", Write = "write", Approve = "approve", Administer = "administer");

/// What somebody has to do with an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Leads the work on it.
    Lead,
    /// Works on it.
    Responder,
    /// Writes the retro.
    Author,
    /// Reviews the retro.
    Reviewer,
    /// May know of it.
    Informed,
}

named!(
    Duty, "a duty", 5:
    Lead = "lead",
    Responder = "responder",
    Author = "author",
    Reviewer = "reviewer",
    Informed = "informed",
);

impl Role {
    /// Whether the role includes a permission. Whether a restricted incident is open to a person is another question.
    pub fn may(self, permission: Permission) -> bool {
        let least = match permission {
            Permission::Read => Role::Viewer,
            Permission::Write => Role::Responder,
            Permission::Approve => Role::Approver,
            Permission::Administer => Role::Administrator,
        };
        self >= least
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Role::Viewer => "Viewer",
            Role::Responder => "Responder",
            Role::Approver => "Approver",
            Role::Administrator => "Administrator",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_one_below_may_and_one_thing_more() {
        let may = |role: Role| Permission::ALL.map(|p| role.may(p));
        assert_eq!(may(Role::Viewer), [true, false, false, false]);
        assert_eq!(may(Role::Responder), [true, true, false, false]);
        assert_eq!(may(Role::Approver), [true, true, true, false]);
        assert_eq!(may(Role::Administrator), [true, true, true, true]);
    }

    #[test]
    fn names_are_those_of_serde_and_read_back() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).expect("writes"), role.name());
            assert_eq!(role.name().parse(), Ok(role));
        }
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).expect("writes"), permission.name());
            assert_eq!(permission.name().parse(), Ok(permission));
        }
        for duty in Duty::ALL {
            assert_eq!(serde_json::to_value(duty).expect("writes"), duty.name());
            assert_eq!(duty.name().parse(), Ok(duty));
        }
        assert!("Viewer".parse::<Role>().is_err(), "a label is no name");
    }
}
