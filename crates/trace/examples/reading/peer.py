"""What one would write in Python to read these files: parse, walk the records, and keep a list of events.

usage: peer.py FORMAT FOLDER; needs orjson, and for OTLP protobuf: protobuf, opentelemetry-proto

For each line on its input it reads all files of the folder, from memory, and prints the processor time in nanoseconds, then
how many words, calls and calls with a result it found.
"""

import sys
import time
from datetime import datetime
from pathlib import Path

import orjson


class Session:
    """Events in order; a call is a dictionary that its result is put into."""

    def __init__(self):
        self.events = []
        self.calls = {}

    def say(self, who, text, at=None):
        self.events.append({"who": who, "text": text, "time": at})

    def call(self, call_id, name, arguments, at=None):
        event = {"who": "assistant", "call": name, "arguments": arguments, "id": call_id, "time": at, "result": None}
        self.calls[call_id] = event
        self.events.append(event)

    def result(self, call_id, content, at=None):
        call = self.calls.get(call_id)
        if call is not None:
            call["result"] = content
        self.events.append({"who": "tool", "id": call_id, "text": content, "time": at})


def chat(data):
    for line in data.splitlines():
        session = Session()
        for message in orjson.loads(line)["messages"]:
            role = message["role"]
            if role == "tool":
                session.result(message["tool_call_id"], message["content"])
                continue
            if message.get("content"):
                session.say(role, message["content"])
            for call in message.get("tool_calls") or ():
                function = call["function"]
                session.call(call["id"], function["name"], orjson.loads(function["arguments"]))
        yield session


def joined(content):
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def claude(data):
    session = Session()
    for line in data.splitlines():
        record = orjson.loads(line)
        kind = record["type"]
        if kind not in ("user", "assistant"):
            continue
        at = datetime.fromisoformat(record["timestamp"])
        content = record["message"]["content"]
        if isinstance(content, str):
            session.say(kind, content, at)
            continue
        for part in content:
            if part["type"] == "text":
                session.say(kind, part["text"], at)
            elif part["type"] == "tool_use":
                session.call(part["id"], part["name"], part["input"], at)
            elif part["type"] == "tool_result":
                session.result(part["tool_use_id"], joined(part["content"]), at)
    yield session


def codex(data):
    session = Session()
    for line in data.splitlines():
        record = orjson.loads(line)
        if record["type"] != "response_item":
            continue
        at = datetime.fromisoformat(record["timestamp"])
        item = record["payload"]
        kind = item["type"]
        if kind == "message":
            session.say(item["role"], joined(item["content"]), at)
        elif kind == "function_call":
            session.call(item["call_id"], item["name"], orjson.loads(item["arguments"]), at)
        elif kind == "function_call_output":
            session.result(item["call_id"], item["output"], at)
    yield session


def traces(spans):
    """Sessions from spans of GenAI conventions: each is a trace, a start and attributes."""
    by_trace = {}
    for trace, start, attributes in spans:
        by_trace.setdefault(trace, []).append((start, attributes))
    for found in by_trace.values():
        session = Session()
        told = 0
        for start, attributes in sorted(found, key=lambda pair: pair[0]):
            operation = attributes.get("gen_ai.operation.name")
            if operation == "chat":
                history = orjson.loads(attributes["gen_ai.input.messages"])
                answer = orjson.loads(attributes["gen_ai.output.messages"])
                # Every request repeats what was said before.
                for message in history[told:] + answer:
                    for part in message["parts"]:
                        if part["type"] == "text":
                            session.say(message["role"], part["content"], start)
                        elif part["type"] == "tool_call" and part["id"] not in session.calls:
                            session.call(part["id"], part["name"], part["arguments"], start)
                told = len(history) + len(answer)
            elif operation == "execute_tool":
                session.result(attributes["gen_ai.tool.call.id"], attributes["gen_ai.tool.call.result"], start)
        yield session


def otlp_json(data):
    def value(wrapped):
        (kind, inner), = wrapped.items()
        return int(inner) if kind == "intValue" else inner

    def spans():
        for group in orjson.loads(data)["resourceSpans"]:
            for scope in group["scopeSpans"]:
                for span in scope["spans"]:
                    attributes = {pair["key"]: value(pair["value"]) for pair in span["attributes"]}
                    yield span["traceId"], int(span["startTimeUnixNano"]), attributes

    return traces(spans())


def otlp_protobuf(data):
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    def value(wrapped):
        return getattr(wrapped, wrapped.WhichOneof("value"))

    def spans():
        for group in TracesData.FromString(data).resource_spans:
            for scope in group.scope_spans:
                for span in scope.spans:
                    attributes = {pair.key: value(pair.value) for pair in span.attributes}
                    yield span.trace_id, span.start_time_unix_nano, attributes

    return traces(spans())


READERS = {"chat": chat, "claude": claude, "codex": codex, "otlp-json": otlp_json, "otlp-protobuf": otlp_protobuf}


def main():
    reader = READERS[sys.argv[1]]
    files = [path.read_bytes() for path in sorted(Path(sys.argv[2]).iterdir())]
    for _ in sys.stdin:
        start = time.process_time_ns()
        words = calls = results = 0
        for data in files:
            for session in reader(data):
                for event in session.events:
                    if "call" in event:
                        calls += 1
                        results += event["result"] is not None
                    elif event["who"] != "tool":
                        words += 1
        print(time.process_time_ns() - start, words, calls, results, flush=True)


main()
