//! `kpi import`: a file's rows into the ledger and the plans.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::progress::Progress;
use super::rejected;
use super::service::{Parcel, Taken};
use super::words::Words;
use super::{Import, Outcome, Place, explained, extension, service};
use crate::auth::Caller;
use crate::batch::{BatchItem, Counts, ItemStatus};
use crate::database::{Ending, ending};
use crate::error::{ApiError, Language};
use crate::exchange::BatchQuery;
use crate::exchange::import::{self, Context, Kind};
use crate::state::AppState;
use crate::tabular::{Format, Options};

/// Rejected rows shown on the screen; all that were listed are in the file beside it.
const SHOWN: usize = 5;

/// Bytes of a rejected row that are written once more; of a larger one, what fits.
const ROW_LIMIT: usize = 1024 * 1024;

pub(super) async fn run(command: Import, place: Place<'_>, words: Words) -> Outcome {
    let format = format(&command)?;
    let unreadable = |error| format!("{} cannot be read: {error}", command.file.display());
    let file = File::open(&command.file).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        // It is read more than once.
        return Err(format!("{} is no file", command.file.display()).into());
    }
    let length = metadata.len();
    let taken = match place {
        Place::Database(state) => from_database(&command, state, (file, length, format), words).await?,
        Place::Service(address) => {
            let (service, command) = (service(address, words)?, command.clone());
            let sending = tokio::task::spawn_blocking(move || {
                service.check()?;
                let path = path(&command);
                let key = repeatable(&command, &path).map_err(|error| error.to_string())?;
                let progress = Progress::new(length, format, words.sending(), words);
                let media_type = format.media_type();
                service.send(&Parcel { path: &path, file: &file, length, media_type, key: key.as_deref() }, &progress)
            });
            sending.await??
        }
    };
    report(&command, format, taken, words)
}

fn format(command: &Import) -> Result<Format, String> {
    let by_name = || match extension(&command.file).as_str() {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        "xlsx" => Some(Format::Xlsx),
        "json" => Some(Format::Json),
        _ => None,
    };
    let unknown = || format!("how {} is written is not known by its name; say --format", command.file.display());
    command.format.or_else(by_name).ok_or_else(unknown)
}

async fn from_database(
    command: &Import,
    state: &AppState,
    (file, length, format): (File, u64, Format),
    words: Words,
) -> Result<Taken, String> {
    let caller = Caller::command_line();
    let query = BatchQuery { dry_run: command.dry_run, mode: command.mode, sheet: command.sheet.clone() };
    let context = Context { state, caller: &caller, query: &query, language: words.0, is_shown: false };
    let progress = Progress::new(length, format, words.reading(), words);
    let told = |error: ApiError| explained(&error);
    let mut conn = state.conn().await.map_err(told)?;
    let report = ending(&mut conn, async |conn| {
        // Clones share the place they are read at, and one transaction may be tried again.
        let mut source = progress.counted(file.try_clone().map_err(ApiError::internal)?);
        io::Seek::rewind(&mut source).map_err(ApiError::internal)?;
        let report = import::run(conn, &context, command.kind, source, format).await?;
        Ok(if report.stays() { Ending::Commit(report) } else { Ending::Rollback(report) })
    });
    let report = report.await.map_err(told)?;
    let wrong = report.is_refused.then_some(report.wrong);
    Ok(Taken { counts: report.answer.counts, items: report.answer.items, wrong, is_replayed: false })
}

fn path(command: &Import) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("mode", command.mode.as_ref());
    if command.dry_run {
        query.append_pair("dry_run", "true");
    }
    if let Some(sheet) = &command.sheet {
        query.append_pair("sheet", sheet);
    }
    format!("/{}?{}", command.kind.path(), query.finish())
}

/// The key under which the service takes a file once, also where its answer was lost: made of what is asked and of the
/// file. Sent anew on purpose, it has a key of its own. Targets need none: their rows are keyed by themselves, and an
/// older plan may be put back in force.
fn repeatable(command: &Import, path: &str) -> io::Result<Option<String>> {
    if command.dry_run || command.kind == Kind::Targets {
        return Ok(None);
    }
    if command.again {
        return Ok(Some(format!("kpi-import-{}", Uuid::now_v7())));
    }
    let mut hash = Sha256::new().chain_update(path).chain_update("\n");
    let (mut file, mut buffer) = (File::open(&command.file)?, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Some(format!("kpi-import-{:x}", hash.finalize())));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

fn report(command: &Import, format: Format, taken: Taken, words: Words) -> Outcome {
    let counts = if taken.is_replayed { replayed(taken.counts, words) } else { taken.counts };
    let refused: Vec<_> = taken.items.iter().filter(|item| item.status == ItemStatus::Rejected).collect();
    summary(counts, command.dry_run, words)?;
    for item in refused.iter().take(SHOWN) {
        eprintln!("kpi: {}", line(item, words.0));
    }
    let wrong = taken.wrong.unwrap_or(counts.rejected);
    let listed = i64::try_from(refused.len()).unwrap_or(i64::MAX);
    write_rejected(command, format, &taken.items, words);
    if wrong > listed {
        eprintln!("kpi: {}", words.not_listed(wrong - listed));
    }
    match taken.wrong {
        Some(wrong) => Err(words.nothing_stored(wrong, counts.received).into()),
        None if counts.rejected > 0 => Ok(ExitCode::from(2)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// A file that was taken before is stored as it is now: nothing of it is new.
fn replayed(counts: Counts, words: Words) -> Counts {
    let told = words.say(
        "the service took this very file before and answers as it did then; nothing was stored again (--again sends it anew)",
        "服务此前已接收过同一文件，返回当时的结果，未重复存储（如需重新发送请用 --again）",
    );
    eprintln!("kpi: {told}");
    Counts { created: 0, unchanged: counts.unchanged + counts.created, ..counts }
}

fn summary(counts: Counts, is_dry_run: bool, words: Words) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if is_dry_run {
        writeln!(out, "{}", words.say("dry run: nothing is stored", "试运行：不存储任何数据"))?;
    }
    let numbers = [counts.received, counts.created, counts.unchanged, counts.rejected];
    for (name, number) in words.counted().into_iter().zip(numbers) {
        // A Chinese character is as wide as two letters.
        let width = if words.0 == Language::Chinese { 5 } else { 10 };
        writeln!(out, "{name:<width$} {number:>9}")?;
    }
    Ok(())
}

fn line(item: &BatchItem, language: Language) -> String {
    let reasons: Vec<_> = item.errors.iter().map(rejected::reason).collect();
    let (name, number) = match (item.line, language) {
        (Some(line), Language::English) => ("line", line),
        (Some(line), Language::Chinese) => ("第几行", line),
        (None, _) => ("index", item.index),
    };
    format!("{name} {number}: {}", reasons.join("; "))
}

/// What was refused is told in the answer too: where it cannot be written, that is said and no more.
fn write_rejected(command: &Import, format: Format, items: &[BatchItem], words: Words) {
    let columns = command.kind.columns();
    let options = Options { columns, sheet: command.sheet.clone(), row_limit: ROW_LIMIT, max_rows: u64::MAX };
    match rejected::write(&command.file, format, options, items) {
        Ok(Some(path)) => eprintln!("kpi: {}", words.written(&path.display().to_string())),
        Ok(None) if rejected::path(&command.file).exists() => {
            eprintln!("kpi: {}", words.stale(&shown(&rejected::path(&command.file))));
        }
        Ok(None) => {}
        Err(error) => eprintln!("kpi: {}: {}", shown(&rejected::path(&command.file)), explained(&error)),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
