//! Any sequence of submitting, amending, verifying, rejecting, voiding and planning against a plain model of DESIGN section 3:
//! after every step, what is answered, now and as of a past day, and what is kept are what the model computes from the start.

mod answers;
mod steps;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::support::{App, ledger};
use answers::{assert_answers, assert_kept};
use steps::{Step, World, steps};

/// Sequences tried, each from an empty ledger.
const SEQUENCES: u32 = 8;

/// The seed of this run: another one each time, or the one that `KPI_TEST_SEED` repeats.
fn seed() -> [u8; 32] {
    let given = std::env::var("KPI_TEST_SEED").ok().map(|text| text.parse().expect("a whole number"));
    let seed: u64 = given.unwrap_or_else(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one("a seed")
    });
    println!("KPI_TEST_SEED={seed} repeats this");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

/// Two associations and an indicator of every value type, direction and accumulation.
fn furnished() -> App {
    let app = App::start();
    for association in steps::ASSOCIATIONS {
        app.association(association, None);
    }
    for (number, indicator) in steps::INDICATORS.into_iter().enumerate() {
        let accumulation = match indicator.accumulation {
            crate::support::model::Accumulation::Sum => "sum",
            crate::support::model::Accumulation::Latest => "latest",
            crate::support::model::Accumulation::Ratio => "ratio",
        };
        let fields = json!({
            "unit": if indicator.value_type == "percentage" { "%" } else { "件" },
            "value_type": indicator.value_type, "accumulation": accumulation,
            "direction": if indicator.is_higher_better { "higher_is_better" } else { "lower_is_better" },
        });
        app.indicator_with(&format!("i{number}"), fields);
    }
    app
}

#[test]
fn any_sequence_of_writes_leaves_what_a_plain_model_computes_from_the_start() {
    let app = furnished();
    let admin = app.admin();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed());
    let config = Config { cases: SEQUENCES, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let done = Cell::new(0);
    let outcome = runner.run(&steps(), |steps| {
        app.sql("TRUNCATE actuals, actual_revisions, targets, actual_totals, scorecards, first_reports, audit_entries");
        let mut world = World::new();
        world.set_day(&app);
        let mut past: Vec<World> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            app.advance(chrono::TimeDelta::seconds(1));
            if let Step::Wait(days) = step {
                past.push(world.clone());
                world.day = world.day + chrono::Days::new(days.into());
                world.set_day(&app);
            }
            world.take(&admin, &step);
            assert_kept(&app, &world);
            assert_answers(&admin, &world, false);
            if !past.is_empty() {
                // What was known at the end of a day stays what it was.
                assert_answers(&admin, &past[number % past.len()], true);
            }
            ledger::check(&app);
            done.set(done.get() + 1);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(done.get() > 30, "{} steps", done.get());
}
