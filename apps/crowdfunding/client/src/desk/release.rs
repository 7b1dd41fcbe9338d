//! Whoever says that a milestone is reached.

use tabella_crowdfunding_rules::shown::Stage;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};

use super::{CAMPAIGN, NEXT, RELEASER, SHOWN_CAMPAIGN, SHOWN_TITLE, campaign_of, written};
use crate::keys::ReleaseKey;

const NUMBER: Field =
    Field::new("number", words("Number of the key", "키 번호"), Kind::Number { least: 0, most: 4_294_967_295 })
        .hint(words("Empty: the first key of this wallet.", "비워 두면 이 지갑의 첫 번째 키입니다."))
        .optional();

pub(super) const KEY: Form = Form {
    id: "release-key",
    role: RELEASER,
    title: words("Show my release key", "나의 해제 키 보기"),
    about: words(
        "A campaign names this key in a milestone. It is public; only this wallet can agree with it.",
        "캠페인이 단계에 적는 키입니다. 공개해도 되며, 이 지갑만 이 키로 동의할 수 있습니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) const RELEASE: Form = Form {
    id: "release",
    role: RELEASER,
    title: words("Release a milestone", "단계 해제"),
    about: words(
        "Says that a milestone is reached: the campaign may claim its share then. It cannot be taken back.",
        "단계가 이루어졌다고 확인합니다. 그러면 캠페인이 그 몫을 수령할 수 있으며, 되돌릴 수 없습니다.",
    ),
    fields: &[
        CAMPAIGN,
        Field::new("milestone", words("Which milestone", "몇 번째 단계"), Kind::Number { least: 1, most: 8 })
            .hint(words("Counted from 1.", "1부터 셉니다.")),
        NUMBER,
    ],
    proves: false,
};

fn own(values: &Values, work: &Work<'_>) -> Result<ReleaseKey, Stop> {
    Ok(ReleaseKey::of_seed(work.seed, values.optional("number")?.unwrap_or_default()))
}

pub(super) fn key(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let key = own(values, work)?.key();
    Ok(Outcome::new()
        .show(words("Release key", "해제 키"), Value::code(hex::encode(key)))
        .show(NEXT, words("Give it to whoever opens the campaign.", "캠페인을 여는 사람에게 주십시오.")))
}

pub(super) fn release(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, standing) = campaign_of(values, work)?;
    let number: u8 = values.parse("milestone")?;
    let index = number
        .checked_sub(1)
        .ok_or_else(|| Stop::at("milestone", words("milestones are counted from 1", "단계는 1부터 셉니다")))?;
    let milestone = standing.campaign.milestones.get(usize::from(index));
    let milestone = milestone.ok_or_else(|| {
        Stop::at("milestone", words("the campaign has no such milestone", "캠페인에 없는 단계입니다"))
    })?;
    let named = milestone.release_key.ok_or_else(|| {
        Stop::at("milestone", words("this milestone needs no release key", "해제 키가 필요 없는 단계입니다"))
    })?;
    let key = own(values, work)?;
    if named != key.key() {
        return Err(Stop::at(
            "milestone",
            words(
                "another key releases this milestone: is the number of the key right?",
                "다른 키로 해제하는 단계입니다. 키의 번호가 맞습니까?",
            ),
        ));
    }
    if standing.is_released(index) {
        return Err(Stop::at("milestone", words("this milestone is released already", "이미 해제된 단계입니다")));
    }
    if standing.stage(work.now) != Stage::Succeeded {
        let text = words(
            "milestones are released after the goal is shown to be reached, and before claims end",
            "단계는 목표 달성이 확인된 뒤, 수령 기한이 끝나기 전에 해제합니다",
        );
        return Err(Stop::at("campaign", text));
    }
    if work.now < milestone.not_before {
        let from = written(milestone.not_before);
        return Err(Stop::at(
            "milestone",
            say!("this milestone is not released before {from}", "이 단계는 {from} 전에는 해제할 수 없습니다"),
        ));
    }
    if index.checked_sub(1).is_some_and(|before| !standing.is_open(before, work.now)) {
        return Err(Stop::at(
            "milestone",
            words("the milestone before it is not open yet", "앞 단계가 아직 열리지 않았습니다"),
        ));
    }
    Ok(Outcome::submit(key.release(work.state.id(), id, index))
        .show(SHOWN_TITLE, standing.campaign.title.as_str())
        .show(SHOWN_CAMPAIGN, Value::code(id))
        .show(words("Released milestone", "해제한 단계"), Value::number(number)))
}
