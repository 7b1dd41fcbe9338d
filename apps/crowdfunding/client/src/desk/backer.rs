//! The backer: pledges, and takes back what was not claimed.

use rand_core::{OsRng, RngCore as _};
use tabella_crowdfunding_rules::PledgeId;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_protocol::note::{AssetId, Timestamp};
use tabella_prover::builder::SpendPath;

use super::{
    BACKER, CAMPAIGN, SHOWN_AMOUNT, SHOWN_CAMPAIGN, SHOWN_COUNTED, SHOWN_PLEDGE, SHOWN_REWARD, SHOWN_STAGE, SHOWN_TIME,
    SHOWN_TITLE, campaign_of, in_words, standing, written,
};
use crate::{
    backer::{PartState, PledgeError, PledgeOrder, PledgeStep, no_proof, own_pledges, prepare_pledge},
    memo::PledgeMemo,
    settle,
};

pub(super) const PLEDGE: Form = Form {
    id: "pledge",
    role: BACKER,
    title: words("Pledge", "약정하기"),
    about: words(
        "Only the campaign learns the amount and what you write. A pledge is binding until the campaign’s “taken back \
         from”.",
        "금액과 적은 말은 캠페인만 압니다. 캠페인에 적힌 ‘되찾기 시작’ 전에는 약정을 거둘 수 없습니다.",
    ),
    fields: &[
        CAMPAIGN,
        Field::new("asset", words("Asset that you give", "약정하는 자산"), Kind::Asset).hint(words(
            "Nothing is paid if the campaign takes another one, of whatever name.",
            "캠페인이 받는 자산과 다르면 이름이 같아도 지급하지 않습니다.",
        )),
        Field::new("amount", words("Amount", "금액"), Kind::Amount),
        Field::new("message", words("Message", "전하는 말"), Kind::Lines)
            .hint(words("Only the campaign reads it.", "캠페인만 읽습니다."))
            .optional(),
        Field::new("reward-to", words("Address for a reward", "보상을 받을 주소"), Kind::Address)
            .hint(words(
                "Empty: an address of this wallet that nobody else was given.",
                "비워 두면 아무에게도 알리지 않은 이 지갑의 새 주소입니다.",
            ))
            .optional(),
        Field::new("no-reward", words("I want no reward", "보상을 원하지 않음"), Kind::Flag).optional(),
    ],
    proves: true,
};

pub(super) const PLEDGES: Form = Form {
    id: "pledges",
    role: BACKER,
    title: words("Show my pledges", "나의 약정 보기"),
    about: words(
        "What this wallet has pledged, whether it is counted, and from when it can be taken back.",
        "이 지갑의 약정, 셈 여부, 되찾을 수 있는 시각입니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const REFUND: Form = Form {
    id: "refund",
    role: BACKER,
    title: words("Take back what was not claimed", "수령되지 않은 약정 되찾기"),
    about: words("It needs nobody else.", "다른 사람의 동의가 필요하지 않습니다."),
    fields: &[CAMPAIGN
        .hint(words("Empty: all of one asset.", "비워 두면 같은 자산의 약정을 모두 되찾습니다."))
        .optional()],
    proves: true,
};

/// Why nothing is pledged, at the field where it stands.
fn explain(error: PledgeError, work: &Work<'_>, asset: &AssetId) -> Stop {
    match error {
        PledgeError::Payment(error) => work.explain(error, asset),
        PledgeError::TooSmall { least } => {
            let least = work.amount_and_name(asset, least);
            let text = say!(
                "the least pledge to this campaign is {least}: every milestone gets a share of it",
                "이 캠페인의 최소 후원액은 {least}입니다. 모든 단계에 몫이 돌아가야 합니다"
            );
            Stop::at("amount", text)
        }
        PledgeError::Memo(error) => Stop::at("message", error),
        PledgeError::Closed(_) => Stop::at("campaign", error),
        other => other.into(),
    }
}

/// That the backer gives what the campaign takes: assets of one name are told apart by their ids.
fn check_asset(values: &Values, work: &Work<'_>, taken: AssetId) -> Result<(), Stop> {
    let (given, _) = values.asset("asset", work.state.assets())?;
    if given == taken {
        return Ok(());
    }
    let name = work.state.assets().get(&taken).map_or("?", |known| &known.description.name);
    Err(Stop::at(
        "asset",
        say!(
            "this campaign takes another asset, \"{name}\" {taken}: nothing is pledged",
            "이 캠페인은 다른 자산 ‘{name}’ {taken}을(를) 받습니다. 후원하지 않았습니다"
        ),
    ))
}

pub(super) fn pledge(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    let campaign = &standing.campaign;
    check_asset(values, work, campaign.asset)?;
    let amount = values.amount("amount", work.state.assets(), &campaign.asset)?;
    let reward_to = match (values.flag("no-reward"), values.is_given("reward-to")) {
        (true, true) => {
            return Err(Stop::at(
                "reward-to",
                words(
                    "either an address for a reward, or no reward",
                    "보상을 받을 주소를 적거나 보상 없음을 고르십시오. 둘 다는 안 됩니다",
                ),
            ));
        }
        (true, false) => None,
        (false, true) => Some(values.address("reward-to")?),
        // Any of 2^31 that nothing counts up to: no two campaigns are given the same one.
        (false, false) => Some(work.holder.wallet().address(OsRng.next_u32() | 1 << 31)),
    };
    let message = values.optional_text("message").unwrap_or_default().to_owned();
    let order = PledgeOrder { campaign: id, amount, memo: PledgeMemo { reward_to, message } };
    let at = work.moment();
    let step = prepare_pledge(work.holder, &at, &order, &mut OsRng);
    let pledge = match step.map_err(|error| explain(error, work, &campaign.asset))? {
        PledgeStep::First(first) => return Err(Stop::First(Box::new(work.prove(first, Vec::new())?))),
        PledgeStep::Pledge(pledge) => pledge,
    };
    let pledge_id = PledgeId::derive(id, pledge.digest(), 0);
    Ok(Outcome::submit(work.prove(pledge, vec![no_proof()])?)
        .show(SHOWN_TITLE, campaign.title.as_str())
        .show(words("Pledged", "약정한 금액"), work.amount_and_name(&campaign.asset, amount.0))
        .show(words("Asset", "자산"), Value::code(campaign.asset))
        .show(SHOWN_REWARD, super::reward(reward_to))
        .show(SHOWN_PLEDGE, Value::code(pledge_id))
        .show(words("Can be taken back from", "되찾기 시작"), campaign.refund_from))
}

pub(super) fn pledges(work: &Work<'_>) -> Result<Outcome, Stop> {
    let mut rows = Vec::new();
    for pledge in own_pledges(work.state, work.holder.wallet()) {
        let standing = standing(pledge.campaign, work)?;
        let campaign = &standing.campaign;
        let settled = pledge.parts.iter().filter(|part| part.state == PartState::Spent);
        let settled: Vec<String> = settled.map(|part| part.milestone.saturating_add(1).to_string()).collect();
        rows.push(vec![
            Value::Text(campaign.title.clone()),
            pledge.at.into(),
            Value::Text(work.amount_and_name(&campaign.asset, pledge.amount())),
            Value::Flag(pledge.counted),
            Value::Text(settled.join(", ")),
            in_words(standing.stage(work.now)).into(),
            campaign.refund_from.into(),
            Value::code(pledge.campaign),
        ]);
    }
    let columns = vec![
        SHOWN_TITLE,
        SHOWN_TIME,
        SHOWN_AMOUNT,
        SHOWN_COUNTED,
        words("Milestones claimed or taken back", "수령되거나 되찾은 단계"),
        SHOWN_STAGE,
        words("Taken back from", "되찾기 시작"),
        SHOWN_CAMPAIGN,
    ];
    Ok(Outcome::new().show(words("My pledges", "나의 약정"), Value::Table { columns, rows }))
}

pub(super) fn refund(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let campaign = values.is_given("campaign").then(|| campaign_of(values, work)).transpose()?.map(|(id, _)| id);
    let find = |now| settle::refundable(work.state, work.holder.wallet(), campaign, now);
    let (back, all) = (find(work.now), find(Timestamp::MAX));
    let Some(first) = back.first().or_else(|| all.first()).copied() else {
        return Err(Stop::at(
            "campaign",
            words(
                "this wallet has pledged nothing that is still under an escrow",
                "이 지갑이 후원하여 아직 에스크로에 있는 것이 없습니다",
            ),
        ));
    };
    let terms = &standing(first.campaign, work)?.campaign;
    if back.is_empty() {
        let from = written(terms.refund_from);
        let text = say!(
            "nothing can be taken back yet: refunds of \"{}\" begin at {from}",
            "아직 돌려받을 수 없습니다. ‘{}’의 환불은 {from}부터입니다",
            terms.title
        );
        return Err(Stop::at("campaign", text));
    }
    // One asset at a time: its amounts are added up.
    let mut same = Vec::new();
    for each in back {
        if standing(each.campaign, work)?.campaign.asset == terms.asset {
            same.push(each);
        }
    }
    super::take(work, &same, SpendPath::Refund)
}
