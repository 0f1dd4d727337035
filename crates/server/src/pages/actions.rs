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
use hindcast_store::actions::{self, Action, Part};
use serde::Deserialize;

/// Most open items that the board shows: as many as people can take in.
const URGENT: i64 = 60;
/// Most closed and dropped items that the board shows.
const LATEST: i64 = 20;
/// Items on one page of the list.
const PAGE: i64 = 50;
/// No page of the list begins after more items than this.
const FARTHEST: i64 = 100_000;

/// How the items are shown.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default)]
    mine: String,
    #[serde(default)]
    over: String,
    #[serde(default)]
    from: i64,
}

struct Column {
    label: &'static str,
    items: Vec<Action>,
}

/// What both pages need to show an item.
struct Shown {
    mine: bool,
    today: String,
}

impl Shown {
    fn overdue(&self, item: &Action) -> bool {
        let open = matches!(item.state, ActionState::Open | ActionState::InProgress);
        open && item.due.as_ref().is_some_and(|d| *d < self.today)
    }
}

#[derive(Template)]
#[template(path = "actions.html")]
struct Board {
    frame: Frame,
    shown: Shown,
    columns: Vec<Column>,
    none: bool,
    /// For each part that is cut short: what is shown, and the address of the list.
    more: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "actions_list.html")]
struct List {
    frame: Frame,
    shown: Shown,
    over: bool,
    items: Vec<Action>,
    /// Addresses of the previous and the next page.
    before: Option<String>,
    next: Option<String>,
}

/// The address of a page of the list.
fn to(mine: bool, over: bool, from: i64) -> String {
    let mut to = "/actions?view=list".to_owned();
    to.push_str(if mine { "&mine=yes" } else { "" });
    to.push_str(if over { "&over=yes" } else { "" });
    if from > 0 {
        to.push_str(&format!("&from={from}"));
    }
    to
}

/// The board or the list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (mine, over) = (asked.mine == "yes", asked.over == "yes");
    let owner = if mine { viewer.name.as_str() } else { "" };
    // A day ends where the policy says, as deadlines do.
    let shown = Shown { mine, today: app.config.policy.day(app.clock.now()).to_string() };
    let frame = Frame::new(&viewer, "actions", "Action items");
    let conn = &mut *app.store.reader().await?;
    if asked.view == "list" {
        let from = asked.from.clamp(0, FARTHEST);
        let mut items = actions::part(conn, &viewer, Part { over, owner, from, most: PAGE + 1 }).await?;
        let more = items.len() as i64 > PAGE && from + PAGE <= FARTHEST;
        items.truncate(PAGE as usize);
        let next = more.then(|| to(mine, over, from + PAGE));
        let before = (from > 0).then(|| to(mine, over, (from - PAGE).max(0)));
        return page(&List { frame, shown, over, items, before, next });
    }
    let mut all = Vec::new();
    let mut more = Vec::new();
    for (over, most, what) in
        [(false, URGENT, "the most urgent items"), (true, LATEST, "the latest closed and dropped items")]
    {
        let mut items = actions::part(conn, &viewer, Part { over, owner, from: 0, most: most + 1 }).await?;
        if items.len() as i64 > most {
            more.push((what, to(mine, over, 0)));
            items.truncate(most as usize);
        }
        all.append(&mut items);
    }
    let none = all.is_empty();
    let mut columns = ActionState::ALL.map(|state| (state, Column { label: state.label(), items: Vec::new() }));
    for item in all {
        if let Some((_, column)) = columns.iter_mut().find(|(state, _)| *state == item.state) {
            column.items.push(item);
        }
    }
    page(&Board { frame, shown, columns: columns.map(|(_, column)| column).into(), none, more })
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
