//! Lists page by page. Where a page ended is told as an opaque text, so that it may come to mean something else.

use crate::failure::{Failure, Field};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Entries of one page where nobody asks for another number.
pub const USUAL: u32 = 50;
/// Entries of one page at most.
pub const MOST: u32 = 100;

/// The usual number, as what a request says when it says nothing.
pub fn usual() -> u32 {
    USUAL
}

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last one.
    pub next: Option<String>,
}

/// Adds to what is asked of a list what is asked of every list that comes page by page.
macro_rules! paged {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$told:meta])* $seen:vis $field:ident: $type:ty,)* }) => {
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$told])* $seen $field: $type,)*
            /// Entries of the page.
            #[serde(default = "crate::api::cursor::usual")]
            #[schemars(range(min = 1, max = 100))]
            limit: u32,
            /// What the page before gave as `next`.
            #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
            cursor: Option<String>,
        }

        impl $name {
            /// Where the page begins.
            ///
            /// # Errors
            /// When the limit is none, or the list did not give the cursor.
            pub fn cursor(
                &self,
                place: &[$crate::api::cursor::Part],
            ) -> Result<$crate::api::cursor::Cursor, $crate::failure::Failure> {
                $crate::api::cursor::Cursor::read(self.limit, self.cursor.as_deref(), place)
            }
        }
    };
}
pub(crate) use paged;

paged! {
    /// What is asked of a list that is not narrowed.
    pub struct Paging {}
}

/// What a place in a list is made of. Only the last part may have blanks in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A number.
    Number,
    /// A time.
    Time,
    /// A text.
    Text,
}

impl Part {
    fn fits(self, text: &str) -> bool {
        match self {
            Part::Number => text.parse::<i64>().is_ok(),
            Part::Time => text.parse::<Timestamp>().is_ok(),
            Part::Text => !text.contains('\0'),
        }
    }
}

/// Where a page begins.
pub struct Cursor {
    limit: u32,
    parts: Option<Vec<String>>,
}

impl Cursor {
    /// Reads what a request asks for.
    ///
    /// # Errors
    /// When the limit is none, or the cursor was not made by [`Cursor::page`].
    pub fn read(limit: u32, cursor: Option<&str>, place: &[Part]) -> Result<Self, Failure> {
        let fault = |field: &str, what: String| Failure::Fields(vec![Field { field: field.to_owned(), what }]);
        if !(1..=MOST).contains(&limit) {
            return Err(fault("limit", format!("is 1 to {MOST}")));
        }
        let parts = |text: &str| {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let parts: Vec<String> = text.splitn(place.len(), ' ').map(str::to_owned).collect();
            let whole = parts.len() == place.len() && place.iter().zip(&parts).all(|(part, text)| part.fits(text));
            whole.then_some(parts)
        };
        let parts = match cursor {
            None => None,
            Some(text) => {
                let what = || "is not one that this list gave".to_owned();
                Some(parts(text).ok_or_else(|| fault("cursor", what()))?)
            }
        };
        Ok(Cursor { limit, parts })
    }

    /// How many rows to ask for: one more than the page holds tells whether there is another page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// A part of the place that the page before ended with, counted from 0; absent on the first page.
    pub fn text(&self, nth: usize) -> Option<&str> {
        self.parts.as_ref()?.get(nth).map(String::as_str)
    }

    /// The same for a part that is a number.
    pub fn number(&self, nth: usize) -> Option<i64> {
        self.text(nth)?.parse().ok()
    }

    /// The same for a part that is a time.
    pub fn time(&self, nth: usize) -> Option<Timestamp> {
        self.text(nth)?.parse().ok()
    }

    /// The page of these rows.
    pub fn page<R, T>(&self, mut rows: Vec<R>, place: impl Fn(&R) -> String, entry: impl Fn(R) -> T) -> Page<T> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(place(last)));
        Page { items: rows.into_iter().map(entry).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_one_before_ended() {
        let first = Cursor::read(2, None, &[Part::Number, Part::Text]).expect("a cursor");
        assert_eq!((first.rows(), first.number(0), first.text(1)), (3, None, None));
        let page = first.page(vec![9, 8, 7], |n| format!("{n} a b"), |n| n);
        assert_eq!(page.items, [9, 8]);
        let next = Cursor::read(2, page.next.as_deref(), &[Part::Number, Part::Text]).expect("its own cursor");
        assert_eq!((next.number(0), next.text(1)), (Some(8), Some("a b")));
        assert_eq!(next.page(vec![1, 2], |n| n.to_string(), |n| n).next, None);
    }

    #[test]
    fn what_no_list_gave_is_refused() {
        let zero = URL_SAFE_NO_PAD.encode("1 \0");
        for bad in ["", "x", "MTI", "é", zero.as_str()] {
            assert!(Cursor::read(1, Some(bad), &[Part::Number, Part::Text]).is_err(), "{bad}");
            assert!(Cursor::read(1, Some(bad), &[Part::Time, Part::Text]).is_err(), "{bad}");
        }
        assert!(Cursor::read(1, Some("MTI"), &[Part::Number]).is_ok());
        assert!(Cursor::read(0, None, &[Part::Number]).is_err());
        assert!(Cursor::read(101, None, &[Part::Number]).is_err());
    }
}
