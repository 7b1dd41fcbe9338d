//! The forms of the market.

use tabella_desk::{Choice, Field, Form, Kind, Words, words};

const HOUSEHOLD: Words = words("Household", "가정");
const OPERATOR: Words = words("Grid operator", "전력망 운영자");
const CERTIFIER: Words = words("Certifier of meters", "계량기 인증자");
const COLLECTOR: Words = words("Collector of totals", "합계 집계자");
const PUBLIC: Words = words("Anyone", "누구나");

/// A number of 32 bits.
const NUMBERED: Kind = Kind::Number { least: 0, most: 0xffff_ffff };
const MINUTES: Kind = Kind::Number { least: 1, most: 43_200 };

const MARKET: Field = Field::new("market", words("Market", "시장"), Kind::Instance);
const INTERVAL: Field = Field::new("interval", words("Interval", "구간"), NUMBERED);
const OWN: Field = Field::new("number", words("Set of keys", "키 묶음 번호"), NUMBERED)
    .hint(words(
        "Leave it empty unless you keep several, which nobody can link.",
        "서로 연결되지 않는 키 묶음을 여럿 쓰지 않는다면 비워 두십시오.",
    ))
    .optional();
const TO: Field = Field::new("to", words("To another address", "받을 다른 주소"), Kind::Address)
    .hint(words("If left empty, it goes to this wallet.", "비워 두면 이 지갑이 받습니다."))
    .optional();
const KEY: Field = Field::new("key", words("Your key file", "내 키 파일"), Kind::File)
    .hint(words("An issuer's key, as the forms of assets make it.", "자산 양식에서 만든 발행자 키 파일입니다."));
const PASSPHRASE: Field =
    Field::new("passphrase", words("Passphrase of the key file", "키 파일의 암호 문구"), Kind::Passphrase);
const REQUEST: Field = Field::new("request", words("Request of the meter", "계량기의 인증 신청"), Kind::File);

const SIDES: &[Choice] =
    &[Choice { id: "buy", label: words("Buy", "구매") }, Choice { id: "sell", label: words("Sell", "판매") }];

/// A form that makes no transfer.
const fn form(id: &'static str, role: Words, title: Words, about: Words, fields: &'static [Field]) -> Form {
    Form { id, role, title, about, fields, proves: false }
}

/// The same, but it makes one.
const fn proving(form: Form) -> Form {
    Form { proves: true, ..form }
}

/// All of them.
pub(super) const FORMS: &[Form] = &[
    form(
        "keys",
        HOUSEHOLD,
        words("Show my keys", "내 키 보기"),
        words(
            "A meter is made for the keys of its household. They are no secret.",
            "계량기는 가정의 키에 맞춰 만들어집니다. 이 키는 비밀이 아닙니다.",
        ),
        &[OWN],
    ),
    form(
        "register",
        HOUSEHOLD,
        words("Register my meter", "내 계량기 등록"),
        words(
            "With the certificate that the certifier has given you. The ledger takes readings of registered meters \
             alone.",
            "인증자에게 받은 인증서로 등록합니다. 원장은 등록된 계량기의 측정값만 받습니다.",
        ),
        &[Field::new("certificate", words("Certificate of the meter", "계량기 인증서"), Kind::File)],
    ),
    form(
        "file",
        HOUSEHOLD,
        words("Read a meter's file", "계량기 파일 읽기"),
        words(
            "Green Button (XML) or CSV, as your supplier gives it. Shows what it comes to for the intervals of a market, \
             and for which a signed reading is still taken. Nothing is sent: the meter itself signs.",
            "전력회사가 주는 Green Button(XML) 또는 CSV 파일입니다. 시장의 구간마다 얼마인지, 어느 구간의 측정값을 아직 올릴 수 있는지 보여 줍니다. 아무것도 전송하지 않으며 서명은 계량기가 합니다.",
        ),
        &[MARKET, Field::new("file", words("File", "파일"), Kind::File)],
    ),
    form(
        "attest",
        HOUSEHOLD,
        words("Put readings on the ledger", "측정값을 원장에 올리기"),
        words(
            "The files that your meter has signed. They do not show how much was read; that it is no more than the meter \
             is certified for is proved. Those that are on the ledger are passed over.",
            "계량기가 서명한 파일을 고르십시오. 얼마나 측정되었는지는 드러나지 않고, 인증된 최대량을 넘지 않는다는 것만 증명합니다. 이미 원장에 있는 것은 건너뜁니다.",
        ),
        &[Field::new("readings", words("Signed readings", "서명된 측정값"), Kind::Files), OWN],
    ),
    form(
        "readings",
        HOUSEHOLD,
        words("See my readings", "내 측정값 보기"),
        words(
            "What your meters have produced and consumed in each interval. Only you see this.",
            "내 계량기가 구간마다 생산하고 소비한 양입니다. 본인에게만 보입니다.",
        ),
        &[MARKET, OWN],
    ),
    proving(form(
        "mint",
        HOUSEHOLD,
        words("Put my energy into a wallet", "생산한 전력을 지갑에 담기"),
        words(
            "What your meters have fed into the grid becomes energy that you can sell or give away: exactly as much \
             as was read, once for each interval.",
            "계량기로 잰 생산량만큼 팔거나 보낼 수 있는 전력이 됩니다. 구간마다 한 번, 측정된 만큼만 담습니다.",
        ),
        &[
            MARKET,
            INTERVAL
                .hint(words(
                    "If left empty, all that is not in a wallet yet.",
                    "비워 두면 아직 담지 않은 구간을 모두 담습니다.",
                ))
                .optional(),
            TO,
            OWN,
        ],
    )),
    proving(form(
        "bid",
        HOUSEHOLD,
        words("Make a bid", "입찰하기"),
        words(
            "A sealed bid in the auction of an interval that has ended. It locks what it comes to at most. Reveal it \
             after the close: otherwise it does not count, and part of what it locks is lost.",
            "끝난 구간의 경매에 밀봉 입찰을 냅니다. 입찰에 필요한 최대 금액이나 전력이 묶입니다. 마감 뒤에 반드시 공개하십시오. 공개하지 않으면 입찰이 무효가 되고 묶인 것의 일부를 잃습니다.",
        ),
        &[
            MARKET,
            Field::new("side", words("Buy or sell", "구매 또는 판매"), Kind::Choice { of: SIDES }),
            Field::new("lots", words("How many lots", "로트 수"), Kind::Number { least: 1, most: 1 << 20 }),
            Field::new("asset", words("Asset of payment", "지급 자산"), Kind::Asset)
                .hint(words("What the price is meant in.", "가격을 어느 자산으로 적는지 고르십시오.")),
            Field::new("price", words("Price of a lot", "로트 하나의 가격"), Kind::Amount).hint(words(
                "At most so much if you buy, at least so much if you sell.",
                "살 때는 최고 가격, 팔 때는 최저 가격입니다.",
            )),
            INTERVAL.hint(words(
                "\"Look at a market\" shows which one takes bids now.",
                "지금 입찰을 받는 구간은 \"시장 살펴보기\"에 나옵니다.",
            )),
            OWN,
        ],
    )),
    form(
        "bids",
        HOUSEHOLD,
        words("See my bids", "내 입찰 보기"),
        words(
            "Your bids, what they have come to, and what is to be done next. Only you see those that are sealed.",
            "내 입찰과 그 결과, 다음에 할 일입니다. 밀봉된 입찰은 본인에게만 보입니다.",
        ),
        &[MARKET, OWN],
    ),
    form(
        "reveal",
        HOUSEHOLD,
        words("Reveal my bids", "내 입찰 공개"),
        words(
            "After the close, and before the time for it is over. Everybody then sees lots and price, and nobody \
             whose bid it is.",
            "마감 뒤 공개 기간 안에 하십시오. 로트 수와 가격이 모두에게 보이지만 누구의 입찰인지는 드러나지 않습니다.",
        ),
        &[MARKET, OWN],
    ),
    proving(form(
        "take",
        HOUSEHOLD,
        words("Take what my bids came to", "입찰 결과 받기"),
        words(
            "Once the time of revealing is over: what you have bought or sold, and what is left of what you locked. If nobody \
             has cleared the auction yet, the same transaction does it.",
            "공개 기간이 끝나면 사거나 판 결과와 묶어 둔 것의 나머지를 받습니다. 경매 결과가 아직 확정되지 않았으면 같은 거래에서 확정합니다.",
        ),
        &[MARKET, TO, OWN],
    )),
    proving(form(
        "reclaim",
        HOUSEHOLD,
        words("Take back what I did not reveal", "공개하지 않은 입찰 되찾기"),
        words(
            "What backs a bid that was not revealed in time comes back, less the penalty.",
            "제때 공개하지 않은 입찰에 묶인 것을 위약금을 빼고 돌려받습니다.",
        ),
        &[MARKET, TO, OWN],
    )),
    form(
        "review",
        CERTIFIER,
        words("Read a request", "인증 신청 읽기"),
        words(
            "Shows which meter a request is of, and for which household and market, before you certify it.",
            "인증하기 전에 어느 계량기가 어느 가정과 시장을 위해 신청했는지 보여 줍니다.",
        ),
        &[REQUEST],
    ),
    form(
        "certify",
        CERTIFIER,
        words("Certify a meter", "계량기 인증"),
        words(
            "Certify only what you have installed and sealed yourself. The household registers the meter with the \
             certificate.",
            "직접 설치하고 봉인한 계량기만 인증하십시오. 가정은 이 인증서로 계량기를 등록합니다.",
        ),
        &[
            REQUEST,
            Field::new("meter", words("Key of the meter", "계량기의 키"), Kind::Id)
                .hint(words("As the device itself shows it.", "장치에 표시된 그대로 적으십시오.")),
            KEY,
            PASSPHRASE,
        ],
    ),
    form(
        "stop",
        CERTIFIER,
        words("Stop a meter", "계량기 정지"),
        words(
            "A meter that you have certified and that is broken: from an interval on it reads and mints nothing. If it was read \
             already in an interval whose totals are not told yet, that reading is left out of them. Nobody can undo it. Readings of a meter that is stopped already are left \
             out by anybody, without a key.",
            "직접 인증한 계량기가 고장 났을 때 정지합니다. 정한 구간부터 측정도 발행도 되지 않습니다. 합계가 아직 공개되지 않은 구간의 측정값은 합계에서 빠집니다. 되돌릴 수 없습니다. 이미 정지된 계량기의 측정값은 누구나 키 없이 합계에서 뺄 수 있습니다.",
        ),
        &[
            MARKET,
            Field::new("meter", words("Key of the meter", "계량기의 키"), Kind::Id),
            INTERVAL.hint(words("The first that it does not read.", "측정하지 않을 첫 구간입니다.")),
            KEY.optional(),
            PASSPHRASE.optional(),
        ],
    ),
    form(
        "collector-keys",
        COLLECTOR,
        words("Show my keys", "내 키 보기"),
        words(
            "Give them to the operator who opens the market. They are no secret.",
            "시장을 여는 운영자에게 주십시오. 이 키는 비밀이 아닙니다.",
        ),
        &[OWN],
    ),
    form(
        "collect",
        COLLECTOR,
        words("Tell my part of a total", "합계의 내 몫 알리기"),
        words(
            "The sums of your shares of all readings of an interval, once bids are no longer revealed. When all collectors have \
             told theirs, everybody knows the total, and nobody a single reading. Handed in before, at any time, it \
             checks that the shares of all readings so far open, and names all meters whose shares do not: they can still be \
             stopped then.",
            "공개 기간이 끝난 뒤 한 구간의 모든 측정값에 대한 내 몫의 합을 알립니다. 집계자 모두가 알리면 합계만 공개되고 개별 측정값은 아무도 알 수 없습니다. 그 전에 언제든 제출하면 지금까지 올라온 측정값의 몫이 모두 맞는지 검사하고 맞지 않는 계량기를 모두 알려 주며, 이 계량기는 그때 정지할 수 있습니다.",
        ),
        &[MARKET, INTERVAL, OWN],
    ),
    form(
        "open",
        OPERATOR,
        words("Open a market", "시장 열기"),
        words(
            "Its terms stay as they are. Its energy comes from certified meters alone: nobody can issue any, you \
             neither.",
            "조건은 나중에 바꿀 수 없습니다. 전력은 인증된 계량기에서만 생기며 운영자도 발행할 수 없습니다.",
        ),
        TERMS,
    ),
    proving(form(
        "penalties",
        OPERATOR,
        words("Take penalties", "위약금 받기"),
        words("What bids have lost that were not revealed.", "공개하지 않은 입찰이 잃은 위약금을 받습니다."),
        &[MARKET, TO, KEY, PASSPHRASE],
    )),
    form(
        "market",
        PUBLIC,
        words("Look at a market", "시장 살펴보기"),
        words(
            "Its terms, which interval takes bids now, its latest intervals with their totals and prices, and meters \
             that were stopped.",
            "시장의 조건, 지금 입찰을 받는 구간, 최근 구간의 합계와 가격, 정지된 계량기를 보여 줍니다.",
        ),
        &[MARKET],
    ),
    form(
        "chart",
        PUBLIC,
        words("Draw a chart", "그래프 그리기"),
        words(
            "Price, production and consumption of the latest 96 intervals.",
            "최근 96개 구간의 가격, 생산, 소비를 그립니다.",
        ),
        &[MARKET],
    ),
    form(
        "clear",
        PUBLIC,
        words("Clear an auction", "경매 결과 확정"),
        words(
            "Works out the price of an interval from the bids that were revealed. Anyone may do it, and the ledger \
             checks it.",
            "공개된 입찰로 한 구간의 가격을 계산합니다. 누구나 할 수 있으며 원장이 검사합니다.",
        ),
        &[MARKET, INTERVAL],
    ),
    form(
        "audit",
        PUBLIC,
        words("Check an auction", "경매 검산"),
        words(
            "Lists the bids that were revealed, computes price and fills again from them, and says whether the ledger has the \
             same. Nothing is sent.",
            "공개된 입찰을 보여 주고 가격과 체결량을 다시 계산해 원장의 결과와 같은지 알려 줍니다. 아무것도 전송하지 않습니다.",
        ),
        &[MARKET, INTERVAL],
    ),
    form(
        "expose",
        PUBLIC,
        words("Report a cloned meter", "복제된 계량기 신고"),
        words(
            "Two different readings of one interval that the same meter has signed stop it for good.",
            "같은 계량기가 한 구간에 서명한 서로 다른 두 측정값을 보이면 그 계량기는 영구히 정지됩니다.",
        ),
        &[
            Field::new("first", words("One reading", "측정값 하나"), Kind::File),
            Field::new("second", words("Another one", "다른 측정값"), Kind::File),
        ],
    ),
];

/// What an operator fixes.
const TERMS: &[Field] = &[
    Field::new("name", words("Name of the market", "시장 이름"), Kind::Text),
    Field::new("payment", words("Asset of payment", "지급 자산"), Kind::Asset),
    Field::new("tick", words("Step of prices of a lot", "로트 가격의 단위"), Kind::Amount)
        .hint(words("In the asset of payment, as in 0.01.", "지급 자산으로 적습니다. 예: 0.01")),
    Field::new("max-price", words("Highest price of a lot", "로트의 최고 가격"), Kind::Amount)
        .hint(words("A multiple of the step.", "가격 단위의 배수입니다.")),
    Field::new("collectors", words("Keys of the collectors", "집계자의 키"), Kind::Lines).hint(words(
        "One on each line, 2 to 4 of them, who do not tell each other what they learn.",
        "한 줄에 하나씩 2~4명. 서로 알게 된 것을 나누지 않을 사람들이어야 합니다.",
    )),
    Field::new("certifiers", words("Keys of the certifiers", "인증자의 키"), Kind::Lines)
        .hint(words(
            "One on each line. You yourself if left empty.",
            "한 줄에 하나씩 적습니다. 비워 두면 운영자 본인입니다.",
        ))
        .optional(),
    Field::new("start", words("When interval 0 begins", "0번 구간의 시작"), Kind::Time)
        .hint(words("Now if left empty.", "비워 두면 지금입니다."))
        .optional(),
    Field::new("interval", words("Minutes of an interval", "구간 길이(분)"), MINUTES)
        .hint(words("15 if left empty.", "비워 두면 15분입니다."))
        .optional(),
    Field::new("bidding", words("Minutes of bidding", "입찰 기간(분)"), MINUTES)
        .hint(words(
            "After an interval, at most as long as it. As long as it if left empty.",
            "구간이 끝난 뒤의 기간이며 구간보다 길 수 없습니다. 비워 두면 구간과 같습니다.",
        ))
        .optional(),
    Field::new("revealing", words("Minutes of revealing", "공개 기간(분)"), MINUTES)
        .hint(words("After the bidding. 60 if left empty.", "입찰이 끝난 뒤의 기간입니다. 비워 두면 60분입니다."))
        .optional(),
    Field::new("lot", words("Watt-hours of a lot", "한 로트(Wh)"), Kind::Number { least: 1, most: 0xffff_ffff })
        .hint(words("100 if left empty.", "비워 두면 100Wh입니다."))
        .optional(),
    Field::new(
        "max-bids",
        words("Most bids of an interval", "구간의 최대 입찰 수"),
        Kind::Number { least: 2, most: 4_096 },
    )
    .hint(words("1,000 if left empty.", "비워 두면 1,000건입니다."))
    .optional(),
    Field::new(
        "penalty",
        words("Penalty, in hundredths of a percent", "위약금(0.01% 단위)"),
        Kind::Number { least: 0, most: 10_000 },
    )
    .hint(words(
        "What a bid loses of its lock that is not revealed. 1,000, which is 10 %, if left empty.",
        "공개하지 않은 입찰이 묶인 것에서 잃는 몫입니다. 비워 두면 1,000(10%)입니다.",
    ))
    .optional(),
    Field::new(
        "smallest-group",
        words("Fewest meters of a total", "합계의 최소 계량기 수"),
        Kind::Number { least: 3, most: 0xffff_ffff },
    )
    .hint(words(
        "3 if left empty. Take many more than anyone could register unseen.",
        "비워 두면 3입니다. 누군가 몰래 등록할 수 있는 수보다 훨씬 크게 잡으십시오.",
    ))
    .optional(),
    KEY,
    PASSPHRASE,
];
