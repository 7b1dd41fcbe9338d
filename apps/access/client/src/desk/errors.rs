//! Korean for the errors of access and rentals that people meet by ordinary mistakes.

use std::error::Error;

use tabella_access_rules::terms::TermsError;

use crate::{answer::AnswerError, build::AccessError, offer::OfferError};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(offer);
    let found = found.or_else(|| error.downcast_ref().and_then(terms));
    let found = found.or_else(|| error.downcast_ref().and_then(answer));
    found.or_else(|| error.downcast_ref().and_then(build))
}

fn offer(error: &OfferError) -> Option<String> {
    Some(
        match error {
            OfferError::Terms(error) => return terms(error),
            OfferError::Price => "사용료와 보증금은 각각 가장 작은 단위로 1 이상이어야 하며 한도를 넘을 수 없습니다",
            OfferError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 제안입니다")),
            OfferError::Consent => "소유자가 서명하지 않은 제안입니다",
            OfferError::Renter => "다른 사람에게 주는 제안입니다. 소유자에게 내 키를 주십시오",
            OfferError::Expired => "기한이 지난 제안입니다. 새 제안을 요청하십시오",
            OfferError::TooFar => {
                "권리를 쓸 수 있는 기한이 지금부터 366일을 넘습니다. 더 일찍 끝나는 제안을 요청하십시오"
            }
            OfferError::Sealed => "제안에 적힌 값이 대여에서 실제로 받을 값과 다릅니다. 받지 마십시오",
        }
        .into(),
    )
}

fn terms(error: &TermsError) -> Option<String> {
    Some(
        match error {
            TermsError::SameKey => "빌리는 사람, 소유자, 중재자, 장치의 키는 서로 달라야 합니다",
            TermsError::Units => "시간 단위의 수가 한도를 벗어났습니다",
            TermsError::UnitLength => "시간 단위가 너무 짧거나 길거나, 모두 합하면 1년을 넘습니다",
            TermsError::Parts => "보증금의 몫의 수가 한도를 벗어났습니다",
            TermsError::Delay => "청구, 다툼, 판정의 기한이 한도를 벗어났습니다",
            TermsError::Price => "공개된 값은 1 이상이어야 하며 합이 한도를 넘을 수 없습니다",
            TermsError::End => "대여가 원장이 아는 마지막 시각 뒤에 끝납니다",
            _ => return None,
        }
        .into(),
    )
}

fn answer(error: &AnswerError) -> Option<String> {
    Some(
        match error {
            AnswerError::Device => "권리의 장치가 물은 것이 아닙니다. 장치의 키로 서명되지 않았습니다",
            AnswerError::Behind { .. } => "장치가 본 것보다 오래된 원장입니다. 원장을 다시 읽으십시오",
            AnswerError::Ahead { .. } => "원장을 다시 읽으십시오",
            AnswerError::Before => "체크포인트가 권리를 쓴 것보다 오래되었습니다. 잠시 뒤에 다시 하십시오",
            AnswerError::Keys => "다른 키로 쓴 권리입니다",
            AnswerError::NoCheckpoint => "원장에 아직 체크포인트가 없습니다",
            _ => return None,
        }
        .into(),
    )
}

fn build(error: &AccessError) -> Option<String> {
    Some(
        match error {
            AccessError::Prices(rental) => return Some(format!("대여 {rental}의 값이 다른 키로 봉인되어 있습니다")),
            AccessError::Divisions => "두 나누기가 같은 대여와 같은 몫의 수에 대한 것이 아닙니다",
            AccessError::NoRight(rental) => {
                return Some(format!(
                    "지갑에 대여 {rental}의 권리가 없습니다. 이미 썼거나 넘겼거나, 원장을 다시 읽어야 합니다"
                ));
            }
            _ => return None,
        }
        .into(),
    )
}
