use super::{sniff, to_json};
use crate::model::{GapKind, KeyKind, Transport};
use crate::test_support::{all, kinds, one, reading, texts, transports};
use crate::{Evidence, ReadError, read};
use std::fmt::Write as _;

fn rows(table: &str) -> (String, Option<String>) {
    let (json, lost) = to_json(table.as_bytes()).expect("a table");
    (String::from_utf8(json).expect("UTF-8"), lost)
}

const HEAD: &str = "id,traceId,type,startTime,level,input,output\n";
const ASKED: &str =
    r#"g1,t1,GENERATION,2026-01-01T00:00:01Z,DEFAULT,"[{""role"":""user"",""content"":""Refund, please""}]",Sure"#;

#[test]
fn columns_are_known_by_their_letters_in_any_spelling() {
    for (head, separator) in [
        ("id,traceId,type,startTime,level,output", ','),
        ("id,trace_id,type,start_time,level,output", ','),
        ("\u{feff}ID;Trace ID;Type;Start Time;Level;Output", ';'),
        ("Id\tTrace Id\tType\tStart time\tLevel\tOutput", '\t'),
    ] {
        let row = ["o1", "t1", "SPAN", "2026-01-01 00:00:00", "", "done"].join(&separator.to_string());
        let (json, lost) = rows(&format!("{head}\r\n{row}\r\n"));
        let told = r#"{"id":"o1","traceId":"t1","type":"SPAN","startTime":"2026-01-01 00:00:00","output":"done"}"#;
        assert_eq!((json.trim_end(), lost), (told, None), "{head}");
    }
}

#[test]
fn other_tables_and_json_are_none() {
    for text in [
        "role,content\nuser,Hi\nassistant,Hello\n",
        "id,timestamp,name,input,output\n1,2026,n,Hi,Hello\n",
        "id,trace_id,type,start_time\n1,t,SPAN,2026\n",
        "{\"id\":1,\"traceId\":2,\"type\":3,\"startTime\":4,\"level\":5}\n",
        "id,traceId,type,startTime,level",
        "",
    ] {
        assert!(!sniff(text.as_bytes()), "{text}");
    }
}

#[test]
fn fields_hold_quotes_lines_json_and_scores_are_left_out() {
    let table = "id,traceId,type,startTime,level,usageDetails,output,input,tone\n\
        007,t1,GENERATION,\"\"\"2026-01-01T00:00:00Z\"\"\",DEFAULT,\"{\"\"input\"\":5}\",\"a \"\"b\"\"\nc\",\"{\"\"q\"\":1}\",0.5\n";
    let (json, _) = rows(table);
    let told = r#"{"id":"007","traceId":"t1","type":"GENERATION","startTime":"2026-01-01T00:00:00Z","level":"DEFAULT","usageDetails":{"input":5},"output":"a \"b\"\nc","input":"{\"q\":1}"}"#;
    assert_eq!(json.trim_end(), told);
}

#[test]
fn damage_costs_its_row_and_is_told() {
    let cut = format!("{HEAD}{ASKED}\ng2,t1,GENERATION,2026-01-01T00:00:02Z,DEFAULT,\"[{{\"\"role\"\":\"\"us");
    let trace = one("o.csv", &cut);
    assert_eq!(texts(&trace), ["Refund, please", "Sure"]);
    assert!(trace.has_gap(&[GapKind::InputDropped]));
    let odd = format!("{HEAD}{ASKED}\ng2,t1\n");
    assert!(one("o.csv", &odd).has_gap(&[GapKind::InputDropped]));
    assert!(one("o.csv", &format!("{HEAD}{ASKED}\n")).gaps.is_empty());
}

#[test]
fn quotes_have_their_place_in_the_rewritten_rows() {
    let evidence = [Evidence::new("o.csv", format!("{HEAD}{ASKED}\n").into_bytes())];
    let sessions = read(&evidence).expect("reads").sessions;
    crate::test_support::every_text_is_where_it_says(&sessions[0], &evidence);
}

#[test]
fn a_table_of_traces_tells_that_its_observations_are_missing() {
    let table = "id,timestamp,name,userId,sessionId,bookmarked,public,input,output\n\
        t1,2026-01-01T00:00:00Z,chat,u1,s1,false,false,Where is it?,On its way\n";
    let trace = one("traces.csv", table);
    assert_eq!((trace.key.as_str(), trace.key_kind), ("s1", KeyKind::Conversation));
    assert_eq!(texts(&trace), ["Where is it?", "On its way"]);
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
}

#[test]
fn scores_alone_are_refused_by_name() {
    let table = "id,timestamp,trace_id,name,value,source,data_type\ns1,2026-01-01 00:00:00,t1,tone,1,EVAL,NUMERIC\n";
    let error = read(&[Evidence::new("scores.csv", table.as_bytes().to_vec())]).expect_err("refused");
    assert!(
        matches!(&error, ReadError::NoEvents { seen, instead, .. } if seen.contains("score") && instead.contains("observations")),
        "{error}"
    );
    // With observations they are books.
    let files = [
        Evidence::new("scores.csv", table.as_bytes().to_vec()),
        Evidence::new("o.csv", format!("{HEAD}{ASKED}\n").into_bytes()),
    ];
    let found = read(&files).expect("reads");
    assert_eq!((found.sessions.len(), texts(&found.sessions[0])), (1, vec!["Refund, please", "Sure"]));
}

#[test]
fn runs_of_langsmith_are_a_table_too() {
    let table = r#"ID,Trace ID,Dotted Order,Name,Run Type,Inputs,Outputs,Error,Start Time,End Time,Status,Session ID
r2,r1,20260101T000000000000Zr1.20260101T000003000000Zr2,refund,tool,"{""charge"": ""7""}",,no such charge,2026-01-01 00:00:03,2026-01-01 00:00:04,error,p
r1,r1,20260101T000000000000Zr1,Chat,llm,"{""messages"": [{""role"": ""user"", ""content"": ""Refund""}]}","{""choices"": [{""message"": {""role"": ""assistant"", ""content"": """", ""tool_calls"": [{""id"": ""c1"", ""type"": ""function"", ""function"": {""name"": ""refund"", ""arguments"": ""{\""charge\"": \""7\""}""}}]}}]}",,2026-01-01 00:00:00,2026-01-01 00:00:02,success,p
"#;
    let trace = one("runs.csv", table);
    assert_eq!(
        (kinds(&trace), transports(&trace)),
        (
            vec!["user".to_owned(), "call refund -> 2".to_owned(), "result Error <- 1".to_owned()],
            vec![Transport::Error]
        )
    );
    assert_eq!((trace.key.as_str(), trace.key_kind), ("r1", KeyKind::Trace));
}

#[test]
fn many_rows_are_read_each_once() {
    let mut table = HEAD.to_owned();
    for n in 0..40 {
        let _ = writeln!(table, "g{n},t{n},GENERATION,2026-01-01T00:00:01Z,DEFAULT,Question {n},Answer {n}");
    }
    assert_eq!(all("o.csv", &table).len(), 40);
    assert_eq!(reading("o.csv", &table).detections[0].tally.left_out(), 0);
}

#[test]
fn columns_of_a_flattened_table_are_put_back_together() {
    let table = concat!(
        "id,name,run_type,trace_id,parent_run_id,start_time,end_time,inputs.messages,inputs.input,outputs.messages,outputs.output,extra.metadata.thread_id\n",
        "r1,agent,chain,t1,,2026-05-04T10:00:00,2026-05-04T10:00:05,\"[{\"\"type\"\":\"\"human\"\",\"\"content\"\":\"\"Refund it\"\"}]\",,",
        "\"[{\"\"type\"\":\"\"human\"\",\"\"content\"\":\"\"Refund it\"\"},{\"\"type\"\":\"\"ai\"\",\"\"content\"\":\"\"Done\"\"}]\",,th1\n",
        "r2,refund,tool,t1,r1,2026-05-04T10:00:01,2026-05-04T10:00:02,,\"{'n': 1}\",,card expired,th1\n",
    );
    let trace = one("runs.csv", table);
    assert_eq!((trace.format, trace.key.as_str()), ("langsmith", "th1"));
    assert_eq!(texts(&trace), ["Refund it", "Done"]);
    assert!(kinds(&trace).iter().any(|kind| kind.starts_with("call refund")), "{:?}", kinds(&trace));
    let told = format!("{:?}", trace.events);
    assert!(told.contains("card expired") && told.contains("{'n': 1}"), "{told}");
}
