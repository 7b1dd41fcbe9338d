use super::*;

#[test]
fn slack_bits_add_up_to_every_rest() {
    for (min, max) in [(0, 0), (0, 1), (1, 3), (0, 7), (2, 10), (0, 1024)] {
        let rule = SelectionRule::new(1024, min, max).expect("in bounds");
        for rest in 0..=max - min {
            let bits = slack_bits(&rule, rest);
            let sum: u16 = bits.iter().zip(rule.slack_coefficients()).map(|(bit, a)| u16::from(*bit) * a).sum();
            assert_eq!(sum, rest);
            assert!(bits.iter().all(|bit| *bit < 2));
        }
    }
}
