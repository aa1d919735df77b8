//! `kpi verify` and `kpi rebuild`: whether totals and scorecards follow from the ledger, and making them follow.

use std::io::{self, Write};
use std::process::ExitCode;

use super::progress::Progress;
use super::words::Words;
use super::{Extent, Outcome, explained};
use crate::error::ApiError;
use crate::ledger::rebuild::rebuild;
use crate::ledger::verify::{Difference, Named, named, verify};
use crate::state::AppState;

/// Associations looked at in one go: few enough for memory and for the moment that all of it is as of.
const SLICE: usize = 20;

/// What shall be done about a row that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// It is told.
    Verify,
    /// It is put right, and told.
    Rebuild,
}

/// How much was looked at, and in how many rows something differed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub associations: usize,
    pub rows: usize,
    pub differing: usize,
}

pub(super) async fn run(task: Task, extent: Extent, state: &AppState, words: Words) -> Outcome {
    let told = |error: ApiError| explained(&error);
    let associations = {
        let mut conn = state.conn().await.map_err(told)?;
        named(&mut conn, extent.association.as_ref()).await.map_err(told)?
    };
    let doing = if task == Task::Verify { words.verifying() } else { words.rebuilding() };
    let progress = Progress::of_associations(u64::try_from(associations.len())?, doing, words);
    let mut sum = Sum { associations: associations.len(), ..Sum::default() };
    for slice in associations.chunks(SLICE) {
        let (rows, differences) = work(task, slice, &extent, state).await.map_err(told)?;
        sum.rows += rows;
        sum.differing += differences.len();
        progress.suspend(|| tell(&differences))?;
        progress.advance(u64::try_from(slice.len())?);
    }
    drop(progress);
    eprintln!("kpi: {}", if task == Task::Verify { words.verified(sum) } else { words.rebuilt(sum) });
    let all_right = task == Task::Rebuild || sum.differing == 0;
    Ok(if all_right { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Looks at a slice, puts it right where that is the task, and answers how many rows it has and which of them differed.
async fn work(
    task: Task,
    slice: &[Named],
    extent: &Extent,
    state: &AppState,
) -> Result<(usize, Vec<Difference>), ApiError> {
    let year = extent.year.map(|year| [year.get()]);
    let mut conn = state.conn().await?;
    let looked = verify(&mut conn, slice, year.as_ref().map(|year| &year[..])).await?;
    if task == Task::Verify {
        return Ok((looked.rows, looked.differences));
    }
    let mut mended = Vec::new();
    for found in looked.differences.chunk_by(|one, other| one.key.association_id == other.key.association_id) {
        let is_it =
            |association: &&Named| found.iter().any(|difference| difference.key.association_id == association.id);
        if let Some(association) = slice.iter().find(is_it) {
            mended.extend(rebuild(&mut conn, association, found, state.now()).await?);
        }
    }
    Ok((looked.rows, mended))
}

fn tell(differences: &[Difference]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in differences.iter().flat_map(Difference::lines) {
        writeln!(out, "{line}")?;
    }
    out.flush()
}
