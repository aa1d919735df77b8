//! The statements over the lines of many associations: a page of laggards, and how many stand how. In their text, a name in
//! braces stands for a value or a part.

use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Untyped, Uuid as SqlUuid};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::order::Place;
use super::store::Wanted;
use crate::associations::selection::Ids;
use crate::completion::Basis;

const PAGE: &str = include_str!("page.sql");

/// How many lines stand how.
pub(super) const STATUSES: &str = include_str!("statuses.sql");

/// The lines of which PostgreSQL cannot say how they stand.
const UNSURE: &str = include_str!("unsure.sql");

/// The lines, and how each stands where that can be said.
const JUDGED: &str = include_str!("judged.sql");

/// The expected share of a row of `actual_totals`, as `rule::expected_share` has it, cut to four decimals.
const EXPECTED: &str = include_str!("expected.sql");

/// What the statement asks for.
pub(super) struct Selection {
    statement: &'static str,
    fitting: Ids,
    year: i32,
    day: NaiveDate,
    at_risk_ratio: Decimal,
    is_verified: bool,
    indicator_id: Option<Uuid>,
    category: Option<String>,
    status: Option<String>,
    deviation: Option<Decimal>,
    name: Option<String>,
    code: Option<String>,
    indicator_code: Option<String>,
    after_association: Option<Uuid>,
    after_indicator: Option<Uuid>,
    limit: i64,
}

impl Selection {
    /// At most so many of the lines that are wanted, of those after a place.
    pub(super) fn page(wanted: &Wanted, fitting: Ids, after: Option<Place>, limit: i64) -> Self {
        let first = Self { limit, ..Self::of(PAGE, wanted, fitting) };
        let Some(Place { deviation, name, code, indicator }) = after else { return first };
        Self {
            deviation: Some(deviation),
            name: Some(name),
            code: Some(code),
            indicator_code: Some(indicator),
            ..first
        }
    }

    /// At most so many of the lines that the rule has to judge, of those after an association's indicator.
    pub(super) fn unsure(wanted: &Wanted, fitting: Ids, after: Option<(Uuid, Uuid)>, limit: i64) -> Self {
        let (after_association, after_indicator) = after.unzip();
        Self { after_association, after_indicator, limit, ..Self::of(UNSURE, wanted, fitting) }
    }

    /// A statement over the lines that are wanted, all of them.
    pub(super) fn of(statement: &'static str, wanted: &Wanted, fitting: Ids) -> Self {
        let moment = wanted.at.moment;
        Self {
            statement,
            fitting,
            year: moment.year.into(),
            day: moment.as_of,
            at_risk_ratio: moment.at_risk_ratio,
            is_verified: wanted.basis == Basis::Verified,
            indicator_id: wanted.indicator_id,
            category: wanted.category.clone(),
            status: wanted.status.map(|status| status.as_ref().to_owned()),
            deviation: None,
            name: None,
            code: None,
            indicator_code: None,
            after_association: None,
            after_indicator: None,
            limit: i64::MAX,
        }
    }

    fn write<'b>(&'b self, text: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, piece) in text.split(['{', '}']).enumerate() {
            match piece {
                _ if index % 2 == 0 => out.push_sql(piece),
                "judged" => self.write(JUDGED, out)?,
                "expected" => self.write(EXPECTED, out)?,
                "fitting" => QueryFragment::<Pg>::walk_ast(&self.fitting, out.reborrow())?,
                "year" => out.push_bind_param::<Integer, _>(&self.year)?,
                "day" => out.push_bind_param::<Date, _>(&self.day)?,
                "at_risk_ratio" => out.push_bind_param::<Numeric, _>(&self.at_risk_ratio)?,
                "is_verified" => out.push_bind_param::<Bool, _>(&self.is_verified)?,
                "indicator" => out.push_bind_param::<Nullable<SqlUuid>, _>(&self.indicator_id)?,
                "category" => out.push_bind_param::<Nullable<Text>, _>(&self.category)?,
                "status" => out.push_bind_param::<Nullable<Text>, _>(&self.status)?,
                "deviation" => out.push_bind_param::<Nullable<Numeric>, _>(&self.deviation)?,
                "name" => out.push_bind_param::<Nullable<Text>, _>(&self.name)?,
                "code" => out.push_bind_param::<Nullable<Text>, _>(&self.code)?,
                "indicator_code" => out.push_bind_param::<Nullable<Text>, _>(&self.indicator_code)?,
                "after_association" => out.push_bind_param::<Nullable<SqlUuid>, _>(&self.after_association)?,
                "after_indicator" => out.push_bind_param::<Nullable<SqlUuid>, _>(&self.after_indicator)?,
                "limit" => out.push_bind_param::<BigInt, _>(&self.limit)?,
                unknown => return Err(Error::QueryBuilderError(format!("nothing is named {unknown}").into())),
            }
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for Selection {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Planned for its values each time: most filters are not given.
        out.unsafe_to_cache_prepared();
        self.write(self.statement, &mut out)
    }
}

impl QueryId for Selection {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Selection {
    type SqlType = Untyped;
}
