//! The form in which an association reports: a line for each of its indicators, to be filled in and sent back as it is.

mod workbook;

use crate::error::{ApiError, ApiResult};
use crate::tabular::write::{self, Cell};
pub use workbook::xlsx;

/// What a form is for.
#[derive(Clone, Debug)]
pub struct Form {
    /// Code of the association that reports.
    pub association: String,
    /// Its name.
    pub name: String,
    /// The year reported on.
    pub year: i16,
    /// The period of it that is to be reported now; empty where nothing says which.
    pub period: String,
    /// What it reports on.
    pub lines: Vec<Line>,
}

/// One indicator to report on.
#[derive(Clone, Debug)]
pub struct Line {
    /// Code of the indicator.
    pub indicator: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What is planned, in words: 不少于2000人次.
    pub planned: String,
    /// What is reported so far, in words.
    pub reported: String,
    /// The period that it is expected to be reported for; empty where nothing says which.
    pub period: String,
    /// Whether it takes a numerator and a denominator in place of a value.
    pub is_percentage: bool,
}

/// What the one who fills in a form does with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Nothing: it says what the line is about.
    Given,
    /// Looks whether what stands there fits.
    Prefilled,
    /// Fills in the figure of an indicator that is no percentage.
    Value,
    /// Fills in the figures of a percentage.
    Ratio,
    /// Fills in what they know.
    Optional,
}

/// A column of the form.
struct Part {
    header: &'static str,
    /// In characters.
    width: f64,
    role: Role,
    /// What to write there, for the people who do.
    guide: &'static str,
    example: &'static str,
}

const fn part(header: &'static str, width: f64, role: Role, guide: &'static str, example: &'static str) -> Part {
    Part { header, width, role, guide, example }
}

#[rustfmt::skip]
const PARTS: [Part; 16] = [
    part("组织", 16.0, Role::Given, "组织编码，已填好，请勿改动。", "chuzhou"),
    part("指标", 22.0, Role::Given, "指标编码，已填好，请勿改动。", "households-lifted"),
    part("指标名称", 26.0, Role::Given, "指标的中文名称，仅供参考，导入时不读取。", "脱贫户数"),
    part("计划目标（勿填）", 20.0, Role::Given, "本年度计划目标，仅供参考，导入时不读取。", "不少于94户"),
    part("累计完成（勿填）", 18.0, Role::Given, "本年度已报送的累计数，仅供参考，导入时不读取。", "31户"),
    part("期间", 12.0, Role::Prefilled, "数值所属的期间，须在同一年内：年 2018、季度 2018-Q1、月 2018-03 或日 2018-03-15，可从下拉列表中选择。已填的是下载时应报的一期，请核对；空着的须自行填写。逐笔累加的指标，各笔期间不要重叠。", "2018-Q1"),
    part("数值", 14.0, Role::Value, "本期完成数，填数字或“1.1万人次”“近90人”这样的文字；只有完成与否的指标填“完成”或“未完成”（也可填“是”或“否”）。没有完成请填 0；不填表示本行不报送。", "31"),
    part("分子", 10.0, Role::Ratio, "百分比指标的分子，只填数字。", "43"),
    part("分母", 10.0, Role::Ratio, "百分比指标的分母，只填大于 0 的数字。", "50"),
    part("单位", 10.0, Role::Prefilled, "数值的单位，已填好；同类单位可自动换算，如元、万元、亿元。", "户"),
    part("准确程度", 12.0, Role::Optional, "准确、约（近、左右）或以上（余、多）；不填时按数值的写法判断。", "准确"),
    part("外部编号", 24.0, Role::Optional, "本条数据的唯一编号，一般不填：系统按指标和期间自动编号，同一表格重复上传不会重复计数，改填期间后可再次使用。同一指标、同一期间有多条数据时，请各填一个不同的编号。", "chuzhou-2018-q1-households"),
    part("完成单位", 20.0, Role::Optional, "实际完成的单位；与报送组织相同时不填。", "滁州市医学会"),
    part("佐证文件", 28.0, Role::Optional, "能证明该数值的文件名称。", "滁州市科协2017年工作总结"),
    part("佐证原文", 36.0, Role::Optional, "文件中说明该数值的原句。", "2017年脱贫82户195人"),
    part("备注", 24.0, Role::Optional, "其他需要说明的情况。", "一季度脱贫验收"),
];

impl Line {
    /// What stands in its cells, in the order of the columns.
    fn cells<'a>(&'a self, form: &'a Form) -> [&'a str; PARTS.len()] {
        let Self { indicator, name, unit, planned, reported, period, .. } = self;
        let association = form.association.as_str();
        [association, indicator, name, planned, reported, period, "", "", "", unit, "", "", "", "", "", ""]
    }

    /// Whether the cell of a column is not to be filled in for this indicator.
    const fn is_barred(&self, role: Role) -> bool {
        matches!((role, self.is_percentage), (Role::Value, true) | (Role::Ratio, false))
    }
}

fn cell(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }
}

/// The form as CSV.
///
/// # Errors
/// None that a client can cause.
pub fn csv(form: &Form) -> ApiResult<Vec<u8>> {
    let rows = form.lines.iter().map(|line| line.cells(form).map(cell));
    let mut file = Vec::new();
    write::csv(&mut file, &PARTS.map(|part| part.header), rows).map_err(ApiError::internal)?;
    Ok(file)
}

#[cfg(test)]
mod tests;
