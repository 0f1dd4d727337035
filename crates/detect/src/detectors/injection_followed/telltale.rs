//! Links, codes and numbers to call that an order alone holds, and that an answer hands on.

use super::orders::{Order, Orders};
use super::words::is_asked_for;
use crate::prose::pattern;
use crate::secrets::squeeze;
use hindcast_trace::model::Text;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

// A link, a word in capitals with a mark in it, or a number to call.
static TELLTALE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?:https?://|www\.)[^\s<>()\x22'`\]{}?]{4,200}|\b[A-Z0-9]{2,20}(?:[-_][A-Z0-9]{1,20}){1,5}\b|\+?\b[0-9]{3,5}(?:[ /-][0-9]{2,8}){1,4}\b|\b[a-z0-9-]{2,60}(?:\.[a-z0-9-]{2,30}){1,3}/[a-zA-Z0-9/_-]{1,60}",
    )
});

/// Where a value that the order alone holds stands in an answer, and where in the order.
pub(super) fn of(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    text: &Text,
    event: u32,
) -> Option<(Range<usize>, Range<usize>)> {
    TELLTALE.as_ref()?.find_iter(order.words()).find_map(|m| {
        let bare = m.as_str().trim_end_matches(['.', ',', ';', ':', '!', '/']);
        let at = text.text.find(bare).filter(|_| order.is_foreign() || is_asked_for(order.words(), m.start()))?;
        // What a page says of itself, or the user named, is nobody's order.
        let known = orders.elsewhere(&squeeze(bare), order.event, event);
        (bare.len() >= 6 && !known).then(|| (at..at + bare.len(), m.start()..m.start() + bare.len()))
    })
}
