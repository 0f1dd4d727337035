//! The table of JSON formats that are known and not read.

use super::Mark::{Among, Has, Holds, Is, Lacks, Starts};
use super::{Foreign, INSTEAD, Mark};

const CHAT: &str = "Convert its messages to OpenAI chat messages.";

const OTLP: &str = "Export the trace through OpenTelemetry (OTLP).";

const STATE: &str = "Write the state at the end: `json.dump(messages_to_dict(graph.get_state(config).values[\"messages\"]), file)`. Export the runs from LangSmith otherwise.";

const MEMORY: &str = "Write the messages of the memory: `json.dump([m.model_dump(mode=\"json\") for m in await memory.aget_all()], file)`. Export the session through OpenTelemetry (OTLP) otherwise.";

const LANGCHAIN_EVENTS: &[&str] = &[
    "on_chain_start",
    "on_chain_stream",
    "on_chain_end",
    "on_chat_model_start",
    "on_chat_model_stream",
    "on_chat_model_end",
    "on_tool_start",
    "on_tool_end",
    "on_tool_error",
];
const LANGCHAIN4J: &[&str] = &["SYSTEM", "USER", "AI", "TOOL_EXECUTION_RESULT", "CUSTOM"];
const COHERE: &[&str] = &["USER", "CHATBOT", "SYSTEM", "TOOL"];

const REALTIME: &[&str] = &[
    "conversation.item.create",
    "conversation.item.created",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
    "response.output_audio_transcript.done",
    "response.audio_transcript.done",
    "input_audio_buffer.committed",
];

pub const fn foreign(name: &'static str, instead: &'static str, marks: &'static [&'static [Mark]]) -> Foreign {
    Foreign { name, instead, marks }
}

pub static ALL: &[Foreign] = &[
    // Observability.
    foreign(
        "a Helicone request",
        CHAT,
        &[&[Has("request_body"), Has("response_body")], &[Has("data.0.request_body"), Has("data.0.response_body")]],
    ),
    foreign(
        "an Azure Monitor query",
        "Export the spans through OpenTelemetry (OTLP).",
        &[&[Holds("tables.0.columns"), Holds("tables.0.rows")]],
    ),
    // Frameworks and APIs.
    foreign(
        "the state of an AutoGen team",
        "Pass the result of the run, or the state of one agent. Convert its messages to OpenAI chat messages otherwise.",
        &[&[Is("type", &["TeamState", "SocietyOfMindAgentState"]), Holds("agent_states")]],
    ),
    foreign(
        "a stream of LangGraph in the mode `debug`",
        STATE,
        &[&[Is("type", &["checkpoint", "task", "task_result"]), Has("step"), Has("timestamp"), Holds("payload")]],
    ),
    foreign("a stream of LangGraph in the mode `messages`", STATE, &[&[Has("0.type"), Has("1.langgraph_node")]]),
    foreign(
        "events of LangChain (`astream_events`)",
        STATE,
        &[&[Is("event", LANGCHAIN_EVENTS), Has("run_id"), Holds("data")]],
    ),
    foreign(
        "events of a LlamaIndex workflow",
        MEMORY,
        &[
            &[Has("current_agent_name"), Holds("response.blocks")],
            &[Has("current_agent_name"), Holds("input.0.blocks")],
            &[Has("tool_name"), Has("tool_id"), Holds("tool_output.blocks")],
            &[Has("tool_name"), Has("tool_id"), Holds("tool_kwargs")],
        ],
    ),
    foreign(
        "the context of a LlamaIndex workflow",
        MEMORY,
        &[
            &[Has("is_running"), Holds("workers"), Holds("state")],
            &[Has("is_running"), Holds("queues"), Holds("globals")],
        ],
    ),
    foreign(
        "the output of a CrewAI crew",
        "Pass the messages of a task, which are in it: `jq '.tasks_output[0].messages'`.",
        &[&[Has("raw"), Holds("tasks_output")]],
    ),
    foreign("a Semantic Kernel chat history", CHAT, &[&[Has("Role.Label"), Holds("Items")]]),
    foreign(
        "a log of OpenAI Realtime events",
        INSTEAD,
        &[
            &[Is("type", REALTIME), Lacks("role"), Holds("item")],
            &[Is("type", REALTIME), Lacks("role"), Has("item_id")],
            &[Is("type", &["session.created", "session.updated"]), Has("session.model")],
        ],
    ),
    foreign(
        "a flattened LangSmith table as JSON",
        "Export the runs with `inputs` and `outputs` as objects, or write the table as CSV.",
        &[
            &[Has("run_type"), Starts("inputs."), Lacks("inputs")],
            &[Has("run_type"), Starts("outputs."), Lacks("outputs")],
        ],
    ),
    foreign("a LangWatch trace", OTLP, &[&[Has("trace_id"), Has("timestamps.started_at"), Holds("spans.0.input")]]),
    foreign(
        "a HoneyHive export",
        OTLP,
        &[
            &[Has("events.0.event_type"), Has("events.0.event_id"), Holds("events.0.inputs")],
            &[Has("event_type"), Has("event_id"), Holds("inputs"), Has("session_id")],
        ],
    ),
    foreign("a promptfoo result", CHAT, &[&[Has("evalId"), Holds("results.results")]]),
    foreign(
        "a log of OpenAI Evals",
        CHAT,
        &[&[Has("run_id"), Has("event_id"), Has("sample_id"), Has("type"), Has("data")]],
    ),
    foreign("a set of DeepEval test cases", CHAT, &[&[Has("input"), Has("actual_output")]]),
    foreign(
        "a Ragas data set",
        CHAT,
        &[
            &[Holds("user_input.0"), Has("user_input.0.type")],
            &[Has("user_input"), Has("response"), Holds("retrieved_contexts")],
        ],
    ),
    foreign(
        "a CrewAI task log",
        OTLP,
        &[&[Has("task"), Has("agent"), Is("status", &["started", "completed", "failed"]), Has("timestamp")]],
    ),
    foreign(
        "the memory of a smolagents agent as messages",
        "Export the steps of the run instead: `agent.memory.get_full_steps()`, or `RunResult.dict()`.",
        &[
            &[Among("", "role", &["tool-call", "tool-response"])],
            &[Among("messages", "role", &["tool-call", "tool-response"])],
        ],
    ),
    foreign(
        "a single message of a Strands session",
        "Export the messages of the session as one list, in the order of `message_id`: `agent.messages`.",
        &[&[Has("message_id"), Has("message.role"), Holds("message.content"), Has("created_at"), Has("updated_at")]],
    ),
    foreign(
        "a history of DSPy's model calls",
        CHAT,
        &[&[Holds("messages"), Holds("outputs"), Has("model_type"), Has("uuid")]],
    ),
    foreign(
        "a LangChain4j chat memory",
        CHAT,
        &[
            &[Is("0.type", LANGCHAIN4J), Holds("0.contents")],
            &[Is("0.type", LANGCHAIN4J), Has("0.text"), Is("1.type", LANGCHAIN4J)],
            &[Is("type", LANGCHAIN4J), Holds("toolExecutionRequests")],
        ],
    ),
    foreign(
        "a data set of Azure AI evaluation",
        CHAT,
        &[
            &[Has("query.0.role"), Has("response.0.role")],
            &[Has("query"), Has("response.0.role"), Holds("tool_definitions")],
        ],
    ),
    foreign("a LlamaIndex chat store", CHAT, &[&[Has("class_name"), Holds("store")]]),
    foreign(
        "a Cohere v1 chat history",
        CHAT,
        &[
            &[Is("chat_history.0.role", COHERE), Has("chat_history.0.message")],
            &[Is("0.role", COHERE), Has("0.message")],
        ],
    ),
    foreign(
        "a Mistral conversation",
        CHAT,
        &[&[Is("object", &["conversation.history", "conversation.messages", "conversation.response"])]],
    ),
    foreign(
        "a batch of results of the Anthropic API without their requests",
        "Join each result with its request by `custom_id`, as lines of `{\"request\": …, \"response\": …}`.",
        &[&[Has("custom_id"), Is("result.type", &["succeeded", "errored", "canceled", "expired"])]],
    ),
    // Coding agents and editors.
    foreign(
        "a chat in VS Code's own store",
        "Use the command `Chat: Export Chat...`, which writes JSON.",
        &[&[Has("kind"), Holds("v.requests")]],
    ),
    foreign(
        "a Devin session",
        CHAT,
        &[
            &[Has("session.agent_mode"), Holds("nodes")],
            &[Has("session_id"), Has("messages.0.event_id"), Has("messages.0.origin")],
        ],
    ),
    foreign(
        "a CodeBuddy session",
        CHAT,
        &[
            &[Is("type", &["function_call_result"]), Has("sessionId")],
            &[Is("type", &["message"]), Has("role"), Has("sessionId")],
        ],
    ),
    foreign(
        "a Zed agent thread",
        "In Zed, open the thread as Markdown, and convert its messages to OpenAI chat messages.",
        &[
            &[Holds("messages.0.segments"), Holds("messages.0.tool_uses")],
            &[Holds("messages.0.User.content")],
            &[Holds("messages.0.Agent.content")],
            &[Has("zed"), Holds("messages")],
        ],
    ),
    foreign(
        "a Crush session",
        CHAT,
        &[&[Has("messages.0.parts.0.data"), Has("messages.0.parts.0.type"), Has("messages.0.role")]],
    ),
    foreign(
        "a Windsurf conversation",
        CHAT,
        &[&[Is("app", &["Windsurf", "Antigravity"]), Holds("conversation.messages")]],
    ),
    // Chat programs.
    foreign("an Open WebUI export", CHAT, &[&[Holds("chat.history.messages")], &[Holds("0.chat.history.messages")]]),
    foreign(
        "a LibreChat export",
        CHAT,
        &[&[Has("conversationId"), Has("messages.0.messageId"), Has("messages.0.isCreatedByUser")]],
    ),
    foreign("an LM Studio conversation", CHAT, &[&[Holds("messages.0.versions"), Has("messages.0.currentlySelected")]]),
    foreign("a Google AI Studio prompt", CHAT, &[&[Holds("chunkedPrompt.chunks")]]),
    foreign(
        "a DeepSeek export",
        CHAT,
        &[&[Holds("mapping.1.message.fragments")], &[Holds("0.mapping.1.message.fragments")]],
    ),
    // Support desks and dialog platforms.
    foreign("an Intercom conversation", CHAT, &[&[Holds("conversation_parts.conversation_parts"), Holds("source")]]),
    foreign("the comments of a Zendesk ticket", CHAT, &[&[Has("comments.0.author_id"), Has("comments.0.body")]]),
    foreign(
        "an Amazon Lex conversation log",
        CHAT,
        &[
            &[Has("inputTranscript"), Has("sessionId"), Has("requestId")],
            &[Has("inputTranscript"), Holds("interpretations")],
        ],
    ),
    foreign(
        "a Dialogflow conversation",
        CHAT,
        &[&[Holds("interactions.0.request.queryInput")], &[Has("responseId"), Holds("queryResult")]],
    ),
    foreign(
        "a Voiceflow transcript",
        CHAT,
        &[&[Has("0.turnID"), Has("0.type"), Has("0.format")], &[Has("turnID"), Has("type"), Has("format")]],
    ),
    // Data sets and benchmarks.
    foreign(
        "a dialogue of Schema-Guided Dialogue or MultiWOZ 2.2",
        CHAT,
        &[&[Has("dialogue_id"), Has("turns.0.utterance"), Has("turns.0.speaker")]],
    ),
    foreign("a dialogue of Taskmaster", CHAT, &[&[Has("utterances.0.speaker"), Has("utterances.0.text")]]),
    foreign(
        "a set of ABCD dialogues",
        CHAT,
        &[&[Has("train.0.convo_id"), Holds("train.0.original")], &[Has("convo_id"), Holds("original")]],
    ),
    foreign(
        "an API-Bank dialogue",
        CHAT,
        &[&[Is("role", &["API"]), Has("api_name")], &[Is("0.role", &["User", "AI", "API"]), Has("0.text")]],
    ),
    foreign(
        "a result of the Berkeley Function-Calling Leaderboard",
        CHAT,
        &[
            &[Has("id"), Has("result"), Holds("inference_log")],
            &[Has("id"), Has("result"), Has("input_token_count"), Has("latency")],
        ],
    ),
    foreign("a set of xLAM function calls", CHAT, &[&[Has("query"), Has("answers"), Has("tools")]]),
    foreign("a Glaive function-calling data set", CHAT, &[&[Has("system"), Has("chat"), Lacks("messages")]]),
    foreign("a run of AgentBench", CHAT, &[&[Has("index"), Holds("output.history"), Has("output.status")]]),
    foreign("a MultiWOZ 2.1 dialogue", CHAT, &[&[Has("log.0.text"), Holds("log.0.metadata")]]),
    // Voice and support.
    foreign("a TalkPilot webhook", CHAT, &[&[Is("event", &["call_ended"]), Lacks("call"), Has("transcript.0.text")]]),
];
