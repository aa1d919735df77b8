//! A service of one's own: a database, a port, a clock that stands still until it is set.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};

use actix_web::dev::ServerHandle;
use chrono::{DateTime, TimeDelta, TimeZone};
use kpi::auth::{self, Caller, Role};
use kpi::config::{RuleConfig, ServerConfig};
use kpi::demo::generate::{GenerateError, Generated, Options, generate};
use kpi::demo::{self, Loaded};
use kpi::state::{AppState, Limits};
use kpi::{keys, server};
use serde_json::json;

use super::database::{self, RUNTIME};
use super::person::Person;

/// A running service; it stops when dropped.
pub struct App {
    /// Where its database is.
    pub database: String,
    address: SocketAddr,
    state: AppState,
    clock: Arc<AtomicI64>,
    handle: ServerHandle,
}

impl Drop for App {
    fn drop(&mut self) {
        // The command is sent at once; nobody needs to wait for its end.
        drop(self.handle.stop(false));
    }
}

impl App {
    /// Starts one at 10:00 on 30 June 2018 in Shanghai, on a fresh database.
    pub fn start() -> Self {
        Self::start_on(database::fresh())
    }

    /// Starts one on this database.
    pub fn start_on(database: String) -> Self {
        let clock = Arc::new(AtomicI64::new(0));
        let state = state(&database, &clock);
        let (address, handle) = serve(&state);
        let app = Self { database, address, state, clock, handle };
        app.set_day(2018, 6, 30);
        app
    }

    /// Sets the clock to 10:00 of a day in Shanghai.
    pub fn set_day(&self, year: i32, month: u32, day: u32) {
        let time = self.state.rules.timezone.with_ymd_and_hms(year, month, day, 10, 0, 0).single().expect("a time");
        self.clock.store(time.timestamp_micros(), Ordering::Relaxed);
    }

    /// Sets the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.fetch_add(by.num_microseconds().expect("not millennia"), Ordering::Relaxed);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Somebody whose key has this role and scope.
    pub fn person(&self, role: Role, scope: Option<&str>) -> Person {
        RUNTIME.block_on(async {
            let mut conn = self.state.conn().await.expect("a connection");
            let caller = Caller::command_line();
            let scope = match scope {
                Some(code) => auth::store::find_scope(&conn, &caller, code).await.expect("the database answers"),
                None => None,
            };
            let new = keys::store::NewKey { name: role.as_ref(), role, scope, expires_at: None };
            let created = keys::store::create(&mut conn, &caller, new, self.state.now()).await;
            let (_, secret) = created.expect("a key");
            Person::new(self.address, Some(secret.reveal()))
        })
    }

    /// Somebody who may do everything.
    pub fn admin(&self) -> Person {
        self.person(Role::Admin, None)
    }

    /// Somebody who reports for an association.
    pub fn reporter_of(&self, association: &str) -> Person {
        self.person(Role::Reporter, Some(association))
    }

    /// Somebody who plans for an association.
    pub fn planner_of(&self, association: &str) -> Person {
        self.person(Role::Planner, Some(association))
    }

    /// Somebody without a key.
    pub fn stranger(&self) -> Person {
        Person::new(self.address, None)
    }

    /// Makes an association, below another one where `parent` is given.
    pub fn association(&self, code: &str, parent: Option<&str>) {
        self.association_with(code, json!({"parent": parent}));
    }

    /// Makes an association that differs from the usual one in some fields.
    pub fn association_with(&self, code: &str, fields: serde_json::Value) {
        let mut body = json!({"name": format!("{code}科协"), "kind": "federation", "level": "municipal"});
        let members = body.as_object_mut().expect("an object");
        members.extend(fields.as_object().expect("an object").clone());
        self.admin().put(&format!("/associations/{code}"), body).expect(201);
    }

    /// Makes an indicator counted in a unit: more is better, actuals are added up.
    pub fn indicator(&self, code: &str, unit: &str) {
        self.indicator_with(code, json!({"unit": unit}));
    }

    /// Makes an indicator that differs from the usual one in some fields.
    pub fn indicator_with(&self, code: &str, fields: serde_json::Value) {
        let mut body = json!({
            "name": code, "category": "测试", "unit": "户", "value_type": "number",
            "direction": "higher_is_better", "accumulation": "sum", "additive": true,
        });
        let members = body.as_object_mut().expect("an object");
        members.extend(fields.as_object().expect("an object").clone());
        self.admin().put(&format!("/indicators/{code}"), body).expect(201);
    }

    /// Sets a target by its value, in an association's year.
    pub fn target(&self, association: &str, year: i16, indicator: &str, value: i64) {
        let path = format!("/associations/{association}/targets/{year}/{indicator}");
        self.admin().put(&path, json!({"value": value})).expect(201);
    }

    /// Reports a value over a period, and answers the path of the actual.
    pub fn report(&self, association: &str, indicator: &str, period: &str, value: i64) -> String {
        let path = format!("/associations/{association}/actuals");
        let body = json!({"indicator": indicator, "value": value, "period": period});
        let actual = self.admin().post(&path, body).expect(201);
        format!("{path}/{}", actual["id"].as_str().expect("an id"))
    }

    /// Loads the demo, whose last report is of June 2019: the clock has to stand after that.
    pub fn load_demo(&self) -> Loaded {
        RUNTIME.block_on(demo::load(&self.state)).expect("the demo loads")
    }

    /// Generates a large demo.
    pub fn generate(&self, options: &Options) -> Result<Generated, GenerateError> {
        RUNTIME.block_on(generate(&self.state, &self.database, options, |_| {}))
    }

    /// Runs SQL on the service's database and answers the rows as text.
    pub fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        database::execute(&self.database, sql)
    }
}

fn state(database: &str, clock: &Arc<AtomicI64>) -> AppState {
    let rules = RuleConfig { timezone: chrono_tz::Asia::Shanghai, at_risk_ratio: "0.8".parse().expect("a share") };
    let pools = kpi::database::pools(database, 8, 1).expect("pools");
    let limits = Limits { body: 64 * 1024, upload: 64 * 1024 * 1024 };
    let mut state = AppState::new(pools, RUNTIME.handle().clone(), rules, limits).expect("a state");
    state.has_metrics = true;
    let clock = Arc::clone(clock);
    state.clock = Arc::new(move || DateTime::from_timestamp_micros(clock.load(Ordering::Relaxed)).expect("a time"));
    state
}

/// Each service runs on a thread of its own, so that it outlives no test and no test waits for it.
fn serve(state: &AppState) -> (SocketAddr, ServerHandle) {
    let (sender, receiver) = mpsc::channel();
    let state = state.clone();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let config = ServerConfig {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                workers: NonZeroUsize::new(1),
                body_limit: NonZeroUsize::MIN,
                upload_limit: NonZeroU64::MIN,
                upload_dir: None,
                metrics: true,
            };
            let listening = server::start(state, &config).expect("a free port");
            let address = *listening.addresses.first().expect("an address");
            sender.send((address, listening.server.handle())).expect("the test waits");
            listening.server.await.expect("the service ends well");
        });
    });
    receiver.recv().expect("the service starts")
}
