//! How far reading may go: a flag by which the caller ends it, and figures that no file may exceed.
//!
//! Nothing here looks at a clock or at the machine: how long and how much is for the caller to say, and the same bytes under the same limits
//! come to the same end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Ends work that goes on in another thread. The work looks at it between records, and between the items of every list; what it found
/// until then is thrown away.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    set: AtomicBool,
    counted: Option<Counted>,
}

/// How often a flag was looked at, and how often it may be before it is set.
#[derive(Debug)]
struct Counted {
    looks: AtomicU64,
    most: u64,
}

impl Stop {
    /// A flag that counts how often it is looked at, and is set once that is so often: by the work done, whatever time it takes.
    pub fn after(looks: u64) -> Self {
        let counted = Some(Counted { looks: AtomicU64::new(0), most: looks });
        Stop(Arc::new(Flag { set: AtomicBool::new(false), counted }))
    }

    /// Asks the work to end.
    pub fn set(&self) {
        self.0.set.store(true, Ordering::Relaxed);
    }

    /// True once the work was asked to end.
    #[inline]
    pub fn is_set(&self) -> bool {
        if let Some(counted) = &self.0.counted
            && counted.looks.fetch_add(1, Ordering::Relaxed) >= counted.most
        {
            self.set();
        }
        self.0.set.load(Ordering::Relaxed)
    }

    /// How often a flag of [`Stop::after`] was looked at; 0 for any other, which does not count.
    pub fn looks(&self) -> u64 {
        self.0.counted.as_ref().map_or(0, |counted| counted.looks.load(Ordering::Relaxed))
    }
}

/// What reading may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes that one wrapping may unpack to, whatever its ratio.
    pub unpacked: u64,
    /// Bytes of memory that the files of one reading may take, as [`Use`] counts them.
    pub memory: u64,
    /// Ends it.
    pub stop: Stop,
}

impl Default for Limits {
    /// No limit on memory, and the limit on unpacking that always holds.
    fn default() -> Self {
        Limits { unpacked: 1 << 30, memory: u64::MAX, stop: Stop::default() }
    }
}

impl Limits {
    /// Memory that reading may take however small the file is.
    pub const FLOOR: u64 = 64 << 20;
    /// Beyond [`Self::FLOOR`], how many times its unpacked bytes a file may take: real traces take three to eight times.
    pub const TIMES: u64 = 10;

    /// The memory that files of so many unpacked bytes may take, where `most` is what any may.
    pub fn memory_for(bytes: u64, most: u64) -> u64 {
        bytes.saturating_mul(Self::TIMES).max(Self::FLOOR).min(most)
    }
}

/// Memory that what is read will take, counted before it is taken: from the number of JSON values and records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// Unpacked bytes.
    pub bytes: u64,
    /// JSON values, with the keys of objects.
    pub values: u64,
    /// Documents and objects in lists: what may become a message, a call or an event.
    pub records: u64,
}

impl Use {
    /// A byte is in the file, unpacked, and in a text of the session.
    const BYTE: u64 = 3;
    /// A value is a node of 20 bytes in a list that doubles as it grows.
    const VALUE: u64 = 40;
    /// A record is a message with its parts first, and an event with its places after it.
    const RECORD: u64 = 700;

    /// Bytes of memory.
    pub fn memory(&self) -> u64 {
        let all = [(self.bytes, Self::BYTE), (self.values, Self::VALUE), (self.records, Self::RECORD)];
        all.into_iter().fold(0, |sum: u64, (n, each)| sum.saturating_add(n.saturating_mul(each)))
    }

    /// Adds what another document takes.
    pub fn add(&mut self, other: Use) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.values = self.values.saturating_add(other.values);
        self.records = self.records.saturating_add(other.records);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_may_take_the_floor_and_a_large_one_ten_times_its_bytes_up_to_what_any_may() {
        assert_eq!(Limits::memory_for(1000, 1 << 30), 64 << 20);
        assert_eq!(Limits::memory_for(20 << 20, 1 << 30), 200 << 20);
        assert_eq!(Limits::memory_for(200 << 20, 1 << 30), 1 << 30);
        assert_eq!(Limits::memory_for(u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn a_copy_of_a_flag_is_the_same_flag() {
        let stop = Stop::default();
        let other = stop.clone();
        assert!(!other.is_set());
        stop.set();
        assert!(other.is_set());
    }

    #[test]
    fn a_flag_that_counts_is_set_once_it_was_looked_at_so_often() {
        let stop = Stop::after(2);
        assert_eq!([stop.is_set(), stop.is_set(), stop.is_set(), stop.is_set()], [false, false, true, true]);
        assert_eq!((stop.looks(), Stop::default().looks()), (4, 0));
    }
}
