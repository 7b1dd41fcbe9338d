//! Keys, what is one's own, and what owners do with their certificates.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, short, words};
use tabella_protocol::{keys::AddressKind, note::AssetId, note::NoteValue};
use tabella_provenance_rules::{Provenance, action::Role, schema};

use super::{
    ANYONE, ATTRIBUTE, CERTIFICATE as FILE, KIND, KIND_LABEL, NUMBER, OWNER, REGISTRY_LABEL, STOLEN, THING_LABEL,
    VALUE, asset_id, code, keys_of, kind, kind_words, lines, show_thing, stone,
};
use crate::{
    build::{BuildError, ClaimRequest},
    certificate::Certificate as Paper,
    files::Certificates,
    keys::ProvenanceKeys,
};

/// Of how many of the wallet's sets of keys one's own is shown.
const OWN_KEYS: u32 = 8;
/// Most things that wait to be claimed which are shown.
const MAX_ROWS: usize = 200;

pub(super) const KEYS: Form = Form {
    id: "keys",
    role: ANYONE,
    title: words("Show my keys", "내 키 보기"),
    about: words(
        "This wallet’s keys as registrar, issuer and holder. They may be shown to anybody.",
        "등록 기관, 발급자, 보유자로서의 키입니다. 누구에게나 보여 주어도 됩니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) const SCHEMA: Form = Form {
    id: "schema",
    role: ANYONE,
    title: words("Show the attributes of a kind", "종류의 속성 보기"),
    about: words("What a certificate can say of a thing of this kind.", "이 종류의 감정서에 적을 수 있는 속성입니다."),
    fields: &[KIND],
    proves: false,
};

pub(super) const MINE: Form = Form {
    id: "mine",
    role: OWNER,
    title: words("Show what is mine", "내 것 보기"),
    about: words(
        "The things in this wallet, those whose notes you can have made, and the registries that you have founded, \
         under keys of numbers 0 to 7.",
        "이 지갑에 있는 물건, 노트를 신청할 수 있는 물건, 내가 연 등록부를 0번부터 7번까지의 키로 보여 줍니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const CERTIFICATE: Form = Form {
    id: "certificate",
    role: OWNER,
    title: words("Take a certificate out of a batch", "묶음에서 감정서 꺼내기"),
    about: words(
        "One certificate of those that an issuer has written into one file.",
        "발급자가 한 파일에 담은 감정서들 가운데 하나를 꺼냅니다.",
    ),
    fields: &[
        Field::new("batch", words("Certificates of a batch", "묶음의 감정서"), Kind::File),
        Field::new("certificate", words("Number of the certificate", "감정서 번호"), Kind::Text)
            .hint(words("As the issuer has written it.", "발급자가 적은 대로 적으십시오."))
            .optional(),
        Field::new("at", words("Or its place", "또는 순서"), Kind::Number { least: 1, most: 4096 })
            .hint(words("1 is the first.", "첫째가 1입니다."))
            .optional(),
    ],
    proves: false,
};

pub(super) const READ: Form = Form {
    id: "read",
    role: OWNER,
    title: words("Read a certificate", "감정서 읽기"),
    about: words(
        "Checks it against the ledger, and shows all that it says.",
        "원장과 맞는지 확인하고 적힌 내용을 모두 보여 줍니다.",
    ),
    fields: &[FILE],
    proves: false,
};

pub(super) const CLAIM: Form = Form {
    id: "claim",
    role: OWNER,
    title: words("Ask for the notes of things", "물건의 노트 신청"),
    about: words(
        "Give the claim to the issuer, who grants it; then the things are in this wallet.",
        "신청서를 발급자에게 주십시오. 승인되면 물건이 이 지갑에 들어옵니다.",
    ),
    fields: &[
        Field::new("things", words("Things", "물건"), Kind::Lines).hint(words(
            "The ids of their assets, a line for each, at most 32.",
            "자산 식별자를 한 줄에 하나씩, 32개까지 적으십시오.",
        )),
        NUMBER,
    ],
    proves: false,
};

pub(super) fn keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys_of(values, work)?;
    let key = |role| code(hex::encode(keys.public(role)));
    Ok(Outcome::new()
        .show(words("As registrar", "등록 기관으로서"), key(Role::Registrar))
        .show(words("As issuer", "발급자로서"), key(Role::Issuer))
        .show(words("As holder", "보유자로서"), key(Role::Holder))
        .show(
            words("Address to be paid at", "대금을 받을 주소"),
            code(work.holder.wallet().address(0).encode(AddressKind::Payment)),
        ))
}

pub(super) fn schema(values: &Values) -> Result<Outcome, Stop> {
    let schema = kind(values)?;
    let identity = schema.identity();
    let rows = schema.attributes().iter().map(|attribute| {
        let name = attribute.name;
        let holds = match attribute.kind {
            schema::Kind::Text => words("text", "글").into(),
            schema::Kind::Number { decimals: 0, unit } => Value::Text(format!("1 {unit}")),
            schema::Kind::Number { decimals, unit } => {
                Value::Text(format!("0.{:0>width$} {unit}", 1, width = usize::from(decimals)))
            }
        };
        let identifies =
            identity.inscription == name || identity.certificate.contains(&name) || identity.measures.contains(&name);
        vec![code(name), holds, identifies.into()]
    });
    let columns = vec![ATTRIBUTE, words("Text, or steps of", "글 또는 단위"), words("Identifies", "물건을 식별함")];
    Ok(Outcome::new().show(kind_words(schema), Value::Table { columns, rows: rows.collect() }))
}

pub(super) fn mine(work: &Work<'_>) -> Result<Outcome, Stop> {
    let rules = work.rules::<Provenance>()?;
    let own: Vec<_> = (0..OWN_KEYS).map(|number| (number, ProvenanceKeys::of_seed(work.seed, number))).collect();
    let number =
        |role, key: &[u8; 32]| own.iter().find(|(_, keys)| keys.public(role) == *key).map(|(number, _)| *number);
    let mut things = Vec::new();
    for note in work.holder.wallet().unspent().filter(|note| note.note().value == NoteValue(1)) {
        let asset = note.note().asset;
        if let Some((stone, batch)) = rules.stone_and_batch(&asset) {
            things.push(vec![code(asset), kind_words(batch.schema).into(), stone.theft.is_some().into()]);
        }
    }
    let holders: Vec<_> = own.iter().map(|(number, keys)| (*number, keys.public(Role::Holder))).collect();
    let waiting = rules.stones().filter(|(_, stone)| !stone.is_claimed).filter_map(|(asset, stone)| {
        let batch = rules.batch(&stone.batch)?;
        let (number, _) = holders.iter().find(|(_, key)| *key == batch.holder)?;
        Some(vec![code(hex::encode(asset)), kind_words(batch.schema).into(), Value::number(number)])
    });
    let waiting = waiting.take(MAX_ROWS).collect();
    let registries = rules.registries().filter_map(|(id, known)| {
        let number = number(Role::Registrar, &known.registry.registrar)?;
        Some(vec![known.registry.name.as_str().into(), code(id), Value::number(number)])
    });
    let registries = registries.collect();
    let number = words("My keys’ number", "내 키 번호");
    Ok(Outcome::new()
        .show(
            words("Things in this wallet", "이 지갑의 물건"),
            Value::Table { columns: vec![THING_LABEL, KIND_LABEL, STOLEN], rows: things },
        )
        .show(
            words("Things whose notes I can ask for", "노트를 신청할 수 있는 물건"),
            Value::Table { columns: vec![THING_LABEL, KIND_LABEL, number], rows: waiting },
        )
        .show(
            words("My registries", "내 등록부"),
            Value::Table { columns: vec![words("Name", "이름"), REGISTRY_LABEL, number], rows: registries },
        ))
}

fn show(outcome: Outcome, field: &str, paper: &Paper, work: &Work<'_>) -> Result<(Outcome, AssetId), Stop> {
    let asset = paper.check(work.rules()?, work.state.id()).map_err(|error| Stop::at(field, error))?;
    let said = paper.attributes().map(|(attribute, value)| (attribute.name, value.show(attribute)));
    let rows = said.filter(|(_, value)| !value.is_empty()).map(|(name, value)| vec![code(name), value.into()]);
    let table = Value::Table { columns: vec![ATTRIBUTE, VALUE], rows: rows.collect() };
    let outcome = show_thing(outcome, asset, work)?;
    Ok((outcome.show(words("What the certificate says", "감정서에 적힌 것"), table), asset))
}

pub(super) fn certificate(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Certificates { certificates } = values.decode("batch")?;
    let (number, at) = (values.optional_text("certificate"), values.optional::<usize>("at")?);
    let wanted = |index: usize, paper: &Paper| match number {
        Some(number) => {
            let [_, name] = paper.schema().identity().certificate;
            let own = paper.attributes().find(|(attribute, _)| attribute.name == name);
            own.is_some_and(|(attribute, value)| value.show(attribute) == number)
        }
        None => at == Some(index + 1),
    };
    if number.is_some() == at.is_some() {
        return Err(Stop::at(
            "certificate",
            words(
                "say the number of the certificate, or its place: one of them",
                "인증서의 번호나 순서 가운데 하나만 적으십시오",
            ),
        ));
    }
    let field = if number.is_some() { "certificate" } else { "at" };
    let found = certificates.iter().enumerate().find(|(index, paper)| wanted(*index, paper));
    let missing = || {
        Stop::at(
            field,
            say!(
                "the file holds {} certificates, and not this one",
                "파일에 인증서가 {}개 있으나 이것은 없습니다",
                certificates.len()
            ),
        )
    };
    let (_, paper) = found.ok_or_else(missing)?;
    let (outcome, asset) = show(Outcome::new(), "batch", paper, work)?;
    let name = short(asset);
    Ok(outcome.give_file(format!("{name}.certificate"), paper))
}

pub(super) fn read(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let paper: Paper = values.decode("certificate")?;
    Ok(show(Outcome::new(), "certificate", &paper, work)?.0)
}

pub(super) fn claim(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys_of(values, work)?;
    let address = work.holder.wallet().address(0);
    let mut claims = Vec::new();
    for line in lines(values, "things") {
        let asset = asset_id("things", line)?;
        let (stone, batch) = stone("things", asset, work)?;
        if stone.is_claimed {
            return Err(Stop::at(
                "things",
                say!("the note of {asset} is made already", "{asset}의 노트는 이미 만들어졌습니다"),
            ));
        }
        if batch.holder != keys.public(Role::Holder) {
            let message = say!(
                "{asset} is registered for another holder's key: choose the number that it was given under",
                "{asset}은(는) 다른 소유자 키로 등록되었습니다. 받을 때의 번호를 고르십시오"
            );
            return Err(Stop::at("number", message));
        }
        claims.push((asset, address));
    }
    let known = (work.rules::<Provenance>()?, work.state.assets());
    let request =
        ClaimRequest::new(&keys, work.state.id(), known, &claims, &mut OsRng).map_err(|error| match error {
            BuildError::Size | BuildError::UnknownAsset(_) => Stop::at("things", error),
            other => other.into(),
        })?;
    Ok(Outcome::new()
        .show(words("Things", "물건 수"), Value::number(claims.len()))
        .show(words("Address", "주소"), code(address.encode(AddressKind::Payment)))
        .give_file("things.claim", &request))
}
