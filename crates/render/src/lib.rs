//! A retro as a document for people. Pure: a draft in, a string out.

pub mod html;
pub mod mermaid;
mod steps;
pub mod svg;
mod visible;
