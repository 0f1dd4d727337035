use crate::test_support::{all, kinds, one, texts};
use serde_json::{Value, json};

fn user(words: &str) -> Value {
    json!({"role": "user", "content": words})
}

fn agent(words: &str) -> Value {
    json!({"role": "assistant", "content": words})
}

fn called() -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}]})
}

/// A line of a log of Chat Completions.
fn chat(n: u32, system: &str, before: &[Value], answer: &Value) -> String {
    let mut messages = vec![json!({"role": "system", "content": system})];
    messages.extend_from_slice(before);
    json!({"timestamp": format!("2026-01-05T10:00:0{n}Z"), "request": {"model": "m", "messages": messages}, "response": {"id": format!("x{n}"), "object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop", "message": answer}]}}).to_string()
}

#[test]
fn requests_that_repeat_the_conversation_are_one_session() {
    let result = json!({"role": "tool", "tool_call_id": "c1", "content": "pending"});
    let turns = [user("Refund me"), called(), result, agent("It is pending."), user("Thanks")];
    let log = [
        chat(1, "It is ten.", &turns[..1], &turns[1]),
        chat(2, "It is ten.", &turns[..3], &turns[3]),
        chat(3, "It is noon.", &turns, &agent("Bye.")),
    ];
    let trace = one("log.jsonl", &log.join("\n"));
    let told: Vec<_> = texts(&trace).into_iter().filter(|text| !text.starts_with("It is n")).collect();
    assert_eq!(told, ["It is ten.", "Refund me", "It is pending.", "Thanks", "Bye."]);
    assert_eq!(kinds(&trace).iter().filter(|k| k.starts_with("call") || k.starts_with("result")).count(), 2);
    assert_eq!((trace.model_calls.len(), trace.key.as_str()), (3, "log.jsonl#1"));
}

#[test]
fn unrelated_conversations_stay_apart_even_where_they_begin_alike() {
    let log = [
        chat(1, "S", &[user("Hi")], &agent("Hello")),
        chat(2, "S", &[user("Hi")], &agent("Hello")),
        chat(3, "S", &[user("Hi"), agent("Hello"), user("Refund me")], &agent("Done")),
        chat(4, "S", &[user("Hi"), agent("Hello"), user("Cancel it")], &agent("Canceled")),
        chat(5, "S", &[user("Hi"), agent("What is it?"), user("Nothing")], &agent("Fine")),
    ];
    let found = all("log.jsonl", &log.join("\n"));
    let told: Vec<_> = found.iter().map(|t| texts(t).last().map(|s| (*s).to_owned()).unwrap_or_default()).collect();
    assert_eq!(told, ["Done", "Canceled", "Fine"]);
}

#[test]
fn what_was_gone_on_from_is_left_to_nobody_else_while_another_waits() {
    let hello = [user("Hi"), agent("Hello")];
    let more = |words: &str| [hello[0].clone(), hello[1].clone(), user(words)];
    let log = [
        chat(1, "S", &hello[..1], &hello[1]),
        chat(2, "S", &more("Refund me"), &agent("Done")),
        chat(3, "S", &hello[..1], &hello[1]),
        chat(4, "S", &more("Cancel it"), &agent("Canceled")),
        // The same turn again, with another answer.
        chat(5, "S", &more("Cancel it"), &agent("It is canceled")),
    ];
    let found = all("log.jsonl", &log.join("\n"));
    let told: Vec<_> = found.iter().map(|t| texts(t).last().map(|s| (*s).to_owned()).unwrap_or_default()).collect();
    assert_eq!(told, ["Done", "It is canceled"]);
}

#[test]
fn the_other_apis_are_read_alike() {
    let call = json!({"type": "tool_use", "id": "t1", "name": "refund", "input": {}});
    let answer = |n: u32, content: Value| json!({"id": format!("msg_{n}"), "type": "message", "role": "assistant", "model": "m", "content": content});
    let thought = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
    let first = json!({"request": {"system": "S", "messages": [user("Refund me")]}, "response": answer(1, json!([thought, call]))});
    // What is cached is marked elsewhere in each request, and thoughts may be let go of.
    let asked = json!({"role": "user", "content": [{"type": "text", "text": "Refund me", "cache_control": {"type": "ephemeral"}}]});
    let result =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "pending"}]});
    let second = json!({"request": {"system": "S", "messages": [asked, {"role": "assistant", "content": [call]}, result]}, "response": answer(2, json!([{"type": "text", "text": "Pending."}]))});
    let trace = one("log.jsonl", &format!("{first}\n{second}\n"));
    assert_eq!(kinds(&trace), ["system", "user", "reasoning", "call refund -> 4", "result Unknown <- 3", "assistant"]);
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "refund", "arguments": "{}"});
    let response = |n: u32, output: Value| json!({"id": format!("resp_{n}"), "object": "response", "model": "m", "status": "completed", "output": output});
    let first = json!({"request": {"model": "m", "input": "Refund me"}, "response": response(1, json!([{"type": "reasoning", "summary": []}, call]))});
    let result = json!({"type": "function_call_output", "call_id": "c1", "output": "pending"});
    let said =
        json!([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Pending."}]}]);
    let second =
        json!({"request": {"model": "m", "input": [user("Refund me"), call, result]}, "response": response(2, said)});
    let trace = one("log.jsonl", &format!("{first}\n{second}\n"));
    assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Unknown <- 1", "assistant"]);
}

/// A conversation with a call, each of whose beginnings was sent to the model.
fn turns() -> [Value; 5] {
    let result = json!({"role": "tool", "tool_call_id": "c1", "content": "pending"});
    [user("Refund me"), called(), result, agent("It is pending."), user("Thanks")]
}

const TOLD: [&str; 5] = ["user", "call refund -> 2", "result Unknown <- 1", "assistant", "user"];

#[test]
fn requests_alone_are_one_session_where_each_holds_the_one_before() {
    let turns = turns();
    let lines = |line: &dyn Fn(&[Value]) -> Value, of: &[&[Value]]| -> String {
        of.iter().map(|turns| format!("{}\n", line(turns))).collect()
    };
    let parts = [&turns[..1], &turns[..3], &turns[..]];
    let chat = |turns: &[Value]| json!({"model": "m", "messages": turns});
    let bare = |turns: &[Value]| json!(turns);
    assert_eq!(kinds(&one("l.jsonl", &lines(&chat, &parts))), TOLD);
    assert_eq!(kinds(&one("l.jsonl", &lines(&bare, &parts))), TOLD);
    // A state that is written once more is the same one.
    assert_eq!(kinds(&one("l.jsonl", &lines(&chat, &[parts[0], parts[1], parts[1], parts[2], parts[2]]))), TOLD);
    let call =
        json!({"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "refund", "input": {}}]});
    let result =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "pending"}]});
    let blocks = [user("Refund me"), call, result, agent("It is pending."), user("Thanks")];
    let anthropic = |turns: &[Value]| json!({"model": "m", "system": "S", "messages": turns});
    let told = kinds(&one("l.jsonl", &lines(&anthropic, &[&blocks[..1], &blocks[..3], &blocks])));
    assert_eq!(told[1..], TOLD.map(|kind| kind.replace('2', "3").replace('1', "2")));
    let call = json!({"type": "function_call", "call_id": "c1", "name": "refund", "arguments": "{}"});
    let result = json!({"type": "function_call_output", "call_id": "c1", "output": "pending"});
    let items = [user("Refund me"), call, result, agent("It is pending."), user("Thanks")];
    let responses = |items: &[Value]| json!({"model": "m", "tools": [], "input": items});
    assert_eq!(kinds(&one("l.jsonl", &lines(&responses, &[&items[..1], &items[..3], &items]))), TOLD);
}

#[test]
fn requests_alone_are_joined_to_one_that_goes_on_each() {
    let chat = |turns: &[Value]| json!({"model": "m", "messages": turns}).to_string();
    let hello = [user("Hi"), agent("Hello"), user("Refund me")];
    let there = [user("Hi"), agent("Hi there"), user("Cancel it")];
    // Nothing says which of the two began with the one line.
    let found = all("l.jsonl", &[chat(&hello[..1]), chat(&hello), chat(&there)].join("\n"));
    assert_eq!(found.iter().map(|t| texts(t).len()).collect::<Vec<_>>(), [3, 3]);
    // The same words twice are two conversations.
    assert_eq!(all("l.jsonl", &[chat(&hello), chat(&hello)].join("\n")).len(), 2);
    // Rows that have IDs are known by them.
    let row = |id: &str, turns: &[Value]| json!({"id": id, "messages": turns}).to_string();
    assert_eq!(all("l.jsonl", &[row("a", &hello[..1]), row("b", &hello)].join("\n")).len(), 2);
}

#[test]
fn states_of_a_graph_that_name_no_thread_are_one_session() {
    let human = json!({"type": "human", "content": "Refund me", "id": "m1"});
    let call = json!({"type": "ai", "content": "", "id": "m2", "tool_calls": [{"name": "refund", "args": {}, "id": "c1", "type": "tool_call"}]});
    let result = json!({"type": "tool", "content": "pending", "tool_call_id": "c1", "status": "success"});
    let said = json!({"type": "ai", "content": "It is pending."});
    let list = [human, call, result, said];
    let lines: Vec<String> = [1, 1, 2, 3, 4, 4].iter().map(|&n| json!({"messages": list[..n]}).to_string()).collect();
    let trace = one("values.jsonl", &lines.join("\n"));
    assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Ok <- 1", "assistant"]);
    assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
}

#[test]
fn a_log_of_gemini_is_one_session() {
    let asked = json!({"role": "user", "parts": [{"text": "Refund both"}]});
    let thought = json!({"text": "hm", "thought": true});
    let call = |n: u32| json!({"function_call": {"name": "refund", "args": {"n": n}}});
    let calls = json!({"role": "model", "parts": [call(1), call(2)]});
    let result = |n: u32| json!({"function_response": {"name": "refund", "response": {"done": n}}});
    let results = json!({"role": "user", "parts": [result(1), result(2)]});
    let said = json!({"role": "model", "parts": [{"text": "Done."}]});
    let line = |n: u32, contents: Value, answer: &Value| {
        json!({"request": {"model": "m", "contents": contents}, "response": {"candidates": [{"content": answer, "finish_reason": "STOP"}], "response_id": format!("r{n}")}}).to_string()
    };
    let mut thinking = calls.clone();
    thinking["parts"].as_array_mut().expect("a list").insert(0, thought);
    let log = [line(1, json!([asked]), &thinking), line(2, json!([asked, calls, results]), &said)];
    let told = [
        "user",
        "reasoning",
        "call refund -> 4",
        "call refund -> 5",
        "result Unknown <- 2",
        "result Unknown <- 3",
        "assistant",
    ];
    for log in [log.join("\n"), [&log[1][..], &log[0]].join("\n"), [&log[0][..], &log[0], &log[1]].join("\n")] {
        let trace = one("log.jsonl", &log);
        assert_eq!((kinds(&trace), trace.gaps.len()), (told.map(str::to_owned).to_vec(), 0), "{log}");
    }
    // Streamed, and asked in one string.
    let pieces = json!([{"candidates": [{"content": {"role": "model", "parts": [{"text": "Do"}]}}]}, {"candidates": [{"content": {"role": "model", "parts": [{"text": "ne."}]}}]}]);
    let streamed = json!({"request": {"model": "m", "contents": [asked]}, "response": pieces}).to_string();
    let thanks = json!({"role": "user", "parts": [{"text": "Thanks"}]});
    let next = line(2, json!([asked, said, thanks]), &json!({"role": "model", "parts": [{"text": "Bye."}]}));
    assert_eq!(texts(&one("log.jsonl", &[streamed, next].join("\n"))), ["Refund both", "Done.", "Thanks", "Bye."]);
}

/// A log of four requests of one conversation.
fn log() -> [String; 4] {
    let turns = turns();
    let said = agent("Bye.");
    let more = [&turns[..], &[said.clone(), user("Wait")]].concat();
    [
        chat(1, "S", &turns[..1], &turns[1]),
        chat(2, "S", &turns[..3], &turns[3]),
        chat(3, "S", &turns, &said),
        chat(4, "S", &more, &agent("Yes?")),
    ]
}

#[test]
fn a_log_that_is_appended_to_its_own_beginning_is_told_once() {
    let log = log();
    let whole = one("log.jsonl", &log.join("\n"));
    let grown = one("log.jsonl", &[&log[..2], &log[..]].concat().join("\n"));
    assert_eq!((kinds(&grown), texts(&grown)), (kinds(&whole), texts(&whole)));
    assert_eq!((grown.model_calls.len(), grown.gaps), (4, Vec::new()));
}

#[test]
fn lines_in_another_order_are_told_in_the_order_of_the_conversation() {
    let log = log();
    let whole = one("log.jsonl", &log.join("\n"));
    let orders = [[0, 2, 1, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2], [3, 0, 2, 1]];
    // The times of the lines say the same.
    for order in orders {
        let shuffled = one("log.jsonl", &order.map(|at: usize| log[at].as_str()).join("\n"));
        assert_eq!((kinds(&shuffled), texts(&shuffled)), (kinds(&whole), texts(&whole)), "{order:?}");
        assert_eq!((shuffled.model_calls.len(), shuffled.gaps), (4, Vec::new()), "{order:?}");
    }
    let requests = |turns: &[Value]| json!({"model": "m", "messages": turns}).to_string();
    let turns = turns();
    for order in [[3, 1, 5], [5, 3, 1], [3, 5, 1]] {
        let lines = order.map(|n| requests(&turns[..n]));
        assert_eq!(kinds(&one("log.jsonl", &lines.join("\n"))), TOLD, "{order:?}");
    }
}

#[test]
fn a_run_against_a_cache_is_a_session_of_its_own() {
    let result = |words: &str| json!({"role": "tool", "tool_call_id": "c1", "content": words});
    let asked = user("Refund me");
    let turns = |words: &str| vec![asked.clone(), called(), result(words)];
    let first = chat(1, "S", std::slice::from_ref(&asked), &called());
    let one = chat(2, "S", &turns("pending"), &agent("It is pending."));
    let two = chat(3, "S", &turns("done"), &agent("It is done."));
    let told = |lines: &[&String]| -> Vec<Vec<String>> {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        let found = all("log.jsonl", &lines.join("\n"));
        found.iter().map(|trace| texts(trace).into_iter().map(str::to_owned).collect()).collect()
    };
    let each = [["S", "Refund me", "It is pending."], ["S", "Refund me", "It is done."]];
    assert_eq!(told(&[&first, &one, &first, &two]), each);
    assert_eq!(told(&[&first, &first, &one, &two]), each);
    // More than the first answer came from the cache.
    let again = |words: &str, n: u32| {
        let before = [turns("pending"), vec![agent("It is pending."), user(words)]].concat();
        chat(n, "S", &before, &agent(words))
    };
    let (thanks, wait) = (again("Thanks", 4), again("Wait", 5));
    let found = told(&[&first, &one, &thanks, &first, &one, &wait]);
    assert_eq!(found.iter().map(|told| told[3..].to_vec()).collect::<Vec<_>>(), [["Thanks"; 2], ["Wait"; 2]]);
    // Where the lines name a session, it is told there.
    let named = [&first, &one, &first, &two].map(|line| line.replacen('{', r#"{"session_id":"s","#, 1));
    let trace = self::one("log.jsonl", &named.join("\n"));
    let calls = kinds(&trace).into_iter().filter(|kind| kind.starts_with("call")).count();
    assert_eq!((calls, texts(&trace)), (2, vec!["S", "Refund me", "It is pending.", "It is done."]));
    // A whole run again under the same answers is a copy of the file.
    assert_eq!(told(&[&first, &one, &thanks, &first, &one, &thanks]).len(), 1);
}

#[test]
fn members_in_another_order_and_other_white_space_are_the_same_request() {
    let asked = json!({"role": "user", "parts": [{"text": "Refund"}]});
    let call = r#"{"role":"model","parts":[{"functionCall":{"name":"refund","args":{"a":{"x":1,"y":2},"b":[1]}}}]}"#;
    let other =
        r#"{"role":"model","parts":[{"functionCall":{"name":"refund","args":{"b": [ 1 ], "a":{ "y":2,"x":1 }}}}]}"#;
    let result = json!({"role": "user", "parts": [{"functionResponse": {"name": "refund", "response": {"done": 1}}}]});
    let line = |contents: &str, answer: &str| {
        format!(
            r#"{{"request":{{"model":"m","contents":[{contents}]}},"response":{{"candidates":[{{"content":{answer},"finish_reason":"STOP"}}]}}}}"#
        )
    };
    let said = r#"{"role":"model","parts":[{"text":"Done."}]}"#;
    let log = [line(&asked.to_string(), call), line(&format!("{asked},{other},{result}"), said)];
    assert_eq!(all("log.jsonl", &log.join("\n")).len(), 1);
}

#[test]
fn a_state_between_two_that_are_joined_has_its_place() {
    let turns = turns();
    let chat = |n: usize| json!({"model": "m", "messages": turns[..n]}).to_string();
    for order in [[1, 5, 3], [5, 1, 3], [1, 3, 5]] {
        assert_eq!(kinds(&one("l.jsonl", &order.map(chat).join("\n"))), TOLD, "{order:?}");
    }
}

#[test]
fn a_log_that_says_that_there_is_no_answer_tells_it() {
    let turns = turns();
    let line = |n: usize| json!({"request": {"model": "m", "messages": turns[..n]}, "response": null}).to_string();
    let trace = one("l.jsonl", &[line(1), line(3), line(5)].join("\n"));
    assert_eq!(kinds(&trace), TOLD);
    let gaps: Vec<_> = trace.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(gaps, ["a model call has no output in the record: what the agent answered or called may be missing"]);
}

#[test]
fn copies_of_responses_are_told_once_and_a_run_against_a_cache_is_apart() {
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "refund", "arguments": "{}"});
    let asked = user("Refund me");
    let line = |n: u32, input: Value, output: &Value| {
        json!({"request": {"model": "m", "input": input}, "response": {"id": format!("resp_{n}"), "object": "response", "model": "m", "status": "completed", "output": [output]}}).to_string()
    };
    let turn = |n: u32, words: &str| {
        let said = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": format!("It is {words}.")}]});
        line(n, json!([asked, call, {"type": "function_call_output", "call_id": "c1", "output": words}]), &said)
    };
    let log = [line(1, json!([asked]), &call), turn(2, "pending"), turn(3, "done")];
    let told = |order: &[usize]| -> Vec<Vec<String>> {
        let found = all("log.jsonl", &order.iter().map(|at| log[*at].as_str()).collect::<Vec<_>>().join("\n"));
        found.iter().map(|trace| texts(trace).into_iter().map(str::to_owned).collect()).collect()
    };
    assert_eq!(told(&[0, 1, 0, 1]), [["Refund me", "It is pending."]]);
    assert_eq!(told(&[0, 1, 0, 2]), [["Refund me", "It is pending."], ["Refund me", "It is done."]]);
    // A chain that is appended to its own beginning.
    let chained = |n: u32, before: Option<&str>, words: &str| {
        let mut record: Value = serde_json::from_str(&line(
            n,
            json!([user(words)]),
            &json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}),
        ))
        .expect("JSON");
        record["request"]["previous_response_id"] = json!(before);
        record.to_string()
    };
    let chain = [chained(1, None, "a"), chained(2, Some("resp_1"), "b"), chained(3, Some("resp_2"), "c")];
    let grown = [&chain[..2], &chain[..]].concat().join("\n");
    assert_eq!(texts(&one("log.jsonl", &grown)), ["a", "Yes.", "b", "Yes.", "c", "Yes."]);
}
