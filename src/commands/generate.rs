//! `kpi demo generate`: how far it is, and what there is in the end.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, explained};
use crate::demo::generate::{GenerateError, Generated, Options, generate};
use crate::state::AppState;

/// Between two lines.
const EVERY: Duration = Duration::from_secs(5);
/// Between two movements of the bar while nothing is told.
const TICK: Duration = Duration::from_millis(200);

const BAR: &str = "generating [{bar:30}] {pos}/{len} associations {msg} {eta}";
const SPINNER: &str = "{spinner} storing and analyzing {elapsed}";

/// Generates a large demo into the database at `url`.
///
/// # Errors
/// When nothing was generated; the message says why.
pub async fn run(options: &Options, state: &AppState, url: &str) -> Outcome {
    let mut progress = Progress::new(options);
    let generated = generate(state, url, options, |generated| progress.tell(generated)).await;
    progress.bar.finish_and_clear();
    let generated = generated.map_err(|error| match &error {
        GenerateError::Api(error) => explained(error),
        GenerateError::Taken { .. } | GenerateError::Closed { .. } => error.to_string(),
    })?;
    println!(
        "demo: {} associations, {} indicators, {} targets, {} actuals are new ({} rows in {:.1} s)",
        generated.associations,
        generated.indicators,
        generated.targets,
        generated.actuals,
        HumanCount(generated.rows()),
        progress.began.elapsed().as_secs_f64()
    );
    Ok(ExitCode::SUCCESS)
}

/// A bar where somebody watches, else a line every few seconds.
struct Progress {
    total: u64,
    bar: ProgressBar,
    began: Instant,
    said: Instant,
    is_watched: bool,
}

impl Progress {
    fn new(options: &Options) -> Self {
        let is_watched = io::stderr().is_terminal();
        let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let total = u64::from(options.associations);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        set_style(&bar, BAR);
        bar.enable_steady_tick(TICK);
        let now = Instant::now();
        Self { total, bar, began: now, said: now, is_watched }
    }

    fn tell(&mut self, generated: &Generated) {
        let done = generated.associations;
        let seconds = self.began.elapsed().as_secs().max(1);
        let (rows, rate) = (HumanCount(generated.rows()), HumanCount(generated.rows() / seconds));
        self.bar.set_message(format!("{rows} rows {rate}/s"));
        self.bar.set_position(done);
        let is_over = done >= self.total;
        if is_over {
            set_style(&self.bar, SPINNER);
        }
        if !self.is_watched && (is_over || self.said.elapsed() >= EVERY) {
            self.said = Instant::now();
            let left = seconds.saturating_mul(self.total.saturating_sub(done)).checked_div(done).unwrap_or_default();
            let left = HumanDuration(Duration::from_secs(left));
            eprintln!("kpi: generating {done} / {} associations, {rows} rows, {rate}/s, {left} left", self.total);
        }
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    // Only a template that is no template is refused; the bar then keeps its usual look.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
