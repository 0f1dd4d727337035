//! The text that a document was read from.

use std::borrow::Cow;

/// Bytes, which nearly always are UTF-8. That is found out once, so that no string in them has to be looked at for it again.
#[derive(Debug, Clone)]
pub enum Source<'s> {
    /// Valid UTF-8.
    Text(Cow<'s, str>),
    /// Anything else.
    Bytes(Cow<'s, [u8]>),
}

impl<'s> Source<'s> {
    /// A part of it, from a byte and up to another, as a source of its own: shared where this one is borrowed, else copied.
    pub fn part(&self, from: usize, to: usize) -> Source<'s> {
        match self {
            Source::Text(Cow::Borrowed(text)) if text.get(from..to).is_some() => Source::from(&text[from..to]),
            Source::Text(Cow::Owned(text)) if text.get(from..to).is_some() => Source::from(text[from..to].to_owned()),
            Source::Bytes(Cow::Borrowed(bytes)) => Source::from(&bytes[from..to]),
            _ => Source::from(self.bytes()[from..to].to_vec()),
        }
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Source::Text(text) => text.as_bytes(),
            Source::Bytes(bytes) => bytes,
        }
    }

    /// The text, where it is valid as a whole.
    #[inline]
    pub fn text(&self) -> Option<&str> {
        match self {
            Source::Text(text) => Some(text),
            Source::Bytes(_) => None,
        }
    }

    /// A part of it, from a byte and up to another; invalid UTF-8 is replaced.
    #[inline]
    pub fn lossy(&self, from: usize, to: usize) -> Cow<'_, str> {
        match self.text().and_then(|text| text.get(from..to)) {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(&self.bytes()[from..to]),
        }
    }
}

impl<'s> From<&'s str> for Source<'s> {
    fn from(text: &'s str) -> Self {
        Source::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Source<'_> {
    fn from(text: String) -> Self {
        Source::Text(Cow::Owned(text))
    }
}

impl<'s> From<&'s [u8]> for Source<'s> {
    fn from(bytes: &'s [u8]) -> Self {
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Source::Text(Cow::Borrowed(text)),
            Err(_) => Source::Bytes(Cow::Borrowed(bytes)),
        }
    }
}

impl From<Vec<u8>> for Source<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Source::Text(Cow::Owned(text)),
            Err(e) => Source::Bytes(Cow::Owned(e.into_bytes())),
        }
    }
}

impl<'s> From<Cow<'s, [u8]>> for Source<'s> {
    fn from(bytes: Cow<'s, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        }
    }
}
