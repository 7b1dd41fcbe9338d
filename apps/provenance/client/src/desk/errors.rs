//! Korean for the errors of provenance that people meet by ordinary mistakes.

use std::error::Error;

use tabella_provenance_rules::{attribute::ValueError, presentation::PresentationError, rejection::StoneError};

use crate::{
    batch::BatchError, build::BuildError, certificate::CertificateError, custody::CustodyError,
    identity::IdentityError, table::TableError,
};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(batch);
    let found = found.or_else(|| error.downcast_ref().and_then(build));
    let found = found.or_else(|| error.downcast_ref().and_then(certificate));
    let found = found.or_else(|| error.downcast_ref().and_then(custody));
    let found = found.or_else(|| error.downcast_ref().and_then(identity));
    let found = found.or_else(|| error.downcast_ref().and_then(table));
    let found = found.or_else(|| error.downcast_ref().and_then(value));
    let found = found.or_else(|| error.downcast_ref().and_then(presentation));
    found.or_else(|| error.downcast_ref().and_then(stone))
}

fn batch(error: &BatchError) -> Option<String> {
    Some(
        match error {
            BatchError::UnknownRegistry(id) => return Some(format!("없는 등록부입니다: {id}")),
            BatchError::MarkKey => "이 등록부의 표식 키가 아닙니다. 등록기관에 요청하십시오",
            BatchError::Unauthorised => "등록기관이 허가하지 않은 발행자입니다. 내 키를 알리고 허가를 요청하십시오",
            BatchError::Size => "묶음의 물건 수가 한도를 벗어났습니다",
            BatchError::Value { error, .. } => return value(error),
            BatchError::Count { .. } => "속성마다 값이 하나씩 있어야 합니다",
            BatchError::Identity { error, .. } => return identity(error),
        }
        .into(),
    )
}

fn build(error: &BuildError) -> Option<String> {
    Some(
        match error {
            BuildError::UnknownAsset(asset) => return Some(format!("자산 {asset}(으)로 등록된 물건이 없습니다")),
            BuildError::Size => "한 번에 신청할 수 있는 물건의 수를 벗어났습니다",
            BuildError::Ledger => "다른 원장의 신청입니다",
            BuildError::Claim => "이 발행자의 등록된 물건마다 노트 하나씩의 신청이 아닙니다",
            BuildError::Approval => "등록기관이 승인할 묶음이 아닙니다",
            _ => return None,
        }
        .into(),
    )
}

fn certificate(error: &CertificateError) -> Option<String> {
    Some(
        match error {
            CertificateError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 인증서입니다")),
            CertificateError::NotRegistered => {
                "이 속성, 발행자, 등록부로 등록된 것이 없습니다. 변조되었거나 위조된 인증서입니다"
            }
            CertificateError::Attribute { schema, name } => {
                return Some(format!("{schema}에 없는 속성입니다: ‘{name}’"));
            }
            CertificateError::Twice(name) => return Some(format!("속성 {name}을(를) 두 번 물었습니다")),
            CertificateError::NoNumber(name) => {
                return Some(format!(
                    "속성 {name}은(는) 수가 아니어서 범위를 증명할 수 없습니다. 공개할 수는 있습니다"
                ));
            }
            CertificateError::Outside(name) => return Some(format!("속성 {name}이(가) 이 범위 밖에 있습니다")),
            _ => return None,
        }
        .into(),
    )
}

fn custody(error: &CustodyError) -> Option<String> {
    Some(
        match error {
            CustodyError::Ledger(ledger) => return Some(format!("다른 원장 {ledger}의 인도 기록입니다")),
            CustodyError::First => "첫 소유자의 주소가 노트를 만든 주소와 다릅니다",
            CustodyError::Foreign(index) => {
                return Some(format!("파일의 인도 {index}번은 이 물건의 것이 아니거나 두 번 들어 있습니다"));
            }
            CustodyError::Asset(index) => return Some(format!("파일의 인도 {index}번은 다른 물건을 옮깁니다")),
            _ => return None,
        }
        .into(),
    )
}

fn identity(error: &IdentityError) -> Option<String> {
    Some(
        match error {
            IdentityError::Letters { attribute, found } => {
                return Some(format!(
                    "{attribute}: “{found}”은(는) A–Z, 숫자, 구분 기호가 아닙니다. 로마자와 숫자로 적으십시오"
                ));
            }
            IdentityError::Long { attribute } => return Some(format!("{attribute}: 물건을 식별하는 글이 너무 깁니다")),
            IdentityError::None => "새겨진 글도, 감정소와 인증서 번호도 없어 물건을 식별할 수 없습니다",
        }
        .into(),
    )
}

fn table(error: &TableError) -> Option<String> {
    Some(match error {
        TableError::Attribute { schema, name } => format!("{schema}에 없는 속성입니다: ‘{name}’"),
        TableError::Value(error) => return value(error),
        _ => return None,
    })
}

fn value(error: &ValueError) -> Option<String> {
    Some(match error {
        ValueError::Text { name } => format!("{name}: 글이 너무 길거나 제어 문자가 들어 있습니다"),
        ValueError::Number { name, found, decimals } => {
            format!("{name}: “{found}”은(는) 소수점 아래 {decimals}자리까지의 0 이상인 수가 아닙니다")
        }
        ValueError::Kind { name } => format!("{name}: 글이 올 자리에 수가, 또는 수가 올 자리에 글이 있습니다"),
        _ => return None,
    })
}

fn presentation(error: &PresentationError) -> Option<String> {
    Some(match error {
        PresentationError::Ledger(ledger) => format!("다른 원장 {ledger}의 것입니다"),
        PresentationError::UnknownAsset(asset) => format!("자산 {asset}(으)로 등록된 물건이 없습니다"),
        PresentationError::Commitment(name) => format!("보인 속성 {name}이(가) 등록된 것과 다릅니다"),
        PresentationError::Range(name) => format!(
            "속성 {name}이(가) 이 범위 안에 있다는 증명이 맞지 않습니다. 범위 밖이거나 다른 물건, 질문, 확인자의 증명입니다"
        ),
        _ => return None,
    })
}

fn stone(error: &StoneError) -> Option<String> {
    Some(
        match error {
            StoneError::Duplicate(asset) => {
                return Some(format!("같은 물건이 이미 자산 {asset}(으)로 등록되어 있습니다"));
            }
            StoneError::LookAlikes { expected, found } => {
                return Some(format!(
                    "치수가 같은 물건이 {expected}개 등록되어 있는데 비교한 것은 {found}개입니다. 하나씩 비교하십시오"
                ));
            }
            StoneError::Unapproved => "다른 발행자가 치수가 같은 물건을 등록했습니다. 등록기관의 승인도 필요합니다",
            StoneError::Unmeasured => "치수를 재지 않았습니다. 재거나 등록기관의 승인도 받으십시오",
            _ => return None,
        }
        .into(),
    )
}
