//! Lines put down by part, to be taken up part by part.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// A place for bytes outside of memory, such as a temporary file.
pub trait Scratch: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Scratch for T {}

/// A line and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Which file.
    pub file: u32,
    /// Its number in the file, counted from 1.
    pub number: u32,
    /// Its number among the documents of the file, counted from 1.
    pub document: u32,
    /// Its first byte in the unwrapped file.
    pub start: u64,
    /// Bytes, without the line end.
    pub len: u32,
}

const HEAD: usize = 24;

impl Head {
    fn to_bytes(self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[..8].copy_from_slice(&self.start.to_le_bytes());
        for (i, n) in [self.file, self.number, self.document, self.len].into_iter().enumerate() {
            out[8 + 4 * i..12 + 4 * i].copy_from_slice(&n.to_le_bytes());
        }
        out
    }

    fn from_bytes(bytes: &[u8; HEAD]) -> Self {
        let (start, rest) = bytes.split_at(8);
        let number = |i: usize| u32::from_le_bytes([rest[4 * i], rest[4 * i + 1], rest[4 * i + 2], rest[4 * i + 3]]);
        let start = start.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
        Head { file: number(0), number: number(1), document: number(2), start, len: number(3) }
    }
}

/// All parts share one scratch, each in pieces of this size or more: one file is open however many parts there are.
const PIECE: usize = 64 << 10;
/// Bytes of all parts that wait in memory for their piece to fill.
const WAITING: usize = 16 << 20;

/// The parts.
pub struct Spill {
    scratch: Box<dyn Scratch>,
    end: u64,
    parts: Vec<Part>,
    waiting: usize,
    all: u64,
    taken: u64,
}

#[derive(Default)]
struct Part {
    waiting: Vec<u8>,
    /// Where its pieces are, in order.
    pieces: Vec<(u64, u32)>,
}

impl Spill {
    /// An empty one.
    pub fn new(scratch: Box<dyn Scratch>, parts: u32) -> Self {
        let parts = (0..parts).map(|_| Part::default()).collect();
        Spill { scratch, end: 0, parts, waiting: 0, all: 0, taken: 0 }
    }

    /// Bytes that were put down.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// Bytes of these that were taken up.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Puts a line down.
    pub fn put(&mut self, part: u32, head: Head, line: &[u8]) -> io::Result<()> {
        let into = &mut self.parts[part as usize];
        into.waiting.extend_from_slice(&head.to_bytes());
        into.waiting.extend_from_slice(line);
        self.waiting += HEAD + line.len();
        self.all += (HEAD + line.len()) as u64;
        if into.waiting.len() >= PIECE {
            self.write(part as usize)?;
        }
        if self.waiting > WAITING {
            (0..self.parts.len()).try_for_each(|part| self.write(part))?;
        }
        Ok(())
    }

    fn write(&mut self, part: usize) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.parts[part].waiting);
        if bytes.is_empty() {
            return Ok(());
        }
        self.scratch.seek(SeekFrom::Start(self.end))?;
        self.scratch.write_all(&bytes)?;
        self.parts[part].pieces.push((self.end, bytes.len() as u32));
        self.end += bytes.len() as u64;
        self.waiting -= bytes.len();
        Ok(())
    }

    /// Takes up all lines of a part, in the order in which they were put down.
    pub fn take(&mut self, part: u32, mut each: impl FnMut(Head, &[u8])) -> io::Result<()> {
        let Part { waiting, pieces } = std::mem::take(&mut self.parts[part as usize]);
        self.waiting -= waiting.len();
        self.taken += waiting.len() as u64;
        let mut piece = Vec::new();
        for (at, len) in pieces {
            self.taken += u64::from(len);
            piece.resize(len as usize, 0);
            self.scratch.seek(SeekFrom::Start(at))?;
            self.scratch.read_exact(&mut piece)?;
            lines(&piece, &mut each);
        }
        lines(&waiting, &mut each);
        Ok(())
    }
}

fn lines(mut bytes: &[u8], each: &mut impl FnMut(Head, &[u8])) {
    while let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() {
        let head = Head::from_bytes(head);
        let (line, rest) = rest.split_at((head.len as usize).min(rest.len()));
        each(head, line);
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_by_part_and_in_order() {
        let mut spill = Spill::new(Box::new(io::Cursor::new(Vec::new())), 3);
        let line = |n: u32| vec![b'a' + (n % 26) as u8; (n as usize * 37) % 9000];
        let head =
            |n: u32| Head { file: 1, number: n, document: n + 1, start: u64::from(n) << 33, len: line(n).len() as u32 };
        for n in 0..3000 {
            spill.put(n % 3, head(n), &line(n)).expect("writes");
        }
        for part in 0..3 {
            let mut n = part;
            spill
                .take(part, |found, bytes| {
                    assert_eq!((found, bytes), (head(n), &line(n)[..]));
                    n += 3;
                })
                .expect("reads");
            assert_eq!(n, 3000 + part);
        }
        assert_eq!(spill.taken(), spill.all());
    }
}
