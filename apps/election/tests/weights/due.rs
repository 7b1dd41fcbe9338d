//! The authority's own look at its distribution: who is on the roll, and whether everybody was sent what is due.

use tabella_election::distribution::{DistributionError, DistributionFault, Recipient, recipients_of};
use tabella_protocol::{
    election::Weights,
    keys::{Account, Diversifier, Seed},
};

use crate::parties::{Run, rules};

fn opened() -> Run {
    Run::opened(&[1, 7, 250, 3], rules(Weights::Hidden, false))
}

impl Run {
    /// Who registered, in the order of the roll.
    fn registered(&self) -> Vec<Recipient> {
        let people = self.parties.people.iter().zip(&self.parties.weights);
        people
            .map(|(person, weight)| Recipient { address: person.voter.registered_address(), weight: *weight })
            .collect()
    }
}

fn stranger() -> Recipient {
    let key = Seed::new([0xbb; 32]).account(&Account::Payment(0));
    Recipient { address: key.address(Diversifier::from_index(0)), weight: 9 }
}

#[test]
fn recipients_stand_in_the_order_of_the_roll_and_who_came_after_it_is_left_out() {
    let run = opened();
    let registered = run.registered();
    // One came too late, and another registered once more for an invitation of another weight.
    let again = Recipient { weight: 1_000, ..registered[0] };
    let known = [registered[2], registered[0], stranger(), registered[3], registered[1], again];
    assert_eq!(recipients_of(&run.log, &known).unwrap(), registered);
}

#[test]
fn voter_of_the_roll_whom_nobody_knows_is_missed() {
    let run = opened();
    let mut known = run.registered();
    known.remove(2);
    assert!(matches!(recipients_of(&run.log, &known), Err(DistributionError::Missing(3))));
    known.push(stranger());
    assert!(matches!(recipients_of(&run.log, &known), Err(DistributionError::Missing(3))));
    let equal = Run::opened(&[1, 1], rules(Weights::One, false));
    for log in [&run.log[..0], &equal.log[..]] {
        let refused = recipients_of(log, &run.registered());
        assert!(matches!(refused, Err(DistributionError::Fault(DistributionFault::Roll))));
    }
}

#[test]
fn everything_is_distributed_only_when_everybody_was_sent_what_is_due() {
    let mut run = opened();
    let mut distributor = run.parties.distributor();
    let nothing = |refused: Result<(), DistributionError>| {
        matches!(refused, Err(DistributionError::Fault(DistributionFault::Nothing(1))))
    };
    assert!(nothing(distributor.check_sent(run.pool(), &run.log)));
    run.distribute_round(&mut distributor);
    assert!(nothing(distributor.check_sent(run.pool(), &run.log)));
    while run.distribute_round(&mut distributor) > 0 {}
    assert!(distributor.check_sent(run.pool(), &run.log).is_ok());
    let elsewhere = Run::opened(&[1, 7], rules(Weights::Hidden, false));
    let refused = distributor.check_sent(elsewhere.pool(), &elsewhere.log);
    assert!(matches!(refused, Err(DistributionError::OtherRoll)));
}

// The total is on the roll, the weights are not: what the roll cannot refuse, the distribution's own log does.
#[test]
fn weights_that_changed_during_the_distribution_are_refused() {
    let mut run = opened();
    let mut distributor = run.parties.distributor();
    run.distribute_round(&mut distributor);
    let fixed = std::mem::replace(&mut run.parties.weights, vec![1, 250, 7, 3]);
    let mut changed = run.parties.distributor();
    changed.read(run.pool(), &run.log).unwrap();
    // The halves are 8 and 253, and by these weights they would be 251 and 10: nothing can be handed out, and that is no end.
    assert_eq!(changed.transfers_left(run.pool()), 0);
    let refused = changed.check_sent(run.pool(), &run.log);
    assert!(matches!(refused, Err(DistributionError::Fault(DistributionFault::Nothing(1)))));

    run.parties.weights = fixed;
    while run.distribute_round(&mut distributor) > 0 {}
    run.parties.weights = vec![7, 1, 250, 3];
    let changed = run.parties.distributor();
    assert!(matches!(changed.check_sent(run.pool(), &run.log), Err(DistributionError::OtherWeight(1))));
    run.parties.weights = vec![1, 7, 250, 4];
    let changed = run.parties.distributor();
    assert!(matches!(changed.check_sent(run.pool(), &run.log), Err(DistributionError::OtherRoll)));
}
