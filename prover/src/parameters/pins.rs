//! The hashes of the parameters that this version uses.

use tabella_protocol::{statement::Shape, transaction::VerifyingKeyId};

use super::ParametersDigest;

/// Which parameters a shape has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParametersPin {
    /// The shape.
    pub shape: Shape,
    /// The hash of the whole file.
    pub file: ParametersDigest,
    /// The verifying key inside.
    pub verifying_key: VerifyingKeyId,
}

/// The development parameters. After a change of a circuit, `cargo run -p tabella-prover --example pin-development-parameters`
/// prints the new constants and writes the new verifying keys.
pub const DEVELOPMENT: &[ParametersPin] = &[
    ParametersPin {
        shape: Shape::Transfer,
        file: ParametersDigest(bytes("54f6f43736ad736d3ff5c05cfe6ed72497daad42a080c74d24f32e466f5ec019")),
        verifying_key: VerifyingKeyId(bytes("07b302dd37ed243bfe32471245e416908b6b8791baf0c1fa8fc95d7058c746a9")),
    },
    ParametersPin {
        shape: Shape::Cast,
        file: ParametersDigest(bytes("b442f77948f07b24c4494f759cd1b152274a0222e9cada88df4eff198e2a16a3")),
        verifying_key: VerifyingKeyId(bytes("e21982bf581bb16363b2f531fa346d8209fced526c80a13979666dcd8a41bad1")),
    },
];

/// The parameters of completed ceremonies: none yet.
pub const CEREMONY: &[ParametersPin] = &[];

/// Reads 64 hexadecimal digits at compile time.
const fn bytes(digits: &str) -> [u8; 32] {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => unreachable!(),
        }
    }
    let digits = digits.as_bytes();
    assert!(digits.len() == 64, "a hash has 64 digits");
    let mut out = [0; 32];
    let mut index = 0;
    while index < 32 {
        out[index] = digit(digits[2 * index]) * 16 + digit(digits[2 * index + 1]);
        index += 1;
    }
    out
}
