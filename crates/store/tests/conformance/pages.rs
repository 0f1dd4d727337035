//! Lists that come page by page: each entry once, in the order of the whole list.

use crate::support::{act, after, browser, change, dana, drafted, incident, now, person, read};
use hindcast_retro::policy::DueDate;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::evidence::Kind;
use hindcast_store::retros::Change;
use hindcast_store::{Act, Store, accounts, evidence, incidents, logins, retros, tokens};
use hindcast_trace::Evidence;

/// What pages of `most` entries hold, one after the other.
async fn gathered<T: Clone>(most: i64, mut page: impl AsyncFnMut(Option<&T>) -> Vec<T>) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = Vec::new();
    loop {
        let last = all.last().and_then(|page| page.last()).cloned();
        let next = page(last.as_ref()).await;
        assert!(next.len() as i64 <= most, "no page is longer than asked for");
        if next.is_empty() {
            return all;
        }
        all.push(next);
    }
}

pub async fn of_accounts(store: Store) {
    dana(&store).await;
    for name in ["ana", "mia b", "mia", "zoe"] {
        person(&store, name, Role::Viewer).await;
    }
    let dana = read(&store, async |c| accounts::find(c, "dana").await).await.viewer();
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "mia", true).await).await.expect("disables");
    let whole = read(&store, async |c| accounts::all(c).await).await;
    for (enabled, expected) in [(false, 5), (true, 4)] {
        let pages = gathered(2, async |last: Option<&accounts::Account>| {
            let after = last.map(|a| (a.name.as_str(), a.id.as_str()));
            read(&store, async |c| accounts::page(c, enabled, after, 2).await).await
        });
        let told = pages.await.concat();
        let whole: Vec<_> = whole.iter().filter(|a| !enabled || a.disabled_at.is_none()).cloned().collect();
        assert_eq!((told.len(), &told), (expected, &whole));
    }
}

pub async fn of_tokens_and_logins(store: Store) {
    let dana = dana(&store).await;
    let ana = person(&store, "ana", Role::Viewer).await;
    // Two of each at one time: what tells them apart is the id.
    for (nth, seconds) in [(1, 0), (2, 60), (3, 60), (4, 90)] {
        for by in [&dana, &ana] {
            let (id, at) = (format!("{}{nth}", by.account), after(seconds));
            change(&store, async |tx| {
                let act = Act { by, at };
                tokens::create(tx, act, &id, "x", &format!("token {id}"), &[Permission::Read], None).await?;
                logins::create(tx, act, &browser(&id, &format!("login {id}"))).await
            })
            .await
            .expect("makes");
        }
    }
    let of_tokens = gathered(3, async |last: Option<&tokens::Token>| {
        let after = last.map(|t| (t.created_at, t.id.as_str()));
        read(&store, async |c| tokens::page(c, "dana", after, 3).await).await
    });
    let of_logins = gathered(3, async |last: Option<&logins::Login>| {
        let after = last.map(|l| (l.created_at, l.id.as_str()));
        read(&store, async |c| logins::page(c, "dana", now(), after, 3).await).await
    });
    let expected = ["dana4", "dana2", "dana3", "dana1"];
    assert_eq!(of_tokens.await.concat().iter().map(|t| t.id.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(of_logins.await.concat().iter().map(|l| l.id.clone()).collect::<Vec<_>>(), expected);
}

pub async fn of_evidence(store: Store) {
    let dana = dana(&store).await;
    let number = incident(&store, &dana, "one").await;
    for (name, text, seconds) in [("b c", "1", 5), ("a", "2", 5), ("a", "3", 5), ("z", "4", 0), ("y", "5", 9)] {
        let file = Evidence::new(name, text.as_bytes().to_vec());
        let act = Act { by: &dana, at: after(seconds) };
        change(&store, async |tx| evidence::add(&store, tx, act, number, Kind::Trace, &file, "").await)
            .await
            .expect("adds");
    }
    let pages = gathered(2, async |last: Option<&evidence::Item>| {
        let after = last.map(|i| (i.added_at, i.id.as_str(), i.name.as_str()));
        read(&store, async |c| evidence::page(c, &dana, number, after, 2).await).await
    });
    let whole = read(&store, async |c| evidence::of(c, &dana, number).await).await;
    let told = pages.await.concat();
    assert_eq!(told, whole);
    assert_eq!(told.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["z", "a", "a", "b c", "y"]);
}

pub async fn of_revisions(store: Store) {
    let dana = dana(&store).await;
    let number = drafted(&store, &dana, "{}").await;
    for _ in 0..4 {
        change(&store, async |tx| {
            let retro = retros::lock(tx, act(&dana), number).await?;
            let what = Change { what: "impact", reason: "", sections: &[] };
            retros::save(tx, act(&dana), &retro, "{}", what).await.map(|_| ())
        })
        .await
        .expect("saves");
    }
    let pages = gathered(2, async |last: Option<&retros::Revision>| {
        let before = last.map(|r| r.number);
        read(&store, async |c| retros::revisions_before(c, &dana, number, before, 2).await).await
    });
    let numbers: Vec<Vec<i64>> = pages.await.iter().map(|p| p.iter().map(|r| r.number).collect()).collect();
    assert_eq!(numbers, [vec![5, 4], vec![3, 2], vec![1]]);
}

pub async fn of_what_is_due(store: Store) {
    let dana = dana(&store).await;
    for at in [60, 60, 30] {
        let number = incident(&store, &dana, "one").await;
        let due =
            |what: &str, at| DueDate { what: what.to_owned(), at: Some(at), text: None, explanation: String::new() };
        let all = [due("retro written", after(at)), due("response", after(at))];
        change(&store, async |tx| incidents::set_deadlines(tx, act(&dana), number, &all).await).await.expect("sets");
    }
    let pages = gathered(2, async |last: Option<&incidents::Due>| {
        let after = last.map(|d| (d.at, d.incident, d.what.as_str()));
        read(&store, async |c| incidents::due_after(c, &dana, after, 2).await).await
    });
    let told: Vec<_> = pages.await.concat().into_iter().map(|d| (d.incident, d.what)).collect();
    let expected = [3, 3, 1, 1, 2, 2].into_iter().zip(["response", "retro written"].into_iter().cycle());
    assert_eq!(told, expected.map(|(n, what)| (n, what.to_owned())).collect::<Vec<_>>());
}
