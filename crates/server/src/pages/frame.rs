//! What all pages share: the bar at the top, how times and severities read.

use crate::assets;
use crate::failure::Failure;
use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use hindcast_retro::record::people::Permission;
use hindcast_store::Viewer;
use jiff::{SignedDuration, Timestamp};

/// What stands around a page's own words.
pub struct Frame {
    /// Where the style is.
    pub style: &'static str,
    /// The title of the window.
    pub title: String,
    /// Which part of the bar is marked.
    pub here: &'static str,
    /// Who is signed in.
    pub name: String,
    /// True where the viewer may open and change things.
    pub writes: bool,
    /// True where the viewer may approve what others wrote, and erase evidence.
    pub approves: bool,
    /// True where the viewer may let people in.
    pub administers: bool,
    /// The emergency access with which the page is read: its number, its incident and when it ends.
    pub emergency: Option<(i64, i64, String)>,
}

impl Frame {
    /// The frame of a page for somebody.
    pub fn new(viewer: &Viewer, here: &'static str, title: impl Into<String>) -> Self {
        Frame {
            style: assets::style_path(),
            title: title.into(),
            here,
            name: viewer.name.clone(),
            writes: viewer.may(Permission::Write),
            approves: viewer.may(Permission::Approve),
            administers: viewer.may(Permission::Administer),
            emergency: viewer.emergency.map(|e| (e.grant(), e.incident(), when(e.until()))),
        }
    }
}

/// A page, written.
///
/// # Errors
/// When the template cannot be written.
pub fn page(template: &impl Template) -> Result<Response, Failure> {
    Ok(Html(template.render()?).into_response())
}

/// A page that says what was wrong with a form, with everything in it as it was.
///
/// # Errors
/// When the template cannot be written.
pub fn refused(template: &impl Template) -> Result<Response, Failure> {
    Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// After a form is done: another page, so that going back or reloading does not do it again.
pub fn go(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// A time as people read it, in UTC.
pub fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The same for a form's field.
pub fn field(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// How long from now: "in 3 days", "2 hours ago".
pub fn away(at: Timestamp, now: Timestamp) -> String {
    let span = at.duration_since(now);
    if span.abs() < SignedDuration::from_mins(1) {
        return "just now".to_owned();
    }
    let words = length(span.abs());
    if span < SignedDuration::ZERO { format!("{words} ago") } else { format!("in {words}") }
}

/// A length of time in its largest unit.
pub fn length(span: SignedDuration) -> String {
    let minutes = span.as_secs() / 60;
    let (n, unit) = match minutes {
        0 => return "less than a minute".to_owned(),
        m if m < 120 => (m, "minute"),
        m if m < 48 * 60 => (m / 60, "hour"),
        m => (m / (24 * 60), "day"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// A size as people read it.
pub fn size(bytes: &i64) -> String {
    match bytes {
        b if *b < 1024 => format!("{b} B"),
        b if *b < 1 << 20 => format!("{:.1} KiB", *b as f64 / 1024.0),
        b => format!("{:.1} MiB", *b as f64 / f64::from(1 << 20)),
    }
}

/// A line as HTML, with what stands between backticks as code and everything else escaped.
pub fn code(text: &str) -> String {
    // An odd one out is a backtick, not the beginning of code.
    let is_odd = text.matches('`').count() % 2 == 1;
    let mut html = String::with_capacity(text.len() + 32);
    for (i, part) in text.split('`').enumerate() {
        html.push_str(match i {
            0 => "",
            _ if is_odd => "`",
            i if i % 2 == 1 => "<code>",
            _ => "</code>",
        });
        for c in part.chars() {
            match c {
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '&' => html.push_str("&amp;"),
                '"' => html.push_str("&quot;"),
                c => html.push(c),
            }
        }
    }
    html
}

/// Words as a sentence.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// "Sev 2", or "no severity yet".
pub fn severity(level: Option<u8>) -> String {
    level.map_or_else(|| "no severity yet".to_owned(), |l| format!("Sev {l}"))
}

/// The class that colours it.
pub fn severity_class(level: Option<u8>) -> &'static str {
    match level {
        Some(1) => "sev-1",
        Some(2) => "sev-2",
        Some(3) => "sev-3",
        Some(4) => "sev-4",
        _ => "sev-none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_here() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().expect("a time");
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(away(at("2026-11-25T10:01:00Z"), now), "in 1 minute");
        assert_eq!(away(at("2026-11-25T07:00:00Z"), now), "3 hours ago");
        assert_eq!(away(at("2026-12-01T10:00:00Z"), now), "in 6 days");
        assert_eq!([at("2026-11-25T09:59:01Z"), now].map(|t| away(t, now)), ["just now", "just now"]);
        assert_eq!(when(now), "2026-11-25 10:00 UTC");
    }

    #[test]
    fn backticks_are_code_and_nothing_else_is_markup() {
        assert_eq!(code("use `a<b>` & \"c\""), "use <code>a&lt;b&gt;</code> &amp; &quot;c&quot;");
        assert_eq!(code("it`s <i>"), "it`s &lt;i&gt;");
        assert_eq!(size(&12_528), "12.2 KiB");
    }
}
