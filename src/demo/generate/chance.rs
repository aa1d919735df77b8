//! What the seed decides, and the days it decides over. The same seed on the same day always gives the same.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use fastrand::Rng;
use uuid::{Builder, Uuid};

use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Seeded dice.
pub(super) struct Dice(Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// Dice of its own for one part, so that no other part's throws change its own.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// A number between two, both included.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        self.0.i64(from..=to.max(from))
    }

    /// A number from 0 to 99.
    pub(super) fn of_hundred(&mut self) -> u8 {
        self.0.u8(..100)
    }

    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.0.u32(..many.max(1)) == 0
    }

    /// One of these.
    pub(super) fn pick<T: Copy + Default>(&mut self, of: &[T]) -> T {
        of.get(self.0.usize(..of.len().max(1))).copied().unwrap_or_default()
    }

    /// One of these, one time in so many.
    pub(super) fn perhaps(&mut self, one_in: u32, of: &[&str]) -> Option<String> {
        self.one_in(one_in).then(|| self.pick(of).to_owned())
    }

    /// An id of this moment.
    pub(super) fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.0.fill(&mut random);
        Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &random).into_uuid()
    }
}

/// The years the demo covers and the December before them, when the first plans are made; all before today.
pub(super) struct Calendar {
    first: NaiveDate,
    /// When each day begins, today's last.
    starts: Vec<DateTime<Utc>>,
    today: NaiveDate,
    years: u8,
}

impl Calendar {
    /// # Errors
    /// A fault of ours where the calendar ends.
    pub(super) fn new(state: &AppState, years: u8) -> ApiResult<Self> {
        let today = state.today();
        let first = NaiveDate::from_ymd_opt(today.year() - i32::from(years), 12, 1).unwrap_or(today);
        let starts: Option<_> =
            first.iter_days().take_while(|day| *day <= today).map(|day| state.start_of(day)).collect();
        let starts = starts.ok_or_else(|| ApiError::internal("the calendar ends"))?;
        Ok(Self { first, starts, today, years })
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.today
    }

    /// The years, the current one last.
    pub(super) fn years(&self) -> impl Iterator<Item = i16> + use<> {
        let last = i16::try_from(self.today.year()).unwrap_or(i16::MAX);
        (0..i16::from(self.years)).rev().map(move |back| last - back)
    }

    /// When everything that plans is founded.
    pub(super) fn founded(&self) -> DateTime<Utc> {
        self.start_of(self.first)
    }

    /// When a day begins.
    pub(super) fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let index = usize::try_from((day - self.first).num_days()).unwrap_or_default();
        self.starts.get(index).or(self.starts.last()).copied().unwrap_or_default()
    }

    /// Some moment of a day's working hours.
    pub(super) fn at_work(&self, day: NaiveDate, dice: &mut Dice) -> DateTime<Utc> {
        const MORNING: TimeDelta = TimeDelta::minutes(8 * 60 + 30);
        const MICROSECONDS: i64 = 9 * 60 * 60 * 1_000_000;
        self.start_of(day) + MORNING + TimeDelta::microseconds(dice.between(0, MICROSECONDS))
    }
}

/// A day some days later.
pub(super) fn later(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(days.unsigned_abs())).unwrap_or(day)
}

/// A day of a year.
pub(super) fn day(year: i16, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year.into(), month, day).unwrap_or_default()
}
