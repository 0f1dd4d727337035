//! A retro as Markdown and HTML, with its diagrams.
//!
//! Pure: values in, strings out. Every text of a draft may come from an attacker and is escaped here.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod html;
mod many;
pub mod markdown;
pub mod mermaid;
pub mod show;
mod steps;
pub mod svg;
pub mod visible;
