//! The fields of the form that asks for a bulletin.

use maud::{Markup, html};
use uuid::Uuid;

use super::fields::{Filled, options};
use super::overview::{kinds, levels};
use super::{Visit, Visitor};
use crate::bulletins::Audience;
use crate::completion::Basis;

/// By their names in a request to the API.
pub(super) const FIELDS: [&str; 8] = ["title", "year", "as_of", "scope", "level", "kind", "basis", "audience"];

/// Names the form, so that it issues one bulletin however often it is sent.
pub(super) const KEY: &str = "key";

/// The form as it is shown.
pub(super) struct Form {
    pub filled: Filled,
    /// Some names of associations to choose from.
    pub places: Vec<String>,
}

/// All of its fields, filled in as they were.
pub(super) fn fields(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let key = filled.value(KEY).parse().unwrap_or_else(|_| Uuid::now_v7());
    let bases =
        [Basis::Reported, Basis::Verified].map(|basis| (basis.as_ref().to_owned(), basis.words().get(visit.language)));
    html! {
        input type="hidden" name=(KEY) value=(key);
        (filled.field(visit, "title", visit.say("标题", "Title"), |_, why| html! {
            input #title name="title" required maxlength="200" value=(filled.value("title")) autocomplete="off" aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (filled.field(visit, "year", visit.say("年度", "Year"), |_, why| html! {
            input #year name="year" type="number" min="1949" max="2199" required value=(filled.value("year")) aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (filled.field(visit, "as_of", visit.say("数据截至（只含当日24时前录入的数据，不填即为现在）", "As of (what was recorded by the end of that day; empty: now)"), |_, why| html! {
            input #as_of name="as_of" type="date" value=(filled.value("as_of")) aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
        }))
        (whom(visitor, form))
        (filled.choice(visit, "basis", visit.say("口径", "Basis"), &options(bases, filled.value("basis")), false))
        (for_whom(visit, filled))
    }
}

/// Which associations it shall be about.
fn whom(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let all = (String::new(), visit.say("全部", "all"));
    let levels: Vec<_> = [all.clone()].into_iter().chain(levels(visit)).collect();
    let kinds: Vec<_> = [all].into_iter().chain(kinds(visit)).collect();
    html! {
        fieldset {
            legend { (visit.say("通报哪些组织", "About whom")) }
            div .broad { (place(visitor, form)) }
            (filled.choice(visit, "level", visit.say("层级", "Level"), &options(levels, filled.value("level")), false))
            (filled.choice(visit, "kind", visit.say("类型", "Kind"), &options(kinds, filled.value("kind")), false))
        }
    }
}

/// The association at the top, by its name, an alias or its code.
fn place(visitor: &Visitor, form: &Form) -> Markup {
    let (visit, filled) = (&visitor.visit, &form.filled);
    let is_bound = visitor.caller.scope.is_some();
    let label = match is_bound {
        true => visit.say("组织（含其全部下级）", "Association, with all below it"),
        false => {
            visit.say("组织（含其全部下级，不填即为全部组织）", "Association, with all below it (empty: everybody)")
        }
    };
    filled.field(visit, "scope", label, |_, why| {
        html! {
            input #scope name="scope" list="places" required[is_bound] value=(filled.value("scope")) placeholder=(visit.say("名称、别名或代码", "name, alias or code")) autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
            datalist #places { @for name in &form.places { option value=(name) {} } }
        }
    })
}

fn for_whom(visit: &Visit, filled: &Filled) -> Markup {
    let audiences = [Audience::Supervisors, Audience::Members];
    let audiences = audiences.map(|audience| (audience.as_ref().to_owned(), audience.words().get(visit.language)));
    let choices = options(audiences, filled.value("audience"));
    let select = |_: &str, why: Option<&str>| {
        html! {
            select #audience name="audience" aria-invalid=[why.map(|_| "true")] aria-describedby={ "audience-words " (why.unwrap_or_default()) } {
                (choices)
            }
        }
    };
    html! {
        (filled.field(visit, "audience", visit.say("发送范围", "For"), select))
        p .quiet #audience-words {
            (visit.say(
                "仅限主管组织：只有能看到上述全部组织的密钥可以查看。印发各组织：上述各组织的密钥也能查看整份通报，包括其他组织的名次和得分。",
                "Supervisors only: it is read with keys that may see all of these associations. Circulated to its members: the keys of these \
                 associations read all of it too, with the ranks and scores of the others.",
            ))
        }
    }
}
