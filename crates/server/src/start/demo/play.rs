//! Does the steps of the examples. Each looks first whether it is done, so that a start that was cut short is completed.

use super::step::{Example, Step, Who};
use super::{StartError, Turn, back};
use crate::failure::Failure;
use crate::state::App;
use crate::work::{self, Drafted, section};
use hindcast_retro::policy::Month;
use hindcast_retro::record::action::{ActionState, Proof, ProofKind};
use hindcast_retro::record::affected::Reached;
use hindcast_retro::record::edit::{ActionEdit, Decide, LeadChoice, LeadDecision, Section, SectionEdit};
use hindcast_retro::record::incident::{Moment, Status};
use hindcast_retro::statement::Verdict;
use hindcast_store::affected::Done;
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::retros::{self, State};
use hindcast_store::{Act, StoreError, Viewer, actions, affected, evidence, near_misses, notices, settings};
use jiff::{SignedDuration, Timestamp};

/// Does one.
pub async fn step(app: &App, people: &[Viewer], began: Timestamp, turn: &Turn<'_>) -> Result<(), StartError> {
    let by = person(people, turn.happened.who)?;
    let act = Act { by, at: turn.at };
    let key = format!("demo_incident_{}", turn.nth);
    let known = settings::find(&mut *app.store.reader().await?, &key).await?.and_then(|n| n.parse().ok());
    match (turn.happened.step, known) {
        (Step::Open, Some(_)) => {}
        (Step::Open, None) => open(app, people, act, turn.example, &key).await?,
        (_, None) => return Err(StartError::Demo(format!("{} was not opened", turn.example.title))),
        (step, Some(number)) => on(app, act, began, number, step).await?,
    }
    Ok(())
}

fn person(people: &[Viewer], who: Who) -> Result<&Viewer, StartError> {
    people.get(who as usize).ok_or_else(|| StartError::Demo(format!("{} is missing", who.name())))
}

async fn open(app: &App, people: &[Viewer], act: Act<'_>, example: &Example, key: &str) -> Result<(), StartError> {
    let new = New {
        details: Details {
            title: example.title.to_owned(),
            agent: example.agent.to_owned(),
            summary: example.summary.to_owned(),
            ticket: String::new(),
        },
        severity: example.severity.map(|(level, _)| level),
        severity_reason: example.severity.map_or("", |(_, why)| why).to_owned(),
        restricted: example.restricted,
    };
    let moments: Vec<Moment> = example
        .moments
        .iter()
        .map(|(point, hours, by, source)| Moment {
            point: *point,
            at: back(act.at, SignedDuration::from_hours(-hours)),
            by: (*by).to_owned(),
            source: (*source).to_owned(),
        })
        .collect();
    let mut tx = app.store.begin().await?;
    let number = incidents::create(&mut tx, act, &new).await?;
    for (who, duty) in example.people {
        incidents::set_person(&mut tx, act, number, &person(people, *who)?.account, *duty).await?;
    }
    for tag in example.tags {
        incidents::add_tag(&mut tx, act, number, tag).await?;
    }
    if !moments.is_empty() {
        incidents::set_moments(&mut tx, act, number, None, &moments).await?;
    }
    work::set_due(app, &mut tx, act, number, &work::FileTimes::default()).await?;
    settings::set(&mut tx, key, &number.to_string()).await?;
    Ok(tx.commit().await?)
}

async fn on(app: &App, act: Act<'_>, began: Timestamp, number: i64, step: Step) -> Result<(), Failure> {
    match step {
        Step::Open => Ok(()),
        Step::Respond => respond(app, act, number).await,
        Step::Status(status) => set_status(app, act, number, status).await,
        Step::Ticket(ticket) => set_ticket(app, act, number, ticket).await,
        Step::Add(kind, name, bytes) => {
            let there = evidence::of(&mut *app.store.reader().await?, act.by, number).await?;
            if there.iter().any(|file| file.name == name) {
                return Ok(());
            }
            work::take_in(app, act, number, kind, name, retimed(bytes, act.at)).await
        }
        Step::Draft => draft(app, act, number).await,
        Step::Confirm => confirm(app, act, number).await,
        Step::Notes(section, text) => {
            let edit = SectionEdit { notes: Some(text.to_owned()), ..SectionEdit::default() };
            save(app, act, number, section, &edit).await
        }
        Step::Assign(all) => assign(app, act, began, number, all).await,
        Step::Submit => match state(app, act, number).await? {
            State::Draft => work::review::submit(app, act, number).await,
            State::InReview | State::Approved => Ok(()),
        },
        Step::Approve => match state(app, act, number).await? {
            State::Approved => Ok(()),
            State::Draft | State::InReview => {
                let (_, retro) = work::retro::both(app, act.by, number).await?;
                work::review::approve(app, act, number, retro.revision).await
            }
        },
        Step::Action(nth, state, proof, waiver) => set_action(app, act, number, nth, state, proof, waiver).await,
        Step::Reached(list) => reached(app, act, began, number, list).await,
        Step::Told(nth, remedy, note) => {
            let there = work::affected::find(&mut *app.store.reader().await?, act.by, number, nth).await?;
            let done = Done { remedy, owner: &act.by.name, note };
            if there.remedy == remedy {
                return Ok(());
            }
            work::affected::set(app, act, number, nth, there.version, &done).await
        }
        Step::Looked(note) => match near_misses::of(&mut *app.store.reader().await?, act.by, number).await? {
            Some(_) => Ok(()),
            None => work::near_misses::mark(app, act, number, note).await,
        },
        Step::LookedAtMonth(note) => match Month::of(app.config.policy.day(act.at)).before() {
            Some(month) => work::near_misses::mark_month(app, act, month, note).await.map(|_| ()),
            None => Ok(()),
        },
        Step::ReadReminders => {
            let mut tx = app.store.begin().await?;
            notices::mark_read_up_to(&mut tx, act, i64::MAX).await?;
            Ok(tx.commit().await?)
        }
    }
}

/// The second in which the recorded session of the refund happened.
const RECORDED: &str = "1795451698";

/// A trace as if its session had happened twenty hours before it was added.
fn retimed(bytes: &[u8], added: Timestamp) -> Vec<u8> {
    let second = back(added, SignedDuration::from_hours(20)).as_second().to_string();
    String::from_utf8_lossy(bytes).replace(RECORDED, &second).into_bytes()
}

async fn respond(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    match incidents::first_response(&mut tx, act, number).await {
        Err(StoreError::Conflict(_)) => Ok(()),
        other => {
            other?;
            Ok(tx.commit().await?)
        }
    }
}

async fn set_status(app: &App, act: Act<'_>, number: i64, status: Status) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    if incidents::find(&mut tx, act.by, number).await?.status == status {
        return Ok(());
    }
    work::set_status(&mut tx, act, number, None, status).await?;
    Ok(tx.commit().await?)
}

async fn set_ticket(app: &App, act: Act<'_>, number: i64, ticket: &str) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    let incidents::Incident { title, agent, summary, ticket: before, .. } =
        incidents::find(&mut tx, act.by, number).await?;
    if before != ticket {
        let details = Details { title, agent, summary, ticket: ticket.to_owned() };
        incidents::edit(&mut tx, act, number, None, &details).await?;
    }
    Ok(tx.commit().await?)
}

async fn draft(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    if retros::find(&mut *app.store.reader().await?, act.by, number).await?.is_some() {
        return Ok(());
    }
    let material = work::material(app, act.by, number).await?;
    let Drafted::Done(draft, _) = work::draft(app, material, None, None).await? else {
        return Err(Failure::Internal("an example holds several sessions".to_owned()));
    };
    let new = work::retro::written(app, *draft).await?;
    let mut tx = app.store.begin().await?;
    work::retro::begin(app, &mut tx, act, number, &new).await?;
    Ok(tx.commit().await?)
}

async fn state(app: &App, act: Act<'_>, number: i64) -> Result<State, Failure> {
    Ok(work::retro::both(app, act.by, number).await?.1.state)
}

async fn save(app: &App, act: Act<'_>, number: i64, section: Section, edit: &SectionEdit) -> Result<(), Failure> {
    match section::save(app, act, number, section, None, edit).await? {
        section::Saved::Done => Ok(()),
        section::Saved::Stale => Err(StoreError::Stale("retro").into()),
        section::Saved::Faults(faults) => Err(Failure::Internal(format!("an example does not fit: {faults:?}"))),
    }
}

async fn confirm(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let (_, retro) = work::retro::both(app, act.by, number).await?;
    let draft = work::retro::opened(app, &retro.draft).await?;
    if draft.behavior.findings.is_empty() {
        let promoted = LeadDecision { decision: LeadChoice::Promoted, reason: None };
        for lead in &draft.behavior.leads {
            work::lead::decide(app, act, number, &lead.statement.id, &promoted).await?;
        }
        return Ok(());
    }
    let confirmed = |id: &String| Decide { id: id.clone(), verdict: Verdict::Confirmed, text: None, reason: None };
    let decisions = draft.behavior.findings.iter().map(|f| confirmed(&f.statement.id)).collect();
    save(app, act, number, Section::Behavior, &SectionEdit { decisions, ..SectionEdit::default() }).await
}

async fn assign(app: &App, act: Act<'_>, began: Timestamp, number: i64, all: &[(Who, i64)]) -> Result<(), Failure> {
    let (_, retro) = work::retro::both(app, act.by, number).await?;
    let draft = work::retro::opened(app, &retro.draft).await?;
    let assigned = draft.actions.items.iter().zip(all).map(|(item, (who, days))| ActionEdit {
        id: Some(item.id.clone()),
        category: item.category,
        title: item.title.clone(),
        owner: Some(who.name().to_owned()),
        due: Some(app.config.policy.day(back(began, SignedDuration::from_hours(-24 * days))).to_string()),
        verification: item.verification.clone(),
        findings: item.findings.clone(),
        question: item.question.clone(),
        verdict: Verdict::Confirmed,
        reason: None,
    });
    let edit = SectionEdit { actions: assigned.collect(), ..SectionEdit::default() };
    save(app, act, number, Section::Actions, &edit).await
}

async fn set_action(
    app: &App,
    act: Act<'_>,
    number: i64,
    nth: usize,
    to: ActionState,
    proof: Option<(ProofKind, &str)>,
    waiver: Option<&str>,
) -> Result<(), Failure> {
    let (_, retro) = work::retro::both(app, act.by, number).await?;
    let draft = work::retro::opened(app, &retro.draft).await?;
    let item = draft.actions.items.get(nth).ok_or_else(|| Failure::Internal("no such action".to_owned()))?;
    let action = actions::find(&mut *app.store.reader().await?, act.by, number, &item.id).await?;
    if action.state == to {
        return Ok(());
    }
    let proof = proof.map(|(kind, reference)| Proof {
        kind,
        reference: reference.to_owned(),
        by: (kind == ProofKind::SignOff).then(|| act.by.name.clone()),
    });
    if let Some(fault) = work::action::fault(&action, to, proof.as_ref(), waiver) {
        return Err(Failure::Conflict(fault));
    }
    work::action::set(app, act, &action, to, proof.as_ref(), waiver).await
}

async fn reached(
    app: &App,
    act: Act<'_>,
    began: Timestamp,
    number: i64,
    list: &[(&str, &str, i64, &str)],
) -> Result<(), Failure> {
    let entry = |(session, customer, hours, quote): &(&str, &str, i64, &str)| Reached {
        session: (*session).to_owned(),
        customer: (*customer).to_owned(),
        at: back(began, SignedDuration::from_hours(*hours)).strftime("%Y-%m-%d %H:%M").to_string(),
        quote: (*quote).to_owned(),
    };
    let list: Vec<Reached> = list.iter().map(entry).collect();
    let mut tx = app.store.begin().await?;
    if affected::counts(&mut tx, act.by, number).await?.iter().any(|(_, there)| *there > 0) {
        return Ok(());
    }
    affected::import(&mut tx, act, number, &list, "calls-with-refunds.csv").await?;
    Ok(tx.commit().await?)
}
