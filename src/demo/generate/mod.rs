//! A large invented tree of associations with their plans and reports, to see the service with as much in it as a
//! province has.
//!
//! Read in this order: `chance` (what the seed decides), `words`, `vocabulary` (the indicators), `tree` (the associations),
//! `plan` (their targets), `report` (their actuals), all of it pure; then `chunk`, which writes. What is derived is derived
//! by the service's own code. Rows go past the API by COPY: a submission each would take days.

mod chance;
mod chunk;
mod plan;
mod report;
mod tree;
mod vocabulary;
mod words;

use clap::Args;
use diesel::insert_into;
use thiserror::Error;

use crate::associations::store::Found;
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::Caller;
use crate::database::Copying;
use crate::error::{ApiError, ApiResult};
use crate::schema::{associations, audit_entries, indicators};
use crate::state::AppState;
use chance::{Calendar, Dice};
use chunk::Chunk;
use tree::Member;
use vocabulary::Counted;

/// Most indicators there are words for.
const MOST_INDICATORS: u16 = 500;

/// How much is generated, and which.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many associations: one 科协 of a province and all below it.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub associations: u32,
    /// How many indicators; each association plans all of them every year.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_INDICATORS)))]
    pub indicators: u16,
    /// How many years, the current one the last.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub years: u8,
    /// How many actuals each association reports in a month, over its indicators in turn.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub per_month: u32,
    /// The same seed gives the same data on the same day.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// What every code begins with, before a hyphen; nothing with such a code may be there yet.
    #[arg(long, default_value = "g", value_parser = prefix)]
    pub prefix: String,
}

fn prefix(text: &str) -> Result<String, &'static str> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_fit = (1..=32).contains(&text.len()) && text.chars().all(fits);
    if is_fit { Ok(text.to_owned()) } else { Err("1 to 32 of a to z and 0 to 9 are needed") }
}

/// How much was generated so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// Associations whose plans and reports are there.
    pub associations: u64,
    /// Indicators.
    pub indicators: u64,
    /// Targets, with their revisions.
    pub targets: u64,
    /// Actuals.
    pub actuals: u64,
    /// What actuals said before they changed.
    pub revisions: u64,
    /// Totals, scorecards and first reports.
    pub derived: u64,
}

impl Generated {
    /// All rows.
    pub const fn rows(&self) -> u64 {
        self.associations + self.indicators + self.targets + self.actuals + self.revisions + self.derived
    }
}

/// Why nothing was generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// Something with such a code is there.
    #[error("there is {code} already and nothing was changed; choose another --prefix, or an empty database")]
    Taken {
        /// Its code.
        code: String,
    },
    /// Periods of a year it would cover are closed.
    #[error("periods of {year} are closed and nothing was changed; open them, or choose fewer --years")]
    Closed {
        /// The year.
        year: String,
    },
    /// The database is away, or a fault of ours.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Fills the database at `url` in one transaction, so that all of it is there or nothing; `told` hears how far it is.
///
/// Other writers of associations and indicators wait meanwhile; reports do not.
///
/// # Errors
/// When something with the prefix is there already, a year is closed, or the database is away.
pub async fn generate(
    state: &AppState,
    url: &str,
    options: &Options,
    mut told: impl FnMut(&Generated),
) -> Result<Generated, GenerateError> {
    let calendar = Calendar::new(state, options.years)?;
    let copying = Copying::begin(url).await?;
    require_free(&copying, options, &calendar).await?;
    let mut dice = Dice::new(options.seed);
    let count = usize::try_from(options.associations).map_err(ApiError::internal)?;
    let members = tree::grow(&options.prefix, count, &calendar, &mut dice.fork())?;
    let founded = calendar.founded();
    let counted = vocabulary::indicators(&options.prefix, options.indicators.into(), founded, &mut dice.fork());
    define(&copying, &members, &counted).await?;
    record(&copying, state, options, &members).await?;
    let mut generated = Generated { indicators: options.indicators.into(), ..Generated::default() };
    let mut chunk = Chunk::default();
    for member in &members {
        chunk.add(member, &counted, options.per_month, &calendar, &mut dice.fork())?;
        if chunk.is_full() {
            chunk.write(&copying, &mut generated).await?;
            told(&generated);
        }
    }
    chunk.write(&copying, &mut generated).await?;
    told(&generated);
    copying.commit().await?;
    copying.execute(&format!("ANALYZE associations, indicators, audit_entries, {}", chunk::TABLES.join(", "))).await?;
    Ok(generated)
}

/// Goes on where nothing is in the way, and keeps it so until the end.
async fn require_free(copying: &Copying, options: &Options, calendar: &Calendar) -> Result<(), GenerateError> {
    copying.execute("LOCK TABLE associations, indicators IN SHARE ROW EXCLUSIVE MODE").await?;
    // A prefix has no character that SQL could take for something else.
    let starts = format!("starts_with(code, '{}-')", options.prefix);
    let taken = format!(
        "SELECT code FROM associations WHERE {starts} UNION ALL SELECT code FROM indicators WHERE {starts} ORDER BY 1 LIMIT 1"
    );
    if let Some(code) = copying.first(&taken).await? {
        return Err(GenerateError::Taken { code });
    }
    let first = calendar.years().next().unwrap_or_default();
    let closed = format!(
        "SELECT year FROM locks WHERE year BETWEEN {first} AND {first} + {} - 1 AND closed_through IS NOT NULL ORDER BY 1 LIMIT 1",
        options.years
    );
    match copying.first(&closed).await? {
        Some(year) => Err(GenerateError::Closed { year }),
        None => Ok(()),
    }
}

/// Writes what the rest refers to.
async fn define(copying: &Copying, members: &[Member], counted: &[Counted]) -> ApiResult<()> {
    let rows = members.iter().map(|member| insert_into(associations::table).values(&member.row));
    copying.rows("associations", rows).await?;
    let rows = counted.iter().map(|counted| insert_into(indicators::table).values(&counted.row));
    copying.rows("indicators", rows).await?;
    Ok(())
}

/// One entry for all of it: its root is new, and the reason says what came with it.
async fn record(copying: &Copying, state: &AppState, options: &Options, members: &[Member]) -> ApiResult<()> {
    let Options { associations, indicators, years, per_month, seed, prefix } = options;
    let reason = format!(
        "kpi demo generate --associations {associations} --indicators {indicators} --years {years} \
        --per-month {per_month} --seed {seed} --prefix {prefix}"
    );
    let rows = members.first().map(|root| {
        let entry = Entry {
            association_id: Some(root.row.id),
            entity: Entity::Association,
            entity_key: root.row.code.clone(),
            action: Action::Created,
            reason: Some(&reason),
            before: None,
            after: Some(audit::json(&Found::alone(root.row.clone()).to_put())?),
        };
        Ok::<_, ApiError>(audit::store::row(&Caller::command_line(), state.now(), entry))
    });
    let row = rows.transpose()?;
    let rows = row.iter().map(|row| insert_into(audit_entries::table).values(row));
    copying.rows("audit_entries", rows).await?;
    Ok(())
}
