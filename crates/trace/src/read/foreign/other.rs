//! JSON that is no trace, such as the files of editors, builds and web services: asked for only where no format knows it.

use super::Foreign;
use super::Mark::{Has, Holds, Inside, Is, Lacks};
use super::table::foreign;

const NO_TRACE: &str = "It holds no conversation of an agent. Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages.";
const LOG: &str = "It says what the program did, not what was said. Export the session through OpenTelemetry (OTLP), or log each request to the model with its response, as JSON Lines of `{\"request\": …, \"response\": …}`.";
const PEOPLE: &str =
    "It does not say which words are of an agent. Convert them to OpenAI chat messages, with `role` and `content`.";
const STRANDS: &str = "Export the messages of the agent as one list: `json.dump(agent.messages, file)`.";

pub static ALL: &[Foreign] = &[
    foreign(
        "a recording of web traffic (HAR) without requests to a model",
        "Record the requests to `/chat/completions`, `/v1/messages`, `/responses` or `:generateContent` with their contents, or export the session through OpenTelemetry (OTLP).",
        &[&[Holds("log.entries"), Has("log.version")]],
    ),
    foreign(
        "the state of an agent of Strands",
        STRANDS,
        &[
            &[Has("agent_id"), Holds("conversation_manager_state")],
            &[Has("agent_id"), Holds("state"), Has("created_at")],
        ],
    ),
    foreign(
        "the description of a Strands session",
        STRANDS,
        &[&[Has("session_id"), Has("session_type"), Has("created_at")]],
    ),
    foreign(
        "a stream of LangGraph in the mode `updates`",
        "Write the state at the end: `json.dump(messages_to_dict(graph.get_state(config).values[\"messages\"]), file)`.",
        &[
            &[Inside(&[Has("messages.0.content"), Is("messages.0.type", &["ai", "human", "tool", "constructor"])])],
            &[Inside(&[Has("messages.0.kwargs.content"), Is("messages.0.type", &["constructor"])])],
        ],
    ),
    foreign(
        "the result of a run of the AI SDK, or its steps",
        "It does not hold what was asked. Write the messages of the conversation: those that the run was given and, behind them, `result.response.messages`.",
        &[
            &[Holds("content"), Has("finishReason"), Has("usage"), Holds("response")],
            &[Holds("steps.0.content"), Has("steps.0.finishReason")],
        ],
    ),
    foreign("a Jupyter notebook", NO_TRACE, &[&[Has("nbformat"), Holds("cells")]]),
    foreign("an OpenAPI document", NO_TRACE, &[&[Has("openapi"), Holds("paths")], &[Has("swagger"), Holds("paths")]]),
    foreign(
        "a description of a package (package.json)",
        NO_TRACE,
        &[
            &[Has("name"), Has("version"), Holds("dependencies")],
            &[Has("name"), Has("version"), Holds("devDependencies")],
            &[Has("name"), Has("version"), Holds("scripts")],
        ],
    ),
    foreign(
        "a lock file of a package manager",
        NO_TRACE,
        &[&[Has("lockfileVersion")], &[Holds("packages"), Has("content-hash")]],
    ),
    foreign(
        "a configuration of the TypeScript compiler (tsconfig.json)",
        NO_TRACE,
        &[&[Holds("compilerOptions")], &[Has("extends"), Holds("include")]],
    ),
    foreign("a configuration of MCP servers", NO_TRACE, &[&[Holds("mcpServers")]]),
    foreign(
        "spans of Zipkin",
        "Export the trace through OpenTelemetry (OTLP), with the content of messages and tool calls.",
        &[
            &[Has("traceId"), Has("id"), Holds("localEndpoint")],
            &[Has("traceId"), Has("id"), Has("timestamp"), Has("duration"), Lacks("spans")],
        ],
    ),
    foreign(
        "a performance profile (Chrome trace events)",
        NO_TRACE,
        &[&[Has("traceEvents.0.ph")], &[Has("ph"), Has("ts"), Has("pid")]],
    ),
    foreign(
        "a log of AWS CloudTrail",
        LOG,
        &[&[Has("Records.0.eventSource"), Has("Records.0.eventName")], &[Has("eventSource"), Has("eventName")]],
    ),
    foreign(
        "events of Kubernetes",
        LOG,
        &[&[Is("items.0.kind", &["Event"])], &[Is("kind", &["Event"]), Has("involvedObject")]],
    ),
    foreign(
        "events of Stripe",
        NO_TRACE,
        &[
            &[Is("object", &["event"]), Has("type"), Holds("data.object")],
            &[Is("object", &["list"]), Is("data.0.object", &["event"])],
        ],
    ),
    foreign("a JSON schema", NO_TRACE, &[&[Has("$schema"), Holds("properties")]]),
    foreign(
        "GeoJSON",
        NO_TRACE,
        &[&[Is("type", &["FeatureCollection"]), Holds("features")], &[Is("type", &["Feature"]), Holds("geometry")]],
    ),
    foreign(
        "the result of a code analysis (SARIF)",
        NO_TRACE,
        &[&[Has("version"), Holds("runs.0.tool"), Holds("runs")]],
    ),
    foreign("a state of Terraform", NO_TRACE, &[&[Has("terraform_version"), Holds("resources")]]),
    foreign("a manifest of Kubernetes", NO_TRACE, &[&[Has("apiVersion"), Has("kind")]]),
    foreign(
        "a collection of Postman",
        NO_TRACE,
        &[&[Has("info.schema"), Holds("item")], &[Has("info._postman_id"), Holds("item")]],
    ),
    foreign("an answer of Prometheus", NO_TRACE, &[&[Has("status"), Has("data.resultType")]]),
    foreign(
        "an answer of Elasticsearch",
        "If the hits are records of a trace, write the `_source` of each as a line: `jq -c '.hits.hits[]._source'`.",
        &[&[Holds("hits.hits")], &[Has("_index"), Has("_id"), Holds("_source")]],
    ),
    foreign(
        "an export of Slack",
        PEOPLE,
        &[
            &[Is("messages.0.type", &["message"]), Has("messages.0.ts")],
            &[Is("type", &["message"]), Has("ts"), Has("user")],
        ],
    ),
    foreign("an export of Discord", PEOPLE, &[&[Has("channel.id"), Has("messages.0.author")]]),
    foreign("a list of posts", PEOPLE, &[&[Has("text"), Has("created_at"), Has("user.name")]]),
    foreign(
        "a set of preferences for training",
        PEOPLE,
        &[&[Has("prompt"), Has("chosen"), Has("rejected")], &[Has("chosen"), Has("rejected")]],
    ),
    foreign(
        "definitions of tools without a conversation",
        "Pass the record of a session in which they were called.",
        &[&[Holds("tools.0.function")], &[Is("type", &["function"]), Holds("function.parameters")]],
    ),
    foreign(
        "a list of emails",
        PEOPLE,
        &[&[Has("messages.0.subject"), Has("messages.0.from")], &[Has("subject"), Has("from"), Has("to")]],
    ),
    foreign(
        "a list of issues",
        PEOPLE,
        &[
            &[Has("title"), Has("body"), Has("user.login")],
            &[Has("issues.0.key"), Holds("issues.0.fields")],
            &[Has("key"), Holds("fields.status")],
        ],
    ),
    foreign("a set of instructions with their answers", PEOPLE, &[&[Has("instruction"), Has("output")]]),
    foreign(
        "a set of questions with their answers",
        PEOPLE,
        &[&[Has("question"), Has("answer")], &[Has("data.0.paragraphs.0.qas")]],
    ),
    foreign(
        "a log of a program as JSON",
        LOG,
        &[
            &[Has("level"), Has("msg")],
            &[Has("level"), Has("message")],
            &[Has("severity"), Has("message")],
            &[Has("severity"), Has("textPayload")],
            &[Has("levelname"), Has("message")],
            &[Has("level"), Has("event")],
            &[Has("log.level"), Has("message")],
            &[Has("@timestamp"), Has("message")],
            &[Has("MESSAGE"), Has("__REALTIME_TIMESTAMP")],
        ],
    ),
];

#[cfg(test)]
mod tests {
    use crate::{Evidence, ReadError, read};

    #[test]
    fn files_of_other_programs_are_refused_by_what_they_are() {
        for (text, name) in [
            (r#"{"name":"desk","lockfileVersion":3,"packages":{"":{"name":"desk"}}}"#, "a lock file"),
            (r#"{"compilerOptions":{"strict":true}}"#, "tsconfig"),
            (r#"{"mcpServers":{"desk":{"command":"desk","args":[]}}}"#, "MCP servers"),
            (
                r#"[{"traceId":"1","id":"2","name":"get","timestamp":1777888800000000,"duration":10,"localEndpoint":{"serviceName":"desk"},"tags":{}}]"#,
                "Zipkin",
            ),
            (r#"{"traceEvents":[{"name":"draw","ph":"B","ts":1,"pid":1,"tid":1}]}"#, "a performance profile"),
            (
                r#"{"Records":[{"eventVersion":"1.08","eventTime":"2026-05-04T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject"}]}"#,
                "CloudTrail",
            ),
            (
                r#"{"kind":"List","items":[{"kind":"Event","message":"Pulled","reason":"Pulled","type":"Normal"}]}"#,
                "Kubernetes",
            ),
            (
                r#"{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","amount":5}},"created":1777888800}"#,
                "Stripe",
            ),
            (
                r#"{"guild":{"id":"1"},"channel":{"id":"2"},"messages":[{"id":"1","type":"Default","timestamp":"2026-05-04T10:00:00Z","content":"hello","author":{"id":"1","name":"ann"}}]}"#,
                "Discord",
            ),
            (
                "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\n{\"prompt\":\"d\",\"chosen\":\"e\",\"rejected\":\"f\"}",
                "preferences",
            ),
            (r#"{"tools":[{"type":"function","function":{"name":"pay","parameters":{}}}]}"#, "definitions of tools"),
        ] {
            let error = read(&[Evidence::new("f.json", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains(name)), "{error}");
            assert!(error.to_string().len() < 400, "{error}");
        }
        let unknown = read(&[Evidence::new("f.json", br#"{"left":1,"right":[2]}"#.to_vec())]).expect_err("no format");
        assert!(unknown.to_string().len() < 300 && unknown.to_string().contains("left, right"), "{unknown}");
    }
}
