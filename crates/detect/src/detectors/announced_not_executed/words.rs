//! What is announced, in the words of a title.

use crate::claims::Announcement;

/// What is announced, up to the end of its clause: "I'll let the night porter know".
pub(super) fn clause(announced: &Announcement) -> &str {
    let (sentence, cite) = (announced.sentence.text(), announced.cite.range());
    let from = cite.start.saturating_sub(announced.sentence.range().start);
    let Some(rest) = sentence.get(from..).filter(|rest| rest.starts_with(announced.cite.text())) else {
        return announced.cite.text();
    };
    let verb = announced.cite.text().len();
    let ends = [", ", "; ", ": ", " — ", " – ", " - ", " ("].iter().filter_map(|mark| rest[verb..].find(mark));
    &rest[..ends.min().map_or(rest.len(), |at| verb + at)]
}

/// "December 3", from the numbers of the month and the day.
pub(super) fn day((month, day): (u8, u8)) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::from(month).checked_sub(1).and_then(|i| MONTHS.get(i));
    name.map_or_else(|| format!("{month}/{day}"), |name| format!("{name} {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Cite;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::Text;

    /// The clause of an announcement that is made of the words between `«` and `»`.
    fn told(marked: &str) -> String {
        let from = marked.find('«').expect("a start");
        let to = marked.find('»').expect("an end") - '«'.len_utf8();
        let text = Text { text: marked.replace(['«', '»'], ""), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let cite = Cite::of(0, &text, from..to).expect("words");
        let sentence = Cite::whole(0, &text).expect("words");
        let announced = Announcement {
            event: 0,
            cite,
            sentence,
            families: Vec::new(),
            look: false,
            verb: "let".into(),
            loose: false,
        };
        clause(&announced).to_owned()
    }

    #[test]
    fn what_is_announced_is_told_to_the_end_of_its_clause() {
        assert_eq!(told("I've noted 11 pm, and «I'll let» the night porter know"), "I'll let the night porter know");
        assert_eq!(told("«I'll cancel» it now, and you get the money back"), "I'll cancel it now");
        assert_eq!(told("«Let me check»"), "Let me check");
        assert_eq!(told("«I'll send» the list — it is long"), "I'll send the list");
    }

    #[test]
    fn days_are_told_as_people_write_them() {
        assert_eq!((day((12, 3)), day((1, 31))), ("December 3".to_owned(), "January 31".to_owned()));
    }
}
