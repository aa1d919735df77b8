//! What a line is made of, however it was read: from the totals kept, from the ledger, or rolled up over a subtree.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Basis, Coverage, Reason};
use crate::database::Coded;
use crate::error::{ApiError, ApiResult};
use crate::indicators::Accumulation;
use crate::indicators::store::Catalog;
use crate::period::Per;
use crate::rule::{Goal, Nature};
use crate::scorecards::store::GoalRow;
use crate::scorecards::{Figure, Total, Totals};
use crate::targets::replay::Plan;

/// Everything a line shows of one indicator's year.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub indicator: Counted,
    pub planned: Option<Planned>,
    /// On the asked basis.
    pub total: Total,
    /// On the asked basis; only of a full answer.
    pub last_year: Option<Total>,
    pub performed_by: Vec<String>,
    /// Of a subtree.
    pub coverage: Option<Coverage>,
    /// Why there is no target to hold the actual against, where the rule cannot know.
    pub reason: Option<Reason>,
}

/// What is counted.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub id: Uuid,
    pub code: String,
    pub category: String,
    pub parent: Option<String>,
    pub unit: String,
    pub nature: Nature,
    /// Only of a full answer.
    pub detail: Option<CountedDetail>,
}

/// What only a full answer says of an indicator.
#[derive(Clone, Debug)]
pub(super) struct CountedDetail {
    pub name: String,
    pub accumulation: Accumulation,
    pub decimals: i16,
}

impl Counted {
    /// Where its line stands among the others.
    pub(super) fn place(&self) -> (&str, &str) {
        (&self.category, &self.code)
    }

    /// The indicator with this id, whole.
    ///
    /// # Errors
    /// Only when there is none: a fault of ours.
    pub(super) fn of(catalog: &Catalog, id: Uuid) -> ApiResult<Self> {
        let row = catalog.get(&id).ok_or_else(|| ApiError::internal("an indicator is gone"))?;
        let parent = row.parent_id.and_then(|parent| catalog.get(&parent));
        Ok(Self {
            id,
            code: row.code.clone(),
            category: row.category.clone(),
            parent: parent.map(|parent| parent.code.clone()),
            unit: row.unit.clone(),
            nature: Nature::from(row),
            detail: Some(CountedDetail {
                name: row.name.clone(),
                accumulation: row.accumulation.0,
                decimals: row.decimals,
            }),
        })
    }
}

/// What was planned.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// For the whole year.
    pub goal: Goal,
    pub is_approximate: bool,
    /// Of a duty per period.
    pub duty: Option<Duty>,
    /// Of a subtree.
    pub mixed: Option<Mixed>,
    /// The rows it was read from; only of a full answer about one association.
    pub plan: Option<Plan>,
}

/// A value that is planned for each of several periods.
#[derive(Clone, Debug)]
pub(super) struct Duty {
    pub per: Per,
    pub value: Decimal,
    pub upper: Option<Decimal>,
    /// What was reported in each of the periods, on the asked basis.
    pub sums: Vec<Decimal>,
}

impl Duty {
    fn of(year: i16, row: &GoalRow) -> Option<Self> {
        let GoalRow { value, upper, per: Coded(per), .. } = row;
        let periods = usize::try_from(per.count(year)).ok().filter(|_| *per != Per::Year)?;
        Some(Self { per: *per, value: *value, upper: *upper, sums: vec![Decimal::ZERO; periods] })
    }

    /// Counts a figure that lies wholly inside one of the periods.
    pub(super) fn add(&mut self, figure: &Figure) {
        let (first, last) = (self.per.index(figure.period.from()), self.per.index(figure.period.through()));
        let period = usize::try_from(first).ok().filter(|_| first == last).and_then(|first| self.sums.get_mut(first));
        if let Some(sum) = period {
            *sum += figure.value;
        }
    }
}

/// What is the same for one association's target, and may not be for a sum of many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mixed {
    /// Whether the bounds, or what the rates measure, differ.
    pub bounds: bool,
    /// The share of the sum that should be done by the day asked about.
    pub expected: Decimal,
    /// Where less is better: whether some of those with a target have reported nothing.
    pub is_silent: bool,
}

impl Planned {
    /// One association's target.
    pub(super) fn own(year: i16, row: &GoalRow, is_approximate: bool) -> Self {
        Self { goal: row.to_goal(year), is_approximate, duty: Duty::of(year, row), mixed: None, plan: None }
    }
}

impl From<Plan> for Planned {
    fn from(plan: Plan) -> Self {
        let row = &plan.current;
        Self { plan: Some(plan.clone()), ..Self::own(row.year, &row.goal, row.is_approximate) }
    }
}

impl Part {
    /// Of one association.
    pub(super) fn own(indicator: Counted, planned: Option<Planned>, total: Total) -> Self {
        Self { indicator, planned, total, last_year: None, performed_by: Vec::new(), coverage: None, reason: None }
    }
}

/// The total of a basis.
pub(crate) fn on(totals: Totals, basis: Basis) -> Total {
    match basis {
        Basis::Reported => totals.reported,
        Basis::Verified => totals.verified,
    }
}
