//! A light retro names the ticket that tracks it.

use super::{Fault, Form, GateInput, Rule};
use crate::record::edit::Section;

/// A light retro is tracked in the normal cycle, so it must say where.
pub struct TicketNamed;

impl Rule for TicketNamed {
    fn id(&self) -> &'static str {
        "ticket-named"
    }

    fn asks(&self) -> &'static str {
        "A tracking ticket is linked."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Light
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        match input.ticket {
            Some(ticket) if !ticket.trim().is_empty() => Vec::new(),
            _ => vec![Fault::new(Section::Actions, None, "No ticket is linked.")],
        }
    }
}
