//! The forms, by role.

use tabella_access_rules::terms::{MAX_PARTS, MAX_UNIT_SECONDS, MAX_UNITS};
use tabella_desk::{Field, Form, Kind, Words, words};

use super::party::LAST_NUMBER;

const EVERYBODY: Words = words("Everybody", "모두");
const RENTER: Words = words("Renter", "빌리는 사람");
const HOLDER: Words = words("Holder of the right", "이용권을 가진 사람");
const OWNER: Words = words("Owner", "소유자");
const BOTH: Words = words("Renter and owner", "빌리는 사람과 소유자");
const ARBITER: Words = words("Arbiter", "중재자");

const RENTAL: Field = Field::new("rental", words("Rental", "대여"), Kind::Instance);
const OFFER: Field = Field::new("offer", words("File of the offer", "제안 파일"), Kind::File);
const TO: Field = Field::new("to", words("Pay to", "받을 주소"), Kind::Address)
    .hint(words("Left empty: to this wallet.", "비워 두면 이 지갑으로 받습니다."))
    .optional();
const OWNERS_PARTS: Field = Field::new(
    "parts",
    words("Parts that the owner keeps", "소유자가 갖는 조각 수"),
    Kind::Number { least: 0, most: MAX_PARTS as u64 },
)
.hint(words("The renter gets all the others back.", "나머지는 모두 빌린 사람에게 돌아갑니다."));
const NUMBERS: Kind = Kind::Number { least: 0, most: LAST_NUMBER as u64 };
const LASTING_NUMBER: Field = Field::new("number", words("Number of the keys", "키 번호"), NUMBERS)
    .hint(words(
        "Left empty: 0. Keys of different numbers cannot be linked.",
        "비워 두면 0입니다. 번호가 다른 키는 서로 연결 지을 수 없습니다.",
    ))
    .optional();

/// All of them.
pub(super) const FORMS: &[Form] = &[
    Form {
        id: "my-rentals",
        role: EVERYBODY,
        title: words("Show my rentals", "내 대여 보기"),
        about: words(
            "Lists the rentals in which this wallet is the renter, the owner or the arbiter, and what is yours of \
             the deposit.",
            "이 지갑이 빌린 사람, 소유자, 중재자인 대여와 보증금에서 받을 몫을 보여 줍니다.",
        ),
        fields: &[],
        proves: false,
    },
    Form {
        id: "renter-keys",
        role: RENTER,
        title: words("Make keys for a rental", "대여에 쓸 키 만들기"),
        about: words(
            "Shows the keys with which an owner makes you an offer. They are no secret. Take new ones for each \
             rental, and \
             nobody sees that two rentals are yours.",
            "소유자가 제안을 만들 때 필요한 키를 보여 줍니다. 비밀이 아닙니다. 대여마다 새 키를 쓰면 두 대여가 한 사람의 것인지 아무도 \
             알 수 없습니다.",
        ),
        fields: &[Field::new("number", words("Number of the keys", "키 번호"), NUMBERS)
            .hint(words(
                "Left empty: the first that no rental has yet. Choose one yourself if another offer is still open.",
                "비워 두면 아직 대여에 쓰지 않은 첫 번호입니다. 아직 받아들이지 않은 다른 제안이 있으면 직접 고르십시오.",
            ))
            .optional()],
        proves: false,
    },
    Form {
        id: "check-offer",
        role: RENTER,
        title: words("Check an offer", "제안 확인"),
        about: words(
            "Shows all terms of an offer, and whether it is what it says. Nothing is signed. The rental's id stands for \
             exactly these terms: rent with it.",
            "제안의 모든 조건과 그 내용이 사실인지를 보여 줍니다. 아무것도 서명하지 않습니다. 대여 식별자는 바로 이 조건을 뜻하므로 \
             빌릴 때 적으십시오.",
        ),
        fields: &[OFFER],
        proves: false,
    },
    Form {
        id: "rent",
        role: RENTER,
        title: words("Rent", "빌리기"),
        about: words(
            "Locks the rent, leaves the deposit, and makes the right. Check the offer before. The owner has the rent \
             only once \
             the right was used.",
            "사용료를 묶어 두고 보증금을 맡기면 이용권이 만들어집니다. 먼저 제안을 확인하십시오. 소유자는 이용권이 쓰인 뒤에만 \
             사용료를 받습니다.",
        ),
        fields: &[
            OFFER,
            Field::new("rental", words("Rental", "대여"), Kind::Id).hint(words(
                "The id that \"Check an offer\" shows. An offer of any other terms is refused.",
                "\"제안 확인\"에 나오는 식별자입니다. 조건이 하나라도 다른 제안은 거절됩니다.",
            )),
            Field::new("asset", words("Asset", "자산"), Kind::Asset)
                .hint(words("What you mean to pay with.", "무엇으로 낼 생각인지 고르십시오.")),
            Field::new("at-most", words("Rent, at most", "사용료 상한"), Kind::Amount)
                .hint(words("A higher rent is refused.", "사용료가 이보다 많으면 거절됩니다.")),
            Field::new("deposit-at-most", words("Deposit, at most", "보증금 상한"), Kind::Amount)
                .hint(words("A higher deposit is refused.", "보증금이 이보다 많으면 거절됩니다.")),
            Field::new("right-to", words("Give the right to", "이용권을 받을 주소"), Kind::Address)
                .hint(words(
                    "Left empty: to this wallet. The deposit stays your risk.",
                    "비워 두면 이 지갑으로 받습니다. 보증금의 위험은 빌린 사람에게 남습니다.",
                ))
                .optional(),
        ],
        proves: true,
    },
    Form {
        id: "dispute",
        role: RENTER,
        title: words("Dispute a claim", "청구에 이의 제기"),
        about: words(
            "Says no to what the owner claims of the deposit. The arbiter then decides; if nobody does in time, all \
             of the \
             deposit is yours.",
            "소유자가 보증금에서 청구한 것에 동의하지 않는다고 알립니다. 그러면 중재자가 결정하며, 기한 안에 결정이 없으면 보증금은 \
             모두 빌린 사람의 것입니다.",
        ),
        fields: &[RENTAL],
        proves: false,
    },
    Form {
        id: "take-rent-back",
        role: RENTER,
        title: words("Take the rent back", "사용료 되찾기"),
        about: words(
            "Takes back the rent that nobody has claimed, once the rental has closed.",
            "대여가 끝난 뒤 아무도 받아 가지 않은 사용료를 되찾습니다.",
        ),
        fields: &[RENTAL, TO],
        proves: true,
    },
    Form {
        id: "my-rights",
        role: HOLDER,
        title: words("Show my rights", "내 이용권 보기"),
        about: words(
            "Lists the rights in this wallet, also those that somebody passed on to you. A right is passed on like \
             money.",
            "이 지갑에 있는 이용권을 보여 줍니다. 남에게서 넘겨받은 것도 나옵니다. 이용권은 돈처럼 넘길 수 있습니다.",
        ),
        fields: &[],
        proves: false,
    },
    Form {
        id: "use",
        role: HOLDER,
        title: words("Use the right", "이용권 쓰기"),
        about: words(
            "Begins the paid time: it runs from the next block on, and the rent is the owner's. Do it when you are \
             at the device.",
            "낸 시간이 시작됩니다. 다음 블록부터 시간이 흐르고 사용료는 소유자의 것이 됩니다. 장치 앞에서 하십시오.",
        ),
        fields: &[RENTAL],
        proves: true,
    },
    Form {
        id: "answer",
        role: HOLDER,
        title: words("Answer the device", "장치에 응답하기"),
        about: words(
            "Makes the file that opens the device, from the one in which it asks. It is good once, and for some \
             minutes.",
            "장치가 물은 파일로부터 장치를 여는 파일을 만듭니다. 몇 분 동안 한 번만 쓸 수 있습니다.",
        ),
        fields: &[
            RENTAL,
            Field::new("challenge", words("File of the device", "장치의 파일"), Kind::File)
                .hint(words("What the device asks, as it gave it.", "장치가 내준 질문 파일입니다.")),
        ],
        proves: false,
    },
    Form {
        id: "owner-key",
        role: OWNER,
        title: words("Show my key as an owner", "소유자로서의 내 키 보기"),
        about: words(
            "Shows the key with which your devices are set up. It is no secret.",
            "장치를 설정할 때 넣는 키를 보여 줍니다. 비밀이 아닙니다.",
        ),
        fields: &[LASTING_NUMBER],
        proves: false,
    },
    Form {
        id: "offer",
        role: OWNER,
        title: words("Make an offer", "제안 만들기"),
        about: words(
            "Makes the file with which one renter can rent a device, once.",
            "한 사람이 장치를 한 번 빌릴 수 있는 파일을 만듭니다.",
        ),
        fields: &[
            Field::new("renter", words("Keys of the renter", "빌리는 사람의 키"), Kind::Text)
                .hint(words("128 characters, as the renter's wallet shows them.", "빌리는 사람의 지갑이 보여 주는 128자입니다.")),
            Field::new("device", words("Key of the device", "장치의 키"), Kind::Id),
            Field::new("arbiter", words("Key of the arbiter", "중재자의 키"), Kind::Id)
                .hint(words("Who decides if you disagree on damage.", "손해에 대해 의견이 다를 때 결정하는 사람입니다.")),
            Field::new("asset", words("Asset", "자산"), Kind::Asset),
            Field::new("price", words("Price of a unit of time", "시간 단위의 가격"), Kind::Amount),
            Field::new(
                "units",
                words("Units of time", "시간 단위 수"),
                Kind::Number { least: 1, most: MAX_UNITS as u64 },
            )
            .hint(words("Left empty: 1.", "비워 두면 1입니다."))
            .optional(),
            Field::new(
                "unit-minutes",
                words("Length of a unit, in minutes", "단위 길이(분)"),
                Kind::Number { least: 1, most: MAX_UNIT_SECONDS as u64 / 60 },
            )
            .hint(words("Left empty: 15.", "비워 두면 15분입니다."))
            .optional(),
            Field::new("deposit", words("Deposit", "보증금"), Kind::Amount),
            Field::new(
                "parts",
                words("Parts of the deposit", "보증금 조각 수"),
                Kind::Number { least: 1, most: MAX_PARTS as u64 },
            )
            .hint(words(
                "Left empty: 100. Damage is kept in whole parts, rounded down.",
                "비워 두면 100입니다. 손해는 온전한 조각으로만, 내림하여 받습니다.",
            ))
            .optional(),
            Field::new(
                "public",
                words("Everybody may see price and deposit", "가격과 보증금을 모두에게 공개"),
                Kind::Flag,
            )
            .optional(),
            Field::new(
                "within-days",
                words("Days in which it can be used", "이용할 수 있는 일수"),
                Kind::Number { least: 1, most: 365 },
            )
            .hint(words("Left empty: 1.", "비워 두면 1일입니다."))
            .optional(),
            Field::new(
                "delay-minutes",
                words("Minutes for a claim, a dispute, a decision", "청구, 이의, 결정 기한(분)"),
                Kind::Number { least: 1, most: 43_200 },
            )
            .hint(words("Each of the three. Left empty: 1440, a day.", "셋 각각의 기한입니다. 비워 두면 1440분, 하루입니다."))
            .optional(),
            LASTING_NUMBER,
        ],
        proves: false,
    },
    Form {
        id: "accept",
        role: OWNER,
        title: words("Accept a rental", "대여 승인"),
        about: words(
            "Lets the right be used, once this wallet has found the rent that it can claim.",
            "이 지갑이 받을 수 있는 사용료를 확인한 뒤 이용권을 쓸 수 있게 합니다.",
        ),
        fields: &[RENTAL],
        proves: false,
    },
    Form {
        id: "collect-rent",
        role: OWNER,
        title: words("Collect the rent", "사용료 받기"),
        about: words(
            "Takes the rent of a right that was used, before the rental closes.",
            "이용권이 쓰인 대여의 사용료를 대여가 끝나기 전에 받습니다.",
        ),
        fields: &[RENTAL, TO],
        proves: true,
    },
    Form {
        id: "claim",
        role: OWNER,
        title: words("Claim damage", "손해 청구"),
        about: words(
            "Claims a part of the deposit after the use, once. It is yours if the renter does not dispute it in time.",
            "이용 뒤에 보증금의 일부를 한 번 청구합니다. 빌린 사람이 기한 안에 이의를 제기하지 않으면 소유자의 것이 됩니다.",
        ),
        fields: &[
            RENTAL,
            Field::new("damage", words("Damage", "손해액"), Kind::Amount)
                .hint(words("It is rounded down to whole parts of the deposit.", "보증금의 온전한 조각으로 내림합니다.")),
        ],
        proves: false,
    },
    Form {
        id: "propose-division",
        role: BOTH,
        title: words("Propose how to divide the deposit", "보증금 나누기 제안"),
        about: words(
            "Makes a file with which the other party can divide the deposit at once. It is good while the rental \
             stays at this \
             stage.",
            "상대방이 보증금을 바로 나눌 수 있는 파일을 만듭니다. 대여가 지금 상태에 있는 동안만 유효합니다.",
        ),
        fields: &[RENTAL, OWNERS_PARTS],
        proves: false,
    },
    Form {
        id: "agree-division",
        role: BOTH,
        title: words("Agree to a division", "보증금 나누기 동의"),
        about: words(
            "Divides the deposit at once, as the other party has proposed. Say yourself how much the owner keeps: \
             only the same is \
             agreed to.",
            "상대방이 제안한 대로 보증금을 바로 나눕니다. 소유자가 갖는 몫을 직접 적으십시오. 같을 때만 동의가 이루어집니다.",
        ),
        fields: &[
            RENTAL,
            OWNERS_PARTS,
            Field::new("proposal", words("File of the proposal", "제안 파일"), Kind::File),
        ],
        proves: false,
    },
    Form {
        id: "withdraw",
        role: BOTH,
        title: words("Withdraw from the deposit", "보증금 찾기"),
        about: words(
            "Pays out what is yours of a deposit that is divided.",
            "나누어진 보증금에서 자기 몫을 찾습니다.",
        ),
        fields: &[RENTAL, TO],
        proves: true,
    },
    Form {
        id: "arbiter-key",
        role: ARBITER,
        title: words("Show my key as an arbiter", "중재자로서의 내 키 보기"),
        about: words(
            "Shows the key that an owner names in offers, so that you decide. It is no secret.",
            "소유자가 제안에 중재자로 적는 키를 보여 줍니다. 비밀이 아닙니다.",
        ),
        fields: &[LASTING_NUMBER],
        proves: false,
    },
    Form {
        id: "decide",
        role: ARBITER,
        title: words("Decide a disputed claim", "다툼이 있는 청구 결정"),
        about: words(
            "Says how many parts of the deposit the owner keeps: at most what was claimed. It is final.",
            "소유자가 보증금의 조각을 몇 개 갖는지 정합니다. 청구된 것까지만 가능하며, 되돌릴 수 없습니다.",
        ),
        fields: &[RENTAL, OWNERS_PARTS],
        proves: false,
    },
];
