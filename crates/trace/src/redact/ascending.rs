//! Ascending numbers, each kept as its distance to the one before: one or two bytes for most places in a text. They are kept in blocks, so that
//! nothing is there twice while they grow.

use super::room::{Held, List, Room};
use std::collections::VecDeque;

/// Numbers that wait to be put in order.
const OPEN: usize = 1 << 10;
/// Bytes of the first block, and of the largest one.
const BLOCK: (usize, usize) = (64, 32 << 10);
/// The most bytes that one number takes.
const LONGEST: usize = 10;

/// Numbers that come nearly in order, each kept once.
#[derive(Debug)]
pub(super) struct Ascending<'r> {
    blocks: VecDeque<Vec<u8>>,
    /// What the blocks take.
    held: Held<'r>,
    bytes: usize,
    /// The last one in the blocks.
    last: u64,
    /// Those behind it, which smaller ones may still follow.
    open: List<'r, u64>,
    /// How many of these are put in order next.
    most: usize,
}

impl<'r> Ascending<'r> {
    /// None; `None` if there is no memory left.
    pub(super) fn new(room: &'r Room) -> Option<Self> {
        let (blocks, open) = (VecDeque::new(), List::new(room));
        Some(Ascending { blocks, held: room.hold(0)?, bytes: 0, last: 0, open, most: OPEN })
    }

    /// Takes a number. No smaller one than `least` follows.
    #[inline]
    pub(super) fn push(&mut self, number: u64, least: u64) {
        self.open.push(number);
        if self.open.len() >= self.most {
            self.settle(least);
        }
    }

    /// Puts the numbers below `least` into the blocks.
    fn settle(&mut self, least: u64) {
        let open = self.open.as_mut_vec();
        open.sort_unstable();
        open.dedup();
        let settled = open.partition_point(|number| *number < least);
        for nth in 0..settled {
            let number = self.open[nth];
            self.pack(number);
        }
        self.open.as_mut_vec().drain(..settled);
        // Where many numbers stay, they are not put in order again at each one that follows.
        self.most = OPEN.max(2 * self.open.len());
    }

    fn pack(&mut self, number: u64) {
        let has_room = |block: &Vec<u8>| block.capacity() - block.len() >= LONGEST;
        if !self.blocks.back().is_some_and(has_room) {
            let size = self.bytes.clamp(BLOCK.0, BLOCK.1);
            if !self.held.more(size) {
                return;
            }
            self.bytes += size;
            self.blocks.push_back(Vec::with_capacity(size));
        }
        let Some(block) = self.blocks.back_mut() else { return };
        let mut distance = number - self.last;
        self.last = number;
        while distance >= 0x80 {
            block.push(distance as u8 | 0x80);
            distance >>= 7;
        }
        block.push(distance as u8);
    }

    /// All of them, in order. Memory is given back on the way.
    pub(super) fn into_numbers(mut self) -> Numbers<'r> {
        self.settle(u64::MAX);
        Numbers { blocks: self.blocks, held: self.held, at: 0, last: 0 }
    }
}

/// A way through ascending numbers.
#[derive(Debug)]
pub(super) struct Numbers<'r> {
    blocks: VecDeque<Vec<u8>>,
    held: Held<'r>,
    /// The place in the first block.
    at: usize,
    last: u64,
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while self.blocks.front()?.len() == self.at {
            let block = self.blocks.pop_front()?;
            self.held.less(block.capacity());
            self.at = 0;
        }
        let block = self.blocks.front()?;
        let (mut distance, mut shift) = (0, 0);
        loop {
            let byte = *block.get(self.at)?;
            self.at += 1;
            distance |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
        self.last += distance;
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;
    use proptest::prelude::*;

    fn room() -> Room {
        Room::new(u64::MAX, &Stop::default())
    }

    proptest! {
        #[test]
        fn numbers_come_back_in_order_and_once(steps in prop::collection::vec((0u64..300, 0u64..100), 0..5_000), far in 0u64..u64::MAX / 2) {
            let room = room();
            let mut all = Ascending::new(&room).expect("there is room");
            let (mut wanted, mut base) = (Vec::new(), 0);
            for (step, back) in steps {
                base += if step == 0 { far / 5_000 } else { step };
                let number = base.saturating_sub(back);
                all.push(number, base.saturating_sub(100));
                wanted.push(number);
            }
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(all.into_numbers().collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn a_place_takes_one_byte_and_nothing_is_there_twice() {
        let memory = 1 << 20;
        let room = Room::new(memory, &Stop::default());
        let mut all = Ascending::new(&room).expect("there is room");
        let many = memory - (64 << 10);
        (0..many).for_each(|n| all.push(5 * n, 5 * n));
        assert!(!room.is_over());
        assert_eq!(all.into_numbers().count() as u64, many);
        assert!(room.hold(memory as usize).is_some(), "all of it came back");
    }

    #[test]
    fn numbers_that_never_settle_are_put_in_order_seldom() {
        let room = room();
        let mut all = Ascending::new(&room).expect("there is room");
        (0..200_000).rev().for_each(|n| all.push(n, 0));
        assert_eq!(all.into_numbers().collect::<Vec<_>>(), (0..200_000).collect::<Vec<_>>());
    }

    #[test]
    fn too_little_memory_is_told() {
        let room = Room::new(10_000, &Stop::default());
        let mut all = Ascending::new(&room).expect("there is room");
        (0..1_000_000).for_each(|n| all.push(n, n));
        assert!(room.is_over());
    }
}
