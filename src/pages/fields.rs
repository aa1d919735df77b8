//! The fields of a form about an actual: what somebody typed, what is wrong with it beside each field, and the document
//! that a client would send instead.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rust_decimal::Decimal;
use serde_json::value::{RawValue, to_raw_value};

use super::Visit;
use crate::actuals::Qualifier;
use crate::error::{ApiError, ApiResult, Code, Language, Problem};
use crate::period::Period;

/// What somebody typed, by field.
pub(super) type Typed = BTreeMap<String, String>;

/// Fields that a client sends as numbers; what is none goes as it was typed, to be read or refused.
const NUMBERS: [&str; 3] = ["value", "numerator", "denominator"];

/// Fields that are kept out of sight until they are wanted.
const GROUNDS: [&str; 5] = ["performed_by", "evidence.document", "evidence.url", "evidence.quote", "note"];

/// What a form's body says.
pub(super) fn read(body: &str) -> Typed {
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// The same with the period spelled out: on a form of a year, 10月 is of that year.
pub(super) fn dated(typed: &Typed, year: i16) -> Typed {
    let mut typed = typed.clone();
    if let Some(period) = typed.get_mut("period")
        && let Some(meant) = Period::in_year(period, year)
    {
        *period = meant.to_string();
    }
    typed
}

/// The JSON document that a client would send: null for what is empty, `evidence.url` inside `evidence`.
pub(super) fn document<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> ApiResult<String> {
    let (mut document, mut inside) = (BTreeMap::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
    for (name, text) in fields {
        let value = written(name, text.trim())?;
        match name.split_once('.') {
            Some((outer, inner)) => drop(inside.entry(outer).or_default().insert(inner, value)),
            None => drop(document.insert(name, value)),
        }
    }
    for (outer, inner) in inside {
        document.insert(outer, to_raw_value(&inner).map_err(ApiError::internal)?);
    }
    serde_json::to_string(&document).map_err(ApiError::internal)
}

/// A number with all its digits where one is meant, the days from one to another where they are, else text: 2018/10/1 is one
/// day.
fn written(name: &str, text: &str) -> ApiResult<Box<RawValue>> {
    // The decimal's own reader takes 1_2 as 12.
    let may_be_number = NUMBERS.contains(&name) && !text.contains('_');
    let number = may_be_number.then(|| Decimal::from_str_exact(text).ok()).flatten();
    let is_range = name == "period" && text.parse::<Period>().is_err();
    let days = is_range.then(|| text.split_once('/')).flatten();
    match (number, days) {
        (Some(number), _) => RawValue::from_string(number.to_string()),
        (_, Some((from, to))) => to_raw_value(&BTreeMap::from([("from", from.trim()), ("to", to.trim())])),
        _ if text.is_empty() => Ok(RawValue::NULL.to_owned()),
        _ => to_raw_value(&text.replace("\r\n", "\n")),
    }
    .map_err(ApiError::internal)
}

/// What a form shows.
#[derive(Default)]
pub(super) struct Filled {
    /// Stands before the ids of its fields, where a page has several forms.
    pub prefix: &'static str,
    /// What a value is counted in, where that is known.
    pub unit: String,
    pub typed: Typed,
    pub problem: Option<Problem>,
}

impl Filled {
    pub(super) fn value(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    /// What is no period, said in the words of a form of this year: the API's are for programs.
    pub(super) fn of_year(mut self, visit: &Visit, year: i16) -> Self {
        let typed = self.value("period").trim().to_owned();
        let errors = self.problem.iter_mut().flat_map(|problem| &mut problem.errors);
        for error in errors.filter(|error| error.code == Code::InvalidPeriod.as_ref()) {
            error.detail = match visit.language {
                Language::Chinese => {
                    format!("{typed} 不是同一年内的期间；可以写 10月、第三季度、10月1日至31日或 {year}-10。")
                }
                Language::English => format!(
                    "{typed} is no period inside one year; write {year}-10, Q3 or {year}-10-01/{year}-10-31, for example."
                ),
            };
        }
        self
    }

    /// What is wrong with a field.
    pub(super) fn wrong<'a>(&'a self, visit: &'a Visit, name: &str) -> Option<&'a str> {
        let pointer = pointer(name);
        let errors = self.problem.iter().flat_map(|problem| &problem.errors);
        errors.filter(|error| error.pointer == pointer).map(|error| said(visit, &error.code, &error.detail)).next()
    }

    /// What is wrong and belongs to none of these fields.
    pub(super) fn elsewhere<'a>(&'a self, visit: &'a Visit, names: &[&str]) -> Vec<&'a str> {
        let Some(problem) = &self.problem else { return Vec::new() };
        if problem.errors.is_empty() {
            return vec![said(visit, &problem.code, &problem.detail)];
        }
        let errors = problem.errors.iter().filter(|error| names.iter().all(|name| error.pointer != pointer(name)));
        errors.map(|error| said(visit, &error.code, &error.detail)).collect()
    }

    /// A field with what is wrong beneath it; `control` makes its input, told its id and that of what is wrong.
    pub(super) fn field(
        &self,
        visit: &Visit,
        name: &str,
        label: &str,
        control: impl Fn(&str, Option<&str>) -> Markup,
    ) -> Markup {
        let id = format!("{}{name}", self.prefix);
        let (wrong, why) = (self.wrong(visit, name), format!("{}-wrong", id.replace('.', "-")));
        html! {
            div .field {
                label for=(id) { (label) @if name == "value" && !self.unit.is_empty() { "（" (self.unit) "）" } }
                (control(&id, wrong.map(|_| why.as_str())))
                @if let Some(wrong) = wrong { p .wrong id=(why) role="alert" { (wrong) } }
            }
        }
    }

    /// A field of one line.
    pub(super) fn text(&self, visit: &Visit, name: &str, hint: &str, is_required: bool) -> Markup {
        self.field(visit, name, label(visit, name), |id, why| {
            html! {
                input id=(id) name=(name) value=(self.value(name)) placeholder=(hint) required[is_required] autocomplete="off"
                    aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
            }
        })
    }

    /// A field of several lines.
    fn lines(&self, visit: &Visit, name: &str) -> Markup {
        self.field(visit, name, label(visit, name), |id, why| {
            html! {
                textarea id=(id) name=(name) rows="2" aria-invalid=[why.map(|_| "true")] aria-describedby=[why] { (self.value(name)) }
            }
        })
    }

    /// A choice of one of `options`.
    pub(super) fn choice(&self, visit: &Visit, name: &str, label: &str, options: &Markup, is_required: bool) -> Markup {
        self.field(visit, name, label, |id, why| {
            html! {
                select id=(id) name=(name) required[is_required] aria-invalid=[why.map(|_| "true")] aria-describedby=[why] { (options) }
            }
        })
    }

    /// The days it is about, on a form of this year.
    pub(super) fn period(&self, visit: &Visit, year: i16) -> Markup {
        let hint = match visit.language {
            Language::Chinese => format!("如 {year}-10、{year}-Q3、{year}，或 10月、第三季度"),
            Language::English => format!("such as {year}-10, {year}-Q3, {year}, or Q3"),
        };
        self.text(visit, "period", &hint, true)
    }

    /// The two figures of a percentage.
    pub(super) fn ratio(&self, visit: &Visit, legend: &str) -> Markup {
        html! {
            fieldset {
                legend { (legend) }
                (self.text(visit, "numerator", "", false))
                (self.text(visit, "denominator", "", false))
            }
        }
    }

    /// How exact the figure is.
    pub(super) fn qualifiers(&self, visit: &Visit) -> Markup {
        let choices = [
            ("", visit.say("按数值的写法（没有「约」「余」即为准确数）", "as the value is written")),
            (Qualifier::Exact.as_ref(), visit.say("准确", "exact")),
            (Qualifier::About.as_ref(), visit.say("约、近、左右", "about")),
            (Qualifier::AtLeast.as_ref(), visit.say("余、多、以上", "at least")),
        ];
        let options = options(choices, self.value("qualifier"));
        self.choice(visit, "qualifier", label(visit, "qualifier"), &options, false)
    }

    /// Who did it and what shows it.
    pub(super) fn grounds(&self, visit: &Visit) -> Markup {
        let is_wanted = |name: &&str| !self.value(name).is_empty() || self.wrong(visit, name).is_some();
        html! {
            details open[GROUNDS.iter().any(is_wanted)] {
                summary { (visit.say("佐证材料与备注", "Evidence and remarks")) }
                (self.text(visit, "evidence.document", "", false))
                (self.text(visit, "evidence.url", "https://…", false))
                (self.lines(visit, "evidence.quote"))
                (self.text(visit, "performed_by", "", false))
                (self.lines(visit, "note"))
            }
        }
    }
}

/// Choices by their values, one of them chosen.
pub(super) fn options<'a>(choices: impl IntoIterator<Item = (impl AsRef<str>, &'a str)>, chosen: &str) -> Markup {
    html! { @for (value, words) in choices { option value=(value.as_ref()) selected[value.as_ref() == chosen] { (words) } } }
}

/// What a field is called.
pub(super) fn label<'a>(visit: &'a Visit, name: &'a str) -> &'a str {
    let words = match name {
        "indicator" => ("指标", "Indicator"),
        "period" => ("期间", "Period"),
        "value" => ("数值", "Value"),
        "numerator" => ("分子", "Numerator"),
        "denominator" => ("分母", "Denominator"),
        "qualifier" => ("准确程度", "How exact"),
        "evidence.document" => ("佐证文件", "Document"),
        "evidence.url" => ("网址", "Address"),
        "evidence.quote" => ("原文", "Quote"),
        "performed_by" => ("实际完成单位（如非本组织）", "Who did it, if somebody else"),
        "note" => ("备注", "Remark"),
        "reason" => ("原因", "Why"),
        _ => return name,
    };
    visit.say(words.0, words.1)
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('.', "/"))
}

/// What is wrong, in the words of a form where the API's speak of its fields.
pub(super) fn said<'a>(visit: &'a Visit, code: &str, detail: &'a str) -> &'a str {
    let words = match code.parse() {
        Ok(Code::MissingField) => ("请填写此项。", "Fill this in."),
        Ok(Code::ReasonRequired) => {
            ("核定数与上报数不同，请说明原因。", "The figure differs from the reported one: say why.")
        }
        Ok(Code::ValueRequired) => ("请填写数值。", "Give the value."),
        Ok(Code::RatioRequired) => (
            "该指标为百分比：请填写分子和分母，不填数值。",
            "This is a percentage: give numerator and denominator, and no value.",
        ),
        Ok(Code::RatioUnexpected) => (
            "该指标不是百分比：请填写数值，不填分子和分母。",
            "This is no percentage: give the value, and neither numerator nor denominator.",
        ),
        Ok(Code::FixedField) => {
            ("所属年度不能更改；请作废这条实绩后另报一笔。", "Its year cannot change: void it and report another one.")
        }
        Ok(Code::ActualVoided) => {
            ("这条实绩已作废，不能再更改。", "This actual is voided and cannot be changed any more.")
        }
        Ok(Code::PreconditionFailed) => (
            "这条实绩刚被他人更改，这一次没有保存。请先看上面的现状；填写的内容还在，核对后可以再次提交。",
            "Somebody changed this actual meanwhile, and nothing was stored. See above how it stands; what you typed is still \
             here, to be sent again once you checked it.",
        ),
        Ok(Code::PeriodClosed) => (
            "该期间已封账，没有保存任何数据；只有管理员说明原因后才能更改。",
            "The period is closed, and nothing was stored; only an admin who says why may change it.",
        ),
        _ => return detail,
    };
    visit.say(words.0, words.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_a_client_would() {
        let fields = [
            ("indicator", "people"),
            ("value", " 1.1万人次 "),
            ("numerator", "12345678901234.5678"),
            ("denominator", "many"),
            ("period", "2018-01-05/2018-02-10"),
            ("evidence.url", "https://a.example"),
            ("evidence.quote", "one\r\ntwo"),
            ("note", " "),
            ("evidence", "x"),
        ];
        let expected = concat!(
            r#"{"denominator":"many","evidence":{"quote":"one\ntwo","url":"https://a.example"},"indicator":"people","#,
            r#""note":null,"numerator":12345678901234.5678,"period":{"from":"2018-01-05","to":"2018-02-10"},"#,
            r#""value":"1.1万人次"}"#
        );
        assert_eq!(document(fields).expect("a document"), expected);
    }

    #[test]
    fn one_day_may_be_written_with_slashes() {
        assert_eq!(document([("period", "2018/10/1")]).expect("a document"), r#"{"period":"2018/10/1"}"#);
    }

    #[test]
    fn a_number_keeps_its_sign_and_every_digit() {
        for (text, expected) in
            [("-5", "-5"), ("0.00001", "0.00001"), ("１２", "\"１２\""), ("1e3", "\"1e3\""), ("1_2", "\"1_2\"")]
        {
            assert_eq!(document([("value", text)]).expect("a document"), format!(r#"{{"value":{expected}}}"#));
        }
        let long = "1.0000000000000000000000000000000001";
        assert_eq!(document([("value", long)]).expect("a document"), format!(r#"{{"value":"{long}"}}"#));
    }
}
