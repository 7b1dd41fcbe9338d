//! The file of a disclosed payment.

use tabella_protocol::disclosure::PaymentDisclosure;

use super::PublicFile;

impl PublicFile for PaymentDisclosure {
    const KIND: &'static str = "payment disclosure";
}
