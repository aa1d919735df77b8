//! Batches and single submissions into the same lines at once, in whatever order each of them names the associations.

use serde_json::{Value, json};

use crate::support::batch::{counts, started, stored};
use crate::support::{App, Person, at_once, ledger};

const ASSOCIATIONS: [&str; 4] = ["city", "north", "south", "elsewhere"];
const SHARED: usize = 40;

/// A report that everybody sends: the same content under the same key.
fn shared(key: usize) -> Value {
    let indicator = ["households", "training"][key % 2];
    json!({
        "association": ASSOCIATIONS[key % 4], "indicator": indicator,
        "period": format!("{}-0{}", 2017 + key / 4 % 2, key % 9 + 1), "value": key, "external_id": format!("shared-{key}"),
    })
}

/// Half of the shared reports and one of one's own, in an order of one's own.
fn batch(client: usize, turn: usize) -> Value {
    let step = [1, 3, 7, 9, 11, 13, 17, 19][client];
    let mut items: Vec<_> =
        (0..SHARED / 2).map(|place| shared((client * 5 + turn * 11 + place * step) % SHARED)).collect();
    let mut own = shared(client);
    own["external_id"] = json!(format!("own-{client}-{turn}"));
    items.push(own);
    json!({"items": items})
}

fn submit(person: &Person, mut report: Value) -> u16 {
    let association = report.as_object_mut().expect("an object").remove("association").expect("a code");
    let path = format!("/associations/{}/actuals", association.as_str().expect("a text"));
    person.post(&path, report).status
}

/// Everything a client does; answers the worst status it got.
fn work(admin: &Person, client: usize) -> u16 {
    let statuses = (0..4).flat_map(|turn| {
        let reply = admin.post(&format!("/actuals?mode={}", ["atomic", "partial"][turn % 2]), batch(client, turn));
        if reply.status == 200 {
            let [received, created, unchanged, rejected] = counts(&reply.body);
            assert_eq!((received, created + unchanged, rejected), (21, 21, 0), "{}", reply.text);
        }
        [reply.status, submit(admin, shared((client * 7 + turn) % SHARED))]
    });
    statuses.max().expect("some")
}

#[test]
fn overlapping_batches_and_single_reports_at_once_store_each_report_once() {
    let app = started();
    app.set_day(2018, 12, 31);
    ASSOCIATIONS.iter().for_each(|association| app.target(association, 2017, "training", 100));
    let admin = app.admin();
    let worst = at_once(8, |client| work(&admin.clone(), client));
    assert!(worst.iter().all(|status| matches!(status, 200 | 201 | 409 | 503)), "{worst:?}");
    // Whoever was told to try again does.
    (0..8).for_each(|client| assert!(work(&admin, client) < 202));
    assert_eq!(stored(&app, "actuals WHERE external_id LIKE 'shared-%'"), 40);
    assert_eq!(stored(&app, "actuals WHERE external_id LIKE 'own-%'"), 32);
    assert_eq!(stored(&app, "audit_entries WHERE entity = 'actual'"), 72);
    ledger::check(&app);
}

#[test]
fn targets_and_actuals_in_batches_at_once_leave_scorecards_that_follow_from_both() {
    let app = started();
    app.set_day(2018, 12, 31);
    let admin = app.admin();
    let plan = |client: usize| -> Value {
        let turned = (0..4).map(|place| ASSOCIATIONS[(place + client) % 4]);
        let item = |association: &str| json!({"association": association, "year": 2018, "indicator": "training", "value": 10 + client, "reason": "调整"});
        json!({"items": turned.map(item).collect::<Vec<_>>()})
    };
    let statuses = at_once(8, |client| match client % 2 {
        0 => admin.clone().post("/targets", plan(client)).status,
        _ => admin.clone().post("/actuals", batch(client, 0)).status,
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let revisions = app.sql("SELECT count(*), count(*) FILTER (WHERE is_current) FROM targets WHERE revision >= 1");
    assert_eq!(revisions[0], ["17", "5"].map(|text| Some(text.to_owned())));
    ledger::check(&app);
}

#[test]
fn two_batches_with_one_new_key_at_once_store_it_once() {
    let app = started();
    let admin = app.admin();
    let body = |client: usize| {
        // Under one key, but in two years: not even their locks are the same.
        let period = ["2017", "2018"][client % 2];
        json!({"items": [{"association": "north", "indicator": "households", "period": period, "value": 1, "external_id": "k"}]})
    };
    let replies = at_once(8, |client| admin.clone().post("/actuals", body(client)).status);
    let stored_for = stored_period(&app);
    let expected = |client: usize| if body(client)["items"][0]["period"] == stored_for { 200 } else { 422 };
    for (client, status) in replies.iter().enumerate() {
        assert_eq!(*status, expected(client), "{replies:?}, stored is {stored_for}");
    }
    ledger::check(&app);
}

fn stored_period(app: &App) -> Value {
    let page = app.admin().get("/associations/north/actuals").expect(200);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    page["items"][0]["period"].clone()
}
