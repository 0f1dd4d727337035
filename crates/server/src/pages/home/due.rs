//! What is due: for whom, until when, and how each thing reads.

use super::super::frame::{away, severity, severity_class};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::policy::Policy;
use hindcast_store::actions::{self, Action};
use hindcast_store::incidents::{self, Due, Whose};
use hindcast_store::{Conn, Viewer};
use jiff::Timestamp;
use serde::Deserialize;

/// Entries of a list at most, where there is only one.
const MOST: i64 = 50;
/// Where two stand beside each other: what can be taken in at a glance. The rest is one click away.
const GLANCE: i64 = 12;

/// For whom the page shows what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// What the viewer is named in or owns.
    Mine,
    /// What others are named in or own, or nobody.
    Team,
    /// Both, beside each other.
    #[default]
    Everybody,
}

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// What should be done already.
    Overdue,
    /// That and what is due until Sunday.
    Week,
    /// All of it.
    #[default]
    All,
}

/// What the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Asked {
    /// For whom.
    #[serde(default)]
    pub who: Who,
    /// Until when.
    #[serde(default)]
    pub due: Until,
}

/// A link that narrows down.
pub struct Choice {
    pub label: &'static str,
    pub to: String,
    pub on: bool,
}

impl Asked {
    fn to(self) -> String {
        let who = match self.who {
            Who::Mine => Some("who=mine"),
            Who::Team => Some("who=team"),
            Who::Everybody => None,
        };
        let due = match self.due {
            Until::Overdue => Some("due=overdue"),
            Until::Week => Some("due=week"),
            Until::All => None,
        };
        let both: Vec<&str> = who.into_iter().chain(due).collect();
        if both.is_empty() { "/".to_owned() } else { format!("/?{}", both.join("&")) }
    }

    /// The links for whom, the chosen one marked; each keeps until when.
    pub fn people(self) -> [Choice; 3] {
        let all = [(Who::Everybody, "everybody's"), (Who::Mine, "mine"), (Who::Team, "the team's")];
        all.map(|(who, label)| Choice { label, on: who == self.who, to: Asked { who, ..self }.to() })
    }

    /// The links until when, the chosen one marked; each keeps for whom.
    pub fn times(self) -> [Choice; 3] {
        let all = [(Until::All, "all"), (Until::Week, "this week"), (Until::Overdue, "overdue")];
        all.map(|(due, label)| Choice { label, on: due == self.due, to: Asked { due, ..self }.to() })
    }
}

/// Something due, for people.
pub struct Row {
    at: Timestamp,
    pub overdue: bool,
    pub what: String,
    pub incident: i64,
    pub title: String,
    pub level: String,
    pub class: &'static str,
    pub text: String,
    pub away: String,
    pub to: String,
}

/// What is due for somebody.
pub struct List {
    pub id: &'static str,
    pub heading: &'static str,
    pub rows: Vec<Row>,
    /// True where more is due than is listed.
    pub more: bool,
    /// Where more of it is listed.
    pub rest: Option<String>,
    /// What stands there where nothing is due.
    pub none: &'static str,
}

fn deadline(due: Due, now: Timestamp) -> Row {
    Row {
        overdue: due.at <= now,
        away: away(due.at, now),
        at: due.at,
        what: due.what,
        incident: due.incident,
        title: due.title,
        level: severity(due.severity),
        class: severity_class(due.severity),
        text: due.text,
        to: format!("/incidents/{}", due.incident),
    }
}

/// An action is due until the end of its day, in the policy's zone as deadlines are.
fn action(action: Action, policy: &Policy, now: Timestamp) -> Option<Row> {
    let date = action.due?;
    let at = policy.end_of(date.parse().ok()?)?;
    Some(Row {
        overdue: at <= now,
        away: away(at, now),
        at,
        what: action.title,
        incident: action.incident,
        title: String::new(),
        level: action.category,
        class: "k-action",
        text: format!("{date} 24:00 {}", policy.zone_name()),
        to: format!("/incidents/{}/actions/{}", action.incident, action.id),
    })
}

/// The lists that are asked for: each takes two statements.
pub async fn lists(
    app: &App,
    conn: &mut Conn,
    viewer: &Viewer,
    asked: Asked,
    now: Timestamp,
) -> Result<Vec<List>, Failure> {
    let policy = &app.config.policy;
    let today = policy.day(now);
    let (instant, day) = match asked.due {
        Until::Overdue => (Some(now), today.yesterday().ok()),
        Until::Week => (policy.end_of(policy.last_of_week(today)), Some(policy.last_of_week(today))),
        Until::All => (None, None),
    };
    let day = day.map(|d| d.to_string());
    let whose: &[Whose] = match asked.who {
        Who::Mine => &[Whose::Mine],
        Who::Team => &[Whose::Others],
        Who::Everybody => &[Whose::Mine, Whose::Others],
    };
    let most = if whose.len() == 1 { MOST } else { GLANCE };
    let mut lists = Vec::new();
    for whose in whose {
        let deadlines = incidents::due(conn, viewer, *whose, instant, most + 1).await?;
        let actions = actions::due(conn, viewer, *whose, day.as_deref(), most + 1).await?;
        let mut rows: Vec<Row> = deadlines.into_iter().map(|d| deadline(d, now)).collect();
        rows.extend(actions.into_iter().filter_map(|a| action(a, policy, now)));
        rows.sort_by_key(|row| row.at);
        let more = rows.len() > most as usize;
        rows.truncate(most as usize);
        let (id, heading, who) = match whose {
            Whose::Mine => ("mine", "Due for me", Who::Mine),
            _ => ("team", "Due for the team", Who::Team),
        };
        let rest = (more && asked.who != who).then(|| Asked { who, ..asked }.to());
        lists.push(List { id, heading, rows, more, rest, none: none(*whose, asked.due) });
    }
    Ok(lists)
}

fn none(whose: Whose, until: Until) -> &'static str {
    match (whose, until) {
        (Whose::Mine, Until::Overdue) => "Nothing of yours is overdue.",
        (Whose::Mine, Until::Week) => "Nothing is due for you this week.",
        (Whose::Mine, Until::All) => {
            "Nothing is due for you. Deadlines of incidents that name you and actions that you own stand here."
        }
        (_, Until::Overdue) => "Nothing else is overdue.",
        (_, Until::Week) => "Nothing else is due this week.",
        (_, Until::All) => "Nothing else is due.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_other_choice() {
        let asked = Asked { who: Who::Mine, due: Until::Week };
        let to = |choices: [Choice; 3]| choices.map(|c| (c.to, c.on));
        let of = |to: &str, on| (to.to_owned(), on);
        assert_eq!(
            to(asked.people()),
            [of("/?due=week", false), of("/?who=mine&due=week", true), of("/?who=team&due=week", false)]
        );
        assert_eq!(
            to(asked.times()),
            [of("/?who=mine", false), of("/?who=mine&due=week", true), of("/?who=mine&due=overdue", false)]
        );
        assert_eq!(Asked::default().to(), "/");
    }
}
