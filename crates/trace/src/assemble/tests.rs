//! Random conversations, replayed as a client's growing requests, are told once.

use super::assemble;
use crate::item::{CallPart, Item, ModelRun, Msg, MsgRole, Part, ResultPart, Session, ToolRun, Transcript};
use crate::limits::Stop;
use crate::locator::{Bases, Form, Loc};
use crate::model::{EventKind, GapKind, KeyKind, ModelCall, Text, Trace, Transport};
use proptest::prelude::*;
use std::sync::Arc;

const HERE: Loc = Loc { base: 0, at: 0, form: Form::Own };

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into(), loc: HERE }
}

/// One message of a conversation.
#[derive(Debug, Clone)]
enum Turn {
    User(u8),
    Assistant(u8),
    Call(u8),
}

/// Few words, so that somebody often says the same thing twice.
fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn =
        prop_oneof![(0u8..3).prop_map(Turn::User), (0u8..3).prop_map(Turn::Assistant), (0u8..2).prop_map(Turn::Call)];
    proptest::collection::vec(turn, 1..14)
}

fn message(role: MsgRole, part: Part) -> Msg {
    let mut msg = Msg::new(role, HERE);
    msg.parts.push(part);
    msg
}

/// The messages, and after which of them a request was made.
fn conversation(turns: &[Turn]) -> (Vec<Msg>, Vec<usize>) {
    with_ids(turns, |n| format!("call {n}"))
}

/// The same, with these IDs of the calls.
fn with_ids(turns: &[Turn], id: impl Fn(usize) -> String) -> (Vec<Msg>, Vec<usize>) {
    let mut all = vec![message(MsgRole::System, Part::Text(text("Be kind")))];
    let mut answers = Vec::new();
    for (n, turn) in turns.iter().enumerate() {
        match turn {
            Turn::User(w) => all.push(message(MsgRole::User, Part::Text(text(format!("word {w}"))))),
            Turn::Assistant(w) => {
                answers.push(all.len());
                all.push(message(MsgRole::Assistant, Part::Text(text(format!("word {w}")))));
            }
            Turn::Call(w) => {
                let id = Some(id(n));
                answers.push(all.len());
                all.push(message(
                    MsgRole::Assistant,
                    Part::Call(CallPart { id: id.clone(), name: text("tool"), arguments: Some(text("{}")) }),
                ));
                let content = Some(text(format!("result {w}")));
                all.push(message(
                    MsgRole::Tool,
                    Part::Result(ResultPart {
                        id,
                        name: None,
                        arguments: None,
                        content,
                        transport: Transport::Unknown,
                        error: None,
                        loc: HERE,
                    }),
                ));
            }
        }
    }
    (all, answers)
}

fn call() -> ModelCall {
    ModelCall { model: None, start: None, end: None, input_tokens: None, output_tokens: None, finish: None, loc: HERE }
}

fn told(trace: &Trace) -> Vec<String> {
    let short = |kind: &EventKind| match kind {
        EventKind::Message { role, texts, .. } => format!("{role:?} {}", texts[0].text),
        EventKind::ToolCall { call_id, .. } => call_id.clone().unwrap_or_default(),
        EventKind::ToolResult { content, .. } => content.as_ref().map(|c| c.text.clone()).unwrap_or_default(),
        other => format!("{other:?}"),
    };
    trace.events.iter().map(|e| short(&e.kind)).collect()
}

fn run(items: Vec<Item>) -> Trace {
    let mut session = Session::new("s", KeyKind::Trace);
    session.items = items;
    assemble(session, "test", Arc::new(Bases::default()), &Stop::default())
}

proptest! {
    #[test]
    fn growing_requests_tell_each_message_once(turns in turns()) {
        let (all, answers) = conversation(&turns);
        let mut items: Vec<_> = answers
            .iter()
            .map(|&at| Item::Model(ModelRun { call: call(), input: all[..at].to_vec(), output: vec![all[at].clone()], agent: None, response_id: None, previous: None }))
            .collect();
        items.push(Item::Transcript(Transcript { messages: all.clone(), model: None }));
        let once = run(vec![Item::Transcript(Transcript { messages: all, model: None })]);
        prop_assert_eq!(told(&run(items)), told(&once));
        prop_assert_eq!(once.events.iter().filter(|e| matches!(e.kind, EventKind::ToolResult { call: None, .. })).count(), 0);
    }

    #[test]
    fn ids_that_are_used_again_hide_nothing(turns in turns(), ids in 1usize..3, lost in 0u32..1 << 14, answered in any::<bool>()) {
        let (all, answers) = with_ids(&turns, |n| format!("call {}", n % ids));
        let kept = |(n, at): (usize, &usize)| (lost >> n & 1 == 0).then_some(*at);
        let request = |at: usize| {
            let output = if answered { vec![all[at].clone()] } else { Vec::new() };
            Item::Model(ModelRun { call: call(), input: all[..at].to_vec(), output, agent: None, response_id: None, previous: None })
        };
        let mut items: Vec<_> = answers.iter().enumerate().filter_map(kept).map(request).collect();
        items.push(Item::Transcript(Transcript { messages: all.clone(), model: None }));
        let once = run(vec![Item::Transcript(Transcript { messages: all, model: None })]);
        let trace = run(items);
        prop_assert_eq!(told(&trace), told(&once));
        prop_assert_eq!(joined(&trace), joined(&once));
    }

    #[test]
    fn instructions_that_change_all_the_time_repeat_nothing(turns in turns()) {
        let (all, answers) = conversation(&turns);
        let clocked = |at: usize, n: usize| {
            let mut input = all[..at].to_vec();
            input[0] = message(MsgRole::System, Part::Text(text(format!("It is {n} o'clock"))));
            input
        };
        let runs = answers.iter().enumerate().map(|(n, &at)| {
            Item::Model(ModelRun { call: call(), input: clocked(at, n), output: vec![all[at].clone()], agent: None, response_id: None, previous: None })
        });
        let heard = told(&run(runs.collect()));
        let last = answers.last().map_or(0, |&at| at + 1);
        let once = told(&run(vec![Item::Transcript(Transcript { messages: all[..last].to_vec(), model: None })]));
        let spoken = |told: &[String]| told.iter().filter(|t| !t.starts_with("System")).cloned().collect::<Vec<_>>();
        prop_assert_eq!(spoken(&heard), spoken(&once));
        prop_assert_eq!(heard.len() - spoken(&heard).len(), answers.len());
    }

    #[test]
    fn any_prefix_again_adds_nothing(turns in turns(), again in 0usize..30) {
        let (all, _) = conversation(&turns);
        let prefix = all[..again % all.len() + 1].to_vec();
        let whole = || Item::Transcript(Transcript { messages: all.clone(), model: None });
        let repeated = run(vec![whole(), Item::Transcript(Transcript { messages: prefix, model: None }), whole()]);
        prop_assert_eq!(told(&repeated), told(&run(vec![whole()])));
    }
}

#[test]
fn a_genuine_repeat_is_heard_twice_and_a_cut_is_noted() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let ask = |input: Vec<Msg>, output: &str| {
        Item::Model(ModelRun {
            call: call(),
            input,
            output: vec![say(MsgRole::Assistant, output)],
            agent: None,
            response_id: None,
            previous: None,
        })
    };
    let (system, yes) = (say(MsgRole::System, "S"), say(MsgRole::User, "yes"));
    let first = vec![system.clone(), yes.clone()];
    let second = vec![system.clone(), yes.clone(), say(MsgRole::Assistant, "sure?"), yes.clone()];
    let cut = vec![
        system,
        say(MsgRole::Assistant, "sure?"),
        yes,
        say(MsgRole::Assistant, "done"),
        say(MsgRole::User, "thanks"),
    ];
    let trace = run(vec![ask(first, "sure?"), ask(second, "done"), ask(cut, "bye")]);
    let heard = told(&trace);
    assert_eq!(heard.iter().filter(|t| *t == "User yes").count(), 2, "{heard:?}");
    assert!(trace.events.iter().any(|e| matches!(e.kind, EventKind::Context { lost: true, .. })));
    assert_eq!(heard.last().map(String::as_str), Some("Assistant bye"));
}

#[test]
fn a_window_that_slides_over_a_conversation_without_instructions_tells_it_once() {
    let said = |role, words: &str| message(role, Part::Text(text(words)));
    let [seat, aisle, meal] =
        ["Window seat, please", "Rather the aisle", "And a meal"].map(|words| said(MsgRole::User, words));
    let [by_window, by_aisle] = ["4A is yours", "4C is yours"].map(|words| said(MsgRole::Assistant, words));
    let order = |id: &str| calls(Some(id), "order", "{}");
    let done = said(MsgRole::Assistant, "Ordered");
    let whole = vec![
        asked(vec![seat.clone()], vec![by_window.clone()]),
        asked(vec![seat.clone(), by_window.clone(), aisle.clone()], vec![by_aisle.clone()]),
        asked(vec![aisle.clone(), by_aisle.clone(), meal.clone()], vec![order("o")]),
        asked(vec![by_aisle.clone(), meal.clone(), order("o"), answers(Some("o"), "fish")], vec![done.clone()]),
    ];
    let once = [
        "User Window seat, please",
        "Assistant 4A is yours",
        "User Rather the aisle",
        "Assistant 4C is yours",
        "User And a meal",
        "o",
        "fish",
        "Assistant Ordered",
    ];
    let trace = run(whole);
    let heard: Vec<_> = told(&trace).into_iter().filter(|told| !told.starts_with("Context")).collect();
    assert_eq!(heard, once);
    let notes = trace.events.iter().filter(|e| matches!(e.kind, EventKind::Context { lost: true, .. })).count();
    assert_eq!(notes, 2, "{:?}", told(&trace));
    // What a user says alone may be said again.
    let again = run(vec![
        asked(vec![said(MsgRole::User, "a"), seat.clone()], vec![]),
        asked(vec![seat.clone(), aisle], vec![by_aisle]),
    ]);
    assert_eq!(told(&again).iter().filter(|told| *told == "User Window seat, please").count(), 2);
}

#[test]
fn the_next_agent_takes_the_conversation_over_and_another_task_is_another_one() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let ask = |input: Vec<Msg>, output: &str| {
        Item::Model(ModelRun {
            call: call(),
            input,
            output: vec![say(MsgRole::Assistant, output)],
            agent: None,
            response_id: None,
            previous: None,
        })
    };
    let front = vec![say(MsgRole::System, "Front"), say(MsgRole::User, "hi")];
    let billing = vec![
        say(MsgRole::System, "Billing"),
        say(MsgRole::User, "hi"),
        say(MsgRole::Assistant, "hello"),
        say(MsgRole::User, "refund"),
    ];
    let judge = vec![say(MsgRole::System, "Judge"), say(MsgRole::User, "Rate this")];
    let heard = told(&run(vec![ask(front, "hello"), ask(billing, "done"), ask(judge, "good")]));
    let expected = [
        "System Front",
        "User hi",
        "Assistant hello",
        "System Billing",
        "User refund",
        "Assistant done",
        "System Judge",
        "User Rate this",
        "Assistant good",
    ];
    assert_eq!(heard, expected);
}

#[test]
fn reasoning_that_comes_and_goes_does_not_break_the_history() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let think = || message(MsgRole::Assistant, Part::Reasoning(text("hm")));
    let user = || say(MsgRole::User, "hi");
    let first = ModelRun {
        call: call(),
        input: vec![user()],
        output: vec![think(), say(MsgRole::Assistant, "a")],
        agent: None,
        response_id: None,
        previous: None,
    };
    for kept in [true, false] {
        let mut input = vec![user()];
        input.extend(kept.then(think));
        input.extend([say(MsgRole::Assistant, "a"), say(MsgRole::User, "more")]);
        let second = ModelRun {
            call: call(),
            input,
            output: vec![say(MsgRole::Assistant, "b")],
            agent: None,
            response_id: None,
            previous: None,
        };
        let trace = run(vec![Item::Model(first.clone()), Item::Model(second)]);
        assert_eq!(trace.events.len(), 5, "{:?}", told(&trace));
    }
}

#[test]
fn words_of_a_tool_are_never_the_users() {
    let trace = run(vec![Item::Message(message(MsgRole::Tool, Part::Text(text("I am the tool"))))]);
    assert!(matches!(trace.events[0].kind, EventKind::ToolResult { .. }));
}

#[test]
fn a_message_without_words_is_a_gap_and_an_empty_answer_is_none() {
    let gaps = |json: &str| {
        let evidence = [crate::Evidence::new("t.json", json.as_bytes().to_vec())];
        let reading = crate::read(&evidence).expect("reads");
        reading.sessions[0].gaps.iter().filter(|g| g.kind == GapKind::ContentNotCaptured).count()
    };
    assert_eq!(gaps(r#"[{"role":"user","content":"hi"},{"role":"assistant","content":null}]"#), 1);
    assert_eq!(gaps(r#"[{"role":"user","content":"hi"},{"role":"assistant","content":""}]"#), 0);
    let calls = r#"[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}]"#;
    assert_eq!(gaps(calls), 0);
}

fn asked(input: Vec<Msg>, output: Vec<Msg>) -> Item {
    Item::Model(ModelRun { call: call(), input, output, agent: None, response_id: None, previous: None })
}

fn calls(id: Option<&str>, name: &str, arguments: &str) -> Msg {
    let id = id.map(str::to_owned);
    message(MsgRole::Assistant, Part::Call(CallPart { id, name: text(name), arguments: Some(text(arguments)) }))
}

fn answers(id: Option<&str>, words: &str) -> Msg {
    let part = ResultPart {
        id: id.map(str::to_owned),
        name: None,
        arguments: None,
        content: Some(text(words)),
        transport: Transport::Unknown,
        error: None,
        loc: HERE,
    };
    message(MsgRole::Tool, Part::Result(part))
}

/// Each call with its result.
fn joined(trace: &Trace) -> Vec<(String, Option<String>)> {
    let content = |r: u32| match &trace.events[r as usize].kind {
        EventKind::ToolResult { content, .. } => content.as_ref().map(|c| c.text.clone()),
        _ => None,
    };
    let pair = |kind: &EventKind| match kind {
        EventKind::ToolCall { arguments, result, .. } => {
            Some((arguments.as_ref()?.text.clone(), result.and_then(content)))
        }
        _ => None,
    };
    assert!(!trace.events.iter().any(|e| matches!(e.kind, EventKind::ToolResult { call: None, .. })));
    trace.events.iter().filter_map(|e| pair(&e.kind)).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    of.iter().map(|(a, r)| ((*a).to_owned(), Some((*r).to_owned()))).collect()
}

#[test]
fn results_without_ids_answer_by_their_place() {
    let user = || message(MsgRole::User, Part::Text(text("go")));
    let first = asked(vec![user()], vec![calls(None, "f", "1"), calls(None, "f", "2")]);
    let history =
        vec![user(), calls(None, "f", "1"), answers(None, "one"), calls(None, "f", "2"), answers(None, "two")];
    let again = calls(None, "f", "1");
    let longer = [history.clone(), vec![again.clone(), answers(None, "three")]].concat();
    let trace = run(vec![first, asked(history, vec![again]), asked(longer, vec![])]);
    assert_eq!(joined(&trace), pairs(&[("1", "one"), ("2", "two"), ("1", "three")]));
}

#[test]
fn another_id_in_the_answer_and_ids_counted_anew_join_all_the_same() {
    let user = |words: &str| message(MsgRole::User, Part::Text(text(words)));
    let history = vec![user("go"), calls(Some("fc"), "f", "1"), answers(Some("call"), "one")];
    let trace = run(vec![asked(vec![user("go")], vec![calls(Some("fc"), "f", "1")]), asked(history, vec![])]);
    assert_eq!(joined(&trace), pairs(&[("1", "one")]));

    let turn = |words: &str, result: &str| vec![user(words), calls(Some("1"), "f", "{}"), answers(Some("1"), result)];
    let second = [turn("a", "x"), turn("b", "y")].concat();
    let made = |input: &[Msg]| asked(input.to_vec(), vec![calls(Some("1"), "f", "{}")]);
    let trace =
        run(vec![made(&second[..1]), asked(second[..3].to_vec(), vec![]), made(&second[..4]), asked(second, vec![])]);
    assert_eq!(joined(&trace), pairs(&[("{}", "x"), ("{}", "y")]));
}

#[test]
fn an_agent_inside_of_a_tool_is_a_sub_agent_unless_the_tool_is_all_there_is() {
    let user = |words: &str| message(MsgRole::User, Part::Text(text(words)));
    let tool = || {
        Item::Tool(ToolRun {
            id: None,
            name: text("ask"),
            arguments: Some(text("{}")),
            content: Some(text("42")),
            transport: Transport::Ok,
            error: None,
            start: None,
            end: None,
            agent: None,
            span: Some(("s".to_owned(), None)),
            loc: HERE,
        })
    };
    let inner = || Item::Within("s".to_owned(), Box::new(asked(vec![user("inside")], vec![])));
    let trace = run(vec![asked(vec![user("go")], vec![calls(None, "ask", "{}")]), tool(), inner()]);
    let whose: Vec<_> = trace.events.iter().map(|e| trace.sub_agent(e).and_then(|s| s.call)).collect();
    // The agent that calls it gives it its task, and the result reports the work.
    assert_eq!(told(&trace)[2], "Harness inside");
    assert_eq!(whose, [None, None, Some(1), None]);
    assert_eq!(joined(&trace), pairs(&[("{}", "42")]));

    let trace = run(vec![tool(), inner()]);
    assert!(trace.sub_agents.is_empty() && told(&trace).contains(&"User inside".to_owned()));
}

/// The same request to a model with this answer, at a time.
fn at(times: Option<(i64, i64)>, id: Option<&str>, input: Vec<Msg>, output: Vec<Msg>) -> Item {
    let stamp = |ns| Some(crate::model::Stamp::exact(ns));
    let (start, end) = times.map_or((None, None), |(start, end)| (stamp(start), stamp(end)));
    let call = ModelCall { start, end, ..call() };
    Item::Model(ModelRun { call, input, output, agent: None, response_id: id.map(str::to_owned), previous: None })
}

#[test]
fn an_id_alone_does_not_make_two_answers_one() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let call = || calls(Some("c"), "f", "{}");
    let first = vec![say(MsgRole::User, "go")];
    let second = [first.clone(), vec![call(), answers(Some("c"), "done")]].concat();
    let third = [second.clone(), vec![say(MsgRole::Assistant, "ok"), say(MsgRole::User, "sure?")]].concat();
    for times in [[Some((1, 2)), Some((3, 4)), Some((5, 6))], [None; 3]] {
        let trace = run(vec![
            at(times[0], Some("r"), first.clone(), vec![call()]),
            at(times[1], Some("r"), second.clone(), vec![say(MsgRole::Assistant, "ok")]),
            at(times[2], Some("r"), third.clone(), vec![say(MsgRole::Assistant, "ok")]),
        ]);
        assert_eq!(told(&trace), ["User go", "c", "done", "Assistant ok", "User sure?", "Assistant ok"]);
        assert_eq!(trace.model_calls.len(), 3);
    }
}

#[test]
fn one_answer_seen_twice_is_told_once_and_whole() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let asked = || vec![say(MsgRole::User, "go")];
    let whole = || vec![say(MsgRole::Assistant, "ok"), calls(Some("c"), "f", "{}")];
    let part = || vec![calls(Some("d"), "f", "{}")];
    // The second is seen while the first is at work, or at no known time, or later with the same request.
    for (one, two) in [(Some((1, 9)), Some((2, 8))), (None, None), (Some((1, 2)), Some((3, 4)))] {
        let trace = run(vec![at(one, Some("r"), asked(), whole()), at(two, Some("r"), asked(), whole())]);
        assert_eq!((told(&trace).len(), trace.model_calls.len()), (3, 1), "{:?}", told(&trace));
    }
    // Without a request, nothing tells a record that was written again from a second answer.
    let bare = |time| at(Some(time), Some("r"), vec![], whole());
    assert_eq!(run(vec![bare((1, 2)), bare((3, 4))]).model_calls.len(), 1);
    // Each of two instrumentations may leave something out.
    for (one, two) in [(whole(), part()), (part(), whole()), (vec![], whole()), (whole(), vec![])] {
        let trace = run(vec![at(Some((1, 9)), Some("r"), asked(), one), at(Some((2, 8)), Some("r"), asked(), two)]);
        let told = told(&trace);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told.contains(&"Assistant ok".to_owned()), "{told:?}");
    }
}

#[test]
fn nothing_follows_from_words_left_out_beside_calls_or_from_a_piece_that_could_not_be_read() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let unread = || {
        let unread = crate::item::Unread { kind: "cut off".to_owned(), attachment: false, length: 0, loc: HERE };
        message(MsgRole::Assistant, Part::Unread(unread))
    };
    let (user, ok, sure) = (say(MsgRole::User, "go"), say(MsgRole::Assistant, "ok"), say(MsgRole::User, "sure?"));
    let check = say(MsgRole::Assistant, "let me look");
    let call = calls(Some("c"), "f", "{}");
    let answer = answers(Some("c"), "done");
    let whole = vec![user.clone(), check.clone(), call.clone(), answer.clone(), ok.clone(), sure.clone()];
    let bare = vec![user.clone(), call.clone(), answer.clone(), ok.clone(), sure.clone()];
    let ask = |input: &[Msg], output: &[Msg]| asked(input.to_vec(), output.to_vec());
    let said = ["User go", "Assistant let me look", "c", "done", "Assistant ok", "User sure?", "Assistant yes"];
    let yes = [say(MsgRole::Assistant, "yes")];
    let first = ask(&whole[..1], &[check.clone(), call.clone()]);
    let omitted = vec![first.clone(), ask(&bare[..3], std::slice::from_ref(&ok)), ask(&bare, &yes)];
    assert_eq!(told(&run(omitted)), said);
    // Broken off in a request: what it lacks is not told again by the next one.
    let broken = vec![first.clone(), ask(&[user.clone(), unread()], std::slice::from_ref(&ok)), ask(&whole, &yes)];
    let mut heard = told(&run(broken));
    heard.sort();
    let mut all = said.map(str::to_owned).to_vec();
    all.sort();
    assert_eq!(heard, all);
    // Broken off in an answer: the next request tells it.
    let broken = vec![first, ask(&whole[..4], &[unread()]), ask(&whole, &yes)];
    assert_eq!(told(&run(broken)), said);
    // What is gone without any of that is told to be gone.
    let edited = vec![ask(&whole[..4], std::slice::from_ref(&ok)), ask(&[user, ok, sure], &yes)];
    assert!(run(edited).events.iter().any(|e| matches!(e.kind, EventKind::Context { lost: true, .. })));
}

/// A session of traces, each with its items.
fn run_traces(traces: Vec<(&str, Vec<Item>)>) -> Trace {
    let mut session = Session::new("s", KeyKind::Conversation);
    for (trace, items) in traces {
        session.items.extend(items);
        session.of_trace(trace);
    }
    assemble(session, "test", Arc::new(Bases::default()), &Stop::default())
}

#[test]
fn a_second_run_of_a_trace_is_told_again_and_a_history_that_is_sent_again_is_not() {
    let say = |role, words: &str| message(role, Part::Text(text(words)));
    let turn = |id: &str| {
        let call = calls(Some(id), "f", "{}");
        let history = vec![say(MsgRole::User, "go"), call.clone(), answers(Some(id), "done")];
        (history, vec![call], vec![say(MsgRole::Assistant, "ok")])
    };
    // The calls and answers of both runs, under other IDs or the same ones.
    for second in ["d", "c"] {
        let run_at = |from: i64, id: &str| {
            let (history, call, ok) = turn(id);
            vec![
                at(Some((from, from + 1)), None, history[..1].to_vec(), call),
                at(Some((from + 2, from + 3)), None, history, ok),
            ]
        };
        let trace = run_traces(vec![("a", run_at(1, "c")), ("b", run_at(5, second))]);
        let once = |id: &str| ["User go", id, "done", "Assistant ok"].map(str::to_owned);
        assert_eq!(told(&trace), [once("c"), once(second)].concat());
        assert_eq!((trace.model_calls.len(), joined(&trace)), (4, pairs(&[("{}", "done"), ("{}", "done")])));
        // Seen by two instrumentations with trace IDs of their own, or twice in one trace: once.
        let trace = run_traces(vec![("a", run_at(1, "c")), ("b", run_at(1, second))]);
        assert_eq!(told(&trace), once("c"), "{second}");
    }
    // Calls of which only the start is known, or no time at all, may be one call.
    for timed in [true, false] {
        let begun = |from: i64| {
            let (history, call, _) = turn("c");
            let mut item = at(timed.then_some((from, from)), None, history[..1].to_vec(), call);
            if let Item::Model(run) = &mut item {
                run.call.end = None;
            }
            vec![item]
        };
        let trace = run_traces(vec![("a", begun(1)), ("b", begun(2))]);
        assert_eq!(told(&trace), ["User go", "c"]);
    }
    // The second run of a later turn tells that turn alone, and the conversation goes on from it.
    let (mut history, _, ok) = turn("c");
    history.extend(ok);
    let more = [history.clone(), vec![say(MsgRole::User, "sure?")]].concat();
    let yes = || vec![say(MsgRole::Assistant, "yes")];
    let last = [more.clone(), yes(), vec![say(MsgRole::User, "bye")]].concat();
    let trace = run_traces(vec![
        ("a", vec![at(Some((1, 2)), None, history[..3].to_vec(), history[3..].to_vec())]),
        ("b", vec![at(Some((3, 4)), None, more.clone(), yes())]),
        ("c", vec![at(Some((5, 6)), None, more, yes())]),
        ("d", vec![at(Some((7, 8)), None, last, vec![])]),
    ]);
    let turns = ["User sure?", "Assistant yes", "User sure?", "Assistant yes", "User bye"];
    assert_eq!(told(&trace)[4..], turns);
    assert!(trace.events.iter().all(|e| !matches!(e.kind, EventKind::Context { .. })));
}

#[test]
fn an_id_that_is_counted_anew_in_every_turn_of_one_history_is_of_several_calls() {
    let turn = |arguments: &str, answer: &str| {
        [
            calls(Some("call_0"), "look", arguments),
            answers(Some("call_0"), answer),
            message(MsgRole::Assistant, Part::Text(text(format!("It is {answer}.")))),
        ]
    };
    let history: Vec<Msg> =
        [turn(r#"{"q":1}"#, "here"), turn(r#"{"q":2}"#, "gone"), turn(r#"{"q":2}"#, "gone")].concat();
    let wanted = [(r#"{"q":1}"#, "here"), (r#"{"q":2}"#, "gone"), (r#"{"q":2}"#, "gone")];
    let one = at(Some((10, 20)), None, history.clone(), Vec::new());
    assert_eq!(joined(&run(vec![one])), pairs(&wanted));
    // The last turn's call is the answer to the request that holds the others.
    let (asked, answered) = (history[..6].to_vec(), history[6..7].to_vec());
    let two = [at(Some((10, 20)), None, asked, answered), at(Some((30, 40)), None, history, Vec::new())];
    assert_eq!(joined(&run(two.to_vec())), pairs(&wanted));
}

#[test]
fn spans_of_tools_that_share_an_id_and_ran_one_after_the_other_are_several_calls() {
    let span = |n: i64, arguments: &str, answer: &str| {
        let stamp = |ns| Some(crate::model::Stamp::exact(ns));
        Item::Tool(ToolRun {
            id: Some("call_0".to_owned()),
            name: text("look"),
            arguments: Some(text(arguments)),
            content: Some(text(answer)),
            transport: Transport::Ok,
            error: None,
            start: stamp(n),
            end: stamp(n + 5),
            agent: None,
            span: None,
            loc: HERE,
        })
    };
    let trace = run(vec![span(10, "{\"q\":1}", "here"), span(20, "{\"q\":2}", "gone"), span(20, "{\"q\":2}", "gone")]);
    assert_eq!(joined(&trace), pairs(&[("{\"q\":1}", "here"), ("{\"q\":2}", "gone")]));
}

#[test]
fn a_result_that_is_stamped_before_its_call_is_its_result() {
    const START: i64 = 1_790_000_000_000_000_000;
    let at = |ns: i64, msg: Msg| Item::Message(Msg { time: Some(crate::model::Stamp::exact(START + ns)), ..msg });
    let said = |words: &str| message(MsgRole::User, Part::Text(text(words)));
    let items = |result: i64, id: Option<&str>| {
        vec![
            at(10, said("Look")),
            at(20, calls(id, "look", "{}")),
            at(result, answers(id, "here")),
            at(30, message(MsgRole::Assistant, Part::Text(text("It is here.")))),
        ]
    };
    for (result, id) in [(19, Some("c1")), (1, Some("c1")), (19, None)] {
        let trace = run(items(result, id));
        assert_eq!(told(&trace).len(), 4);
        assert_eq!(joined(&trace), pairs(&[("{}", "here")]), "{result} {id:?}");
        assert!(trace.gaps.iter().any(|gap| gap.what.contains("clock")), "{:?}", trace.gaps);
    }
    // The call is a model's answer, as sessions of Claude Code have it.
    let mut answered = items(19, Some("c1"));
    answered[1] = self::at(Some((START + 20, START + 20)), None, Vec::new(), vec![calls(Some("c1"), "look", "{}")]);
    assert_eq!(joined(&run(answered)), pairs(&[("{}", "here")]));
    // A clock that runs backward all the time.
    let back = [(40, 0), (30, 1), (20, 2), (10, 3)].map(|(ns, n)| match items(0, Some("c1")).swap_remove(n) {
        Item::Message(msg) => at(ns, msg),
        other => other,
    });
    assert_eq!(told(&run(back.to_vec())), ["User Look", "c1", "here", "Assistant It is here."]);
    // Records that were shuffled are put in order by their times, and no clock was wrong.
    let mut shuffled = items(25, Some("c1"));
    shuffled.swap(1, 2);
    let trace = run(shuffled);
    assert_eq!((joined(&trace), trace.gaps.len()), (pairs(&[("{}", "here")]), 0));
}

#[test]
fn half_of_a_value_is_no_content_unless_another_sighting_has_it_whole() {
    let half = r#"{"status":"completed","note":"refu"#;
    let message = |arguments: &str| Item::Message(calls(Some("c1"), "refund", arguments));
    let trace = run(vec![message(r#"{"charge":"ch_"#), Item::Message(answers(Some("c1"), half))]);
    let gaps: Vec<_> = trace.gaps.iter().filter(|gap| gap.event.is_some()).map(|gap| (gap.kind, gap.event)).collect();
    assert_eq!(gaps, [(GapKind::ContentTruncated, Some(0)), (GapKind::ContentTruncated, Some(1))]);
    assert!(matches!(&trace.events[0].kind, EventKind::ToolCall { arguments: None, result: Some(1), .. }));
    assert!(matches!(&trace.events[1].kind, EventKind::ToolResult { content: None, .. }));
    let span = Item::Tool(ToolRun {
        id: Some("c1".to_owned()),
        name: text("refund"),
        arguments: Some(text(r#"{"charge":"#)),
        content: Some(text(half)),
        transport: Transport::Ok,
        error: None,
        start: None,
        end: None,
        agent: None,
        span: None,
        loc: HERE,
    });
    let whole = Item::Message(answers(Some("c1"), r#"{"status":"pending"}"#));
    let trace = run(vec![message(r#"{"charge":"ch_1"}"#), span, whole]);
    assert_eq!(joined(&trace), pairs(&[(r#"{"charge":"ch_1"}"#, r#"{"status":"pending"}"#)]));
    assert!(trace.gaps.iter().all(|gap| gap.event.is_none()), "{:?}", trace.gaps);
}

/// The words of a turn, with a call under an ID that every turn has, and what the tool answered.
fn turn(ask: &str, answer: &str) -> Vec<Msg> {
    vec![
        message(MsgRole::User, Part::Text(text(ask))),
        calls(Some("call_0"), "look", "{}"),
        answers(Some("call_0"), answer),
        message(MsgRole::Assistant, Part::Text(text(format!("It is {answer}.")))),
    ]
}

#[test]
fn a_call_at_a_new_place_is_a_new_call_whatever_its_id_is() {
    let whole = [turn("go", "here"), turn("again", "here"), turn("again", "gone")].concat();
    let wanted = pairs(&[("{}", "here"), ("{}", "here"), ("{}", "gone")]);
    let list = |upto: usize| Item::Transcript(Transcript { messages: whole[..upto].to_vec(), model: None });
    // Each request holds one message more, or some of them are lost.
    for kept in [vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], vec![1, 3, 5, 7, 9, 11, 12], vec![4, 8, 12], vec![2, 12]]
    {
        let trace = run(kept.iter().map(|&upto| list(upto)).collect());
        assert_eq!((joined(&trace), told(&trace).len()), (wanted.clone(), 12), "{kept:?}");
    }
    // An answer to a request whose history was never answered in the record.
    let items = [asked(whole[..5].to_vec(), vec![]), asked(whole[..5].to_vec(), vec![whole[5].clone()])];
    assert_eq!(told(&run(items.to_vec())).len(), 6);
    // The beginning was cut, and what is left stands at the end of what is known, whatever the results are.
    let whole = [turn("go", "here"), turn("again", "here"), turn("once more", "here")].concat();
    let under = |messages: &[Msg]| {
        let system = message(MsgRole::System, Part::Text(text("S")));
        Item::Transcript(Transcript { messages: [&[system][..], messages].concat(), model: None })
    };
    for cut in [1, 4, 5] {
        let trace = run(vec![under(&whole[..8]), under(&whole[cut..])]);
        assert_eq!(joined(&trace), pairs(&[("{}", "here"); 3]), "{cut}");
    }
}

#[test]
fn another_result_of_a_known_call_is_of_a_second_run() {
    let [first, second] = ["here", "gone"].map(|answer| turn("go", answer));
    let step = |turn: &[Msg], upto: usize| asked(turn[..upto].to_vec(), vec![turn[upto].clone()]);
    let run_of = |turn: &[Msg]| vec![step(turn, 1), step(turn, 3)];
    let trace = run([run_of(&first), run_of(&second)].concat());
    assert_eq!(joined(&trace), pairs(&[("{}", "here"), ("{}", "gone")]));
    assert!(told(&trace).contains(&"Assistant It is gone.".to_owned()));
    // Both go on.
    let more = |turn: &[Msg]| asked([turn, &[message(MsgRole::User, Part::Text(text("thanks")))]].concat(), vec![]);
    let trace = run([run_of(&first), run_of(&second), vec![more(&first), more(&second)]].concat());
    assert_eq!(joined(&trace), pairs(&[("{}", "here"), ("{}", "gone")]));
    assert_eq!(told(&trace).iter().filter(|told| *told == "User thanks").count(), 2);
    // The same answer may follow another result.
    let mut same = second.clone();
    same[3] = first[3].clone();
    let trace = run([run_of(&first), run_of(&same)].concat());
    assert_eq!(joined(&trace), pairs(&[("{}", "here"), ("{}", "gone")]));
    // Another notation is the same result, and so is one that was taken out later.
    for other in [r#"{"result": "here"}"#, "[cleared]"] {
        let mut again = turn("go", other);
        again[3] = first[3].clone();
        let last = [again, vec![message(MsgRole::User, Part::Text(text("thanks")))]].concat();
        assert_eq!(joined(&run([run_of(&first), vec![asked(last, vec![])]].concat())), pairs(&[("{}", "here")]));
    }
    // Two instrumentations that see one model at work.
    let twins = |turn: &[Msg]| {
        let [one, two] = [(1, 2), (3, 4)].map(Some);
        vec![
            at(one, None, turn[..1].to_vec(), turn[1..2].to_vec()),
            at(two, None, turn[..3].to_vec(), turn[3..].to_vec()),
        ]
    };
    let trace = run([twins(&first), twins(&same)].concat());
    assert_eq!(told(&trace).len(), 4, "{:?}", told(&trace));
}

#[test]
fn a_turn_that_comes_twice_is_told_twice_with_its_calls() {
    let said = |turn: &[Msg], from: i64| {
        vec![
            at(Some((from, from + 1)), None, turn[..1].to_vec(), turn[1..2].to_vec()),
            at(Some((from + 2, from + 3)), None, turn[..3].to_vec(), turn[3..].to_vec()),
        ]
    };
    let first = turn("go", "here");
    let mut other = first.clone();
    (other[1], other[2]) = (calls(Some("call_9"), "look", "{}"), answers(Some("call_9"), "here"));
    for second in [&first, &other] {
        let trace = run([said(&first, 1), said(second, 11), said(&first, 21)].concat());
        assert_eq!(joined(&trace), pairs(&[("{}", "here"); 3]));
        assert_eq!((told(&trace).len(), trace.model_calls.len()), (12, 6), "{:?}", told(&trace));
        assert!(!trace.has_gap(&[GapKind::ResultMissing, GapKind::HistoryMissing]), "{:?}", trace.gaps);
    }
    // The first conversation goes on, and is seen by two instrumentations then.
    let more = [first.clone(), vec![message(MsgRole::User, Part::Text(text("more")))]].concat();
    let bye = || vec![message(MsgRole::Assistant, Part::Text(text("bye")))];
    let on = [at(Some((31, 39)), None, more.clone(), bye()), at(Some((32, 38)), None, more, bye())];
    let trace = run([said(&first, 1), said(&other, 11), on.to_vec()].concat());
    assert_eq!(told(&trace)[8..], ["User more", "Assistant bye"]);
    // Two that run at once, each with calls of its own.
    let mut both = [said(&first, 1), said(&other, 2)].concat();
    both.swap(1, 2);
    assert!(!run(both).has_gap(&[GapKind::ResultMissing, GapKind::HistoryMissing]));
}

#[test]
fn a_request_without_an_answer_is_told_unless_a_later_one_holds_it() {
    let whole = turn("go", "here");
    let missing = |items: Vec<Item>| {
        let trace = run(items);
        let gaps = trace.gaps.iter().filter(|gap| gap.what.contains("no output"));
        gaps.map(|gap| gap.what.split(':').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let ask = |upto: usize| asked(whole[..upto].to_vec(), vec![]);
    // A program that keeps only what is asked does so by choice.
    assert!(missing(vec![ask(1)]).is_empty());
    assert_eq!(missing(vec![ask(1), ask(3)]), ["a model call has no output in the record"]);
    assert!(missing(vec![ask(1), asked(whole[..3].to_vec(), whole[3..].to_vec())]).is_empty());
    assert!(missing(vec![ask(3), Item::Message(whole[3].clone())]).is_empty());
    // It failed, which is told.
    let error = crate::model::Event {
        kind: EventKind::Error { text: text("timeout") },
        time: None,
        agent: None,
        model_call: None,
        loc: HERE,
    };
    assert!(missing(vec![ask(1), Item::Event(error)]).is_empty());
}

#[test]
fn nothing_is_said_of_requests_that_are_not_seen_whole() {
    let hidden = || vec![message(MsgRole::User, Part::Text(text("[REDACTED]")))];
    let said = |words: &str| vec![message(MsgRole::Assistant, Part::Text(text(words)))];
    let ask = |from: i64, words: &str| at(Some((from, from + 1)), None, hidden(), said(words));
    let trace = run(vec![ask(1, "one"), ask(3, "two"), ask(5, "two")]);
    assert_eq!(told(&trace), ["Assistant one", "Assistant two", "Assistant two"]);
    assert!(!trace.events.iter().any(|event| matches!(event.kind, EventKind::Context { .. })));
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
    // Two instrumentations of one call.
    assert_eq!(told(&run(vec![ask(1, "one"), ask(1, "one")])), ["Assistant one"]);
}

#[test]
fn people_who_speak_as_the_user_are_named() {
    let said = |name: &str, words: &str| serde_json::json!({"role": "user", "name": name, "content": words});
    let file = |second: &str| {
        let list = [
            said("Ines", "Dim it"),
            said(second, "No, light it"),
            serde_json::json!({"role": "assistant", "name": "lamp", "content": "Lit"}),
        ];
        crate::test_support::one("c.json", &serde_json::json!({"messages": list}).to_string())
    };
    let two = file("Theo");
    assert!(two.gaps.iter().any(|gap| gap.what.contains("(Ines, Theo)")), "{:?}", two.gaps);
    assert_eq!(two.agents, ["lamp"]);
    assert!(file("Ines").gaps.is_empty());
}
