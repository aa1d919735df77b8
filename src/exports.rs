//! An answer as a file to keep, where one is wanted: laid out by the feature it is of, written by `tabular`.
//!
//! Knows no feature.

use tokio::sync::OwnedSemaphorePermit;

use crate::error::{ApiError, ApiResult, Code};
use crate::http::{Computed, File, FileFormat, MOST_IN_FILE, Representation};
use crate::state::AppState;
use crate::tabular::table::{Table, csv, xlsx};

/// As what an answer is wanted, and leave to make a file of it.
pub(crate) struct Wanted {
    format: Option<FileFormat>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Wanted {
    /// The answer about one thing, which is small.
    pub(crate) const fn one(format: Option<FileFormat>) -> Self {
        Self { format, turn: None }
    }

    /// A list, which may be large as a whole: few are worked on at once.
    ///
    /// # Errors
    /// `service_busy` when others' files are not written in time.
    pub(crate) async fn list(state: &AppState, format: Option<FileFormat>) -> ApiResult<Self> {
        let turn = match format {
            Some(_) => Some(state.file_turn().await?),
            None => None,
        };
        Ok(Self { format, turn })
    }
}

/// Sends an answer as it is wanted; `lay_out` makes a table of it, off the worker, and `plain` is the file's name in ASCII.
///
/// # Errors
/// Those of `lay_out`.
pub(crate) async fn represent<A: Send + 'static, T: Send + 'static>(
    state: &AppState,
    wanted: Wanted,
    computed: Computed<A>,
    plain: String,
    lay_out: impl FnOnce(A) -> ApiResult<Table<T>> + Send + 'static,
) -> ApiResult<Computed<Representation<A>>> {
    let (answer, tag) = match computed {
        Computed::NotModified(tag) => return Ok(Computed::NotModified(tag)),
        Computed::Answer(answer, tag) => (answer, tag),
    };
    let Wanted { format: Some(format), turn } = wanted else {
        return Ok(Computed::Answer(Representation::Json(answer), tag));
    };
    let folder = state.upload_dir.clone();
    let write = move || {
        let table = lay_out(answer)?;
        let content = match format {
            FileFormat::Csv => csv(&table),
            FileFormat::Xlsx => xlsx(&table, &folder),
        };
        // Also where nobody waits for the file any more, the next one begins when this one is done.
        drop(turn);
        content.map(|content| (table.title, content))
    };
    let (title, content) = state.off_worker(move || Ok(write())).await.map_err(ApiError::internal)??;
    Ok(Computed::Answer(Representation::File(File { format, title, plain, content }), tag))
}

/// Goes on when a list has no more rows than fit into a file.
///
/// # Errors
/// `too_many_for_file`, naming how many do.
pub(crate) fn require_whole(next_cursor: Option<&String>) -> ApiResult<()> {
    match next_cursor {
        Some(_) => Err(ApiError::new(Code::TooManyForFile).allowed(MOST_IN_FILE)),
        None => Ok(()),
    }
}
