//! The socket: one for listening and dialling, for IPv4 and IPv6.
//!
//! Dials leave from the port that is announced, so a neighbour is recognised by its address when it
//! dials, and a firewall that lets answers in lets links in.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use socket2::{Domain, Protocol, SockAddr, Type};

use super::{LanError, address};

/// Asked of the system for the socket; it may give less.
const SOCKET_BUFFER: usize = 2 * 1024 * 1024;

/// A bound socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) socket: UdpSocket,
    pub(super) port: u16,
    pub(super) ipv4: bool,
    pub(super) ipv6: bool,
}

impl Socket {
    /// Binds `listen`; the unspecified IPv6 address takes IPv4 too, and becomes the unspecified
    /// IPv4 one where there is no IPv6.
    pub(super) fn bind(listen: SocketAddr) -> Result<Self, LanError> {
        let wrong = |source| LanError::Bind {
            address: listen,
            source,
        };
        match Self::bind_to(listen) {
            Err(_) if listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
                let v4 = SocketAddr::from(([0, 0, 0, 0], listen.port()));
                Self::bind_to(v4).map_err(wrong)
            }
            bound => bound.map_err(wrong),
        }
    }

    fn bind_to(listen: SocketAddr) -> io::Result<Self> {
        let domain = Domain::for_address(listen);
        let socket = socket2::Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        let dual = listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        if listen.is_ipv6() {
            socket.set_only_v6(!dual)?;
        }
        // Fewer losses under load; less than asked for works as well.
        drop(socket.set_recv_buffer_size(SOCKET_BUFFER));
        drop(socket.set_send_buffer_size(SOCKET_BUFFER));
        socket.bind(&SockAddr::from(listen))?;
        let socket = UdpSocket::from(socket);
        let port = socket.local_addr()?.port();
        Ok(Self {
            socket,
            port,
            ipv4: dual || listen.is_ipv4(),
            ipv6: listen.is_ipv6(),
        })
    }
}

/// `address` as a socket for these kinds wants it, if there is a way to it.
pub(super) fn target(address: SocketAddr, ipv4: bool, ipv6: bool) -> Result<SocketAddr, String> {
    let takes = if address.is_ipv4() { ipv4 } else { ipv6 };
    if !takes {
        return Err("this device listens on another kind of address".into());
    }
    // QUIC would keep trying in silence, so ask for a route before.
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0))
        .and_then(|probe| probe.connect(address))
        .map_err(|error| error.to_string())?;
    Ok(if ipv6 {
        address::mapped(address)
    } else {
        address
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(listen: &str) -> Socket {
        Socket::bind(listen.parse().unwrap()).unwrap()
    }

    #[test]
    fn unspecified_address_takes_both_kinds_and_others_one() {
        let both = bind("[::]:0");
        assert!(both.ipv4 && both.port != 0);
        let v4 = bind("127.0.0.1:0");
        assert!(v4.ipv4 && !v4.ipv6);
        let listen = SocketAddr::from(([127, 0, 0, 1], v4.port));
        let taken = Socket::bind(listen).unwrap_err().to_string();
        assert_eq!(taken, format!("cannot listen on udp {listen}"));
    }

    #[test]
    fn address_without_a_way_to_it_is_told_at_once() {
        let v4: SocketAddr = "127.0.0.1:9".parse().unwrap();
        assert_eq!(target(v4, true, true), Ok(address::mapped(v4)));
        assert_eq!(target(v4, true, false), Ok(v4));
        assert!(target(v4, false, true).is_err());
        assert!(target("[fe80::1]:9".parse().unwrap(), true, true).is_err());
    }
}
