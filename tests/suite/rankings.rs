//! Rankings: 1-2-2-4 among peers, and an association's own rank.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::region::{codes, crowd, region, score};
use crate::support::{App, Person, ledger};

const RANKING: &str = "/rankings/2018";

/// The ranking as `rank/tied code value reason`, on one line each.
fn lines(answer: &Value) -> Vec<String> {
    let line = |item: &Value| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let value = [&item["score"], &item["rate"]].into_iter().find(|value| !value.is_null()).unwrap_or(&Value::Null);
        let words = [&item["rank"], &item["tied"], &item["association"]["code"], value, &item["reason"]];
        words.map(text).join(" ")
    };
    answer["items"].as_array().expect("items").iter().map(line).collect()
}

fn ranking(person: &Person, query: &str) -> Value {
    person.get(&format!("{RANKING}{query}")).expect(200)
}

#[test]
fn those_who_tie_share_a_rank_and_those_without_one_come_last_with_the_reason() {
    let app = region();
    app.association_with("marsh", json!({"name": "沼市科协"}));
    app.target("marsh", 2018, "households", 100);
    let answer = ranking(&app.admin(), "");
    let expected = [
        "1 1 east 1 null",
        "2 2 south 0.5 null",
        "2 2 west 0.5 null",
        "4 1 marsh 0 null",
        "null null hill null no_target",
        "null null lake null nothing_scorable",
        "null null province null no_target",
        "null null bureau null no_target",
    ];
    assert_eq!(lines(&answer), expected);
    let head =
        [&answer["year"], &answer["as_of"], &answer["basis"], &answer["indicator"], &answer["of"], &answer["total"]];
    assert_eq!(head, [&json!(2018), &json!("2018-06-30"), &json!("reported"), &json!(null), &json!(4), &json!(8)]);
    assert_eq!(answer["items"][0]["association"]["name"], "东市科协");
    assert_eq!(ranking(&app.admin(), "?basis=verified")["items"][0]["tied"], 4);
    ledger::check(&app);
}

#[test]
fn peers_are_chosen_by_parent_place_kind_and_level() {
    let app = region();
    let admin = app.admin();
    let all = |query: &str| codes(&ranking(&admin, query)).join(" ");
    assert_eq!(all("?parent=province"), "east south west");
    assert_eq!(all("?within=east"), "east hill lake");
    assert_eq!(all("?kind=society"), "south hill");
    assert_eq!(all("?level=municipal&kind=federation"), "east west");
    assert_eq!(all("?within=east&level=provincial"), "");
    for unknown in ["status=active", "q=x", "sort=score"] {
        let problem = admin.get(&format!("{RANKING}?{unknown}")).expect_problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["code"], "unknown_field");
    }
    let problem = admin.get(&format!("{RANKING}?indicator=nothing")).expect_problem(400, "invalid_parameter");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("?indicator"), &json!("unknown_indicator"))
    );
    let scoped = app.person(Role::Viewer, Some("east"));
    assert_eq!(codes(&ranking(&scoped, "")).join(" "), "east hill lake");
    scoped.get(&format!("{RANKING}?parent=province")).expect_problem(400, "invalid_parameter");
}

#[test]
fn a_dissolved_association_is_a_peer_only_where_it_has_a_target() {
    let app = region();
    let admin = app.admin();
    for code in ["west", "hill"] {
        admin.patch(&format!("/associations/{code}"), json!({"status": "dissolved"})).expect(200);
    }
    let answer = ranking(&admin, "?indicator=households");
    assert_eq!(codes(&answer).join(" "), "east south west lake province bureau");
    assert_eq!(codes(&ranking(&admin, "")).join(" "), "east south west lake province bureau");
    assert_eq!((&answer["of"], &answer["total"]), (&json!(3), &json!(6)));
    assert_eq!(codes(&admin.get("/rankings/2019").expect(200)).join(" "), "east south lake province bureau");
    // Its own rank says why it has none.
    let own = admin.get("/associations/hill/rank/2018").expect(200);
    assert_eq!((&own["rank"], &own["reason"], &own["peers"]["total"]), (&json!(null), &json!("no_target"), &json!(0)));
}

/// Sets a target of an association and reports over it.
fn line(admin: &Person, association: &str, indicator: &str, target: Value, actual: Option<Value>) {
    admin.put(&format!("/associations/{association}/targets/2018/{indicator}"), target).expect(201);
    if let Some(mut actual) = actual {
        actual["indicator"] = json!(indicator);
        actual["period"] = json!("2018-03");
        admin.post(&format!("/associations/{association}/actuals"), actual).expect(201);
    }
}

#[test]
fn the_rate_of_an_indicator_ranks_uncapped_and_says_why_there_is_none() {
    let app = region();
    let admin = app.admin();
    admin.put("/associations/lake/targets/2018/households", json!({"value": 0})).expect(201);
    admin.put("/associations/hill/targets/2018/households", json!({"value": 7})).expect(201);
    let expected = [
        "1 1 east 1.28 null",
        "2 2 south 0.5 null",
        "2 2 west 0.5 null",
        "null null hill null no_actual",
        "null null lake null zero_target",
        "null null province null no_target",
        "null null bureau null no_target",
    ];
    let answer = ranking(&admin, "?indicator=households");
    assert_eq!(lines(&answer), expected);
    assert_eq!((&answer["indicator"], &answer["items"][0]["score"]), (&json!("households"), &json!(null)));
    let verified = ranking(&admin, "?indicator=households&basis=verified");
    assert_eq!((&verified["of"], &verified["items"][0]["reason"]), (&json!(0), &json!("no_actual")));
}

#[test]
fn indicators_of_every_kind_are_ranked_by_the_rule() {
    let app = region();
    let admin = app.admin();
    let indicator = |code: &str, fields: Value| app.indicator_with(code, fields);
    indicator("accidents", json!({"direction": "lower_is_better"}));
    indicator("replies", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    indicator("reform", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}));
    let change =
        |value: i64| json!({"value": value, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 10}});
    line(&admin, "east", "accidents", change(5), Some(json!({"value": 6})));
    line(&admin, "west", "accidents", change(5), Some(json!({"value": 4})));
    line(&admin, "south", "accidents", json!({"value": 5}), Some(json!({"value": 4})));
    line(&admin, "hill", "accidents", change(10), Some(json!({"value": 9})));
    line(&admin, "east", "replies", json!({"value": 50}), Some(json!({"numerator": 1, "denominator": 3})));
    line(&admin, "west", "replies", json!({"value": 100}), Some(json!({"numerator": 2, "denominator": 3})));
    line(&admin, "east", "reform", json!({"value": 1}), Some(json!({"value": 0})));
    line(&admin, "west", "reform", json!({"value": 1}), Some(json!({"value": 1})));
    line(&admin, "south", "reform", json!({"value": 1}), None);
    let first = |indicator: &str| {
        lines(&ranking(&admin, &format!("?indicator={indicator}"))).into_iter().take(4).collect::<Vec<_>>()
    };
    assert_eq!(
        first("accidents"),
        [
            "1 1 west 1.2 null",
            "2 1 east 0.8 null",
            "null null south null no_ratio_for_lower_is_better",
            "null null hill null baseline_equals_target",
        ]
    );
    // 66.66…% and 66.66…% of what was planned read the same.
    assert_eq!(first("replies")[..2], ["1 2 east 0.6666 null", "1 2 west 0.6666 null"]);
    assert_eq!(first("reform")[..3], ["1 1 west 1 null", "2 1 east 0 null", "null null south null no_actual"]);
    ledger::check(&app);
}

#[test]
fn ranks_are_over_all_peers_whatever_the_page() {
    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 600, 0.5);
    let admin = app.admin();
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ranking(&admin, &format!("?parent=province&limit=101{cursor}"));
        paged.extend(lines(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let whole = ranking(&admin, "?parent=province&limit=500");
    assert_eq!(paged[..500], lines(&whole), "the same whatever the page");
    assert_eq!((paged.len(), &whole["total"]), (600, &json!(600)));
    let ranked: Vec<usize> = paged.iter().map_while(|line| line.split(' ').next().unwrap().parse().ok()).collect();
    assert_eq!(whole["of"], ranked.len());
    for (index, rank) in ranked.iter().enumerate() {
        let better = ranked[..index].iter().filter(|other| *other < rank).count();
        assert_eq!(*rank, better + 1, "1-2-2-4 at {index}");
    }
}

/// The parts of an own rank that a line of the ranking has too.
fn shared(line: &Value) -> Value {
    json!([line["rank"], line["tied"], line["association"], line["score"], line["rate"], line["reason"]])
}

#[test]
fn the_own_rank_is_the_line_of_the_whole_ranking() {
    let app = App::start();
    app.association("province", None);
    app.indicator("households", "户");
    crowd(&app, "province", 40, 0.1);
    let admin = app.admin();
    for (round, seed) in [0.2, 0.4, 0.6, 0.8].into_iter().enumerate() {
        score(&app, "province", seed);
        for group in ["parent=province", "within=province&basis=verified", "kind=society", "level=county&kind=society"]
        {
            let whole = ranking(&admin, &format!("?{group}&limit=500"));
            let items = whole["items"].as_array().unwrap();
            assert!(items.len() > 4, "{group}");
            for item in items.iter().skip(round).step_by(3) {
                let code = item["association"]["code"].as_str().unwrap();
                let own = admin.get(&format!("/associations/{code}/rank/2018?{group}")).expect(200);
                assert_eq!(shared(&own), shared(item), "{group} {code}");
                assert_eq!((&own["of"], &own["peers"]["total"]), (&whole["of"], &whole["total"]), "{group} {code}");
            }
        }
        // The usual peers are those with the same parent, kind and level.
        let usual = ranking(&admin, "?parent=province&kind=society&level=county");
        for item in usual["items"].as_array().unwrap() {
            let code = item["association"]["code"].as_str().unwrap();
            let own = admin.get(&format!("/associations/{code}/rank/2018")).expect(200);
            assert_eq!(shared(&own), shared(item), "{code}");
            let expected = json!({"usual": true, "parent": "province", "within": null, "kind": "society", "level": "county",
                "total": usual["total"]});
            assert_eq!(own["peers"], expected);
        }
    }
}

#[test]
fn a_key_is_told_its_own_rank_among_those_it_may_not_see_and_nothing_else() {
    let app = region();
    let scoped = app.person(Role::Viewer, Some("west"));
    let own = scoped.get("/associations/west/rank/2018");
    for hidden in ["east", "东市", "south", "province"] {
        assert!(!own.text.contains(hidden), "{}", own.text);
    }
    let own = own.expect(200);
    assert_eq!((&own["rank"], &own["of"], &own["tied"], &own["score"]), (&json!(2), &json!(2), &json!(1), &json!(0.5)));
    let expected =
        json!({"usual": true, "parent": null, "within": null, "kind": "federation", "level": "municipal", "total": 2});
    assert_eq!(own["peers"], expected);
    let by_rate = scoped.get("/associations/west/rank/2018?indicator=households").expect(200);
    assert_eq!((&by_rate["rank"], &by_rate["rate"], &by_rate["score"]), (&json!(2), &json!(0.5), &json!(null)));
    // Peers that are named are those the key may see.
    let named = scoped.get("/associations/west/rank/2018?level=municipal").expect(200);
    assert_eq!((&named["rank"], &named["of"], &named["peers"]["usual"]), (&json!(1), &json!(1), &json!(false)));
    for place in ["parent=province", "within=east", "within=nowhere"] {
        let problem =
            scoped.get(&format!("/associations/west/rank/2018?{place}")).expect_problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["code"], "unknown_association", "{place}");
    }
    scoped.get("/associations/east/rank/2018").expect_problem(404, "association_not_found");
    // Roots are peers of roots.
    let root = app.admin().get("/associations/bureau/rank/2018").expect(200);
    assert_eq!((&root["peers"]["total"], &root["reason"]), (&json!(1), &json!("no_target")));
}

#[test]
fn who_is_none_of_the_peers_asked_for_has_no_rank_among_them() {
    let app = region();
    let own = app.admin().get("/associations/west/rank/2018?kind=society").expect(200);
    let said = [&own["rank"], &own["tied"], &own["score"], &own["reason"], &own["of"], &own["peers"]["total"]];
    assert_eq!(said, [&json!(null), &json!(null), &json!(null), &json!("not_a_peer"), &json!(1), &json!(2)]);
}

#[test]
fn the_tag_of_a_rank_by_indicator_changes_with_the_indicator() {
    let app = region();
    let admin = app.admin();
    for path in ["/rankings/2018?indicator=households", "/associations/west/rank/2018?indicator=households"] {
        let tag = admin.get(path).header("etag").to_owned();
        let again = || admin.send("GET", &format!("/api/v1{path}"), &[("If-None-Match", &tag)], "").status;
        assert_eq!(again(), 304);
        admin.patch("/indicators/people", json!({"name": format!("人数 {path}")})).expect(200);
        assert_eq!(again(), 304, "another indicator");
        admin.patch("/indicators/households", json!({"name": format!("户数 {path}")})).expect(200);
        assert_eq!(again(), 200);
    }
}

#[test]
fn a_cursor_is_good_for_its_own_year_basis_and_day_only() {
    let app = crate::support::App::start();
    for code in ["north", "south"] {
        app.association(code, None);
    }
    app.set_day(2018, 7, 2);
    for list in ["/rankings", "/completion"] {
        let page = app.admin().get(&format!("{list}/2018?limit=1&as_of=2018-07-01")).expect(200);
        let cursor = page["next_cursor"].as_str().expect("a next page").to_owned();
        let with = |rest: &str| app.admin().get(&format!("{list}/{rest}limit=1&cursor={cursor}"));
        assert_eq!(with("2018?as_of=2018-07-01&").expect(200)["items"].as_array().unwrap().len(), 1);
        for other in ["2018?", "2017?as_of=2018-07-01&", "2018?as_of=2018-07-01&basis=verified&"] {
            let problem = with(other).expect_problem(400, "invalid_parameter");
            assert_eq!(problem["errors"][0]["code"], "invalid_cursor", "{list}/{other}");
        }
    }
}
