//! Workbooks as people open and print them.

use serde_json::{Value, json};

use crate::support::App;
use crate::support::files::{Table, download, part, sheet};
use crate::support::region::{crowd, region};

const TABLE: &str = "xl/worksheets/sheet1.xml";

/// The demo in October of its year.
fn demo() -> App {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    app.set_day(2007, 10, 8);
    app
}

fn completion(app: &App, query: &str) -> Vec<u8> {
    download(&app.admin(), &format!("/associations/fengxian/completion/2007{query}"), "xlsx", "zh")
}

#[track_caller]
fn has(file: &[u8], name: &str, pieces: &[&str]) {
    let part = part(file, name).unwrap_or_else(|| panic!("no {name}"));
    for piece in pieces {
        assert!(part.contains(piece), "no {piece} in {name}: {}", part.chars().take(3_000).collect::<String>());
    }
}

/// The target cells of the first sheet that have a note, and what the notes say.
fn notes(file: &[u8]) -> Vec<(String, String)> {
    let part = part(file, "xl/comments1.xml").expect("notes");
    let cell = |note: &str| note.split('"').next().expect("a cell").to_owned();
    let text = |note: &str| {
        let texts = note.split("<t").skip(1).filter_map(|text| text.split_once('>')?.1.split_once("</t>"));
        texts.map(|(text, _)| text).collect::<String>()
    };
    part.split("<comment ref=\"").skip(1).map(|note| (cell(note), text(note))).collect()
}

#[test]
fn the_sentence_of_the_plan_is_a_note_on_its_target() {
    let app = demo();
    let answer = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    let file = completion(&app, "");
    let (table, notes) = (Table::of_xlsx(&file), notes(&file));
    assert_eq!(table.headings[3], "目标");
    let mut quoted = 0;
    let mut lines: Vec<&Value> = answer["lines"].as_array().expect("lines").iter().rev().collect();
    let mut row = 1;
    while let Some(line) = lines.pop() {
        row += 1;
        lines.extend(line["breakdown"]["lines"].as_array().into_iter().flatten().rev());
        let Some(quote) = line["target"]["source"]["quote"].as_str() else { continue };
        let note = notes.iter().find(|(cell, _)| *cell == format!("D{row}"));
        assert!(note.is_some_and(|(_, text)| text.contains(quote)), "D{row} {quote}: {note:?}");
        assert_eq!(table.cell(row - 2, "目标原文"), quote);
        quoted += 1;
    }
    assert!(quoted > 20 && quoted == notes.len(), "{quoted} {}", notes.len());
    assert!(part(&completion(&app, "?detail=brief"), "xl/comments1.xml").is_none(), "a brief answer quotes nothing");
}

#[test]
fn a_line_of_a_breakdown_is_indented_and_names_the_line_above_it() {
    let table = Table::of_xlsx(&completion(&demo(), ""));
    let codes = table.column("指标编码");
    let mut nested = 0;
    for row in 0..table.rows.len() {
        let (parent, level) = (table.cell(row, "上级指标编码"), table.cell(row, "层次"));
        let above = codes[..row].iter().rposition(|code| *code == parent);
        let expected = above.map_or(0, |above| table.cell(above, "层次").parse::<u8>().expect("a number") + 1);
        assert_eq!(level, expected.to_string(), "{}", codes[row]);
        nested += usize::from(expected > 0);
    }
    assert!(nested > 10, "{nested}");
    has(&completion(&demo(), ""), "xl/styles.xml", &["indent=\"1\"", "indent=\"2\""]);
}

#[test]
fn a_table_stays_readable_on_the_screen_and_on_paper() {
    let app = demo();
    let file = completion(&app, "");
    let last = Table::of_xlsx(&file).rows.len() + 1;
    let (filter, statuses) = (format!("<autoFilter ref=\"A1:AZ{last}\"/>"), format!("sqref=\"L2:L{last}\""));
    let pieces = [
        "<pane xSplit=\"1\" ySplit=\"1\" topLeftCell=\"B2\"",
        "state=\"frozen\"",
        &filter,
        &statuses,
        "type=\"cellIs\"",
        "<formula>\"逾期未完成\"</formula>",
        "type=\"dataBar\"",
        "orientation=\"landscape\"",
        "paperSize=\"9\"",
        "fitToHeight=\"0\"",
        "奉贤区科委2007年目标完成情况",
    ];
    has(&file, TABLE, &pieces);
    let names = ["_xlnm.Print_Titles", "完成情况!$1:$1", "_xlnm.Print_Area", &format!("完成情况!$A$1:$N${last}")];
    has(&file, "xl/workbook.xml", &names);
    has(&file, "xl/styles.xml", &["0.00%", "#,##0"]);
    // Upper ends of original targets: there are none.
    assert!(part(&file, TABLE).expect("a sheet").contains("hidden=\"1\""));
}

#[test]
fn a_rate_is_stored_as_the_number_it_is_and_shown_in_percent() {
    let app = region();
    app.target("hill", 2018, "households", 94);
    app.report("hill", "households", "2018-03", 82);
    let file = download(&app.admin(), "/associations/hill/completion/2018", "xlsx", "zh");
    let cell = part(&file, TABLE).expect("a sheet");
    let cell = cell.split("<c r=\"G2\" s=\"").nth(1).expect("a rate");
    assert!(cell.split_once('>').is_some_and(|(_, rest)| rest.starts_with("<v>0.8723</v>")), "{cell}");
}

#[test]
fn a_chart_draws_the_rates_of_a_completion_and_the_best_scores_of_a_list() {
    let app = demo();
    let file = completion(&app, "");
    let drawn = sheet(&file, 1);
    let table = Table::of_xlsx(&file);
    let rates: Vec<_> = table.column("完成率").into_iter().filter(|rate| !rate.is_empty()).collect();
    assert_eq!(drawn[1..].iter().map(|line| line[1].as_str()).collect::<Vec<_>>(), rates);
    let (names, values) = (format!("图表!$A$2:$A${}", drawn.len()), format!("图表!$B$2:$B${}", drawn.len()));
    has(&file, "xl/charts/chart1.xml", &["<c:barChart>", &names, &values, "奉贤区科委2007年目标完成情况"]);

    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 60, 0.5);
    for path in ["/completion/2018?sort=name", "/rankings/2018"] {
        let file = download(&app.admin(), path, "xlsx", "zh");
        let table = Table::of_xlsx(&file);
        let mut scores: Vec<f64> = table.column("得分").into_iter().filter_map(|score| score.parse().ok()).collect();
        scores.sort_by(|one, other| other.total_cmp(one));
        let drawn: Vec<f64> = sheet(&file, 1)[1..].iter().map(|line| line[1].parse().expect("a score")).collect();
        assert_eq!((drawn.len(), &drawn[..]), (20, &scores[..20]), "{path}");
        has(&file, "xl/charts/chart1.xml", &["（前20名）", "图表!$B$2:$B$21"]);
    }
    let nothing = download(&app.admin(), "/rankings/2017", "xlsx", "zh");
    assert!(part(&nothing, "xl/charts/chart1.xml").is_none(), "there is nothing to draw");
    assert_eq!(Table::of_xlsx(&nothing).rows.len(), 61);
}

#[test]
fn the_last_sheet_says_what_the_table_is_and_how_its_figures_came_about() {
    let app = region();
    app.indicator_with("rank", json!({"additive": false}));
    app.target("east", 2018, "rank", 3);
    let about = |path: &str, language: &str| {
        let file = download(&app.admin(), path, "xlsx", language);
        let sheets = part(&file, "xl/workbook.xml").expect("a workbook").matches("<sheet ").count();
        let lines = sheet(&file, sheets - 1);
        let text = |line: &Vec<String>| line.join("：").trim_end_matches('：').to_owned();
        lines.iter().map(text).collect::<Vec<_>>().join("\n")
    };
    let text = about("/associations/east/completion/2018?scope=subtree&basis=verified", "zh");
    for said in [
        "东市科协2018年目标完成情况",
        "组织：东市科协 (east)",
        "年度：2018",
        "截至日期：2018-06-30",
        "数据口径：核定",
        "统计范围：本组织及全部下级合计",
        "rank: 该指标不能跨组织相加",
        "完成率 = 实绩 ÷ 目标",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let text = about("/completion/2018?within=east&kind=society&level=county&q=%E5%B1%B1", "zh");
    for said in ["范围（含下级）：east", "组织类型：学会", "组织级别：县级", "搜索：山", "组织数：1", "组织得分 ="]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    let text = about("/rankings/2018?indicator=households", "en");
    for said in ["Ranking by households in 2018", "All that the key may see", "Basis：Self-reported", "1-2-2-4"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let text = about("/laggards/2018?status=not_started&category=%E6%B5%8B%E8%AF%95", "en");
    for said in ["Targets behind the pace in 2018", "Status：Not started", "Category：测试", "Pace is the share"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn a_workbook_says_what_it_is_and_of_which_day_and_is_the_same_every_time() {
    let app = demo();
    let file = completion(&app, "");
    let pieces = [
        "<dc:title>奉贤区科委2007年目标完成情况</dc:title>",
        "<dc:subject>截至2007-10-08</dc:subject>",
        "2007-10-08T00:00:00Z",
    ];
    has(&file, "docProps/core.xml", &pieces);
    assert_eq!(completion(&app, ""), file);
}

#[test]
fn a_long_list_is_as_readable_as_a_short_one() {
    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 1_500, 0.5);
    let file = download(&app.admin(), "/completion/2018", "xlsx", "zh");
    let pieces =
        ["<autoFilter ref=\"A1:L1502\"/>", "type=\"dataBar\"", "state=\"frozen\"", "orientation=\"landscape\""];
    has(&file, TABLE, &pieces);
    has(&file, "xl/workbook.xml", &["_xlnm.Print_Titles", "汇总!$A$1:$H$1502"]);
    assert_eq!(download(&app.admin(), "/completion/2018", "xlsx", "zh"), file);
}
