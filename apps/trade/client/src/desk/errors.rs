//! Korean for the errors of trade finance that people meet by ordinary mistakes.

use std::error::Error;

use tabella_desk::korean as known;
use tabella_trade_rules::{confirmation::ConfirmationError, letter::TermsError};

use crate::{
    debtor::ConfirmError, documents::DocumentError, exchange::ExchangeError, files::FileError, letters::LetterError,
    reading::Unreliable,
};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(confirm);
    let found = found.or_else(|| error.downcast_ref().and_then(document));
    let found = found.or_else(|| error.downcast_ref().and_then(exchange));
    let found = found.or_else(|| error.downcast_ref().and_then(file));
    let found = found.or_else(|| error.downcast_ref().and_then(letter));
    let found = found.or_else(|| error.downcast_ref().and_then(unreliable));
    let found = found.or_else(|| error.downcast_ref().and_then(confirmation));
    found.or_else(|| error.downcast_ref().and_then(terms))
}

fn confirm(error: &ConfirmError) -> Option<String> {
    Some(match error {
        ConfirmError::NotRegistered => "등록되지 않은 키입니다. 먼저 채무자로 등록하십시오",
        ConfirmError::OtherKey => "이 채무자는 다른 확인 키로 등록되어 있습니다. 등록한 지갑으로 확인하십시오",
        ConfirmError::OtherDebtor => "다른 채무자의 송장입니다",
        ConfirmError::Content => "금액이 없거나 작성하기 전이 기일인 송장입니다",
        ConfirmError::Confirmed { seller, number } => return Some(format!("{seller}의 송장 {number}은(는) 다른 금액, 날짜 또는 문서로 이미 확인되었습니다. 고친 송장에는 새 번호를 붙이십시오")),
        _ => return None,
    }.into())
}

fn document(error: &DocumentError) -> Option<String> {
    Some(
        match error {
            DocumentError::Signature(_) => "적힌 키로 이 원장의 이 신용장을 위해 서명한 서류가 아닙니다",
            DocumentError::Content(_) => "서명한 서류의 내용과 다릅니다",
            DocumentError::Missing { .. } => "신용장이 요구하는 서류가 빠졌습니다",
        }
        .into(),
    )
}

fn exchange(error: &ExchangeError) -> Option<String> {
    Some(
        match error {
            ExchangeError::NotAsAgreed { amount, asset } => {
                return Some(format!(
                    "상대의 이체가 합의한 금액(자산 {asset}, 가장 작은 단위로 {amount})을 이 지갑에 보내지 않습니다"
                ));
            }
            ExchangeError::Ledger => "다른 원장의 제안입니다",
            ExchangeError::Payment(error) => return known(error),
            _ => return None,
        }
        .into(),
    )
}

fn file(error: &FileError) -> Option<String> {
    Some(
        match error {
            FileError::Length => "파일이 너무 깁니다",
            FileError::Kind(first) => {
                return Some(format!("“{first}”(으)로 시작하는 파일이 아닙니다. 다른 파일을 고르지 않았습니까?"));
            }
            FileError::Decode(_) => "손상된 파일입니다. 다시 받으십시오",
        }
        .into(),
    )
}

fn letter(error: &LetterError) -> Option<String> {
    Some(
        match error {
            LetterError::Terms(error) => return terms(error),
            LetterError::File(_) => "신용장 파일이 그 조건과 맞지 않습니다",
            LetterError::NotAgreed => "개설의뢰인이 이 조건에 동의하지 않았습니다",
            LetterError::NotParty(role) => {
                return Some(format!("신용장의 {}의 키가 아닙니다", super::role_name(*role).ko));
            }
            LetterError::NothingPresented => "이 신용장으로 제시된 서류가 없습니다",
            LetterError::Document(error) => return document(error),
            _ => return None,
        }
        .into(),
    )
}

fn unreliable(error: &Unreliable) -> Option<String> {
    Some(match error {
        Unreliable::Escrows { expected, found } => format!(
            "신용장의 에스크로 {expected}개 가운데 {found}개만 이 지갑에서 열립니다. 나머지는 받을 수 없으니 선적하지 마십시오"
        ),
    })
}

fn confirmation(error: &ConfirmationError) -> Option<String> {
    Some(
        match error {
            ConfirmationError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 확인서입니다")),
            ConfirmationError::UnknownDebtor => "이 원장에 등록되지 않은 채무자입니다",
            ConfirmationError::Tag => {
                "채무자의 등록된 키로 이 송장에 만든 것이 아닙니다. 위조되었거나 변조된 확인서입니다"
            }
            ConfirmationError::NotConfirmed => "채무자가 원장에서 확인하지 않은 송장입니다",
            ConfirmationError::Content => "금액이 없거나 작성하기 전이 기일인 송장입니다",
            _ => return None,
        }
        .into(),
    )
}

fn terms(error: &TermsError) -> Option<String> {
    Some(
        match error {
            TermsError::Times => "기한은 선적, 제시, 수령, 회수의 차례로 이어져야 합니다",
            TermsError::Documents => "요구하는 서류의 수가 한도를 벗어났거나 같은 것이 두 번 나옵니다",
            TermsError::Shipment => "선적 기한은 운송 서류를 요구할 때에만, 그때는 반드시 적습니다",
            TermsError::Silence => "심사자의 침묵은 1초 이상 뒤, 수령 기한이 끝나기 전에 승인으로 봅니다",
            _ => return None,
        }
        .into(),
    )
}
