//! The sequence diagram as Mermaid text.

use hindcast_retro::Draft;

/// The diagram.
pub fn sequence(_draft: &Draft) -> String {
    String::new()
}
