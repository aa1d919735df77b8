//! What the rows of a batch name: associations and indicators, by code, name or alias.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::auth::Caller;
use crate::error::{ApiResult, Code, Violation};
use crate::indicators::store::IndicatorRow;
use crate::{associations, indicators};

/// Most ambiguous codes that an answer lists.
const LISTED: usize = 5;

/// Characters of the longest code, name or alias.
const LONGEST: usize = 200;

/// Most names of nothing that are remembered; anybody may invent more.
const MOST_MISSED: usize = 10_000;

/// What was named so far in a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    associations: Known<associations::store::Found>,
    indicators: Known<IndicatorRow>,
}

/// What names of one kind stand for.
#[derive(Clone, Debug)]
struct Known<T> {
    found: HashMap<String, Vec<T>>,
    /// Names of nothing, so that they are not looked for again.
    missed: HashSet<String>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { found: HashMap::new(), missed: HashSet::new() }
    }
}

impl<T> Known<T> {
    /// Those names that have to be looked for.
    fn new_of(&self, names: BTreeSet<String>) -> Vec<String> {
        // The database takes every character but this one, and nothing has a longer name.
        let may_be_known = |name: &str| !name.contains('\0') && name.chars().nth(LONGEST).is_none();
        let is_new =
            |name: &String| !self.found.contains_key(name) && !self.missed.contains(name) && may_be_known(name);
        names.into_iter().filter(is_new).collect()
    }

    fn learn(&mut self, asked: Vec<String>, found: HashMap<String, Vec<T>>) {
        let room = MOST_MISSED.saturating_sub(self.missed.len());
        self.missed.extend(asked.into_iter().filter(|name| !found.contains_key(name)).take(room));
        self.found.extend(found);
    }
}

impl Names {
    /// Looks up what was not named before.
    pub(crate) async fn learn(
        &mut self,
        conn: &mut AsyncPgConnection,
        caller: &Caller,
        associations: BTreeSet<String>,
        indicators: BTreeSet<String>,
    ) -> ApiResult<()> {
        let new = self.associations.new_of(associations);
        let found = associations::naming::find_named_many(conn, caller, &new).await?;
        self.associations.learn(new, found);
        let new = self.indicators.new_of(indicators);
        let found = indicators::naming::find_named_many(conn, &new).await?;
        self.indicators.learn(new, found);
        Ok(())
    }

    /// The association with this code, or the only one with this name.
    pub(crate) fn association(&self, name: &str) -> Result<&associations::store::Found, Violation> {
        let unknown = Violation::at("/association", Code::UnknownAssociation).given(name);
        only(self.associations.found.get(name), unknown, associations::store::Found::code)
    }

    /// The indicator with this code, or the only one with this name.
    pub(crate) fn indicator(&self, name: &str) -> Result<&IndicatorRow, Violation> {
        let unknown = Violation::at("/indicator", Code::UnknownIndicator).given(name);
        only(self.indicators.found.get(name), unknown, |indicator| &indicator.code)
    }

    /// Every indicator that was named, by id.
    pub(crate) fn indicators(&self) -> HashMap<Uuid, IndicatorRow> {
        self.indicators.found.values().flatten().map(|row| (row.id, row.clone())).collect()
    }

    /// Every association that was named, by id.
    pub(crate) fn associations(&self) -> HashMap<Uuid, &associations::store::Found> {
        self.associations.found.values().flatten().map(|found| (found.id(), found)).collect()
    }
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
