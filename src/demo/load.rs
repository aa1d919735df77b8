//! Loading the demo: every row goes through the same reading, checking and storing as a request.

use std::collections::BTreeMap;

use chrono::Datelike;
use diesel_async::AsyncPgConnection;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use validator::Validate;

use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::http::{self, Becoming, IfMatch, Year};
use crate::reporting::schedules;
use crate::state::AppState;
use crate::{actuals, associations, indicators, targets};

const ASSOCIATIONS: &str = include_str!("../../demo/associations.json");
const INDICATORS: &str = include_str!("../../demo/indicators.json");
const TARGETS: &str = include_str!("../../demo/targets.json");
const ACTUALS: &str = include_str!("../../demo/actuals.json");
/// An invented body with a plan for the current year, so that every status is seen; `{year}` stands for that year.
const EXAMPLE: &str = include_str!("../../demo/example.json");

/// One row of a demo file: the fields that name the thing, and the body a client would send.
type Item = BTreeMap<String, Box<RawValue>>;

#[derive(Deserialize)]
struct Files {
    associations: Vec<Item>,
    indicators: Vec<Item>,
    targets: Vec<Item>,
    actuals: Vec<Item>,
    #[serde(default)]
    schedules: Vec<Item>,
}

/// How many things were new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Associations.
    pub associations: usize,
    /// Indicators.
    pub indicators: usize,
    /// Targets.
    pub targets: usize,
    /// Actuals.
    pub actuals: usize,
    /// Schedules of reporting.
    pub schedules: usize,
}

/// Loads the demo; a second time it changes nothing.
///
/// # Errors
/// When the database is away, or a row is refused: then the message names the row.
pub async fn load(state: &AppState) -> ApiResult<Loaded> {
    let mut loader = Loader { state, caller: Caller::command_line(), loaded: Loaded::default() };
    let mut conn = state.conn().await?;
    let real = Files {
        associations: read(ASSOCIATIONS)?,
        indicators: read(INDICATORS)?,
        targets: read(TARGETS)?,
        actuals: read(ACTUALS)?,
        schedules: Vec::new(),
    };
    let year = state.today().year().to_string();
    let example: Files = read(&EXAMPLE.replace("\"{year}\"", &year).replace("{year}", &year))?;
    for files in [real, example] {
        loader.load(&mut conn, files).await?;
    }
    Ok(loader.loaded)
}

fn read<T: DeserializeOwned>(text: &str) -> ApiResult<T> {
    serde_json::from_str(text).map_err(ApiError::internal)
}

/// Takes a naming field out of a row.
fn take<T: DeserializeOwned>(item: &mut Item, name: &str) -> ApiResult<T> {
    let value = item.remove(name).ok_or_else(|| ApiError::internal(format!("a demo row has no {name}")))?;
    read(value.get())
}

/// The rest of a row, read and checked like a request's body.
fn body<T: DeserializeOwned + Validate>(item: &Item) -> ApiResult<T> {
    let text = serde_json::to_string(item).map_err(ApiError::internal)?;
    http::parse(text.as_bytes()).map_err(|error| ApiError::internal(format!("{error} in {text}")))
}

struct Loader<'a> {
    state: &'a AppState,
    caller: Caller,
    loaded: Loaded,
}

impl Loader<'_> {
    async fn load(&mut self, conn: &mut AsyncPgConnection, files: Files) -> ApiResult<()> {
        for item in files.associations {
            self.associations(conn, item).await?;
        }
        for item in files.indicators {
            self.indicators(conn, item).await?;
        }
        for item in files.targets {
            self.targets(conn, item).await?;
        }
        for item in files.actuals {
            self.actuals(conn, item).await?;
        }
        for item in files.schedules {
            self.schedules(conn, item).await?;
        }
        Ok(())
    }

    async fn associations(&mut self, conn: &mut AsyncPgConnection, mut item: Item) -> ApiResult<()> {
        let code: http::ResourceCode = take(&mut item, "code")?;
        if is_missing(associations::store::find(conn, &self.caller, &code).await, Code::AssociationNotFound)? {
            let now = self.state.now();
            associations::store::put(
                conn,
                &self.caller,
                &code,
                &IfMatch::default(),
                &Becoming::Whole(&body(&item)?),
                now,
            )
            .await?;
            self.loaded.associations += 1;
        }
        Ok(())
    }

    async fn indicators(&mut self, conn: &mut AsyncPgConnection, mut item: Item) -> ApiResult<()> {
        let code: http::ResourceCode = take(&mut item, "code")?;
        if is_missing(indicators::store::find(conn, &code).await, Code::IndicatorNotFound)? {
            indicators::store::put(
                conn,
                &self.caller,
                &code,
                &IfMatch::default(),
                &Becoming::Whole(&body(&item)?),
                self.state.now(),
            )
            .await?;
            self.loaded.indicators += 1;
        }
        Ok(())
    }

    async fn targets(&mut self, conn: &mut AsyncPgConnection, mut item: Item) -> ApiResult<()> {
        let association: http::ResourceCode = take(&mut item, "association")?;
        let year: Year = take(&mut item, "year")?;
        let indicator: http::ResourceCode = take(&mut item, "indicator")?;
        let association = associations::store::find(conn, &self.caller, &association).await?;
        let indicator = indicators::store::find(conn, &indicator).await?;
        let place = targets::store::Place { association: &association, year, indicator: &indicator };
        if is_missing(targets::store::find(conn, &place).await, Code::TargetNotFound)? {
            let none = IfMatch::default();
            targets::store::put(conn, &self.caller, &place, &none, &body(&item)?, self.state).await?;
            self.loaded.targets += 1;
        }
        Ok(())
    }

    async fn actuals(&mut self, conn: &mut AsyncPgConnection, mut item: Item) -> ApiResult<()> {
        let association: http::ResourceCode = take(&mut item, "association")?;
        let association = associations::store::find(conn, &self.caller, &association).await?;
        let actual: actuals::SubmitActual = body(&item)?;
        let indicator = indicators::store::find(conn, &actual.indicator).await?;
        let place = actuals::store::Place { association: &association, indicator: &indicator };
        match actuals::store::submit(conn, self.state, &self.caller, &place, &actual).await {
            Ok(answer) => self.loaded.actuals += usize::from(answer.is_created()),
            // Somebody amended it since: their version stays.
            Err(error) if error.code() == Code::ExternalIdConflict => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn schedules(&mut self, conn: &mut AsyncPgConnection, mut item: Item) -> ApiResult<()> {
        let year: Year = take(&mut item, "year")?;
        if is_missing(schedules::find(conn, year).await, Code::ScheduleNotFound)? {
            let none = IfMatch::default();
            schedules::put(conn, &self.caller, year, &none, &body(&item)?, self.state.now()).await?;
            self.loaded.schedules += 1;
        }
        Ok(())
    }
}

fn is_missing<T>(found: ApiResult<T>, not_found: Code) -> ApiResult<bool> {
    match found {
        Ok(_) => Ok(false),
        Err(error) if error.code() == not_found => Ok(true),
        Err(error) => Err(error),
    }
}
