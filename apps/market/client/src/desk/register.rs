//! Registering a work: keys, draft, review, signatures.

use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use tabella_desk::{Field, Form, Kind, Message, Outcome, Stop, Value, Values, Work, say, words};
use tabella_market_rules::{
    metadata::{Metadata, PartyName},
    work::{Holder, Party, ViewerKey, WHOLE, Work as Terms, WorkError},
};
use tabella_payments::{amount, issuer::IssuerKey};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::AssetId,
    ristretto::Element,
};

use super::{ANYBODY, HOLDER, KEY_FILE, NAMES, NEXT, NUMBER, PASSPHRASE, SELLER, SHOWN_TITLE, SHOWN_WORK};
use crate::work::{Registration, RegistrationError};

const REGISTRATION: Field = Field::new("registration", words("File of the registration", "등록서 파일"), Kind::File);
const NAMES_OF_WORK: Field =
    NAMES.hint(words("It is compared with the work.", "이 저작물의 것인지 확인합니다.")).optional();
/// Between the cells of a holder's line.
const BAR: char = '|';

pub(super) const KEYS: Form = Form {
    id: "keys",
    role: HOLDER,
    title: words("Show my keys for a registration", "등록에 쓸 나의 키 보기"),
    about: words(
        "Gives the line that the seller needs of every holder. It is public; this wallet alone signs and reads with \
         the keys.",
        "판매자가 권리자마다 필요로 하는 한 줄을 만듭니다. 공개해도 되며, 이 지갑만 이 키로 서명하고 읽을 수 있습니다.",
    ),
    fields: &[
        Field::new("name", words("Your name", "이름"), Kind::Text)
            .hint(words("As it is to stand in reports.", "보고서에 적힐 이름입니다.")),
        Field::new("role", words("Your role", "역할"), Kind::Text)
            .hint(words("As in MainArtist, Composer, Producer.", "예: MainArtist, Composer, Producer")),
        Field::new("party", words("Your identifier", "식별 번호"), Kind::Text)
            .hint(words("DPID, IPI or ISNI, if you have one.", "DPID, IPI 또는 ISNI가 있으면 적으십시오."))
            .optional(),
        NUMBER,
    ],
    proves: false,
};

pub(super) const DRAFT: Form = Form {
    id: "draft-registration",
    role: SELLER,
    title: words("Draft the registration of a work", "저작물 등록서 만들기"),
    about: words(
        "Makes the file that every holder signs, with your signature. It goes on the ledger once all have signed.",
        "모든 권리자가 서명할 파일을 만들고 판매자로서 먼저 서명합니다. 모두 서명해야 원장에 올릴 수 있습니다.",
    ),
    fields: &[
        Field::new("title", words("Title", "제목"), Kind::Text),
        Field::new("artist", words("Artist", "아티스트"), Kind::Text),
        Field::new("isrc", words("ISRC", "ISRC"), Kind::Text)
            .hint(words("Code of the recording, if it has one.", "녹음물의 코드가 있으면 적으십시오."))
            .optional(),
        Field::new("release", words("Identifier of the release", "음반 식별 번호"), Kind::Text)
            .hint(words("GRid, ICPN or your own, if there is one.", "GRid, ICPN 또는 자체 번호가 있으면 적으십시오."))
            .optional(),
        Field::new("payment", words("Paid in", "지급 자산"), Kind::Asset),
        Field::new("licence", words("Name of the licences", "이용권의 이름"), Kind::Text)
            .hint(words("You must not have issued anything of this name.", "같은 이름으로 발행한 것이 없어야 합니다.")),
        Field::new(
            "edition",
            words("Licences at most", "이용권 최대 수"),
            Kind::Number { least: 1, most: 4_294_967_295 },
        ),
        Field::new("royalty", words("Royalty of resales, in percent", "재판매 로열티(%)"), Kind::Text)
            .hint(words("0 to 100, as in 10 or 7.5.", "0부터 100까지, 예: 10 또는 7.5")),
        Field::new("minimum", words("Least price of a licence", "이용권 최저가"), Kind::Amount).optional(),
        Field::new("resale-minimum", words("Least price when sold again", "재판매 최저가"), Kind::Amount).optional(),
        Field::new("holders", words("Holders, one on each line", "권리자(한 줄에 한 명)"), Kind::Lines).hint(words(
            "Share in percent, a bar |, then the line that the holder gave you. All shares add up to 100.",
            "지분(%)과 세로줄(|)을 적고 권리자가 준 줄을 붙이십시오. 지분의 합은 100입니다.",
        )),
        KEY_FILE,
        PASSPHRASE,
    ],
    proves: false,
};

pub(super) const REVIEW: Form = Form {
    id: "review-registration",
    role: ANYBODY,
    title: words("Look at a registration", "등록서 살펴보기"),
    about: words(
        "Shows what a registration says and who has signed it. Nothing is signed here.",
        "등록서의 내용과 누가 서명했는지 보여 줍니다. 여기서는 아무것도 서명하지 않습니다.",
    ),
    fields: &[REGISTRATION, NAMES_OF_WORK],
    proves: false,
};

pub(super) const SIGN: Form = Form {
    id: "sign-registration",
    role: HOLDER,
    title: words("Sign a registration", "등록서에 서명"),
    about: words(
        "Agrees to the work, its shares and terms. Look at the registration first; then pass the signed file on.",
        "저작물의 모든 지분과 조건에 동의합니다. 먼저 등록서를 살펴보고, 서명한 파일을 다음 권리자에게 주십시오.",
    ),
    fields: &[
        REGISTRATION,
        NAMES_OF_WORK,
        Field::new("share", words("Your share, in percent", "나의 지분(%)"), Kind::Text).hint(words(
            "What you agree to, as in 60 or 66.67. Nothing is signed if the file says something else.",
            "동의하는 지분, 예: 60 또는 66.67. 파일과 다르면 서명하지 않습니다.",
        )),
        NUMBER,
    ],
    proves: false,
};

pub(super) const SUBMIT: Form = Form {
    id: "submit-registration",
    role: ANYBODY,
    title: words("Put a registration on the ledger", "등록서를 원장에 올리기"),
    about: words(
        "Once every holder has signed. From then on licences are sold on these terms.",
        "모든 권리자가 서명한 뒤에 올립니다. 그때부터 이 조건으로 이용권을 팝니다.",
    ),
    fields: &[REGISTRATION],
    proves: false,
};

pub(super) fn keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let party = super::keys(values, work)?.party();
    let (owner, viewer) = (hex::encode(party.owner), hex::encode(party.viewer.element().as_bytes()));
    let mut line = String::new();
    for field in ["name", "role"] {
        let text = values.text(field)?;
        if text.contains(BAR) || text.contains(char::is_control) {
            return Err(Stop::at(
                field,
                words("this is one line of text without a bar |", "세로줄(|)이 없는 한 줄이어야 합니다"),
            ));
        }
        line.push_str(text);
        line.push_str(" | ");
    }
    line.push_str(&format!("{owner} | {viewer}"));
    if let Some(id) = values.optional_text("party") {
        if id.contains(BAR) || id.contains(char::is_control) {
            return Err(Stop::at(
                "party",
                words("this is one line of text without a bar |", "세로줄(|)이 없는 한 줄이어야 합니다"),
            ));
        }
        line.push_str(&format!(" | {id}"));
    }
    Ok(Outcome::new()
        .show(words("Line for the seller", "판매자에게 줄 줄"), Value::code(line))
        .show(words("Key that signs", "서명하는 키"), Value::code(owner))
        .show(words("Key that reads", "읽는 키"), Value::code(viewer)))
}

/// Basis points that are written in percent.
fn percent(text: &str) -> Result<u16, Message> {
    let points = amount::parse(text.trim_end_matches('%').trim_end(), 2)?;
    let points = u16::try_from(points).ok().filter(|points| *points <= WHOLE);
    points.ok_or_else(|| words("this is at most 100 percent", "100퍼센트까지입니다").into())
}

fn in_percent(points: impl Into<u128>) -> String {
    format!("{} %", amount::format(points.into(), 2))
}

/// A holder as the seller writes it: the share, and the holder's line.
fn holder(line: &str) -> Result<(Holder, PartyName), Message> {
    let cells: Vec<&str> = line.split(BAR).map(str::trim).collect();
    let (share, name, role, owner, viewer, id) = match *cells.as_slice() {
        [share, name, role, owner, viewer] => (share, name, role, owner, viewer, ""),
        [share, name, role, owner, viewer, id] => (share, name, role, owner, viewer, id),
        _ => {
            return Err(words(
                "write the share, a bar |, and the line that the holder gave you",
                "지분, 세로줄(|), 지분권자가 준 줄을 차례로 적으십시오",
            )
            .into());
        }
    };
    let key = |text: &str| {
        let mut bytes = [0; 32];
        let wrong = words(
            "its keys have 64 characters each, 0 to 9 and a to f: is the whole line there?",
            "키는 각각 0–9와 a–f로 된 64자입니다. 줄이 빠짐없이 있습니까?",
        );
        hex::decode_to_slice(text, &mut bytes).map(|()| bytes).map_err(|_| Message::from(wrong))
    };
    let owner = key(owner)?;
    let viewer = Element::decode(key(viewer)?).and_then(ViewerKey::new);
    let viewer = viewer.ok_or(words(
        "the second key reads nothing: is the line as the holder gave it?",
        "두 번째 키로는 아무것도 읽을 수 없습니다. 지분권자가 준 줄 그대로입니까?",
    ))?;
    let party = Party { owner, viewer };
    let name = PartyName { name: name.to_owned(), role: role.to_owned(), id: id.to_owned() };
    Ok((Holder { party, share: percent(share)? }, name))
}

fn holders(values: &Values) -> Result<(Vec<Holder>, Vec<PartyName>), Stop> {
    let lines = values.text("holders")?.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = (1..).zip(lines).map(|(number, line)| {
        let place = (format!("holder {number}"), format!("지분권자 {number}"));
        holder(line).map_err(|message| Stop::at("holders", message.at(place)))
    });
    Ok(read.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// The work that the seller has written, and what is said of it beside the ledger.
fn drafted(values: &Values, work: &Work<'_>, payment: AssetId, key: &SigningKey) -> Result<(Terms, Metadata), Stop> {
    let assets = work.state.assets();
    let units = |field: &str| {
        if values.is_given(field) { Ok(values.amount(field, assets, &payment)?.0) } else { Ok::<_, Stop>(0) }
    };
    let (holders, parties) = holders(values)?;
    let text = |field: &str| values.optional_text(field).unwrap_or_default().to_owned();
    let metadata = Metadata {
        title: text("title"),
        artist: text("artist"),
        isrc: text("isrc"),
        release: text("release"),
        parties,
        salt: hex::encode(random()),
    };
    let licence = AssetDescription {
        issuer: key.verifying_key().to_bytes(),
        name: text("licence"),
        decimals: 0,
        cap: values.parse("edition")?,
        class: AssetClass::Named,
        uid: None,
        body: [0; 32],
    };
    let terms = Terms {
        title: text("title"),
        metadata: metadata.digest(),
        holders,
        licence,
        payment,
        royalty: percent(values.text("royalty")?).map_err(|error| Stop::at("royalty", error))?,
        minimum: units("minimum")?,
        resale_minimum: units("resale-minimum")?,
        nonce: random(),
    };
    Ok((terms, metadata))
}

/// Why a draft is refused, at the field where it stands.
fn at_field(error: WorkError) -> Stop {
    let field = match &error {
        WorkError::Shares(sum) => {
            let sum = in_percent(*sum);
            let text = say!(
                "each share is above 0 and all add up to 100.00 %; these add up to {sum}",
                "지분은 각각 0보다 크고 합이 100.00 %여야 합니다. 지금의 합: {sum}"
            );
            return Stop::at("holders", text);
        }
        WorkError::Repeated(index) => {
            let number = index.saturating_add(1);
            return Stop::at(
                "holders",
                say!(
                    "holder {number} is there before with the same key: add up the shares",
                    "지분권자 {number}의 키가 앞에 이미 있습니다. 지분을 합치십시오"
                ),
            );
        }
        WorkError::Holders => "holders",
        WorkError::Title => "title",
        WorkError::Royalty => "royalty",
        WorkError::Payment => "payment",
        _ => "licence",
    };
    Stop::at(field, error)
}

pub(super) fn draft(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (payment, _) = values.asset("payment", work.state.assets())?;
    let key = values.key_file::<IssuerKey>("key", "passphrase")?;
    let (terms, metadata) = drafted(values, work, payment, key.key())?;
    terms.check().map_err(at_field)?;
    let mut registration = Registration::new(work.state.id(), terms)?;
    registration.sign_as_seller(key.key())?;
    let outcome = Outcome::new()
        .show(SHOWN_WORK, Value::code(registration.id()))
        .show(SHOWN_TITLE, metadata.title.as_str())
        .show(
            NEXT,
            words(
                "Give both files to the holders. They sign the registration in turn; then anybody submits it.",
                "두 파일을 권리자에게 주십시오. 차례로 등록서에 서명한 뒤 누구나 원장에 올릴 수 있습니다.",
            ),
        );
    Ok(outcome
        .give_file("registration.tabella", &registration)
        .give("names.json", serde_json::to_vec_pretty(&metadata)?))
}

/// The names and roles of a work, if they are those that its digest is of.
pub(super) fn names(values: &Values, terms: &Terms) -> Result<Metadata, Stop> {
    let file = values.file("names")?;
    let metadata: Metadata = serde_json::from_slice(&file.bytes).map_err(|_| {
        Stop::at(
            "names",
            say!("{} holds no names and roles of a work", "{}: 저작물의 이름과 역할이 든 파일이 아닙니다", file.name),
        )
    })?;
    if metadata.digest() == terms.metadata {
        Ok(metadata)
    } else {
        Err(Stop::at(
            "names",
            say!("{} is not what the work was registered with", "{}: 저작물을 등록할 때의 파일이 아닙니다", file.name),
        ))
    }
}

/// A registration for this ledger, and the names if they were given.
fn read(values: &Values, work: &Work<'_>) -> Result<(Registration, Option<Metadata>), Stop> {
    let registration: Registration = values.decode("registration")?;
    let names = values.is_given("names").then(|| names(values, &registration.work)).transpose()?;
    if registration.ledger != work.state.id() {
        return Err(Stop::at("registration", words("this file is for another ledger", "다른 원장의 파일입니다")));
    }
    Ok((registration, names))
}

fn wrong_file(error: RegistrationError) -> Stop {
    Stop::at("registration", error)
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (registration, names) = read(values, work)?;
    let terms = &registration.work;
    terms.check().map_err(|error| wrong_file(error.into()))?;
    let amount = |units: u64| work.amount_and_name(&terms.payment, units);
    let name = |index: usize| names.as_ref().and_then(|names| names.parties.get(index));
    let is_signed = |index: usize| registration.signatures.get(index).copied().flatten().is_some();
    let rows = terms.holders.iter().enumerate().map(|(index, holder)| {
        let name = name(index).map_or_else(String::new, |party| format!("{} ({})", party.name, party.role));
        vec![
            Value::Text(in_percent(holder.share)),
            Value::Text(name),
            Value::code(hex::encode(holder.party.owner)),
            Value::Flag(is_signed(index)),
        ]
    });
    let columns = vec![
        words("Share", "지분"),
        words("Name", "이름"),
        words("Key that signs", "서명하는 키"),
        words("Signed", "서명함"),
    ];
    Ok(Outcome::new()
        .show(SHOWN_WORK, Value::code(registration.id()))
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(words("Name of the licences", "이용권의 이름"), terms.licence.name.as_str())
        .show(words("Licences at most", "이용권 최대 수"), Value::number(terms.licence.cap))
        .show(words("Paid in", "지급 자산"), Value::code(terms.payment))
        .show(words("Least price of a licence", "이용권 최저가"), amount(terms.minimum))
        .show(words("Least price when sold again", "재판매 최저가"), amount(terms.resale_minimum))
        .show(words("Royalty of resales", "재판매 로열티"), in_percent(terms.royalty))
        .show(words("Seller", "판매자"), Value::code(hex::encode(terms.seller())))
        .show(words("Signed by the seller", "판매자가 서명함"), is_signed(terms.holders.len()))
        .show(words("Holders", "권리자"), Value::Table { columns, rows: rows.collect() }))
}

pub(super) fn sign(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (mut registration, _) = read(values, work)?;
    let agreed = percent(values.text("share")?).map_err(|error| Stop::at("share", error))?;
    let share = registration.sign(&super::keys(values, work)?).map_err(wrong_file)?;
    if share != agreed {
        let (share, agreed) = (in_percent(share), in_percent(agreed));
        let text = say!(
            "the registration gives you {share}, and you agree to {agreed}: nothing is signed",
            "등록이 주는 지분은 {share}인데 합의한 것은 {agreed}입니다. 서명하지 않았습니다"
        );
        return Err(Stop::at("share", text));
    }
    let outcome = Outcome::new()
        .show(SHOWN_WORK, Value::code(registration.id()))
        .show(SHOWN_TITLE, registration.work.title.as_str())
        .show(words("Your share", "나의 지분"), in_percent(share));
    let all = words(
        "All have signed. Anybody may put the file on the ledger.",
        "모두 서명했습니다. 누구나 이 파일을 원장에 올릴 수 있습니다.",
    );
    let more = words(
        "Others must sign. Give them this file, and not the one that you had.",
        "아직 서명할 사람이 있습니다. 받았던 파일이 아니라 이 파일을 주십시오.",
    );
    let next = if registration.finish().is_ok() { all } else { more };
    Ok(outcome.show(NEXT, next).give_file("registration.tabella", &registration))
}

pub(super) fn submit(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (registration, _) = read(values, work)?;
    let transaction = registration.finish().map_err(wrong_file)?;
    Ok(Outcome::submit(transaction)
        .show(SHOWN_WORK, Value::code(registration.id()))
        .show(SHOWN_TITLE, registration.work.title.as_str()))
}
