//! Phrases with which English-speaking users agree, hold back, refuse and choose, and agents ask.

use crate::prose::pattern;
use regex::Regex;
use std::sync::LazyLock;

fn regex(pattern: &str) -> Option<Regex> {
    pattern::compile(pattern)
}

// A reply that opens with assent. "No problem, go ahead" is one too.
pub(super) static YES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)^\W*(?:(?:great|perfect|alright|all right|okay|ok|oh|right|well|hmm|uh|um|thanks|thank you|got it|i see|no problem|hi|hello)\b[\s,.!-]*)*(?:yes|yep|yeah|yup|aye|yea|ofc|go$|go on then|sure|ok|okay|please do|please (?:proceed|go ahead|continue)|go ahead|go for it|do it|do that|confirm(?:ed)?|i confirm|i (?:do )?agree|agreed|approved?|absolutely|definitely|of course|correct|exactly|right|sounds (?:good|right|great|perfect|fine)|that(?:'s| is) (?:fine|right|correct|good|ok|okay|perfect)|that works|works for me|looks (?:good|right|great|correct)|proceed|let's (?:do|go)|perfect|great|fine|good|both|all of them)\b",
    )
});
pub(super) static YES_ANYWHERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:go ahead|please proceed|proceed with|you can proceed|i(?:'d| would)? (?:like|want) to proceed|i confirm|i approve|(?:that's|it's) approved|approved|yes,? (?:please|i|that|go|do|confirm|cancel|send|book|both)|i'm sure|go for it|do it|let's do (?:it|that|this)|confirmed|sounds good|i agree|please do (?:it|that|so)|i'd like to (?:go|move) (?:ahead|forward)|let's go (?:ahead|with))\b",
    )
});
/// "D09 please, yes, move her": true for a yes inside few words.
pub(super) fn has_short_yes(text: &str) -> bool {
    /// So many characters may stand on both sides of it.
    const MOST: usize = 60;
    let few = |t: &str| !t.contains(['?', '\n']) && t.chars().count() <= MOST;
    let folded = text.to_ascii_lowercase();
    folded.match_indices("yes").any(|(at, yes)| {
        let (mut before, after) = (text[..at].chars(), &text[at + yes.len()..]);
        let opens = before.next_back().is_some_and(|c| c.is_whitespace() || matches!(c, ',' | ';'));
        let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        opens && ends && few(before.as_str()) && few(after)
    })
}
// A reply that holds the action back, or takes a yes back. Read after the last word of assent.
pub(super) static HOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:let me (?:think|check|see|ask|read|look|review)|think about it|think it over|not yet|not now|hold (?:it|off|on|that)|(?:actually |please |no,? )wait\b|^wait\b|stop\b|(?:don't|do not) (?:\w+ ){0,4}(?:yet|anything|it|that)|before (?:anything|you (?:send|do|book|cancel)|it goes|sending|we proceed)|read it over|look (?:it|that) over|(?:to|can i) (?:review|see) it first|need to (?:ask|check with|talk)\b|never ?mind\b|changed my mind|i'd rather not\b|(?:leave|keep) it(?: as| the way| for now|[.!,]|$))",
    )
});
pub(super) static NO: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)^\W*(?:no|nope|nah|never|don't|do not|stop)\b"));
pub(super) static CONDITION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:only if|but only|as long as|provided (?:that|it)|unless|on condition|if (?:it's|it is|that's) free)\b",
    )
});
pub(super) static FREE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:nothing|free|no (?:fee|charge|cost|penalty)|without (?:a )?(?:fee|charge|cost|penalty))\b")
});
// The verb in the agent's question, to tell "shall I check the fee?" from "shall I cancel?".
pub(super) static QUESTION_VERB: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:shall i|should i|may i|can i|could i|do you want me to|would you like me to|want me to|like me to|i can|i could)\s+(?:also |just |now |please |then )*(\w+)",
    )
});
pub(super) static CHOICE: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)\b(?:either|which(?: one)?|one of)\b"));
pub(super) static ALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)\b(?:both|all|each|every|everything|two|three)\b"));
// A question that goes on with what was spoken of: "would you like to proceed?"
pub(super) static PROCEED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:proceed|go ahead|move forward|continue|finali[sz]e|complete (?:this|the)|please confirm|do you confirm|confirm (?:this|these|if|that|to|the)|should i|shall i|(?:want|like) me to)\b",
    )
});
pub(super) static GO_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:proceed|go ahead|move forward|continue|finali[sz]e|please confirm|do you confirm|confirm (?:this|these|if|that))\b",
    )
});
pub(super) static IDENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:am i speaking|is this|are you the|account holder|verify (?:your|that)|confirm (?:your|that you)|is (?:that|this) (?:your|the correct)|your (?:full )?name|date of birth|anything else)\b",
    )
});

/// Where a phrase stands in a text.
pub(super) fn found(regex: &LazyLock<Option<Regex>>, text: &str) -> Option<(usize, usize)> {
    regex.as_ref()?.find(text).map(|m| (m.start(), m.end()))
}
