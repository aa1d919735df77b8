//! What can be done, and the plain list of what was.

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::model::{Accumulation, Actual, Figure, Indicator, State, Target, written};
use crate::support::{App, Person};

pub const ASSOCIATIONS: [&str; 2] = ["north", "south"];
pub const YEARS: [i32; 2] = [2017, 2018];
pub const INDICATORS: [Indicator; 9] = [
    of("number", true, Accumulation::Sum),
    of("number", true, Accumulation::Latest),
    of("number", false, Accumulation::Sum),
    of("number", false, Accumulation::Latest),
    of("percentage", true, Accumulation::Ratio),
    of("percentage", true, Accumulation::Latest),
    of("percentage", false, Accumulation::Ratio),
    of("percentage", false, Accumulation::Latest),
    of("milestone", true, Accumulation::Latest),
];

const fn of(value_type: &'static str, is_higher_better: bool, accumulation: Accumulation) -> Indicator {
    Indicator { value_type, is_higher_better, accumulation }
}

/// Association, indicator and year of a line. Few enough for steps to meet.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub association: usize,
    pub indicator: usize,
    pub year: i32,
}

/// What a report says, before it is fitted to its indicator.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    value: i32,
    denominator: i32,
    first: u32,
    months: u32,
    is_exact: bool,
}

/// What a plan says, before it is fitted to its indicator.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    kind: u8,
    value: i32,
    distance: i32,
    weight: i32,
    due: u8,
    has_curve: bool,
    is_approximate: bool,
}

/// One thing that is done; which actual is meant goes by its number, counted round.
#[derive(Clone, Debug)]
pub enum Step {
    Submit(Place, Said),
    Amend(usize, Said),
    Verify(usize, Option<Said>),
    Reject(usize),
    Void(usize),
    Plan(Place, Planned),
    Remove(Place),
    Wait(u16),
}

/// The line of one of these indicators.
fn place(indicators: Vec<usize>) -> impl Strategy<Value = Place> + Clone {
    let year = prop_oneof![1 => Just(2017), 3 => Just(2018)];
    let association = prop_oneof![3 => Just(0_usize), 1 => Just(1)];
    (association, prop::sample::select(indicators), year).prop_map(|(association, indicator, year)| Place {
        association,
        indicator,
        year,
    })
}

fn said() -> impl Strategy<Value = Said> {
    let value = prop_oneof![Just(0), (1..40).prop_map(|value| value * 10_000), -90_000..900_000];
    let (exact, months) = (prop::bool::weighted(0.8), prop_oneof![4 => Just(1_u32), 1 => 2..7_u32]);
    (value, 1..600_000, 0..12_u32, months, exact).prop_map(|(value, denominator, first, months, is_exact)| Said {
        value,
        denominator,
        first,
        months,
        is_exact,
    })
}

fn planned() -> impl Strategy<Value = Planned> {
    let value = prop_oneof![Just(0), (1..40).prop_map(|value| value * 10_000), 1..700_000];
    (0..9_u8, value, 0..50_000, 1..40_000, 0..4_u8, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |(kind, value, distance, weight, due, has_curve, is_approximate)| Planned {
            kind,
            value,
            distance,
            weight,
            due,
            has_curve,
            is_approximate,
        },
    )
}

/// Anything at all, with two indicators.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(0..INDICATORS.len(), 2).prop_flat_map(|two| prop::collection::vec(step(place(two)), 6..11))
}

fn step(place: impl Strategy<Value = Place> + Clone + 'static) -> impl Strategy<Value = Step> {
    let which = 0..20_usize;
    prop_oneof![
        8 => (place.clone(), said()).prop_map(|(place, said)| Step::Submit(place, said)),
        2 => (which.clone(), said()).prop_map(|(which, said)| Step::Amend(which, said)),
        4 => (which.clone(), prop::option::of(said())).prop_map(|(which, said)| Step::Verify(which, said)),
        1 => which.clone().prop_map(Step::Reject),
        1 => which.prop_map(Step::Void),
        8 => (place.clone(), planned()).prop_map(|(place, planned)| Step::Plan(place, planned)),
        1 => place.prop_map(Step::Remove),
        2 => (1..120_u16).prop_map(Step::Wait),
    ]
}

/// A target of a line over time; none stands for a removal.
#[derive(Clone)]
pub struct Plan {
    pub place: [usize; 2],
    pub year: i32,
    pub revisions: Vec<Option<Target>>,
}

/// Everything that was done by a day.
#[derive(Clone)]
pub struct World {
    pub day: NaiveDate,
    pub actuals: Vec<Actual>,
    pub plans: Vec<Plan>,
}

impl World {
    pub fn new() -> Self {
        let day = NaiveDate::from_ymd_opt(2018, 8, 20).expect("a day");
        Self { day, actuals: Vec::new(), plans: Vec::new() }
    }

    pub fn set_day(&self, app: &App) {
        app.set_day(self.day.year(), self.day.month(), self.day.day());
    }

    /// Does a step through the API and in the list.
    pub fn take(&mut self, person: &Person, step: &Step) {
        match step {
            Step::Submit(place, said) => self.submit(person, *place, *said),
            Step::Amend(which, said) => self.change(person, *which, &Change::Amend(*said)),
            Step::Verify(which, said) => self.change(person, *which, &Change::Verify(*said)),
            Step::Reject(which) => self.change(person, *which, &Change::Reject),
            Step::Void(which) => self.change(person, *which, &Change::Void),
            Step::Plan(place, planned) => self.plan(person, *place, *planned),
            Step::Remove(place) => self.remove(person, *place),
            Step::Wait(_) => {}
        }
    }

    fn submit(&mut self, person: &Person, place: Place, said: Said) {
        let actual = Actual {
            id: String::new(),
            association: place.association,
            indicator: place.indicator,
            year: place.year,
            from: NaiveDate::MIN,
            through: NaiveDate::MIN,
            figure: (0, 0),
            is_exact: true,
            state: State::Reported,
            verified: (0, 0),
            reported_at: String::new(),
        };
        let mut actual = said.on(&actual);
        let path = format!("/associations/{}/actuals", ASSOCIATIONS[place.association]);
        let mut body = content(&actual);
        body["indicator"] = json!(format!("i{}", place.indicator));
        let reply = person.post(&path, body);
        if actual.from > self.day {
            reply.expect_violation("/period", "period_not_begun");
            return;
        }
        let stored = reply.expect(201);
        let text = |name: &str| stored[name].as_str().expect("a text").to_owned();
        (actual.id, actual.reported_at) = (text("id"), text("reported_at"));
        self.actuals.push(actual);
    }

    fn change(&mut self, person: &Person, which: usize, change: &Change) {
        let count = self.actuals.len().max(1);
        let Some(actual) = self.actuals.get_mut(which % count) else { return };
        let path = format!("/associations/{}/actuals/{}", ASSOCIATIONS[actual.association], actual.id);
        let reason = json!({"reason": "更正"});
        let (reply, after) = match change {
            Change::Amend(said) => {
                let after = said.on(actual);
                let reply = person.patch(&format!("{path}?reason=x"), content(&after));
                let is_same = content(&after) == content(actual);
                (reply, if is_same { actual.clone() } else { Actual { state: State::Reported, ..after } })
            }
            Change::Verify(said) => {
                let verified = said.map_or(actual.figure, |said| said.on(actual).figure);
                let mut body = if said.is_some() { figure(actual.indicator, verified) } else { json!({}) };
                body["reason"] = json!("核减");
                let reply = person.post(&format!("{path}/verify"), body);
                (reply, Actual { state: State::Verified, verified, ..actual.clone() })
            }
            Change::Reject => {
                let reply = person.post(&format!("{path}/reject"), reason);
                (reply, Actual { state: State::Rejected, ..actual.clone() })
            }
            Change::Void => {
                let reply = person.post(&format!("{path}/void"), reason);
                (reply, Actual { state: State::Voided, ..actual.clone() })
            }
        };
        if actual.state == State::Voided && !matches!(change, Change::Void) {
            reply.expect_problem(409, "actual_voided");
        } else if after.from > self.day {
            reply.expect_violation("/period", "period_not_begun");
        } else {
            reply.expect(200);
            *actual = after;
        }
    }

    fn plan(&mut self, person: &Person, place: Place, planned: Planned) {
        let target = planned.on(place);
        let at = [place.association, place.indicator];
        let found = self.plans.iter().position(|plan| plan.place == at && plan.year == place.year);
        let reply = person.put(&path(place), terms(place, &target));
        assert!(matches!(reply.status, 200 | 201), "{reply:?}");
        match found.map(|index| &mut self.plans[index]) {
            Some(plan) if plan.revisions.last() == Some(&Some(target.clone())) => {}
            Some(plan) => plan.revisions.push(Some(target)),
            None => self.plans.push(Plan { place: at, year: place.year, revisions: vec![Some(target)] }),
        }
    }

    fn remove(&mut self, person: &Person, place: Place) {
        let at = [place.association, place.indicator];
        let reply = person.delete(&format!("{}?reason=x", path(place)));
        match self.plans.iter_mut().find(|plan| plan.place == at && plan.year == place.year) {
            Some(plan) if plan.revisions.last().is_some_and(Option::is_some) => {
                reply.expect(204);
                plan.revisions.push(None);
            }
            _ => drop(reply.expect_problem(404, "target_not_found")),
        }
    }
}

/// What becomes of an actual.
enum Change {
    Amend(Said),
    Verify(Option<Said>),
    Reject,
    Void,
}

fn path(place: Place) -> String {
    format!("/associations/{}/targets/{}/i{}", ASSOCIATIONS[place.association], place.year, place.indicator)
}

/// A number of ten-thousandths.
fn number(amount: i128) -> Value {
    serde_json::from_str(&written(amount)).expect("a number")
}

fn figure(indicator: usize, (value, denominator): Figure) -> Value {
    match INDICATORS[indicator].value_type {
        "percentage" => json!({"numerator": number(value), "denominator": number(denominator)}),
        _ => json!({"value": number(value)}),
    }
}

/// What can be amended of an actual.
fn content(actual: &Actual) -> Value {
    let mut content = figure(actual.indicator, actual.figure);
    content["period"] = json!({"from": actual.from, "to": actual.through});
    content["qualifier"] = json!(if actual.is_exact { "exact" } else { "at_least" });
    content
}

impl Said {
    /// An actual that says this instead.
    fn on(self, actual: &Actual) -> Actual {
        let month = |month: u32| NaiveDate::from_ymd_opt(actual.year, month + 1, 1).expect("a month");
        let last = (self.first + self.months - 1).min(11);
        let figure = match INDICATORS[actual.indicator].value_type {
            "milestone" => (i128::from(self.value > 100_000) * 10_000, 0),
            "percentage" => (self.value.into(), self.denominator.into()),
            _ => (self.value.into(), 0),
        };
        let through = month(last) + chrono::Months::new(1) - chrono::Days::new(1);
        Actual { from: month(self.first), through, figure, is_exact: self.is_exact, ..actual.clone() }
    }
}

impl Planned {
    /// The target of a line.
    fn on(self, place: Place) -> Target {
        let indicator = INDICATORS[place.indicator];
        let (value, distance) = (i128::from(self.value), i128::from(self.distance));
        let curve = [0, 0, 500, 1000, 2500, 3333, 5000, 6000, 7000, 8000, 9999, 10_000];
        let due = [(place.year, 12, 31), (place.year, 6, 30), (place.year, 1, 1), (place.year + 1, 3, 31)];
        let (year, month, day) = due[usize::from(self.due)];
        let usual = Target {
            bound: if indicator.is_higher_better { "at_least" } else { "at_most" },
            value,
            upper: None,
            periods: 1,
            baseline: None,
            is_change: false,
            is_approximate: self.is_approximate,
            weight: self.weight.into(),
            due_on: NaiveDate::from_ymd_opt(year, month, day).expect("a day"),
            plan: self.has_curve.then_some(curve),
        };
        if indicator.value_type == "milestone" {
            return Target { value: 10_000, ..usual };
        }
        let start = if indicator.is_higher_better { value - distance } else { value + distance };
        match self.kind {
            0 => Target { bound: "range", upper: Some(value + distance), ..usual },
            1 => Target { bound: "exactly", ..usual },
            2 | 3 => Target { is_change: true, baseline: Some(start), ..usual },
            4 => Target { is_change: true, baseline: Some(value), ..usual },
            5 if indicator.accumulation == Accumulation::Sum => {
                Target { periods: [2, 4, 12][usize::from(self.due) % 3], value: value / 10, ..usual }
            }
            6 => Target { value: 0, ..usual },
            _ => usual,
        }
    }
}

/// A target as a client sends it.
fn terms(place: Place, target: &Target) -> Value {
    let mut terms = json!({
        "value": number(target.value), "bound": target.bound, "approximate": target.is_approximate,
        "weight": number(target.weight), "due_on": target.due_on, "reason": "任务调整",
        "basis_of_rate": if target.is_change { "change" } else { "level" },
        "per": match target.periods { 2 => "half_year", 4 => "quarter", 12 => "month", _ => "year" },
    });
    if let Some(upper) = target.upper {
        terms["upper"] = number(upper);
    }
    if let Some(baseline) = target.baseline {
        terms["baseline"] = json!({"year": place.year - 1, "value": number(baseline)});
    }
    if let Some(plan) = target.plan {
        terms["plan"] = plan.into_iter().map(number).collect();
    }
    terms
}
