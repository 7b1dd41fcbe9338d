//! The campaign: opens, counts, shows success, claims and rewards.

use rand_core::OsRng;
use tabella_crowdfunding_rules::{Campaign, CampaignError, Crowdfunding, MAX_ACKNOWLEDGED, campaign::describe};
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::holder::Step;
use tabella_prover::builder::SpendPath;

use super::{
    CAMPAIGN, CAMPAIGNER, NEXT, SHOWN_CAMPAIGN, SHOWN_GOAL, SHOWN_PLEDGE, SHOWN_TITLE, campaign_of, keys_of,
    terms::{is_visible, milestones},
};
use crate::{
    campaign::{self, Book, CampaignerError},
    keys::CampaignKeys,
    settle,
};

pub(super) const START: Form = Form {
    id: "start",
    role: CAMPAIGNER,
    title: words("Open a campaign", "캠페인 열기"),
    about: words(
        "The terms are public and nobody can change them later. Your 24 words and the ledger give the campaign back.",
        "조건은 공개되며 나중에 누구도 바꿀 수 없습니다. 단어 24개와 원장이 있으면 캠페인을 되찾을 수 있습니다.",
    ),
    fields: &[
        Field::new("title", words("Title", "제목"), Kind::Text)
            .hint(words("At most 128 bytes: some 40 Korean characters.", "최대 128바이트이며, 한글로 40자쯤입니다.")),
        Field::new("description", words("File with a longer text", "자세한 설명 파일"), Kind::File)
            .hint(words(
                "The ledger gets its digest only. Publish the file.",
                "원장에는 다이제스트만 남습니다. 파일을 공개하십시오.",
            ))
            .optional(),
        Field::new("asset", words("Asset that is pledged", "약정할 자산"), Kind::Asset),
        Field::new("goal", words("Goal", "목표"), Kind::Amount)
            .hint(words("What all pledges must reach together.", "모든 약정의 합이 이르러야 하는 금액입니다.")),
        Field::new("deadline", words("Pledges until", "약정 기한"), Kind::Time),
        Field::new(
            "closes-at-goal",
            words("It may end as soon as the goal is reached", "목표에 이르면 일찍 마감"),
            Kind::Flag,
        )
        .optional(),
        Field::new("claim-until", words("Claimed before", "수령 기한"), Kind::Time).hint(words(
            "Before this, the goal is shown to be reached and pledges are claimed.",
            "이 시각 전에 목표 달성을 보이고 약정을 수령합니다.",
        )),
        Field::new("refund-from", words("Taken back from", "되찾기 시작"), Kind::Time)
            .hint(words("Empty: as soon as claims end.", "비워 두면 수령 기한부터입니다."))
            .optional(),
        Field::new("milestones", words("Milestones, one on each line", "단계(한 줄에 하나)"), Kind::Lines)
            .hint(words(
                "Share in percent; if wanted, a first day and a release key: 60,from=2027-03-01,key=KEY. Shares add up \
                 to 100. Empty: all at once.",
                "몫(%), 필요하면 시작일과 해제 키: 60,from=2027-03-01,key=키. 몫의 합은 100입니다. 비워 두면 한 번에 \
                 받습니다.",
            ))
            .optional(),
    ],
    proves: false,
};

pub(super) const ACKNOWLEDGE: Form = Form {
    id: "acknowledge",
    role: CAMPAIGNER,
    title: words("Count the pledges that wait", "기다리는 약정 세기"),
    about: words(
        "Acknowledges all pledges that this wallet can open. Only those that are counted help to reach the goal.",
        "이 지갑으로 열 수 있는 약정을 모두 셉니다. 센 약정만 목표에 더해집니다.",
    ),
    fields: &[CAMPAIGN],
    proves: false,
};

pub(super) const SUCCEED: Form = Form {
    id: "succeed",
    role: CAMPAIGNER,
    title: words("Show that the goal is reached", "목표 달성 증명"),
    about: words(
        "Proves to everybody that the counted pledges reach the goal, and does not tell what was raised.",
        "센 약정의 합이 목표에 이르렀음을 모두에게 증명합니다. 모인 금액은 드러나지 않습니다.",
    ),
    fields: &[CAMPAIGN],
    proves: false,
};

pub(super) const CLAIM: Form = Form {
    id: "claim",
    role: CAMPAIGNER,
    title: words("Claim what is open", "열린 단계의 약정 수령"),
    about: words(
        "Takes what was pledged for milestones that are open into this wallet.",
        "열린 단계에 약정된 금액을 이 지갑으로 옮깁니다.",
    ),
    fields: &[CAMPAIGN],
    proves: true,
};

pub(super) const REWARDS: Form = Form {
    id: "rewards",
    role: CAMPAIGNER,
    title: words("Send rewards", "보상 보내기"),
    about: words(
        "Sends a reward for every counted pledge that asks for one, and none twice. Each is a transaction of its own. \
         Nothing is sent to addresses of this wallet.",
        "보상을 원하는 약정마다 한 번씩만 보냅니다. 보상마다 거래가 하나씩입니다. 이 지갑의 주소로는 보내지 않습니다.",
    ),
    fields: &[
        CAMPAIGN,
        Field::new("asset", words("Asset of the reward", "보상 자산"), Kind::Asset),
        Field::new("amount", words("What each of them gets", "한 사람의 보상"), Kind::Amount),
    ],
    proves: true,
};

/// The first keys of the wallet under which no campaign was opened.
fn unused(work: &Work<'_>) -> Result<CampaignKeys, Stop> {
    let rules = work.rules::<Crowdfunding>()?;
    let taken: Vec<_> = rules.campaigns(None).map(|(_, standing)| standing.campaign.key).collect();
    let free = super::own_keys(work)?.find(|keys| !taken.contains(&keys.key()));
    free.ok_or_else(|| {
        Stop::refuse(words("this wallet has no key left for a campaign", "이 지갑에 캠페인에 쓸 키가 더 없습니다"))
    })
}

/// Why terms are refused, at the field where they stand.
fn at_field(error: CampaignError) -> Stop {
    let field = match error {
        CampaignError::Title => "title",
        CampaignError::Goal => "goal",
        CampaignError::Times => "claim-until",
        CampaignError::Shares(points) => {
            let sum = tabella_payments::amount::format(points.into(), 2);
            return Stop::at(
                "milestones",
                say!(
                    "each share is above 0 and all add up to 100.00 %; here to {sum} %",
                    "몫은 각각 0보다 크고 합이 100.00 %여야 합니다. 지금의 합: {sum} %"
                ),
            );
        }
        CampaignError::MilestoneTime(index) => {
            let number = index.saturating_add(1);
            let text = say!(
                "milestone {number} is not before the one before it, and begins before claims end",
                "단계 {number}은(는) 앞 단계보다 이르지 않아야 하며 수령 기한이 끝나기 전에 시작해야 합니다"
            );
            return Stop::at("milestones", text);
        }
        CampaignError::Milestones => "milestones",
        other => return other.into(),
    };
    Stop::at(field, error)
}

pub(super) fn start(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let title = values.text("title")?;
    if !is_visible(title) {
        return Err(Stop::at(
            "title",
            words(
                "the title of a campaign has no invisible characters",
                "캠페인 제목에는 보이지 않는 글자를 쓸 수 없습니다",
            ),
        ));
    }
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let keys = unused(work)?;
    let claim_until = values.time("claim-until")?;
    let description =
        if values.is_given("description") { describe(&values.file("description")?.bytes) } else { [0; 32] };
    let campaign = Campaign {
        key: keys.key(),
        title: title.to_owned(),
        description,
        asset,
        goal: values.amount("goal", work.state.assets(), &asset)?,
        deadline: values.time("deadline")?,
        closes_at_goal: values.flag("closes-at-goal"),
        claim_until,
        refund_from: if values.is_given("refund-from") { values.time("refund-from")? } else { claim_until },
        claimant: keys.claimant(work.holder.wallet().key()),
        milestones: milestones(values)?,
    };
    campaign.check().map_err(at_field)?;
    if campaign.deadline <= work.now {
        return Err(Stop::at("deadline", words("this is over already", "이미 지난 시각입니다")));
    }
    let (id, goal, deadline) = (campaign.id(work.state.id()), campaign.goal, campaign.deadline);
    Ok(Outcome::submit(campaign::open(&keys, work.state.id(), campaign)?)
        .show(SHOWN_CAMPAIGN, Value::code(id))
        .show(SHOWN_TITLE, title)
        .show(SHOWN_GOAL, work.amount_and_name(&asset, goal.0))
        .show(words("Pledges until", "약정 기한"), deadline)
        .show(NEXT, words("Give backers the campaign’s id.", "후원자에게 캠페인의 식별자를 알리십시오.")))
}

pub(super) fn acknowledge(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    let keys = keys_of(standing, work)?;
    let book = Book::read(work.state, work.holder.wallet(), id)?;
    let transaction = book.acknowledge(&keys, work.state.id()).map_err(|error| Stop::at("campaign", error))?;
    let waiting = || book.opened().iter().filter(|pledge| !pledge.counted);
    if waiting().count() > MAX_ACKNOWLEDGED {
        return Err(Stop::First(Box::new(transaction)));
    }
    let new: u128 = waiting().map(|pledge| u128::from(pledge.amount.0)).sum();
    let campaign = &standing.campaign;
    let raised = work.amount_and_name(&campaign.asset, book.raised().value.saturating_add(new));
    let counted = book.opened().len();
    let outcome = Outcome::submit(transaction)
        .show(SHOWN_TITLE, campaign.title.as_str())
        .show(words("Counted now", "이번에 센 약정"), Value::number(waiting().count()))
        .show(words("Counted in all", "센 약정 전체"), Value::number(counted))
        .show(words("Raised; only you know", "모인 금액(본인만 앎)"), raised)
        .show(SHOWN_GOAL, work.amount_and_name(&campaign.asset, campaign.goal.0));
    if book.refused().is_empty() {
        return Ok(outcome);
    }
    let rows = book.refused().iter().map(|(pledge, why)| vec![Value::code(pledge), Value::Text(why.to_string())]);
    Ok(outcome.show(words("Left out", "세지 않은 약정"), with_reasons(rows.collect())))
}

/// Pledges, and why nothing was done for them.
fn with_reasons(rows: Vec<Vec<Value>>) -> Value {
    Value::Table { columns: vec![SHOWN_PLEDGE, words("Why", "이유")], rows }
}

pub(super) fn succeed(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    let (keys, campaign) = (keys_of(standing, work)?, &standing.campaign);
    let book = Book::read(work.state, work.holder.wallet(), id)?;
    let success = book.succeed(&keys, work.state.id(), &mut OsRng).map_err(|error| match error {
        CampaignerError::NotReached { raised, goal } => Stop::at(
            "campaign",
            say!(
                "{} are counted, and the goal is {}: count the pledges that wait, if there are any",
                "센 금액은 {}이고 목표는 {}입니다. 세지 않은 후원이 있으면 먼저 세십시오",
                work.amount_and_name(&campaign.asset, raised),
                work.amount_and_name(&campaign.asset, goal)
            ),
        ),
        other => Stop::at("campaign", other),
    })?;
    Ok(Outcome::submit(success)
        .show(SHOWN_TITLE, campaign.title.as_str())
        .show(words("Counted pledges", "센 약정"), Value::number(book.standing().counted))
        .show(NEXT, words("Claim what is open.", "열린 단계의 약정을 수령하십시오.")))
}

pub(super) fn claim(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, _) = campaign_of(values, work)?;
    let open = settle::claimable(work.state, work.holder.wallet(), id, work.now);
    if open.is_empty() {
        let text = words(
            "nothing can be claimed now: the campaign’s page tells which milestones are open",
            "지금은 받을 수 있는 것이 없습니다. 열린 단계는 캠페인 페이지에 나옵니다",
        );
        return Err(Stop::at("campaign", text));
    }
    super::take(work, &open, SpendPath::Claim)
}

pub(super) fn rewards(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    keys_of(standing, work)?;
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let amount = values.amount("amount", work.state.assets(), &asset)?;
    let book = Book::read(work.state, work.holder.wallet(), id)?;
    let due = book.rewards_due(work.holder.wallet(), asset, amount)?;
    let to_itself: Vec<_> = book.rewards_to_itself(work.holder.wallet()).collect();
    let why = words("the address is one of this wallet’s own", "이 지갑의 주소임");
    let without = to_itself.iter().map(|pledge| vec![Value::code(pledge), why.into()]).collect();
    let with_left_out = |outcome: Outcome| match to_itself.as_slice() {
        [] => outcome,
        _ => outcome.show(words("Pledges without a reward", "보상하지 않은 약정"), with_reasons(without)),
    };
    let Some((reward, others)) = due.split_first() else {
        let all =
            words("Every counted backer who asks for a reward has one.", "보상을 원하는 모든 후원자에게 보냈습니다.");
        return Ok(with_left_out(Outcome::new().show(words("Rewards", "보상"), all)));
    };
    let at = work.moment();
    let step = work.holder.prepare(&at, &reward.order, &mut OsRng).map_err(|error| work.explain(error, &asset))?;
    let (prepared, is_last) = match step {
        Step::Merge(merge) => (merge, false),
        Step::Pay(pay) => (pay, others.is_empty()),
    };
    let transaction = work.prove(prepared, Vec::new())?;
    if !is_last {
        return Err(Stop::First(Box::new(transaction)));
    }
    let asking = book.opened().iter().filter(|pledge| pledge.counted && pledge.memo.reward_to.is_some());
    let rewarded = asking.count().saturating_sub(to_itself.len());
    let outcome = Outcome::submit(transaction)
        .show(words("Backers who have a reward now", "이제 보상을 받은 후원자"), Value::number(rewarded))
        .show(words("Each of them gets", "한 사람의 보상"), work.amount_and_name(&asset, amount.0));
    Ok(with_left_out(outcome))
}
