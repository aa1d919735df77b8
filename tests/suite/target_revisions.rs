//! Targets over time: revised with a reason, withdrawn, set anew, and every version of it still there.

use serde_json::json;

use crate::support::{App, ledger};

const PLACE: &str = "/associations/chuzhou/targets/2018/households";

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app
}

#[test]
fn a_revision_needs_a_reason() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    planner.put(PLACE, json!({"value": 100})).expect(201);
    planner.put(PLACE, json!({"value": 94})).expect_violation("/reason", "reason_required");
    planner.put(PLACE, json!({"value": 94, "reason": ""})).expect_violation("/reason", "too_short");
    let revised = planner.put(PLACE, json!({"value": 94, "reason": "市里下达任务调整"})).expect(200);
    assert_eq!((&revised["revision"], &revised["reason"]), (&json!(2), &json!("市里下达任务调整")));
}

#[test]
fn the_same_body_twice_changes_nothing() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    let body = json!({"expression": "脱贫94户", "source": {"document": "2018年工作计划", "quote": "脱贫94户196人"}});
    let first = planner.put(PLACE, body.clone());
    let tag = first.header("etag").to_owned();
    assert_eq!(first.header("location"), format!("/api/v1{PLACE}"));
    let first = first.expect(201);
    app.set_day(2018, 7, 1);
    let mut with_reason = body.clone();
    with_reason["reason"] = json!("重复提交");
    for body in [body, with_reason, json!({"value": 94.0, "unit": "户", "source": first["source"]})] {
        let again = planner.put(PLACE, body);
        assert_eq!(again.header("etag"), tag);
        assert_eq!(again.expect(200), first);
    }
    assert_eq!(app.sql("SELECT count(*) FROM targets")[0][0].as_deref(), Some("1"));
}

#[test]
fn every_revision_stays_readable_also_past_a_removal() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    planner.put(PLACE, json!({"value": 100})).expect(201);
    planner.put(PLACE, json!({"value": 94, "reason": "任务调整"})).expect(200);
    assert_eq!(planner.delete(&format!("{PLACE}?reason=%E4%BB%BB%E5%8A%A1%E5%8F%96%E6%B6%88")).status, 204);
    planner.get(PLACE).expect_problem(404, "target_not_found");
    planner.delete(&format!("{PLACE}?reason=again")).expect_problem(404, "target_not_found");
    ledger::check(&app);
    planner.put(PLACE, json!({"value": 94})).expect_violation("/reason", "reason_required");
    planner.put(PLACE, json!({"value": 94, "reason": "恢复任务"})).expect(201);
    let revisions = planner.get(&format!("{PLACE}/revisions")).expect(200);
    let said =
        revisions["items"].as_array().unwrap().iter().map(|item| {
            (item["revision"].clone(), item["value"].clone(), item["removed"].clone(), item["reason"].clone())
        });
    let said: Vec<_> = said.collect();
    assert_eq!(
        said,
        [
            (json!(1), json!(100), json!(false), json!(null)),
            (json!(2), json!(94), json!(false), json!("任务调整")),
            (json!(3), json!(94), json!(true), json!("任务取消")),
            (json!(4), json!(94), json!(false), json!("恢复任务")),
        ]
    );
    assert_eq!(revisions["next_cursor"], json!(null));
    ledger::check(&app);
}

#[test]
fn what_was_never_planned_has_no_revisions() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    planner.get(&format!("{PLACE}/revisions")).expect_problem(404, "target_not_found");
    planner.delete(&format!("{PLACE}?reason=x")).expect_problem(404, "target_not_found");
}

#[test]
fn a_removal_needs_a_reason() {
    let app = app();
    app.target("chuzhou", 2018, "households", 94);
    let problem = app.planner_of("chuzhou").delete(PLACE).expect_problem(400, "invalid_parameter");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("?reason"), &json!("missing_field"))
    );
    let problem =
        app.planner_of("chuzhou").delete(&format!("{PLACE}?reason=")).expect_problem(400, "invalid_parameter");
    assert_eq!(problem["errors"][0]["code"], "too_short");
    app.admin().get(PLACE).expect(200);
}

#[test]
fn who_was_slower_is_told_by_if_match() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    let put = |tag: &str, body| planner.send_json("PUT", PLACE, &[("If-Match", tag)], body);
    put("*", json!({"value": 100})).expect_problem(412, "precondition_failed");
    let first = planner.put(PLACE, json!({"value": 100})).header("etag").to_owned();
    let second = put(&first, json!({"value": 94, "reason": "任务调整"}));
    let second_tag = second.header("etag").to_owned();
    second.expect(200);
    assert_ne!(first, second_tag);
    let problem = put(&first, json!({"value": 90, "reason": "再调整"})).expect_problem(412, "precondition_failed");
    assert!(problem["detail"].as_str().unwrap().contains(&second_tag), "{problem}");
    let delete = |tag| planner.send("DELETE", &format!("/api/v1{PLACE}?reason=x"), &[("If-Match", tag)], "");
    delete(&first).expect_problem(412, "precondition_failed");
    assert_eq!(delete(&second_tag).status, 204);
    put(&second_tag, json!({"value": 94, "reason": "恢复"})).expect_problem(412, "precondition_failed");
}

#[test]
fn the_targets_of_a_year_are_listed_page_by_page() {
    let app = app();
    for code in ["c", "a", "e", "b", "d"] {
        app.indicator(code, "项");
        app.target("chuzhou", 2018, code, 1);
    }
    app.target("chuzhou", 2017, "a", 1);
    let planner = app.planner_of("chuzhou");
    planner.delete("/associations/chuzhou/targets/2018/b?reason=x");
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = planner.get(&format!("/associations/chuzhou/targets/2018{query}")).expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2, "{page}");
        seen.extend(items.iter().map(|item| item["indicator"].as_str().unwrap().to_owned()));
        // Added behind the reader's back: before the cursor it is not seen, and nothing shifts.
        if seen.len() == 2 {
            app.indicator("0", "项");
            app.target("chuzhou", 2018, "0", 1);
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["a", "c", "d", "e"]);
    for query in ["?cursor=x", "?cursor=NQ", "?limit=0", "?limit=501"] {
        planner.get(&format!("/associations/chuzhou/targets/2018{query}")).expect_problem(400, "invalid_parameter");
    }
}

#[test]
fn completion_shows_the_rate_on_the_target_as_first_published_and_as_it_is() {
    let app = app();
    let planner = app.planner_of("chuzhou");
    planner.put(PLACE, json!({"value": 100, "upper": 120})).expect(201);
    let actual = json!({"indicator": "households", "value": 82, "period": "2018-Q1"});
    app.reporter_of("chuzhou").post("/associations/chuzhou/actuals", actual).expect(201);
    let line = || app.admin().get("/associations/chuzhou/completion/2018").expect(200)["lines"][0].clone();
    assert_eq!((&line()["original_rate"], &line()["target"]["original"]), (&json!(null), &json!(null)));
    planner.put(PLACE, json!({"value": 90, "reason": "任务调整"})).expect(200);
    planner.put(PLACE, json!({"value": 94, "reason": "再次调整"})).expect(200);
    let line = line();
    assert_eq!((&line["rate"], &line["original_rate"]), (&json!(0.8723), &json!(0.82)));
    assert_eq!(line["target"]["original"], json!({"bound": "range", "value": 100, "upper": 120}));
    assert_eq!((&line["target"]["value"], &line["target"]["revision"]), (&json!(94), &json!(3)));
    ledger::check(&app);
}

#[test]
fn a_dissolved_association_takes_no_new_target_but_keeps_the_old_ones() {
    let app = app();
    app.target("chuzhou", 2018, "households", 94);
    app.admin().patch("/associations/chuzhou", json!({"status": "dissolved"})).expect(200);
    let planner = app.planner_of("chuzhou");
    planner.put(PLACE, json!({"value": 1, "reason": "x"})).expect_problem(422, "association_dissolved");
    planner.put(PLACE, json!({"value": 94})).expect(200);
    planner.get(PLACE).expect(200);
}
