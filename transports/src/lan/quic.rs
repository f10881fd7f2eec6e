//! Links over QUIC (RFC 9000). The only file that names quinn.
//!
//! Each connection carries one link, on one bidirectional stream that its initiator
//! opens:
//!
//! ```text
//! initiator   000000 frame frame …      (000000: a frame of length 0, which opens the stream)
//! other       000000 frame frame …
//! ```
//!
//! The initiator hands the link over when it has read the other's first three bytes: only then has
//! the other checked its key and found a place for the link.
//!
//! | connection closed with | because |
//! |---|---|
//! | 0 | both sides have finished, or the program ends |
//! | 1 | no place for more links |
//! | 2 | this device is left alone for a while |
//! | 3 | what came was no frame |
//! | 4 | the initiator opened another link |

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use quinn::{
    ClientConfig, Connection, ConnectionError, ConnectionId, Endpoint, EndpointConfig, Incoming,
    NoneTokenStore, RecvStream, SendStream, ServerConfig, TokioRuntime, TransportConfig, VarInt,
    congestion::BbrConfig,
    crypto::rustls::{QuicClientConfig, QuicServerConfig},
};
use rustls::pki_types::CertificateDer;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    LanError, Shared, address,
    error::DialError,
    gate::Verdict,
    guards::{HandshakeGuard, LinkGuard},
    links::{Denied, MAX_LINKS, Place, Stop},
    socket::{self, Socket},
    tags::DIAL_ID_LEN,
    tls::{self, Identity},
};
use crate::link::{Frame, LINK_CAPACITY, Link, Medium, OPENING, PeerId, pump};

/// What a handshake may take, from the first packet to the open stream.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a dialled address may stay silent.
const ANSWER: Duration = Duration::from_secs(5);

/// Silence after which a link is dead.
const IDLE: Duration = Duration::from_secs(30);

/// Silence after which a sign of life is sent.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How long a finished side waits for the other to have read everything.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes in flight to one stream, and to one connection. A connection has one stream.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// Bytes held until the other side has acknowledged them.
const SEND_WINDOW: u64 = 2 * 1024 * 1024;

/// Datagrams that wait while an attempt is decided upon, in bytes.
const INCOMING_BUFFER: u64 = 16 * 1024;
const INCOMING_BUFFERS: u64 = 512 * 1024;

/// Attempts that wait for a decision.
const MAX_INCOMING: usize = 64;

/// Handshake data out of order, in bytes.
const CRYPTO_BUFFER: usize = 8 * 1024;

/// TLS wants a name; it is not sent.
const SERVER_NAME: &str = "device.invalid";

/// Names the secret that is taken from TLS for [`Link::channel_binding`] (RFC 8446, section 7.5).
const EXPORTER_LABEL: &[u8] = b"EXPERIMENTAL-commune-channel";

const BYE: VarInt = VarInt::from_u32(0);
const FULL: VarInt = VarInt::from_u32(1);
const UNWELCOME: VarInt = VarInt::from_u32(2);
const BROKEN: VarInt = VarInt::from_u32(3);
const REPLACED: VarInt = VarInt::from_u32(4);

/// The QUIC endpoint of this device.
#[derive(Debug)]
pub(super) struct Quic {
    endpoint: Endpoint,
    client: ClientConfig,
    shared: Arc<Shared>,
}

impl Quic {
    /// Starts to use `socket`. Connections are taken by [`Self::accept`].
    pub(super) fn start(
        socket: Socket,
        identity: &Identity,
        shared: Arc<Shared>,
    ) -> Result<Self, LanError> {
        let server = server_config(identity).map_err(|e| LanError::Key(e.to_string()))?;
        let client = client_config(identity).map_err(|e| LanError::Key(e.to_string()))?;
        let address = socket.socket.local_addr();
        let endpoint = Endpoint::new(
            EndpointConfig::default(),
            Some(server),
            socket.socket,
            Arc::new(TokioRuntime),
        );
        let address = address.unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], socket.port)));
        let endpoint = endpoint.map_err(|source| LanError::Bind { address, source })?;
        Ok(Self {
            endpoint,
            client,
            shared,
        })
    }

    /// Ends every connection.
    pub(super) fn close(&self) {
        self.endpoint.close(BYE, b"bye");
    }

    /// Waits until others know that their connections have ended.
    pub(super) async fn idle(&self) {
        self.endpoint.wait_idle().await;
    }

    /// Opens a link to `address`.
    pub(super) async fn dial(&self, address: SocketAddr) -> Result<Link, DialError> {
        let address = address::plain(address);
        let target = socket::target(address, self.shared.ipv4, self.shared.ipv6)
            .map_err(|why| DialError::Unreachable { address, why })?;
        let open = self.shared.links().len();
        if open >= MAX_LINKS {
            return Err(DialError::TooManyLinks {
                open,
                limit: MAX_LINKS,
            });
        }
        let connecting = self
            .endpoint
            .connect_with(self.client_for(address.port()), target, SERVER_NAME)
            .map_err(|error| match error {
                quinn::ConnectError::EndpointStopping => DialError::Closed,
                other => DialError::Unreachable {
                    address,
                    why: other.to_string(),
                },
            })?;
        let connection = match timeout(ANSWER, connecting).await {
            Ok(connected) => connected.map_err(|error| refusal(address, &error))?,
            Err(_) => {
                return Err(DialError::NoAnswer {
                    address,
                    waited: ANSWER,
                });
            }
        };
        let peer = peer_of(&connection).ok_or_else(|| DialError::Foreign {
            address,
            why: "it shows no device key".into(),
        })?;
        if peer == self.shared.peer_id {
            connection.close(BYE, b"oneself");
            return Err(DialError::Oneself { address });
        }
        let place = self
            .shared
            .links()
            .open(peer, address, true, Instant::now());
        let place = place.map_err(|denied| denial(peer, denied))?;
        let guard = LinkGuard::new(&self.shared, peer, place.id);
        let streams = match timeout(ANSWER, open_stream(&connection)).await {
            Ok(streams) => streams.map_err(|error| error.at(address, &connection))?,
            Err(_) => {
                return Err(DialError::NoAnswer {
                    address,
                    waited: ANSWER,
                });
            }
        };
        let open = Open {
            connection,
            streams,
            peer,
            dialled: true,
        };
        Ok(open.into_link(guard, place.stop, &self.shared))
    }

    /// Begins a dial so that a hidden device at `port` knows who asks.
    fn client_for(&self, port: u16) -> ClientConfig {
        let mut config = self.client.clone();
        let shared = Arc::clone(&self.shared);
        config.initial_dst_cid_provider(Arc::new(move || {
            let mut random = [0; DIAL_ID_LEN];
            if getrandom::fill(&mut random).is_err() {
                tracing::warn!("the system gives no random bytes, a dial can be foreseen");
            }
            ConnectionId::new(&shared.tags().dial_id(port, random))
        }));
        config
    }

    /// Takes connections and hands links over, until the socket fails for good or nobody wants
    /// links.
    pub(super) async fn accept(&self, links: mpsc::Sender<Link>) {
        while let Some(incoming) = self.endpoint.accept().await {
            let (ip, proven) = (
                incoming.remote_address().ip(),
                incoming.remote_address_validated(),
            );
            if self.shared.hidden {
                let id = incoming.orig_dst_cid();
                if !self.shared.tags().may_dial(&id, self.shared.port) {
                    incoming.ignore();
                    continue;
                }
            }
            let verdict = self.shared.gate().enter(ip, proven, Instant::now());
            match verdict {
                Verdict::Enter => {
                    self.shared.tags().answered(&incoming.orig_dst_cid());
                    let entered = HandshakeGuard::new(&self.shared, ip, proven);
                    tokio::spawn(admit(incoming, entered, links.clone()));
                }
                Verdict::Retry => drop(incoming.retry()),
                Verdict::Refuse => incoming.refuse(),
                Verdict::Ignore => incoming.ignore(),
            }
            if verdict != Verdict::Enter && verdict != Verdict::Retry {
                self.shared.failed.fetch_add(1, Ordering::Relaxed);
            }
            if links.is_closed() {
                return;
            }
        }
    }
}

/// Shakes hands with whoever comes, and hands the link over.
async fn admit(incoming: Incoming, entered: HandshakeGuard, links: mpsc::Sender<Link>) {
    let shared = Arc::clone(entered.shared());
    let shaken = timeout(HANDSHAKE, shake(incoming, &shared)).await;
    drop(entered);
    match shaken {
        Ok(Ok(link)) => {
            shared.accepted.fetch_add(1, Ordering::Relaxed);
            drop(links.send(link).await);
        }
        failed => {
            tracing::debug!(?failed, "an attempt to connect failed");
            shared.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn shake(incoming: Incoming, shared: &Arc<Shared>) -> Result<Link, StreamError> {
    let connection = incoming.await?;
    let peer = peer_of(&connection).ok_or(StreamError::Foreign)?;
    let mut streams = connection.accept_bi().await?;
    let remote = address::plain(connection.remote_address());
    let opened = match peer == shared.peer_id {
        true => Err(Denied::Full { open: 0, limit: 0 }),
        false => shared.links().open(peer, remote, false, Instant::now()),
    };
    let place = match opened {
        Ok(place) => place,
        Err(denied) => {
            let code = match denied {
                Denied::Full { .. } => FULL,
                Denied::BackedOff { .. } => UNWELCOME,
            };
            connection.close(code, b"");
            return Err(StreamError::Foreign);
        }
    };
    let Place { id, stop } = place;
    let guard = LinkGuard::new(shared, peer, id);
    streams
        .0
        .write_all(&OPENING)
        .await
        .map_err(io::Error::from)?;
    let open = Open {
        connection,
        streams,
        peer,
        dialled: false,
    };
    Ok(open.into_link(guard, stop, shared))
}

/// Opens the stream of a link, and waits until the other side has accepted it.
async fn open_stream(connection: &Connection) -> Result<(SendStream, RecvStream), StreamError> {
    let (mut send, mut recv) = connection.open_bi().await?;
    send.write_all(&OPENING).await.map_err(io::Error::from)?;
    let mut opening = OPENING;
    recv.read_exact(&mut opening)
        .await
        .map_err(io::Error::other)?;
    if opening != OPENING {
        connection.close(BROKEN, b"");
        return Err(StreamError::Foreign);
    }
    Ok((send, recv))
}

/// Why a connection did not become a link.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Stream(#[from] io::Error),
    #[error("not a device of this kind, or not welcome")]
    Foreign,
}

impl StreamError {
    fn at(&self, address: SocketAddr, connection: &Connection) -> DialError {
        match (self, connection.close_reason()) {
            (Self::Connection(error), _) => refusal(address, error),
            (_, Some(error)) => refusal(address, &error),
            (other, None) => DialError::Foreign {
                address,
                why: other.to_string(),
            },
        }
    }
}

/// A connection with its stream.
struct Open {
    connection: Connection,
    streams: (SendStream, RecvStream),
    peer: PeerId,
    dialled: bool,
}

impl Open {
    fn into_link(self, guard: LinkGuard, stop: oneshot::Receiver<Stop>, shared: &Shared) -> Link {
        let remote = address::plain(self.connection.remote_address());
        shared.neighbours().link_up(self.peer, remote);
        let (to_node, incoming) = mpsc::channel(LINK_CAPACITY);
        let (outgoing, from_node) = mpsc::channel(LINK_CAPACITY);
        let link = Link {
            peer: self.peer,
            medium: Medium::Lan,
            channel_binding: self.binding(shared.peer_id),
            dialled: self.dialled,
            remote: address::format(remote),
            outgoing,
            incoming,
        };
        let connection = self.connection.clone();
        let carried = self.carry(from_node, to_node);
        tokio::spawn(async move {
            let _guard = guard;
            tokio::select! {
                () = carried => {}
                Ok(stop) = stop => {
                    let code = match stop {
                        Stop::Replaced => REPLACED,
                        Stop::BackedOff => UNWELCOME,
                    };
                    connection.close(code, b"");
                }
            }
        });
        link
    }

    /// The secret of the TLS session, and the keys of both ends in the order of their roles.
    fn binding(&self, own: PeerId) -> [u8; 32] {
        let mut secret = [0; 32];
        if self
            .connection
            .export_keying_material(&mut secret, EXPORTER_LABEL, b"")
            .is_err()
        {
            // Happens for longer secrets only. Zeros would be the same on every link: draw, so
            // that no proof of this link holds.
            let _ = getrandom::fill(&mut secret);
        }
        let (dialler, other) = if self.dialled {
            (own, self.peer)
        } else {
            (self.peer, own)
        };
        let mut hasher = blake3::Hasher::new_derive_key("commune/lan channel binding/v1");
        hasher.update(&secret).update(&dialler.0).update(&other.0);
        *hasher.finalize().as_bytes()
    }

    /// Carries frames until both directions have ended.
    async fn carry(self, mut from_node: mpsc::Receiver<Frame>, to_node: mpsc::Sender<Frame>) {
        let Self {
            connection,
            streams: (mut send, mut recv),
            ..
        } = self;
        let sending = async {
            let sent = tokio::select! {
                sent = pump::send(&mut from_node, &mut send) => sent.is_ok(),
                _ = connection.closed() => false,
            };
            drop(from_node);
            match timeout(LINGER, send.stopped()).await {
                // Nobody there reads any more.
                Ok(Ok(Some(_))) => true,
                Ok(Ok(None)) => !sent,
                _ => true,
            }
        };
        let receiving = async {
            let end = pump::receive(&mut recv, &to_node).await;
            drop(to_node);
            match &end {
                pump::ReceiveEnd::Broken(why) => {
                    tracing::debug!(why, "a link broke");
                    connection.close(BROKEN, b"");
                }
                pump::ReceiveEnd::Unwanted => drop(recv.stop(BYE)),
                pump::ReceiveEnd::Finished | pump::ReceiveEnd::Failed => {}
            }
            !matches!(end, pump::ReceiveEnd::Unwanted)
        };
        let (unread, told) = tokio::join!(sending, receiving);
        // Closing drops what the other side has not read, so the last to read closes.
        if !(unread && told) {
            drop(timeout(LINGER, connection.closed()).await);
        }
        connection.close(BYE, b"bye");
    }
}

fn peer_of(connection: &Connection) -> Option<PeerId> {
    let identity = connection
        .peer_identity()?
        .downcast::<Vec<CertificateDer<'static>>>()
        .ok()?;
    tls::peer_of(identity.first()?).ok()
}

fn denial(peer: PeerId, denied: Denied) -> DialError {
    match denied {
        Denied::Full { open, limit } => DialError::TooManyLinks { open, limit },
        Denied::BackedOff { remaining } => DialError::BackedOff { peer, remaining },
    }
}

/// What a failed connection tells.
fn refusal(address: SocketAddr, error: &ConnectionError) -> DialError {
    let foreign = || DialError::Foreign {
        address,
        why: error.to_string(),
    };
    let refused = |why: &str| DialError::Refused {
        address,
        why: why.into(),
    };
    match error {
        ConnectionError::TimedOut => DialError::NoAnswer {
            address,
            waited: IDLE,
        },
        ConnectionError::LocallyClosed => DialError::Closed,
        ConnectionError::ApplicationClosed(close) => match close.error_code {
            FULL => refused("it has no place for more links"),
            UNWELCOME => refused("it leaves this device alone for a while"),
            _ => refused("it closed the connection"),
        },
        ConnectionError::ConnectionClosed(close)
            if close.error_code == quinn::TransportErrorCode::CONNECTION_REFUSED =>
        {
            refused("too many are connecting to it")
        }
        _ => foreign(),
    }
}

fn transport(streams: u32) -> TransportConfig {
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(streams))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(SEND_WINDOW)
        .crypto_buffer_size(CRYPTO_BUFFER)
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(IDLE.try_into().ok())
        .keep_alive_interval(Some(KEEP_ALIVE))
        // With 2 % loss CUBIC needs five times as long, and above 5 % it does not finish.
        .congestion_controller_factory(Arc::new(BbrConfig::default()));
    config
}

fn server_config(identity: &Identity) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let crypto = QuicServerConfig::try_from(identity.server()?)?;
    let mut config = ServerConfig::with_crypto(Arc::new(crypto));
    config
        .transport_config(Arc::new(transport(1)))
        .max_incoming(MAX_INCOMING)
        .incoming_buffer_size(INCOMING_BUFFER)
        .incoming_buffer_size_total(INCOMING_BUFFERS)
        .retry_token_lifetime(HANDSHAKE);
    config.validation_token.sent(0);
    Ok(config)
}

fn client_config(identity: &Identity) -> Result<ClientConfig, Box<dyn std::error::Error>> {
    let crypto = QuicClientConfig::try_from(identity.client()?)?;
    let mut config = ClientConfig::new(Arc::new(crypto));
    config.transport_config(Arc::new(transport(0)));
    config.token_store(Arc::new(NoneTokenStore));
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lan::{Lan, tests::options};

    /// A client of its own, with TLS as given, that connects to `lan`.
    async fn connect(lan: &Lan, tls: rustls::ClientConfig) -> Result<Connection, ConnectionError> {
        let mut endpoint = Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let crypto = QuicClientConfig::try_from(tls).unwrap();
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(crypto)));
        let there = SocketAddr::from(([127, 0, 0, 1], lan.local_port()));
        endpoint.connect(there, SERVER_NAME).unwrap().await
    }

    fn identity(n: u8) -> Identity {
        Identity::new(&[n; 32]).unwrap()
    }

    #[tokio::test]
    async fn other_protocol_is_refused() {
        let lan = Lan::start(options(1)).unwrap();
        for alpn in [&b"h3"[..], b"commune/2", b"commune/"] {
            let mut tls = identity(2).client().unwrap();
            tls.alpn_protocols = vec![alpn.to_vec()];
            let error = connect(&lan, tls).await.unwrap_err();
            assert!(error.to_string().contains("error 120"), "{error}");
        }
    }

    #[tokio::test]
    async fn client_with_certificates_instead_of_keys_is_refused() {
        let lan = Lan::start(options(1)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = || {
            rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .unwrap()
        };
        let roots = rustls::RootCertStore::empty();
        let mut x509 = builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        x509.alpn_protocols = vec![b"commune/1".to_vec()];
        assert!(connect(&lan, x509).await.is_err());
    }

    #[tokio::test]
    async fn client_without_a_key_gets_no_link() {
        let lan = Lan::start(options(1)).unwrap();
        let mut tls = identity(2).client().unwrap();
        #[derive(Debug)]
        struct NoKey;
        impl rustls::client::ResolvesClientCert for NoKey {
            fn resolve(
                &self,
                _: &[&[u8]],
                _: &[rustls::SignatureScheme],
            ) -> Option<Arc<rustls::sign::CertifiedKey>> {
                None
            }
            fn has_certs(&self) -> bool {
                false
            }
            fn only_raw_public_keys(&self) -> bool {
                true
            }
        }
        tls.client_auth_cert_resolver = Arc::new(NoKey);
        // The client believes that it is connected: TLS 1.3 tells it later.
        if let Ok(connection) = connect(&lan, tls).await {
            let ended = timeout(Duration::from_secs(5), connection.closed()).await;
            assert!(ended.is_ok());
        }
        assert_eq!(lan.shared.links().len(), 0);
    }

    /// A link to `lan` whose stream is written by hand.
    async fn by_hand(lan: &Lan, n: u8) -> (Connection, SendStream, RecvStream, Link) {
        let connection = connect(lan, identity(n).client().unwrap()).await.unwrap();
        let (send, recv) = open_stream(&connection).await.unwrap();
        (connection, send, recv, lan.next_link().await.unwrap())
    }

    #[tokio::test]
    async fn longer_frame_than_the_limit_ends_the_link() {
        let lan = Lan::start(options(1)).unwrap();
        let (connection, mut send, _recv, mut link) = by_hand(&lan, 2).await;
        send.write_all(&[0, 0, 1, 9, 1, 0, 1, 0]).await.unwrap();
        assert_eq!(link.incoming.recv().await.unwrap().as_bytes(), [9]);
        assert_eq!(link.incoming.recv().await, None);
        let ended = connection.closed().await;
        assert!(matches!(ended, ConnectionError::ApplicationClosed(c) if c.error_code == BROKEN));
        timeout(Duration::from_secs(2), link.outgoing.closed())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn one_stream_is_all_a_connection_has() {
        let lan = Lan::start(options(1)).unwrap();
        let (connection, _send, _recv, _link) = by_hand(&lan, 2).await;
        let wait = Duration::from_millis(200);
        assert!(timeout(wait, connection.open_bi()).await.is_err());
        assert!(timeout(wait, connection.open_uni()).await.is_err());
        assert_eq!(connection.max_datagram_size(), None);
    }

    #[tokio::test]
    async fn silent_connections_give_their_handshakes_back() {
        let lan = Lan::start(options(1)).unwrap();
        let mut silent = Vec::new();
        for n in 0..16 {
            silent.push(
                connect(&lan, identity(n + 2).client().unwrap())
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(lan.shared.links().len(), 0, "none opened its stream");
        tokio::time::sleep(HANDSHAKE + Duration::from_millis(500)).await;
        assert!(
            silent
                .iter()
                .all(|connection| connection.close_reason().is_some())
        );
        let (_c, _s, _r, _link) = by_hand(&lan, 50).await;
    }

    #[tokio::test]
    async fn strangers_cannot_take_every_place() {
        let lan = Lan::start(options(1)).unwrap();
        let mut held = Vec::new();
        for n in 2..26 {
            held.push(by_hand(&lan, n).await);
        }
        let other = Lan::start(options(99)).unwrap();
        let there = SocketAddr::from(([127, 0, 0, 1], lan.local_port()));
        let refused = other.dial(there).await.unwrap_err().to_string();
        assert!(refused.contains("no place for more links"), "{refused}");
        let back = SocketAddr::from(([127, 0, 0, 1], other.local_port()));
        assert!(
            lan.dial(back).await.is_ok(),
            "places for own dials are left"
        );
        held.pop();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(other.dial(there).await.is_ok());
    }
}
