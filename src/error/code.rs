//! The one table of error codes: code, status and both languages side by side.
//!
//! Holds nothing but the table. `{given}` and `{allowed}` in a sentence stand for what the client sent and what
//! would have been accepted.

use actix_web::http::StatusCode;
use strum::{AsRefStr, EnumIter, EnumString};

/// A stable error code, `snake_case` in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsRefStr, EnumIter, EnumString)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each code is described by its row in the table below")]
pub enum Code {
    MalformedJson,
    MalformedRequest,
    InvalidParameter,
    Unauthenticated,
    Forbidden,
    CrossOrigin,
    RouteNotFound,
    AssociationNotFound,
    IndicatorNotFound,
    TargetNotFound,
    ActualNotFound,
    KeyNotFound,
    ScheduleNotFound,
    NilReportNotFound,
    BulletinNotFound,
    MethodNotAllowed,
    AssociationInUse,
    IndicatorInUse,
    ExternalIdConflict,
    ActualVoided,
    PeriodClosed,
    NilReportExists,
    PreconditionFailed,
    TooManyAttempts,
    BodyTooLarge,
    TooManyRows,
    RowTooLarge,
    SpreadsheetTooLarge,
    UnsupportedMediaType,
    InvalidBody,
    MissingField,
    UnknownField,
    WrongType,
    InvalidValue,
    NotAllowed,
    TooShort,
    TooLong,
    OutOfRange,
    TooManyDecimals,
    InvalidCode,
    InvalidPeriod,
    InvalidDate,
    InvalidUnit,
    InvalidUrl,
    InvalidCursor,
    UndecodableText,
    UnclosedQuote,
    MalformedSpreadsheet,
    UnsupportedSpreadsheet,
    UnknownSheet,
    NoRows,
    UnknownColumn,
    DuplicateColumn,
    CellWithoutHeader,
    CellError,
    ConflictingCells,
    AmbiguousPeriod,
    UnknownAssociation,
    UnknownIndicator,
    AssociationCycle,
    AssociationTooDeep,
    IndicatorCycle,
    IndicatorTooDeep,
    AssociationDissolved,
    AccumulationMismatch,
    UnitMismatch,
    NotAQuantity,
    NoFigure,
    AmbiguousFigure,
    FigureWithoutUnit,
    UnclearFigure,
    ReasonRequired,
    FixedField,
    BoundContradictsDirection,
    ChangeContradictsDirection,
    UpperNeedsRange,
    UpperBelowValue,
    PerNeedsSum,
    BaselineRequired,
    ValueOrExpression,
    ValueRequired,
    RatioRequired,
    RatioUnexpected,
    MilestoneValue,
    InvalidPlan,
    DueBeforeYear,
    PeriodNotBegun,
    NotAReportingPeriod,
    ScopeTooWide,
    ExpiryInThePast,
    TotalOutOfRange,
    TooManyForFile,
    AmbiguousName,
    RepeatedInBatch,
    BatchRejected,
    RequestInProgress,
    IdempotencyKeyReused,
    ServiceBusy,
    StorageFull,
    DatabaseBusy,
    DatabaseUnavailable,
    OutcomeUnknown,
    Internal,
}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// HTTP status of a problem with this code; of a code that only stands under `errors`, the status it leads to.
    pub status: StatusCode,
    /// What kind of problem it is; the same for every occurrence.
    pub title: Text,
    /// What happened this time; `{given}` and `{allowed}` are filled in.
    pub detail: Text,
}

impl Code {
    /// Whether only pages answer with it, so that no client of the API meets it.
    pub const fn is_of_pages(self) -> bool {
        matches!(self, Self::CrossOrigin | Self::TooManyAttempts)
    }

    /// The row of this code.
    #[expect(clippy::too_many_lines, reason = "it is a table, read line by line")]
    #[rustfmt::skip]
    pub const fn entry(self) -> Entry {
        use StatusCode as S;
        match self {
            Self::MalformedJson => row(S::BAD_REQUEST, ["Malformed JSON", "JSON 格式错误"], ["The body is not valid JSON: {given}.", "请求体不是有效的 JSON：{given}。"]),
            Self::MalformedRequest => row(S::BAD_REQUEST, ["Malformed request", "请求格式错误"], ["The request could not be read: {given}.", "无法读取请求：{given}。"]),
            Self::InvalidParameter => row(S::BAD_REQUEST, ["Invalid parameter", "参数无效"], ["A path or query parameter was refused; see errors.", "路径或查询参数有误，详见 errors。"]),
            Self::Unauthenticated => row(S::UNAUTHORIZED, ["Not authenticated", "未认证"], ["A valid API key is needed: Authorization: Bearer <key>. The one sent is missing, unknown, expired or revoked.", "需要有效的 API 密钥：Authorization: Bearer <密钥>。所给密钥缺失、不存在、已过期或已撤销。"]),
            Self::Forbidden => row(S::FORBIDDEN, ["Not permitted", "无权操作"], ["This key ({given}) may not do that; it takes {allowed}.", "此密钥（角色：{given}）无权进行该操作；需要的角色：{allowed}。"]),
            Self::CrossOrigin => row(S::FORBIDDEN, ["Sent by another site", "请求来自其他网站"], ["A page of {given} sent this; forms are taken from {allowed} only.", "该请求由 {given} 的页面发出；只接受 {allowed} 的表单。"]),
            Self::RouteNotFound => row(S::NOT_FOUND, ["No such path", "路径不存在"], ["There is nothing at {given}; /api/openapi.json lists every path.", "路径 {given} 不存在；全部路径见 /api/openapi.json。"]),
            Self::AssociationNotFound => row(S::NOT_FOUND, ["No such association", "组织不存在"], ["There is no association {given} that this key may see.", "没有此密钥可见的组织 {given}。"]),
            Self::IndicatorNotFound => row(S::NOT_FOUND, ["No such indicator", "指标不存在"], ["There is no indicator {given}.", "没有指标 {given}。"]),
            Self::TargetNotFound => row(S::NOT_FOUND, ["No such target", "目标不存在"], ["There is no target {given}.", "没有目标 {given}。"]),
            Self::ActualNotFound => row(S::NOT_FOUND, ["No such actual", "实绩不存在"], ["There is no actual {given} of this association.", "该组织没有实绩 {given}。"]),
            Self::KeyNotFound => row(S::NOT_FOUND, ["No such key", "密钥不存在"], ["There is no key {given} that this key may see.", "没有可见的密钥 {given}。"]),
            Self::ScheduleNotFound => row(S::NOT_FOUND, ["No reporting schedule", "没有报送计划"], ["There is no reporting schedule for {given}; an admin sets one with PUT /api/v1/reporting/{given}/schedule.", "{given} 年没有报送计划；可由管理员通过 PUT /api/v1/reporting/{given}/schedule 设置。"]),
            Self::NilReportNotFound => row(S::NOT_FOUND, ["No such nil report", "零报告不存在"], ["There is no nil report {given} of this association.", "该组织没有零报告 {given}。"]),
            Self::BulletinNotFound => row(S::NOT_FOUND, ["No such bulletin", "通报不存在"], ["There is no bulletin {given} that this key may see.", "没有此密钥可见的通报 {given}。"]),
            Self::MethodNotAllowed => row(S::METHOD_NOT_ALLOWED, ["Method not allowed", "方法不允许"], ["{given} is not possible here; allowed: {allowed}.", "此处不支持 {given}；允许：{allowed}。"]),
            Self::AssociationInUse => row(S::CONFLICT, ["Association in use", "组织已被使用"], ["Association {given} has targets, actuals, nil reports, bulletins, keys or associations below it, or a reporting schedule names it, and cannot be deleted; set its status to dissolved instead.", "组织 {given} 已有目标、实绩、零报告、通报、密钥或下级组织，或被报送计划引用，不能删除；可将其状态设为 dissolved。"]),
            Self::IndicatorInUse => row(S::CONFLICT, ["Indicator in use", "指标已被使用"], ["Indicator {given} has targets, actuals or breakdowns: it cannot be deleted, and its value_type, unit, direction and accumulation are fixed.", "指标 {given} 已有目标、实绩或分项：不能删除，其 value_type、unit、direction、accumulation 也不能更改。"]),
            Self::ExternalIdConflict => row(S::CONFLICT, ["external_id already used", "external_id 已被使用"], ["The external_id {given} already stands for other content; stored is: {allowed}.", "external_id {given} 已对应其他内容；已存内容：{allowed}。"]),
            Self::ActualVoided => row(S::CONFLICT, ["Actual is voided", "实绩已作废"], ["The actual {given} is voided and cannot be changed any more; submit a new one under another external_id.", "实绩 {given} 已作废，不能再更改；请另用一个 external_id 重新提交。"]),
            Self::PeriodClosed => row(S::CONFLICT, ["Period closed", "期间已封账"], ["The period that ends on {given} is closed; allowed: {allowed}.", "截至 {given} 的期间已封账；允许：{allowed}。"]),
            Self::NilReportExists => row(S::CONFLICT, ["Nil report exists", "零报告已存在"], ["A nil report with another note stands for {given}; withdraw it first. Stored is: {allowed}.", "{given} 已有备注不同的零报告，请先撤回；已存内容：{allowed}。"]),
            Self::PreconditionFailed => row(S::PRECONDITION_FAILED, ["Changed meanwhile", "内容已被他人更改"], ["The condition was {given}, but the current ETag is {allowed}: someone else was faster. Read it again and decide.", "条件为 {given}，而当前 ETag 为 {allowed}：已被他人更改，请重新读取后再决定。"]),
            Self::TooManyAttempts => row(S::TOO_MANY_REQUESTS, ["Too many attempts", "尝试次数过多"], ["There were too many attempts to sign in; try again in {allowed} seconds.", "登录尝试次数过多，请 {allowed} 秒后再试。"]),
            Self::BodyTooLarge => row(S::PAYLOAD_TOO_LARGE, ["Body too large", "请求体过大"], ["The body is larger than {allowed}.", "请求体超过 {allowed}。"]),
            Self::TooManyRows => row(S::PAYLOAD_TOO_LARGE, ["Too many rows", "行数过多"], ["There are more than {allowed} rows; send them in parts.", "行数超过 {allowed}，请分批上传。"]),
            Self::RowTooLarge => row(S::PAYLOAD_TOO_LARGE, ["Row too large", "单行内容过大"], ["The row is larger than {allowed}.", "该行内容超过 {allowed}。"]),
            Self::SpreadsheetTooLarge => row(S::PAYLOAD_TOO_LARGE, ["Spreadsheet too large", "工作簿过大"], ["The workbook has {given}; allowed: {allowed}. Larger files fit as CSV.", "工作簿有 {given}；允许：{allowed}。更大的文件请用 CSV 上传。"]),
            Self::UnsupportedMediaType => row(S::UNSUPPORTED_MEDIA_TYPE, ["Unsupported media type", "不支持的内容类型"], ["The Content-Type is {given}; allowed: {allowed}.", "Content-Type 为 {given}；允许：{allowed}。"]),
            Self::InvalidBody => unprocessable(["Invalid body", "请求内容无效"], ["The body was refused and nothing was stored; see errors.", "请求内容有误，未存储任何数据，详见 errors。"]),
            Self::MissingField => unprocessable(["Missing field", "缺少字段"], ["The field {given} is missing.", "缺少字段 {given}。"]),
            Self::UnknownField => unprocessable(["Unknown field", "未知字段"], ["There is no field {given}; allowed: {allowed}.", "没有字段 {given}；允许：{allowed}。"]),
            Self::WrongType => unprocessable(["Wrong type", "类型错误"], ["{given} was given where {allowed} is expected.", "给出的是 {given}，应为 {allowed}。"]),
            Self::InvalidValue => unprocessable(["Invalid value", "值无效"], ["{given} is not valid here; allowed: {allowed}.", "{given} 在此无效；允许：{allowed}。"]),
            Self::NotAllowed => unprocessable(["Not one of the allowed values", "不在允许的取值之内"], ["{given} is not one of {allowed}.", "{given} 不在允许的取值之内：{allowed}。"]),
            Self::TooShort => unprocessable(["Too short", "过短"], ["A length of {given} is too short; allowed: {allowed}.", "长度 {given} 过短；允许：{allowed}。"]),
            Self::TooLong => unprocessable(["Too long", "过长"], ["A length of {given} is too long; allowed: {allowed}.", "长度 {given} 过长；允许：{allowed}。"]),
            Self::OutOfRange => unprocessable(["Out of range", "超出范围"], ["{given} is out of range; allowed: {allowed}.", "{given} 超出范围；允许：{allowed}。"]),
            Self::TooManyDecimals => unprocessable(["Too many decimals", "小数位过多"], ["{given} has more decimals than can be kept exactly; allowed: {allowed}.", "{given} 的小数位超出可精确保存的位数；允许：{allowed}。"]),
            Self::InvalidCode => unprocessable(["Invalid code", "编码无效"], ["{given} is not a code; allowed: {allowed}.", "{given} 不是有效编码；允许：{allowed}。"]),
            Self::InvalidPeriod => unprocessable(["Invalid period", "期间无效"], ["{given} is not a period inside one year; allowed: {allowed}.", "{given} 不是同一年内的期间；允许：{allowed}。"]),
            Self::InvalidDate => unprocessable(["Invalid date", "日期无效"], ["{given} is not a date; allowed: {allowed}.", "{given} 不是日期；允许：{allowed}。"]),
            Self::InvalidUnit => unprocessable(["Invalid unit", "单位无效"], ["{given} is not a unit; allowed: {allowed}.", "{given} 不是有效单位；允许：{allowed}。"]),
            Self::InvalidUrl => unprocessable(["Invalid address", "网址无效"], ["{given} is not an address; allowed: {allowed}.", "{given} 不是有效网址；允许：{allowed}。"]),
            Self::InvalidCursor => row(S::BAD_REQUEST, ["Invalid cursor", "游标无效"], ["The cursor is not one this list gave out.", "游标不是该列表给出的。"]),
            Self::UndecodableText => unprocessable(["Unreadable characters", "文字无法解码"], ["Line {given} is in none of these encodings: {allowed}. Save the file in one of them.", "第 {given} 行的文字编码无法识别；允许：{allowed}。请另存为其中一种编码。"]),
            Self::UnclosedQuote => unprocessable(["Unclosed quote", "引号未闭合"], ["A quote opens in line {given} and is never closed.", "第 {given} 行的引号没有闭合。"]),
            Self::MalformedSpreadsheet => unprocessable(["Unreadable spreadsheet", "工作簿无法读取"], ["The file is no .xlsx workbook, or it is damaged: {given}.", "该文件不是 .xlsx 工作簿，或已损坏：{given}。"]),
            Self::UnsupportedSpreadsheet => unprocessable(["Unsupported spreadsheet", "不支持的工作簿"], ["The workbook is {given}; save it as {allowed}.", "工作簿为 {given}；请另存为 {allowed}。"]),
            Self::UnknownSheet => unprocessable(["Unknown sheet", "工作表不存在"], ["There is no sheet {given}; the workbook has: {allowed}.", "没有工作表 {given}；工作簿中有：{allowed}。"]),
            Self::NoRows => unprocessable(["No rows", "没有数据行"], ["There is no row to read: the file is empty, has only a header, or nothing in the form was filled in.", "没有可读取的数据行：文件为空、只有表头，或表格尚未填写。"]),
            Self::UnknownColumn => unprocessable(["Unknown column", "未知列"], ["There is no column {given}; allowed: {allowed}.", "没有列 {given}；允许：{allowed}。"]),
            Self::DuplicateColumn => unprocessable(["Duplicate column", "重复的列"], ["The columns {given} say the same; keep one of them.", "列 {given} 含义相同，请只保留一列。"]),
            Self::CellWithoutHeader => unprocessable(["Cell without a header", "单元格没有表头"], ["{given} stands where there is no header, in column {allowed}.", "{given} 位于没有表头的列：{allowed}。"]),
            Self::CellError => unprocessable(["Error in a cell", "单元格有错误"], ["The cell holds the error {given} instead of a value.", "单元格内容为错误 {given}，不是数值。"]),
            Self::ConflictingCells => unprocessable(["Cells contradict each other", "单元格相互冲突"], ["{given} are both filled in; fill in one of them.", "{given} 同时填写了内容，请只填其中一项。"]),
            Self::AmbiguousPeriod => unprocessable(["Ambiguous period", "期间有歧义"], ["The cell holds {given}, which spreadsheets also make of another period that was typed; write the period as text: {allowed}.", "单元格为 {given}，表格软件也会把输入的其他期间变成这样；请以文本填写期间：{allowed}。"]),
            Self::UnknownAssociation => unprocessable(["Unknown association", "未知组织"], ["There is no association {given} that this key may see.", "没有此密钥可见的组织 {given}。"]),
            Self::UnknownIndicator => unprocessable(["Unknown indicator", "未知指标"], ["There is no indicator {given}.", "没有指标 {given}。"]),
            Self::AssociationCycle => unprocessable(["Cycle in the tree", "组织树成环"], ["{given} cannot be the parent: it is the association itself or below it.", "{given} 不能作为上级：它就是该组织或其下级。"]),
            Self::AssociationTooDeep => unprocessable(["Tree too deep", "组织层级过深"], ["The tree would be deeper than {allowed} levels.", "组织树将超过 {allowed} 层。"]),
            Self::IndicatorCycle => unprocessable(["Cycle in the breakdown", "指标分解成环"], ["{given} cannot be the parent: it is the indicator itself or a breakdown of it.", "{given} 不能作为上级指标：它就是该指标或其分项。"]),
            Self::IndicatorTooDeep => unprocessable(["Breakdown too deep", "指标分解层级过深"], ["Below {given}, the breakdown would be deeper than {allowed} levels.", "置于 {given} 之下，指标分解将超过 {allowed} 层。"]),
            Self::AssociationDissolved => unprocessable(["Association dissolved", "组织已注销"], ["Association {given} is dissolved and takes no new targets or actuals.", "组织 {given} 已注销，不再接收目标或实绩。"]),
            Self::AccumulationMismatch => unprocessable(["Accumulation does not fit", "累计方式不符"], ["accumulation {given} does not fit; allowed for this value_type: {allowed}.", "累计方式 {given} 不适用；该 value_type 允许：{allowed}。"]),
            Self::UnitMismatch => unprocessable(["Units do not convert", "单位不可换算"], ["{given} cannot be converted to {allowed}.", "{given} 不能换算为 {allowed}。"]),
            Self::NotAQuantity => unprocessable(["Not a quantity", "不是数量"], ["{given} cannot be read as a quantity with certainty; allowed: {allowed}.", "无法确定地将 {given} 读作数量；允许：{allowed}。"]),
            Self::NoFigure => unprocessable(["No figure", "没有数字"], ["There is no figure in {given}; allowed: {allowed}.", "{given} 中没有可读的数字；允许：{allowed}。"]),
            Self::AmbiguousFigure => unprocessable(["Ambiguous figure", "数字有歧义"], ["{given} holds more than one figure of the unit: {allowed}.", "{given} 中有不止一个该单位的数字：{allowed}。"]),
            Self::FigureWithoutUnit => unprocessable(["Figure without a unit", "数字缺少单位"], ["The figure in {given} stands among other words without a unit; allowed: {allowed}.", "{given} 中的数字没有单位；允许：{allowed}。"]),
            Self::UnclearFigure => unprocessable(["Unclear figure", "数字含义不明"], ["The figure in {given} cannot be read with certainty; allowed: {allowed}.", "无法确定地读出 {given} 中的数字；允许：{allowed}。"]),
            Self::ReasonRequired => unprocessable(["A reason is required", "需要说明原因"], ["This needs a reason: a revision of a target, or a verification with another value than the reported one.", "此操作须说明原因（reason）：调整已有目标，或以不同于上报值的数值核定。"]),
            Self::FixedField => unprocessable(["Fixed field", "不可更改的字段"], ["This field cannot change; it is {allowed}. Void the actual and submit a new one.", "此字段不能更改，当前为 {allowed}；请作废后重新提交。"]),
            Self::BoundContradictsDirection => unprocessable(["Bound contradicts the direction", "界限与方向矛盾"], ["bound {given} contradicts the indicator's direction; allowed: {allowed}.", "界限 {given} 与指标方向矛盾；允许：{allowed}。"]),
            Self::ChangeContradictsDirection => unprocessable(["Change contradicts the direction", "变化与指标方向矛盾"], ["A change from the baseline to {given} goes against the indicator's direction; allowed: {allowed}.", "从基数变化到 {given} 与指标方向相反；允许：{allowed}。"]),
            Self::UpperNeedsRange => unprocessable(["upper belongs to a range", "upper 仅用于区间"], ["bound range needs upper, and only range takes it; bound is {given}.", "区间（range）必须有 upper，其他界限不能有；当前为 {given}。"]),
            Self::UpperBelowValue => unprocessable(["upper below value", "上限低于下限"], ["upper {given} is below value {allowed}.", "上限 {given} 低于下限 {allowed}。"]),
            Self::PerNeedsSum => unprocessable(["A duty per period needs a sum", "分期任务须为累计指标"], ["per {given} fits only an indicator whose accumulation is sum and whose rate is by level.", "per {given} 只适用于累计方式为 sum 且按水平计算完成率的指标。"]),
            Self::BaselineRequired => unprocessable(["Baseline required", "需要基数"], ["{given} needs a baseline {year, value}.", "{given} 需要基数 baseline {year, value}。"]),
            Self::ValueOrExpression => unprocessable(["One way to give the value", "数值只能用一种方式给出"], ["Give exactly one of value, expression and growth; given: {given}.", "value、expression、growth 三者须且只能给出一个；当前：{given}。"]),
            Self::ValueRequired => unprocessable(["Value required", "需要数值"], ["This indicator is not a percentage: give value.", "该指标不是百分比：请给出 value。"]),
            Self::RatioRequired => unprocessable(["Numerator and denominator required", "需要分子与分母"], ["This indicator is a percentage: give numerator and denominator, and no value.", "该指标为百分比：请给出 numerator 与 denominator，不要给 value。"]),
            Self::RatioUnexpected => unprocessable(["No percentage", "不是百分比"], ["This indicator is not a percentage: it takes value, not numerator and denominator.", "该指标不是百分比：请用 value，不要用 numerator 与 denominator。"]),
            Self::MilestoneValue => unprocessable(["Milestone is done or not", "节点任务只有完成与未完成"], ["A milestone is 1 (done) or 0 (not done); given: {given}.", "节点任务取 1（完成）或 0（未完成）；当前：{given}。"]),
            Self::InvalidPlan => unprocessable(["Invalid plan", "进度计划无效"], ["plan {given} is refused; allowed: {allowed}.", "进度计划 {given} 无效；允许：{allowed}。"]),
            Self::DueBeforeYear => unprocessable(["Due before the year", "期限早于计划年度"], ["due_on {given} lies before the plan year; allowed: {allowed}.", "期限 {given} 早于计划年度；允许：{allowed}。"]),
            Self::PeriodNotBegun => unprocessable(["Period not begun", "期间尚未开始"], ["The period {given} begins after today, {allowed}; report it once it has begun.", "期间 {given} 在今天（{allowed}）之后才开始；请在期间开始后报送。"]),
            Self::NotAReportingPeriod => unprocessable(["Not a reporting period", "不是报送期间"], ["{given} is no period that is reported on; allowed: {allowed}.", "{given} 不是报送期间；允许：{allowed}。"]),
            Self::ScopeTooWide => row(S::FORBIDDEN, ["Scope too wide", "范围过大"], ["A key limited to {allowed} cannot make one for {given}.", "限于 {allowed} 的密钥不能为 {given} 创建密钥。"]),
            Self::ExpiryInThePast => unprocessable(["Expiry in the past", "有效期已过"], ["expires_on {given} is not in the future.", "有效期 {given} 不在将来。"]),
            Self::TotalOutOfRange => unprocessable(["Total out of range", "合计超出范围"], ["With this value the year's total would be out of range; allowed: {allowed}.", "加上该值后年度合计将超出范围；允许：{allowed}。"]),
            Self::TooManyForFile => unprocessable(["Too many rows for a file", "文件行数过多"], ["The file would have more than {allowed} rows; narrow it with filters.", "文件将超过 {allowed} 行；请用筛选条件缩小范围。"]),
            Self::AmbiguousName => unprocessable(["Ambiguous name", "名称不唯一"], ["More than one goes by the name {given}; use one of the codes: {allowed}.", "名称 {given} 对应多个对象；请改用编码：{allowed}。"]),
            Self::RepeatedInBatch => unprocessable(["Repeated in the batch", "批次内重复"], ["{given} stands in this batch more than once; another row is the one with index {allowed}.", "{given} 在本批次中出现多次；另一行的序号（index）为 {allowed}。"]),
            Self::BatchRejected => unprocessable(["Batch rejected", "批次被拒绝"], ["{given} of {allowed} rows are wrong and nothing was stored; see items.", "{allowed} 行中有 {given} 行有误，未存储任何数据，详见 items。"]),
            Self::RequestInProgress => row(S::CONFLICT, ["Request in progress", "请求正在处理"], ["A request with the Idempotency-Key {given} is still being worked on; ask again for its answer.", "Idempotency-Key 为 {given} 的请求仍在处理中；请稍后再次请求以取得结果。"]),
            Self::IdempotencyKeyReused => row(S::CONFLICT, ["Idempotency-Key reused", "Idempotency-Key 已被使用"], ["The Idempotency-Key {given} already stands for another request; use a new one for each request.", "Idempotency-Key {given} 已对应另一请求；每个请求请使用新的值。"]),
            Self::ServiceBusy => row(S::SERVICE_UNAVAILABLE, ["Service busy", "服务繁忙"], ["The service is working on as many batches as it can. Nothing was stored; try again.", "服务正在处理的批次已达上限，未存储任何数据，请稍后重试。"]),
            Self::StorageFull => row(S::SERVICE_UNAVAILABLE, ["Storage full", "存储空间不足"], ["The service has no space left for the file. Nothing was stored; try again later.", "服务器上存放文件的空间不足，未存储任何数据，请稍后重试。"]),
            Self::DatabaseBusy => row(S::SERVICE_UNAVAILABLE, ["Database busy", "数据库繁忙"], ["Others were writing the same rows all the time. Nothing was stored; try again.", "其他请求正在写入相同的数据，未存储任何数据，请稍后重试。"]),
            Self::DatabaseUnavailable => row(S::SERVICE_UNAVAILABLE, ["Database unavailable", "数据库暂不可用"], ["The database cannot be reached right now. Nothing was stored; try again.", "数据库暂时无法连接，未存储任何数据，请稍后重试。"]),
            Self::OutcomeUnknown => row(S::SERVICE_UNAVAILABLE, ["Outcome unknown", "结果未知"], ["The connection to the database broke off at the last moment: it may have been stored. Look, or repeat it where that is safe (PUT, external_id).", "最后一刻与数据库的连接中断，数据可能已存储；请查询确认，或在可安全重复时（PUT、external_id）重试。"]),
            Self::Internal => row(S::INTERNAL_SERVER_ERROR, ["Internal error", "内部错误"], ["Something went wrong on our side; the request_id finds it in the log.", "服务内部出错；可凭 request_id 在日志中查找。"]),
        }
    }
}

const fn row(status: StatusCode, [title_en, title_zh]: [&'static str; 2], [en, zh]: [&'static str; 2]) -> Entry {
    Entry { status, title: Text { en: title_en, zh: title_zh }, detail: Text { en, zh } }
}

const fn unprocessable(title: [&'static str; 2], detail: [&'static str; 2]) -> Entry {
    row(StatusCode::UNPROCESSABLE_ENTITY, title, detail)
}
