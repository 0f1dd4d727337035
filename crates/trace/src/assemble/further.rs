//! Where the units of a request are known behind the place at which it leaves a known conversation, each by its hash.

use crate::hash::HashMap;

/// For each unit of a request, where it is known further on.
///
/// A request whose beginning was cut holds the end of what is known, as it stands there; then all behind it is new, even where it says
/// the same. Otherwise each unit is looked for behind the one before it.
pub fn places(known: &[u64], request: &[u64]) -> Vec<Option<usize>> {
    let end = overlap(known, request);
    if end > 1 {
        return behind(known.len(), end, request.len());
    }
    let mut places: HashMap<u64, Vec<usize>> = HashMap::default();
    for (n, hash) in known.iter().enumerate() {
        places.entry(*hash).or_default().push(n);
    }
    let mut cursor = 0;
    let later = |hash: &u64| {
        let all = places.get(hash)?;
        let n = *all.get(all.partition_point(|n| *n < cursor))?;
        cursor = n + 1;
        Some(n)
    };
    request.iter().map(later).collect()
}

/// The same, for a request that begins with so many units of the end of what is known.
pub fn behind(known: usize, end: usize, request: usize) -> Vec<Option<usize>> {
    (0..request).map(|i| (i < end).then(|| known - end + i)).collect()
}

/// How many units at the end of what is known are those at the beginning of a request.
fn overlap(known: &[u64], request: &[u64]) -> usize {
    let request = &request[..request.len().min(known.len())];
    // For each beginning of the request, how much of its own beginning it ends with.
    let mut inner: Vec<usize> = Vec::with_capacity(request.len());
    let step = |inner: &[usize], so_far: usize, hash: u64| {
        let mut at = so_far;
        loop {
            match request.get(at) {
                Some(wanted) if *wanted == hash => return at + 1,
                _ if at == 0 => return 0,
                _ => at = inner[at - 1],
            }
        }
    };
    for (i, hash) in request.iter().enumerate() {
        let next = if i == 0 { 0 } else { step(&inner, inner[i - 1], *hash) };
        inner.push(next);
    }
    known.iter().fold(0, |so_far, hash| step(&inner, so_far, *hash))
}

#[cfg(test)]
mod tests {
    use super::places;

    fn found(known: &str, request: &str) -> Vec<Option<usize>> {
        let hashes = |text: &str| text.bytes().map(u64::from).collect::<Vec<_>>();
        places(&hashes(known), &hashes(request))
    }

    #[test]
    fn what_is_behind_the_end_of_what_is_known_is_new() {
        assert_eq!(found("abcab", "abab"), [Some(3), Some(4), None, None]);
        assert_eq!(found("abcabc", "bcxbc"), [Some(4), Some(5), None, None, None]);
        assert_eq!(found("aabaa", "aabaac"), [Some(0), Some(1), Some(2), Some(3), Some(4), None]);
    }

    #[test]
    fn what_was_taken_out_of_the_middle_is_known_piece_by_piece() {
        assert_eq!(found("abcd", "acd"), [Some(0), Some(2), Some(3)]);
        assert_eq!(found("abcd", "xbd"), [None, Some(1), Some(3)]);
        assert_eq!(found("abc", "cde"), [Some(2), None, None]);
        assert_eq!((found("", "ab"), found("ab", "")), (vec![None, None], vec![]));
    }
}
