//! Korean for the errors of crowdfunding that people meet by ordinary mistakes.

use std::error::Error;

use tabella_crowdfunding_rules::campaign::CampaignError;
use tabella_desk::korean as known;

use crate::{backer::PledgeError, campaign::CampaignerError};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(pledge);
    let found = found.or_else(|| error.downcast_ref().and_then(campaigner));
    found.or_else(|| error.downcast_ref().and_then(campaign))
}

fn pledge(error: &PledgeError) -> Option<String> {
    Some(match error {
        PledgeError::UnknownCampaign(id) => format!("이 원장에 없는 캠페인입니다: {id}"),
        PledgeError::Closed(id) => format!("캠페인 {id}은(는) 더 후원을 받지 않습니다"),
        PledgeError::TooSmall { least } => format!("이 캠페인의 최소 후원액은 가장 작은 단위로 {least}입니다"),
        PledgeError::Memo(error) => return known(error),
        PledgeError::Payment(error) => return known(error),
        _ => return None,
    })
}

fn campaigner(error: &CampaignerError) -> Option<String> {
    Some(match error {
        CampaignerError::Campaign(error) => return campaign(error),
        CampaignerError::OtherKey => "다른 키의 캠페인입니다",
        CampaignerError::UnknownCampaign(id) => return Some(format!("이 원장에 없는 캠페인입니다: {id}")),
        CampaignerError::NothingNew => "세기를 기다리는 후원 가운데 이 지갑이 열 수 있는 것이 없습니다",
        CampaignerError::Missing(pledge) => return Some(format!("이미 센 후원 {pledge}을(를) 이 지갑이 열 수 없습니다. 캠페인의 지갑이 아니거나 원장을 다시 읽어야 합니다")),
        CampaignerError::NotReached { raised, goal } => return Some(format!("센 금액은 가장 작은 단위로 {raised}이고 목표는 {goal}입니다")),
        _ => return None,
    }.into())
}

fn campaign(error: &CampaignError) -> Option<String> {
    Some(
        match error {
            CampaignError::Title => "캠페인 제목이 비어 있거나 너무 깁니다",
            CampaignError::Goal => "목표는 1 이상이어야 합니다",
            CampaignError::Times => "시각은 마감, 수령 기한, 환불 시작의 차례로 이어져야 합니다",
            CampaignError::Milestones => "단계의 수가 한도를 벗어났습니다",
            _ => return None,
        }
        .into(),
    )
}
