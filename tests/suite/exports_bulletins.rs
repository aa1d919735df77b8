//! A bulletin as a workbook: what was frozen, to the last digit, in a sheet for each of its tables.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::exports_numbers::{LAGGARDS, Places, RANKING, SUMMARY, says};
use crate::support::App;
use crate::support::files::{Table, download, part, sheet, sheet_names};
use crate::support::region::{crowd, region};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PATH: &str = "/bulletins/2018/1";

const TOGETHER: Places = &[
    ("Associations", "/total"),
    ("Ranked", "/of"),
    ("With a score", "/overall/scored"),
    ("Score", "/overall/score"),
    ("Targets", "/overall/targets"),
    ("Targets met", "/overall/met"),
    ("Weight", "/overall/weight"),
    ("Exceeded", "/counts/exceeded"),
    ("Completed", "/counts/completed"),
    ("On track", "/counts/on_track"),
    ("At risk", "/counts/at_risk"),
    ("Behind", "/counts/behind"),
    ("Not started", "/counts/not_started"),
    ("Overdue", "/counts/overdue"),
    ("Not computable", "/counts/not_computable"),
];

const REPORTING: Places = &[
    ("Expected", "/expected"),
    ("Reported", "/reported"),
    ("By a nil report", "/nil"),
    ("In time", "/on_time"),
    ("Missing", "/missing"),
    ("Reporting rate", "/reporting_rate"),
    ("On-time rate", "/on_time_rate"),
];

/// The region in July; its bulletin, and the text of it.
fn july() -> (App, Value, String) {
    let app = region();
    app.set_day(2018, 7, 11);
    let admin = app.admin();
    admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 10})).expect(201);
    let target = r#"{"value": 8000.0001, "weight": 2.25}"#;
    let headers = [("Content-Type", "application/json")];
    admin.send("PUT", "/api/v1/associations/west/targets/2018/people", &headers, target).expect(201);
    app.report("west", "people", "2018-06", 1_001);
    app.report("east", "households", "2018-06", 1);
    let issued = admin.post("/bulletins", json!({"year": 2018, "title": "半年通报", "scope": "province"}));
    let text = issued.text.clone();
    (app, issued.expect(201), text)
}

fn lines(value: &Value) -> &[Value] {
    value.as_array().expect("lines")
}

#[test]
fn every_sheet_says_what_was_frozen_to_the_last_digit() {
    let (app, issued, text) = july();
    // Whatever changes afterwards.
    app.report("west", "households", "2018-06", 30);
    app.admin().patch("/associations/west", json!({"name": "西方市科协"})).expect(200);
    let file = download(&app.admin(), PATH, "xlsx", "en");
    let expected =
        ["All together", "Ranking", "Associations", "Behind the pace", "Reporting", "Not reported", "Chart", "About"];
    assert_eq!(sheet_names(&file), expected);
    let table = |index| Table::of_sheet(&file, index);
    let together =
        json!({"total": issued["total"], "of": issued["of"], "overall": issued["overall"], "counts": issued["counts"]});
    says(&table(0), &[together], TOGETHER);
    says(&table(1), lines(&issued["ranking"]), RANKING);
    says(&table(2), lines(&issued["summary"]), SUMMARY);
    says(&table(3), lines(&issued["laggards"]), LAGGARDS);
    says(&table(4), &[issued["reporting"]["period"].clone()], REPORTING);
    assert_eq!((table(4).cell(0, "Period"), table(4).cell(0, "Due")), ("2018-Q2", "2018-07-10"));
    for (index, path) in [(1, "ranking"), (2, "summary"), (3, "laggards")] {
        let names: Vec<_> =
            lines(&issued[path]).iter().map(|line| line["association"]["name"].as_str().expect("a name")).collect();
        assert_eq!(table(index).column("Association"), names);
    }
    let missing: Vec<_> =
        lines(&issued["reporting"]["missing"]).iter().map(|line| line["code"].as_str().expect("a code")).collect();
    assert_eq!(table(5).column("Association code"), missing);
    assert_eq!(app.admin().get(PATH).text, text, "the same bytes");
}

#[test]
fn an_amount_of_more_digits_than_a_double_holds_is_written_with_all_of_them() {
    let app = region();
    let admin = app.admin();
    app.indicator("sum", "元");
    let headers = [("Content-Type", "application/json")];
    let target = r#"{"value": 123456789012345.6789, "weight": 2.25}"#;
    admin.send("PUT", "/api/v1/associations/west/targets/2018/sum", &headers, target).expect(201);
    let actual = r#"{"indicator": "sum", "period": "2018-06", "value": 9999999999999.9999}"#;
    admin.send("POST", "/api/v1/associations/west/actuals", &headers, actual).expect(201);
    let text = admin.post("/bulletins", json!({"year": 2018, "title": "通报"})).text;
    let table = Table::of_sheet(&download(&admin, PATH, "xlsx", "en"), 3);
    for (heading, number) in [("Target", "123456789012345.6789"), ("Actual", "9999999999999.9999")] {
        assert!(text.contains(number) && table.column(heading).contains(&number), "{number}: {table:?}");
    }
}

#[test]
fn its_sheets_are_as_readable_as_those_of_other_files_and_the_last_one_says_what_it_is() {
    let (app, ..) = july();
    crowd(&app, "province", 1_500, 0.5);
    app.admin().post("/bulletins", json!({"year": 2018, "title": "=1+1", "audience": "members"})).expect(201);
    for (number, rows) in [(1, 6), (2, 1_507)] {
        let file = download(&app.admin(), &format!("/bulletins/2018/{number}"), "xlsx", "zh");
        let expected = ["总体情况", "排名", "各组织完成情况", "滞后指标", "报送情况", "未报送组织", "图表", "说明"];
        assert_eq!(sheet_names(&file), expected);
        assert_eq!(Table::of_sheet(&file, 1).rows.len(), rows);
        for index in 1..=6 {
            let sheet = part(&file, &format!("xl/worksheets/sheet{index}.xml")).expect("a sheet");
            for piece in ["state=\"frozen\"", "<autoFilter", "orientation=\"landscape\"", "<cols>"] {
                assert!(sheet.contains(piece), "{index}: no {piece}");
            }
        }
        assert!(part(&file, "xl/worksheets/sheet2.xml").expect("a sheet").contains("type=\"dataBar\""));
        assert!(part(&file, "xl/styles.xml").expect("styles").contains("0.00%"));
        let about: Vec<_> = sheet(&file, 7).iter().map(|line| line.join("：")).collect();
        let said = match number {
            1 => [
                "〔2018〕1号 半年通报",
                "范围（含下级）：省科协",
                "发送范围：仅限主管组织",
                "截至日期：2018-07-11",
                "印发时间：2018-07-11 10:00",
            ],
            _ => {
                ["〔2018〕2号 =1+1", "范围（含下级）：全部组织", "发送范围：印发各组织", "数据口径：自评", "年度：2018"]
            }
        };
        for said in said {
            assert!(about.iter().any(|line| line.trim_end_matches('：') == said), "{said}: {about:?}");
        }
    }
}

#[test]
fn a_bulletin_is_answered_as_json_or_as_a_workbook_and_never_as_csv() {
    let (app, ..) = july();
    let admin = app.admin();
    let path = format!("/api/v1{PATH}");
    let json = "application/json";
    let cases = [
        ("", "", json),
        ("", "text/csv", json),
        ("", "text/csv, application/json;q=0.5", json),
        ("", XLSX, XLSX),
        ("", &format!("text/csv, {XLSX};q=0.9"), XLSX),
        ("?format=xlsx", json, XLSX),
    ];
    let mut tags = Vec::new();
    for (query, accept, expected) in cases {
        let headers: &[_] = if accept.is_empty() { &[] } else { &[("Accept", accept)] };
        let (reply, _) = admin.download_as(&format!("{path}{query}"), headers);
        assert_eq!((reply.status, reply.header("content-type")), (200, expected), "{query} {accept}");
        let tag = reply.header("etag").to_owned();
        assert!(!tags.contains(&tag), "each representation has its own");
        let (again, _) =
            admin.download_as(&format!("{path}{query}"), &[headers, &[("If-None-Match", tag.as_str())]].concat());
        assert_eq!(again.status, 304);
        tags.push(tag);
    }
    let (reply, _) = admin.download_as(&format!("{path}?format=xlsx"), &[("Accept-Language", "zh")]);
    let disposition = reply.header("content-disposition");
    assert!(
        disposition.contains("filename=\"bulletin-2018-1.xlsx\"") && disposition.contains("%E5%8D%8A"),
        "{disposition}"
    );
    let problem = admin.get(&format!("{PATH}?format=csv")).expect_problem(400, "invalid_parameter");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["allowed"]),
        (&json!("?format"), &json!("xlsx"))
    );
    admin.get(&format!("{PATH}?fromat=xlsx")).expect_problem(400, "invalid_parameter");
    admin.get("/bulletins/2018/9?format=xlsx").expect_problem(404, "bulletin_not_found");
    let outside = app.person(Role::Viewer, Some("west"));
    outside.get(&format!("{PATH}?format=xlsx")).expect_problem(404, "bulletin_not_found");
}

#[test]
fn its_page_leads_to_the_workbook() {
    let (app, ..) = july();
    let visitor = app.visitor_with_key_of(&app.admin());
    let link = "/exports/bulletins/2018/1.xlsx";
    let page = visitor.get(PATH).expect(200);
    assert!(page.contains(&format!("href=\"{link}\" download>下载 Excel<")), "{page}");
    assert_eq!(visitor.download(link).1, download(&app.admin(), PATH, "xlsx", "zh"));
    let inside = app.visitor_with_key_of(&app.person(Role::Viewer, Some("west")));
    assert_eq!(inside.get(link).status, 404);
}

#[test]
fn a_bulletin_of_an_earlier_version_has_the_sheets_it_holds() {
    let (app, ..) = july();
    app.sql("UPDATE bulletins SET content = (content::jsonb - 'overall' - 'counts' - 'laggards' - 'reporting')::text");
    let file = download(&app.admin(), PATH, "xlsx", "zh");
    assert_eq!(sheet_names(&file), ["总体情况", "排名", "各组织完成情况", "图表", "说明"]);
    let together = Table::of_xlsx(&file);
    assert_eq!((together.cell(0, "组织数"), together.cell(0, "综合得分")), ("6", ""));
}

#[test]
fn what_its_sheets_leave_out_is_said() {
    let (app, ..) = july();
    let about = |language| sheet(&download(&app.admin(), PATH, "xlsx", language), 7).concat().join("\n");
    assert!(!about("zh").contains("最多的20项") && !about("zh").contains("列出前"), "nothing is left out");
    app.sql(
        "UPDATE bulletins SET content = jsonb_set(jsonb_set(content::jsonb, '{reporting,period,missing}', '999'), '{laggards}',
            (SELECT jsonb_agg(one) FROM (SELECT content::jsonb #> '{laggards,0}' AS one FROM generate_series(1, 20)) AS twenty)
            )::text",
    );
    assert!(about("zh").contains("落后最多的20项"), "{}", about("zh"));
    assert!(about("zh").contains("个，共999个"), "{}", about("zh"));
    assert!(about("en").contains("the worst 20") && about("en").contains(" of 999"), "{}", about("en"));
}
