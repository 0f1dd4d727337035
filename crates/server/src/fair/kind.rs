//! Kinds of work, and how much of each one account may have.

use crate::routes::{TABLE, UPLOADS, Who};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use std::time::Duration;

/// What a request asks for, by what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Everything else.
    Page,
    /// A search in all incidents.
    Search,
    /// A file, a retro or one of its revisions, or a check of its quotes.
    Download,
    /// A file, and what is drafted from files.
    Upload,
    /// What anybody may send: signing in, and using a link.
    SignIn,
    /// What anybody may look at, and finding out whose token or cookie it is that was not good lately.
    Stranger,
    /// A change of the record, within a request of any other kind.
    Change,
}

/// How much of a kind there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Under way at once.
    pub at_once: usize,
    /// Waiting for that.
    pub waiting: usize,
    /// How long anything waits.
    pub patience: Duration,
    /// How long a refusal is held back.
    pub refused_after: Duration,
    /// Started within a minute; `None` for any number.
    pub a_minute: Option<u32>,
    /// How many of these may come without a pause.
    pub at_first: Option<u32>,
}

/// What is read whole: files, retros as pages and exports, and two revisions to compare.
const DOWNLOADS: [&str; 10] = [
    "/incidents/{number}/retro",
    "/incidents/{number}/retro/review",
    "/incidents/{number}/retro/revisions/{revision}",
    "/incidents/{number}/evidence/{id}",
    "/api/v1/incidents/{number}/evidence/{id}/bytes",
    // An export, if `Accept` names one.
    "/api/v1/incidents/{number}/retro",
    "/api/v1/incidents/{number}/retro.md",
    "/api/v1/incidents/{number}/retro.html",
    "/api/v1/incidents/{number}/retro/gate",
    "/api/v1/incidents/{number}/retro/revisions/{revision}",
];
/// Changes that check every quote first.
const CHECKS: [&str; 4] = [
    "/incidents/{number}/retro/waivers/{rule}",
    "/incidents/{number}/retro/approve",
    "/api/v1/incidents/{number}/retro/waivers/{rule}",
    "/api/v1/incidents/{number}/retro/approve",
];
const DRAFTS: [&str; 6] = [
    "/incidents/{number}/retro",
    "/incidents/{number}/retro/redraft",
    "/incidents/{number}/retro/leads/{id}",
    "/api/v1/incidents/{number}/retro",
    "/api/v1/incidents/{number}/retro/redraft",
    "/api/v1/incidents/{number}/retro/leads/{id}",
];
const LISTS: [&str; 2] = ["/incidents", "/api/v1/incidents"];
/// The parameter of the lists that holds a search.
const WORDS: &str = "q";
/// What anybody may look at and asks nothing of the database for each request.
const FREE: [&str; 4] = ["/health/live", "/health/ready", "/assets/keys.js", "/assets/{file}"];
/// Steps of signing in that browsers go to by themselves. They may wait for a provider, and so not in the room for strangers.
const STEPS: [&str; 3] = ["/enter/{token}", "/sign-in/provider", "/sign-in/provider/callback"];

fn is_for_anybody(path: &str) -> bool {
    TABLE.iter().any(|r| r.path == path && r.method == "GET" && r.who == Who::Anybody)
}

impl Kind {
    /// Of a request whose route is known.
    pub fn of(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Self::named(request.method(), path, request.uri().query().unwrap_or(""))
    }

    fn named(method: &Method, path: &str, query: &str) -> Self {
        let of = |route: &&crate::routes::Route| route.path == path && route.method == method.as_str();
        if method == Method::POST {
            if UPLOADS.iter().any(|r| r.path == path) || DRAFTS.contains(&path) {
                return Kind::Upload;
            }
            if CHECKS.contains(&path) {
                return Kind::Download;
            }
            if TABLE.iter().find(of).is_some_and(|r| r.who == Who::Anybody) {
                return Kind::SignIn;
            }
            return Kind::Page;
        }
        // As the handlers read it: a name may be written in more than one way.
        let is_searched =
            || url::form_urlencoded::parse(query.as_bytes()).any(|(name, text)| name == WORDS && !text.is_empty());
        match path {
            path if DOWNLOADS.contains(&path) => Kind::Download,
            path if LISTS.contains(&path) && is_searched() => Kind::Search,
            path if STEPS.contains(&path) => Kind::SignIn,
            path if !FREE.contains(&path) && is_for_anybody(path) => Kind::Stranger,
            _ => Kind::Page,
        }
    }

    /// How much of it there may be.
    pub fn limits(self) -> Limits {
        let (at_once, a_minute) = match self {
            Kind::Page => (4, None),
            Kind::Search => (1, Some(300)),
            Kind::Download => (1, Some(300)),
            // So many that a script which moves a team's incidents here does not have to wait.
            Kind::Upload => (1, Some(1200)),
            // Slow bodies have a room of their own, and passwords a pool: what counts here is how many attempts there are. Behind
            // a proxy all people come from one address, and a stranger must not use up what they need.
            Kind::SignIn => (512, Some(1200)),
            // As many as people at one address need who open their first page.
            Kind::Stranger => (4, Some(1200)),
            // Changes are made one after the other, whoever makes them.
            Kind::Change => (1, None),
        };
        // What waits takes a connection and no more: its body is read later.
        let at_first = if matches!(self, Kind::SignIn | Kind::Stranger) { a_minute } else { a_minute.map(|n| n / 10) };
        let (patience, refused_after) = (Duration::from_secs(10), Duration::from_millis(500));
        Limits { at_once, waiting: 256, patience, refused_after, a_minute, at_first }
    }

    /// What people call it, several of it.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Page => "requests",
            Kind::Search => "searches",
            Kind::Download => "downloads",
            Kind::Upload => "uploads and drafts",
            Kind::SignIn => "attempts to sign in",
            Kind::Stranger => "unauthenticated requests",
            Kind::Change => "changes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_is_told_from_the_rest() {
        let get = |path, query| Kind::named(&Method::GET, path, query);
        let post = |path| Kind::named(&Method::POST, path, "");
        assert_eq!(get("/incidents", "status=open&q=refund"), Kind::Search);
        for searched in ["%71=refund", "q=&q=refund", "q=+", "a=b&%71=%20x", "q=%"] {
            assert_eq!(get("/incidents", searched), Kind::Search, "{searched}");
        }
        assert_eq!(get("/incidents", "q=&status=open"), Kind::Page);
        assert_eq!(get("/incidents", "qq=x&status=q"), Kind::Page);
        assert_eq!(get("/", "q=x"), Kind::Page);
        for path in ["/sign-in", "/sign-in/code", "/setup/{token}"] {
            assert_eq!(get(path, ""), Kind::Stranger, "{path}");
            assert_eq!(Kind::named(&Method::HEAD, path, ""), Kind::Stranger, "{path}");
        }
        assert_eq!(post("/sign-in"), Kind::SignIn);
        assert_eq!(post("/incidents"), Kind::Page);
        assert_eq!(post("/api/v1/incidents/{number}/evidence"), Kind::Upload);
    }

    #[test]
    fn every_address_named_here_exists() {
        let exists = |path: &str, method: &str| TABLE.iter().any(|r| r.path == path && r.method == method);
        for path in DOWNLOADS.iter().chain(&LISTS).chain(&FREE).chain(&STEPS) {
            assert!(exists(path, "GET"), "{path}");
        }
        for path in CHECKS.iter().chain(&DRAFTS) {
            assert!(exists(path, "POST"), "{path}");
        }
    }

    #[test]
    fn drafts_quote_checks_and_exports_have_shares_of_their_own() {
        let of = |method: Method, path| {
            let both =
                [format!("/incidents/{{number}}/retro{path}"), format!("/api/v1/incidents/{{number}}/retro{path}")];
            both.map(|path| Kind::named(&method, &path, ""))
        };
        for path in ["", "/redraft", "/leads/{id}"] {
            assert_eq!(of(Method::POST, path), [Kind::Upload; 2], "{path}");
        }
        for path in ["/waivers/{rule}", "/approve"] {
            assert_eq!(of(Method::POST, path), [Kind::Download; 2], "{path}");
        }
        for path in ["", "/revisions/{revision}"] {
            assert_eq!(of(Method::GET, path), [Kind::Download; 2], "{path}");
        }
        assert_eq!(of(Method::DELETE, "/waivers/{rule}"), [Kind::Page; 2], "no quote is checked");
    }
}
