//! Crowdfunding as forms that people fill in: they do what the commands do, with the same checks in the same order.

mod backer;
mod book;
mod campaign;
mod errors;
mod public;
mod release;
mod terms;

use rand_core::OsRng;
use tabella_crowdfunding_rules::{CampaignId, Crowdfunding, Standing, shown::Stage};
use tabella_desk::{Desk, Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_protocol::{keys::Address, note::Timestamp};
use tabella_prover::builder::SpendPath;
use tabella_verifier::application::Readable as _;

use crate::{
    keys::CampaignKeys,
    settle::{self, MAX_SETTLED, Takable},
};

const CAMPAIGNER: Words = words("Campaign", "캠페인을 여는 사람");
const BACKER: Words = words("Backer", "후원자");
const RELEASER: Words = words("Holder of a release key", "해제 키를 가진 사람");
const ANYBODY: Words = words("Anybody", "누구나");

const CAMPAIGN: Field = Field::new("campaign", words("Campaign", "캠페인"), Kind::Instance);

const SHOWN_CAMPAIGN: Words = words("Campaign", "캠페인");
const SHOWN_TITLE: Words = words("Title", "제목");
const SHOWN_GOAL: Words = words("Goal", "목표");
const SHOWN_STAGE: Words = words("Stage", "상태");
const SHOWN_TIME: Words = words("Time", "시각");
const SHOWN_AMOUNT: Words = words("Amount", "금액");
const SHOWN_PLEDGE: Words = words("Pledge", "약정");
const SHOWN_COUNTED: Words = words("Counted", "셈 여부");
const SHOWN_REWARD: Words = words("Reward to", "보상 주소");
const NEXT: Words = words("What comes next", "다음에 할 일");

static FORMS: [Form; 13] = [
    backer::PLEDGE,
    backer::PLEDGES,
    backer::REFUND,
    campaign::START,
    book::CAMPAIGNS,
    book::BOOK,
    campaign::ACKNOWLEDGE,
    campaign::SUCCEED,
    campaign::CLAIM,
    campaign::REWARDS,
    release::KEY,
    release::RELEASE,
    public::CHECK,
];

/// The desk of crowdfunding.
#[derive(Clone, Copy, Debug)]
pub struct CrowdfundingDesk;

impl Desk for CrowdfundingDesk {
    fn application(&self) -> &'static str {
        Crowdfunding::NAME
    }

    fn forms(&self) -> &'static [Form] {
        &FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "pledge" => backer::pledge(values, work),
            "pledges" => backer::pledges(work),
            "refund" => backer::refund(values, work),
            "start" => campaign::start(values, work),
            "campaigns" => book::campaigns(work),
            "book" => book::book(values, work),
            "acknowledge" => campaign::acknowledge(values, work),
            "succeed" => campaign::succeed(values, work),
            "claim" => campaign::claim(values, work),
            "rewards" => campaign::rewards(values, work),
            "release-key" => release::key(values, work),
            "release" => release::release(values, work),
            "check" => public::check(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

/// A campaign of the ledger.
fn standing<'a>(id: CampaignId, work: &Work<'a>) -> Result<&'a Standing, Stop> {
    let state = work.state;
    let found = state.application::<Crowdfunding>().and_then(|rules| rules.campaign(&id));
    found.ok_or_else(|| {
        Stop::at("campaign", say!("there is no campaign {id} on this ledger", "이 원장에 없는 캠페인입니다: {id}"))
    })
}

/// The campaign that a form names.
fn campaign_of<'a>(values: &Values, work: &Work<'a>) -> Result<(CampaignId, &'a Standing), Stop> {
    let id = CampaignId(values.bytes32("campaign")?);
    Ok((id, standing(id, work)?))
}

/// The keys of a campaign, if it is this wallet's.
fn keys_of(standing: &Standing, work: &Work<'_>) -> Result<CampaignKeys, Stop> {
    let own = own_keys(work)?.find(|keys| keys.key() == standing.campaign.key);
    own.ok_or_else(|| {
        Stop::at(
            "campaign",
            words(
                "this campaign was opened by another wallet: open the wallet that has it",
                "다른 지갑이 연 캠페인입니다. 그 지갑을 여십시오",
            ),
        )
    })
}

/// The keys of all campaigns that this wallet may have, and of the next one: it has no more than the ledger.
fn own_keys(work: &Work<'_>) -> Result<impl Iterator<Item = CampaignKeys>, Stop> {
    let count = work.rules::<Crowdfunding>()?.campaigns(None).count();
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Ok((0..=count).map(|number| CampaignKeys::of_seed(work.seed, number)))
}

const fn in_words(stage: Stage) -> Words {
    match stage {
        Stage::Open => words("open for pledges", "약정을 받는 중"),
        Stage::Counting => words("deadline passed; success not shown yet", "기한이 지남, 목표 달성을 아직 보이지 않음"),
        Stage::Succeeded => words("goal reached", "목표 달성"),
        Stage::Ended => words("goal reached; claims have ended", "목표 달성, 수령 기한이 지남"),
        Stage::Failed => words("failed: everything goes back", "목표에 이르지 못함, 모두 되찾음"),
    }
}

/// Takes escrows of one asset into the wallet. If there are too many for one transaction, some are taken first.
fn take(work: &mut Work<'_>, escrows: &[Takable], path: SpendPath) -> Result<Outcome, Stop> {
    let (some, rest) = escrows.split_at(escrows.len().min(MAX_SETTLED));
    let at = work.moment();
    let prepared = settle::prepare(work.holder, &at, some, path, &mut OsRng)?;
    let transaction = work.prove(prepared, Vec::new())?;
    if !rest.is_empty() {
        return Err(Stop::First(Box::new(transaction)));
    }
    let mut outcome = Outcome::submit(transaction);
    if let Some(first) = some.first() {
        let asset = standing(first.campaign, work)?.campaign.asset;
        let units: u128 = some.iter().map(|each| u128::from(each.value.0)).sum();
        outcome = outcome
            .show(words("Received in this transaction", "이 거래로 받은 금액"), work.amount_and_name(&asset, units));
    }
    Ok(outcome.show(words("From so many escrows", "에스크로 수"), Value::number(some.len())))
}

/// Where a reward goes.
fn reward(to: Option<Address>) -> Value {
    to.map_or_else(|| words("none", "없음").into(), Value::code)
}

/// A time as it stands in a message.
fn written(time: Timestamp) -> String {
    let seconds = i64::try_from(time.seconds()).ok();
    let known = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    known.map_or_else(|| format!("{} seconds after 1970", time.seconds()), |time| time.to_string())
}
