//! Korean for the errors of energy that people meet by ordinary mistakes.

use std::error::Error;

use tabella_energy_rules::terms::{PartyKeysError, TermsError};

use crate::{bid::BidError, build::EnergyError, data::DataError, meter::MeterError, reading::ReadingError};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(bid);
    let found = found.or_else(|| error.downcast_ref().and_then(build));
    let found = found.or_else(|| error.downcast_ref().and_then(data));
    let found = found.or_else(|| error.downcast_ref().and_then(meter));
    let found = found.or_else(|| error.downcast_ref().and_then(reading));
    let found = found.or_else(|| error.downcast_ref().and_then(party));
    found.or_else(|| error.downcast_ref().and_then(terms))
}

fn bid(error: &BidError) -> Option<String> {
    Some(match error {
        BidError::Bounds { max_lots, tick, max_price } => {
            format!("입찰은 1–{max_lots}단위, 값은 가장 작은 단위로 {tick}부터 {max_price}까지 {tick} 간격입니다")
        }
        BidError::Window { interval, .. } => format!("구간 {interval}의 입찰을 받는 때가 아닙니다"),
        _ => return None,
    })
}

fn build(error: &EnergyError) -> Option<String> {
    Some(match error {
        EnergyError::NoBid => "입찰이 아직 원장에 없습니다",
        EnergyError::Unreadable(interval) => return Some(format!("이 키로는 구간 {interval}의 검침을 열 수 없습니다. 계량기의 주인이 올려야 합니다")),
        EnergyError::OverCeiling { interval, ceiling } => return Some(format!("구간 {interval}의 검침이 인증받은 상한 {ceiling}Wh를 넘어 원장이 받지 않습니다. 상한이 더 높은 계량기를 인증자에게 요청하십시오")),
        _ => return None,
    }.into())
}

fn data(error: &DataError) -> Option<String> {
    Some(
        match error {
            DataError::Size(bytes) => return Some(format!("파일이 {bytes}바이트로 너무 큽니다. 나누십시오")),
            DataError::Empty => "검침이 없는 파일입니다. Wh로 된 구간을 하나 이상 내보내십시오",
            _ => return None,
        }
        .into(),
    )
}

fn meter(error: &MeterError) -> Option<String> {
    Some(
        match error {
            MeterError::Signed { next } => {
                return Some(format!("계량기는 구간마다 한 번씩 차례로 서명합니다. 다음 구간은 {next}입니다"));
            }
            MeterError::Ceiling { interval, found, ceiling } => {
                return Some(format!(
                    "구간 {interval}의 {found}Wh는 인증받은 상한 {ceiling}Wh를 넘어 계량기가 서명하지 않습니다"
                ));
            }
            MeterError::Request => "계량기가 서명하지 않은 요청입니다. 계량기를 만들 때 나온 파일을 받으십시오",
            MeterError::Certifier => "이 시장의 인증자 키가 아닙니다",
            MeterError::Market => "다른 시장의 요청입니다",
        }
        .into(),
    )
}

fn reading(error: &ReadingError) -> Option<String> {
    Some(match error {
        ReadingError::UnknownMarket(id) => return Some(format!("이 원장에 없는 시장입니다: {id}")),
        ReadingError::NoCollector => "이 시장의 집계자 키가 아닙니다",
        ReadingError::SmallGroup { found, needed } => return Some(format!("검침한 계량기가 {found}대인데 합계는 {needed}대부터 냅니다. 더 적으면 가정의 사용량이 드러납니다")),
        ReadingError::Incomplete => "원장이 합산한 검침과 다릅니다",
        ReadingError::Waiting { interval, .. } => return Some(format!("구간 {interval}의 검침을 아직 받고 있습니다. 마감된 뒤에 합계를 알리십시오")),
        ReadingError::Shares { interval, .. } => return Some(format!("구간 {interval}에서 어떤 계량기가 서명한 몫이 이 집계자와 나눈 것과 다릅니다. 인증자에게 알리십시오")),
        _ => return None,
    }.into())
}

fn party(_: &PartyKeysError) -> Option<String> {
    Some("키는 0–9와 a–f로 된 128자입니다. 빠짐없이 복사하십시오".into())
}

fn terms(error: &TermsError) -> Option<String> {
    Some(
        match error {
            TermsError::Name => "시장의 이름이 비어 있거나 너무 깁니다",
            TermsError::Certifiers => "인증자의 수가 한도를 벗어났거나 같은 키가 두 번 나옵니다",
            TermsError::Collectors => "집계자의 수가 한도를 벗어났거나 같은 키가 두 번 나옵니다",
            TermsError::EnergyId => "이 이름으로는 자산 ID가 나오지 않습니다. 다른 이름을 쓰십시오",
            TermsError::Payment => "전력의 값을 전력으로 치를 수 없습니다",
            TermsError::Length(_) => "길이가 한도를 벗어났습니다",
            TermsError::Overlap => "입찰 기간은 구간보다 길 수 없습니다",
            TermsError::Lot => "한 단위는 1Wh 이상이어야 합니다",
            TermsError::Price => "최고가는 1 이상인 호가 간격의 배수여야 하며 한도를 넘을 수 없습니다",
            TermsError::Bids => "구간의 입찰 수가 한도를 벗어났습니다",
            TermsError::Penalty => "위약금이 한도를 벗어났습니다",
            TermsError::Group => "합계를 내는 가장 작은 집단이 너무 작습니다. 가정의 사용량이 드러납니다",
            TermsError::Start => "원장이 아는 마지막 시각 뒤에 시작하는 시장입니다",
            _ => return None,
        }
        .into(),
    )
}
