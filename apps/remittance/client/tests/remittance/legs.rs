//! What the ledger asks of both legs, whoever agrees to what.

use rand_core::OsRng;
use tabella_ledger::node::Refusal;
use tabella_payments::holder::{PaymentOrder, Step};
use tabella_protocol::{
    note::NoteValue,
    note_encryption::Memo,
    range::RangeProofBytes,
    transaction::{SignatureBytes, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AmountOpening, prove_range},
    builder::{TransactionBuilder, UnprovenTransfer},
};
use tabella_remittance::{
    Agreed, Order,
    keys::{proof_bytes, wrap},
    rules::{
        Corridor, CorridorError, CorridorId, RemittanceAction, RemittanceProof, RemittanceRejection, RemittanceTerms,
        TermsError,
    },
};
use tabella_verifier::{application::UseError, shielded::ShieldedRejection};

use crate::scene::{
    BELOW, EUROS, EXPIRES, HOUR, NOW, Outcome, Scene, WON, Who, no_proof, refused, refused_as, refused_by_pool, time,
};

const BY_QUOTE: RemittanceRejection = RemittanceRejection::Signature("provider, by the key of the quote");

/// Alters what an honest transaction says, signs it anew by the key of the quote, and leaves its proofs as they were: for what is
/// refused before proofs are looked at.
fn altered(
    scene: &Scene,
    agreed: &Agreed,
    transaction: &Transaction,
    alter: impl FnOnce(&mut RemittanceAction),
) -> Transaction {
    let mut transaction = transaction.clone();
    let body = &mut transaction.effects.actions[0].body;
    let mut action: RemittanceAction = borsh::from_slice(body).unwrap();
    alter(&mut action);
    *body = borsh::to_vec(&action).unwrap();
    signed_anew(scene, agreed, &mut transaction);
    transaction
}

/// The signature of the quote's key, in every proof of a lock.
fn signed_anew(scene: &Scene, agreed: &Agreed, transaction: &mut Transaction) {
    let signature = scene.provider.keys.sign_lock(&agreed.quote().nonce, transaction.effects.digest());
    for bytes in &mut transaction.action_proofs {
        let mut proof: RemittanceProof = borsh::from_slice(bytes).unwrap();
        if let RemittanceProof::Lock { quote, .. } = &mut proof {
            *quote = signature;
        }
        *bytes = proof_bytes(&proof);
    }
}

fn terms(alter: impl FnOnce(&mut RemittanceTerms)) -> impl FnOnce(&mut RemittanceAction) {
    |action| match action {
        RemittanceAction::Lock { terms, .. } => alter(terms),
        _ => panic!("a lock"),
    }
}

#[test]
fn terms_that_break_a_rule_are_refused() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let honest = scene.exchange(&agreed, false);
    let submit = |scene: &mut Scene, alter: fn(&mut RemittanceTerms)| {
        let transaction = altered(scene, &agreed, &honest, terms(alter));
        scene.stage.submit(transaction)
    };
    let outcome = submit(&mut scene, |terms| terms.corridor = CorridorId([7; 32]));
    refused(&outcome, RemittanceRejection::UnknownCorridor(CorridorId([7; 32])));
    let cases: [fn(&mut RemittanceTerms); 4] = [
        |terms| terms.answer_until = terms.quote_expires,
        |terms| terms.claim_until = time(terms.answer_until.seconds() + 3_599),
        |terms| terms.refund_from = time(terms.claim_until.seconds() - 1),
        |terms| terms.quote_expires = terms.claim_until,
    ];
    for alter in cases {
        let outcome = submit(&mut scene, alter);
        refused(&outcome, TermsError::Times.into());
    }
    let outcome = submit(&mut scene, |terms| terms.receiver = terms.provider);
    refused(&outcome, TermsError::SameClaimant.into());
    let outcome = submit(&mut scene, |terms| terms.quote_expires = time(NOW));
    refused(&outcome, RemittanceRejection::Expired);
    let outcome = submit(&mut scene, |terms| terms.quote_key[0] ^= 1);
    refused(&outcome, BY_QUOTE);
    // Any other change makes other contracts than those of the escrows.
    let others: [fn(&mut RemittanceTerms); 6] = [
        |terms| terms.nonce[0] ^= 1,
        |terms| terms.answerer[0] ^= 1,
        |terms| terms.travel[0] ^= 1,
        |terms| terms.quote[0] ^= 1,
        |terms| std::mem::swap(&mut terms.provider, &mut terms.receiver),
        |terms| terms.answer_until = time(terms.answer_until.seconds() - 1),
    ];
    for alter in others {
        let outcome = submit(&mut scene, alter);
        refused(&outcome, RemittanceRejection::Contract(0));
    }
}

// The provider has answered, and its note waits for the sender.
#[test]
fn sender_who_spends_the_ordered_note_elsewhere_or_keeps_the_answer_locks_nothing() {
    let mut scene = Scene::new();
    let (euro, won) = (scene.euro, scene.won);
    let agreed = scene.agreed();
    let exchange = scene.exchange(&agreed, false);
    assert_eq!(scene.balance(Who::Provider, won), 0, "set aside");
    // All of the sender's notes become one of his own.
    let Scene { stage, sender, .. } = &mut scene;
    let holder = &mut sender.person.holder;
    holder.release(&exchange.effects);
    let to = holder.wallet().address(0);
    let order = PaymentOrder { to, asset: euro, amount: NoteValue(EUROS), memo: Memo::empty() };
    let Step::Pay(elsewhere) = holder.prepare(&stage.moment().unwrap(), &order, &mut OsRng).unwrap() else {
        panic!("there are two notes")
    };
    let elsewhere = holder.authorize(elsewhere, stage.parameters(), &mut OsRng).unwrap();
    let spent = elsewhere.effects.transfers[0].nullifiers().to_vec();
    stage.submit(elsewhere).unwrap();
    let ordered = exchange.effects.transfers[0].nullifiers().iter().find(|nullifier| spent.contains(nullifier));
    let nullifier = *ordered.expect("the note of the order is among them");
    let effects = exchange.effects.clone();
    let outcome = scene.stage.submit(exchange);
    refused_by_pool(&outcome, &ShieldedRejection::Spent { transfer: 0, nullifier });
    // The provider gives up what waits, and answers another order; its answer is kept until the quote has expired, though the
    // window of both transfers is open for longer.
    scene.provider.person.holder.release(&effects);
    let kept = scene.agreed();
    let exchange = scene.exchange(&kept, false);
    scene.stage.advance(EXPIRES - NOW);
    let outcome = scene.stage.submit(exchange);
    refused(&outcome, RemittanceRejection::Expired);
    // With the window the note is free again, without anybody's help.
    assert_eq!(scene.balance(Who::Provider, won), 0, "set aside");
    scene.stage.advance(HOUR);
    assert_eq!(scene.balance(Who::Provider, won), u128::from(WON));
    assert_eq!(scene.balance(Who::Sender, euro), u128::from(EUROS));
    assert!([&agreed, &kept].iter().all(|agreed| scene.state().remittance(&agreed.id()).is_none()));
}

// Who sees a transaction on its way cannot use up its quote.
#[test]
fn nobody_but_the_provider_uses_a_quote() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let honest = scene.exchange(&agreed, false);
    let mut stolen = honest.clone();
    let mut proof: RemittanceProof = borsh::from_slice(&stolen.action_proofs[0]).unwrap();
    let nonce = agreed.quote().nonce;
    for signature in [
        SignatureBytes([0; 64]),
        scene.stranger.keys.sign_lock(&nonce, honest.effects.digest()),
        scene.provider.keys.sign_lock(&[7; 32], honest.effects.digest()),
    ] {
        if let RemittanceProof::Lock { quote, .. } = &mut proof {
            *quote = signature;
        }
        stolen.action_proofs = vec![proof_bytes(&proof)];
        let outcome = scene.stage.submit(stolen.clone());
        refused(&outcome, BY_QUOTE);
    }
}

#[test]
fn legs_are_two_transfers_of_the_corridors_assets() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let honest = scene.exchange(&agreed, false);
    for (pay, deliver, rule) in
        [(0, 0, UseError::Used(0)), (1, 0, UseError::Asset(1)), (0, 2, UseError::NoSuchTransfer(2))]
    {
        let named = altered(&scene, &agreed, &honest, |action| {
            if let RemittanceAction::Lock { pay: first, deliver: second, .. } = action {
                (*first, *second) = (pay, deliver);
            }
        });
        let outcome = scene.stage.submit(named);
        refused(&outcome, rule.into());
    }
}

/// Both parties agree to whatever they like: two transfers, terms, and the proof of the limit that they make.
struct Collusion<'a> {
    agreed: &'a Agreed,
    order: Order,
    terms: RemittanceTerms,
    legs: [UnprovenTransfer; 2],
}

fn commitment(transfer: &UnprovenTransfer) -> tabella_protocol::jubjub::JubjubPoint {
    match &transfer.effects().statement {
        TransferStatement::Transfer { instance, .. } => instance.value_commitment,
        TransferStatement::Cast(_) => panic!("a transfer"),
    }
}

impl Collusion<'_> {
    fn build(&self, scene: &Scene, own: usize) -> TransactionBuilder {
        let mut builder = TransactionBuilder::new(scene.id());
        for (index, leg) in self.legs.iter().enumerate() {
            if index == own {
                builder.add(leg.clone());
            } else {
                builder.add_foreign(leg.effects().clone());
            }
        }
        builder.add_action(wrap(&RemittanceAction::Lock { terms: Box::new(self.terms.clone()), pay: 0, deliver: 1 }));
        builder
    }

    fn submit(
        &self,
        scene: &mut Scene,
        (is_proved, bridged): (bool, usize),
        limit: impl FnOnce(&ProofContext) -> RangeProofBytes,
    ) -> Outcome {
        let digest = self.build(scene, 0).effects().digest();
        let context = ProofContext { ledger: scene.id(), digest, index: 0 };
        let priced = self.agreed.quote().priced;
        let paid = AmountOpening::new(priced.pay, self.order.paid_blinding.0);
        let delivered = AmountOpening::new(priced.deliver, self.order.delivered_blinding.0);
        let amounts = [&paid, &delivered];
        let bridge = |leg: usize| {
            let transfer = &self.legs[leg];
            amounts[leg].bridge(&context, commitment(transfer), &transfer.opening().unwrap(), &mut OsRng).unwrap()
        };
        let proof = RemittanceProof::Lock {
            quote: scene.provider.keys.sign_lock(&self.agreed.quote().nonce, digest),
            pay: bridge(0),
            deliver: bridge(bridged),
            limit: limit(&context),
        };
        let authorize = |party: &crate::scene::Party, own| {
            let prepared = self.build(scene, own).build().unwrap();
            let holder = &party.person.holder;
            if is_proved {
                holder.authorize_own(prepared, scene.stage.parameters(), &mut OsRng).unwrap()
            } else {
                holder.authorize_own(prepared, &no_proof, &mut OsRng).unwrap()
            }
        };
        let theirs = authorize(&scene.provider, 1);
        let mut both = authorize(&scene.sender, 0);
        both.add_authorization(1, theirs.authorizations()[1].unwrap()).unwrap();
        scene.stage.submit(both.finish(vec![proof_bytes(&proof)]).unwrap())
    }
}

// Both agree to go over the threshold, and forge what they can.
#[test]
fn payment_over_the_threshold_is_refused_though_both_parties_agree() {
    let mut scene = Scene::new();
    // They agree under a corridor of their own, which allows it, and name the real one.
    let lenient = Corridor { below: NoteValue(u64::MAX), ..scene.corridor.clone() };
    let real = std::mem::replace(&mut scene.corridor, lenient);
    let quote = scene.try_quote(&scene.request(BELOW)).unwrap();
    let agreed = scene.agree(quote).unwrap();
    let mut terms = agreed.terms().clone();
    terms.corridor = real.id(scene.id());
    let id = terms.id(scene.id());
    let (euro, won) = (scene.euro, scene.won);
    let mut lock = agreed.lock_order(Memo::empty()).unwrap();
    lock.guard = id.guard().unwrap();
    let pay = scene.leg(euro, &lock);
    let order = agreed.order(&pay);
    let mut lock = order.lock_order(Memo::empty()).unwrap();
    lock.guard = id.guard().unwrap();
    let deliver = scene.leg(won, &lock);
    let blinding = order.paid_blinding.0;
    // below - 1 - paid is -1: whatever is proved to be in range is something else.
    let statement = real.limit_statement(id, &terms.paid);
    let least = AmountOpening::new(NoteValue(0), -blinding);
    assert_ne!(statement.commitments, [least.commitment()]);
    let collusion = Collusion { agreed: &agreed, order, terms, legs: [pay, deliver] };
    let outcome = collusion
        .submit(&mut scene, (true, 1), |context| prove_range(context, &statement, &[least], &mut OsRng).unwrap());
    refused_as(&outcome, &Refusal::Range);
}

// The provider's leg as well as the sender's: each under exactly the contract of the terms, and in mode tag.
#[test]
fn delivery_under_another_contract_or_in_another_mode_is_refused() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let pay = scene.payment(&agreed);
    let order = agreed.order(&pay);
    let won = scene.won;
    let right = order.lock_order(Memo::empty()).unwrap();
    let mut earlier = right.clone();
    earlier.terms.refund_from = time(earlier.terms.refund_from.seconds() + 1);
    let mut elsewhere = right.clone();
    elsewhere.claimant = scene.stranger.person.address(0);
    let mut untagged = right;
    untagged.is_tagged = false;
    let cases = [
        (earlier, RemittanceRejection::Contract(1)),
        (elsewhere, RemittanceRejection::Contract(1)),
        // A transfer within the pool is no application's.
        (untagged, UseError::Used(1).into()),
    ];
    for (lock, rule) in cases {
        let deliver = scene.leg(won, &lock);
        let release = tabella_protocol::transaction::TransactionEffects::new(
            scene.id(),
            vec![deliver.effects().clone()],
            Vec::new(),
        );
        let is_tagged = lock.is_tagged;
        let (order, terms) = (order.clone(), agreed.terms().clone());
        let collusion = Collusion { agreed: &agreed, order, terms, legs: [pay.clone(), deliver] };
        // An untagged lock opens no amount: some other bridge stands in, as the mode is refused before.
        let bridged = if is_tagged { 1 } else { 0 };
        let outcome = collusion.submit(&mut scene, (false, bridged), |_| RangeProofBytes(Vec::new()));
        refused(&outcome, rule);
        scene.provider.person.holder.release(&release);
    }
}

/// An honest transaction, proved, whose action's proof somebody makes otherwise.
fn forged(
    scene: &mut Scene,
    agreed: &Agreed,
    prove: impl FnOnce(&ProofContext, RemittanceProof) -> RemittanceProof,
) -> Outcome {
    let honest = scene.exchange(agreed, true);
    let context = ProofContext { ledger: scene.id(), digest: honest.effects.digest(), index: 0 };
    let proof = prove(&context, borsh::from_slice(&honest.action_proofs[0]).unwrap());
    let effects = honest.effects.clone();
    let outcome = scene.stage.submit(Transaction { action_proofs: vec![proof_bytes(&proof)], ..honest });
    scene.sender.person.holder.release(&effects);
    scene.provider.person.holder.release(&effects);
    outcome
}

#[test]
fn amounts_and_limit_are_proved_of_their_own_leg_and_for_their_own_transaction() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    // Each bridge of the other leg.
    let outcome = forged(&mut scene, &agreed, |_, proof| match proof {
        RemittanceProof::Lock { quote, pay, deliver, limit } => {
            RemittanceProof::Lock { quote, pay: deliver, deliver: pay, limit }
        }
        RemittanceProof::Signature(_) => panic!("a lock"),
    });
    refused_as(&outcome, &Refusal::Bridge);
    // The range of another value.
    let (corridor, id, paid) = (scene.corridor.clone(), agreed.id(), agreed.terms().paid);
    let outcome = forged(&mut scene, &agreed, |context, proof| match proof {
        RemittanceProof::Lock { quote, pay, deliver, .. } => {
            let other = AmountOpening::hidden(NoteValue(5), &mut OsRng);
            let mut statement = corridor.limit_statement(id, &paid);
            statement.commitments = vec![other.commitment()];
            let limit = prove_range(context, &statement, &[other], &mut OsRng).unwrap();
            RemittanceProof::Lock { quote, pay, deliver, limit }
        }
        RemittanceProof::Signature(_) => panic!("a lock"),
    });
    refused_as(&outcome, &Refusal::Range);
    // Bridges and range of another transaction of the same terms.
    let earlier = scene.exchange(&agreed, true);
    let effects = earlier.effects.clone();
    scene.sender.person.holder.release(&effects);
    scene.provider.person.holder.release(&effects);
    let earlier: RemittanceProof = borsh::from_slice(&earlier.action_proofs[0]).unwrap();
    let RemittanceProof::Lock { pay: foreign_pay, limit: foreign_limit, .. } = earlier else { panic!("a lock") };
    let outcome = forged(&mut scene, &agreed, |_, proof| match proof {
        RemittanceProof::Lock { quote, deliver, limit, .. } => {
            RemittanceProof::Lock { quote, pay: foreign_pay, deliver, limit }
        }
        RemittanceProof::Signature(_) => panic!("a lock"),
    });
    refused_as(&outcome, &Refusal::Bridge);
    let outcome = forged(&mut scene, &agreed, |_, proof| match proof {
        RemittanceProof::Lock { quote, pay, deliver, .. } => {
            RemittanceProof::Lock { quote, pay, deliver, limit: foreign_limit }
        }
        RemittanceProof::Signature(_) => panic!("a lock"),
    });
    refused_as(&outcome, &Refusal::Range);
    // The proof of another kind of action.
    let outcome = forged(&mut scene, &agreed, |_, _| RemittanceProof::Signature(SignatureBytes([1; 64])));
    refused(&outcome, RemittanceRejection::Proof);
}

#[test]
fn quote_is_used_once_on_the_ledger_also_within_one_transaction() {
    let mut scene = Scene::new();
    let quote = scene.quote();
    let first = scene.agree(quote.clone()).unwrap();
    let transaction = scene.exchange(&first, true);
    // A second action of other terms under the same quote, and the same action twice.
    let twice = |scene: &Scene, alter: fn(&mut RemittanceTerms)| {
        let mut twice = transaction.clone();
        let mut action: RemittanceAction = borsh::from_slice(&twice.effects.actions[0].body).unwrap();
        terms(alter)(&mut action);
        twice.effects.actions.push(wrap(&action));
        twice.action_proofs.push(twice.action_proofs[0].clone());
        signed_anew(scene, &first, &mut twice);
        twice
    };
    let other = twice(&scene, |terms| terms.nonce[0] ^= 1);
    let outcome = scene.stage.submit(other);
    refused(&outcome, RemittanceRejection::QuoteUsed);
    let same = twice(&scene, |_| ());
    let outcome = scene.stage.submit(same);
    refused(&outcome, RemittanceRejection::Exists(first.id()));
    scene.stage.submit(transaction).unwrap();
    scene.read_all();
    let second = scene.agree(quote).unwrap();
    let payment = scene.payment(&second);
    let order = second.order(&payment);
    let answer = scene.answer(&order, false);
    let again = scene.complete(&second, payment, &answer, false).unwrap();
    let outcome = scene.stage.submit(again);
    refused(&outcome, RemittanceRejection::QuoteUsed);
}

type Alteration = fn(&mut Corridor);

#[test]
fn corridors_are_opened_once_by_their_operator_between_ordinary_assets() {
    let mut scene = Scene::bare();
    let corridor = scene.corridor.clone();
    let open = |scene: &mut Scene, corridor: Corridor| {
        let open = scene.provider.keys.open(scene.id(), corridor);
        scene.stage.submit(open)
    };
    let cases: [(Alteration, CorridorError); 4] = [
        (|corridor| corridor.name = " ".into(), CorridorError::Name),
        (|corridor| corridor.name = "x".repeat(65), CorridorError::Name),
        (|corridor| corridor.receives = corridor.pays, CorridorError::SameAsset),
        (|corridor| corridor.below = NoteValue(1), CorridorError::Threshold),
    ];
    for (alter, error) in cases {
        let mut altered = corridor.clone();
        alter(&mut altered);
        let outcome = open(&mut scene, altered);
        refused(&outcome, error.into());
    }
    let unknown = tabella_protocol::note::AssetId::new(ark_bls12_381::Fr::from(5u8));
    let outcome = open(&mut scene, Corridor { pays: unknown, ..corridor.clone() });
    refused(&outcome, RemittanceRejection::Asset(unknown));
    let stranger = scene.stranger.keys.open(scene.id(), corridor.clone());
    let outcome = scene.stage.submit(stranger);
    refused(&outcome, RemittanceRejection::Signature("operator of the corridor"));
    open(&mut scene, corridor.clone()).unwrap();
    let id = corridor.id(scene.id());
    assert!(scene.state().corridor(&id).is_some());
    // In another transaction: with another action in front.
    let other = Corridor { name: "Another".into(), ..corridor.clone() };
    let mut effects = scene.provider.keys.open(scene.id(), other).effects;
    effects.actions.push(wrap(&RemittanceAction::Open { corridor }));
    let outcome = scene.stage.submit(scene.provider.keys.sign_all(effects));
    refused(&outcome, RemittanceRejection::CorridorExists(id));
}
