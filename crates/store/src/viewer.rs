//! Who looks, and who acts.

use crate::emergency::Reading;
use hindcast_retro::record::people::{Permission, Role};
use jiff::Timestamp;

/// Somebody who is signed in, or a program with that person's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The account's id.
    pub account: String,
    /// The name that people see.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// What a token was limited to; `None` for a person who signed in.
    pub scopes: Option<Vec<Permission>>,
    /// The restricted incident that this request reads with emergency access.
    pub emergency: Option<Reading>,
}

impl Viewer {
    /// True where role and token both allow it. Whoever reads with emergency access may change and approve nothing.
    pub fn may(&self, permission: Permission) -> bool {
        let reads_only = matches!(permission, Permission::Write | Permission::Approve) && self.emergency.is_some();
        !reads_only && self.role.may(permission) && self.scopes.as_ref().is_none_or(|s| s.contains(&permission))
    }

    /// What a role may do and this viewer may not: nothing for an administrator in person, and much for a token with few scopes.
    pub fn lacks(&self, role: Role) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|p| role.may(*p) && !self.may(*p)).collect()
    }

    /// The number of the restricted incident that is read with emergency access; 0, which no incident has, where there is none.
    pub(crate) fn opened(&self) -> i64 {
        self.emergency.map_or(0, |reading| reading.incident())
    }

    /// The program itself: first start, imports.
    pub fn system() -> Self {
        Viewer {
            account: "system".to_owned(),
            name: "Hindcast".to_owned(),
            role: Role::Administrator,
            scopes: None,
            emergency: None,
        }
    }
}

/// A change in the making: by whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Who.
    pub by: &'a Viewer,
    /// When.
    pub at: Timestamp,
}
