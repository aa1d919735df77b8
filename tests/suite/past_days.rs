//! What was known on a past day: the same question gives the same answer ever after.

use kpi::auth::Role;
use serde_json::json;

use crate::support::App;
use crate::support::region::region;

/// Questions about 2018 whose answers rest on targets and actuals.
const QUESTIONS: [&str; 7] = [
    "/completion/2018?sort=score",
    "/completion/2018?sort=met&within=province&kind=federation",
    "/rankings/2018",
    "/rankings/2018?indicator=households&parent=province",
    "/rankings/2018?indicator=people",
    "/associations/west/rank/2018",
    "/associations/west/rank/2018?within=province&indicator=households",
];

/// What each question answers on both bases, as known on a day or, where none is given, now.
fn answers(app: &App, day: Option<&str>) -> Vec<String> {
    let viewer = app.person(Role::Viewer, None);
    let mut answers = Vec::new();
    for question in QUESTIONS {
        for basis in ["reported", "verified"] {
            let join = if question.contains('?') { '&' } else { '?' };
            let day = day.map_or_else(String::new, |day| format!("&as_of={day}"));
            let reply = viewer.get(&format!("{question}{join}basis={basis}{day}"));
            assert_eq!(reply.status, 200, "{question} {day}: {}", reply.text);
            answers.push(reply.text);
        }
    }
    answers
}

#[test]
fn a_past_day_is_answered_byte_for_byte_as_it_was_answered_then() {
    let app = region();
    let admin = app.admin();
    let west = app.report("west", "households", "2018-04", 20);
    let south = app.report("south", "households", "2018-04", 10);
    let east = app.report("east", "households", "2018-04", 7);
    admin.post(&format!("{west}/verify"), json!({})).expect(200);
    let mut days = vec![("2018-06-30".to_owned(), answers(&app, None))];
    // Each day something else changes what the days before would answer if it counted.
    let changes: [&dyn Fn(); 8] = [
        &|| drop(app.report("west", "households", "2018-05", 30)),
        &|| drop(admin.patch(&format!("{south}?reason=x"), json!({"value": 45})).expect(200)),
        &|| drop(admin.post(&format!("{south}/verify"), json!({"value": 40, "reason": "核减"})).expect(200)),
        &|| drop(admin.post(&format!("{west}/reject"), json!({"reason": "无凭据"})).expect(200)),
        &|| drop(admin.post(&format!("{east}/void"), json!({"reason": "误报"})).expect(200)),
        &|| {
            drop(
                admin
                    .put("/associations/east/targets/2018/households", json!({"value": 400, "reason": "加码"}))
                    .expect(200),
            )
        },
        &|| drop(admin.delete("/associations/south/targets/2018/households?reason=x").expect(204)),
        &|| {
            app.association_with("new", json!({"name": "新市科协", "parent": "province"}));
            app.target("new", 2018, "households", 5);
            app.target("west", 2018, "people", 5);
        },
    ];
    for (number, change) in (1..).zip(changes) {
        let day = format!("2018-07-{number:02}");
        app.set_day(2018, 7, number);
        change();
        let now = answers(&app, None);
        assert_ne!(now.last(), days.last().and_then(|(_, before)| before.last()), "the day is told, {number}");
        days.push((day.to_owned(), now));
        for (day, then) in &days {
            assert_eq!(&answers(&app, Some(day)), then, "{day} asked on July {number}");
        }
    }
    // On the last day everything is as new as on the first.
    app.set_day(2019, 1, 1);
    for (day, then) in &days {
        assert_eq!(&answers(&app, Some(day)), then, "{day} asked a year later");
    }
    let own = admin.get("/associations/new/rank/2018?as_of=2018-06-30").expect(200);
    assert_eq!((&own["rank"], &own["reason"]), (&json!(null), &json!("not_a_peer")), "it was made later");
    let before = admin.get("/completion/2018?as_of=2018-06-29").expect(200);
    assert_eq!((&before["total"], &before["items"]), (&json!(0), &json!([])), "nothing was known yet");
}

#[test]
fn more_associations_than_one_slice_are_read_from_the_ledger() {
    let app = App::start();
    app.association("province", None);
    app.indicator("households", "户");
    crate::support::region::crowd(&app, "province", 450, 0.5);
    app.sql(
        "INSERT INTO targets (association_id, year, indicator_id, revision, is_current, is_removal, bound, value,
            is_approximate, per, basis_of_rate, weight, due_on, recorded_at)
        SELECT associations.id, 2018, indicators.id, 1, true, false, 'at_least', 10, false, 'year', 'level', 1, '2018-12-31',
            associations.created_at
        FROM associations, indicators WHERE associations.code LIKE 'a%'",
    );
    let ids = app.sql("SELECT code FROM associations WHERE code LIKE 'a%' ORDER BY code");
    let last = ids.last().and_then(|row| row[0].as_deref()).expect("a code");
    app.report(last, "households", "2018-03", 5);
    app.set_day(2018, 7, 1);
    let admin = app.admin();
    let past = admin.get("/completion/2018?parent=province&as_of=2018-06-30&sort=score&limit=500").expect(200);
    let items = past["items"].as_array().expect("items");
    assert_eq!((items.len(), &past["total"]), (450, &json!(450)));
    assert_eq!((&items[0]["association"]["code"], &items[0]["score"]), (&json!(last), &json!(0.5)));
    assert!(items[1..].iter().all(|item| item["score"] == 0 && item["targets"] == 1));
}
