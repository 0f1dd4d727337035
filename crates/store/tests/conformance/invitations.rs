//! One-time links.

use crate::support::{act, after, change, dana, is_missing, now, person, read};
use hindcast_retro::record::people::Role;
use hindcast_store::identities::{self, Identity};
use hindcast_store::invitations::{Link, Purpose};
use hindcast_store::{Store, StoreError, Viewer, accounts, chain, invitations};
use jiff::Timestamp;

async fn role(store: &Store, hash: &str, at: Timestamp) -> Result<Role, StoreError> {
    invitations::find(&mut store.reader().await.expect("reads"), hash, at).await.map(|link| link.role)
}

async fn used(store: &Store, hash: &str, at: Timestamp) -> Result<Link, StoreError> {
    change(store, async |tx| invitations::use_up(tx, hash, at).await).await
}

async fn invite(store: &Store, by: &Viewer, hash: &str, role: Role) {
    change(store, async |tx| invitations::create(tx, act(by), hash, role, 60).await).await.expect("invites");
}

pub async fn give_a_role_once_until_they_expire(store: Store) {
    let dana = dana(&store).await;
    for (hash, role) in [("h1", Role::Approver), ("h2", Role::Viewer)] {
        change(&store, async |tx| invitations::create(tx, act(&dana), hash, role, 60).await).await.expect("invites");
    }
    assert_eq!(role(&store, "h1", after(59)).await.expect("is good"), Role::Approver);
    assert!(is_missing(&role(&store, "h1", after(60)).await));
    assert!(is_missing(&role(&store, "h3", now()).await));
    assert!(is_missing(&used(&store, "h2", after(60)).await), "expired");
    assert_eq!(used(&store, "h1", now()).await.expect("is good").role, Role::Approver);
    assert!(is_missing(&used(&store, "h1", now()).await), "used");
    assert!(is_missing(&role(&store, "h1", now()).await), "used");
}

pub async fn two_who_use_one_at_once_do_not_both(store: Store) {
    let dana = dana(&store).await;
    for hash in ["h1", "h2", "h3", "h4", "h5"] {
        change(&store, async |tx| invitations::create(tx, act(&dana), hash, Role::Viewer, 60).await)
            .await
            .expect("invites");
        let (a, b) = tokio::join!(used(&store, hash, now()), used(&store, hash, now()));
        assert_eq!([&a, &b].iter().filter(|r| r.is_ok()).count(), 1, "{a:?} {b:?}");
        assert!(is_missing(&a) || is_missing(&b), "{a:?} {b:?}");
    }
}

pub async fn are_listed_and_withdrawn_while_unused(store: Store) {
    let dana = dana(&store).await;
    for (hash, role) in [("h1", Role::Viewer), ("h2", Role::Approver), ("h3", Role::Viewer)] {
        invite(&store, &dana, hash, role).await;
    }
    used(&store, "h3", now()).await.expect("is good");
    let open = async |at| read(&store, async |c| invitations::page(c, at, None, 10).await).await;
    let all: Vec<_> = open(now()).await.into_iter().map(|o| (o.id, o.role, o.by, o.expires_at)).collect();
    let expected = |id: &str, role| (id.to_owned(), role, "dana".to_owned(), after(60));
    assert_eq!(all, [expected("h1", Role::Viewer), expected("h2", Role::Approver)]);
    assert!(open(after(60)).await.is_empty(), "expired");
    let next = read(&store, async |c| invitations::page(c, now(), Some((now(), "h1")), 1).await).await;
    assert_eq!(next.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["h2"]);
    let withdrawn = async |id: &str| change(&store, async |tx| invitations::withdraw(tx, act(&dana), id).await).await;
    withdrawn("h1").await.expect("withdraws");
    assert!(is_missing(&withdrawn("h1").await) && is_missing(&withdrawn("h3").await), "gone and used");
    assert!(is_missing(&role(&store, "h1", now()).await));
}

pub async fn end_when_their_maker_is_disabled_or_demoted(store: Store) {
    let dana = dana(&store).await;
    for (hash, name) in [("h1", "eve"), ("h2", "mallory")] {
        let maker = person(&store, name, Role::Administrator).await;
        invite(&store, &maker, hash, Role::Administrator).await;
    }
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "eve", true).await).await.expect("disables");
    change(&store, async |tx| accounts::set_role(tx, act(&dana), "mallory", Role::Approver).await)
        .await
        .expect("demotes");
    // For good, also when they are back.
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "eve", false).await).await.expect("enables");
    change(&store, async |tx| accounts::set_role(tx, act(&dana), "mallory", Role::Administrator).await)
        .await
        .expect("promotes");
    for hash in ["h1", "h2"] {
        assert!(is_missing(&used(&store, hash, now()).await), "{hash}");
    }
    assert!(read(&store, async |c| invitations::page(c, now(), None, 10).await).await.is_empty());
}

/// Each of several servers prints one at its first start.
pub async fn to_the_first_account_end_with_it(store: Store) {
    let first = async |hash: &str| {
        let system = Viewer::system();
        change(&store, async |tx| invitations::create_first(tx, act(&system), hash, 60).await).await.expect("makes");
    };
    first("h1").await;
    first("h2").await;
    first("h3").await;
    let make = async |hash: &'static str| {
        change(&store, async |tx| {
            let link = invitations::use_up(tx, hash, now()).await?;
            let email = format!("{hash}@example.com");
            let new = accounts::New { id: hash, email: &email, name: hash, role: link.role, password_hash: "x" };
            accounts::create(tx, act(&Viewer::system()), &new).await
        })
        .await
    };
    let (a, b) = tokio::join!(make("h1"), make("h2"));
    assert_eq!([&a, &b].iter().filter(|r| r.is_ok()).count(), 1, "{a:?} {b:?}");
    assert_eq!(read(&store, async |c| accounts::all(c).await).await.len(), 1);
    assert!(is_missing(&role(&store, "h3", now()).await), "there is an account");
    assert!(is_missing(&used(&store, "h3", now()).await));
}

pub async fn let_an_account_back_in_once(store: Store) {
    let dana = dana(&store).await;
    let system = Viewer::system();
    let make = async |hash: &str| {
        let made = invitations::create_recovery;
        change(&store, async |tx| made(tx, act(&system), hash, "dana", Role::Administrator, 60).await)
            .await
            .expect("makes");
    };
    make("h1").await;
    make("h2").await;
    assert!(is_missing(&role(&store, "h1", now()).await), "the later one counts");
    assert!(is_missing(&role(&store, "h2", after(60)).await), "over");
    assert!(read(&store, async |c| invitations::page(c, now(), None, 10).await).await.is_empty(), "no invitation");
    assert_eq!(used(&store, "h2", now()).await.expect("is good").purpose, Purpose::Recovery("dana".to_owned()));
    assert!(is_missing(&used(&store, "h2", now()).await), "used");
    make("h3").await;
    person(&store, "eve", Role::Administrator).await;
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "dana", true).await).await.expect("disables");
    assert!(is_missing(&used(&store, "h3", now()).await), "the account is deactivated");
    let audit = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}

pub async fn by_mail_reset_a_password_once(store: Store) {
    let dana = dana(&store).await;
    let ben = person(&store, "ben", Role::Viewer).await;
    let system = Viewer::system();
    let make = async |hash: &str, account: &str| {
        let made = invitations::create_reset;
        change(&store, async |tx| made(tx, act(&system), hash, account, 60, "request").await).await
    };
    let is_gone = async |hash: &str| is_missing(&role(&store, hash, now()).await);
    let recover = invitations::create_recovery;
    change(&store, async |tx| recover(tx, act(&system), "h0", "ben", Role::Viewer, 60).await).await.expect("makes");
    assert!(make("h1", "ben").await.expect("makes") && make("h2", "ben").await.expect("makes"));
    assert!(is_gone("h1").await, "the later one counts");
    assert!(!is_gone("h0").await, "nobody ends an operator's link by asking for mail");
    assert!(is_missing(&role(&store, "h2", after(60)).await), "over");
    assert!(read(&store, async |c| invitations::page(c, now(), None, 10).await).await.is_empty(), "no invitation");
    assert_eq!(used(&store, "h2", now()).await.expect("is good").purpose, Purpose::Reset("ben".to_owned()));
    assert!(is_missing(&used(&store, "h2", now()).await), "used");
    make("h3", "ben").await.expect("makes");
    change(&store, async |tx| accounts::set_password(tx, act(&ben), "ben", "y").await).await.expect("sets");
    assert!(is_gone("h3").await, "there is another password");
    make("h4", "ben").await.expect("makes");
    make("h5", "dana").await.expect("makes");
    change(&store, async |tx| accounts::set_disabled(tx, act(&dana), "ben", true).await).await.expect("disables");
    assert!(is_gone("h4").await && !is_gone("h5").await);
    assert!(!make("h6", "ben").await.expect("is asked"), "deactivated");
    assert!(is_missing(&make("h7", "nobody").await));
    let audit = read(&store, async |c| chain::verify(c).await).await;
    assert_eq!(audit.faults, Vec::<String>::new());
}

/// An account that a sign-in provider made has no password; one that was linked later has.
pub async fn by_mail_are_for_accounts_with_a_password(store: Store) {
    let system = Viewer::system();
    let link = async |account: &str, subject: &str, at: Timestamp| {
        let identity = Identity { issuer: "https://id.example.com", subject };
        let act = hindcast_store::Act { by: &system, at };
        change(&store, async |tx| identities::link(tx, act, account, identity).await).await.expect("links");
    };
    for (account, subject, at) in [("made", "1", now()), ("linked", "2", after(1))] {
        person(&store, account, Role::Viewer).await;
        link(account, subject, at).await;
    }
    let may = async |account: &str| {
        let make = invitations::create_reset;
        change(&store, async |tx| make(tx, act(&system), account, account, 60, "request").await).await.expect("asks")
    };
    assert!(!may("made").await && may("linked").await);
}
