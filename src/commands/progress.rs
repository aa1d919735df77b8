//! How far a file is read, or how many associations are done: a bar where somebody watches, else a line every few seconds.

use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words::Words;
use crate::tabular::Format;

/// Between two lines.
const EVERY: Duration = Duration::from_secs(5);
/// Between two movements of the bar while nothing is read.
const TICK: Duration = Duration::from_millis(200);

const BAR: &str = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
const COUNTING_BAR: &str = "{msg} [{bar:30}] {human_pos}/{human_len} {per_sec} {eta}";
const SPINNER: &str = "{spinner} {msg} {elapsed}";

fn set_style(bar: &ProgressBar, template: &str) {
    // Only a template that is no template is refused; the bar then keeps its usual look.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

/// What there is so much of.
enum Of {
    /// The bytes of a file.
    Bytes {
        /// Lines of a text read so far: about as many rows. A workbook has none.
        lines: Option<AtomicU64>,
    },
    Associations,
}

/// Shows how far something is until it is dropped.
pub(super) struct Progress {
    state: Arc<State>,
    stop: Option<Sender<()>>,
    lines: Option<JoinHandle<()>>,
}

struct State {
    total: u64,
    position: AtomicU64,
    of: Of,
    /// When it was begun, this time.
    began: Mutex<Instant>,
    bar: ProgressBar,
    doing: &'static str,
    words: Words,
}

impl Progress {
    /// Of a file of `total` bytes.
    pub(super) fn new(total: u64, format: Format, doing: &'static str, words: Words) -> Self {
        let lines = matches!(format, Format::Csv | Format::Ndjson).then(AtomicU64::default);
        Self::start(total, Of::Bytes { lines }, doing, words)
    }

    /// Of `total` associations.
    pub(super) fn of_associations(total: u64, doing: &'static str, words: Words) -> Self {
        Self::start(total, Of::Associations, doing, words)
    }

    fn start(total: u64, of: Of, doing: &'static str, words: Words) -> Self {
        let is_watched = io::stderr().is_terminal();
        let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target).with_message(doing);
        set_style(&bar, of.bar());
        bar.enable_steady_tick(TICK);
        let began = Mutex::new(Instant::now());
        let state = Arc::new(State { total, position: AtomicU64::new(0), of, began, bar, doing, words });
        if is_watched {
            return Self { state, stop: None, lines: None };
        }
        let (stop, stopped) = channel();
        let told = Arc::clone(&state);
        let lines = std::thread::spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                eprintln!("kpi: {}", told.line());
            }
        });
        Self { state, stop: Some(stop), lines: Some(lines) }
    }

    /// The file, its bytes counted.
    pub(super) fn counted<R>(&self, source: R) -> Counted<R> {
        Counted { source, state: Arc::clone(&self.state) }
    }

    /// Counts that so many more are done.
    pub(super) fn advance(&self, by: u64) {
        self.state.move_to(self.state.position.load(Ordering::Relaxed).saturating_add(by));
    }

    /// Does something that writes to the screen.
    pub(super) fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        self.state.bar.suspend(work)
    }

    /// Says something between.
    pub(super) fn tell(&self, text: &str) {
        self.suspend(|| eprintln!("kpi: {text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A line that could not be written is nothing to fail for.
        let _ = self.lines.take().map(JoinHandle::join);
        self.state.bar.finish_and_clear();
    }
}

impl Of {
    const fn bar(&self) -> &'static str {
        match self {
            Self::Bytes { .. } => BAR,
            Self::Associations => COUNTING_BAR,
        }
    }

    fn lines(&self) -> Option<&AtomicU64> {
        match self {
            Self::Bytes { lines } => lines.as_ref(),
            Self::Associations => None,
        }
    }

    fn human(&self, amount: u64) -> String {
        match self {
            Self::Bytes { .. } => HumanBytes(amount).to_string(),
            Self::Associations => HumanCount(amount).to_string(),
        }
    }
}

impl State {
    fn move_to(&self, position: u64) {
        let before = self.position.swap(position, Ordering::Relaxed);
        if position < before {
            *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            self.bar.reset_eta();
            self.of.lines().iter().for_each(|lines| lines.store(0, Ordering::Relaxed));
        }
        let is_over = self.is_settling(position);
        if is_over != self.is_settling(before) {
            set_style(&self.bar, if is_over { SPINNER } else { self.of.bar() });
        }
        self.bar.set_message(if is_over { self.words.settling().to_owned() } else { self.doing() });
        self.bar.set_position(position);
    }

    /// Whether a file is read: what is left is not counted in bytes.
    fn is_settling(&self, position: u64) -> bool {
        matches!(self.of, Of::Bytes { .. }) && position >= self.total
    }

    /// What is done, and how many rows it came to.
    fn doing(&self) -> String {
        match self.of.lines() {
            Some(lines) => self.words.rows(self.doing, lines.load(Ordering::Relaxed)),
            None => self.doing.to_owned(),
        }
    }

    fn line(&self) -> String {
        let position = self.position.load(Ordering::Relaxed);
        let passed = self.began.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        if self.is_settling(position) {
            return format!("{} … {} s", self.words.settling(), self.bar.elapsed().as_secs());
        }
        let rate = position.checked_div(passed.as_secs().max(1)).unwrap_or_default();
        let left = self.total.saturating_sub(position).checked_div(rate).unwrap_or_default();
        let [done, total, rate] = [position, self.total, rate].map(|amount| self.of.human(amount));
        format!("{} {done} / {total}, {rate}/s, {}", self.doing(), HumanDuration(Duration::from_secs(left)))
    }
}

/// A file whose bytes are counted as they are read.
pub(super) struct Counted<R> {
    source: R,
    state: Arc<State>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if let Some(lines) = self.state.of.lines() {
            let ends = buffer.iter().take(read).filter(|byte| **byte == b'\n').count();
            lines.fetch_add(u64::try_from(ends).unwrap_or_default(), Ordering::Relaxed);
        }
        let position = self.state.position.load(Ordering::Relaxed);
        self.state.move_to(position.saturating_add(u64::try_from(read).unwrap_or_default()));
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = self.source.seek(to)?;
        self.state.move_to(position);
        Ok(position)
    }
}
