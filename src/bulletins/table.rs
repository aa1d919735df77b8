//! A bulletin laid out as a workbook: how all stand together, and behind it a sheet for each of its tables. Pure.

use std::mem::take;

use chrono_tz::Tz;

use super::frozen::LAGGARDS;
use super::{Bulletin, BulletinReporting, numbered};
use crate::associations::words::ASSOCIATION;
use crate::completion::{AssociationName, StatusCounts, words};
use crate::error::{Language, Text};
use crate::reporting::PeriodReporting;
use crate::rule::Status;
use crate::standings::Overall;
use crate::standings::table::best;
use crate::tabular::table::{Column, Fact, Kind, Table};
use crate::tabular::write::Cell;
use crate::{laggards, rankings, standings};

#[rustfmt::skip]
const TOGETHER: &[Column<Bulletin>] = &[
    Column::new("组织数", "Associations", Kind::Count, |bulletin, _| Cell::count(bulletin.total)),
    Column::new("参加排名的组织数", "Ranked", Kind::Count, |bulletin, _| Cell::count(bulletin.of)),
    Column::new("有得分的组织数", "With a score", Kind::Count, |bulletin, _| overall(bulletin, |overall| Cell::count(overall.scored))),
    Column::new("综合得分", "Score", Kind::Bar, |bulletin, _| overall(bulletin, |overall| overall.score.into())),
    Column::new("目标数", "Targets", Kind::Count, |bulletin, _| overall(bulletin, |overall| Cell::count(overall.targets))),
    Column::new("达标数", "Targets met", Kind::Count, |bulletin, _| overall(bulletin, |overall| Cell::count(overall.met))),
    Column::new("计分权重", "Weight", Kind::Quantity, |bulletin, _| overall(bulletin, |overall| overall.weight.into())),
    status(Status::Exceeded, |bulletin, _| counts(bulletin, |counts| counts.exceeded)),
    status(Status::Completed, |bulletin, _| counts(bulletin, |counts| counts.completed)),
    status(Status::OnTrack, |bulletin, _| counts(bulletin, |counts| counts.on_track)),
    status(Status::AtRisk, |bulletin, _| counts(bulletin, |counts| counts.at_risk)),
    status(Status::Behind, |bulletin, _| counts(bulletin, |counts| counts.behind)),
    status(Status::NotStarted, |bulletin, _| counts(bulletin, |counts| counts.not_started)),
    status(Status::Overdue, |bulletin, _| counts(bulletin, |counts| counts.overdue)),
    status(Status::NotComputable, |bulletin, _| counts(bulletin, |counts| counts.not_computable)),
];

#[rustfmt::skip]
const REPORTING: &[Column<PeriodReporting>] = &[
    Column::new("期间", "Period", Kind::Text, |line, _| line.period.to_string().into()),
    Column::new("报送期限", "Due", Kind::Text, |line, _| line.due_on.into()),
    Column::new("应报组织数", "Expected", Kind::Count, |line, _| Cell::count(line.expected)),
    Column::new("已报组织数", "Reported", Kind::Count, |line, _| Cell::count(line.reported)),
    Column::new("其中零报告", "By a nil report", Kind::Count, |line, _| Cell::count(line.nil)),
    Column::new("按时报送数", "In time", Kind::Count, |line, _| Cell::count(line.on_time)),
    Column::new("未报组织数", "Missing", Kind::Count, |line, _| Cell::count(line.missing)),
    Column::new("报送率", "Reporting rate", Kind::Bar, |line, _| line.reporting_rate.into()),
    Column::new("及时率", "On-time rate", Kind::Bar, |line, _| line.on_time_rate.into()),
];

const MISSING: &[Column<AssociationName>] = &[
    Column::new(ASSOCIATION.zh, ASSOCIATION.en, Kind::Text, |line, _| (&line.name).into()),
    Column::new("组织编码", "Association code", Kind::Text, |line, _| (&line.code).into()),
];

const LAGGARDS_SHEET: Text = Text::new("滞后指标", "Behind the pace");

const MISSING_SHEET: Text = Text::new("未报送组织", "Not reported");

const fn status(status: Status, cell: for<'a> fn(&'a Bulletin, Language) -> Cell<'a>) -> Column<Bulletin> {
    let words = status.words();
    Column::new(words.zh, words.en, Kind::Count, cell)
}

/// Bulletins of earlier versions are without it.
fn overall(bulletin: &Bulletin, cell: impl Fn(Overall) -> Cell<'static>) -> Cell<'static> {
    bulletin.overall.map_or(Cell::Empty, cell)
}

/// As [`overall`].
fn counts(bulletin: &Bulletin, count: impl Fn(StatusCounts) -> u32) -> Cell<'static> {
    bulletin.counts.map(|counts| Cell::count(count(counts))).into()
}

/// Lays out a bulletin; what it does not hold has no sheet.
pub(super) fn table(mut bulletin: Bulletin, zone: Tz, language: Language) -> Table<Bulletin> {
    let title = format!("{} {}", numbered(bulletin.year, bulletin.number, language), bulletin.title);
    let facts = facts(&bulletin, zone, language);
    let (ranking, summary) = (take(&mut bulletin.ranking), take(&mut bulletin.summary));
    let (lagging, reporting) = (bulletin.laggards.take(), bulletin.reporting.take());
    let scores = ranking.iter().map(|line| (&line.association, line.score));
    let first = Table {
        chart: Some(best(scores, words::SCORE_HEADING, (&title, language))),
        title,
        sheet: Text::new("总体情况", "All together"),
        language,
        as_of: bulletin.as_of,
        facts,
        remarks: vec![words::SCORE, words::LINE_SCORE, words::RATE, words::PACE],
        columns: TOGETHER,
        printed: TOGETHER.len(),
        rows: vec![bulletin],
        others: Vec::new(),
    };
    let (sheet, columns, printed) = (Text::new("排名", "Ranking"), rankings::table::COLUMNS, rankings::table::PRINTED);
    let book = first.followed_by(sheet, columns, printed, ranking);
    let sheet = Text::new("各组织完成情况", "Associations");
    let mut book = book.followed_by(sheet, standings::table::COLUMNS, standings::table::PRINTED, summary);
    if let Some(lagging) = lagging {
        book = book.followed_by(LAGGARDS_SHEET, laggards::table::COLUMNS, laggards::table::PRINTED, lagging);
    }
    if let Some(reporting) = reporting {
        book = book.followed_by(Text::new("报送情况", "Reporting"), REPORTING, REPORTING.len(), vec![reporting.period]);
        book = book.followed_by(MISSING_SHEET, MISSING, MISSING.len(), reporting.missing);
    }
    book
}

fn facts(bulletin: &Bulletin, zone: Tz, language: Language) -> Vec<Fact> {
    let words = |name, words: Option<Text>| words.map(|words| Fact::new(name, words.get(language)));
    let issued = bulletin.issued_at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    let mut facts = words::facts(bulletin.year, bulletin.as_of, bulletin.basis, language);
    let everybody = Text::new("全部组织", "everybody").get(language);
    let place = bulletin.place().or(bulletin.scope.as_deref()).unwrap_or(everybody);
    facts.push(Fact::new(Text::new("范围（含下级）", "Within"), place));
    facts.extend(words(Text::new("组织类型", "Kind"), bulletin.kind.map(crate::associations::Kind::words)));
    facts.extend(words(Text::new("组织级别", "Level"), bulletin.level.map(crate::associations::Level::words)));
    facts.extend(words(Text::new("发送范围", "For"), Some(bulletin.audience.words())));
    facts.push(Fact::new(Text::new("印发时间", "Issued"), issued));
    facts.extend(cuts(bulletin, language));
    facts
}

/// What its tables leave out.
fn cuts(bulletin: &Bulletin, language: Language) -> Vec<Fact> {
    let mut cuts = Vec::new();
    if bulletin.laggards.as_ref().is_some_and(|lagging| lagging.len() >= usize::from(LAGGARDS)) {
        let worst = match language {
            Language::Chinese => format!("落后最多的{LAGGARDS}项"),
            Language::English => format!("the worst {LAGGARDS}"),
        };
        cuts.push(Fact::new(LAGGARDS_SHEET, worst));
    }
    if let Some(BulletinReporting { period, missing }) = &bulletin.reporting
        && usize::try_from(period.missing).is_ok_and(|all| all > missing.len())
    {
        let first = match language {
            Language::Chinese => format!("列出前{}个，共{}个", missing.len(), period.missing),
            Language::English => format!("the first {} of {}", missing.len(), period.missing),
        };
        cuts.push(Fact::new(MISSING_SHEET, first));
    }
    cuts
}
