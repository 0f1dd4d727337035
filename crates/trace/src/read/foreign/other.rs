//! JSON that is no trace, such as the files of editors, builds and web services: asked for only where no format knows it.

use super::Foreign;
use super::Mark::{Has, Holds, Is};
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
    foreign(
        "a list of e-mails",
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
    foreign("a set of questions with their answers", PEOPLE, &[&[Has("question"), Has("answer")]]),
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
