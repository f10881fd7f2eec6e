//! A network of this machine's own: namespaces joined by a bridge that lives in a namespace too, so
//! nothing touches the host's network.
//!
//! ```text
//!   commune-PID-N-a          commune-PID-N-br            commune-PID-N-b
//!     eth0 10.77.0.1 ───── v-a  br0 (bridge)  v-b ───── eth0 10.77.0.2
//! ```
//!
//! A test begins with `let Some(lab) = Skip::or(Lab::new(&["a", "b"])) else { return };`. The
//! namespaces and whatever still runs in them end with the [`Lab`], after a panic too; those of a
//! test that was killed are swept by the next one. `relay` gives what this kernel may lack (delay,
//! reordering, duplication), `stick` a USB stick.

#![allow(
    dead_code,
    reason = "every test crate that says `mod lab` uses a part of it"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a lab that breaks fails the test that asked for it"
)]

pub(crate) mod relay;
pub(crate) mod skip;
pub(crate) mod stick;

use std::{
    fs,
    net::{Ipv4Addr, Ipv6Addr},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

pub(crate) use skip::{Skip, run};

/// Where `ip netns add` keeps its namespaces.
const NAMESPACES: &str = "/run/netns";

/// Begins the name of each namespace; the process id and a number follow.
const PREFIX: &str = "commune";

/// What the nodes of a [`Lab`] have for addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Addresses {
    /// 10.77.0.1, 10.77.0.2, … and IPv6 link-local.
    Private,
    /// 169.254.77.1, 169.254.77.2, … alone: no router, no DHCP, no IPv6.
    Ipv4LinkLocal,
    /// IPv6 link-local alone.
    Ipv6LinkLocal,
}

/// Nodes on one switch, each in its own network namespace as `eth0`.
#[derive(Debug)]
pub(crate) struct Lab {
    prefix: String,
    nodes: Vec<String>,
    addresses: Addresses,
}

impl Lab {
    /// Joins the named nodes, numbered from 1 in this order.
    pub(crate) fn new(nodes: &[&str]) -> Result<Self, Skip> {
        Self::with(Addresses::Private, nodes)
    }

    /// Joins nodes that have the given addresses. Names are short: an interface has 15 letters.
    pub(crate) fn with(addresses: Addresses, nodes: &[&str]) -> Result<Self, Skip> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !rustix::process::geteuid().is_root() {
            return Err(Skip::new("network namespaces need root"));
        }
        skip::needs(&["ip"])?;
        sweep();

        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let lab = Self {
            prefix: format!("{PREFIX}-{}-{number}", process::id()),
            nodes: nodes.iter().map(|&node| node.to_owned()).collect(),
            addresses,
        };
        // From here on `lab` cleans up, wherever this stops.
        lab.build()
            .map_err(|why| Skip::new(format!("no network namespaces: {why}")))?;
        Ok(lab)
    }

    fn build(&self) -> Result<(), String> {
        let bridge = self.bridge();
        run(Command::new("ip").args(["netns", "add", &bridge]))?;
        self.ip("br", "link add br0 type bridge mcast_snooping 0")?;
        self.ip("br", "link set br0 up")?;
        for node in &self.nodes {
            let namespace = self.namespace(node);
            run(Command::new("ip").args(["netns", "add", &namespace]))?;
            // Without duplicate detection an fe80:: address is good at once instead of after 2 s.
            self.set(node, "net/ipv6/conf/default/accept_dad", "0")?;
            if self.addresses == Addresses::Ipv4LinkLocal {
                self.set(node, "net/ipv6/conf/default/disable_ipv6", "1")?;
            }
            let cable = format!(
                "link add v-{node} netns {bridge} type veth peer name eth0 netns {namespace}"
            );
            run(Command::new("ip").args(cable.split(' ')))?;
            self.ip("br", &format!("link set v-{node} master br0 up"))?;
            self.ip(node, "link set lo up")?;
            self.ip(node, "link set eth0 up")?;
            if let Some(address) = self.planned(node) {
                self.ip(node, &format!("addr add {address} dev eth0"))?;
            }
            if self.addresses == Addresses::Ipv4LinkLocal {
                self.ip(node, "route add 224.0.0.0/4 dev eth0")?;
            }
        }
        for node in &self.nodes {
            self.settle(node)?;
        }
        Ok(())
    }

    /// The IPv4 address and prefix length that a node starts with.
    fn planned(&self, node: &str) -> Option<String> {
        let number = 1 + self.nodes.iter().position(|name| name == node)?;
        match self.addresses {
            Addresses::Private => Some(format!("10.77.0.{number}/24")),
            Addresses::Ipv4LinkLocal => Some(format!("169.254.77.{number}/16")),
            Addresses::Ipv6LinkLocal => None,
        }
    }

    /// Waits until a node has its link-local address, 5 s at most.
    fn settle(&self, node: &str) -> Result<(), String> {
        if self.addresses == Addresses::Ipv4LinkLocal {
            return Ok(());
        }
        let start = Instant::now();
        loop {
            let shown = self.ip(node, "-6 -o addr show dev eth0 scope link")?;
            if shown.contains("fe80:") && !shown.contains("tentative") {
                return Ok(());
            }
            if start.elapsed() > Duration::from_secs(5) {
                return Err(format!("{node} got no IPv6 link-local address: {shown}"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A command that will run in a node's namespace; arguments are added as usual.
    pub(crate) fn command(&self, node: &str, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(node)]);
        command.arg(program.as_ref());
        command
    }

    /// Runs `job` on a thread in a node's namespace. Sockets opened there, and threads started
    /// there, stay in that namespace.
    pub(crate) fn inside<T: Send>(&self, node: &str, job: impl FnOnce() -> T + Send) -> T {
        let place = Path::new(NAMESPACES).join(self.namespace(node));
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                let namespace = fs::File::open(place).unwrap();
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                    .unwrap();
                job()
            });
            inside
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// The IPv4 address that a node started with.
    pub(crate) fn ipv4(&self, node: &str) -> Ipv4Addr {
        let planned = self.planned(node).unwrap();
        planned.split('/').next().unwrap().parse().unwrap()
    }

    /// The `fe80::` address of a node's `eth0`; who dials it adds the number of their own interface.
    pub(crate) fn link_local(&self, node: &str) -> Ipv6Addr {
        let shown = self
            .ip(node, "-6 -o addr show dev eth0 scope link")
            .unwrap();
        let mut words = shown.split_whitespace().skip_while(|word| *word != "inet6");
        let address = words.nth(1).unwrap();
        address.split('/').next().unwrap().parse().unwrap()
    }

    /// The number of a node's `eth0`, which is the scope of `fe80::` addresses there.
    pub(crate) fn scope(&self, node: &str) -> u32 {
        let shown = self.ip(node, "-o link show dev eth0").unwrap();
        shown.split(':').next().unwrap().trim().parse().unwrap()
    }

    /// The node's own link goes down or up (Wi-Fi switched off: addresses of IPv6 go with it).
    pub(crate) fn link(&self, node: &str, up: bool) {
        let state = if up { "up" } else { "down" };
        self.ip(node, &format!("link set eth0 {state}")).unwrap();
    }

    /// The other end of the node's cable goes down or up (cable pulled: addresses stay).
    pub(crate) fn cable(&self, node: &str, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        self.ip("br", &format!("link set v-{node} {state}"))
            .unwrap();
    }

    /// Whether the switch passes multicast on to a node (IPv6 finds no neighbour without it).
    pub(crate) fn multicast(&self, node: &str, passes: bool) {
        self.port(node, "mcast_flood", passes);
    }

    /// Whether the switch passes broadcast on to a node (IPv4 finds no new neighbour without it).
    pub(crate) fn broadcast(&self, node: &str, passes: bool) {
        self.port(node, "bcast_flood", passes);
    }

    /// Client isolation: isolated nodes reach only those that are not.
    pub(crate) fn isolated(&self, node: &str, isolated: bool) {
        self.port(node, "isolated", isolated);
    }

    /// Gives a node another IPv4 address in place of its first one.
    pub(crate) fn renumber(&self, node: &str, address: Ipv4Addr) {
        self.ip(node, "-4 addr flush dev eth0").unwrap();
        self.ip(node, &format!("addr add {address}/24 dev eth0"))
            .unwrap();
    }

    /// What a node sends is shaped to a rate such as `1mbit`; `None` lifts it.
    pub(crate) fn rate(&self, node: &str, rate: Option<&str>) -> Result<(), Skip> {
        skip::needs(&["tc"])?;
        let qdisc = match rate {
            Some(rate) => {
                format!("qdisc replace dev eth0 root tbf rate {rate} burst 32k latency 50ms")
            }
            None => "qdisc del dev eth0 root".to_owned(),
        };
        run(self.command(node, "tc").args(qdisc.split(' ')))
            .map_err(|why| Skip::new(format!("no traffic shaping: {why}")))?;
        Ok(())
    }

    /// A node loses this many per mille of what arrives, drawn by the kernel; 0 lifts it.
    pub(crate) fn loss(&self, node: &str, per_mille: u32) -> Result<(), Skip> {
        skip::needs(&["nft"])?;
        let nft = |line: &str| run(self.command(node, "nft").args(line.split(' ')));
        let rules = || {
            nft("add table inet lab")?;
            nft("flush table inet lab")?;
            nft("add chain inet lab arriving { type filter hook input priority 0 ; }")?;
            if per_mille > 0 {
                nft(&format!(
                    "add rule inet lab arriving iifname eth0 numgen random mod 1000 < {per_mille} drop"
                ))?;
            }
            Ok(())
        };
        rules().map_err(|why: String| Skip::new(format!("no packet filter: {why}")))
    }

    /// Bytes that have arrived at and left a node's `eth0`, headers included.
    pub(crate) fn traffic(&self, node: &str) -> (u64, u64) {
        let count = |name: &str| {
            let path = format!("/sys/class/net/eth0/statistics/{name}");
            let shown = run(self.command(node, "cat").arg(path)).unwrap();
            shown.trim().parse().unwrap()
        };
        (count("rx_bytes"), count("tx_bytes"))
    }

    fn port(&self, node: &str, flag: &str, on: bool) {
        let state = if on { "on" } else { "off" };
        self.ip(
            "br",
            &format!("link set v-{node} type bridge_slave {flag} {state}"),
        )
        .unwrap();
    }

    fn set(&self, node: &str, setting: &str, value: &str) -> Result<(), String> {
        let write = format!("echo {value} > /proc/sys/{setting}");
        run(self.command(node, "sh").args(["-c", &write])).map(drop)
    }

    fn ip(&self, node: &str, line: &str) -> Result<String, String> {
        run(Command::new("ip")
            .args(["-n", &self.namespace(node)])
            .args(line.split(' ')))
    }

    fn bridge(&self) -> String {
        self.namespace("br")
    }

    fn namespace(&self, node: &str) -> String {
        format!("{}-{node}", self.prefix)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for node in self.nodes.iter().map(String::as_str).chain(["br"]) {
            remove(&self.namespace(node));
        }
    }
}

/// Removes the namespaces of test processes that are no more: a killed test drops nothing.
fn sweep() {
    let Ok(names) = fs::read_dir(NAMESPACES) else {
        return;
    };
    for name in names
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
    {
        let mut parts = name.split('-');
        let ours = parts.next() == Some(PREFIX);
        let owner: Option<u32> = parts.next().and_then(|id| id.parse().ok());
        if let (true, Some(owner)) = (ours, owner)
            && !PathBuf::from(format!("/proc/{owner}")).exists()
        {
            remove(&name);
        }
    }
}

/// Ends what runs in a namespace, then removes it.
fn remove(namespace: &str) {
    if !Path::new(NAMESPACES).join(namespace).exists() {
        return;
    }
    if let Ok(pids) = run(Command::new("ip").args(["netns", "pids", namespace])) {
        for pid in pids.split_whitespace() {
            // Gone in the meantime is as good.
            drop(run(Command::new("kill").args(["-9", pid])));
        }
    }
    drop(run(Command::new("ip").args(["netns", "del", namespace])));
}
