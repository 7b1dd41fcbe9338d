//! Time-stamp tokens of RFC 3161 (with RFC 5816), for programs that know no ledger. Whoever trusts a token trusts the time-stamping
//! authority that signs it: an ECDSA key on P-256 under a certificate of its own. The authority signs only what a certificate of the
//! ledger proves.

use std::{fmt, io, time::Duration};

use borsh::{BorshDeserialize, BorshSerialize};
use cmpv2::status::{PkiStatus, PkiStatusInfo};
use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use der::{
    Any, Decode as _, Encode as _, EncodePem as _, Sequence, Tag,
    asn1::{BitString, GeneralizedTime, Int, ObjectIdentifier, OctetString, SetOfVec, UtcTime, Utf8StringRef},
    oid::db::{rfc4519, rfc5280, rfc5911, rfc5912},
    pem::LineEnding,
};
use p256::{
    PublicKey,
    ecdsa::{DerSignature, SigningKey, signature::Signer as _},
};
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha256};
use tabella_notary_rules::stamp::token_serial;
use tabella_protocol::note::Timestamp;
use tabella_prover::keyfile::KeyFileContent;
use thiserror::Error;
use x509_cert::{
    Certificate, TbsCertificate, Version,
    attr::{Attribute, AttributeTypeAndValue},
    ext::{
        AsExtension as _, Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages},
    },
    name::{RdnSequence, RelativeDistinguishedName},
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::{Time, Validity},
};
use x509_tsp::{Accuracy, MessageImprint, TimeStampResp, TspVersion, TstInfo};
use zeroize::Zeroizing;

use crate::certificate::ProvedStamp;

/// id-ct-TSTInfo: RFC 3161 section 2.4.2.
const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// id-aa-signingCertificateV2: RFC 5035.
const ID_SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// anyPolicy of RFC 5280: for an authority that has not written its policy down.
pub const ANY_POLICY: &str = "2.5.29.32.0";
/// How far a block's time may be from the clock of whoever signs it, in seconds.
const ACCURACY: u64 = 60;
#[cfg(feature = "ledger")]
const _: () = assert!(ACCURACY == tabella_ledger::clock::TOLERANCE);
/// Longest name, in bytes: the bound of a common name (X.520).
const MAX_NAME: usize = 64;
/// Longest certificate that is read, in bytes.
const MAX_CERTIFICATE: usize = 1 << 14;

/// Why there is no key or no token.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The name.
    #[error("a time-stamping authority's name has 1 to {MAX_NAME} bytes and no control characters")]
    Name,
    /// The policy.
    #[error("{0} is no object identifier: a policy is one, such as {ANY_POLICY}")]
    Policy(String),
    /// The validity.
    #[error("the certificate's validity is 1 day to 30 years")]
    Validity,
    /// Outside of the validity.
    #[error(
        "the stamp is of {} (seconds after 1970), when the authority's certificate was not valid: another authority may sign it",
        .0.seconds()
    )]
    NotValid(Timestamp),
    /// The encoding.
    #[error("the token cannot be encoded: {0}")]
    Encoding(#[from] der::Error),
}

/// ESSCertIDv2 of RFC 5035, for a certificate's SHA-256.
#[derive(Clone, Debug, Sequence)]
struct CertificateId {
    hash: OctetString,
}

/// SigningCertificateV2 of RFC 5035.
#[derive(Clone, Debug, Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateId>,
}

/// A time-stamping authority: its key, its certificate and its policy. `Debug` prints no secret.
pub struct TimeStamper {
    key: SigningKey,
    certificate: Certificate,
    policy: ObjectIdentifier,
}

impl fmt::Debug for TimeStamper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeStamper({})", self.certificate.tbs_certificate.subject)
    }
}

/// A signed token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(ContentInfo);

impl Token {
    /// The token alone, DER: a `.tst` file, which `openssl ts -verify -token_in` reads.
    ///
    /// # Errors
    /// [`TokenError::Encoding`].
    pub fn to_der(&self) -> Result<Vec<u8>, TokenError> {
        Ok(self.0.to_der()?)
    }

    /// The token in a response, DER: a `.tsr` file, which `openssl ts -verify` reads.
    ///
    /// # Errors
    /// [`TokenError::Encoding`].
    pub fn to_response(&self) -> Result<Vec<u8>, TokenError> {
        let status = PkiStatusInfo { status: PkiStatus::Accepted, status_string: None, fail_info: None };
        Ok(TimeStampResp { status, time_stamp_token: Some(self.0.clone()) }.to_der()?)
    }
}

fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None }
}

fn ecdsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: rfc5912::ECDSA_WITH_SHA_256, parameters: None }
}

/// A time as certificates write it: RFC 5280 section 4.1.2.5.
fn certificate_time(time: Timestamp) -> der::Result<Time> {
    let since = Duration::from_secs(time.seconds());
    match UtcTime::from_unix_duration(since) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(since)?)),
    }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

impl TimeStamper {
    /// A new authority, whose certificate it signs itself and which is valid for some days from a time.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn generate(
        name: &str,
        policy: &str,
        (from, days): (Timestamp, u32),
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, TokenError> {
        if name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(TokenError::Name);
        }
        let policy = ObjectIdentifier::new(policy).map_err(|_| TokenError::Policy(policy.to_owned()))?;
        if days == 0 || days > 30 * 366 {
            return Err(TokenError::Validity);
        }
        let until = Timestamp::new(from.seconds() + 86_400 * u64::from(days)).ok_or(TokenError::Validity)?;
        let key = SigningKey::random(rng);
        let mut serial = [0; 16];
        rng.fill_bytes(&mut serial);
        // Positive, and of 16 bytes whatever was drawn.
        serial[0] = serial[0] & 0x3f | 0x40;
        let certificate = certify(&key, name, &serial, (from, until))?;
        Ok(Self { key, certificate, policy })
    }

    /// The certificate as PEM, for whoever is to trust tokens.
    ///
    /// # Errors
    /// [`TokenError::Encoding`].
    pub fn certificate_pem(&self) -> Result<String, TokenError> {
        Ok(self.certificate.to_pem(LineEnding::LF)?)
    }

    /// The name in the certificate.
    #[must_use]
    pub fn name(&self) -> String {
        self.certificate.tbs_certificate.subject.to_string()
    }

    /// The token of a stamp that is in a ledger's log: its time is that of the block, its imprint the file's SHA-256. There is one
    /// token for each stamp, byte for byte, so that no two tokens have the same serial number.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn issue(&self, stamp: &ProvedStamp) -> Result<Token, TokenError> {
        let time = Duration::from_secs(stamp.time().seconds());
        let validity = &self.certificate.tbs_certificate.validity;
        if time < validity.not_before.to_unix_duration() || time > validity.not_after.to_unix_duration() {
            return Err(TokenError::NotValid(stamp.time()));
        }
        let info = TstInfo {
            version: TspVersion::V1,
            policy: self.policy,
            message_imprint: MessageImprint {
                hash_algorithm: sha256(),
                hashed_message: OctetString::new(stamp.digest().0.to_vec())?,
            },
            serial_number: Int::new(&token_serial(stamp.ledger(), stamp.stamp()))?,
            gen_time: GeneralizedTime::from_unix_duration(time)?,
            accuracy: Some(Accuracy { seconds: Some(ACCURACY), millis: None, micros: None }),
            ordering: false,
            nonce: None,
            tsa: None,
            extensions: None,
        };
        self.sign(&info.to_der()?)
    }

    /// RFC 5652 section 5, with the attributes that RFC 3161 and RFC 5816 ask for.
    fn sign(&self, info: &[u8]) -> Result<Token, TokenError> {
        let certificate = self.certificate.to_der()?;
        let id = CertificateId { hash: OctetString::new(Sha256::digest(certificate).to_vec())? };
        let content = Any::encode_from(&OctetString::new(info)?)?;
        let attributes = SetOfVec::try_from(vec![
            attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&ID_CT_TST_INFO)?)?,
            attribute(rfc5911::ID_MESSAGE_DIGEST, Any::new(Tag::OctetString, Sha256::digest(info).to_vec())?)?,
            attribute(ID_SIGNING_CERTIFICATE_V2, Any::encode_from(&SigningCertificate { certificates: vec![id] })?)?,
        ])?;
        let signature: DerSignature = self.key.sign(&attributes.to_der()?);
        let subject = &self.certificate.tbs_certificate;
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: subject.issuer.clone(),
                serial_number: subject.serial_number.clone(),
            }),
            digest_alg: sha256(),
            signed_attrs: Some(attributes),
            signature_algorithm: ecdsa(),
            signature: OctetString::new(signature.as_bytes())?,
            unsigned_attrs: None,
        };
        let certificates = vec![CertificateChoices::Certificate(self.certificate.clone())];
        let data = SignedData {
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![sha256()])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: ID_CT_TST_INFO, econtent: Some(content) },
            certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
        };
        Ok(Token(ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&data)? }))
    }
}

fn public_key(key: &SigningKey) -> der::Result<SubjectPublicKeyInfoOwned> {
    SubjectPublicKeyInfoOwned::from_key(PublicKey::from(key.verifying_key())).map_err(|_| Tag::BitString.value_error())
}

/// A certificate for time stamps only, as RFC 3161 section 2.3 asks.
fn certify(
    key: &SigningKey,
    name: &str,
    serial: &[u8],
    (from, until): (Timestamp, Timestamp),
) -> Result<Certificate, TokenError> {
    let common_name = AttributeTypeAndValue { oid: rfc4519::CN, value: Any::from(Utf8StringRef::new(name)?) };
    let name = RdnSequence(vec![RelativeDistinguishedName(SetOfVec::try_from(vec![common_name])?)]);
    let critical = |extension: der::Result<Extension>| extension.map(|it| Extension { critical: true, ..it });
    let usage = KeyUsage(KeyUsages::DigitalSignature.into());
    let extensions = vec![
        critical(BasicConstraints { ca: false, path_len_constraint: None }.to_extension(&name, &[]))?,
        critical(usage.to_extension(&name, &[]))?,
        critical(ExtendedKeyUsage(vec![rfc5280::ID_KP_TIME_STAMPING]).to_extension(&name, &[]))?,
    ];
    let tbs_certificate = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(serial)?,
        signature: ecdsa(),
        issuer: name.clone(),
        validity: Validity { not_before: certificate_time(from)?, not_after: certificate_time(until)? },
        subject: name,
        subject_public_key_info: public_key(key)?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    };
    let signature: DerSignature = key.sign(&tbs_certificate.to_der()?);
    Ok(Certificate {
        tbs_certificate,
        signature_algorithm: ecdsa(),
        signature: BitString::from_bytes(signature.as_bytes())?,
    })
}

/// Secret scalar (32 bytes), certificate (DER) and policy (text).
impl BorshSerialize for TimeStamper {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(self.key.to_bytes().into());
        writer.write_all(secret.as_ref())?;
        self.certificate.to_der().map_err(io::Error::other)?.serialize(writer)?;
        self.policy.to_string().serialize(writer)
    }
}

impl BorshDeserialize for TimeStamper {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        fn invalid(error: impl ToString) -> io::Error {
            io::Error::new(io::ErrorKind::InvalidData, error.to_string())
        }
        let mut secret = Zeroizing::new([0; 32]);
        reader.read_exact(secret.as_mut())?;
        let key = SigningKey::from_slice(secret.as_ref()).map_err(invalid)?;
        let length = u32::deserialize_reader(reader)? as usize;
        if length > MAX_CERTIFICATE {
            return Err(invalid("the certificate is too long"));
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        let certificate = Certificate::from_der(&bytes).map_err(invalid)?;
        if certificate.tbs_certificate.subject_public_key_info != public_key(&key).map_err(invalid)? {
            return Err(invalid("the certificate is of another key"));
        }
        let policy = ObjectIdentifier::new(&String::deserialize_reader(reader)?).map_err(invalid)?;
        Ok(Self { key, certificate, policy })
    }
}

impl KeyFileContent for TimeStamper {
    const KIND: &'static str = "time-stamping key";
}
