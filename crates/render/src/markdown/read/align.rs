//! Which lines of two versions are the same, in order.

use std::collections::HashMap;
use std::hash::Hash;

/// Largest table of one comparison, in cells: the work stays linear in the number of lines.
pub const CELLS: usize = 1 << 18;

/// How often a stretch is cut at the lines that it holds once.
const DEPTH: u32 = 24;

/// Pairs of places, increasing in both, at which the versions hold the same. What is the same at both ends is paired
/// first, then what is there once; the rest, by the longest sequence where that is short enough to be searched for.
pub fn align<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut todo = vec![(0..old.len(), 0..new.len(), 0)];
    while let Some((mut here, mut there, depth)) = todo.pop() {
        while !here.is_empty() && !there.is_empty() && old[here.start] == new[there.start] {
            pairs.push((here.start, there.start));
            (here.start, there.start) = (here.start + 1, there.start + 1);
        }
        while !here.is_empty() && !there.is_empty() && old[here.end - 1] == new[there.end - 1] {
            (here.end, there.end) = (here.end - 1, there.end - 1);
            pairs.push((here.end, there.end));
        }
        if here.is_empty() || there.is_empty() {
            continue;
        }
        let (a, b) = (&old[here.clone()], &new[there.clone()]);
        let anchors = if depth < DEPTH { unique(a, b) } else { Vec::new() };
        if anchors.is_empty() {
            let found = match a.len().saturating_mul(b.len()) <= CELLS {
                true => best(a.len(), b.len(), |i, j| u32::from(a[i] == b[j])),
                false => greedy(a, b),
            };
            pairs.extend(found.into_iter().map(|(i, j)| (here.start + i, there.start + j)));
            continue;
        }
        // Each stretch begins with an anchor, which its ends pair, but for the first.
        let (mut from_old, mut from_new) = (here.start, there.start);
        for (i, j) in anchors {
            todo.push((from_old..here.start + i, from_new..there.start + j, depth + 1));
            (from_old, from_new) = (here.start + i, there.start + j);
        }
        todo.push((from_old..here.end, from_new..there.end, depth + 1));
    }
    pairs.sort_unstable();
    pairs
}

/// What each version holds once, in the longest sequence that is in order in both.
fn unique<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    // How often in the old, in the new, and where in the new.
    let mut seen: HashMap<&T, (u32, u32, usize)> = HashMap::new();
    for item in old {
        seen.entry(item).or_default().0 += 1;
    }
    for (j, item) in new.iter().enumerate() {
        let entry = seen.entry(item).or_default();
        (entry.1, entry.2) = (entry.1 + 1, j);
    }
    let once = |(i, item)| match seen.get(item) {
        Some((1, 1, j)) => Some((i, *j)),
        _ => None,
    };
    let all: Vec<(usize, usize)> = old.iter().enumerate().filter_map(once).collect();
    // The ends of the best sequences of each length, and what stands before each pair in its sequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(all.len());
    for (at, (_, j)) in all.iter().enumerate() {
        let length = ends.partition_point(|end| all[*end].1 < *j);
        before.push(length.checked_sub(1).map(|l| ends[l]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut sequence: Vec<(usize, usize)> =
        std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| all[at]).collect();
    sequence.reverse();
    sequence
}

/// The pairs in order with the greatest sum of scores; those with 0 are no pairs. Of several such, what comes first.
pub fn best(old: usize, new: usize, score: impl Fn(usize, usize) -> u32) -> Vec<(usize, usize)> {
    let width = new + 1;
    let mut sums = vec![0u32; (old + 1) * width];
    for i in (0..old).rev() {
        for j in (0..new).rev() {
            let skip = sums[(i + 1) * width + j].max(sums[i * width + j + 1]);
            let pair = match score(i, j) {
                0 => 0,
                score => score + sums[(i + 1) * width + j + 1],
            };
            sums[i * width + j] = skip.max(pair);
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < old && j < new {
        let sum = sums[i * width + j];
        let score = score(i, j);
        if score > 0 && sum == score + sums[(i + 1) * width + j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if sum == sums[i * width + j + 1] {
            j += 1;
        } else {
            i += 1;
        }
    }
    pairs
}

/// Pairs in order, each with the next one that is the same: for stretches too long to be searched.
fn greedy<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&T, Vec<usize>> = HashMap::new();
    old.iter().enumerate().for_each(|(i, item)| places.entry(item).or_default().push(i));
    let (mut from, mut pairs) = (0, Vec::new());
    for (j, item) in new.iter().enumerate() {
        let Some(all) = places.get(item) else { continue };
        if let Some(&i) = all.get(all.partition_point(|i| *i < from)) {
            pairs.push((i, j));
            from = i + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(old: &str, new: &str) -> Vec<(usize, usize)> {
        align(&old.chars().collect::<Vec<_>>(), &new.chars().collect::<Vec<_>>())
    }

    #[test]
    fn what_repeats_is_paired_within_its_block() {
        // Two actions with the same lines below: the second was taken out.
        assert_eq!(pairs("AodvBodvC", "AodvC"), [(0, 0), (1, 1), (2, 2), (3, 3), (8, 4)]);
        // The first was, and one line of the second.
        assert_eq!(pairs("AodvBodvC", "BovC"), [(4, 0), (5, 1), (7, 2), (8, 3)]);
        assert_eq!(pairs("abc", "xyz"), []);
        assert_eq!(pairs("", "x"), []);
    }

    #[test]
    fn hostile_repetition_takes_no_longer_than_its_length() {
        let old: Vec<u32> = (0..60_000).map(|i| i % 7).collect();
        let new: Vec<u32> = (0..60_000).map(|i| (i * 5 + 3) % 11).collect();
        let started = std::time::Instant::now();
        assert!(!align(&old, &new).is_empty());
        let (old, new): (Vec<u32>, Vec<u32>) = ((0..200_000).collect(), (0..200_000).rev().collect());
        assert_eq!(align(&old, &new).len(), 1);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn pairs_are_equal_and_in_order(old in "[abcd]{0,40}", new in "[abcd]{0,40}") {
            let (a, b): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
            let found = align(&a, &b);
            prop_assert!(found.iter().all(|(i, j)| a[*i] == b[*j]));
            prop_assert!(found.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
        }
    }
}
