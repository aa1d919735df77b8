//! What an upload says of its rows, in the words of whoever filled in the form.

use crate::support::Visitor;
use crate::support::batch::{XLSX, started, stored, workbook};

const HEADER: &str = "组织,指标,期间,数值,准确程度\n";

fn tried(visitor: &Visitor, rows: &str) -> String {
    visitor.upload("/upload?dry_run=true&mode=atomic", "text/csv", format!("{HEADER}{rows}")).expect(200)
}

#[test]
fn rows_of_several_years_are_counted_by_year() {
    let app = started();
    let visitor = app.visitor_with_key_of(&app.reporter_of("city"));
    let one = tried(&visitor, "north,households,2018-03,5,\nnorth,households,2018-04,5,\n");
    assert!(!one.contains("不同的年度"), "{one}");
    let two =
        tried(&visitor, "north,households,2018-03,5,\nnorth,households,2018-04,5,\nnorth,households,2017-04,5,\n");
    assert!(two.contains("各行计入不同的年度：2017年1行、2018年2行。请核对期间。"), "{two}");
    assert_eq!(stored(&app, "actuals"), 0);
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_the_form() {
    let app = started();
    let visitor = app.visitor_with_key_of(&app.reporter_of("city"));
    let said = tried(
        &visitor,
        "north,households,第四季度,5,\nnorth,households,,5,\nnorth,households,2018-03,5,大概\nnorth,households,2018-03,,\n",
    );
    for words in [
        "<strong>期间</strong> 第四季度不是同一年内的期间；请写明年份，如 2018-10",
        "<strong>期间</strong> 请填写此项。",
        "<strong>准确程度</strong> 大概不是可选的词：准确、约、以上",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("exact, about") && !said.contains("{from, to}"), "{said}");
    // In a workbook the cell is named, and its column.
    let rows: [&[&str]; 2] = [&["组织", "指标", "期间", "数值"], &["north", "households", "十月", "5"]];
    let said = visitor.upload("/upload?dry_run=true&mode=atomic", XLSX, workbook(&rows)).expect(200);
    assert!(said.contains("<strong>C2</strong>（期间） 十月不是同一年内的期间"), "{said}");
}

#[test]
fn a_row_of_a_closed_period_does_not_say_that_nothing_was_stored() {
    let app = started();
    let visitor = app.visitor_with_key_of(&app.reporter_of("city"));
    app.admin().put("/locks/2018", serde_json::json!({"closed_through": "2018-03-31", "reason": "月结"})).expect(200);
    let rows = format!("{HEADER}north,households,2018-03,5,\nnorth,households,2018-04,5,\n");
    let stored_some = visitor.upload("/upload?mode=partial", "text/csv", rows).expect(200);
    assert_eq!(stored(&app, "actuals"), 1);
    assert!(stored_some.contains("截至 2018-03-31 的期间已封账"), "{stored_some}");
    assert!(!stored_some.contains("没有保存任何数据"), "{stored_some}");
}
