//! A record with much in it.

use hindcast_retro::draft::Draft;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Store, Viewer, accounts, actions, retros, tokens};
use hindcast_trace::Evidence;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The people; the first five each lead a fifth of the incidents. Of the last two, one responds and the other only views.
pub const PEOPLE: [&str; 12] =
    ["Ada", "Dana", "Mia", "Ravi", "Vera", "Ben", "Cem", "Eve", "Ida", "Leo", "Oscar", "Mallory"];
/// People who lead incidents.
const LEADS: usize = 5;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Puts this many incidents in, a multiple of 100, and the people with a token each, `hcast_load_NAME`.
pub async fn fill(store: &Store, incidents: i64) -> Result<(), Error> {
    let now: Timestamp = "2026-11-25T10:00:00Z".parse()?;
    let system = Viewer::system();
    let act = Act { by: &system, at: now };
    let mut tx = store.begin().await?;
    let mut people = Vec::new();
    for name in PEOPLE {
        let email = format!("{name}@example.com");
        let role = match name {
            "Mallory" => Role::Viewer,
            "Oscar" => Role::Responder,
            _ => Role::Approver,
        };
        let new = accounts::New { id: name, email: &email, name, role, password_hash: "" };
        accounts::create(&mut tx, act, &new).await?;
        people.push(Viewer { account: name.to_owned(), name: name.to_owned(), role, scopes: None, emergency: None });
    }
    for person in &people {
        let token = format!("hcast_load_{}", person.name);
        let hash: String = Sha256::digest(&token).iter().map(|b| format!("{b:02x}")).collect();
        let act = Act { by: person, at: now };
        tokens::create(&mut tx, act, &person.name, &person.name, &hash, &[Permission::Read, Permission::Write], None)
            .await?;
    }
    tx.commit().await?;
    let mut draft = draft()?;
    let json = serde_json::to_string(&draft)?;
    for from in (0..incidents).step_by(100) {
        let mut tx = store.begin().await?;
        for i in from..from + 100 {
            let severity = u8::try_from(i % 4 + 1)?;
            // Of five people each leads a fifth; those that are restricted are led by the one who asks.
            let act = Act { by: &people[usize::try_from(i)? % LEADS], at: now };
            let details = Details {
                title: format!("Incident {i}: a pending refund was told as processed"),
                ..Details::default()
            };
            let new = New {
                details,
                severity: Some(severity),
                severity_reason: "reason".to_owned(),
                restricted: i % 10 == 0,
            };
            let number = incidents::create(&mut tx, act, &new).await?;
            let aware = now - SignedDuration::from_mins((incidents - i) * 210);
            let due = Policy::builtin().due_dates(severity, Some(aware));
            incidents::set_deadlines(&mut tx, act, number, &due).await?;
            retros::create(&mut tx, act, number, &json).await?;
            for item in &mut draft.actions.items {
                item.owner = Some(PEOPLE[usize::try_from(i)? % LEADS].to_owned());
                item.due = Some((aware + SignedDuration::from_hours(30 * 24)).strftime("%Y-%m-%d").to_string());
            }
            actions::follow(&mut tx, act, number, &draft.actions.items).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The retro of the refund example.
fn draft() -> Result<Draft, Error> {
    let evidence = [Evidence::new("trace.json", include_bytes!("../../../../examples/refund/trace.json").to_vec())];
    let reading = hindcast_trace::read(&evidence)?;
    let (contracts, facts, policy) = (Default::default(), Facts::default(), Policy::builtin());
    let trace = reading.sessions.first().ok_or("no session")?;
    let input =
        hindcast_retro::Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
    Ok(hindcast_retro::draft(&input))
}
