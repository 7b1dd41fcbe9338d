//! The report of sales.

use rand_core::{OsRng, RngCore as _};
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, words};
use tabella_protocol::note::Timestamp;

use super::{BEFORE, FROM, HOLDER, NAMES, NUMBER, SHOWN_TITLE, WORK};
use crate::report::{ReportHeader, report};

/// Versions of Parts 1, 2 and 8 of the standard, if nothing else was agreed on.
const MESSAGE_VERSION: &str = "dsrf/1.2/1.5/1.4";

pub(super) const REPORT: Form = Form {
    id: "report",
    role: HOLDER,
    title: words("Write a report of sales", "판매 보고서 만들기"),
    about: words(
        "Writes what you were credited for as a flat file of DDEX (DSR, Basic Audio Profile). It tells prices.",
        "나에게 적립된 판매를 DDEX 파일(DSR, Basic Audio Profile)로 만듭니다. 가격이 적힙니다.",
    ),
    fields: &[
        WORK,
        NAMES.hint(words("The one that the work was registered with.", "저작물을 등록할 때의 파일입니다.")),
        FROM,
        BEFORE,
        Field::new("sender", words("Party id of the sender", "보내는 쪽의 DPID"), Kind::Text)
            .hint(words("The id that DDEX has given.", "DDEX가 준 식별 번호입니다.")),
        Field::new("sender-name", words("Name of the sender", "보내는 쪽의 이름"), Kind::Text),
        Field::new("recipient", words("Party id of the recipient", "받는 쪽의 DPID"), Kind::Text),
        Field::new("recipient-name", words("Name of the recipient", "받는 쪽의 이름"), Kind::Text),
        Field::new("currency", words("Currency", "통화"), Kind::Text)
            .hint(words("Code of ISO 4217, as in KRW, or as agreed.", "ISO 4217 부호(예: KRW) 또는 합의한 이름")),
        Field::new("territory", words("Territory", "지역"), Kind::Text)
            .hint(words("As in KR. Empty: Worldwide.", "예: KR. 비워 두면 전 세계(Worldwide)입니다."))
            .optional(),
        Field::new("message-version", words("Version of the message", "메시지 버전"), Kind::Text)
            .hint(words("Empty: dsrf/1.2/1.5/1.4.", "비워 두면 dsrf/1.2/1.5/1.4입니다."))
            .optional(),
        NUMBER,
    ],
    proves: false,
};

fn written(time: Timestamp) -> String {
    let seconds = i64::try_from(time.seconds()).ok();
    let known = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    known.map_or_else(String::new, |time| time.to_string())
}

fn day(time: Timestamp) -> String {
    written(time).chars().take(10).collect()
}

pub(super) fn report_sales(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, terms) = super::work_of(values, work)?;
    let (from, before) = super::period(values)?;
    let metadata = super::register::names(values, terms)?;
    let keys = super::keys(values, work)?;
    let history = super::history(&keys, work)?;
    let of_work = history.credits().iter().filter(|read| read.credit.work == id);
    let credits: Vec<_> = of_work.filter(|read| from <= read.credit.time && read.credit.time < before).collect();
    let (Some(first), Some(last)) = (credits.first(), credits.last()) else {
        let text = words(
            "nothing was credited to these keys for this work in this period",
            "이 기간에 이 저작물로 이 키에 들어온 것이 없습니다",
        );
        return Err(Stop::at("work", text));
    };
    let start = if from == Timestamp::ZERO { first.credit.time } else { from };
    let end = match before.seconds().checked_sub(1).and_then(Timestamp::new) {
        Some(end) if before != Timestamp::MAX => end,
        _ => last.credit.time,
    };
    let mut message = [0; 8];
    OsRng.fill_bytes(&mut message);
    let text = |field: &str| values.text(field).map(str::to_owned);
    let or = |field: &str, default: &str| values.optional_text(field).unwrap_or(default).to_owned();
    let header = ReportHeader {
        message_version: or("message-version", MESSAGE_VERSION),
        message: hex::encode(message),
        created: written(work.now),
        period: (day(start), day(end)),
        sender: (text("sender")?, text("sender-name")?),
        recipient: (text("recipient")?, text("recipient-name")?),
        territory: or("territory", "Worldwide"),
        currency: text("currency")?,
        service: "Tabella".into(),
        decimals: super::decimals(work, &terms.payment),
    };
    let report = report(&header, &metadata, &id.to_string(), &credits);
    Ok(Outcome::new()
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(words("Sales", "판매"), Value::number(credits.len()))
        .show(words("Lines", "줄 수"), Value::number(report.lines().count()))
        .give("report.tsv", report.into_bytes()))
}
