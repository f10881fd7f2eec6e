//! TLS identities: the device key itself, as a raw public key (RFC 7250).
//!
//! There is no X.509 and no date in it: devices at a meetup have wrong clocks. The "certificate" is
//! the `SubjectPublicKeyInfo` of an Ed25519 key (RFC 8410), always these 44 bytes:
//!
//! | bytes | what |
//! |---|---|
//! | 12 | `30 2a 30 05 06 03 2b 65 70 03 21 00` |
//! | 32 | the key |
//!
//! TLS 1.3 only, without tickets, resumption, early data or server name, so that nothing in clear
//! is the same twice. Both ends prove their key; whether it is a welcome one is not for TLS to say.

use std::sync::Arc;

use rustls::{
    CertificateError, CipherSuite, ClientConfig, DigitallySignedStruct, DistinguishedName,
    Error as TlsError, PeerMisbehaved, ServerConfig, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key},
    pki_types::{
        CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
        UnixTime,
    },
    server::{
        AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
    version::TLS13,
};
use zeroize::Zeroizing;

use super::LanError;
use crate::link::PeerId;

/// The protocol that both ends must name.
const ALPN: &[u8] = b"commune/1";

const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// What stands before the 32 secret bytes in PKCS #8 version 1 (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The device key, ready for TLS.
#[derive(Debug)]
pub(super) struct Identity {
    peer_id: PeerId,
    key: Arc<CertifiedKey>,
    provider: Arc<CryptoProvider>,
}

impl Identity {
    pub(super) fn new(secret: &[u8; 32]) -> Result<Self, TlsError> {
        let provider = Arc::new(provider());
        let pkcs8 = Zeroizing::new([&PKCS8_PREFIX[..], secret].concat());
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(&pkcs8[..]));
        let key = ring::sign::any_eddsa_type(&match der {
            PrivateKeyDer::Pkcs8(der) => der,
            _ => return Err(TlsError::General("not an Ed25519 key".into())),
        })?;
        let spki = key
            .public_key()
            .map(|spki| CertificateDer::from(spki.to_vec()))
            .ok_or_else(|| TlsError::General("key without public key".into()))?;
        Ok(Self {
            peer_id: peer_of(&spki)?,
            key: Arc::new(CertifiedKey::new(vec![spki], key)),
            provider,
        })
    }

    pub(super) fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    pub(super) fn server(&self) -> Result<ServerConfig, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(AnyDevice(Arc::clone(&self.provider))))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(
                Arc::clone(&self.key),
            )));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(config)
    }

    pub(super) fn client(&self) -> Result<ClientConfig, TlsError> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyDevice(Arc::clone(&self.provider))))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(
                Arc::clone(&self.key),
            )));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.enable_sni = false;
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// The device whose key stands in a raw public key.
pub(super) fn peer_of(spki: &[u8]) -> Result<PeerId, TlsError> {
    spki.strip_prefix(&SPKI_PREFIX)
        .and_then(|key| key.try_into().ok())
        .map(PeerId)
        .ok_or(TlsError::InvalidCertificate(CertificateError::BadEncoding))
}

/// One key exchange, and the cipher first that this processor computes in hardware.
fn provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.kx_groups = vec![ring::kx_group::X25519];
    provider
        .cipher_suites
        .retain(|suite| suite.tls13().is_some());
    let rank = |suite: CipherSuite| match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 if has_aes() => 0,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => 1,
        CipherSuite::TLS13_AES_128_GCM_SHA256 => 2,
        _ => 3,
    };
    provider
        .cipher_suites
        .sort_by_key(|suite| rank(suite.suite()));
    provider
}

fn has_aes() -> bool {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    let has = std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    let has = std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    let has = false;
    has
}

/// Takes any device that proves its key.
#[derive(Debug)]
struct AnyDevice(Arc<CryptoProvider>);

impl AnyDevice {
    fn verify(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.0.signature_verification_algorithms;
        let spki = SubjectPublicKeyInfoDer::from(spki.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signed, algorithms)
    }
}

/// One key and nothing else.
fn only_key(spki: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Result<PeerId, TlsError> {
    if !others.is_empty() {
        return Err(TlsError::InvalidCertificate(CertificateError::BadEncoding));
    }
    peer_of(spki)
}

fn refused_version() -> TlsError {
    PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into()
}

impl From<TlsError> for LanError {
    fn from(error: TlsError) -> Self {
        Self::Key(error.to_string())
    }
}

impl ServerCertVerifier for AnyDevice {
    fn verify_server_cert(
        &self,
        spki: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        only_key(spki, others).map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(refused_version())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verify(message, spki, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for AnyDevice {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        spki: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        only_key(spki, others).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(refused_version())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verify(message, spki, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_the_ed25519_key_of_the_secret() {
        let secret = [7; 32];
        let expected = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
        let identity = Identity::new(&secret).unwrap();
        assert_eq!(identity.peer_id(), PeerId(expected.to_bytes()));
    }

    #[test]
    fn only_the_44_bytes_of_an_ed25519_key_are_taken() {
        let good = [&SPKI_PREFIX[..], &[9; 32]].concat();
        assert_eq!(peer_of(&good).unwrap(), PeerId([9; 32]));
        for len in 0..good.len() {
            assert!(peer_of(&good[..len]).is_err());
        }
        assert!(peer_of(&[&good[..], &[0]].concat()).is_err());
        for at in 0..SPKI_PREFIX.len() {
            let mut other = good.clone();
            other[at] ^= 1;
            assert!(peer_of(&other).is_err());
        }
    }
}
