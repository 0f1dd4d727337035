//! Near-misses by the month, and their review.

use crate::support::{act, after, change, dana, is_conflict, is_missing, now, person, read, titled};
use hindcast_retro::record::people::Role;
use hindcast_store::incidents::{self, New};
use hindcast_store::near_misses::{self, Count, Marked, Review, SPANS};
use hindcast_store::{Act, Store, Viewer};
use jiff::Timestamp;

/// Spans of an hour, the last of which ends an hour after now.
pub fn spans() -> [(Timestamp, Timestamp); SPANS] {
    std::array::from_fn(|nth| (after(3600 * (nth as i64 - 12)), after(3600 * (nth as i64 - 11))))
}

async fn open(store: &Store, by: &Viewer, at: Timestamp, severity: Option<u8>, restricted: bool) -> i64 {
    let new = New { severity, restricted, ..titled("x") };
    change(store, async |tx| incidents::create(tx, Act { by, at }, &new).await).await.expect("opens")
}

async fn listed(store: &Store, viewer: &Viewer) -> Vec<(i64, Vec<String>, Option<Review>)> {
    let all = read(store, async |c| near_misses::list(c, viewer, after(-3600), after(3600), 9).await).await;
    all.into_iter().map(|n| (n.number, n.tags, n.review)).collect()
}

pub async fn are_counted_by_span(store: Store) {
    let dana = dana(&store).await;
    let of = |near_misses, unreviewed, serious| Count { near_misses, unreviewed, serious };
    for (at, severity) in [(0, Some(4)), (0, Some(1)), (-1, Some(3)), (-3600, Some(2)), (-3601, Some(4)), (0, None)] {
        open(&store, &dana, after(at), severity, false).await;
    }
    open(&store, &dana, after(-13 * 3600), Some(4), false).await;
    change(&store, async |tx| near_misses::mark(tx, act(&dana), 5, "").await).await.expect("marks");
    let counts = read(&store, async |c| near_misses::counts(c, &dana, &spans()).await).await;
    assert_eq!(counts[10..], [of(1, 0, 0), of(0, 0, 2), of(1, 1, 1)], "a span holds its begin and not its end");
    assert_eq!(counts[..10], [Count::default(); 10]);
}

pub async fn are_listed_with_tags_and_reviews(store: Store) {
    let dana = dana(&store).await;
    let one = open(&store, &dana, now(), Some(4), false).await;
    let two = open(&store, &dana, now(), Some(4), false).await;
    let serious = open(&store, &dana, now(), Some(2), false).await;
    open(&store, &dana, after(3600), Some(4), false).await;
    change(&store, async |tx| {
        incidents::add_tag(tx, act(&dana), one, "voice").await?;
        incidents::add_tag(tx, act(&dana), one, "ids").await
    })
    .await
    .expect("tags");
    let mark = async |number, at, note: &str| {
        change(&store, async |tx| near_misses::mark(tx, Act { by: &dana, at }, number, note).await).await
    };
    mark(two, after(1), "first").await.expect("marks");
    mark(two, after(2), "second").await.expect("marks again");
    let review = Review { name: "dana".to_owned(), at: after(2), note: "second".to_owned() };
    let tags = vec!["ids".to_owned(), "voice".to_owned()];
    assert_eq!(listed(&store, &dana).await, [(one, tags, None), (two, Vec::new(), Some(review.clone()))]);
    assert_eq!(read(&store, async |c| near_misses::of(c, &dana, two).await).await, Some(review));
    assert!(is_conflict(&mark(serious, now(), "").await));
    assert!(is_missing(&mark(99, now(), "").await));
    let back = async || change(&store, async |tx| near_misses::take_back(tx, act(&dana), two).await).await;
    back().await.expect("takes back");
    assert_eq!(read(&store, async |c| near_misses::of(c, &dana, two).await).await, None);
    assert!(is_missing(&back().await), "nothing is left to take back");
}

pub async fn a_month_marks_what_its_reviewer_may_know_of(store: Store) {
    let dana = dana(&store).await;
    let mia = person(&store, "mia", Role::Responder).await;
    let (open_to_all, seen) =
        (open(&store, &dana, now(), Some(4), false).await, open(&store, &dana, now(), Some(4), false).await);
    let hidden = open(&store, &mia, now(), Some(4), true).await;
    let serious = open(&store, &dana, now(), Some(2), false).await;
    change(&store, async |tx| near_misses::mark(tx, Act { by: &mia, at: now() }, seen, "seen").await)
        .await
        .expect("marks");
    assert_eq!(read(&store, async |c| near_misses::month(c, "2026-11").await).await, None);
    let mark = async |by: &Viewer, note: &str| {
        let span = (after(-3600), after(3600));
        let act = Act { by, at: after(9) };
        let done = change(&store, async |tx| near_misses::mark_month(tx, act, "2026-11", span, note).await).await;
        let Marked { marked, more } = done.expect("marks");
        assert!(!more);
        marked
    };
    assert_eq!(mark(&dana, "quiet").await, 1);
    let month = Review { name: "dana".to_owned(), at: after(9), note: "quiet".to_owned() };
    assert_eq!(read(&store, async |c| near_misses::month(c, "2026-11").await).await, Some(month));
    let by = async |number| {
        let review = read(&store, async |c| near_misses::of(c, &mia, number).await).await;
        review.map(|r| (r.name, r.note))
    };
    let of = |name: &str, note: &str| Some((name.to_owned(), note.to_owned()));
    assert_eq!(by(open_to_all).await, of("dana", ""));
    assert_eq!(by(seen).await, of("mia", "seen"), "what was looked at stays so");
    assert_eq!((by(hidden).await, by(serious).await), (None, None));
    assert_eq!(mark(&mia, "").await, 1);
    assert_eq!(by(hidden).await, of("mia", ""));
}
