//! What masking may still take: memory, counted before it is taken, and the flag by which the caller ends it. One count holds for a text
//! with everything that is decoded from it, at every depth.

use crate::limits::Stop;
use std::cell::Cell;

/// The memory left, and the flag.
#[derive(Debug)]
pub(super) struct Room {
    left: Cell<u64>,
    is_full: Cell<bool>,
    stop: Stop,
}

/// Counted memory, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held<'r> {
    room: &'r Room,
    bytes: u64,
}

impl Room {
    pub(super) fn new(memory: u64, stop: &Stop) -> Self {
        Room { left: Cell::new(memory), is_full: Cell::new(false), stop: stop.clone() }
    }

    /// Counts so many bytes. `None`, from now on for good, if there are not so many left.
    pub(super) fn hold(&self, bytes: usize) -> Option<Held<'_>> {
        let mut held = Held { room: self, bytes: 0 };
        held.more(bytes).then_some(held)
    }

    /// True once there was too little memory, or the caller ended the work.
    pub(super) fn is_over(&self) -> bool {
        self.is_full.get() || self.stop.is_set()
    }
}

impl Held<'_> {
    /// Counts more; false if there is too little left.
    pub(super) fn more(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        match self.room.left.get().checked_sub(bytes) {
            Some(left) => {
                self.room.left.set(left);
                self.bytes = self.bytes.saturating_add(bytes);
                true
            }
            None => {
                self.room.is_full.set(true);
                false
            }
        }
    }

    /// Gives some of it back.
    pub(super) fn less(&mut self, bytes: usize) {
        let bytes = self.bytes.min(bytes as u64);
        self.bytes -= bytes;
        self.room.left.set(self.room.left.get().saturating_add(bytes));
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.room.left.set(self.room.left.get().saturating_add(self.bytes));
    }
}

/// A list whose memory is counted as it grows. What does not fit is left out, and the room says so.
#[derive(Debug)]
pub(super) struct List<'r, T> {
    items: Vec<T>,
    held: Held<'r>,
}

impl<'r, T> List<'r, T> {
    pub(super) fn new(room: &'r Room) -> Self {
        List { items: Vec::new(), held: Held { room, bytes: 0 } }
    }

    /// One for exactly so many items; `None` if there is too little memory for them.
    pub(super) fn with_capacity(room: &'r Room, items: usize) -> Option<Self> {
        let held = room.hold(items.saturating_mul(size_of::<T>()))?;
        Some(List { items: Vec::with_capacity(items), held })
    }

    pub(super) fn push(&mut self, item: T) {
        let full = self.items.capacity();
        if self.items.len() == full {
            let next = full.saturating_mul(2).max(4);
            // While it moves, it is there twice.
            if !self.held.more(next.saturating_mul(size_of::<T>())) {
                return;
            }
            self.items.reserve_exact(next - full);
            self.held.less(full * size_of::<T>());
        }
        self.items.push(item);
    }

    pub(super) fn as_mut_vec(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<T> std::ops::Deref for List<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

/// How many bytes of a text are gone through between two looks at the flag.
const STRIDE: usize = 4 << 10;

/// Looks at the room now and then on the way through a text.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: usize,
}

impl Pace {
    /// True if the work is over, asked at an ascending place of the text.
    #[inline]
    pub(super) fn is_over(&mut self, at: usize, room: &Room) -> bool {
        if at < self.next {
            return false;
        }
        self.next = at + STRIDE;
        room.is_over()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_and_too_little_of_it_ends_the_work() {
        let room = Room::new(100, &Stop::default());
        let held = room.hold(60).expect("there is enough");
        drop(room.hold(40).expect("there is just enough"));
        assert!(!room.is_over());
        assert!(room.hold(41).is_none() && room.is_over(), "for good");
        drop(held);
        assert_eq!(room.left.get(), 100);
    }

    #[test]
    fn a_list_is_counted_with_the_copy_that_its_growth_makes() {
        let room = Room::new(4 * 8 + 8 * 8, &Stop::default());
        let mut list = List::new(&room);
        (0..8u64).for_each(|n| list.push(n));
        assert_eq!((list.len(), room.left.get(), room.is_over()), (8, 32, false));
        list.push(8);
        assert!(list.len() == 8 && room.is_over());
        drop(list);
        assert_eq!(room.left.get(), 96);
    }

    #[test]
    fn the_flag_is_looked_at_once_in_a_stride() {
        let room = Room::new(0, &Stop::after(u64::MAX));
        let mut pace = Pace::default();
        (0..4 * STRIDE).for_each(|at| assert!(!pace.is_over(at, &room)));
        assert_eq!(room.stop.looks(), 4);
    }
}
