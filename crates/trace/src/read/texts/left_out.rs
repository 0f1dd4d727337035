//! What reads like words and is left out on purpose: it is about the session, and nobody said it there.

use crate::json::Value;
use crate::payload;

/// The end of a field: the text stands right under the last key.
const ITSELF: &str = "";

/// Fields of any format: keys one below the other, with all that is below them.
const ANYWHERE: &[&[&str]] = &[
    // Where a program failed. What failed is in the message beside it.
    &["exception.stacktrace"],
    &["stacktrace"],
    // What a tool or an agent is good for, where its call or its work is told.
    &["gen_ai.tool.description"],
    &["tool.description"],
    &["tool.parameters"],
    &["gen_ai.agent.description"],
    // Names of spans, tools and agents may be sentences.
    &["name", ITSELF],
    // The name of a span once more, filled in.
    &["logfire.msg"],
    &["logfire.msg_template"],
];

/// Fields of one format.
const OF_FORMAT: &[(&str, &[&[&str]])] = &[
    // Which kind of operation failed; why is beside it.
    ("openai-agents", &[&["error", "message"]]),
    // A heading over a thought; what the tool of a call is good for.
    ("gemini-cli", &[&["thoughts", "subject"], &["toolCalls", "description"]]),
    // The exit code in words.
    ("openhands", &[&["metadata", "suffix"]]),
    // What the platform wrote behind the call, and the conversation again as one text.
    ("vapi", &[&["summary", ITSELF], &["analysis"], &["transcript", ITSELF]]),
    // The result of a call again, or that there is none, which its state tells; files as they were and as they are, without the numbers of lines that
    // the model saw; all that a command wrote, of which the model may have seen a part.
    (
        "claude-code",
        &[
            &["toolUseResult", ITSELF],
            &["toolUseResult", "originalFile"],
            &["toolUseResult", "file"],
            &["toolUseResult", "structuredPatch"],
            &["toolUseResult", "stdout"],
            &["toolUseResult", "stderr"],
        ],
    ),
    // What the agent was about to say when it was interrupted.
    ("elevenlabs", &[&["original_message"]]),
    // Labels: what a simulated user is told to want, what is expected, what is planted.
    ("tau-bench", &[&["info"]]),
    ("agentdojo", &[&["injections"]]),
    ("r-judge", &[&["goal"], &["risk_description"]]),
    // Scores of an evaluation, with their reasons.
    ("inspect", &[&["scores"], &["score"], &["reductions"]]),
    ("langfuse", &[&["scores"]]),
];

/// How texts begin and end that become a mark or a join in a session, by their format.
const MARKS: [(&str, &str, &str); 4] = [
    ("claude-code", "[Request interrupted by user", "]"),
    ("cline", "[Response interrupted by", "]"),
    ("cline", "[", "] Result:"),
    ("swe-agent", "Old environment output: (", "lines omitted)"),
];

/// What a framework says by itself, always alike, in the middle of a text that is told.
pub const ALWAYS_SAID: [&str; 1] = [
    // smolagents, behind an error.
    "Now let's retry: take care not to repeat previous errors! If you have retried several times, try a completely different approach.",
];

/// True for a field that is left out on purpose.
pub fn is(format: &str, keys: &[&str]) -> bool {
    let of_format = OF_FORMAT.iter().filter(|(name, _)| *name == format).flat_map(|(_, fields)| fields.iter());
    ANYWHERE.iter().chain(of_format).any(|field| match field.split_last() {
        Some((&ITSELF, own)) => keys.ends_with(own),
        _ => keys.windows(field.len()).any(|part| part == *field),
    })
}

/// True for a text that became something else in a session: a mark, or a gap where a recorder wrote it in place of content.
pub fn is_mark(format: &str, text: &str) -> bool {
    let text = text.trim();
    payload::is_withheld(text)
        || MARKS.iter().any(|(name, from, to)| *name == format && text.starts_with(from) && text.ends_with(to))
}

/// True for a JSON Schema of an object, and for what has one: the definition of a tool, with what it is good for.
pub fn is_definition(value: Value<'_>) -> bool {
    const SCHEMAS: [&str; 5] = ["parameters", "input_schema", "inputSchema", "json_schema", "schema"];
    let is_schema = |value: Value<'_>| {
        value.get("properties").is_some_and(Value::is_object) && value.get("type").is_some_and(|kind| kind.is("object"))
    };
    is_schema(value) || SCHEMAS.iter().filter_map(|key| value.get(key)).any(is_schema)
}
