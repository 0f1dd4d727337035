//! Places in a session that many questions ask for, so that none of them searches the whole session again.

use super::{Call, Message};
use hindcast_trace::model::Role;

/// Sorted positions of results and of the user's messages.
pub(super) struct Index {
    /// The events of the results, in order, each with its place in the list of calls.
    results: Vec<(u32, usize)>,
    /// The events of the user's messages, in order.
    users: Vec<u32>,
}

impl Index {
    pub(super) fn of(calls: &[Call<'_>], messages: &[Message<'_>]) -> Self {
        let result = |(i, call): (usize, &Call<'_>)| Some((call.result.as_ref()?.event, i));
        let mut results: Vec<(u32, usize)> = calls.iter().enumerate().filter_map(result).collect();
        results.sort_unstable();
        let users = messages.iter().filter(|m| m.role == Role::User).map(|m| m.event).collect();
        Index { results, users }
    }

    /// The first call whose result is at an event.
    pub(super) fn answered_at(&self, event: u32) -> Option<usize> {
        let at = self.results.partition_point(|(e, _)| *e < event);
        self.results.get(at).filter(|(e, _)| *e == event).map(|(_, call)| *call)
    }

    /// The calls whose results are after one event and before another, in the order of the calls.
    pub(super) fn answered_between(&self, after: u32, before: u32) -> Vec<usize> {
        let start = self.results.partition_point(|(e, _)| *e <= after);
        let end = self.results.partition_point(|(e, _)| *e < before);
        let mut calls: Vec<usize> =
            self.results.get(start..end).unwrap_or_default().iter().map(|(_, call)| *call).collect();
        // Results of parallel calls may come in another order than the calls.
        calls.sort_unstable();
        calls
    }

    /// The last of the user's messages before an event.
    pub(super) fn last_user(&self, before: u32) -> Option<u32> {
        let at = self.users.partition_point(|e| *e < before);
        self.users[..at].last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_users_are_found_by_event() {
        let index = Index { results: vec![(3, 1), (4, 0), (9, 2)], users: vec![0, 5, 8] };
        assert_eq!([3, 4, 5, 9].map(|e| index.answered_at(e)), [Some(1), Some(0), None, Some(2)]);
        assert_eq!(index.answered_between(2, 9), [0, 1]);
        assert_eq!(index.answered_between(3, 10), [0, 2]);
        assert!(index.answered_between(9, 3).is_empty());
        assert_eq!([0, 1, 5, 6, 99].map(|e| index.last_user(e)), [None, Some(0), Some(0), Some(5), Some(8)]);
    }
}
