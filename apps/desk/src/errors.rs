//! Korean for errors of programs that people meet by ordinary mistakes: amounts, addresses, files, passphrases, requests and tables of
//! payments.

use std::{
    error::Error,
    num::{IntErrorKind, ParseIntError},
};

use hex::FromHexError;
use tabella_payments::{
    amount::AmountError,
    holder::PaymentError,
    many::SendError,
    order::{LineError, OrderError, TableError},
    request::{DecimalError, DigestError, RequestError},
};
use tabella_protocol::{asset::AssetError, keys::AddressError, note_encryption::MemoTooLong};
use tabella_prover::keyfile::KeyFileError;
use tabella_verifier::files::FileError;

/// What an error says, in Korean, if it is one of these.
#[must_use]
pub fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().map(amount);
    let found = found.or_else(|| error.downcast_ref().map(decimal));
    let found = found.or_else(|| error.downcast_ref().map(address));
    let found = found.or_else(|| error.downcast_ref().map(file));
    let found = found.or_else(|| error.downcast_ref().and_then(key_file));
    let found = found.or_else(|| error.downcast_ref().and_then(payment));
    let found = found.or_else(|| error.downcast_ref().and_then(send));
    let found = found.or_else(|| error.downcast_ref().map(request));
    let found = found.or_else(|| error.downcast_ref().map(order));
    let found = found.or_else(|| error.downcast_ref().map(table));
    let found = found.or_else(|| error.downcast_ref().map(memo));
    let found = found.or_else(|| error.downcast_ref().map(asset));
    let found = found.or_else(|| error.downcast_ref().map(number));
    let found = found.or_else(|| error.downcast_ref().map(id));
    found.or_else(|| error.downcast_ref().map(digest))
}

fn number(error: &ParseIntError) -> String {
    match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "너무 큰 수입니다",
        _ => "정수를 숫자로만 적으십시오",
    }
    .into()
}

fn id(_: &FromHexError) -> String {
    "0–9와 a–f로 된 64자를 빠짐없이 적으십시오".into()
}

fn digest(_: &DigestError) -> String {
    "결제 요청의 요약값이 아닙니다. 0–9와 a–f로 된 글자를 빠짐없이 적으십시오".into()
}

fn amount(error: &AmountError) -> String {
    match error {
        AmountError::Form(text) => format!("“{text}”: 금액이 아닙니다. 12.34처럼 숫자와 소수점으로만 적으십시오"),
        AmountError::Decimals { text, found, decimals } => {
            format!("“{text}”: 소수점 아래가 {found}자리입니다. 이 자산은 {decimals}자리까지입니다")
        }
        AmountError::TooLarge(text) => format!("“{text}”: 자산에 있을 수 있는 것보다 큰 금액입니다"),
        _ => "금액이 아닙니다".into(),
    }
}

fn decimal(error: &DecimalError) -> String {
    match error {
        DecimalError::Form(error) => amount(error),
        _ => "0은 요청할 수 없는 금액입니다".into(),
    }
}

fn address(error: &AddressError) -> String {
    match error {
        AddressError::Text(_) => "주소가 아닙니다. 빠진 글자 없이 복사했는지 확인하십시오".into(),
        AddressError::Kind { expected, found } => {
            format!("“{found}”(으)로 시작하는 주소입니다. 여기에는 “{expected}”(으)로 시작하는 주소가 필요합니다")
        }
        _ => "손상된 주소입니다".into(),
    }
}

fn file(error: &FileError) -> String {
    match error {
        FileError::Kind { needed, found } => {
            format!("“{found}” 파일입니다. 여기에는 “{needed}” 파일이 필요합니다")
        }
        FileError::Foreign(needed) => format!("Tabella의 파일이 아닙니다. “{needed}” 파일이 필요합니다"),
        _ => "손상된 파일입니다. 다시 받으십시오".into(),
    }
}

fn key_file(error: &KeyFileError) -> Option<String> {
    Some(match error {
        KeyFileError::NotAKeyFile => "키 파일이 아닙니다".into(),
        KeyFileError::WrongPassphrase => "암호 문구가 맞지 않습니다. 대소문자와 자판 언어를 확인하십시오".into(),
        KeyFileError::Damaged(_) => "손상된 키 파일입니다. 사본을 쓰십시오".into(),
        KeyFileError::WrongKind { expected, found } => {
            format!("“{found}” 키 파일입니다. 여기에는 “{expected}” 키 파일이 필요합니다")
        }
        KeyFileError::Version(version) => format!("이 프로그램이 읽지 못하는 버전 {version}의 키 파일입니다"),
        KeyFileError::TooMuchWork(_) | KeyFileError::TooLong => {
            "이 프로그램이 열 수 있는 한도를 넘는 키 파일입니다".into()
        }
        _ => return None,
    })
}

fn payment(error: &PaymentError) -> Option<String> {
    Some(match error {
        PaymentError::Zero => "0은 보낼 수 없는 금액입니다".into(),
        PaymentError::Insufficient { available, amount } => {
            format!("잔액이 부족합니다. 가장 작은 단위로 {available}이(가) 있고 {amount}이(가) 필요합니다")
        }
        PaymentError::Path(_) => "원장이 지갑보다 오래된 상태입니다. 원장을 다시 읽으십시오".into(),
        PaymentError::NoEscrow(_) => "이 지갑에서 정산할 수 있는 에스크로가 아닙니다".into(),
        _ => return None,
    })
}

fn send(error: &SendError) -> Option<String> {
    Some(match error {
        SendError::Count => "한 번에 보낼 수 있는 결제의 수를 넘습니다".into(),
        SendError::Zero(number) => format!("{number}번째 결제: 0은 보낼 수 없는 금액입니다"),
        SendError::Insufficient { asset, available, needed } => {
            format!("잔액이 부족합니다. 자산 {asset}이(가) 가장 작은 단위로 {available} 있고 {needed}이(가) 필요합니다")
        }
        SendError::NotYet => "앞선 거래가 아직 원장에 없습니다. 원장을 다시 읽으십시오".into(),
        SendError::Payment(error) => return payment(error),
        _ => return None,
    })
}

fn request(error: &RequestError) -> String {
    match error {
        RequestError::Scheme => "결제 요청이 아닙니다. 결제 요청은 “tabella:”로 시작합니다".into(),
        RequestError::TooLong => "결제 요청이 너무 깁니다".into(),
        RequestError::Parameter(name) => format!("결제 요청에 알 수 없는 항목 “{name}”이(가) 있습니다"),
        RequestError::Duplicate(name) => format!("결제 요청에 {name}이(가) 두 번 나옵니다"),
        RequestError::Unknown(name) => {
            format!("결제 요청이 이 지갑이 모르는 “{name}”을(를) 요구하므로 보낼 수 없습니다")
        }
        RequestError::Encoding(name) => format!("결제 요청의 {name} 값이 올바른 글이 아닙니다"),
        RequestError::TextTooLong(name) => format!("결제 요청의 {name}이(가) 너무 깁니다"),
        RequestError::Missing { payment, what } => format!("요청의 결제 {payment}에 {what}이(가) 없습니다"),
        RequestError::Address { payment, error } => format!("요청의 결제 {payment}: {}", address(error)),
        RequestError::Amount { payment, error } => format!("요청의 결제 {payment}: {}", decimal(error)),
        RequestError::Asset(payment) => format!("요청의 결제 {payment}: 자산 ID는 0–9와 a–f로 된 64자입니다"),
        RequestError::Memo(payment) => format!("요청의 결제 {payment}: 메모의 형식이 잘못되었습니다"),
        RequestError::Ledger => "요청의 원장 ID가 0–9와 a–f로 된 64자가 아닙니다".into(),
        _ => "요청에 담긴 결제의 수가 맞지 않습니다".into(),
    }
}

fn order(error: &OrderError) -> String {
    match error {
        OrderError::Ledger { asked, here } => {
            format!("다른 원장 {asked}에서 보내야 하는 요청입니다. 이 원장은 {here}입니다")
        }
        OrderError::Asset { payment, asset } => format!("요청의 결제 {payment}: 이 원장에 없는 자산 {asset}입니다"),
        OrderError::Amount { payment, error } => format!("요청의 결제 {payment}: {}", amount(error)),
        _ => "이 원장에서 보낼 수 없는 요청입니다".into(),
    }
}

fn table(error: &TableError) -> String {
    match error {
        TableError::Empty => "결제가 없습니다. 한 줄에 하나씩 ‘주소,금액’이나 ‘주소,금액,메모’를 적으십시오".into(),
        TableError::Count(line) => format!("{line}번째 줄: 한 번에 보낼 수 있는 결제의 수를 넘습니다"),
        TableError::Line { line: number, reason } => {
            format!("{number}번째 줄: {}. 아무에게도 보내지 않았습니다", line(reason))
        }
        _ => "결제의 표가 아닙니다".into(),
    }
}

fn line(error: &LineError) -> String {
    match error {
        LineError::Quotes => "따옴표로 시작한 메모는 따옴표로 끝나야 하며, 그 안의 따옴표는 두 번 적습니다".into(),
        LineError::Columns(found) => {
            format!("{found}칸입니다. ‘주소,금액’이나 ‘주소,금액,메모’로 적고, 쉼표가 든 메모는 따옴표로 묶으십시오")
        }
        LineError::Heading { found, heading } => {
            format!("{found}칸인데 제목 줄은 {heading}칸입니다. 금액에는 쉼표를 쓰지 않습니다")
        }
        LineError::Rest(text) => {
            format!(
                "“{text}”이(가) 금액의 나머지일 수 있습니다. 천 단위 쉼표 없이 적고, 숫자로 시작하는 메모는 따옴표로 묶으십시오"
            )
        }
        LineError::Address(error) => address(error),
        LineError::Amount(error) => amount(error),
        LineError::Zero => "0은 보낼 수 없는 금액입니다".into(),
        LineError::Memo(error) => memo(error),
        _ => "결제가 아닙니다".into(),
    }
}

fn memo(MemoTooLong { length }: &MemoTooLong) -> String {
    format!("메모는 512바이트까지인데 {length}바이트입니다")
}

fn asset(error: &AssetError) -> String {
    match error {
        AssetError::Name => "자산 이름이 비어 있거나 너무 깁니다",
        AssetError::Decimals => "소수 자릿수는 18까지입니다",
        AssetError::Cap => "한도는 1 이상이어야 합니다",
        _ => "자산의 설명이 규칙에 맞지 않습니다",
    }
    .into()
}
