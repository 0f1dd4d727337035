//! What passed between user and agent: what was asked for, what was agreed to, and whether a call keeps to it.

pub mod agreement;
pub mod allowance;
pub(crate) mod assent;
pub mod confirmation;
pub(crate) mod consent_rule;
pub mod instructed;
pub(crate) mod light_verbs;
pub mod limits;
pub mod misnamed;
pub mod mistyped;
pub mod naming;
pub mod ordering;
pub(crate) mod orders;
pub(crate) mod other_language;
pub(crate) mod other_record;
pub mod prohibition;
pub(crate) mod reach;
pub mod recipient;
pub mod request;
pub mod restoring;
pub mod substitution;
pub mod turned_number;
pub(crate) mod unattended;
pub mod wish;
