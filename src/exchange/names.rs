//! What the rows of a batch name: associations and indicators, by code, name or alias.

use std::collections::{BTreeSet, HashMap};

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::auth::Caller;
use crate::error::{ApiResult, Code, Violation};
use crate::indicators::store::IndicatorRow;
use crate::{associations, indicators};

/// Most ambiguous codes that an answer lists.
const LISTED: usize = 5;

/// What was named so far in a batch.
#[derive(Default)]
pub(super) struct Names {
    associations: HashMap<String, Vec<associations::store::Found>>,
    indicators: HashMap<String, Vec<IndicatorRow>>,
}

impl Names {
    /// Looks up what was not named before.
    pub(super) async fn learn(
        &mut self,
        conn: &mut AsyncPgConnection,
        caller: &Caller,
        associations: BTreeSet<String>,
        indicators: BTreeSet<String>,
    ) -> ApiResult<()> {
        let new = unknown(associations, &self.associations);
        self.associations.extend(associations::naming::find_named_many(conn, caller, &new).await?);
        let new = unknown(indicators, &self.indicators);
        self.indicators.extend(indicators::naming::find_named_many(conn, &new).await?);
        Ok(())
    }

    /// The association with this code, or the only one with this name.
    pub(super) fn association(&self, name: &str) -> Result<&associations::store::Found, Violation> {
        let unknown = Violation::at("/association", Code::UnknownAssociation).given(name);
        only(self.associations.get(name), unknown, associations::store::Found::code)
    }

    /// The indicator with this code, or the only one with this name.
    pub(super) fn indicator(&self, name: &str) -> Result<&IndicatorRow, Violation> {
        let unknown = Violation::at("/indicator", Code::UnknownIndicator).given(name);
        only(self.indicators.get(name), unknown, |indicator| &indicator.code)
    }

    /// Every indicator that was named, by id.
    pub(super) fn indicators(&self) -> HashMap<Uuid, IndicatorRow> {
        self.indicators.values().flatten().map(|row| (row.id, row.clone())).collect()
    }
}

fn unknown<T>(names: BTreeSet<String>, known: &HashMap<String, T>) -> Vec<String> {
    // The database takes every character but this one: nothing has it in its name.
    let is_askable = |name: &String| !name.contains('\0') && !known.contains_key(name);
    names.into_iter().filter(is_askable).collect()
}

fn only<T>(found: Option<&Vec<T>>, unknown: Violation, code: fn(&T) -> &str) -> Result<&T, Violation> {
    match found.map_or(&[][..], Vec::as_slice) {
        [] => Err(unknown),
        [only] => Ok(only),
        many => {
            let codes: Vec<_> = many.iter().take(LISTED).map(code).collect();
            Err(Violation { code: Code::AmbiguousName, ..unknown.allowed(codes.join(", ")) })
        }
    }
}
