//! Leads: apart from the findings, promoted, dismissed.

mod apart;
mod promotion;
mod sessions;
