//! Reporting against a plain model, over any mixture of actuals, nil reports, voidings and movings.

use std::cell::RefCell;

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::ledger;
use crate::support::reporting::{Stage, stage};

const ASSOCIATIONS: [&str; 4] = ["city", "later", "north", "south"];

/// What somebody does; numbers pick one of what there is.
#[derive(Clone, Debug)]
enum Act {
    Submit(usize, u32, bool),
    Nil(usize, u32),
    Void(usize),
    Move(usize, u32),
    Withdraw(usize),
}

fn acts() -> impl Strategy<Value = Vec<(u16, Act)>> {
    let act = prop_oneof![
        5 => (0..4_usize, 1..=12_u32, any::<bool>()).prop_map(|(who, month, other)| Act::Submit(who, month, other)),
        3 => (0..4_usize, 0..12_u32).prop_map(|(who, place)| Act::Nil(who, place)),
        1 => (0..99_usize).prop_map(Act::Void),
        2 => (0..99_usize, 1..=12_u32).prop_map(|(which, month)| Act::Move(which, month)),
        1 => (0..99_usize).prop_map(Act::Withdraw),
    ];
    prop::collection::vec((0..420_u16, act), 1..14)
}

/// A report: months it stands for, when it came, and whether it counts.
struct Report {
    path: String,
    who: usize,
    from: u32,
    through: u32,
    at: DateTime<Utc>,
    counts: bool,
}

#[derive(Default)]
struct Model {
    actuals: Vec<Report>,
    nil: Vec<Report>,
}

fn at(stored: &Value) -> DateTime<Utc> {
    stored["reported_at"].as_str().expect("a time").parse().expect("a time")
}

/// A way into what there is.
fn pick(reports: &mut [Report], which: usize) -> Option<&mut Report> {
    let count = reports.len();
    reports.get_mut(which.checked_rem(count)?)
}

impl Model {
    /// Does it on a day, counted from the first of 2018.
    fn act(&mut self, stage: &Stage, act: &Act, months: u32, day: u16) {
        let today = NaiveDate::from_yo_opt(2018, 1).expect("a day") + Days::new(day.into());
        let has_begun = |month| NaiveDate::from_ymd_opt(2018, month, 1).expect("a day") <= today;
        match *act {
            Act::Submit(who, month, other) => {
                let place = format!("/associations/{}/actuals", ASSOCIATIONS[who]);
                let indicator = if other { "training" } else { "households" };
                let body = json!({"indicator": indicator, "value": 1, "period": format!("2018-{month:02}")});
                let reply = stage.admin.post(&place, body);
                if !has_begun(month) {
                    reply.expect_violation("/period", "period_not_begun");
                    return;
                }
                let stored = reply.expect(201);
                let path = format!("{place}/{}", stored["id"].as_str().expect("an id"));
                self.actuals.push(Report { path, who, from: month, through: month, at: at(&stored), counts: true });
            }
            Act::Nil(who, place) => {
                let (from, through) = (place / months * months + 1, place / months * months + months);
                let period = if months == 1 { format!("2018-{from:02}") } else { format!("2018-Q{}", through / 3) };
                let reply = stage.submit_nil(ASSOCIATIONS[who], &period);
                if reply.status == 201 {
                    let stored = reply.expect(201);
                    let place = format!("/associations/{}/nil-reports", ASSOCIATIONS[who]);
                    let path = format!("{place}/{}", stored["id"].as_str().expect("an id"));
                    self.nil.push(Report { path, who, from, through, at: at(&stored), counts: true });
                } else {
                    assert!(matches!(reply.status, 200 | 422), "{}", reply.text);
                }
            }
            Act::Void(which) => {
                if let Some(actual) = pick(&mut self.actuals, which) {
                    stage.admin.post(&format!("{}/void", actual.path), json!({"reason": "误报"})).expect(200);
                    actual.counts = false;
                }
            }
            Act::Move(which, month) => {
                if let Some(actual) = pick(&mut self.actuals, which).filter(|actual| actual.counts) {
                    let patch = json!({"period": format!("2018-{month:02}")});
                    let reply = stage.admin.patch(&format!("{}?reason=x", actual.path), patch);
                    if !has_begun(month) && actual.from != month {
                        reply.expect_violation("/period", "period_not_begun");
                        return;
                    }
                    reply.expect(200);
                    (actual.from, actual.through) = (month, month);
                }
            }
            Act::Withdraw(which) => {
                if let Some(report) = pick(&mut self.nil, which) {
                    stage.admin.post(&format!("{}/withdraw", report.path), json!({"reason": "误报"})).expect(200);
                    report.counts = false;
                }
            }
        }
    }

    /// When the first report of these months came, and whether there are only nil reports.
    fn first(&self, who: usize, from: u32, through: u32) -> Option<(DateTime<Utc>, bool)> {
        let of = |report: &&Report| report.counts && report.who == who;
        let actual = |report: &&Report| (from..=through).contains(&report.through);
        let covers = |report: &&Report| report.from <= from && report.through >= through;
        let actual = self.actuals.iter().filter(of).filter(actual).map(|report| report.at).min();
        let nil = self.nil.iter().filter(of).filter(covers).map(|report| report.at).min();
        actual.into_iter().chain(nil).min().map(|first| (first, actual.is_none()))
    }
}

/// The first moment after a day in Shanghai.
fn after(day: NaiveDate) -> DateTime<Utc> {
    let zone = FixedOffset::east_opt(8 * 3600).expect("a zone");
    let next = day.succ_opt().expect("a day").and_hms_opt(0, 0, 0).expect("a time");
    next.and_local_timezone(zone).single().expect("a time").to_utc()
}

/// Cut to four decimals.
fn rate(part: i64, of: i64) -> Value {
    let Some(cut) = (part * 10_000).checked_div(of) else { return json!(null) };
    let text = if cut % 10_000 == 0 { (cut / 10_000).to_string() } else { format!("0.{cut:04}") };
    text.parse().expect("a number")
}

/// What the service shall answer.
fn expected(model: &Model, months: u32, due_days: u64, now: DateTime<Utc>) -> (Vec<Value>, Vec<Value>) {
    let since = ["2017-12-01T02:00:00Z", "2018-03-31T16:00:00Z", "2017-12-01T02:00:00Z", "2017-12-01T02:00:00Z"];
    let mut periods = Vec::new();
    let mut items = [[0_i64; 4]; 4];
    let mut named = vec![(Vec::new(), Vec::new()); 4];
    for from in (1..=12).filter(|month| (month - 1) % months == 0) {
        let through = from + months - 1;
        let next = if through == 12 {
            NaiveDate::from_ymd_opt(2019, 1, 1)
        } else {
            NaiveDate::from_ymd_opt(2018, through + 1, 1)
        };
        let last = next.expect("a day").pred_opt().expect("a day");
        let due_on = last + Days::new(due_days);
        let (has_ended, is_due) = (now >= after(last), now >= after(due_on));
        let period = if months == 1 { format!("2018-{from:02}") } else { format!("2018-Q{}", through / 3) };
        let mut sums = [0_i64; 5];
        for who in 0..4 {
            if since[who].parse::<DateTime<Utc>>().expect("a time") >= after(last) {
                continue;
            }
            let mut one = [1, 0, 0, 0];
            match model.first(who, from, through) {
                Some((at, is_nil)) => {
                    one = [1, 1, i64::from(is_nil), i64::from(at < after(due_on))];
                    if has_ended && at >= after(due_on) {
                        named[who].1.push(period.clone());
                    }
                }
                None if is_due => {
                    sums[4] += 1;
                    named[who].0.push(period.clone());
                }
                None => {}
            }
            (0..4).for_each(|place| sums[place] += one[place]);
            if has_ended {
                (0..4).for_each(|place| items[who][place] += one[place]);
            }
        }
        let rates = [1, 3].map(|place| if has_ended { rate(sums[place], sums[0]) } else { json!(null) });
        let state = if is_due {
            "due"
        } else if has_ended {
            "open"
        } else {
            "upcoming"
        };
        periods.push(json!({"period": period, "due_on": due_on, "state": state, "expected": sums[0], "reported": sums[1],
            "nil": sums[2], "on_time": sums[3], "missing": sums[4], "reporting_rate": rates[0], "on_time_rate": rates[1]}));
    }
    let item = |who: usize| {
        let ([expected, reported, nil, on_time], (missing, late)) = (items[who], &named[who]);
        let code = ASSOCIATIONS[who];
        json!({"association": {"code": code, "name": format!("{code}科协")}, "expected": expected, "reported": reported,
            "nil": nil, "on_time": on_time, "reporting_rate": rate(reported, expected), "on_time_rate": rate(on_time, expected),
            "missing": missing, "late": late})
    };
    (periods, (0..4).map(item).collect())
}

#[test]
fn reporting_is_what_a_plain_model_says() {
    let stage = stage("monthly", 5);
    // The first moment after March: nothing is expected of it before April.
    stage.set_after(3, 31);
    stage.app.association("later", None);
    let model = RefCell::new(Model::default());
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let strategy = (acts(), any::<bool>(), 0..=90_u64, (0..420_u16, 0..24_i64));
    let outcome = runner.run(&strategy, |(acts, is_monthly, due_days, (day, hour))| {
        let mut model = model.borrow_mut();
        let (frequency, months) = if is_monthly { ("monthly", 1) } else { ("quarterly", 3) };
        let schedule = json!({"frequency": frequency, "due_days": due_days});
        stage.admin.put("/reporting/2018/schedule", schedule).expect(200);
        for (day, act) in &acts {
            stage.app.set_day(2018, 1, 1);
            stage.app.advance(TimeDelta::days(i64::from(*day)));
            model.act(&stage, act, months, *day);
        }
        stage.app.set_day(2018, 1, 1);
        stage.app.advance(TimeDelta::days(i64::from(day)) + TimeDelta::hours(hour - 10));
        let now = "2018-01-01T02:00:00Z".parse::<DateTime<Utc>>().expect("a time");
        let now = now + TimeDelta::days(i64::from(day)) + TimeDelta::hours(hour - 10);
        let (periods, items) = expected(&model, months, due_days, now);
        let reporting = stage.reporting("");
        prop_assert_eq!(&reporting["periods"], &json!(periods));
        prop_assert_eq!(&reporting["items"], &json!(items));
        let missing: Vec<_> = items.into_iter().filter(|item| item["missing"] != json!([])).collect();
        let behind = stage.reporting("?missing=true");
        prop_assert_eq!((&behind["periods"], &behind["items"]), (&json!(periods), &json!(missing)));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    ledger::check(&stage.app);
}
