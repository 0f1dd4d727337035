//! Answers that are kept.

use crate::support::{after, change, is_conflict, now, read};
use hindcast_store::Store;
use hindcast_store::idempotency::{self, Answered};

fn answered(body: &str) -> Answered {
    Answered { request_hash: "r".to_owned(), status: 201, location: "/x/1".to_owned(), body: body.to_owned() }
}

const DAY: i64 = 24 * 60 * 60;

pub async fn an_answer_is_kept_for_a_day(store: Store) {
    let find = async |key: &str, at| read(&store, async |c| idempotency::find(c, key, at).await).await;
    assert_eq!(find("k", now()).await, None);
    change(&store, async |tx| idempotency::keep(tx, "k", &answered("one"), now()).await).await.expect("keeps");
    assert_eq!(find("k", after(DAY - 1)).await, Some(answered("one")));
    assert_eq!(find("k", after(DAY)).await, None);
    let again = async |at| change(&store, async |tx| idempotency::keep(tx, "k", &answered("two"), at).await).await;
    let early = again(after(DAY - 1)).await;
    assert!(is_conflict(&early), "{early:?}");
    again(after(DAY)).await.expect("the old answer is over");
    assert_eq!(find("k", after(DAY)).await, Some(answered("two")));
}

pub async fn the_same_key_at_once_is_kept_once(store: Store) {
    for key in ["k1", "k2", "k3", "k4"] {
        let keep = async |body: &str| {
            change(&store, async |tx| idempotency::keep(tx, key, &answered(body), now()).await).await
        };
        let (a, b) = tokio::join!(keep("a"), keep("b"));
        assert!(a.is_ok() != b.is_ok() && (is_conflict(&a) || is_conflict(&b)), "{a:?} {b:?}");
        let kept = read(&store, async |c| idempotency::find(c, key, now()).await).await;
        assert_eq!(kept, Some(answered(if a.is_ok() { "a" } else { "b" })));
    }
}
