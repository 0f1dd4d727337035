//! Action items of all incidents: a board, a list, and closing one with its proof.

use super::frame::{Frame, go, page, when};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::action as work;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use hindcast_retro::record::action::{ActionState, Proof, ProofKind};
use hindcast_retro::record::people::Permission;
use hindcast_store::actions::{self, Action};
use serde::Deserialize;

/// Action items that are listed at most: of those under way, and of those that are over.
const MOST: i64 = 200;

/// How the items are shown.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default)]
    mine: String,
}

struct Column {
    label: &'static str,
    items: Vec<Action>,
}

#[derive(Template)]
#[template(path = "actions.html")]
struct Board {
    frame: Frame,
    columns: Vec<Column>,
    as_list: bool,
    mine: bool,
    today: String,
    none: bool,
}

impl Board {
    fn overdue(&self, item: &Action) -> bool {
        let open = matches!(item.state, ActionState::Open | ActionState::InProgress);
        open && item.due.as_ref().is_some_and(|d| *d < self.today)
    }
}

/// The board or the list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let mine = asked.mine == "yes";
    let owner = if mine { viewer.name.as_str() } else { "" };
    let all = actions::board(&mut *app.store.reader().await?, &viewer, owner, MOST).await?;
    let none = all.is_empty();
    let of = |state: ActionState| Column {
        label: state.label(),
        items: all.iter().filter(|a| a.state == state).cloned().collect(),
    };
    let columns = ActionState::ALL.into_iter().map(of).collect();
    // A day ends where the policy says, as deadlines do.
    let today = app.config.policy.day(app.clock.now()).to_string();
    let frame = Frame::new(&viewer, "actions", "Action items");
    page(&Board { frame, columns, as_list: asked.view == "list", mine, today, none })
}

#[derive(Template)]
#[template(path = "action.html")]
struct One {
    frame: Frame,
    action: Action,
    states: Vec<(ActionState, bool)>,
    kinds: [ProofKind; 4],
    closed: Option<(String, String)>,
    fault: Option<String>,
    writes: bool,
}

impl One {
    fn new(viewer: &hindcast_store::Viewer, action: Action, fault: Option<String>) -> Self {
        One {
            frame: Frame::new(viewer, "actions", format!("Action of INC-{}", action.incident)),
            states: ActionState::ALL.into_iter().map(|s| (s, s == action.state)).collect(),
            kinds: ProofKind::ALL,
            closed: action.closed.as_ref().map(|(name, at)| (name.clone(), when(*at))),
            writes: viewer.may(Permission::Write),
            fault,
            action,
        }
    }
}

/// One action item.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    let action = actions::find(&mut *app.store.reader().await?, &viewer, number, &id).await?;
    page(&One::new(&viewer, action, None))
}

/// Changes how far it has come; closing needs its proof, or a reason to do without.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let state: ActionState =
        fields.get("state").parse().map_err(|_| Failure::Invalid("State: choose one.".to_owned()))?;
    let version = fields.number("version")?;
    let act = writer.act(&app);
    let mut action = actions::find(&mut *app.store.reader().await?, &writer.0, number, &id).await?;
    let reference = fields.short("reference", "Proof", 2000)?;
    let kind: Option<ProofKind> = fields.get("proof").parse().ok();
    let proof = kind.filter(|_| !reference.is_empty() || kind == Some(ProofKind::SignOff)).map(|kind| Proof {
        kind,
        reference: reference.clone(),
        by: (kind == ProofKind::SignOff).then(|| writer.0.name.clone()),
    });
    let waiver = Some(fields.short("waiver", "Why without", 2000)?).filter(|w| !w.is_empty());
    if let Some(fault) = work::fault(&action, state, proof.as_ref(), waiver.as_deref()) {
        return super::frame::refused(&One::new(&writer.0, action, Some(fault)));
    }
    action.version = version;
    work::set(&app, act, &action, state, proof.as_ref(), waiver.as_deref()).await?;
    Ok(go(&format!("/incidents/{number}/actions/{id}")))
}
