//! Which parts of the record each kind of event changes. An event vouches for these alone, and for what its change told of itself ([`touch`](super::touch)):
//! if it vouched for more, it would also vouch for what somebody changed there in the database before.

use super::part::{
    ACTION_STATES, ACTIONS, APPROVAL, APPROVED_TEXT, DEADLINES, DEMO_ACCOUNTS, EMERGENCY, EVIDENCE, IDENTITIES,
    INVITATION_IDS, INVITATIONS, LOGINS, MASKING_KEY, NAME, NEAR_MISS, NEAR_MISS_MONTHS, NUMBERED, Owner, PASSWORD,
    PEOPLE, Part, RECOVERY_CODES, RECURRENCES, RESPONSE, RESTRICTED, REVISION, ROLE, SECOND_FACTOR, SECTIONS, SEVERITY,
    STANDING, STATUS, TAGS, TEXT, TIMES, TOKENS, WAIVERS, WORDS,
};

/// Kinds that begin the coverage of an incident and of an account.
pub(super) const OPENED: &str = "incident.opened";
pub(super) const CREATED: &str = "account.created";
/// The kind of the event that vouches for what no other one does.
pub(super) const COVERAGE_BEGAN: &str = "audit.coverage_began";

/// True if an event of this kind is the first one that vouches for such a part of its owner, so that nothing was there before.
pub(super) fn begins(kind: &str, part: &Part) -> bool {
    begins_key(kind, &part.key_of("x"))
}

/// The same, of a part by its key.
pub(super) fn begins_key(kind: &str, key: &str) -> bool {
    // Nothing is there before a revision or a block. What belongs to the record as a whole has no owner that could begin.
    let of_record = key.starts_with('/');
    let is_numbered = NUMBERED.iter().any(|part| key.rsplit('/').next() == Some(part.name));
    is_numbered || (matches!(kind, OPENED | CREATED) && !of_record)
}

fn of_incident(kind: &str) -> &'static [&'static Part] {
    match kind {
        // All that an incident can have, so that what is added in the database later shows.
        OPENED => &[
            WORDS,
            SEVERITY,
            STATUS,
            RESTRICTED,
            RESPONSE,
            PEOPLE,
            TIMES,
            DEADLINES,
            TAGS,
            RECURRENCES,
            EVIDENCE,
            TEXT,
            SECTIONS,
            APPROVAL,
            APPROVED_TEXT,
            WAIVERS,
            ACTIONS,
            ACTION_STATES,
            NEAR_MISS,
            EMERGENCY,
        ],
        "incident.edited" => &[WORDS],
        "incident.severity" | "incident.severity_confirmed" => &[SEVERITY],
        "incident.status" => &[STATUS],
        "incident.restricted" => &[RESTRICTED, PEOPLE],
        "incident.unrestricted" => &[RESTRICTED],
        "incident.person" | "incident.person_removed" | "incident.handed_over" => &[PEOPLE],
        "incident.times" => &[TIMES],
        "incident.first_response" => &[RESPONSE],
        "incident.tagged" | "incident.untagged" => &[TAGS],
        "incident.emergency_opened" | "incident.emergency_ended" => &[EMERGENCY],
        "near_miss.reviewed" | "near_miss.review_taken_back" => &[NEAR_MISS],
        "incident.recurred" | "incident.recurrence_withdrawn" => &[RECURRENCES],
        "evidence.added" | "evidence.erased" => &[EVIDENCE],
        "action.state" | "action.returned" => &[ACTION_STATES],
        "retro.submitted" | "retro.returned" => &[APPROVAL],
        "retro.approved" => &[APPROVAL, APPROVED_TEXT],
        "retro.reopened" => &[APPROVAL, APPROVED_TEXT, WAIVERS],
        "retro.review_ended" => &[APPROVAL, APPROVED_TEXT, WAIVERS, REVISION],
        "retro.waived" | "retro.waiver_withdrawn" => &[APPROVAL, WAIVERS, REVISION],
        // Every other one changes the text, and is named after what it changed of it.
        kind if kind.starts_with("retro.") => &[TEXT, SECTIONS, APPROVAL, ACTIONS, REVISION],
        _ => &[],
    }
}

fn of_account(kind: &str) -> &'static [&'static Part] {
    match kind {
        CREATED => &[NAME, ROLE, PASSWORD, STANDING, LOGINS, TOKENS, IDENTITIES, SECOND_FACTOR, RECOVERY_CODES],
        "account.role" => &[ROLE],
        "account.password" => &[PASSWORD],
        "account.identity_linked" | "account.identity_unlinked" => &[IDENTITIES],
        "account.second_factor_on" | "account.second_factor_off" | "account.second_factor_reset" => {
            &[SECOND_FACTOR, RECOVERY_CODES]
        }
        "account.recovery_code_used" | "account.recovery_codes_renewed" => &[RECOVERY_CODES],
        "account.disabled" | "account.enabled" => &[STANDING],
        "login.created" | "login.ended" | "account.session_ended" | "account.sessions_ended" => &[LOGINS],
        "account.access_ended"
        | "account.token_revoked"
        | "account.tokens_revoked"
        | "token.created"
        | "token.revoked" => &[TOKENS],
        _ => &[],
    }
}

fn of_record(kind: &str) -> &'static [&'static Part] {
    match kind {
        // An account that is made, or a password that is set by a link, uses up an invitation.
        CREATED
        | "account.access_ended"
        | "account.invitations_withdrawn"
        | "account.recovery_link"
        | "account.reset_link"
        | "account.reset_link_used"
        | "account.password"
        | "invitation.created"
        | "invitation.withdrawn"
        // A restored record takes over no link.
        | "record.restored" => &[INVITATIONS, INVITATION_IDS],
        "setting.redaction_key" => &[MASKING_KEY],
        "setting.demo_accounts" => &[DEMO_ACCOUNTS],
        "near_miss.month_reviewed" => &[NEAR_MISS_MONTHS],
        _ => &[],
    }
}

/// What an event changed of the record.
pub(super) fn changed(
    kind: &str,
    incident: Option<i64>,
    subject: &str,
    actor: &str,
    revision: Option<i64>,
) -> Vec<(&'static Part, Owner)> {
    let mut all = Vec::new();
    if let Some(number) = incident {
        all.extend(of_incident(kind).iter().filter_map(|part| {
            let owner = match (part.is_numbered(), revision) {
                (false, _) => Owner::Incident(number),
                (true, Some(revision)) => Owner::Numbered(number, revision),
                (true, None) => return None,
            };
            Some((*part, owner))
        }));
    }
    // A token or a session is about itself, and always one of the actor's own.
    let own = kind.starts_with("token.") || kind.starts_with("login.");
    let account = if own { actor } else { subject };
    all.extend(of_account(kind).iter().map(|part| (*part, Owner::Account(account.to_owned()))));
    all.extend(of_record(kind).iter().map(|part| (*part, Owner::Record)));
    all
}
