//! What was accepted is in the very next answer, whoever asks, for half a minute of writers and readers at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{App, Person, at_once, ledger};

const THREADS: usize = 32;
const SOCIETIES: usize = 8;
/// So that each unit is a ten-thousandth of the score, which has four decimals.
const PLANNED: i64 = 10_000;
const LASTING: Duration = Duration::from_secs(30);

/// A city, two counties and the societies below them, which all plan the same.
fn app() -> App {
    let app = App::start();
    app.indicator("households", "户");
    app.association("city", None);
    for county in ["north", "south"] {
        app.association(county, Some("city"));
    }
    for number in 0..SOCIETIES {
        let county = if number % 2 == 0 { "north" } else { "south" };
        app.association(&society(number), Some(county));
        app.target(&society(number), 2018, "households", PLANNED);
    }
    app
}

fn society(number: usize) -> String {
    format!("society-{number}")
}

/// What was acknowledged to each society.
#[derive(Default)]
struct Acknowledged([AtomicI64; SOCIETIES]);

impl Acknowledged {
    fn of(&self, number: usize) -> i64 {
        self.0[number].load(Ordering::SeqCst)
    }

    /// Of all societies, or those of a county: 0 the north, 1 the south.
    fn sum(&self, county: Option<usize>) -> i64 {
        let numbers = (0..SOCIETIES).filter(|number| county.is_none_or(|county| number % 2 == county));
        numbers.map(|number| self.of(number)).sum()
    }
}

/// Someone who keeps the last answer to each question, as a cache between would, and asks again with its tag.
struct Reader {
    person: Person,
    kept: BTreeMap<String, (String, Value)>,
    fresh: usize,
    unchanged: usize,
}

impl Reader {
    fn ask(&mut self, path: String) -> Value {
        let tag = self.kept.get(&path).map(|(tag, _)| tag.clone()).unwrap_or_default();
        let headers = [("If-None-Match", tag.as_str())];
        let reply = self.person.send("GET", &format!("/api/v1{path}"), &headers[usize::from(tag.is_empty())..], "");
        if reply.status == 304 {
            self.unchanged += 1;
            return self.kept[&path].1.clone();
        }
        self.fresh += 1;
        let tag = reply.header("etag").to_owned();
        let body = reply.expect(200);
        self.kept.insert(path, (tag, body.clone()));
        body
    }

    /// Goes on when every answer about this society holds at least what was acknowledged before it was asked for.
    fn look(&mut self, acknowledged: &Acknowledged, number: usize) {
        let society = society(number);
        let units = |score: &Value| (score.as_f64().expect("a score") * 10_000.0).round();
        let reported = |completion: &Value| {
            let lines = ledger::lines(completion);
            lines.first().and_then(|line| line["actual"]["value"].as_f64()).unwrap_or_default()
        };
        let enough = |found: f64, least: i64, what: &str| {
            assert!(
                found >= f64::from(i32::try_from(least).expect("few")),
                "{what} of {society}: {found} after {least}"
            );
        };
        let of_society = |list: &Value| {
            let mut items = list["items"].as_array().expect("items").iter();
            units(&items.find(|item| item["association"]["code"] == society.as_str()).expect("the society")["score"])
        };
        let least = acknowledged.of(number);
        enough(
            reported(&self.ask(format!("/associations/{society}/completion/2018?detail=brief"))),
            least,
            "completion",
        );
        let least = acknowledged.of(number);
        enough(of_society(&self.ask("/rankings/2018".to_owned())), least, "ranking");
        let least = acknowledged.of(number);
        enough(of_society(&self.ask("/completion/2018?within=city".to_owned())), least, "summary");
        let least = acknowledged.of(number);
        enough(units(&self.ask(format!("/associations/{society}/rank/2018"))["score"]), least, "own rank");
        for (ancestor, county) in [("city", None), (["north", "south"][number % 2], Some(number % 2))] {
            let least = acknowledged.sum(county);
            let path = format!("/associations/{ancestor}/completion/2018?scope=subtree&detail=brief");
            enough(reported(&self.ask(path)), least, ancestor);
        }
    }
}

#[test]
fn a_submission_is_in_every_answer_that_follows_it() {
    let app = app();
    let acknowledged = Acknowledged::default();
    let (fresh, unchanged) = (AtomicI64::new(0), AtomicI64::new(0));
    let admin = app.admin();
    let began = Instant::now();
    let statuses = at_once(THREADS, |thread| {
        let mut reader = Reader { person: admin.clone(), kept: BTreeMap::new(), fresh: 0, unchanged: 0 };
        let (number, is_writer) = (thread / 2 % SOCIETIES, thread % 2 == 0);
        let mut turn = 0;
        while began.elapsed() < LASTING {
            turn += 1;
            if is_writer {
                let path = format!("/associations/{}/actuals", society(number));
                let body = json!({"indicator": "households", "value": 1, "period": "2018-06"});
                admin.post(&path, body).expect(201);
                acknowledged.0[number].fetch_add(1, Ordering::SeqCst);
                // Now and then, its own submission is the first thing a writer looks for.
                if turn % 10 == 0 {
                    reader.look(&acknowledged, number);
                }
            } else {
                reader.look(&acknowledged, (number + turn) % SOCIETIES);
            }
        }
        fresh.fetch_add(i64::try_from(reader.fresh).expect("few"), Ordering::Relaxed);
        unchanged.fetch_add(i64::try_from(reader.unchanged).expect("few"), Ordering::Relaxed);
        200
    });
    assert_eq!(statuses, [200; THREADS]);
    let written = acknowledged.sum(None);
    assert!(written > 200 && written < PLANNED, "{written} submissions");
    assert!(fresh.load(Ordering::Relaxed) > 500, "{fresh:?} answers, {unchanged:?} unchanged");
    let city = admin.get("/associations/city/completion/2018?scope=subtree").expect(200);
    assert_eq!(ledger::lines(&city)[0]["actual"]["value"], written);
    ledger::check(&app);
}
