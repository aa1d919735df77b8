//! Answers as files: who gets which, with every row, and safe to open.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::files::{Table, download, part, sheet};
use crate::support::region::{codes, crowd, region};
use crate::support::{App, database};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";

/// The paths whose answers are also files, and the names of these without extension.
const PATHS: [(&str, &str); 4] = [
    ("/api/v1/associations/east/completion/2018", "east-2018-completion"),
    ("/api/v1/completion/2018", "completion-2018"),
    ("/api/v1/rankings/2018", "ranking-2018"),
    ("/api/v1/laggards/2018", "laggards-2018"),
];

#[test]
fn the_same_path_answers_json_csv_or_a_workbook_as_it_is_asked() {
    let app = region();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    let cases = [
        ("", "", JSON),
        ("", "*/*", JSON),
        ("", browser, JSON),
        ("", "application/json, text/plain, */*", JSON),
        ("", "image/png", JSON),
        ("", "text/csv", CSV),
        ("", "text/csv, */*", CSV),
        ("", "text/csv;q=0.5, application/json", JSON),
        ("", "text/csv;q=0, */*", JSON),
        ("", "application/json;q=0.1, text/csv;q=0.2", CSV),
        ("", XLSX, XLSX),
        ("?format=csv", "", CSV),
        ("?format=csv", "application/json", CSV),
        ("?format=csv", XLSX, CSV),
        ("?format=xlsx", "text/csv", XLSX),
    ];
    for (path, name) in PATHS {
        for (query, accept, expected) in cases {
            let headers: &[_] = if accept.is_empty() { &[] } else { &[("Accept", accept)] };
            let (reply, file) = app.admin().download_as(&format!("{path}{query}"), headers);
            let told = (reply.status, reply.header("content-type"));
            assert_eq!(told, (200, expected), "{path}{query} {accept}");
            let begin: &[u8] = if expected == CSV { "\u{feff}".as_bytes() } else { b"PK" };
            assert_eq!(file.starts_with(begin), expected != JSON, "{path}{query} {accept}");
            let disposition = reply.header("content-disposition");
            let extension = if expected == CSV { "csv" } else { "xlsx" };
            let has_name = disposition.contains(&format!("filename=\"{name}.{extension}\""));
            assert_eq!(has_name, expected != JSON, "{disposition}");
        }
    }
}

#[test]
fn a_file_is_called_by_its_title_in_the_language_of_the_reader() {
    let app = region();
    app.admin().patch("/associations/east", json!({"name": "东市/科协: \"甲\""})).expect(200);
    let name = |language| {
        let path = "/api/v1/associations/east/completion/2018?format=csv";
        let (reply, _) = app.admin().download_as(path, &[("Accept-Language", language)]);
        let disposition = reply.header("content-disposition").to_owned();
        let name = disposition.split("filename*=UTF-8''").nth(1).expect("a name").to_owned();
        form_urlencoded::parse(format!("n={name}").as_bytes()).next().expect("a pair").1.into_owned()
    };
    assert_eq!(name("zh"), "东市_科协_ _甲_2018年目标完成情况.csv");
    assert_eq!(name("en"), "Completion of 东市_科协_ _甲_ in 2018.csv");
}

#[test]
fn each_representation_has_a_tag_of_its_own_and_is_not_sent_twice() {
    let app = region();
    let ways: [(&str, &[(&str, &str)]); 6] = [
        ("", &[]),
        ("?format=csv", &[]),
        ("?format=xlsx", &[]),
        ("", &[("Accept", "text/csv")]),
        ("", &[("Accept", XLSX)]),
        ("?format=csv", &[("Accept-Language", "zh")]),
    ];
    for (path, _) in PATHS {
        let tag = |(query, headers): (&str, &[(&str, &str)])| {
            let reply = app.admin().download_as(&format!("{path}{query}"), headers).0;
            assert!(reply.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("accept,")));
            assert_eq!(reply.header("cache-control"), "private, no-cache");
            reply.header("etag").to_owned()
        };
        let tags = ways.map(tag);
        for (way, (query, headers)) in ways.into_iter().enumerate() {
            for (other, tag) in tags.iter().enumerate() {
                let headers = [headers, &[("If-None-Match", tag.as_str())]].concat();
                let (reply, file) = app.admin().download_as(&format!("{path}{query}"), &headers);
                let expected = if way == other { 304 } else { 200 };
                assert_eq!(reply.status, expected, "{path}{query} {headers:?}");
                assert_eq!(file.is_empty(), way == other);
            }
        }
        // An accepted actual is in the very next file.
        app.report("west", "households", "2018-04", 1);
        app.report("east", "households", "2018-04", 1);
        let (reply, _) = app.admin().download_as(&format!("{path}?format=csv"), &[("If-None-Match", &tags[1])]);
        assert_eq!(reply.status, 200, "{path}");
    }
}

#[test]
fn a_file_has_every_row_in_the_order_of_the_answer() {
    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 1_200, 0.5);
    let admin = app.admin();
    for path in ["/completion/2018?sort=score&parent=province", "/rankings/2018?parent=province"] {
        let (mut expected, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{path}&limit=500{cursor}")).expect(200);
            expected.extend(codes(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(expected.len(), 1_200);
        for format in ["csv", "xlsx"] {
            let file = download(&admin, path, format, "zh");
            let table = if format == "csv" { Table::of_csv(&file) } else { Table::of_xlsx(&file) };
            assert_eq!(table.column("组织编码"), expected, "{path} {format}");
        }
    }
}

#[test]
fn a_file_is_no_page() {
    let app = region();
    for (path, _) in &PATHS[1..] {
        for (page, pointer) in [("limit=20", "?limit"), ("cursor=abc", "?cursor")] {
            let reply = app.admin().send("GET", &format!("{path}?format=csv&{page}"), &[], "");
            let problem = reply.expect_problem(400, "invalid_parameter");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("every row"), "{problem}");
            let reply = app.admin().send("GET", &format!("{path}?{page}"), &[("Accept", "text/csv")], "");
            reply.expect_problem(400, "invalid_parameter");
        }
    }
}

#[test]
fn what_does_not_fit_into_a_file_is_refused_with_the_limit_and_a_way_out() {
    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 100_000, 0.5);
    let admin = app.admin();
    for path in ["/completion/2018", "/rankings/2018"] {
        let problem = admin.get(&format!("{path}?format=csv")).expect_problem(422, "too_many_for_file");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("100000") && detail.contains("filters"), "{detail}");
        let (reply, file) = admin.download(&format!("/api/v1{path}?format=csv&parent=province"));
        assert_eq!(reply.status, 200);
        assert_eq!(Table::of_csv(&file).rows.len(), 100_000, "{path}");
    }
}

#[test]
fn names_that_look_like_formulas_are_text_in_every_file() {
    let app = region();
    let long = "&=长".repeat(66);
    let names =
        ["=HYPERLINK(\"http://x\")", "+1", "-2", "@SUM(A1)", "\t=1", "a,\"b\"\nc", "</t>&amp;<x>]]>", "😀'='", &long];
    for (index, name) in names.iter().enumerate() {
        let code = format!("a{index}");
        app.association_with(&code, json!({"name": name, "parent": "east"}));
        app.indicator_with(&code, json!({"name": name, "category": name.chars().take(50).collect::<String>()}));
        let target = json!({"value": 1_000, "source": {"quote": name, "document": name}});
        app.admin().put(&format!("/associations/{code}/targets/2018/{code}"), target).expect(201);
        app.report(&code, &code, "2018-01", 1);
    }
    let stored = |code: &str| app.admin().get(&format!("/associations/{code}")).expect(200)["name"].clone();
    let guarded =
        |name: &str| if name.starts_with(['=', '+', '-', '@', '\t']) { format!("'{name}") } else { name.into() };
    for path in ["/completion/2018?within=east", "/rankings/2018?within=east", "/laggards/2018"] {
        let [csv, xlsx] = ["csv", "xlsx"].map(|format| download(&app.admin(), path, format, "zh"));
        let (csv, xlsx) = (Table::of_csv(&csv), Table::of_xlsx(&xlsx));
        for (index, code) in xlsx.column("组织编码").into_iter().enumerate().filter(|(_, code)| code.starts_with('a'))
        {
            let name = stored(code);
            assert_eq!(xlsx.cell(index, "组织"), name.as_str().unwrap(), "{path}");
            assert_eq!(csv.cell(index, "组织"), guarded(name.as_str().unwrap()), "{path}");
        }
    }
    for index in 0..names.len() {
        let path = format!("/associations/a{index}/completion/2018");
        let name = stored(&format!("a{index}"));
        let name = name.as_str().unwrap();
        let file = download(&app.admin(), &path, "xlsx", "zh");
        assert!(!part(&file, "xl/worksheets/sheet1.xml").expect("a sheet").contains("<f>"), "{name}");
        let (csv, xlsx) = (Table::of_csv(&download(&app.admin(), &path, "csv", "zh")), Table::of_xlsx(&file));
        for heading in ["指标", "类别", "目标来源", "目标原文"] {
            let raw = xlsx.cell(0, heading).to_owned();
            assert!(names.iter().any(|name| name.trim().starts_with(raw.trim())), "{heading}: {raw:?}");
            assert_eq!(csv.cell(0, heading), guarded(&raw), "{heading}");
        }
        assert!(sheet(&file, 2)[0][0].starts_with(name), "{:?}", sheet(&file, 2)[0]);
    }
}

#[test]
fn what_is_wrong_is_a_problem_also_where_a_file_was_asked_for() {
    let app = region();
    let scoped = app.person(Role::Viewer, Some("east"));
    for headers in [[("Accept", "text/csv")], [("Accept", XLSX)]] {
        let ask =
            |person: &crate::support::Person, path: &str| person.send("GET", &format!("/api/v1{path}"), &headers, "");
        ask(&app.admin(), "/associations/nowhere/completion/2018").expect_problem(404, "association_not_found");
        ask(&scoped, "/associations/west/completion/2018").expect_problem(404, "association_not_found");
        ask(&scoped, "/completion/2018?within=west").expect_problem(400, "invalid_parameter");
        ask(&scoped, "/rankings/2018?indicator=none").expect_problem(400, "invalid_parameter");
        ask(&app.stranger(), "/laggards/2018").expect_problem(401, "unauthenticated");
        ask(&app.admin(), "/laggards/2018?as_of=2018-07-01").expect_problem(400, "invalid_parameter");
    }
    for (path, _) in PATHS {
        let problem =
            app.admin().send("GET", &format!("{path}?format=pdf"), &[], "").expect_problem(400, "invalid_parameter");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!("?format"), &json!("not_allowed")), "{error}");
        let problem =
            app.admin().send("GET", &format!("{path}?fromat=csv"), &[], "").expect_problem(400, "invalid_parameter");
        assert!(problem["errors"][0]["allowed"].as_str().unwrap().contains("format"), "{problem}");
    }
    app.admin().get("/associations/east/rank/2018?format=csv").expect_problem(400, "invalid_parameter");
}

#[test]
fn a_key_finds_in_a_file_what_it_may_see_and_nothing_else() {
    let app = region();
    let scoped = app.person(Role::Viewer, Some("east"));
    for path in ["/completion/2018", "/rankings/2018"] {
        let table = Table::of_csv(&download(&scoped, path, "csv", "en"));
        let mut seen = table.column("Association code");
        seen.sort_unstable();
        assert_eq!(seen, ["east", "hill", "lake"], "{path}");
    }
    let table = Table::of_csv(&download(&scoped, "/laggards/2018", "csv", "en"));
    assert!(!table.column("Association code").contains(&"west"), "{table:?}");
}

#[test]
fn codes_and_words_stand_in_columns_of_their_own_in_both_languages() {
    let app = region();
    app.indicator_with("faults", json!({"direction": "lower_is_better"}));
    app.target("west", 2018, "faults", 3);
    app.report("west", "faults", "2018-03", 9);
    for (language, status, words, reason, told) in [
        ("en", "Status", "Behind", "Why no rate", "less is better: there is no ratio"),
        ("zh", "状态", "滞后", "无完成率原因", "越低越好，只判断是否达标"),
    ] {
        let code = if language == "en" { ["Status code", "Reason code"] } else { ["状态代码", "原因代码"] };
        for path in ["/associations/west/completion/2018", "/laggards/2018?indicator=faults"] {
            let table = Table::of_csv(&download(&app.admin(), path, "csv", language));
            let row = table.rows.iter().position(|row| row.contains(&"faults".to_owned())).expect("a line");
            assert_eq!([table.cell(row, status), table.cell(row, code[0])], [words, "behind"], "{path}");
            assert_eq!([table.cell(row, reason), table.cell(row, code[1])], [told, "no_ratio_for_lower_is_better"]);
        }
    }
    let unranked = Table::of_csv(&download(&app.admin(), "/rankings/2018", "csv", "zh"));
    assert!(
        unranked.rows.iter().any(|row| row[0].is_empty() && row.contains(&"没有计划目标".to_owned())),
        "{unranked:?}"
    );
}

#[test]
fn nobody_else_waits_while_whole_lists_are_read() {
    let app = region();
    // Made before the connections are taken that keys are made with here.
    let admin = &app.admin();
    let held = database::hold(&app.database, "BEGIN; LOCK TABLE actual_totals IN ACCESS EXCLUSIVE MODE");
    let waiting =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() LIMIT 1";
    std::thread::scope(|scope| {
        // More than a worker has connections.
        let files: Vec<_> = (0..8).map(|_| scope.spawn(|| admin.get("/laggards/2018?format=csv").status)).collect();
        assert!(database::await_row(&app.database, waiting, || files.iter().all(|file| file.is_finished())));
        admin.get("/associations").expect(200);
        held.release();
        let statuses: Vec<_> = files.into_iter().map(|file| file.join().expect("an answer")).collect();
        assert_eq!(statuses, [200; 8]);
    });
}

#[test]
fn the_document_says_which_answers_are_files_too() {
    let document: Value = serde_json::to_value(kpi::api::document()).expect("a document");
    let has_files = |operation: &&Value| {
        let content = operation["responses"]["200"]["content"].as_object();
        content.is_some_and(|content| [JSON, "text/csv", XLSX].iter().all(|kind| content.contains_key(*kind)))
    };
    let operations = document["paths"].as_object().unwrap().iter();
    let found: Vec<_> =
        operations.filter(|(_, item)| has_files(&&item["get"])).map(|(path, _)| path.as_str()).collect();
    let mut found = found;
    found.sort_unstable();
    let expected = [
        "/api/v1/associations/{association}/completion/{year}",
        "/api/v1/completion/{year}",
        "/api/v1/laggards/{year}",
        "/api/v1/rankings/{year}",
    ];
    assert_eq!(found, expected);
}
