//! JSON that is no trace, of programs that everybody has: no format takes any of it, though single keys and words are those of a
//! format.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::{Evidence, read, scan};

/// Small documents in the forms of other programs, each with its name.
const OTHERS: &[(&str, &str)] = &[
    (
        "package",
        r#"{"name":"shop","version":"1.0.0","scripts":{"build":"tsc"},"dependencies":{"left-pad":"^1.0.0"},"type":"module"}"#,
    ),
    (
        "openapi",
        r#"{"openapi":"3.1.0","info":{"title":"Orders","version":"1"},"paths":{"/orders":{"get":{"responses":{"200":{"content":{"application/json":{}}}}}}}}"#,
    ),
    (
        "geojson",
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"name":"Depot"}}]}"#,
    ),
    (
        "terraform",
        r#"{"version":4,"terraform_version":"1.9.0","serial":3,"outputs":{},"resources":[{"mode":"managed","type":"aws_s3_bucket","name":"b","instances":[]}]}"#,
    ),
    (
        "notebook",
        r##"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# Hi"]},{"cell_type":"code","execution_count":1,"outputs":[{"output_type":"stream","text":["ok"]}],"source":["run()"]}]}"##,
    ),
    (
        "kubernetes",
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]},"status":{"phase":"Running"}}"#,
    ),
    (
        "kubernetes events",
        r#"{"kind":"EventList","apiVersion":"v1","items":[{"metadata":{"uid":"u"},"type":"Warning","reason":"BackOff","message":"restarting","source":{"component":"kubelet"}}]}"#,
    ),
    (
        "ci",
        r#"{"name":"build","on":["push"],"jobs":{"test":{"runs-on":"ubuntu","steps":[{"uses":"actions/checkout@v4"},{"name":"Test","run":"make test"}]}}}"#,
    ),
    (
        "ci run",
        r#"{"id":7,"status":"completed","conclusion":"failure","steps":[{"name":"Checkout","number":1,"status":"completed"},{"name":"Test","number":2,"status":"completed"}]}"#,
    ),
    (
        "page views",
        "{\"event\":\"page_view\",\"user_id\":\"u1\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"properties\":{\"url\":\"/\"}}\n{\"event\":\"click\",\"user_id\":\"u1\",\"timestamp\":\"2026-01-05T10:00:01Z\",\"properties\":{\"id\":\"buy\"}}",
    ),
    (
        "tracks",
        "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u\",\"messageId\":\"m\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"context\":{},\"properties\":{\"n\":1}}\n{\"type\":\"identify\",\"userId\":\"u\",\"messageId\":\"n\",\"timestamp\":\"2026-01-05T10:00:01Z\",\"traits\":{}}",
    ),
    (
        "cart",
        r#"{"id":"cart_1","session_id":"s1","items":[{"id":"p1","name":"Lamp","quantity":2,"price":10}],"total":20,"currency":"EUR"}"#,
    ),
    (
        "chat of a team",
        r#"[{"type":"message","user":"U1","text":"hello","ts":"1700000000.1"},{"type":"message","user":"U2","text":"hi","ts":"1700000001.1"}]"#,
    ),
    (
        "tickets",
        r#"{"expand":"schema","startAt":0,"total":1,"issues":[{"id":"1","key":"SHOP-1","fields":{"summary":"Broken","status":{"name":"Open"},"comment":{"comments":[{"author":{"displayName":"Ann"},"body":"Seen"}]}}}]}"#,
    ),
    (
        "pushes",
        r#"[{"id":"1","type":"PushEvent","actor":{"id":1,"login":"ann"},"repo":{"id":1,"name":"a/b"},"payload":{"push_id":1,"commits":[{"sha":"x","message":"fix"}]},"public":true,"created_at":"2026-01-05T10:00:00Z"}]"#,
    ),
    (
        "pushes as lines",
        "{\"id\":\"1\",\"type\":\"PushEvent\",\"actor\":{\"login\":\"ann\"},\"payload\":{\"size\":1},\"created_at\":\"2026-01-05T10:00:00Z\"}\n{\"id\":\"2\",\"type\":\"IssuesEvent\",\"actor\":{\"login\":\"bob\"},\"payload\":{\"action\":\"opened\"},\"created_at\":\"2026-01-05T10:00:01Z\"}",
    ),
    (
        "prometheus",
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"api"},"value":[1700000000,"1"]}]}}"#,
    ),
    (
        "elasticsearch",
        r#"{"took":3,"hits":{"total":{"value":1},"hits":[{"_index":"logs","_id":"1","_source":{"message":"started","level":"info"}}]}}"#,
    ),
    (
        "campaigns",
        r#"{"campaigns":[{"id":"c","type":"regular","status":"sent","recipients":{"list_id":"l"},"settings":{"subject_line":"Sale","from_name":"Shop"}}],"total_items":1}"#,
    ),
    (
        "payments",
        r#"{"object":"list","data":[{"id":"evt_1","object":"event","type":"charge.succeeded","created":1700000000,"data":{"object":{"id":"ch_1","object":"charge","amount":5}}}],"has_more":false}"#,
    ),
    (
        "payments as lines",
        "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"charge.succeeded\",\"created\":1700000000,\"data\":{\"object\":{\"id\":\"ch_1\"}}}\n{\"id\":\"evt_2\",\"object\":\"event\",\"type\":\"charge.refunded\",\"created\":1700000001,\"data\":{\"object\":{\"id\":\"ch_1\"}}}",
    ),
    (
        "cloud events",
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/orders\",\"type\":\"order.created\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"data\":{\"order\":1}}\n{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/orders\",\"type\":\"order.paid\",\"timestamp\":\"2026-01-05T10:00:01Z\",\"data\":{\"order\":1}}",
    ),
    (
        "domain events",
        r#"{"events":[{"id":"1","source":"user","kind":"SignupEvent","timestamp":"2026-01-05T10:00:00Z"},{"id":"2","source":"user","kind":"LoginEvent","timestamp":"2026-01-05T10:00:01Z"}]}"#,
    ),
    (
        "audit log",
        "{\"id\":\"1\",\"source\":\"user\",\"action\":\"login\",\"args\":{\"ip\":\"10.0.0.1\"},\"time\":\"2026-01-05T10:00:00Z\"}\n{\"id\":\"2\",\"source\":\"user\",\"action\":\"logout\",\"args\":{},\"time\":\"2026-01-05T10:00:01Z\"}",
    ),
    (
        "requests to try",
        r#"{"info":{"_postman_id":"x","name":"Orders","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[{"name":"List","request":{"method":"GET","url":"/orders"},"response":[]}]}"#,
    ),
    (
        "design",
        r#"{"name":"Shop","document":{"id":"0:0","type":"DOCUMENT","children":[{"id":"1:1","type":"CANVAS","name":"Page","children":[{"type":"TEXT","characters":"Buy"}]}]},"components":{},"version":"1"}"#,
    ),
    (
        "page speed",
        r#"{"lighthouseVersion":"12.0.0","requestedUrl":"https://example.com","audits":{"speed":{"id":"speed","title":"Speed","score":0.9}},"categories":{"performance":{"score":0.9}}}"#,
    ),
    (
        "lint",
        r#"[{"filePath":"/a.js","messages":[{"ruleId":"no-unused","severity":2,"message":"'x' is unused","line":1,"column":5}],"errorCount":1,"warningCount":0,"source":"let x"}]"#,
    ),
    (
        "analysis",
        r#"{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":{"driver":{"name":"scan"}},"results":[{"ruleId":"r","message":{"text":"Bad"}}]}]}"#,
    ),
    ("coverage", r#"{"/a.js":{"path":"/a.js","statementMap":{"0":{"start":{"line":1}}},"s":{"0":1},"f":{},"b":{}}}"#),
    (
        "tests",
        r#"{"numTotalTests":2,"success":false,"testResults":[{"name":"a.test.js","status":"failed","message":"boom","assertionResults":[{"title":"adds","status":"passed"}]}]}"#,
    ),
    (
        "recipe",
        r#"{"name":"Soup","steps":[{"step":1,"text":"Boil water"},{"step":2,"text":"Add salt"}],"ingredients":["water","salt"]}"#,
    ),
    (
        "recipe with tools",
        r#"{"title":"Bread","steps":[{"step_number":1,"instruction":"Mix","tools":["bowl"],"duration":5},{"step_number":2,"instruction":"Bake","tools":["oven"],"duration":40}]}"#,
    ),
    ("recipe in words", r#"{"title":"Tea","steps":["Boil water","Pour"],"source":"Grandma"}"#),
    (
        "story",
        r#"{"title":"The letter","messages":[{"author":"Ann","body":"I am leaving."},{"author":"Bob","body":"Stay."}]}"#,
    ),
    (
        "play",
        r#"{"title":"The gate","messages":[{"role":"King","content":"Open the gate!"},{"role":"Guard","content":"Never."}]}"#,
    ),
    ("translations", r#"{"locale":"de","messages":{"greeting":"Hallo","bye":"Tschüss"}}"#),
    (
        "course",
        r#"{"course":"English","conversation":[{"speaker":"A","line":"How are you?"},{"speaker":"B","line":"Fine."}],"level":"A1"}"#,
    ),
    (
        "lessons",
        r#"{"id":"c1","conversations":[{"title":"At the baker's","topic":"food"},{"title":"At the station","topic":"travel"}]}"#,
    ),
    ("to do", r#"[{"task":"buy milk","done":false},{"task":"call Ann","done":true}]"#),
    ("to do in one key", r#"[{"task":"buy milk"},{"task":"call Ann"}]"#),
    ("plans", r#"[{"plan":"basic","price":5},{"plan":"pro","price":15}]"#),
    (
        "browsing",
        r#"{"history":[{"url":"https://example.com","title":"Example","visits":3,"content":"text/html"}],"question":"none"}"#,
    ),
    (
        "versions",
        r#"{"history":[{"role":"editor","name":"Ann","change":"typo"},{"role":"author","name":"Bob","change":"draft"}],"level":1}"#,
    ),
    ("brews", r#"{"batches":[{"id":1,"beer":"Stout","liters":20},{"id":2,"beer":"Ale","liters":30}]}"#),
    ("traces of ore", r#"{"traces":[{"mineral":"gold","ppm":0.2},{"mineral":"zinc","ppm":12}],"site":"B7"}"#),
    ("sitemap", r#"{"mapping":{"home":{"title":"Home","children":["shop"]},"shop":{"title":"Shop","children":[]}}}"#),
    ("update", r#"{"$set":{"status":"paid"}}"#),
    ("updates", "{\"$set\":{\"status\":\"paid\"}}\n{\"$set\":{\"status\":\"sent\"}}"),
    (
        "toasts",
        "{\"type\":\"info\",\"id\":1,\"content\":\"Saved\"}\n{\"type\":\"error\",\"id\":2,\"content\":\"Could not save\"}",
    ),
    ("book", r#"{"title":"Rivers","contents":"Chapter one …","model":null}"#),
    (
        "book in parts",
        r#"{"title":"Rivers","contents":[{"parts":[{"title":"Source","pages":12},{"title":"Mouth","pages":9}]}]}"#,
    ),
    ("vote", r#"{"office":"mayor","candidates":[{"name":"Ann","votes":12},{"name":"Bob","votes":9}]}"#),
    (
        "estate",
        r#"{"agents":[{"name":"Ann","messages":[{"from":"Bob","body":"Is it sold?"}]},{"name":"Eve","messages":[]}]}"#,
    ),
    (
        "quiz",
        r#"{"choices":[{"text":"Paris","right":true},{"text":"Rome","right":false}],"question":"Capital of France?"}"#,
    ),
    ("printer", r#"{"model":"LaserJet","input":"tray 2","output":"duplex"}"#),
    ("printers", "{\"model\":\"LaserJet\",\"input\":\"tray 2\"}\n{\"model\":\"InkJet\",\"input\":\"tray 1\"}"),
    (
        "sensor",
        "{\"model\":\"T-100\",\"input\":[1.5,2.5],\"unit\":\"V\"}\n{\"model\":\"T-100\",\"input\":[1.6,2.4],\"unit\":\"V\"}",
    ),
    ("people", r#"[{"type":"human","content":{"name":"Ann"}},{"type":"human","content":{"name":"Bob"}}]"#),
    (
        "labels",
        "{\"type\":\"label\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"text\":\"fragile\"}\n{\"type\":\"label\",\"timestamp\":\"2026-01-05T10:00:01Z\",\"text\":\"heavy\"}",
    ),
    (
        "meetings",
        "{\"type\":\"session\",\"version\":2,\"title\":\"Keynote\"}\n{\"type\":\"session\",\"version\":1,\"title\":\"Lunch\"}",
    ),
    (
        "visits",
        r#"[{"id":"v1","timestamp":"2026-01-05T10:00:00Z","sessionId":"s1","page":"/"},{"id":"v2","timestamp":"2026-01-05T10:00:01Z","sessionId":"s1","page":"/buy"}]"#,
    ),
    (
        "requests of a server",
        r#"{"requests":[{"message":"GET /","status":200},{"message":"POST /buy","status":500}],"host":"web"}"#,
    ),
    (
        "container log",
        "{\"log\":\"started\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-05T10:00:00Z\"}\n{\"log\":\"failed\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-05T10:00:01Z\"}",
    ),
    (
        "program log",
        "{\"level\":\"info\",\"msg\":\"started\",\"time\":\"2026-01-05T10:00:00Z\"}\n{\"level\":\"error\",\"msg\":\"database is down\",\"time\":\"2026-01-05T10:00:01Z\"}",
    ),
    (
        "journal",
        "{\"MESSAGE\":\"Started web\",\"PRIORITY\":\"6\",\"__REALTIME_TIMESTAMP\":\"1700000000000000\",\"_PID\":\"1\"}\n{\"MESSAGE\":\"Stopped web\",\"PRIORITY\":\"6\",\"__REALTIME_TIMESTAMP\":\"1700000001000000\",\"_PID\":\"1\"}",
    ),
    (
        "mails",
        r#"{"messages":[{"id":"m1","subject":"Refund","from":"a@example.com","to":"b@example.com","body":"Please"}]}"#,
    ),
    (
        "feed",
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"Blog","items":[{"id":"1","content_text":"Hello","date_published":"2026-01-05T10:00:00Z"}]}"#,
    ),
    (
        "weather",
        r#"{"city":"Bonn","observations":[{"time":"2026-01-05T10:00:00Z","temperature":3},{"time":"2026-01-05T11:00:00Z","temperature":4}],"timestamp":"2026-01-05T12:00:00Z"}"#,
    ),
    ("orders", r#"{"orders":[{"id":1,"status":"paid","customer":{"role":"user","name":"Ann"}}],"count":1}"#),
    ("members", r#"{"messages":[{"role":"admin","name":"Ann"},{"role":"member","name":"Bob"}]}"#),
    (
        "staff",
        r#"[{"role":"user","name":"Ann","email":"a@example.com"},{"role":"assistant","name":"Bob","email":"b@example.com"}]"#,
    ),
    ("staff as lines", "{\"role\":\"user\",\"name\":\"Ann\"}\n{\"role\":\"assistant\",\"name\":\"Bob\"}"),
];

#[test]
fn what_other_programs_write_is_refused() {
    let mut taken = Vec::new();
    for (name, text) in OTHERS {
        let item = Evidence::new("other.json", text.as_bytes().to_vec());
        match read(std::slice::from_ref(&item)) {
            Err(error) => assert!(error.to_string().starts_with("other.json "), "{name}: {error}"),
            Ok(found) => taken.push((name, found.detections[0].format, found.detections[0].score)),
        }
        assert!(scan(&item, |_| ()).is_err() || taken.iter().any(|(taken, ..)| *taken == name), "{name}");
    }
    assert!(taken.is_empty(), "{taken:?}");
}
