//! What the service answers and keeps, beside what the model computes.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::steps::{ASSOCIATIONS, INDICATORS, World, YEARS};
use crate::support::model::{
    Actual, Exact, Indicator, Target, Total, Verdict, expected, judge, periods, status, total, written,
};
use crate::support::{App, Person};

/// One line of the model.
struct Line<'a> {
    indicator: Indicator,
    number: usize,
    year: i32,
    actuals: Vec<&'a Actual>,
    /// The year before.
    earlier: Vec<&'a Actual>,
    /// In force, and as first published.
    target: Option<(&'a Target, &'a Target, usize)>,
}

/// Every line of an association's year about which anything was ever said.
fn lines(world: &World, association: usize, year: i32) -> Vec<Line<'_>> {
    let of = |number: usize, year: i32| {
        let is_its =
            |actual: &&Actual| (actual.association, actual.indicator, actual.year) == (association, number, year);
        world.actuals.iter().filter(is_its).collect::<Vec<_>>()
    };
    let target = |number: usize| {
        let plan = world.plans.iter().find(|plan| plan.place == [association, number] && plan.year == year)?;
        let (first, last) = (plan.revisions.first()?.as_ref()?, plan.revisions.last()?.as_ref()?);
        Some((last, first, plan.revisions.len()))
    };
    let line = |(number, indicator): (usize, Indicator)| Line {
        indicator,
        number,
        year,
        actuals: of(number, year),
        earlier: of(number, year - 1),
        target: target(number),
    };
    INDICATORS.into_iter().enumerate().map(line).collect()
}

impl Line<'_> {
    fn total(&self, is_verified: bool) -> Total {
        total(self.indicator, &self.actuals, is_verified)
    }

    fn is_due(&self, day: NaiveDate) -> bool {
        self.target.is_some_and(|(target, ..)| day >= target.due_on)
    }

    fn verdict(&self, is_verified: bool, day: NaiveDate) -> Verdict {
        let target = self.target.map(|(target, ..)| target.annual());
        judge(self.indicator, target.as_ref(), self.total(is_verified).standing(self.indicator), self.is_due(day))
    }

    /// What the completion answers of it; none where nothing is planned and nothing counts.
    fn answer(&self, is_verified: bool, day: NaiveDate) -> Option<Value> {
        let total = self.total(is_verified);
        let standing = total.standing(self.indicator);
        if self.target.is_none() && standing.is_none() {
            return None;
        }
        let verdict = self.verdict(is_verified, day);
        let annual = self.target.map(|(target, ..)| target.annual());
        let share = annual.as_ref().map(|target| expected(target, self.year, day));
        let rate = verdict.rate.map(Exact::cut);
        let gap = annual.as_ref().zip(standing).map(|(target, actual)| Exact(target.value, 10_000).minus(actual).cut());
        let duty = self.target.filter(|(target, ..)| target.periods > 1).map(|(target, ..)| {
            let [all, elapsed, met] = periods(self.indicator, target, &self.actuals, is_verified, self.year, day);
            json!({"total": all, "elapsed": elapsed, "met": met})
        });
        let before = crate::support::model::total(self.indicator, &self.earlier, is_verified).standing(self.indicator);
        Some(json!({
            "indicator": format!("i{}", self.number),
            "target": self.planned(),
            "actual": standing.map(|standing| self.reported(&total, standing)),
            "rate": text(rate),
            "rate_upper": text(verdict.rate_upper.map(Exact::cut)),
            "original_rate": text(self.original_rate(standing, day)),
            "met": verdict.met,
            "score": text(verdict.score),
            "gap": text(gap),
            "pace": share.map(|share| json!({
                "expected": text(Some(share.cut())), "deviation": text(rate.map(|rate| rate - share.cut())),
            })),
            "status": status(self.indicator, &verdict, self.is_due(day), share.unwrap_or(Exact::whole(0))),
            "reason": verdict.reason,
            "approximate": total.inexact > 0 || self.target.is_some_and(|(target, ..)| target.is_approximate),
            "periods": duty,
            "last_year": before.map(|before| json!({
                "value": text(Some(before.cut())), "change": text(standing.map(|now| now.minus(before).cut())),
            })),
        }))
    }

    fn original_rate(&self, standing: Option<Exact>, day: NaiveDate) -> Option<i128> {
        let (_, original, _) = self.target.filter(|(.., revision)| *revision > 1)?;
        judge(self.indicator, Some(&original.annual()), standing, day >= original.due_on).rate.map(Exact::cut)
    }

    fn planned(&self) -> Option<Value> {
        let (target, _, revision) = self.target?;
        let annual = target.annual();
        Some(json!({
            "bound": target.bound, "value": text(Some(annual.value)), "upper": text(annual.upper),
            "value_per_period": text(Some(target.value)), "weight": text(Some(target.weight)),
            "due_on": target.due_on, "revision": text(Some(i128::try_from(revision).expect("few") * 10_000)),
        }))
    }

    fn reported(&self, total: &Total, standing: Exact) -> Value {
        let is_percentage = self.indicator.value_type == "percentage";
        json!({
            "value": text(Some(standing.cut())),
            "numerator": text(is_percentage.then_some(total.value)),
            "denominator": text(is_percentage.then_some(total.denominator)),
            "count": text(Some(i128::try_from(total.count).expect("few") * 10_000)),
            "covered_from": total.from, "covered_through": total.through, "last_reported_at": total.last_at,
        })
    }

    /// What is kept of it: the columns of `actual_totals` behind the key.
    fn kept(&self) -> Vec<Option<String>> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let of = |is_verified: bool| {
            let total = self.total(is_verified);
            [
                Some(total.count.to_string()),
                Some(written(total.value)),
                Some(written(total.denominator)),
                Some(total.inexact.to_string()),
                day(total.from),
                day(total.through),
            ]
        };
        let progress = |is_verified| {
            // The rate, or where there is none the score.
            let verdict = self.verdict(is_verified, NaiveDate::MIN);
            verdict.rate.map(Exact::cut).or(verdict.score).map(written)
        };
        let due_on = day(self.target.map(|(target, ..)| target.due_on));
        let plan = self.target.and_then(|(target, ..)| target.plan).map(|plan| plan.map(written).join(","));
        [of(false).to_vec(), of(true).to_vec(), vec![due_on, plan, progress(false), progress(true)]].concat()
    }
}

fn text(amount: Option<i128>) -> Option<String> {
    amount.map(written)
}

/// Numbers become text, so that they compare to the last digit.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

/// Of an answer, what the model answers too.
fn same_fields(answer: &Value, model: &Value) -> Value {
    match model {
        Value::Object(members) if answer.is_object() => {
            members.iter().map(|(name, model)| (name.clone(), same_fields(&answer[name], model))).collect()
        }
        _ => answer.clone(),
    }
}

/// Goes on when every completion is the model's, on both bases: as it is now, or as of the past day of the world.
pub fn assert_answers(person: &Person, world: &World, is_past: bool) {
    let as_of = if is_past { format!("&as_of={}", world.day) } else { String::new() };
    for (association, code) in ASSOCIATIONS.into_iter().enumerate() {
        for year in YEARS {
            for (basis, is_verified) in [("reported", false), ("verified", true)] {
                let place = format!("{code} {year} {basis}{as_of}");
                let answer =
                    person.get(&format!("/associations/{code}/completion/{year}?basis={basis}{as_of}")).expect(200);
                let lines = lines(world, association, year);
                let model: Vec<_> = lines
                    .iter()
                    .filter_map(|line| line.answer(is_verified, world.day))
                    .map(|line| plain(&line))
                    .collect();
                let answered = plain(&answer["lines"]);
                let answered = answered.as_array().expect("lines").iter().map(|line| {
                    let code = line["indicator"]["code"].clone();
                    let model = model.iter().find(|model| model["indicator"] == code).unwrap_or(&Value::Null);
                    let mut same = same_fields(line, model);
                    same["indicator"] = code;
                    same
                });
                assert_eq!(answered.collect::<Vec<_>>(), model, "{place}");
                assert_eq!(summary(&answer), score(&lines, is_verified, world.day), "{place}");
            }
        }
    }
}

fn summary(answer: &Value) -> Value {
    json!({"score": plain(&answer["score"]), "weight": plain(&answer["weight"]), "excluded": answer["excluded"]})
}

/// Σ weight·score / Σ weight over what can be scored, and what was left out.
fn score(lines: &[Line<'_>], is_verified: bool, day: NaiveDate) -> Value {
    let (mut weighted, mut weight, mut excluded) = (0, 0, Vec::new());
    for line in lines.iter().filter(|line| line.answer(is_verified, day).is_some()) {
        let verdict = line.verdict(is_verified, day);
        match (line.target, verdict.score) {
            (Some((target, ..)), Some(score)) => {
                weighted += target.weight * score;
                weight += target.weight;
            }
            _ => excluded.push(json!({"indicator": format!("i{}", line.number), "reason": verdict.reason})),
        }
    }
    let score = (weight > 0).then(|| written(weighted / weight));
    json!({"score": score, "weight": written(weight), "excluded": excluded})
}

/// Goes on when every row that is kept is the model's.
pub fn assert_kept(app: &App, world: &World) {
    const TOTALS: &str = "SELECT associations.code, year, indicators.code,
            reported_count, trim_scale(reported_value), trim_scale(reported_denominator), reported_inexact_count,
            reported_from, reported_through, verified_count, trim_scale(verified_value), trim_scale(verified_denominator),
            verified_inexact_count, verified_from, verified_through, due_on,
            (SELECT string_agg(trim_scale(share)::text, ',') FROM unnest(plan) AS share),
            trim_scale(reported_progress), trim_scale(verified_progress)
        FROM actual_totals JOIN associations ON associations.id = association_id JOIN indicators ON indicators.id = indicator_id
        WHERE reported_count > 0 OR due_on IS NOT NULL ORDER BY 1, 2, 3";
    const SCORES: &str = "SELECT code, year, target_count, trim_scale(weight), trim_scale(reported_score),
            trim_scale(verified_score), reported_met_count, verified_met_count
        FROM scorecards JOIN associations ON id = association_id
        WHERE target_count > 0 OR (weight, reported_score, verified_score, reported_met_count, verified_met_count)
            <> (0, 0, 0, 0, 0) ORDER BY 1, 2";
    let (mut totals, mut scores) = (Vec::new(), Vec::new());
    for (association, code) in ASSOCIATIONS.into_iter().enumerate() {
        for year in YEARS {
            let lines = lines(world, association, year);
            let place = [code.to_owned(), year.to_string()].map(Some).to_vec();
            let is_kept = |line: &&Line<'_>| line.target.is_some() || line.total(false).count > 0;
            for line in lines.iter().filter(is_kept) {
                totals.push([place.clone(), vec![Some(format!("i{}", line.number))], line.kept()].concat());
            }
            let planned: Vec<_> = lines.iter().filter(|line| line.target.is_some()).collect();
            if !planned.is_empty() {
                scores.push([place, scorecard(&planned)].concat());
            }
        }
    }
    assert_eq!(app.sql(TOTALS), totals);
    assert_eq!(app.sql(SCORES), scores);
}

/// The columns of a scorecard behind its key.
fn scorecard(planned: &[&Line<'_>]) -> Vec<Option<String>> {
    let weight = |line: &Line<'_>| line.target.map_or(0, |(target, ..)| target.weight);
    let sum = |is_verified: bool| {
        let scored =
            planned.iter().filter_map(|line| Some((weight(line), line.verdict(is_verified, NaiveDate::MIN).score?)));
        let (weights, weighted): (Vec<_>, Vec<_>) = scored.map(|(weight, score)| (weight, weight * score)).unzip();
        (weights.iter().sum::<i128>(), weighted.iter().sum::<i128>())
    };
    let met = |is_verified: bool| {
        planned.iter().filter(|line| line.verdict(is_verified, NaiveDate::MIN).met == Some(true)).count().to_string()
    };
    let ((weight, reported), (_, verified)) = (sum(false), sum(true));
    let columns = [planned.len().to_string(), written(weight), eight(reported), eight(verified), met(false), met(true)];
    columns.map(Some).to_vec()
}

/// A product of two amounts of ten-thousandths.
fn eight(product: i128) -> String {
    let text = format!("{}.{:08}", product / 100_000_000, product % 100_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
