//! Holds what was acknowledged against what is there.

use super::writers::Done;
use hindcast_store::incidents::{self, Filter};
use hindcast_store::{Place, Store, Viewer, chain, evidence};
use std::collections::HashMap;

/// Everything acknowledged is there, and there is enough of each kind to tell.
pub async fn check(place: &Place, done: &[Done]) {
    let lost = missing(place, done).await;
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    let count = |kind: fn(&Done) -> bool| done.iter().filter(|d| kind(d)).count();
    let kinds = [
        count(|d| matches!(d, Done::Incident(..))),
        count(|d| matches!(d, Done::Tag(..))),
        count(|d| matches!(d, Done::Evidence(..))),
    ];
    assert!(kinds.iter().all(|n| *n > 20), "too few of a kind to tell anything: {kinds:?}");
}

/// What was acknowledged and is not there. Panics unless the rest is whole: numbers have no gaps, the audit log verifies, and every file has
/// its bytes, also those whose upload nobody was told of.
pub async fn missing(place: &Place, done: &[Done]) -> Vec<Done> {
    let store = Store::open(place).await.expect("opens");
    let conn = &mut *store.reader().await.expect("reads");
    let viewer = Viewer::system();
    let audit = chain::verify(conn).await.expect("checks");
    assert_eq!(audit.faults, Vec::<String>::new());
    assert!(audit.rows >= i64::try_from(done.len()).expect("few"), "{} rows", audit.rows);
    let all = incidents::list(conn, &viewer, &Filter::default(), i64::MAX).await.expect("lists");
    let mut numbers: Vec<i64> = all.iter().map(|i| i.number).collect();
    numbers.reverse();
    assert_eq!(numbers, (1..=i64::try_from(all.len()).expect("few")).collect::<Vec<_>>(), "numbers without gaps");
    let titles: HashMap<i64, String> = all.into_iter().map(|i| (i.number, i.title)).collect();
    let (mut tags, mut files) = (HashMap::new(), HashMap::new());
    for number in numbers {
        tags.insert(number, incidents::tags(conn, &viewer, number).await.expect("lists"));
        let mut ids = Vec::new();
        for item in evidence::of(conn, &viewer, number).await.expect("lists") {
            // Reading holds the bytes against their digest.
            let file = evidence::bytes(&store, conn, &viewer, number, &item.id).await.expect("are whole");
            assert_eq!(file.map(|f| f.bytes.len() as i64), Some(item.bytes), "{}", item.id);
            ids.push(item.id);
        }
        files.insert(number, ids);
    }
    let kept = |one: &Done| match one {
        Done::Incident(number, title) => titles.get(number) == Some(title),
        Done::Tag(number, tag) => tags.get(number).is_some_and(|t| t.contains(tag)),
        Done::Evidence(number, id) => files.get(number).is_some_and(|f| f.contains(id)),
    };
    done.iter().filter(|one| !kept(one)).cloned().collect()
}
