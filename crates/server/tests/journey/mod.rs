//! From the first start to an approved retro, and what happens beside the way.

mod actions;
mod approval;
mod closing;
mod conflict;
mod demo;
mod drafting;
mod due;
mod emergency;
mod examples;
mod leads;
mod light;
mod masking;
mod meanwhile;
mod reminders;
mod returns;
mod succession;
mod whole;

use crate::support::people::Person;

/// The fields of a form whose names begin with a part, each with a value.
fn set<'a>(form: &'a [(String, String)], part: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().filter(|(name, _)| name.starts_with(part)).map(|(name, _)| (name.as_str(), value)).collect()
}

/// Changes a section of a retro through its form, as it stands now.
async fn edit(person: &Person, number: i64, section: &str, changes: &[(&str, &str)]) {
    let path = format!("/incidents/{number}/retro/{section}/edit");
    let saved = person.client.fill(&path, &path, changes).await.is(303);
    assert_eq!(saved.leads(), format!("/incidents/{number}/retro#{section}"));
}
