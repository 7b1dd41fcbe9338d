//! Korean for the errors of the marketplace that people meet by ordinary mistakes.

use std::error::Error;

use tabella_desk::korean as known;
use tabella_market_rules::{statement::StatementError, work::WorkError};

use crate::{
    account::WithdrawalError,
    licence::PresentationError,
    order::{ApprovalError, OrderError},
    price::PriceError,
    work::RegistrationError,
};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(withdrawal);
    let found = found.or_else(|| error.downcast_ref().and_then(presentation));
    let found = found.or_else(|| error.downcast_ref().and_then(order));
    let found = found.or_else(|| error.downcast_ref().and_then(approval));
    let found = found.or_else(|| error.downcast_ref().and_then(price));
    let found = found.or_else(|| error.downcast_ref().and_then(registration));
    let found = found.or_else(|| error.downcast_ref().and_then(statement));
    found.or_else(|| error.downcast_ref().and_then(work))
}

fn withdrawal(error: &WithdrawalError) -> Option<String> {
    Some(match error {
        WithdrawalError::NotEnough { available, needed } => return Some(format!("꺼낼 수 있는 것은 가장 작은 단위로 {available}인데 {needed}이(가) 필요합니다. 아직 모으지 않은 것은 세지 않습니다")),
        WithdrawalError::Version { .. } => "원장이 그 사이에 바뀌었습니다. 원장을 다시 읽으십시오",
        WithdrawalError::Price(error) => return price(error),
        _ => return None,
    }.into())
}

fn presentation(error: &PresentationError) -> Option<String> {
    Some(
        match error {
            PresentationError::Form => "라이선스의 증명이 아닙니다",
            PresentationError::Work(work) => return Some(format!("다른 저작물 {work}의 라이선스입니다")),
            PresentationError::Challenge => {
                "다른 질문에 대한 답입니다. 다른 사람에게 주려고 했거나 묻기 전에 만든 것입니다"
            }
            PresentationError::Ledger(_) => "이 원장에서 쓸 수 없는 라이선스입니다",
            PresentationError::Proof => "증명이 틀렸습니다. 만든 사람에게 라이선스가 없습니다",
        }
        .into(),
    )
}

fn order(error: &OrderError) -> Option<String> {
    Some(
        match error {
            OrderError::UnknownWork(work) => return Some(format!("이 원장에 없는 저작물입니다: {work}")),
            OrderError::UnknownListing(offer) => return Some(format!("이 원장에 없는 제안입니다: {offer}")),
            OrderError::Foreign => "이 지갑의 노트를 쓰지 않는 지급입니다",
            OrderError::Ask(ask) => return Some(format!("값이 가장 작은 단위로 {ask}인 공개 제안입니다")),
            OrderError::Work(error) => return work(error),
            OrderError::Price(error) => return price(error),
            OrderError::Payment(error) => return known(error),
            _ => return None,
        }
        .into(),
    )
}

fn approval(error: &ApprovalError) -> Option<String> {
    Some(match error {
        ApprovalError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 주문입니다")),
        ApprovalError::Form => "판매 하나나 되팔기 하나가 아닌 다른 일도 하는 주문입니다",
        ApprovalError::Unknown => "이 원장에 없거나 이제는 없는 저작물이나 제안입니다",
        ApprovalError::Price => "적힌 값과 다른 값을 치르는 주문입니다",
        ApprovalError::Issue => "값을 치른 것과 다른 라이선스를 발행하거나 다른 판매가 먼저 이루어졌습니다. 사는 사람이 다시 만들어야 합니다",
        ApprovalError::Key => "이 라이선스를 파는 키가 아닙니다",
    }.into())
}

fn price(error: &PriceError) -> Option<String> {
    Some(match error {
        PriceError::Minimum(least) => format!("라이선스를 그만큼 사려면 가장 작은 단위로 {least} 이상이어야 합니다"),
        _ => return None,
    })
}

fn registration(error: &RegistrationError) -> Option<String> {
    Some(
        match error {
            RegistrationError::Work(error) => return work(error),
            RegistrationError::NoPart => "이 키는 저작물에 지분이 없고 저작물을 팔지도 않습니다",
            RegistrationError::Missing(names) => return Some(format!("아직 서명하지 않은 사람: {names}")),
        }
        .into(),
    )
}

fn statement(error: &StatementError) -> Option<String> {
    Some(
        match error {
            StatementError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 명세입니다")),
            StatementError::Period => "명세의 기간이 시작보다 먼저 끝납니다",
            StatementError::Count { said, found } => {
                return Some(format!("명세의 적립은 {said}건인데 원장에는 이 기간에 {found}건이 있습니다"));
            }
            StatementError::Proof => "적립의 합이 명세와 같다는 증명이 맞지 않습니다",
            _ => return None,
        }
        .into(),
    )
}

fn work(error: &WorkError) -> Option<String> {
    Some(
        match error {
            WorkError::Title => "제목이 비어 있거나 너무 깁니다",
            WorkError::Holders => "지분권자의 수가 한도를 벗어났습니다",
            WorkError::Repeated(number) => {
                return Some(format!("지분권자 {number}이(가) 앞에 이미 있습니다. 지분을 합치십시오"));
            }
            WorkError::Shares(_) => "지분은 각각 0보다 크고 합이 100 %여야 합니다",
            WorkError::Royalty => "되팔기 사용료는 0–100 %입니다",
            WorkError::Licence(error) => return known(error),
            WorkError::LicenceId => "이 이름으로는 자산 ID가 나오지 않습니다. 다른 이름을 쓰십시오",
            WorkError::Payment => "라이선스의 값을 그 라이선스로 치를 수 없습니다",
            _ => return None,
        }
        .into(),
    )
}
