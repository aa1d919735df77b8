//! What the tests of reporting share: a city with two counties, whose reporting begins in 2018.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{App, Person, Reply};

/// A service with everybody that reports.
pub struct Stage {
    /// The service.
    pub app: App,
    /// Somebody who may do everything.
    pub admin: Person,
}

/// A city with the counties `north` and `south` below it, stored in December 2017, and a schedule for 2018.
pub fn stage(frequency: &str, due_days: i64) -> Stage {
    let app = App::start();
    app.set_day(2017, 12, 1);
    app.association("city", None);
    app.association("north", Some("city"));
    app.association("south", Some("city"));
    app.indicator("households", "户");
    app.indicator("training", "人次");
    let admin = app.admin();
    let schedule = json!({"frequency": frequency, "due_days": due_days});
    admin.put("/reporting/2018/schedule", schedule).expect(201);
    Stage { app, admin }
}

impl Stage {
    /// Sets the clock to the last moment of a day in Shanghai.
    pub fn set_end_of(&self, month: u32, day: u32) {
        self.app.set_day(2018, month, day);
        self.app.advance(TimeDelta::hours(14) - TimeDelta::microseconds(1));
    }

    /// Sets the clock to the first moment after a day in Shanghai.
    pub fn set_after(&self, month: u32, day: u32) {
        self.set_end_of(month, day);
        self.app.advance(TimeDelta::microseconds(1));
    }

    /// Submits households over a period, and answers the path of the actual.
    pub fn submit(&self, association: &str, period: &str) -> String {
        self.submit_of(association, period, "households")
    }

    /// Submits an indicator over a period, and answers the path of the actual.
    pub fn submit_of(&self, association: &str, period: &str, indicator: &str) -> String {
        let place = format!("/associations/{association}/actuals");
        let body = json!({"indicator": indicator, "value": 1, "period": period});
        let actual = self.admin.post(&place, body).expect(201);
        format!("{place}/{}", actual["id"].as_str().expect("an id"))
    }

    /// Submits a nil report.
    pub fn submit_nil(&self, association: &str, period: &str) -> Reply {
        self.admin.post(&format!("/associations/{association}/nil-reports"), json!({"period": period}))
    }

    /// The reporting of 2018.
    pub fn reporting(&self, query: &str) -> Value {
        self.admin.get(&format!("/reporting/2018{query}")).expect(200)
    }

    /// `expected reported nil on_time missing` of a period.
    pub fn counts(&self, period: &str) -> [i64; 5] {
        counts(&self.reporting(&format!("?period={period}"))["periods"][0])
    }

    /// What an association misses now.
    pub fn missing(&self, association: &str) -> Value {
        item(&self.reporting(""), association)["missing"].clone()
    }
}

/// `expected reported nil on_time missing` of a period.
pub fn counts(period: &Value) -> [i64; 5] {
    ["expected", "reported", "nil", "on_time", "missing"].map(|name| period[name].as_i64().expect("a count"))
}

/// How an association reports.
pub fn item<'a>(reporting: &'a Value, association: &str) -> &'a Value {
    let items = reporting["items"].as_array().expect("items");
    let found = items.iter().find(|item| item["association"]["code"] == association);
    found.unwrap_or_else(|| panic!("no {association} in {reporting:#}"))
}

/// The codes of the associations listed.
pub fn listed(reporting: &Value) -> Vec<&str> {
    let items = reporting["items"].as_array().expect("items");
    items.iter().map(|item| item["association"]["code"].as_str().expect("a code")).collect()
}
