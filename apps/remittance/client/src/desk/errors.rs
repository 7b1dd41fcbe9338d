//! Korean for the errors of remittances that people meet by ordinary mistakes.

use std::error::Error;

use tabella_desk::korean as known;
use tabella_remittance_rules::terms::{CorridorError, TermsError};

use crate::{
    iso20022::MessageError, notice::NoticeError, order::OrderError, price::PriceError, quote::QuoteError,
    travel::TravelError,
};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(notice);
    let found = found.or_else(|| error.downcast_ref().and_then(order));
    let found = found.or_else(|| error.downcast_ref().and_then(price));
    let found = found.or_else(|| error.downcast_ref().and_then(quote));
    let found = found.or_else(|| error.downcast_ref().and_then(travel));
    let found = found.or_else(|| error.downcast_ref().and_then(message));
    let found = found.or_else(|| error.downcast_ref().and_then(corridor));
    found.or_else(|| error.downcast_ref().and_then(terms))
}

fn notice(error: &NoticeError) -> Option<String> {
    Some(
        match error {
            NoticeError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 통지입니다")),
            NoticeError::NotLocked(id) => {
                return Some(format!("이 원장에 없는 송금입니다: {id}. 아직 잠긴 금액이 없습니다"));
            }
            NoticeError::Corridor(id) => return Some(format!("받는 쪽 파일에 적힌 것이 아닌 경로 {id}의 송금입니다")),
            NoticeError::NotMine(_) => "다른 받는 쪽의 송금입니다. 받는 쪽 파일의 번호를 고르십시오",
            NoticeError::Amount => "통지의 금액이 잠긴 금액과 다릅니다",
            NoticeError::OtherMessage => "송금에 적힌 자료가 아닙니다",
            NoticeError::Travel(error) => return travel(error),
            NoticeError::NoEscrow => {
                "전달할 금액이 이 지갑에서 열리지 않아 받을 수 없습니다. 거절하거나 기한이 지나게 두십시오"
            }
        }
        .into(),
    )
}

fn order(error: &OrderError) -> Option<String> {
    Some(
        match error {
            OrderError::Quote(error) => return quote(error),
            OrderError::NotMine => "이 키로 만든 견적이 아닙니다",
            OrderError::Used => "이미 쓰인 견적입니다",
            OrderError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 것입니다")),
            OrderError::Corridor { wanted, found } => {
                return Some(format!("견적의 경로는 {found}인데 받는 쪽은 {wanted}로만 받습니다"));
            }
            OrderError::Terms(error) => return terms(error),
            OrderError::NotAsQuoted(_) => "주문의 조건이 견적과 다릅니다",
            OrderError::Receiver => "받는 주소로 보내는 것을 누구나 읽을 수 있습니다",
            OrderError::Unsigned => "견적의 키로 제공자가 서명하지 않았습니다",
            OrderError::Transfer(_) => "합의한 금액을 합의한 사람에게 잠그지 않은 이체입니다",
            OrderError::Delivered(_) => "제공자가 견적대로 전달한다는 증명이 맞지 않습니다",
            OrderError::Travel(error) => return travel(error),
            OrderError::Payment(error) => return known(error),
            _ => return None,
        }
        .into(),
    )
}

fn price(error: &PriceError) -> Option<String> {
    Some(
        match error {
            PriceError::Rate => "환율의 두 수는 모두 1 이상이어야 합니다",
            PriceError::Fee => "수수료는 100 %보다 작아야 합니다",
            PriceError::TooLittle { .. } => "금액이 너무 적어 수수료나 반올림으로 모두 없어집니다",
            PriceError::TooMuch => "자산에 있을 수 있는 것보다 큰 금액입니다",
            PriceError::Decimal => "환율은 0.9137처럼 0보다 큰 수이며, 두 자산이 허용하는 자릿수까지 적습니다",
        }
        .into(),
    )
}

fn quote(error: &QuoteError) -> Option<String> {
    Some(
        match error {
            QuoteError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 견적입니다")),
            QuoteError::Corridor => "다른 경로의 견적입니다",
            QuoteError::Price(error) => return price(error),
            QuoteError::Amounts => "견적의 금액이 그 값에서 나온 것과 다릅니다. 받지 마십시오",
            QuoteError::Threshold { below, pay } => {
                return Some(format!("이 경로의 송금은 가장 작은 단위로 {below}보다 적어야 하는데 {pay}입니다"));
            }
            QuoteError::Times => "답과 수령의 시간이 너무 짧습니다",
            QuoteError::Claim => "제공자의 주소로 보내는 것을 누구나 읽을 수 있습니다",
            QuoteError::Signature => "제공자가 서명하지 않은 견적입니다",
            QuoteError::Expired => "기한이 지난 견적입니다. 새 견적을 요청하십시오",
        }
        .into(),
    )
}

fn travel(error: &TravelError) -> Option<String> {
    Some(
        match error {
            TravelError::Line { most, .. } => return Some(format!("한 줄에 1–{most}자여야 합니다")),
            TravelError::Length => "자료가 너무 깁니다",
            TravelError::NotForUs => "이 키로 열 수 있게 봉인된 자료가 아닙니다",
            TravelError::Other(_) => "다른 송금의 자료입니다",
            _ => return None,
        }
        .into(),
    )
}

fn message(error: &MessageError) -> Option<String> {
    Some(match error {
        MessageError::Version(found) => format!("“{found}” 문서입니다. pain.001.001.03, .09, .10, .11만 읽습니다"),
        MessageError::Currency(text) => {
            format!("“{text}”은(는) ISO 20022의 대문자 세 자 통화가 아닙니다. 자산의 이름이 그래야 합니다")
        }
        MessageError::Amount(text) => {
            format!("{text}: ISO 20022의 금액(모두 18자리, 소수점 아래 5자리까지)에 담을 수 없습니다")
        }
        MessageError::Control { said, found, .. } => {
            format!("전문에는 {said}(으)로 적혀 있는데 실제로는 {found}입니다")
        }
        _ => return None,
    })
}

fn corridor(error: &CorridorError) -> Option<String> {
    Some(
        match error {
            CorridorError::Name => "경로의 이름이 비어 있거나 너무 깁니다",
            CorridorError::SameAsset => "송금 경로는 서로 다른 두 자산 사이에 엽니다",
            CorridorError::Threshold => "한도는 2 이상이어야 합니다",
            _ => return None,
        }
        .into(),
    )
}

fn terms(error: &TermsError) -> Option<String> {
    Some(
        match error {
            TermsError::Times => "시각은 견적의 기한, 답의 기한, 수령 기한, 돌려받기의 차례로 이어져야 합니다",
            TermsError::SameClaimant => "제공자와 받는 쪽은 서로 다른 주소로 받아야 합니다",
            _ => return None,
        }
        .into(),
    )
}
