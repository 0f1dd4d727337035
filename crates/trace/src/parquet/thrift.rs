//! Thrift's compact protocol, as far as Parquet's footer and page headers need it.

use super::Fault;

/// The types of fields and elements.
pub mod kind {
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
}

/// Structs and lists in each other that are skipped; Parquet has no deeper ones.
const SKIP_DEPTH: u8 = 32;

/// Reads values from the front of some bytes.
pub struct Thrift<'b> {
    bytes: &'b [u8],
    at: usize,
}

fn damaged() -> Fault {
    Fault::Broken("its metadata is damaged".to_owned())
}

impl<'b> Thrift<'b> {
    /// Reads from the first byte.
    pub fn new(bytes: &'b [u8]) -> Self {
        Thrift { bytes, at: 0 }
    }

    /// Bytes that were read.
    pub fn position(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or_else(damaged)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, count: u64) -> Result<&'b [u8], Fault> {
        let end = usize::try_from(count).ok().and_then(|n| self.at.checked_add(n)).ok_or_else(damaged)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(damaged)?;
        self.at = end;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let (value, length) = super::varint(&self.bytes[self.at..]).ok_or_else(damaged)?;
        self.at += length;
        Ok(value)
    }

    /// An integer of any width.
    pub fn int(&mut self) -> Result<i64, Fault> {
        self.varint().map(super::zigzag)
    }

    /// A text or bytes.
    pub fn binary(&mut self) -> Result<&'b [u8], Fault> {
        let length = self.varint()?;
        self.take(length)
    }

    /// Reads a struct. `field` gets each field's ID and type, and says whether it read the value; what it did not read is skipped.
    pub fn structure(&mut self, mut field: impl FnMut(&mut Self, i64, u8) -> Result<bool, Fault>) -> Result<(), Fault> {
        let mut id = 0i64;
        loop {
            let head = self.byte()?;
            let kind = head & 15;
            if kind == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.int()?,
                step => id.checked_add(i64::from(step)).ok_or_else(damaged)?,
            };
            if !field(self, id, kind)? {
                self.skip(kind, SKIP_DEPTH)?;
            }
        }
    }

    /// Reads a list of structs, lists or texts; `element` reads one.
    pub fn list(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        let (count, _) = self.list_head()?;
        (0..count).try_for_each(|_| element(self))
    }

    fn list_head(&mut self) -> Result<(u64, u8), Fault> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        // Every element takes a byte at least.
        if count > (self.bytes.len() - self.at) as u64 {
            return Err(damaged());
        }
        Ok((count, head & 15))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Result<(), Fault> {
        let depth = depth.checked_sub(1).ok_or_else(damaged)?;
        match kind {
            kind::TRUE | kind::FALSE => {}
            kind::BYTE => drop(self.byte()?),
            4..=6 => drop(self.varint()?),
            kind::DOUBLE => drop(self.take(8)?),
            kind::BINARY => drop(self.binary()?),
            kind::LIST | kind::SET => {
                let (count, of) = self.list_head()?;
                for _ in 0..count {
                    self.skip_element(of, depth)?;
                }
            }
            kind::MAP => {
                let count = self.varint()?;
                if count > 0 {
                    let kinds = self.byte()?;
                    for _ in 0..count {
                        self.skip_element(kinds >> 4, depth)?;
                        self.skip_element(kinds & 15, depth)?;
                    }
                }
            }
            kind::STRUCT => loop {
                let head = self.byte()?;
                if head & 15 == 0 {
                    break;
                }
                if head >> 4 == 0 {
                    self.varint()?;
                }
                self.skip(head & 15, depth)?;
            },
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// A truth value is a byte of its own in a list, and part of the head in a struct.
    fn skip_element(&mut self, kind: u8, depth: u8) -> Result<(), Fault> {
        match kind {
            kind::TRUE | kind::FALSE => self.byte().map(drop),
            _ => self.skip(kind, depth),
        }
    }
}
