//! Verification: what a verifier settles on counts on the verified basis, and what changed since stays visible.

use std::sync::Barrier;

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person, ledger};

const PLACE: &str = "/associations/chuzhou/actuals";

struct Stage {
    app: App,
    reporter: Person,
    verifier: Person,
}

/// An association with a target of 100 households.
fn stage() -> Stage {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 100);
    let reporter = app.reporter_of("chuzhou");
    let verifier = app.person(Role::Verifier, Some("chuzhou"));
    Stage { app, reporter, verifier }
}

impl Stage {
    /// Submits 40 households of the first quarter, or something else, and answers the path of the actual.
    fn submitted(&self, fields: Value) -> String {
        let mut body = json!({"indicator": "households", "value": 40, "period": "2018-Q1"});
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let actual = self.reporter.post(PLACE, body).expect(201);
        format!("{PLACE}/{}", actual["id"].as_str().expect("an id"))
    }

    fn verify(&self, path: &str, body: Value) -> Value {
        self.verifier.post(&format!("{path}/verify"), body).expect(200)
    }

    fn reject(&self, path: &str) -> Value {
        self.verifier.post(&format!("{path}/reject"), json!({"reason": "无凭据"})).expect(200)
    }

    fn amend(&self, path: &str, patch: Value) -> Value {
        self.reporter.patch(&format!("{path}?reason=x"), patch).expect(200)
    }

    /// The rate on the reported and on the verified basis.
    fn rates(&self) -> [Value; 2] {
        ["reported", "verified"].map(|basis| {
            let path = format!("/associations/chuzhou/completion/2018?basis={basis}");
            self.reporter.get(&path).expect(200)["lines"][0]["rate"].clone()
        })
    }
}

#[test]
fn verifying_settles_on_the_reported_value_and_counts_on_the_verified_basis() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    assert_eq!(stage.rates(), [json!(0.4), json!(null)]);
    stage.app.set_day(2018, 7, 2);
    let verified = stage.verify(&path, json!({}));
    assert_eq!((&verified["state"], &verified["verified_value"]), (&json!("verified"), &json!(40)));
    assert_eq!((&verified["version"], &verified["verified_version"]), (&json!(2), &json!(2)));
    assert_eq!(verified["verified_at"], "2018-07-02T02:00:00Z");
    assert_eq!((&verified["changed_since_verified"], &verified["reason"]), (&json!(false), &json!(null)));
    assert_eq!(stage.rates(), [json!(0.4), json!(0.4)]);
    ledger::check(&stage.app);
}

#[test]
fn verifying_with_another_value_needs_a_reason_and_changes_only_the_verified_basis() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let verify = format!("{path}/verify");
    stage.verifier.post(&verify, json!({"value": 30})).expect_violation("/reason", "reason_required");
    let verified = stage.verify(&path, json!({"value": 30, "reason": "核减10户"}));
    assert_eq!((&verified["value"], &verified["verified_value"]), (&json!(40), &json!(30)));
    assert_eq!(verified["reason"], "核减10户");
    assert_eq!(stage.rates(), [json!(0.4), json!(0.3)]);
    // The reported value itself, however it is written, needs none.
    assert_eq!(stage.verify(&path, json!({"value": "40户"}))["verified_value"], 40);
    assert_eq!(stage.rates(), [json!(0.4), json!(0.4)]);
    ledger::check(&stage.app);
    let revisions = stage.reporter.get(&format!("{path}/revisions")).expect(200);
    let told: Vec<_> = revisions["items"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|version| version["verified_value"].clone())
        .collect();
    assert_eq!(told, [json!(null), json!(30), json!(40)]);
}

#[test]
fn repeating_a_verification_or_a_rejection_changes_nothing() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let first = stage.verify(&path, json!({"value": 30, "reason": "核减10户"}));
    stage.app.set_day(2018, 7, 2);
    for body in [json!({"value": 30, "reason": "再核"}), json!({"value": 30}), json!({"value": "30户"})] {
        assert_eq!(stage.verify(&path, body), first);
    }
    let rejected = stage.reject(&path);
    stage.app.set_day(2018, 7, 3);
    assert_eq!(stage.reject(&path), rejected);
    assert_eq!(rejected["version"], 3);
    let entries = stage.verifier.get("/audit?entity=actual").expect(200);
    let actions: Vec<_> =
        entries["items"].as_array().expect("entries").iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["rejected", "verified", "submitted"]);
    assert_eq!(entries["items"][1]["after"]["verified_value"], 30);
    ledger::check(&stage.app);
}

#[test]
fn a_rejected_actual_counts_on_neither_basis_until_it_is_verified_or_amended() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    stage.verify(&path, json!({}));
    let rejected = stage.reject(&path);
    assert_eq!((&rejected["state"], &rejected["verified_value"]), (&json!("rejected"), &json!(40)));
    assert_eq!(rejected["changed_since_verified"], true);
    assert_eq!(stage.rates(), [json!(null), json!(null)]);
    ledger::check(&stage.app);
    assert_eq!(stage.verify(&path, json!({}))["changed_since_verified"], false);
    assert_eq!(stage.rates(), [json!(0.4), json!(0.4)]);
    stage.reject(&path);
    assert_eq!(stage.amend(&path, json!({"value": 35}))["state"], "reported");
    assert_eq!(stage.rates(), [json!(0.35), json!(null)]);
    ledger::check(&stage.app);
}

#[test]
fn an_amendment_leaves_the_verified_basis_until_it_is_verified_again_and_shows_what_changed() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let other = stage.submitted(json!({"value": 1}));
    stage.verify(&path, json!({"value": 38, "reason": "核减2户"}));
    stage.verify(&other, json!({}));
    assert_eq!(stage.rates(), [json!(0.41), json!(0.39)]);
    let amended = stage.amend(&path, json!({"value": 45}));
    assert_eq!(
        (&amended["state"], &amended["value"], &amended["verified_value"]),
        (&json!("reported"), &json!(45), &json!(38))
    );
    assert_eq!((&amended["version"], &amended["verified_version"]), (&json!(3), &json!(2)));
    assert_eq!(amended["changed_since_verified"], true);
    assert_eq!(stage.rates(), [json!(0.46), json!(0.01)]);
    ledger::check(&stage.app);
    // What it said when it was verified.
    let revisions = stage.reporter.get(&format!("{path}/revisions")).expect(200);
    assert_eq!((&revisions["items"][1]["version"], &revisions["items"][1]["value"]), (&json!(2), &json!(40)));
    let again = stage.verify(&path, json!({}));
    assert_eq!((&again["verified_value"], &again["verified_version"]), (&json!(45), &json!(4)));
    assert_eq!(stage.rates(), [json!(0.46), json!(0.46)]);
    ledger::check(&stage.app);
}

#[test]
fn the_list_tells_what_changed_since_it_was_verified() {
    let stage = stage();
    let paths: Vec<_> = (1..=5).map(|value| stage.submitted(json!({"value": value}))).collect();
    paths[1..].iter().for_each(|path| drop(stage.verify(path, json!({}))));
    stage.amend(&paths[2], json!({"note": "补充凭据"}));
    stage.reject(&paths[3]);
    stage.reporter.post(&format!("{}/void", paths[4]), json!({"reason": "误报"})).expect(200);
    let list = |query: &str| -> Vec<i64> {
        let page = stage.verifier.get(&format!("{PLACE}?{query}")).expect(200);
        page["items"].as_array().expect("items").iter().map(|item| item["value"].as_i64().expect("a value")).collect()
    };
    assert_eq!(list("changed_since_verified=true"), [3, 4, 5]);
    assert_eq!(list("changed_since_verified=true&state=reported"), [3]);
    assert_eq!(list("changed_since_verified=false"), [1, 2]);
    assert_eq!(list("state=verified"), [2]);
    let problem = stage.verifier.get(&format!("{PLACE}?changed_since_verified=maybe"));
    assert_eq!(problem.expect_problem(400, "invalid_parameter")["errors"][0]["pointer"], "?changed_since_verified");
    ledger::check(&stage.app);
}

#[test]
fn a_percentage_is_verified_with_numerator_and_denominator() {
    let stage = stage();
    let fields = json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"});
    stage.app.indicator_with("replies", fields);
    stage.app.target("chuzhou", 2018, "replies", 80);
    let body = json!({"indicator": "replies", "numerator": 4, "denominator": 5, "period": "2018"});
    let actual = stage.reporter.post(PLACE, body).expect(201);
    let path = format!("{PLACE}/{}", actual["id"].as_str().expect("an id"));
    let post = |body| stage.verifier.post(&format!("{path}/verify"), body);
    post(json!({"value": 80})).expect_violation("/value", "ratio_required");
    post(json!({"numerator": 3})).expect_violation("/denominator", "ratio_required");
    post(json!({"numerator": 3, "denominator": 0})).expect_violation("/denominator", "out_of_range");
    post(json!({"numerator": 3, "denominator": 5})).expect_violation("/reason", "reason_required");
    let verified = stage.verify(&path, json!({"numerator": 3, "denominator": 5, "reason": "核减"}));
    let told = ["verified_value", "verified_numerator", "verified_denominator"].map(|field| verified[field].clone());
    assert_eq!(told, [json!(null), json!(3), json!(5)]);
    ledger::check(&stage.app);
}

#[test]
fn what_a_verifier_settles_on_is_an_exact_figure_in_any_unit_of_the_dimension() {
    let stage = stage();
    stage.app.indicator("investment", "元");
    let path = stage.submitted(json!({"indicator": "investment", "value": "约2万元"}));
    let post = |body| stage.verifier.post(&format!("{path}/verify"), body);
    post(json!({"value": "近2万元", "reason": "核"})).expect_violation("/value", "not_a_quantity");
    post(json!({"unit": "万元"})).expect_violation("/unit", "value_required");
    post(json!({"value": 1.9, "unit": "人", "reason": "核"})).expect_violation("/unit", "unit_mismatch");
    post(json!({"numerator": 1, "denominator": 2})).expect_violation("/numerator", "ratio_unexpected");
    post(json!({"colour": "red"})).expect_violation("/colour", "unknown_field");
    let approximate = || {
        let path = "/associations/chuzhou/completion/2018?basis=verified";
        let completion = stage.reporter.get(path).expect(200);
        let lines = completion["lines"].as_array().expect("lines");
        let line = lines.iter().find(|line| line["indicator"]["code"] == "investment").expect("a line");
        line["approximate"].clone()
    };
    stage.verify(&path, json!({}));
    assert_eq!(approximate(), true, "as reported: about");
    ledger::check(&stage.app);
    assert_eq!(
        stage.verify(&path, json!({"value": 1.9, "unit": "万元", "reason": "按发票"}))["verified_value"],
        19_000
    );
    assert_eq!(approximate(), false);
    ledger::check(&stage.app);
}

#[test]
fn a_milestone_is_verified_as_done_or_not() {
    let stage = stage();
    stage.app.indicator_with("reform", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}));
    let path = stage.submitted(json!({"indicator": "reform", "value": 1}));
    stage
        .verifier
        .post(&format!("{path}/verify"), json!({"value": 2, "reason": "x"}))
        .expect_violation("/value", "milestone_value");
    assert_eq!(stage.verify(&path, json!({"value": 0, "reason": "未完成"}))["verified_value"], 0);
    ledger::check(&stage.app);
}

#[test]
fn a_voided_actual_is_neither_verified_nor_rejected() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    stage.verify(&path, json!({}));
    let voided = stage.reporter.post(&format!("{path}/void"), json!({"reason": "误报"})).expect(200);
    assert_eq!((&voided["verified_value"], &voided["changed_since_verified"]), (&json!(40), &json!(true)));
    assert_eq!(stage.rates(), [json!(null), json!(null)]);
    stage.verifier.post(&format!("{path}/verify"), json!({})).expect_problem(409, "actual_voided");
    stage.verifier.post(&format!("{path}/reject"), json!({"reason": "x"})).expect_problem(409, "actual_voided");
    stage.verifier.post(&format!("{path}/reject"), json!({})).expect_violation("/reason", "missing_field");
    ledger::check(&stage.app);
}

#[test]
fn who_was_slower_than_another_verifier_is_told_by_if_match() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let tag = stage.reporter.get(&path).header("etag").to_owned();
    let send = |action: &str, body| {
        stage.verifier.send_json("POST", &format!("{path}/{action}"), &[("If-Match", tag.as_str())], body)
    };
    send("verify", json!({})).expect(200);
    send("verify", json!({"value": 1, "reason": "x"})).expect_problem(412, "precondition_failed");
    send("reject", json!({"reason": "x"})).expect_problem(412, "precondition_failed");
}

#[test]
fn of_two_verifiers_at_once_with_the_same_tag_one_settles_it() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let tag = stage.reporter.get(&path).header("etag").to_owned();
    let start = Barrier::new(2);
    let mut statuses: Vec<_> = std::thread::scope(|scope| {
        let run = |value: i64| {
            let (stage, path, tag, start) = (&stage, &path, &tag, &start);
            scope.spawn(move || {
                let verifier = stage.app.person(Role::Verifier, Some("chuzhou"));
                start.wait();
                let body = json!({"value": value, "reason": "核定"});
                verifier.send_json("POST", &format!("{path}/verify"), &[("If-Match", tag)], body).status
            })
        };
        let running = [run(30), run(20)];
        running.into_iter().map(|thread| thread.join().expect("it ends well")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(stage.reporter.get(&path).expect(200)["version"], 2);
    ledger::check(&stage.app);
}

#[test]
fn verifiers_reporters_and_rejections_at_once_leave_a_version_and_an_entry_each() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let start = Barrier::new(12);
    std::thread::scope(|scope| {
        for index in 0..12_i64 {
            let (stage, path, start) = (&stage, &path, &start);
            scope.spawn(move || {
                start.wait();
                match index % 3 {
                    0 => drop(stage.verify(path, json!({"value": index, "reason": "核定"}))),
                    1 => drop(stage.amend(path, json!({"value": 100 + index}))),
                    _ => drop(stage.reject(path)),
                }
            });
        }
    });
    let actual = stage.reporter.get(&path).expect(200);
    let entries = stage.app.sql("SELECT count(*) FROM audit_entries WHERE entity = 'actual'")[0][0].clone();
    assert_eq!(entries, Some(actual["version"].to_string()));
    let revisions = stage.reporter.get(&format!("{path}/revisions")).expect(200);
    assert_eq!(
        revisions["items"].as_array().map(Vec::len),
        actual["version"].as_u64().and_then(|count| usize::try_from(count).ok())
    );
    ledger::check(&stage.app);
}
