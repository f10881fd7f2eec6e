//! Addresses, as people type them and as sockets want them.
//!
//! | typed | meant |
//! |---|---|
//! | `10.77.0.2:4433` | IPv4 and UDP port |
//! | `[fd00::2]:4433` | IPv6 and UDP port |
//! | `[fe80::1%eth0]:4433` | link-local IPv6 on the interface `eth0` (or its number) |
//!
//! Names are not resolved: where the internet is absent nobody answers for them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use rustix::net::{AddressFamily, SocketType, netdevice};
use thiserror::Error;

/// Longest text taken for an address, in bytes: an IPv6 address, a name of 15 bytes, a port.
const MAX_TEXT_LEN: usize = 80;

/// Reads an address that a person typed.
///
/// # Errors
///
/// [`AddressError`] says which part is wrong.
pub fn parse(text: &str) -> Result<SocketAddr, AddressError> {
    let text = text.trim();
    if text.len() > MAX_TEXT_LEN {
        return Err(AddressError::TooLong(text.len()));
    }
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| AddressError::NoPort(text.to_owned()))?;
    let ip = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(inner) => parse_v6(inner)?,
        // More colons without brackets: an IPv6 address whose last group is no port.
        None if host.contains(':') => return Err(AddressError::NoBrackets(text.to_owned())),
        None => {
            let ip: Ipv4Addr = host
                .parse()
                .map_err(|_| AddressError::NotAnAddress(host.to_owned()))?;
            SocketAddr::from((ip, 0))
        }
    };
    let port = match port.parse::<u16>() {
        Ok(port) if port != 0 => port,
        _ => return Err(AddressError::BadPort(port.to_owned())),
    };
    let mut address = ip;
    address.set_port(port);
    Ok(address)
}

fn parse_v6(inner: &str) -> Result<SocketAddr, AddressError> {
    let (ip, zone) = match inner.split_once('%') {
        Some((ip, zone)) => (ip, Some(zone)),
        None => (inner, None),
    };
    let ip: Ipv6Addr = ip
        .parse()
        .map_err(|_| AddressError::NotAnAddress(inner.to_owned()))?;
    let scope = match zone {
        Some(zone) => interface_index(zone)?,
        None if ip.is_unicast_link_local() => {
            return Err(AddressError::NoInterface(ip));
        }
        None => 0,
    };
    Ok(SocketAddrV6::new(ip, 0, 0, scope).into())
}

fn interface_index(zone: &str) -> Result<u32, AddressError> {
    if let Ok(index) = zone.parse() {
        return Ok(index);
    }
    let unknown = || AddressError::UnknownInterface(zone.to_owned());
    let socket =
        rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None).map_err(|_| unknown())?;
    netdevice::name_to_index(socket, zone).map_err(|_| unknown())
}

/// Writes an address so that [`parse`] reads it again, with the interface by its name if it has
/// one still.
pub fn format(address: SocketAddr) -> String {
    match plain(address) {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            let name = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)
                .and_then(|socket| netdevice::index_to_name(socket, v6.scope_id()))
                .unwrap_or_else(|_| v6.scope_id().to_string());
            format!("[{}%{name}]:{}", v6.ip(), v6.port())
        }
        other => other.to_string(),
    }
}

/// `address` as people write it: IPv4 that is mapped into IPv6 becomes IPv4 again.
pub fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port()).with_scope(address)
}

/// `address` as a dual-stack IPv6 socket wants it.
pub fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

/// Whether `ip` can only be near: what discovery may make this device send packets to. Without
/// this an announcement could aim a whole neighbourhood at any host of the internet.
pub fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || is_shared(v4),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_unique_local(),
    }
}

/// 100.64.0.0/10, which some access points hand out (RFC 6598).
fn is_shared(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    a == 100 && b & 0xC0 == 64
}

trait WithScope {
    fn with_scope(self, of: SocketAddr) -> Self;
}

impl WithScope for SocketAddr {
    fn with_scope(mut self, of: SocketAddr) -> Self {
        if let (Self::V6(to), Self::V6(from)) = (&mut self, of) {
            to.set_scope_id(from.scope_id());
        }
        self
    }
}

/// Text that is no address of a node.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AddressError {
    /// Far more text than an address has.
    #[error("address has {0} bytes, the limit is {MAX_TEXT_LEN}")]
    TooLong(usize),
    /// There is no port.
    #[error("\"{0}\" has no port; an address is IP:PORT, for example 192.168.1.20:4433")]
    NoPort(String),
    /// IPv6 without brackets.
    #[error("\"{0}\": an IPv6 address stands in brackets, for example [fd00::2]:4433")]
    NoBrackets(String),
    /// Neither IPv4 nor IPv6.
    #[error("\"{0}\" is no IP address (names are not looked up)")]
    NotAnAddress(String),
    /// The port is none.
    #[error("\"{0}\" is no port from 1 to 65535")]
    BadPort(String),
    /// Link-local without an interface.
    #[error("{0} is link-local and needs an interface, for example [{0}%eth0]:4433")]
    NoInterface(Ipv6Addr),
    /// This device has no such interface.
    #[error("this device has no interface \"{0}\"")]
    UnknownInterface(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_addresses_come_back_as_they_were_typed() {
        for text in ["10.77.0.2:4433", "[fd00::2]:1", "[fe80::1%lo]:65535"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(
            parse(" 10.0.0.1:5 ").unwrap(),
            "10.0.0.1:5".parse().unwrap()
        );
        assert_eq!(
            parse("[fe80::1%1]:9").unwrap(),
            parse("[fe80::1%lo]:9").unwrap()
        );
    }

    #[test]
    fn wrong_addresses_say_what_is_wrong() {
        let cases = [
            ("10.0.0.1", "has no port"),
            ("fd00::2:4433", "brackets"),
            ("alice.local:4433", "no IP address"),
            ("10.0.0.1:0", "no port from 1"),
            ("10.0.0.1:70000", "no port from 1"),
            ("[fe80::1]:4433", "needs an interface"),
            ("[fe80::1%nowhere0]:4433", "no interface"),
            ("[10.0.0.1]:4433", "no IP address"),
            ("", "has no port"),
        ];
        for (text, part) in cases {
            let said = parse(text).unwrap_err().to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
        assert_eq!(parse(&"1".repeat(200)), Err(AddressError::TooLong(200)));
    }

    #[test]
    fn mapping_into_ipv6_and_back_changes_nothing() {
        for text in ["10.77.0.2:4433", "[fd00::2]:1", "[fe80::1%7]:2"] {
            let address = parse(text).unwrap();
            assert!(mapped(address).is_ipv6());
            assert_eq!(plain(mapped(address)), address);
        }
    }

    #[test]
    fn only_near_addresses_are_near() {
        for near in [
            "10.1.1.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.3.4",
            "100.64.1.1",
            "fe80::1",
            "fd12::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in [
            "8.8.8.8",
            "127.0.0.1",
            "2001:db8::1",
            "::1",
            "224.0.0.251",
            "0.0.0.0",
            "::",
            "100.128.0.1",
        ] {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
    }
}
