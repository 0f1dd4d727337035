//! Mail: links for people who forgot their password, and word of a password that was changed. Off without an SMTP server.

mod carrier;
mod letter;
mod server;
mod settings;

pub use carrier::{Carrier, Post, RESET, forget};
pub use server::{MailError, check};
pub use settings::{Encryption, Settings};
