//! Who may do what: every address by everybody, and what a restricted incident gives away.

pub mod cases;
mod hidden;
mod matrix;
mod of_another;
mod reminders;
mod tokens;
