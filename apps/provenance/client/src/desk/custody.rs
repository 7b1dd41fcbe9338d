//! Hand-overs, disclosed and checked, and the history of a thing as events for others.

use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, short, words};
use tabella_payments::{holder::read_wallet_log, viewing::ViewingKey};
use tabella_protocol::{
    keys::{Address, AddressKind},
    note::AssetId,
};
use tabella_provenance_rules::Provenance;
use tabella_prover::wallet::Wallet;

use super::{ANYONE, INSURER, OWNER, THING, code, show_thing, stone, thing};
use crate::{
    custody::{Custodian, Custody, Event, Step, read_entry},
    epcis::{EpcisError, Subject, document},
    sight::{Part, Sighting, Viewer, is_in, own_addresses, sightings},
};

const TO: Words = words("To", "받은 주소");
const TRANSACTION: Words = words("Transaction", "거래");
const FILE: Field = Field::new("custody", words("Disclosed hand-overs", "밝힌 양도 기록"), Kind::File)
    .hint(words("From the owner or former owners.", "소유자나 이전 소유자가 준 파일입니다."))
    .optional();

pub(super) const DISCLOSE: Form = Form {
    id: "custody",
    role: OWNER,
    title: words("Disclose my hand-overs of a thing", "내가 주고받은 기록 밝히기"),
    about: words(
        "For whoever is to know who had the thing. Each party adds its own; whoever has the file sees the addresses.",
        "누가 물건을 가졌는지 알아야 하는 사람에게 줄 파일입니다. 당사자마다 자기 것을 더합니다. 파일을 가진 사람은 주소를 봅니다.",
    ),
    fields: &[
        THING,
        Field::new("add-to", words("Hand-overs that others have disclosed", "다른 사람이 밝힌 기록"), Kind::File)
            .hint(words("Yours are added to them.", "여기에 내 것을 더합니다."))
            .optional(),
    ],
    proves: false,
};

pub(super) const SIGHT: Form = Form {
    id: "sight",
    role: INSURER,
    title: words("See a thing by viewing key", "열람 키로 물건 보기"),
    about: words(
        "Where the thing came in to the wallet of the key, to whom it went, and whether it is there now. A key of what \
         comes in shows the arrivals alone. No viewing key moves anything.",
        "물건이 키의 지갑에 언제 들어왔고 누구에게 나갔는지, 지금 거기에 있는지 봅니다. 수신 열람 키로는 들어온 것만 보입니다. \
         열람 키로는 아무것도 옮길 수 없습니다.",
    ),
    fields: &[
        THING,
        Field::new("viewing-key", words("Viewing key", "열람 키"), Kind::Text).hint(words(
            "From the owner, who shows it by `tabella wallet export-viewing-key` or in the wallet’s page. It is of a whole \
             account, not of one thing.",
            "소유자가 `tabella wallet export-viewing-key`나 지갑 페이지에서 얻어 준 키입니다. 물건 하나가 아니라 계정 전체를 봅니다.",
        )),
    ],
    proves: false,
};

pub(super) const HISTORY: Form = Form {
    id: "history",
    role: ANYONE,
    title: words("Show a thing and its history", "물건과 그 이력 보기"),
    about: words(
        "What everybody sees of it; with disclosed hand-overs, which are checked, also to whom it went.",
        "누구나 볼 수 있는 것을 보여 줍니다. 밝힌 양도 기록이 있으면 확인하여 누구에게 갔는지도 보여 줍니다.",
    ),
    fields: &[THING, FILE],
    proves: false,
};

pub(super) const EPCIS: Form = Form {
    id: "epcis",
    role: ANYONE,
    title: words("Write the history as EPCIS events", "이력을 EPCIS 이벤트로 저장"),
    about: words(
        "A file in the standard EPCIS 2.0 (GS1), for other programs.",
        "다른 프로그램에서 쓸 EPCIS 2.0(GS1) 표준 파일입니다.",
    ),
    fields: &[
        THING,
        Field::new("base", words("Address of the registry", "등록부의 웹 주소"), Kind::Text).hint(words(
            "Under which things are named, as in https://registry.example.",
            "물건 이름의 앞부분이 될 주소입니다. 예: https://registry.example",
        )),
        FILE,
    ],
    proves: false,
};

/// What happened to a thing, from the ledger's first entry on.
fn events(asset: AssetId, work: &Work<'_>) -> Result<Vec<Event>, Stop> {
    stone("thing", asset, work)?;
    let (state, mut history) = (work.rules::<Provenance>()?, Vec::new());
    for (entry, logged) in (0..).zip(work.log) {
        read_entry(state, asset, entry, logged, &mut history);
    }
    Ok(history)
}

/// A file of hand-overs of a thing, checked.
fn checked(
    field: &str,
    values: &Values,
    asset: AssetId,
    history: &[Event],
    work: &Work<'_>,
) -> Result<(Custody, Vec<Custodian>), Stop> {
    let custody: Custody = values.decode(field)?;
    if custody.asset != asset {
        return Err(Stop::at(field, say!("it is of another thing, {}", "다른 물건의 것입니다: {}", custody.asset)));
    }
    let chain = custody.check(work.state.id(), history).map_err(|error| Stop::at(field, error))?;
    Ok((custody, chain))
}

fn step_words(step: &Step) -> Words {
    match step {
        Step::Registered => words("registered", "등록됨"),
        Step::Claimed(_) => words("note made", "노트가 만들어짐"),
        Step::Moved { is_exchange: false, .. } => words("handed over", "넘겨짐"),
        Step::Moved { is_exchange: true, .. } => words("handed over in exchange", "대금과 맞바꾸어 넘겨짐"),
        Step::Reported(_) => words("reported as stolen", "도난 신고됨"),
        Step::Lifted(_) => words("report lifted", "신고가 풀림"),
    }
}

fn show(outcome: Outcome, history: &[Event], chain: &[Custodian]) -> Outcome {
    let to = |index: usize| chain.iter().find(|custodian| custodian.event == index).and_then(|custodian| custodian.to);
    let written = |address: Address| address.encode(AddressKind::Payment);
    let rows = history.iter().enumerate().map(|(index, event)| {
        let to = to(index).map(written).unwrap_or_default();
        vec![event.time.into(), step_words(&event.step).into(), code(to), code(event.transaction)]
    });
    let columns = vec![words("Time", "시각"), words("What happened", "일어난 일"), TO, TRANSACTION];
    let disclosed = chain.iter().filter(|custodian| custodian.to.is_some()).count();
    outcome
        .show(words("History", "이력"), Value::Table { columns, rows: rows.collect() })
        .show(words("Hand-overs disclosed", "밝혀진 양도"), Value::number(disclosed))
        .show(words("Hand-overs not disclosed", "밝혀지지 않은 양도"), Value::number(chain.len() - disclosed))
}

pub(super) fn disclose(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let asset = thing(values)?;
    let history = events(asset, work)?;
    let mut custody = if values.is_given("add-to") {
        checked("add-to", values, asset, &history, work)?.0
    } else {
        Custody::new(work.state.id(), asset)
    };
    let wallet = work.holder.wallet();
    if custody.add_own(wallet.key(), &own_addresses(wallet, asset), &history) == 0 {
        let message = words(
            "this wallet took part in no hand-over of the thing that is not disclosed already",
            "이 지갑이 참여한 인도 가운데 아직 밝히지 않은 것이 없습니다",
        );
        return Err(Stop::at("thing", message));
    }
    let chain = custody.check(work.state.id(), &history)?;
    let name = short(asset);
    Ok(show(Outcome::new(), &history, &chain).give_file(format!("{name}.custody"), &custody))
}

pub(super) fn sight(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let asset = thing(values)?;
    let key: ViewingKey = values.parse("viewing-key")?;
    let history = events(asset, work)?;
    let (seen, is_here) = match &key {
        ViewingKey::Full(full) => {
            let mut wallet = Wallet::new(full.clone());
            read_wallet_log(&mut wallet, work.state, work.log)?;
            (sightings(Viewer::Full(&wallet), asset, &history), Some(is_in(&wallet, asset)))
        }
        ViewingKey::Incoming(key) => (sightings(Viewer::Incoming(key), asset, &history), None),
    };
    if seen.is_empty() && is_here != Some(true) {
        let message = words(
            "the wallet of this key had no part in any hand-over of the thing that the key could show",
            "이 키의 지갑이 참여하여 보일 수 있는 인도가 없습니다",
        );
        return Err(Stop::at("viewing-key", message));
    }
    let rows = seen.iter().filter_map(|Sighting { event, part, to }| {
        let event = history.get(*event)?;
        let part = match part {
            Part::Made => words("note made here", "이 지갑에서 노트가 만들어짐"),
            Part::CameIn => words("came in", "들어옴"),
            Part::WentOut => words("handed on", "나감"),
        };
        Some(vec![event.time.into(), part.into(), code(to.encode(AddressKind::Payment)), code(event.transaction)])
    });
    let columns = vec![words("Time", "시각"), words("Part of this wallet", "이 지갑에서 일어난 일"), TO, TRANSACTION];
    let table = Value::Table { columns, rows: rows.collect() };
    let outcome = show_thing(Outcome::new(), asset, work)?.show(words("Seen by the key", "키로 보이는 것"), table);
    let label = words("In this wallet now", "지금 이 지갑에 있음");
    Ok(match is_here {
        Some(is_here) => outcome.show(label, is_here),
        None => outcome.show(label, words("A key of what comes in does not tell.", "수신 열람 키로는 알 수 없습니다.")),
    })
}

pub(super) fn history(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let asset = thing(values)?;
    let history = events(asset, work)?;
    let chain = if values.is_given("custody") {
        checked("custody", values, asset, &history, work)?.1
    } else {
        Custody::new(work.state.id(), asset).check(work.state.id(), &history)?
    };
    Ok(show(show_thing(Outcome::new(), asset, work)?, &history, &chain))
}

pub(super) fn epcis(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let asset = thing(values)?;
    let history = events(asset, work)?;
    let chain = match values.is_given("custody") {
        true => checked("custody", values, asset, &history, work)?.1,
        false => Vec::new(),
    };
    let subject = Subject::of(work.rules()?, asset)
        .ok_or_else(|| Stop::at("thing", words("it is not registered", "등록되지 않은 물건입니다")))?;
    let made = document(&subject, &history, &chain, values.text("base")?, work.now).map_err(|error| match error {
        EpcisError::Base(_) => Stop::at("base", error),
        other => other.into(),
    })?;
    let rows = made.events().iter().map(|event| vec![code(event.id())]).collect();
    let table = Value::Table { columns: vec![words("Hash", "해시")], rows };
    let name = short(asset);
    Ok(Outcome::new()
        .show(words("Events", "이벤트"), table)
        .give(format!("{name}.jsonld"), made.to_json().into_bytes()))
}
