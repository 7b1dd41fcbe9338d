//! Korean for the errors of streaming that people meet by ordinary mistakes.

use std::error::Error;

use tabella_streaming_rules::terms::TermsError;

use crate::{build::StreamingError, meter::MeterError, offer::OfferError};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(offer);
    let found = found.or_else(|| error.downcast_ref().and_then(terms));
    let found = found.or_else(|| error.downcast_ref().and_then(meter));
    found.or_else(|| error.downcast_ref().and_then(build))
}

fn offer(error: &OfferError) -> Option<String> {
    Some(
        match error {
            OfferError::Terms(error) => return terms(error),
            OfferError::Price => "한 틱은 가장 작은 단위로 1 이상이어야 하며 모든 틱의 합이 한도를 넘을 수 없습니다",
            OfferError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 제안입니다")),
            OfferError::Consent => "제공자가 서명하지 않은 제안입니다",
            OfferError::Viewer => "다른 사람에게 주는 제안입니다. 제공자에게 내 키를 주십시오",
            OfferError::Expired => "기한이 지난 제안입니다. 새 제안을 요청하십시오",
            OfferError::Rate => "제안에 적힌 값이 세션에서 실제로 받을 값과 다릅니다. 받지 마십시오",
        }
        .into(),
    )
}

fn terms(error: &TermsError) -> Option<String> {
    Some(
        match error {
            TermsError::SameKey => "보는 사람과 제공자의 키는 서로 달라야 합니다",
            TermsError::Ticks => "틱의 수가 한도를 벗어났습니다",
            TermsError::TickLength => "틱의 길이가 한도를 벗어났습니다",
            TermsError::Dispute => "다툼의 기한이 한도를 벗어났습니다",
            TermsError::Rate => "공개된 값은 1 이상이어야 하며 모든 틱의 합이 한도를 넘을 수 없습니다",
            TermsError::End => "세션이 원장이 아는 마지막 시각 뒤에 끝납니다",
            _ => return None,
        }
        .into(),
    )
}

fn meter(error: &MeterError) -> Option<String> {
    Some(match error {
        MeterError::Session(session) => format!("다른 세션 {session}의 틱입니다"),
        MeterError::BeyondPrepaid { ticks, max } => {
            format!("미리 낸 {max}틱을 넘는 {ticks}틱입니다. 제공을 멈추십시오")
        }
        MeterError::Signature(ticks) => format!("{ticks}틱에 세션을 보는 사람의 서명이 없습니다"),
        MeterError::NotHigher { ticks, highest } => format!("{ticks}틱은 가장 높은 {highest}틱보다 높지 않습니다"),
    })
}

fn build(error: &StreamingError) -> Option<String> {
    Some(
        match error {
            StreamingError::Rate(session) => return Some(format!("세션 {session}의 값이 다른 키로 봉인되어 있습니다")),
            StreamingError::Ends => "두 끝내기가 같은 세션과 같은 틱의 수에 대한 것이 아닙니다",
            _ => return None,
        }
        .into(),
    )
}
