//! The upload of a filled-in form: tried first, with everything it would do, and then stored.

use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::batch::{XLSX, started, stored};
use crate::support::database::{await_row, hold};
use crate::support::{App, Visitor};

const HEADER: &str = "组织,指标,期间,数值,分子,分母,外部编号\n";

/// A city with counties and indicators of every accumulation, and whoever reports there.
fn furnished() -> (App, Visitor) {
    let app = started();
    app.indicator_with("standing", json!({"name": "会员数", "unit": "人", "accumulation": "latest"}));
    app.indicator_with(
        "share",
        json!({"name": "达标率", "unit": "%", "value_type": "percentage", "accumulation": "ratio"}),
    );
    app.admin().patch("/associations/north", json!({"aliases": ["北区科协"]})).expect(200);
    let visitor = app.visitor_with_key_of(&app.reporter_of("city"));
    (app, visitor)
}

/// What is answered to rows below the usual header.
fn upload(visitor: &Visitor, query: &str, rows: &str) -> String {
    visitor.upload(&format!("/upload?{query}"), "text/csv", format!("{HEADER}{rows}")).expect(200)
}

/// A page's text without its tags, each run of blanks as one.
fn text(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the rows of a table say that follows this id.
fn rows(html: &str, id: &str) -> Vec<String> {
    let Some((_, table)) = html.split_once(&format!("id=\"{id}\"")) else { return Vec::new() };
    let body = table.split("<tbody>").nth(1).expect("a body").split("</tbody>").next().expect("its end");
    body.split("<tr>").skip(1).map(text).collect()
}

/// The line of a completion.
fn line(app: &App, association: &str, indicator: &str) -> Value {
    let completion = app.admin().get(&format!("/associations/{association}/completion/2018")).expect(200);
    let lines = completion["lines"].as_array().expect("lines");
    lines.iter().find(|line| line["indicator"]["code"] == indicator).expect("a line").clone()
}

#[test]
fn the_good_rows_follow_the_wrong_ones_that_stop_them() {
    let (app, visitor) = furnished();
    let file = "north,households,2018-03,5,,,\nnorth,households,2018-04,三头牛,,,\nnorth,training,2018-05,近40,,,\n";
    let tried = upload(&visitor, "dry_run=true&mode=atomic", file);
    let shown = rows(&tried, "rows");
    let begins = [
        "行 3 north科协 north 脱贫户数 households 2018-04 三头牛 有误 数值 ",
        "行 2 north科协 north 脱贫户数 households 2018-03 5 户 其余可保存",
        "行 4 north科协 north 培训人次 training 2018-05 近40 其余可保存",
    ];
    assert!(shown.len() == 3 && shown.iter().zip(begins).all(|(row, begin)| row.starts_with(begin)), "{shown:#?}");
    let said = text(&tried);
    assert!(said.contains("没有保存任何数据") && !tried.contains("data-confirm"), "{said}");
    assert!(said.contains("共 3 其余可保存 2 与已报相同 0 有误 1"), "{said}");
    assert!(said.contains("只提交其余可保存的行，会有这些变化"), "{said}");
    assert_eq!(rows(&tried, "changes").len(), 2);
    let partial = upload(&visitor, "dry_run=true&mode=partial", file);
    assert!(
        text(&partial).contains("共 3 将新增 2 与已报相同 0 有误 1") && partial.contains("data-confirm"),
        "{partial}"
    );
    // Sent past the page's own trial, the same rows still stop all.
    let refused = upload(&visitor, "dry_run=false&mode=atomic", file);
    assert!(text(&refused).contains("没有保存任何数据") && rows(&refused, "changes").is_empty(), "{refused}");
    assert_eq!(rows(&refused, "rows").len(), 1);
    assert_eq!(stored(&app, "actuals"), 0);
}

#[test]
fn whatever_a_row_calls_them_associations_and_indicators_are_shown_by_name_and_lead_to_their_pages() {
    let (_app, visitor) = furnished();
    let file =
        "北区科协,脱贫户数,2018-03,1.1万户,,,\nnorth科协,share,2018年3月,,3,4,\nnobody,households,2018-03,7,,,\n";
    let tried = upload(&visitor, "dry_run=true&mode=partial", file);
    let shown = rows(&tried, "rows");
    assert!(shown[0].starts_with("行 4 nobody 脱贫户数 households 2018-03 7 户 有误 组织 "), "{shown:#?}");
    assert!(shown[1].starts_with("行 2 north科协 north 脱贫户数 households 2018-03 1.1万户 将新增"), "{shown:#?}");
    assert!(shown[2].starts_with("行 3 north科协 north 达标率 share 2018年3月 3 / 4 将新增"), "{shown:#?}");
    for link in ["/associations/north/2018", "/associations/north/2018/households", "/associations/north/2018/share"] {
        assert!(tried.contains(&format!("<a href=\"{link}\" target=\"_blank\">")), "{link}: {tried}");
        assert_eq!(visitor.get(link).status, 200);
    }
    assert!(!tried.contains("北区科协"), "{tried}");
}

#[test]
fn what_would_change_is_told_before_it_does_and_comes_true() {
    let (app, visitor) = furnished();
    app.target("north", 2018, "standing", 200);
    app.target("north", 2018, "share", 80);
    let before = "north,households,2018-01,20,,,\nnorth,standing,2018-05,150,,,\nnorth,share,2018-01,,1,2,\n";
    upload(&visitor, "dry_run=false&mode=atomic", before);
    // Of the standing, the earlier period changes nothing.
    let file = "north,households,2018-02,近40,,,\nnorth,households,2018-03,15,,,\nnorth,standing,2018-04,120,,,\n\
                north,share,2018-02,,3,4,\nsouth,households,2018-02,9,,,\n";
    let changes = [
        "脱贫户数 households north科协 north 2018 20户 约75户 不少于100户 20% → 75% ",
        "会员数 standing north科协 north 2018 150人 150人 不少于200人 75% → 75% ",
        "达标率 share north科协 north 2018 50% 66.6666% 不少于80% 62.5% → 83.33% ",
        "脱贫户数 households south科协 south 2018 – 9户 – 没有计划目标",
    ];
    let tried = upload(&visitor, "dry_run=true&mode=atomic", file);
    let told = rows(&tried, "changes");
    assert!(told.len() == 4 && told.iter().zip(changes).all(|(row, change)| row.starts_with(change)), "{told:#?}");
    assert_eq!(line(&app, "north", "households")["actual"]["value"], 20);
    let done = upload(&visitor, "dry_run=false&mode=atomic", file);
    assert_eq!(rows(&done, "changes"), told, "the same, but that it is so now");
    assert!(text(&done).contains("本次变化"), "{done}");
    for (association, indicator, value, rate) in [
        ("north", "households", json!(75), json!(0.75)),
        ("north", "standing", json!(150), json!(0.75)),
        ("north", "share", json!(66.6666), json!(0.8333)),
        ("south", "households", json!(9), Value::Null),
    ] {
        let line = line(&app, association, indicator);
        assert_eq!((&line["actual"]["value"], &line["rate"]), (&value, &rate), "{association} {indicator}");
    }
}

#[test]
fn rows_that_cover_days_reported_already_are_marked_first_and_may_be_stored() {
    let (app, visitor) = furnished();
    let before = "north,households,2018-02,20,,,\nnorth,standing,2018-02,150,,,\nnorth,share,2018-02,,1,2,\n\
                  south,households,2018-02,1,,,void\nnorth,training,2018-02,5,,,same\n";
    upload(&visitor, "dry_run=false&mode=atomic", before);
    let id = app.sql("SELECT id::text FROM actuals WHERE external_id = 'void'")[0][0].clone().expect("an id");
    app.admin().post(&format!("/associations/south/actuals/{id}/void"), json!({"reason": "重复"})).expect(200);
    let file = "north,households,2018-03,1,,,\nnorth,standing,2018-02,160,,,\nsouth,households,2018-02,2,,,\n\
                north,training,2018-02,5,,,same\nsouth,training,2018-02,5,,,\nnorth,households,2018-Q1,3,,,\n\
                north,share,2018-02-28,,3,4,\n";
    let tried = upload(&visitor, "dry_run=true&mode=atomic", file);
    let mark = "期间重叠，可能重复计数";
    let marked: Vec<_> = rows(&tried, "rows").iter().map(|row| row.contains(mark)).collect();
    assert_eq!(marked, [true, true, true, false, false, false, false], "{tried}");
    let shown = rows(&tried, "rows");
    // March lies in the quarter of the same file; February 28 lies in a month that is stored.
    let begins = ["行 2 ", "行 7 ", "行 8 "];
    assert!(shown.iter().zip(begins).all(|(row, begin)| row.starts_with(begin)), "{shown:#?}");
    // Each leads to what it overlaps with.
    let link = "<a href=\"/associations/north/2018/share\" target=\"_blank\">该指标的实绩记录</a>";
    assert!(tried.contains(link) && tried.matches(">该指标的实绩记录</a>").count() == 3, "{tried}");
    let caution = "3 行的期间与已有实绩或文件中的其他行重叠，可能重复计数。这些指标逐笔累加：";
    let caution = |what: &str| format!("{caution}{what}");
    let twice =
        [caution("请核对是否已经报过，确属另一笔再提交。"), caution("请核对，重复报送的请到该指标的实绩记录中作废。")];
    assert!(text(&tried).contains(&twice[0]) && tried.contains("data-confirm"), "{tried}");
    let done = upload(&visitor, "dry_run=false&mode=atomic", file);
    assert!(text(&done).contains("已新增 6") && text(&done).contains(&twice[1]), "{done}");
    let quiet = "south,training,2018-06,1,,,\nsouth,training,2018-06,2,,,\nsouth,training,2018-07,2,,,\n";
    let quiet = upload(&visitor, "dry_run=true&mode=atomic", quiet);
    assert!(!quiet.contains("可能重复计数"), "rows of one period are a ledger: {quiet}");
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    let one = upload(&visitor, "dry_run=true&mode=atomic", "north,households,2018-01,1,,,\n");
    assert!(text(&one).contains("1 row covers days that"), "{one}");
}

#[test]
fn rows_whose_figures_look_like_a_slip_are_marked_first_say_why_and_may_be_stored() {
    let (_app, visitor) = furnished();
    let good: String = (0..150).map(|row| format!("south,training,2018-04,{row},,,r{row}\n")).collect();
    let doubtful = "north,households,2018-01,1001,,,far\nnorth,households,2018-02,-2,,,less\nsouth,training,2018-05,2.5,,,broken\n\
                    south,share,2018-05,,7,4,share\nnorth,standing,2018-05,-1,,,standing\nnorth,households,2018-03,三头牛,,,bad\n";
    let file = format!("{good}{doubtful}");
    let tried = upload(&visitor, "dry_run=true&mode=partial", &file);
    let shown = rows(&tried, "rows");
    let says = [
        "行 157 north科协 north 脱贫户数 households 2018-03 三头牛 有误 ",
        "行 152 north科协 north 脱贫户数 households 2018-01 1001 户 将新增 请核对 1001户超过全年目标100户的10倍",
        "行 153 north科协 north 脱贫户数 households 2018-02 -2 户 将新增 请核对 -2 户是负数",
        "行 154 south科协 south 培训人次 training 2018-05 2.5 人次 将新增 请核对 2.5 人次带小数",
        "行 155 south科协 south 达标率 share 2018-05 7 / 4 将新增 请核对 175%超过100%",
    ];
    assert!(shown.len() == 100 && shown.iter().zip(says).all(|(row, says)| row.starts_with(says)), "{shown:#?}");
    assert_eq!(tried.matches("请核对</span>").count(), 4, "a standing may be negative: {shown:#?}");
    assert_eq!(tried.matches("<p><a href=\"/associations/").count(), 4, "each leads to what is reported: {tried}");
    let caution = "4 行的数值可能有误，原因见各行：请核对，";
    assert!(text(&tried).contains(&format!("{caution}确认无误再提交。")) && tried.contains("data-confirm"), "{tried}");
    assert!(!tried.contains("可能重复计数"), "{tried}");
    let done = upload(&visitor, "dry_run=false&mode=partial", &file);
    assert!(text(&done).contains("已新增 155 与已报相同 0 有误 1"), "{done}");
    assert!(text(&done).contains(&format!("{caution}有误的请到该指标的实绩记录中更正或作废。")), "{done}");
    // What is stored already is not asked about again.
    let again = upload(&visitor, "dry_run=true&mode=partial", doubtful);
    assert!(text(&again).contains("与已报相同 5") && !again.contains("请核对"), "{again}");
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    for (dry_run, what) in [("true", "make sure that all"), ("false", "amend or void those")] {
        let one = upload(&visitor, &format!("dry_run={dry_run}&mode=atomic"), "south,share,2018-06,,4,3,\n");
        let says = format!("1 row has a figure that looks like a slip; why is said beside it: {what}");
        assert!(text(&one).contains(&says), "{one}");
    }
}

#[test]
fn of_very_many_figures_that_look_like_a_slip_the_first_are_shown_and_all_are_counted() {
    let (_app, visitor) = furnished();
    let file: String = (0..3_000)
        .map(|row| format!("{},households,2018-03,-1,,,\n", if row < 1_500 { "south" } else { "north" }))
        .collect();
    let tried = upload(&visitor, "dry_run=true&mode=atomic", &file);
    let shown = rows(&tried, "rows");
    assert!(shown.len() == 100 && shown.iter().all(|row| row.contains("请核对 -1 户是负数")), "{shown:#?}");
    assert!(shown[0].starts_with("行 2 ") && shown[99].starts_with("行 101 "), "{shown:#?}");
    assert!(text(&tried).contains("3000 行的数值可能有误"), "{tried}");
}

#[test]
fn of_a_large_file_the_first_rows_and_lines_are_shown_and_how_many_more_there_are() {
    let (app, visitor) = furnished();
    for number in 0..60 {
        app.indicator(&format!("i{number}"), "件");
    }
    let mut file = String::new();
    for row in 0..12_000 {
        writeln!(file, "north,i{},2018-03,1,,,", row % 60).expect("a text");
    }
    let tried = upload(&visitor, "dry_run=true&mode=atomic", &file);
    assert_eq!((rows(&tried, "rows").len(), rows(&tried, "changes").len()), (100, 50));
    let said = text(&tried);
    assert!(said.contains("将新增 12000") && said.contains("另有10项变化未列出"), "{said}");
    assert!(said.contains("最多列出100行"), "{said}");
    file.push_str("north,i0,2018-03,很多,,,\n");
    let tried = upload(&visitor, "dry_run=true&mode=atomic", &file);
    let shown = rows(&tried, "rows");
    assert!(shown.len() == 100 && shown[0].contains("有误") && shown[1].contains("其余可保存"), "{shown:#?}");
    assert!(text(&tried).contains("其余可保存 12000"), "{tried}");
    assert_eq!(stored(&app, "actuals"), 0);
    for (count, is_cut) in [(100, false), (101, true)] {
        let tried = upload(&visitor, "dry_run=true&mode=atomic", &"north,i0,2018-03,1,,,\n".repeat(count));
        assert_eq!((rows(&tried, "rows").len(), tried.contains("最多列出100行")), (100, is_cut), "{count}");
    }
}

#[test]
fn what_is_only_looked_at_is_not_written_but_a_dry_run_of_the_api_is_to_the_end() {
    let (app, visitor) = furnished();
    app.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''written''; END'; \
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON actuals FOR EACH ROW EXECUTE FUNCTION refuse(); \
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON actual_totals FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let file = "north,households,2018-03,5,,,\n";
    for file in [file.to_owned(), format!("{file}north,households,2018-04,三头牛,,,\n")] {
        let tried = upload(&visitor, "dry_run=true&mode=atomic", &file);
        assert_eq!(rows(&tried, "changes").len(), 1, "{tried}");
    }
    app.admin().upload("/actuals?dry_run=true", "text/csv", format!("{HEADER}{file}")).expect(500);
}

#[test]
fn a_row_that_is_wrong_in_several_places_names_them_all() {
    let (_app, visitor) = furnished();
    let file = "nobody,nothing,2018-13,7,,,\nnorth,households,2018-13,很多,,,\nnobody,households,2019-01,三头牛,,,\n";
    let tried = upload(&visitor, "dry_run=true&mode=atomic", file);
    let shown = rows(&tried, "rows");
    for (row, line, places) in [
        (0, "行 2 ", ["组织", "指标", "期间"]),
        (1, "行 3 ", ["期间", "数值", ""]),
        (2, "行 4 ", ["组织", "期间", "数值"]),
    ] {
        let (_, wrong) = shown[row].split_once("有误").expect("it is wrong");
        assert!(shown[row].starts_with(line) && places.iter().all(|place| wrong.contains(place)), "{}", shown[row]);
    }
}

#[test]
fn an_upload_is_tried_before_it_is_stored() {
    let (app, visitor) = furnished();
    let bad = "组织,指标,期间,数值\ncity,households,2018-04,3\ncity,households,2018-05,三头牛\n";
    let tried = visitor.upload("/upload?dry_run=true&mode=atomic", "text/csv", bad).expect(200);
    assert!(
        tried.contains("没有保存任何数据") && tried.contains("数值") && tried.contains("头 不能换算为 户"),
        "{tried}"
    );
    assert!(!tried.contains("data-confirm"), "what is wrong cannot be confirmed");
    let partial = visitor.upload("/upload?dry_run=true&mode=partial", "text/csv", bad).expect(200);
    assert!(partial.contains("data-confirm") && partial.contains("2018-04"), "{partial}");
    let good = "组织,指标,期间,数值\ncity,households,2018-04,3\ncity,households,2018-05,近5户\n";
    let tried = visitor.upload("/upload?dry_run=true&mode=atomic", "text/csv", good).expect(200);
    assert!(tried.contains("尚未保存") && tried.contains("data-confirm") && tried.contains("近5户"), "{tried}");
    assert_eq!(stored(&app, "actuals"), 0);
    let done = visitor.upload("/upload?dry_run=false&mode=atomic", "text/csv", good).expect(200);
    assert!(done.contains("已保存") && !done.contains("data-confirm"), "{done}");
    for mode in ["atomic", "partial"] {
        // Sent again in whatever way, it counts nothing twice, and says so.
        let again = visitor.upload(&format!("/upload?dry_run=false&mode={mode}"), "text/csv", good).expect(200);
        assert!(again.contains("没有保存任何数据") && !again.contains("已保存，"), "{again}");
        assert_eq!(line(&app, "city", "households")["actual"]["value"], 8);
        // So does its trial, also on the next day.
        let tried = visitor.upload(&format!("/upload?dry_run=true&mode={mode}"), "text/csv", good).expect(200);
        assert!(tried.contains("24小时内已经提交过") && !tried.contains("data-confirm"), "{tried}");
        app.advance(TimeDelta::hours(5));
    }
}

#[test]
fn a_file_that_is_being_stored_is_not_said_to_be_refused() {
    let (app, visitor) = furnished();
    let store = || {
        let file = format!("{HEADER}north,households,2018-04,3,,,\n");
        visitor.upload("/upload?dry_run=false&mode=atomic", "text/csv", file)
    };
    let held = hold(&app.database, "BEGIN; UPDATE scorecards SET updated_at = updated_at WHERE year = 2018");
    std::thread::scope(|scope| {
        let first = scope.spawn(store);
        let since = Instant::now();
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        assert!(await_row(&app.database, waiting, || since.elapsed() > Duration::from_secs(20)), "nobody waits");
        let second = store().expect(409);
        assert!(second.contains("这个文件正在保存") && !second.contains("没有保存任何数据"), "{second}");
        assert!(second.contains("data-confirm"), "it may be asked again: {second}");
        held.release();
        assert!(first.join().expect("a thread ends well").expect(200).contains("已保存"));
    });
    assert!(store().expect(200).contains("24小时内已经提交过"));
    assert_eq!(line(&app, "north", "households")["actual"]["value"], 3);
}

#[test]
fn a_file_that_cannot_be_read_says_why_and_what_to_do() {
    let (_app, visitor) = furnished();
    for (content_type, file, status, why) in [
        ("application/pdf", "%PDF", 415, "application/pdf"),
        (XLSX, "no workbook", 422, "不是 .xlsx 工作簿"),
        ("text/csv", "组织,天气\nnorth,晴\n", 422, "没有列 天气"),
        ("text/csv", HEADER, 422, "没有可读取的数据行"),
    ] {
        let refused = visitor.upload("/upload?dry_run=true", content_type, file).expect(status);
        let advice = "没有保存任何数据。请用填报页下载的填报表（.xlsx）或 .csv 文件，改正后重新选择。";
        assert!(refused.contains(why) && refused.contains(advice), "{refused}");
        assert!(refused.contains("role=\"alert\"") && !refused.contains("<main"), "{refused}");
    }
}

#[test]
fn a_row_that_is_wrong_far_below_is_shown_with_what_it_says() {
    let (_app, visitor) = furnished();
    let good: String = (0..300).map(|row| format!("city,households,2018-04,{row},r{row}\n")).collect();
    let file = format!("组织,指标,期间,数值,外部编号\n{good}city,households,2018-05,三头牛,last\n");
    let tried = visitor.upload("/upload?dry_run=true&mode=partial", "text/csv", &file).expect(200);
    let shown = rows(&tried, "rows");
    assert!(shown[0].contains("三头牛") && shown[0].starts_with("行 302 "), "{}", shown[0]);
}

#[test]
fn of_a_long_row_only_the_beginning_is_shown() {
    let (_app, visitor) = furnished();
    let long = "长".repeat(5_000);
    let file: String = (0..20).map(|_| format!("{long},{long},2018-03,{long},,,\n")).collect();
    let tried = upload(&visitor, "dry_run=true&mode=partial", &file);
    let shown = rows(&tried, "rows");
    let cut = format!("{}…", "长".repeat(120));
    assert!(shown.len() == 20 && shown.iter().all(|row| row.matches(&cut).count() >= 3), "{shown:#?}");
    assert!(tried.len() < 100_000, "{}", tried.len());
}

#[test]
fn the_rows_of_a_named_sheet_are_those_that_are_shown() {
    let (app, visitor) = furnished();
    let mut book = Workbook::new();
    for (name, row) in
        [("first", ["city", "training", "2018-01", "1"]), ("second", ["north", "households", "2018-03", "5"])]
    {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        sheet.write_row(0, 0, ["组织", "指标", "期间", "数值"]).expect("a head");
        sheet.write_row(1, 0, row).expect("a row");
    }
    let file = book.save_to_buffer().expect("a workbook");
    let done = visitor.upload("/upload?dry_run=false&mode=atomic&sheet=second", XLSX, &file).expect(200);
    let shown = rows(&done, "rows");
    assert!(
        shown.len() == 1 && shown[0].starts_with("行 2 north科协 north 脱贫户数 households 2018-03 5"),
        "{shown:#?}"
    );
    assert_eq!(stored(&app, "actuals"), 1);
}

#[test]
fn a_row_that_was_stored_with_other_content_leads_to_where_it_is_amended() {
    let (_app, visitor) = furnished();
    let store = |value| upload(&visitor, "mode=atomic", &format!("north,households,2018-03,{value},,,form-1\n"));
    assert!(store(5).contains("已保存"));
    let refused = store(6);
    assert!(refused.contains("这一行以前保存过，当时的内容不同"), "{refused}");
    assert!(refused.contains("href=\"/associations/north/2018/households\" target=\"_blank\""), "{refused}");
    assert!(!refused.contains("external_id"), "{refused}");
}
