//! What a campaign's wallet knows.

use tabella_crowdfunding_rules::Crowdfunding;
use tabella_desk::{Form, Outcome, Stop, Value, Values, Work, words};
use tabella_protocol::note::Timestamp;

use super::{
    CAMPAIGN, CAMPAIGNER, SHOWN_AMOUNT, SHOWN_CAMPAIGN, SHOWN_GOAL, SHOWN_PLEDGE, SHOWN_REWARD, SHOWN_STAGE,
    SHOWN_TIME, SHOWN_TITLE, campaign_of, in_words, keys_of, own_keys,
};
use crate::campaign::Book;

pub(super) const CAMPAIGNS: Form = Form {
    id: "campaigns",
    role: CAMPAIGNER,
    title: words("Show my campaigns", "나의 캠페인 보기"),
    about: words(
        "The campaigns that this wallet has opened, and what each has raised, which nobody else knows.",
        "이 지갑이 연 캠페인과 모인 금액입니다. 모인 금액은 본인만 압니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const BOOK: Form = Form {
    id: "book",
    role: CAMPAIGNER,
    title: words("Show the pledges to my campaign", "나의 캠페인에 들어온 약정 보기"),
    about: words(
        "Amounts, messages and addresses for rewards. Only the campaign’s wallet can read them.",
        "금액, 전하는 말, 보상 주소입니다. 캠페인의 지갑만 읽을 수 있습니다.",
    ),
    fields: &[CAMPAIGN],
    proves: false,
};

pub(super) fn campaigns(work: &Work<'_>) -> Result<Outcome, Stop> {
    let own: Vec<_> = own_keys(work)?.map(|keys| keys.key()).collect();
    let mut rows = Vec::new();
    for (id, standing) in work.rules::<Crowdfunding>()?.campaigns(None) {
        let campaign = &standing.campaign;
        if own.contains(&campaign.key) {
            let book = Book::read(work.state, work.holder.wallet(), *id);
            let raised = book.map(|book| work.amount_and_name(&campaign.asset, book.raised().value));
            rows.push(vec![
                Value::Text(campaign.title.clone()),
                in_words(standing.stage(work.now)).into(),
                Value::number(standing.pledges),
                Value::number(standing.counted),
                Value::Text(raised.unwrap_or_else(|error| error.to_string())),
                Value::Text(work.amount_and_name(&campaign.asset, campaign.goal.0)),
                Value::code(id),
            ]);
        }
    }
    let columns = vec![
        SHOWN_TITLE,
        SHOWN_STAGE,
        words("Pledges", "약정"),
        words("Pledges counted", "센 약정"),
        words("Raised", "모인 금액"),
        SHOWN_GOAL,
        SHOWN_CAMPAIGN,
    ];
    Ok(Outcome::new().show(words("My campaigns", "나의 캠페인"), Value::Table { columns, rows }))
}

pub(super) fn book(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    keys_of(standing, work)?;
    let book = Book::read(work.state, work.holder.wallet(), id)?;
    let asset = &standing.campaign.asset;
    let mut rows: Vec<(Timestamp, Vec<Value>)> = Vec::new();
    for pledge in book.opened() {
        let state = if pledge.counted { words("counted", "세었음") } else { words("waits", "대기 중") };
        let reward = super::reward(pledge.memo.reward_to);
        let amount = Value::Text(work.amount_and_name(asset, pledge.amount.0));
        let message = Value::Text(pledge.memo.message.clone());
        rows.push((pledge.at, vec![pledge.at.into(), amount, state.into(), message, reward, Value::code(pledge.id)]));
    }
    let rules = work.rules::<Crowdfunding>()?;
    for (pledge, why) in book.refused() {
        let at = rules.pledges(id).find(|(of, _)| of == pledge).map_or(Timestamp::ZERO, |(_, pledge)| pledge.at);
        let nothing = || Value::Text(String::new());
        let unknown = Value::Text("?".to_owned());
        rows.push((
            at,
            vec![at.into(), unknown, Value::Text(why.to_string()), nothing(), nothing(), Value::code(pledge)],
        ));
    }
    rows.sort_by_key(|(at, _)| *at);
    let columns =
        vec![SHOWN_TIME, SHOWN_AMOUNT, SHOWN_STAGE, words("Message", "전하는 말"), SHOWN_REWARD, SHOWN_PLEDGE];
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Ok(Outcome::new()
        .show(SHOWN_TITLE, standing.campaign.title.as_str())
        .show(
            words("Counted so far; only you know", "지금까지 센 금액(본인만 앎)"),
            work.amount_and_name(asset, book.raised().value),
        )
        .show(SHOWN_GOAL, work.amount_and_name(asset, standing.campaign.goal.0))
        .show(words("Pledges", "약정"), Value::Table { columns, rows }))
}
