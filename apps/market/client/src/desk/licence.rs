//! Showing a licence, and checking one that is shown.

use rand_core::{OsRng, RngCore as _};
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, words};

use super::{ANYBODY, BUYER, NEXT, SHOWN_TITLE, SHOWN_WORK, WORK};
use crate::{
    licence::{Presentation, PresentationError, present},
    order::licence_of,
};

const CHALLENGE: Field = Field::new("challenge", words("Challenge", "확인 번호"), Kind::Id);

pub(super) const SHOW: Form = Form {
    id: "show-licence",
    role: BUYER,
    title: words("Show a licence", "이용권 제시"),
    about: words(
        "Proves to whoever gave you a challenge that you hold a licence. Nothing moves and no name is told. The same \
         licence can be recognised again.",
        "확인 번호를 준 사람에게 이용권이 있음을 증명합니다. 아무것도 옮기지 않고 이름도 드러내지 않습니다. \
         다만 같은 이용권은 다시 알아볼 수 있습니다.",
    ),
    fields: &[WORK, CHALLENGE.hint(words("From whoever asks you.", "확인하려는 사람에게서 받은 번호입니다."))],
    proves: true,
};

pub(super) const ASK: Form = Form {
    id: "ask-for-licence",
    role: ANYBODY,
    title: words("Ask somebody for a licence", "이용권 확인 요청"),
    about: words(
        "Makes a challenge for one person and one answer. Keep it: you need it to check the answer.",
        "한 사람의 한 번 응답에 쓸 확인 번호를 만듭니다. 응답을 확인할 때 필요하니 보관하십시오.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const CHECK: Form = Form {
    id: "check-licence",
    role: ANYBODY,
    title: words("Check a licence", "이용권 확인"),
    about: words(
        "Whether whoever answered your challenge holds a licence of the work now.",
        "확인 번호에 응답한 사람이 지금 이 저작물의 이용권을 가졌는지 확인합니다.",
    ),
    fields: &[
        WORK,
        CHALLENGE.hint(words("The one that you gave.", "직접 준 번호입니다.")),
        Field::new("presentation", words("File of the answer", "응답 파일"), Kind::File),
    ],
    proves: false,
};

pub(super) fn show(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, terms) = super::work_of(values, work)?;
    let (licence, challenge) = (licence_of(work.state, &id)?, values.bytes32("challenge")?);
    let (at, engine) = ((work.state, work.keys), work.engine);
    let presentation = present(work.holder, at, (id, licence), challenge, &engine, &mut OsRng);
    let presentation = presentation.map_err(|error| work.explain(error, &licence))?;
    Ok(Outcome::new()
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(
            NEXT,
            words("Give the file to whoever gave you the challenge.", "확인 번호를 준 사람에게 파일을 주십시오."),
        )
        .give_file("licence.tabella", &presentation))
}

pub(super) fn ask() -> Outcome {
    let mut challenge = [0; 32];
    OsRng.fill_bytes(&mut challenge);
    let next = words(
        "Give it to the person, and check the file that comes back with it.",
        "상대에게 이 번호를 주고, 돌려받은 파일을 이 번호로 확인하십시오.",
    );
    Outcome::new().show(words("Challenge", "확인 번호"), Value::code(hex::encode(challenge))).show(NEXT, next)
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let presentation: Presentation = values.decode("presentation")?;
    let (id, terms) = super::work_of(values, work)?;
    let challenge = values.bytes32("challenge")?;
    let marks = presentation.check(work.state, work.state.keys(), id, challenge, &mut OsRng);
    let marks = marks.map_err(|error| {
        let field = match &error {
            PresentationError::Work(_) => "work",
            PresentationError::Challenge => "challenge",
            _ => "presentation",
        };
        Stop::at(field, error)
    })?;
    let marks = marks.map(|mark| hex::encode(mark.to_bytes()));
    let outcome = Outcome::new()
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(SHOWN_WORK, Value::code(id))
        .show(words("Holds a licence now", "지금 이용권을 가지고 있음"), true);
    let mark = words("Mark; the same licence has one of the two again", "표시(같은 이용권은 둘 중 하나가 다시 나타남)");
    Ok(marks.into_iter().fold(outcome, |outcome, text| outcome.show(mark, Value::code(text))))
}
