use tabella_protocol::keys::{Account, AddressKind, Diversifier, Seed};

use super::*;

fn address(index: u64) -> Address {
    Seed::new([7; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(index))
}

fn asset() -> AssetId {
    AssetId::from_bytes(&[5; 32]).unwrap()
}

fn payment(index: u64, amount: &str) -> RequestedPayment {
    RequestedPayment {
        to: address(index),
        asset: asset(),
        amount: Decimal::new(amount).unwrap(),
        memo: Memo::from_text("Miete für März & mehr").unwrap(),
        label: Some("Frau Núñez: 50% ÷ 2?".into()),
        message: None,
    }
}

fn read(text: &str) -> Result<PaymentRequest, RequestError> {
    text.parse()
}

/// A request of one payment with something after it.
fn with(rest: &str) -> Result<PaymentRequest, RequestError> {
    read(&format!("tabella:{}?amount=1.5&asset={}{rest}", address(0), asset()))
}

#[test]
fn requests_are_read_as_they_were_written() {
    let mut binary = [0xff; Memo::BYTES];
    binary[511] = 1;
    let last = RequestedPayment {
        memo: Memo::from_bytes(binary),
        message: Some(String::new()),
        label: None,
        ..payment(2, "18446744073709551615")
    };
    let silent = RequestedPayment { memo: Memo::empty(), label: None, ..payment(1, "0.000000000000000001") };
    let request =
        PaymentRequest::new(Some(LedgerId([9; 32])), vec![payment(0, "12.34"), silent.clone(), last]).unwrap();
    let text = request.to_string();
    assert!(text.starts_with("tabella:tab1") && text.contains("&address.1=tab1"), "{text}");
    assert_eq!(read(&text), Ok(request));
    assert_eq!(read(&text.replacen("tabella", "TaBeLLa", 1)).unwrap().to_string(), text);
    // Without a leading address, in another order, and with what nobody has to understand.
    let (to, asset) = (address(1), asset());
    let text = format!("tabella:?color=red&asset.7={asset}&x&address.7={to}&amount.7=0.000000000000000001");
    assert_eq!(read(&text).unwrap().payments(), [silent]);
}

#[test]
fn what_is_ambiguous_demanded_or_missing_is_refused() {
    assert!(with("").is_ok());
    let duplicate = |name: &str| Err(RequestError::Duplicate(name.into()));
    assert_eq!(with("&amount=1.5"), duplicate("amount"));
    assert_eq!(with(&format!("&address={}", address(0))), duplicate("address"));
    assert_eq!(with("&memo.1=YQ&memo.1=YQ"), duplicate("memo.1"));
    assert_eq!(with("&other=1&other=1"), duplicate("other"));
    assert_eq!(with("&req-until=5"), Err(RequestError::Unknown("req-until".into())));
    assert_eq!(with(&format!("&req-ledger.1={}", "00".repeat(32))), Err(RequestError::Unknown("req-ledger.1".into())));
    assert_eq!(with("&req-ledger=00"), Err(RequestError::Ledger));
    assert_eq!(with("&amount.1=2"), Err(RequestError::Missing { payment: 1, what: "address" }));
    assert_eq!(with(&format!("&address.1={}", address(1))), Err(RequestError::Missing { payment: 1, what: "amount" }));
    for broken in ["&", "&=1", "&1a=2", "&amount.=2", "&amount.0=2", "&amount.01=2", "&amount.10000=2", "&a.b.c=2"] {
        assert!(matches!(with(broken), Err(RequestError::Parameter(_))), "{broken}: {:?}", with(broken));
    }
    for broken in ["&label=%4", "&label=%zz", "&label=%ff", "&label=a b", "&label=a#b", "&label=a?b", "&label=ä"] {
        assert!(matches!(with(broken), Err(RequestError::Encoding(_))), "{broken}: {:?}", with(broken));
    }
    assert_eq!(with(&format!("&label={}", "a".repeat(513))), Err(RequestError::TextTooLong("label".into())));
    assert_eq!(read("zcash:abc"), Err(RequestError::Scheme));
    assert_eq!(read("tabella"), Err(RequestError::Scheme));
    assert_eq!(read("tabella:"), Err(RequestError::Count));
    assert_eq!(read(&format!("tabella:?{}", "a".repeat(MAX_BYTES))), Err(RequestError::TooLong));
    let many: String = (1..=64).map(|i| format!("&amount.{i}=1")).collect();
    assert_eq!(with(&many), Err(RequestError::Count));
}

#[test]
fn amounts_assets_memos_and_addresses_are_strict() {
    let request = |amount: &str, asset: &str, memo: &str| {
        read(&format!("tabella:{}?amount={amount}&asset={asset}&memo={memo}", address(0)))
    };
    let (id, none) = (asset().to_string(), "");
    let amount = |text| match request(text, &id, none) {
        Err(RequestError::Amount { payment: 0, error }) => error,
        other => panic!("{text}: {other:?}"),
    };
    for zero in ["0", "0.00", "000"] {
        assert_eq!(amount(zero), DecimalError::Zero);
    }
    for broken in ["", "1,5", "-1", "+1", "1e3", ".5", "5.", "1.2.3", "%31"] {
        assert!(matches!(amount(broken), DecimalError::Form(AmountError::Form(_))), "{broken}");
    }
    assert!(matches!(amount("18446744073709551616"), DecimalError::Form(AmountError::TooLarge(_))));
    assert!(matches!(amount("0.0000000000000000001"), DecimalError::Form(AmountError::Decimals { .. })));
    let decimals = Decimal::new("1.234").unwrap();
    assert_eq!(decimals.units(3), Ok(NoteValue(1_234)));
    assert!(matches!(decimals.units(2), Err(AmountError::Decimals { found: 3, decimals: 2, .. })));

    for broken in [none, "Crown", &id[1..], &"ff".repeat(32)] {
        assert_eq!(request("1", broken, none), Err(RequestError::Asset(0)), "{broken}");
    }
    // Padding, the other alphabet, bits beyond the last byte, and too much.
    for broken in ["YQ==", "YQ=", "+/8", "YR", &URL_SAFE_NO_PAD.encode([1; 513])] {
        assert!(request("1", &id, broken).is_err(), "{broken}");
    }
    assert_eq!(request("1", &id, "YQ").unwrap().payments()[0].memo.text(), Some("a"));
    let vote = address(0).encode(AddressKind::Election);
    let refused = read(&format!("tabella:{vote}?amount=1&asset={id}"));
    assert!(matches!(refused, Err(RequestError::Address { payment: 0, error: AddressError::Kind { .. } })));
}

/// Whoever changes a letter of a request on its way is noticed where it matters most: in addresses, by their checksum.
#[test]
fn changed_addresses_are_noticed() {
    let text = PaymentRequest::new(None, vec![payment(0, "1"), payment(1, "2")]).unwrap().to_string();
    for (start, _) in text.match_indices("tab1") {
        for at in (start + 4..start + 130).step_by(7) {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'q' { b'p' } else { b'q' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(matches!(read(&changed), Err(RequestError::Address { error: AddressError::Text(_), .. })));
        }
    }
}

#[test]
fn digest_is_of_all_that_a_request_says() {
    let ledger = Some(LedgerId([9; 32]));
    let of = |payments: &[RequestedPayment]| PaymentRequest::new(ledger, payments.to_vec()).unwrap();
    let (first, second) = (payment(0, "10.00"), payment(1, "2.00"));
    let request = of(&[first.clone(), second.clone()]);
    let digest = request.digest();
    let text = digest.to_string();
    assert!(text.len() == 49 && text.split(' ').all(|group| group.len() == 4), "{text}");
    for written in [text.clone(), text.to_uppercase(), text.replace(' ', "")] {
        assert_eq!(written.parse(), Ok(digest));
    }
    for wrong in ["", &text[1..], &format!("{text}0"), &text.replacen(' ', "-", 1)] {
        assert_eq!(wrong.parse::<RequestDigest>(), Err(DigestError), "{wrong}");
    }
    // However its text was written: it is of what was read.
    assert_eq!(read(&request.to_string().replacen("tabella", "TABELLA", 1)).unwrap().digest(), digest);
    let of_first = |first: RequestedPayment| of(&[first, second.clone()]);
    let others = [
        of_first(RequestedPayment { to: address(7), ..first.clone() }),
        of_first(RequestedPayment { asset: AssetId::from_bytes(&[6; 32]).unwrap(), ..first.clone() }),
        of_first(RequestedPayment { memo: Memo::empty(), ..first.clone() }),
        of_first(RequestedPayment { label: None, ..first.clone() }),
        of_first(RequestedPayment { message: Some("now".into()), ..first.clone() }),
        of(&[payment(0, "11.00"), payment(1, "1.00")]),
        of(&[second.clone(), first.clone()]),
        of(std::slice::from_ref(&first)),
        PaymentRequest::new(None, vec![first, second]).unwrap(),
    ];
    assert!(others.iter().all(|other| other.digest() != digest));
}
