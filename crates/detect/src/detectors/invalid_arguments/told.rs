//! The tool's own words that an argument has a wrong form, or is missing or unknown. That a value names nothing ("no such
//! order") is no matter of form.

use super::settled;
use crate::finding::{Category, Cite, Finding, Outcome};
use crate::outcome::failure::Failure;
use crate::prose::pattern;
use crate::session::{Answered, Call, Session};
use crate::tools::builtin::ToolRole;
use crate::values;
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, Text};
use regex::Regex;
use std::sync::LazyLock;

/// Only short answers speak of the call as a whole.
const LONGEST: usize = 4000;

// Words about the form of an argument.
static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:validation\s?error|invalid[_ ](?:arguments?|parameters?|params|request|input|type|format|json)|bad[_ ](?:arguments?|parameters?|request)|type\s?error|unexpected (?:keyword )?(?:argument|parameter|field|property|key)|un(?:known|recogni[sz]ed|supported) (?:argument|parameter|field|property|key|option)|(?:missing|required)\b[^\n]{0,30}\b(?:argument|parameter|field|property|key)|(?:argument|parameter|field|property|key)\b[^\n]{0,40}\b(?:is|was) (?:missing|required)|field required|is a required|should be an? (?:valid )?\w+|must be (?:an? |of type |in (?:the )?(?:form|format)|one of|formatted|given as|written as|passed as|iso|numeric|integer|positive|a list|between|at (?:least|most))|expected\b[^\n]{0,60}\b(?:got|but|found|received|instead|form|format|string|integer|number|array|list|object|date|boolean)|(?:wrong|invalid|bad|incorrect|unsupported) (?:type|format|form|date|data type)|not (?:a|an|of) (?:valid )?(?:integer|number|string|list|array|object|date|boolean|type|enum|iso)|(?:does not|doesn't|do not) match (?:the )?(?:pattern|format|schema|form)|schema|cannot be (?:null|empty|parsed)|could not (?:be )?pars|not (?:a )?valid json|unprocessable|additional propert|none is not)\b",
    )
});
// Words about the state of the world: the value has the right form, and the business says no.
static STATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:already|no longer|(?:un|not )available|sold out|taken|not found|does not exist|doesn't exist|no such|expired|closed|insufficient|exceed(?:s|ed)?|not allowed|not permitted|not eligible|denied|blocked|in the past)\b",
    )
});
// A name behind the words for an argument: what is missing stands in no argument.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?i)\b(?:argument|parameter|param|field|property|key|loc|path|at|option)s?\b["'`]?\s*(?:is|was|are|named|called|name)?\s*[:=\[(]*\s*["'`\[]*([a-z_][a-z0-9_.\-]{1,40})["'`\]]|["'`]([a-z_][a-z0-9_.\-]{1,40})["'`][^\n]{0,20}\b(?:argument|parameter|field|property|key|missing|required)"#,
    )
});

/// What a tool's error says of an argument.
pub(super) struct Complaint<'c, 't> {
    /// The argument that it names.
    argument: String,
    /// Whether the call has that argument.
    known: bool,
    answer: &'c Answered<'t>,
    text: &'t Text,
    failure: &'c Failure,
}

/// The complaint, where the tool's error names an argument and what is wrong with it.
pub(super) fn of<'c, 't>(call: &'c Call<'t>) -> Option<Complaint<'c, 't>> {
    // What a program in a shell says of its own arguments is no matter of the tool's.
    if call.role() == Some(ToolRole::Shell) {
        return None;
    }
    let failure = call.failure()?;
    let answer = call.result.as_ref()?;
    let text =
        answer.texts().find(|t| t.text.len() <= LONGEST && FORM.as_ref().is_some_and(|r| r.is_match(&t.text)))?;
    if STATE.as_ref().is_some_and(|r| r.is_match(&text.text)) {
        return None;
    }
    let (argument, known) = named(call, &text.text)?;
    Some(Complaint { argument, known, answer, text, failure })
}

/// The finding.
pub(super) fn finding(session: &Session<'_>, call: &Call<'_>, complaint: &Complaint<'_, '_>) -> Option<Finding> {
    let Complaint { argument, known, answer, text, failure } = complaint;
    let known = *known;
    // What the user typed is theirs to mend: the agent passed it on, and asked them.
    let typed = known && typed_by_user(session, call, argument);
    if typed && user_is_next(session, call) {
        return None;
    }
    let settled = settled::is(session, call, std::slice::from_ref(argument), &|c| of(c).is_some());
    let name = call.name.text.as_str();
    let cite = match known {
        true => call.arguments.and_then(|a| Cite::of(call.event, a, 0..a.text.floor_char_boundary(400))),
        false => None,
    };
    let said = Cite::of(answer.event, text, 0..text.text.floor_char_boundary(400))?;
    let (first, second) = match cite {
        Some(cite) => (cite, Some(said)),
        None => (said, None),
    };
    Some(settled::mark(
        Finding::new(
            "invalid-arguments",
            Category::ToolMisuse,
            call.event,
            format!("`{name}` rejected its arguments: `{argument}` is missing or malformed"),
            first,
        )
        .path(if typed { "told-typed" } else { "told" })
        .detail(format!(
            "The tool's error names `{argument}` and what is wrong with it.{}",
            if typed { " The user had given this value." } else { "" }
        ))
        .and(second)
        .rests_on(failure.rests_on.clone())
        .outcome(Outcome::NearMiss)
        .tool(name),
        settled,
    ))
}

/// True where the value of an argument is a number or an address as the user wrote it: there is nothing to convert. Words and
/// dates are the agent's to bring into the tool's form.
fn typed_by_user(session: &Session<'_>, call: &Call<'_>, argument: &str) -> bool {
    let mut entries = call.args().into_iter().flat_map(Value::entries);
    let Some((_, value)) = entries.find(|(k, _)| k.str().is_some_and(|k| k.eq_ignore_ascii_case(argument))) else {
        return false;
    };
    let text = value.str().unwrap_or_else(|| value.raw());
    let text = text.trim().to_lowercase();
    let identifies = text.contains('@') || text.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let date = !values::days(&text).is_empty() || text.contains(['/', ':']) || text.contains(' ');
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let users = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event);
    identifies
        && !date
        && users.flat_map(|m| m.texts).any(|t| {
            let said = t.text.to_lowercase();
            said.match_indices(text.as_str())
                .any(|(at, m)| !part(said[..at].chars().next_back()) && !part(said[at + m.len()..].chars().next()))
        })
}

/// True where the agent speaks to the user after a call and calls the tool no more before they answer.
fn user_is_next(session: &Session<'_>, call: &Call<'_>) -> bool {
    let told = session.messages.iter().find(|m| m.event > call.event && m.role == Role::Assistant);
    let again = session.calls.iter().find(|c| c.event > call.event && c.name.text == call.name.text);
    let answer = session.messages.iter().find(|m| m.event > call.event && m.role == Role::User);
    told.is_some_and(|t| again.is_none_or(|c| c.event > t.event && answer.is_some_and(|a| a.event < c.event)))
}

/// The argument that an error names, and whether the call has it.
fn named(call: &Call<'_>, text: &str) -> Option<(String, bool)> {
    let folded = text.to_ascii_lowercase();
    let word = |key: &str| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        folded.match_indices(key).any(|(at, _)| {
            let (before, after) = (&folded[..at], &folded[at + key.len()..]);
            // A short key is a word of any sentence unless it is quoted, or stands alone.
            let quoted = before.ends_with(['"', '\'', '`', '.', '[', '\n', '=', ':', '('])
                || after.starts_with(['"', '\'', '`', ':', '=', '\n']);
            edge(before.chars().next_back())
                && edge(after.chars().next())
                && (key.len() > 4 || quoted || key.contains('_') || before.trim_end().ends_with(['"', ':']))
        })
    };
    let keys = call.args().into_iter().flat_map(Value::entries).filter_map(|(k, _)| k.str());
    if let Some(key) = keys.map(|k| k.to_lowercase()).find(|k| k.len() > 1 && word(k)) {
        return Some((key, true));
    }
    let found = NAMED.as_ref()?.captures(text)?;
    let name = found.get(1).or_else(|| found.get(2))?.as_str();
    Some((name.to_owned(), false))
}
