//! People at a sign-in provider, and the accounts that they sign in to.

use crate::support::{act, after, change, dana, now, person, read};
use hindcast_retro::record::people::Role;
use hindcast_store::access::{self, all};
use hindcast_store::identities::{self, Identity};
use hindcast_store::{Act, Store, StoreError, Viewer, accounts, attempts, chain};

const ISSUER: &str = "https://id.example.com";
const ANA: Identity<'_> = Identity { issuer: ISSUER, subject: "248289761001" };

async fn account(store: &Store, identity: Identity<'_>) -> Option<String> {
    read(store, async |c| identities::find(c, identity).await).await.map(|a| a.id)
}

async fn link(store: &Store, by: &Viewer, identity: Identity<'_>) -> Result<(), StoreError> {
    change(store, async |tx| identities::link(tx, act(by), &by.account, identity).await).await
}

pub async fn are_found_by_issuer_and_subject_only(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    assert_eq!(account(&store, ANA).await, None);
    link(&store, &ana, ANA).await.expect("links");
    assert_eq!(account(&store, ANA).await.as_deref(), Some("ana"));
    for other in [
        Identity { issuer: "https://id.example.com/", ..ANA },
        Identity { issuer: "https://other.example.com", ..ANA },
        Identity { subject: "ana@example.com", ..ANA },
        Identity { subject: "248289761001 ", ..ANA },
    ] {
        assert_eq!(account(&store, other).await, None, "{other:?}");
    }
    assert_eq!(read(&store, async |c| identities::linked_at(c, ISSUER, "ana").await).await, Some(now()));
    assert_eq!(read(&store, async |c| identities::linked_at(c, "https://other", "ana").await).await, None);
}

pub async fn one_signs_in_to_one_account_and_an_account_has_one(store: Store) {
    let (ana, bob) = (person(&store, "ana", Role::Viewer).await, person(&store, "bob", Role::Viewer).await);
    link(&store, &ana, ANA).await.expect("links");
    let taken = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Conflict(_)));
    assert!(taken(link(&store, &bob, ANA).await), "the person signs in to another account");
    assert!(taken(link(&store, &ana, Identity { subject: "2", ..ANA }).await), "the account has a person");
    link(&store, &ana, Identity { issuer: "https://other", ..ANA }).await.expect("another provider's person");
    change(&store, async |tx| identities::unlink(tx, act(&ana), "ana", ISSUER).await).await.expect("unlinks");
    link(&store, &bob, ANA).await.expect("links");
    assert_eq!(account(&store, ANA).await.as_deref(), Some("bob"));
    let again = change(&store, async |tx| identities::unlink(tx, act(&ana), "ana", ISSUER).await).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
}

/// With a stolen password, somebody may have linked the account with a person of their own.
pub async fn end_with_the_access_of_the_account(store: Store) {
    let dana = dana(&store).await;
    // Linked in the change that made the account: its person has no other way in.
    let bob = person(&store, "bob", Role::Viewer).await;
    let first = Identity { subject: "bob", ..ANA };
    link(&store, &bob, first).await.expect("links");
    let ana = person(&store, "ana", Role::Viewer).await;
    for what in 0..3 {
        let later = Act { by: &ana, at: after(60) };
        change(&store, async |tx| identities::link(tx, later, "ana", ANA).await).await.expect("links");
        let listed = read(&store, async |c| all::links(c, Some("ana"), 9).await).await;
        assert_eq!((listed.len(), listed[0].what.linked_at), (1, after(60)));
        for id in ["ana", "bob"] {
            change(&store, async |tx| match what {
                0 => access::end_all(tx, act(&dana), id).await,
                1 => all::end_sessions_and_tokens(tx, act(&dana), id).await,
                _ => accounts::set_disabled(tx, act(&dana), id, true).await,
            })
            .await
            .expect("ends");
        }
        assert_eq!(account(&store, ANA).await, None, "{what}");
        assert_eq!(account(&store, first).await.as_deref(), Some("bob"), "{what}");
    }
    let unlink = async || change(&store, async |tx| all::end_links(tx, act(&dana), "bob").await).await;
    unlink().await.expect("ends");
    assert_eq!(account(&store, first).await, None);
    assert!(matches!(unlink().await, Err(StoreError::NotFound(_))));
    assert_eq!(read(&store, async |c| Ok(chain::verify(c).await?.faults)).await, Vec::<String>::new());
}

pub async fn are_covered_by_the_audit_log(store: Store) {
    let ana = person(&store, "ana", Role::Viewer).await;
    link(&store, &ana, ANA).await.expect("links");
    let faults = async || read(&store, async |c| Ok(chain::verify(c).await?.faults)).await;
    assert_eq!(faults().await, Vec::<String>::new());
    crate::support::tamper(&store, "UPDATE identity SET subject = 'mallory'").await;
    let told = faults().await;
    assert!(told.len() == 1 && told[0].starts_with("account ana: links with a sign-in provider changed"), "{told:?}");
    crate::support::tamper(&store, "DELETE FROM identity").await;
    let told = faults().await;
    assert!(told.len() == 1 && told[0].starts_with("account ana: links with a sign-in provider removed"), "{told:?}");
}

pub async fn a_role_that_is_kept_is_put_down(store: Store) {
    let dana = dana(&store).await;
    let account = read(&store, async |c| accounts::find(c, &dana.account).await).await;
    change(&store, async |tx| identities::keep_role(tx, now(), &account, Role::Viewer, "the last one").await)
        .await
        .expect("puts it down");
    let sql = "SELECT data FROM event WHERE kind = 'account.role_kept' AND subject = 'dana'";
    let data: String = read(&store, async |c| Ok(sqlx::query_scalar(sql).fetch_one(c).await?)).await;
    assert!(data.contains("\"at_provider\":\"viewer\"") && data.contains("the last one"), "{data}");
}

pub async fn a_sign_in_is_completed_once(store: Store) {
    let complete = async |at| change(&store, async |tx| identities::complete(tx, "k", at, 600).await).await;
    complete(now()).await.expect("completes");
    assert!(matches!(complete(after(1)).await, Err(StoreError::Conflict(_))));
    let sweep = async |at| change(&store, async |tx| attempts::sweep(tx, at, 900).await).await.expect("sweeps");
    assert_eq!(sweep(after(599)).await, 0);
    assert_eq!(sweep(after(600)).await, 1);
}
