//! Action items: their state, and what proves that one is done.

use super::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// Nobody has started.
    Open,
    /// Somebody works on it.
    InProgress,
    /// Done, with its proof or with a written reason why there is none.
    Closed,
    /// It will not be done.
    Dropped,
}

named!(ActionState, "a state of an action", 4: Open = "open", InProgress = "in_progress", Closed = "closed", Dropped = "dropped");

impl ActionState {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            ActionState::Open => "Open",
            ActionState::InProgress => "In progress",
            ActionState::Closed => "Closed",
            ActionState::Dropped => "Dropped",
        }
    }
}

/// What kind of proof it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// An eval that was red before and is green after.
    Eval,
    /// A guard, held against past sessions.
    Backtest,
    /// A change, a ticket or a document elsewhere.
    Link,
    /// Another person looked and agrees.
    SignOff,
}

named!(ProofKind, "a kind of proof", 4: Eval = "eval", Backtest = "backtest", Link = "link", SignOff = "sign_off");

impl ProofKind {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            ProofKind::Eval => "Eval",
            ProofKind::Backtest => "Guardrail backtest",
            ProofKind::Link => "Link",
            ProofKind::SignOff => "Sign-off",
        }
    }
}

/// What shows that an action is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// Which kind.
    pub kind: ProofKind,
    /// The eval, the backtest, the address, or what the person who signed off looked at.
    pub reference: String,
    /// Who signed off.
    #[serde(default)]
    pub by: Option<String>,
}

/// Whether an action may be closed: with its proof, or with a written reason why there is none.
///
/// # Errors
/// In words for the person who wants to close it.
pub fn may_close(owner: Option<&str>, proof: Option<&Proof>, waiver: Option<&str>) -> Result<(), String> {
    let written = |text: &&str| !text.trim().is_empty();
    if waiver.is_some_and(|w| written(&w)) {
        return Ok(());
    }
    match (proof, waiver) {
        (Some(proof), _) => holds(owner.map(str::trim).filter(written), proof),
        (None, Some(_)) => Err("A waiver needs a reason: say why the action is closed without verification.".to_owned()),
        (None, None) => Err(
            "To close an action, add a verification: an eval, a backtest, a link or another person's sign-off. To close it without one, give a reason."
                .to_owned(),
        ),
    }
}

fn holds(owner: Option<&str>, proof: &Proof) -> Result<(), String> {
    let reference = proof.reference.trim();
    match proof.kind {
        ProofKind::Eval if reference.is_empty() => Err("Name the eval that failed before and passes now.".to_owned()),
        ProofKind::Backtest if reference.is_empty() => Err("Name the guardrail backtest.".to_owned()),
        ProofKind::Eval | ProofKind::Backtest => Ok(()),
        ProofKind::Link if is_web_address(reference) => Ok(()),
        ProofKind::Link => Err("A link must start with https:// or http:// and include a host.".to_owned()),
        ProofKind::SignOff => {
            let Some(by) = proof.by.as_deref().map(str::trim).filter(|b| !b.is_empty()) else {
                return Err("A sign-off needs the name of the person who signs.".to_owned());
            };
            match owner {
                None => {
                    Err("The action has no owner. Assign one first, so that another person can sign off.".to_owned())
                }
                Some(owner) if owner.to_lowercase() == by.to_lowercase() => {
                    Err(format!("{owner} owns the action. Another person must sign off."))
                }
                Some(_) => Ok(()),
            }
        }
    }
}

/// True for an address that a browser opens as a page and nothing else: http or https, a host, and no user before it,
/// since `https://bank.example@evil.example` shows one host and opens another.
pub fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return false;
    }
    if text.len() > 2_000 || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(six) = authority.strip_prefix('[') {
        let Some((inside, port)) = six.split_once(']') else { return false };
        return inside.parse::<std::net::Ipv6Addr>().is_ok()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let in_host = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || c == '_';
    host.chars().all(in_host) && host.contains(char::is_alphanumeric) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(kind: ProofKind, reference: &str, by: Option<&str>) -> Proof {
        Proof { kind, reference: reference.to_owned(), by: by.map(str::to_owned) }
    }

    #[test]
    fn nothing_closes_without_proof_or_a_reason() {
        assert!(may_close(Some("Ana"), None, None).expect_err("no proof").contains("add a verification"));
        assert!(may_close(Some("Ana"), None, Some("  ")).expect_err("blank").contains("needs a reason"));
        assert_eq!(may_close(Some("Ana"), None, Some("the tool was switched off")), Ok(()));
    }

    #[test]
    fn an_eval_or_a_backtest_has_a_name() {
        for kind in [ProofKind::Eval, ProofKind::Backtest] {
            assert_eq!(may_close(None, Some(&proof(kind, "refund-pending", None)), None), Ok(()));
            assert!(may_close(None, Some(&proof(kind, " ", None)), None).is_err());
        }
    }

    #[test]
    fn a_sign_off_is_by_another_person_than_the_owner() {
        let close = |owner, by| may_close(owner, Some(&proof(ProofKind::SignOff, "", by)), None);
        assert_eq!(close(Some("Ana"), Some("Ben")), Ok(()));
        assert!(close(Some("Ana"), Some(" ana ")).expect_err("the same").contains("Another person"));
        assert!(close(Some("Ana"), None).is_err());
        assert!(close(None, Some("Ben")).expect_err("no owner").contains("no owner"));
    }

    #[test]
    fn a_link_is_a_web_address_with_a_host() {
        for good in [
            "https://git.example/pull/7",
            "HTTP://tickets.example:8080?id=1",
            "https://localhost",
            "http://[::1]:80/x",
            "https://bücher.example/",
        ] {
            assert_eq!(may_close(None, Some(&proof(ProofKind::Link, good, None)), None), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ticket 4711",
            "javascript://x/%0aalert(1)",
            "https://",
            "https:///path",
            "https://?x",
            "https://a b",
            "https://bank.example@evil.example/",
            "https://a:b:c/",
            "https://a:+1/",
            "https://...",
            "https://[::1",
            "https://a\\b",
        ] {
            assert!(may_close(None, Some(&proof(ProofKind::Link, bad, None)), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_those_of_serde_and_read_back() {
        for state in ActionState::ALL {
            assert_eq!(serde_json::to_value(state).expect("writes"), state.name());
            assert_eq!(state.name().parse(), Ok(state));
        }
        for kind in ProofKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("writes"), kind.name());
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
