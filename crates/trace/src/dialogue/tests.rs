//! Dialogues are read, and texts that only look like one are not.

use super::sniff;
use crate::model::GapKind;
use crate::test_support::{all, kinds, one, reading, texts};
use crate::{Evidence, read};

const CHAT: &str = "\
Chat transcript
Date: 2026-05-04
Customer: Jane
Agent: Max

[10:00:01] Customer: Please refund charge ch_42.
[10:00:05] Max (Agent): One moment:
- looking it up

*** transferred to billing ***
[10:01:09] Max (Agent): Your refund has been processed.
";

#[test]
fn lines_with_speakers_are_turns_and_keep_what_stands_below_them() {
    let trace = one("chat.txt", CHAT);
    assert_eq!(trace.format, "dialogue");
    assert_eq!(kinds(&trace), ["user", "assistant", "harness", "assistant"]);
    assert_eq!(
        texts(&trace),
        [
            "Please refund charge ch_42.",
            "One moment:\n- looking it up",
            "*** transferred to billing ***",
            "Your refund has been processed."
        ]
    );
    assert_eq!(trace.agents, ["Max (Agent)"]);
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
}

#[test]
fn speakers_may_be_bold_dated_or_numbered() {
    for text in [
        "**User:** Where is my parcel?\n\n**Assistant:** It is on its way.\n",
        "User 1: Where is my parcel?\nAI: It is on its way.\n",
        "2026-05-04T10:00:00Z human: Where is my parcel?\n2026-05-04T10:00:09Z bot: It is on its way.\n",
        "Customer [00:01]: Where is my parcel?\nVirtual Assistant [00:05]: It is on its way.\n",
        "5/4/2026, 10:03 AM - Jo (Customer): Where is my parcel?\n5/4/2026, 10:04 AM - Desk (Agent): It is on its way.\n",
        "\u{feff}CUSTOMER:\nWhere is my parcel?\n\nAGENT:\nIt is on its way.\n",
    ] {
        let trace = one("chat.txt", text);
        assert_eq!(kinds(&trace), ["user", "assistant"], "{text}");
        assert_eq!(texts(&trace), ["Where is my parcel?", "It is on its way."], "{text}");
    }
    let dated = one("c.txt", "2026-05-04 10:00:00 User: Is it there yet?\n2026-05-04 10:00:09 Bot: Not yet, sorry.\n");
    assert_eq!(dated.span().map(|(from, to)| (to - from) / 1_000_000_000), Some(9));
}

#[test]
fn a_speaker_that_is_not_known_leaves_a_gap_and_is_not_put_into_anothers_mouth() {
    let text = "User: Where is it now?\nAgent: Let me look.\nMaria: I can help.\nMaria: It is here.\nMaria: Bye.\n";
    let more = "User: Thank you very much.\nAgent: You are welcome.\n".repeat(15);
    let reading = reading("chat.txt", &format!("{text}{more}"));
    let trace = &reading.sessions[0];
    assert!(trace.has_gap(&[GapKind::RecordsUnread]), "{:?}", trace.gaps);
    assert!(texts(trace).iter().all(|text| !text.contains("Bye")), "{:?}", texts(trace));
}

#[test]
fn other_texts_are_no_dialogues() {
    let article = format!(
        "# How agents fail\n\nUser: Please refund me.\nAgent: Done, as you wished.\n\n## What happened\n{}",
        "The agent said so without any call.\n".repeat(5)
    );
    let prose = format!("{}\nUser: hi there you\nAgent: hello to you\n", "A long first line of an article. ".repeat(6));
    let logs =
        "2026-05-04 10:00:00 INFO agent: started the run\n2026-05-04 10:00:01 INFO user: logged in now\n".repeat(9);
    let services = "[10:00:01] agent: starting the queue\n[10:00:02] db: connected to it\n[10:00:02] user: alice logged in\n[10:00:03] cache: warmed up again\n[10:00:03] db: ready for use\n".repeat(4);
    for text in [
        article.as_str(),
        &prose,
        &logs,
        &services,
        "user: alice\nagent: claude\nmodel: x\n",
        "agent: run the nightly build now\nuser: the build owner team\nschedule: every day at nine\n",
        "user: |\n  Hello there friend\nassistant: |\n  Hi there friend\n",
        "---\nuser: who are you then\nagent: the one you know\n---\nText\n",
        "User-agent: *\nDisallow: /\n\nUser-agent: Bot\nAllow: /\n",
        "interface Turn {\n  user: User;\n  agent: Agent;\n}\n",
        "```\nUser: hi there you\nAgent: hello to you\n```\n",
        "User: nobody answers me here\nUser: still nobody answers\n",
        "From: a@b.c\nTo: d@e.f\nSubject: The user: and the agent\n\nHello.\n",
        "id,role,text\n1,admin,Ann Smith\n2,user,Bob Jones\n",
        "name,amount\nuser,3\nagent,4\n",
        "role,text\nuser,a\nowner,b\nowner,c\nagent,d\n",
        "def f():\n    return {\n        'user': 1,\n        'agent': 2,\n    }\n",
        "WEBVTTX\n\nUser: hi\n",
        "",
    ] {
        assert!(!sniff(text.as_bytes()), "{text}");
    }
}

#[test]
fn cues_tell_voices_and_go_on_over_cues() {
    let voices = "WEBVTT - call 7\n\nNOTE made by hand\n\nSTYLE\n::cue { color: red }\n\n1\n00:02.000 --> 00:03.000 align:start\n<v.loud Customer>Please <i>refund</i> ch_42 &amp; ch_43.</v>\n\n00:00:06.000 --> 00:00:07.000\n<v Agent>Your refund has\n\n00:00:07.000 --> 00:00:08.500\n<v Agent>been processed.\n";
    let names = "1\n00:00:02,000 --> 00:00:03,000\nCustomer: Please refund ch_42 & ch_43.\n\n2\n00:00:06,000 --> 00:00:07,000\nAgent: Your refund has\n\n3\n00:00:07,000 --> 00:00:08,500\nbeen processed.\n";
    let inferred = voices.replace("Customer", "Maria Lopez");
    for (file, form) in [(voices, "webvtt"), (names, "subrip"), (&inferred, "webvtt")] {
        let reading = reading("call.vtt", file);
        let trace = &reading.sessions[0];
        assert_eq!(reading.detections[0].label(), format!("dialogue ({form})"));
        assert_eq!(kinds(trace), ["user", "assistant"], "{file}");
        assert_eq!(texts(trace), ["Please refund ch_42 & ch_43.", "Your refund has been processed."]);
        assert_eq!(trace.span(), Some((2_000_000_000, 6_000_000_000)));
    }
    // Nobody can say which of them is the agent.
    let nobody = voices.replace("Customer", "Maria").replace("Agent", "Jo");
    let error = read(&[Evidence::new("call.vtt", nobody.into_bytes())]).expect_err("refused").to_string();
    assert!(error.contains("turn of Maria"), "{error}");
}

#[test]
fn rows_of_a_table_are_turns_of_their_conversations() {
    let table = "Timestamp;Speaker;Text;Conversation ID\r\n2026-05-04T10:00:00Z;customer;\"Please refund; it is \"\"urgent\"\".\nThanks\";a\r\n2026-05-04T10:00:04Z;Bot;Done for you.;a\r\n2026-05-04T11:00:00Z;customer;Hello?;b\r\n";
    let traces = all("chats.csv", table);
    assert_eq!(traces.iter().map(|t| t.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(texts(&traces[0]), ["Please refund; it is \"urgent\".\nThanks", "Done for you."]);
    assert_eq!((kinds(&traces[0]), kinds(&traces[1]).len()), (vec!["user".to_owned(), "assistant".to_owned()], 1));
    // A name beside a role: the role decides.
    let both = one("c.tsv", "from\trole\tmessage\nAnn\tuser\tHi\nBen\tassistant\tHello\nBen\tassistant\tBye\n");
    assert_eq!(kinds(&both), ["user", "assistant", "assistant"]);
}

#[test]
fn a_log_and_a_document_with_roles_in_front_of_their_lines_are_no_dialogue() {
    let log: String = (0..6)
        .map(|n| {
            format!(
                "2026-05-04 10:00:0{n} Agent: took job {n} from the queue\n2026-05-04 10:00:0{n} Client: connected\n"
            )
        })
        .collect();
    let document = "# The desk\n\nUser: opens the page\n\nAgent: the robot behind it\n\nSome text about both.\n";
    for (text, name) in [(log.as_str(), "a log"), (document, "a Markdown document")] {
        let error = read(&[Evidence::new("f.txt", text.as_bytes().to_vec())]).expect_err(text);
        assert!(error.to_string().contains(name), "{error}");
    }
    // Under a heading, people may well talk.
    let talk = "# Call 7\n\nUser: Where is my parcel?\n\nAgent: I see it in Rome.\n";
    assert_eq!(kinds(&one("c.md", talk)), ["user", "assistant"]);
}

#[test]
fn lines_that_speak_to_nobody_are_read_with_a_warning() {
    let lines =
        ["User: open the shop page", "Agent: shop page is open", "User: next page now", "Agent: page two of nine"];
    let found = reading("c.txt", &lines.join("\n"));
    assert!(found.detections[0].lossy.iter().any(|lossy| lossy.contains("hardly any line")), "{:?}", found.detections);
    let lines = ["User: Can you open it?", "Agent: I did.", "User: next page now", "Agent: page two of nine"];
    assert!(reading("c.txt", &lines.join("\n")).detections[0].lossy.is_empty());
}

#[test]
fn greetings_are_a_dialogue_in_any_encoding() {
    let text = "User: hi\nAssistant: hello\n";
    assert_eq!(kinds(&one("c.txt", text)), ["user", "assistant"]);
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&[Evidence::new("c.txt", wide)]).unwrap().sessions[0].events.len(), 2);
}

#[test]
fn an_example_in_a_document_and_lines_of_a_log_are_read_with_a_warning() {
    let talk = "User: Hello, can you help me with my order?\nAgent: Of course! What is your number?\n";
    let more = "User: It is 7.\nAgent: Thank you, I see it.\n";
    let log = |n: u32| format!("2026-05-04 10:00:0{n} INFO worker began job {n}\n");
    for text in [
        format!("Support bot\n===========\n\nA small bot.\n\n{talk}{more}\nInstall it with npm.\n"),
        format!("Usage:\n\n{talk}\nThat is all.\n"),
        format!("You are a helpful agent.\n\nExample conversation:\n{talk}{more}\nAlways answer in this style.\n"),
        format!("{}{}{talk}{}{}", log(1), log(2), log(3), log(4)),
        format!("{talk}{}{}{more}", log(1), log(2)),
        format!("Steps to reproduce the bug in version 2:\n\n{talk}{more}\nActual: it crashes.\n"),
        "Roles in this document\n\nUser: the person who uses the system. You can add users.\nAgent: the program that acts. You configure it here.\n".to_owned(),
        "User: the person who uses the system and gives orders to it.\nAgent: the program that acts for the user.\n".to_owned(),
    ] {
        let Ok(found) = read(&[Evidence::new("r.md", text.clone().into_bytes())]) else { continue };
        let told = |what: &str| what.contains("check that this is a conversation");
        assert!(found.detections[0].lossy.iter().any(|lossy| told(lossy)), "{text}");
        assert!(found.sessions[0].gaps.iter().any(|gap| told(&gap.what)), "{text}");
    }
    for text in [
        format!("{talk}{more}"),
        format!("Support call 77\n\n{talk}{more}"),
        format!("Date: 4 May 2026\nCustomer: Mia\n\n{talk}{more}"),
        format!("{talk}{more}\nSecond paragraph of the answer.\n"),
        "User: cancel parcel 7 please\nAgent: Done, I canceled it for you.\n".to_owned(),
    ] {
        let lossy = &reading("r.txt", &text).detections[0].lossy;
        assert!(lossy.is_empty(), "{text}: {lossy:?}");
    }
}

#[test]
fn a_field_that_a_separator_parted_is_put_together_or_told() {
    let last = "time,speaker,text\n10:00,User,Two, not three\n10:01,Agent,ok\n";
    let trace = one("t.csv", last);
    assert_eq!((texts(&trace), trace.gaps.len()), (vec!["Two, not three", "ok"], 1));
    let rows = "User,Hi,1\nAgent,Hello,2\nUser,ok,3\nAgent,Done,4\nUser,Bye,5\nAgent,Bye,6\n";
    let middle = format!("speaker,text,id\nUser,Two, not three,0\n{rows}");
    let trace = one("t.csv", &middle);
    assert_eq!((texts(&trace).len(), trace.has_gap(&[GapKind::RecordsUnread])), (6, true));
}

#[test]
fn a_call_in_a_table_is_told_and_nothing_false_beside_it() {
    let table = "role,content,tool_calls\nuser,pay,\nassistant,,pay(5)\ntool,ok,\nassistant,Paid,\n";
    let trace = one("t.csv", table);
    assert!(trace.has_gap(&[GapKind::RecordsUnread]));
    assert!(trace.gaps.iter().all(|gap| !gap.what.contains("words only")), "{:?}", trace.gaps);
}

#[test]
fn a_cue_without_a_voice_is_nobodys_where_others_have_one() {
    let cues = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v User>Hi\n\n00:02.000 --> 00:03.000\n<v Agent>Hello\n\n00:03.000 --> 00:04.000\nHm\n";
    let trace = one("t.vtt", cues);
    assert_eq!((texts(&trace), trace.has_gap(&[GapKind::RecordsUnread])), (vec!["Hi", "Hello"], true));
}

#[test]
fn a_talk_between_fences_is_part_of_what_is_said() {
    let talk = "Customer: Show me how it would go\nAgent: Like this:\n```text\nCustomer: cancel all of it\nAgent: It is cancelled\n```\nCustomer: Good, thanks\nAgent: You are welcome\n";
    let trace = one("t.txt", talk);
    assert_eq!(kinds(&trace), ["user", "assistant", "user", "assistant"]);
    assert!(texts(&trace)[1].contains("cancel all of it"));
    let open = talk.replacen("```\nCustomer: Good", "Customer: Good", 1);
    assert_eq!(texts(&one("t.txt", &open)).len(), 6, "a fence without an end encloses nothing");
}

#[test]
fn rows_with_numbers_are_read_in_their_order() {
    let rows =
        "session_id;seq;role;content\ns7;3;user;Thanks a lot\ns7;1;user;Where is it?\ns7;2;assistant;On its way\n";
    assert_eq!(texts(&one("t.csv", rows)), ["Where is it?", "On its way", "Thanks a lot"]);
    // A number that comes twice says no order.
    let pairs = "turn,role,content\n2,user,Where is it?\n2,assistant,On its way\n1,user,Thanks\n";
    assert_eq!(texts(&one("t.csv", pairs)), ["Where is it?", "On its way", "Thanks"]);
}

#[test]
fn of_two_speakers_in_a_table_the_other_is_the_other_one() {
    let trace = one("t.csv", "sender\tmessage\nGast\tWo ist es?\nBot\tUnterwegs.\nGast\tDanke\n");
    assert_eq!(kinds(&trace), ["user", "assistant", "user"]);
    assert!(!sniff(b"sender,message\nAnn,hi\nBob,hello\n"));
}

#[test]
fn short_words_by_turns_are_a_dialogue() {
    let trace = one("t.txt", "Human: Stop\n\nAssistant: Stopped\n\nHuman: Go\n\nAssistant: Going\n");
    assert_eq!(texts(&trace), ["Stop", "Stopped", "Go", "Going"]);
}

#[test]
fn short_turns_of_a_user_and_an_agent_may_have_other_lines_in_them() {
    for (text, said) in [
        (
            "User: Morning\nAgent: Two rules:\nNote: no shoes\nhttps://gym.example: map\n\nUser: fine\nAgent: great\n",
            "fine",
        ),
        ("User: Draft a sketch\nAgent: Here:\n\"User: sell it\"\n\"Agent: sold\"\nUser: nice\nAgent: sure\n", "nice"),
        ("You said:\nMorning\nChatGPT said:\nHello.\n\nYou said:\nfine\nChatGPT said:\ngreat\n", "fine"),
    ] {
        let trace = one("talk.txt", text);
        assert_eq!(kinds(&trace), ["user", "assistant", "user", "assistant"], "{text}");
        assert_eq!(texts(&trace)[2], said);
    }
    for text in [
        "user: ann\nagent: curl\nhost: a\nuser: bob\nagent: wget\nhost: b\n",
        "User: ann\nHost: a\nPath: /\nAgent: curl\nUser: bob\nHost: b\nPath: /x\nAgent: wget\n",
    ] {
        assert!(!sniff(text.as_bytes()), "{text}");
    }
}
