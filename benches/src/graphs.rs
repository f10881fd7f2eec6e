//! Graphs of certifications: the real one of 2023, and made ones of any size that resemble it.
//!
//! A made graph takes the people of the real one again and again, each with the certifications they
//! gave and received and their membership, and gives them a place in a community and a region. Each
//! certification stays in the community, in the region or goes anywhere, by lot. [`REAL`] says how
//! often, such that a made graph of the real size resembles the real one in how many referents its
//! members have within reach: a tenth of them less than 0.888 (real: 0.893), half of them less than
//! 0.968 (real: 0.966). The table prints both. Numbers of people are shuffled, so that neighbours are
//! not beside each other in memory.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of people, far from any end; a bench may stop at an overflow"
)]

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use commune_crdt::trust::{Graph, Node};

/// How much of a graph stays near. Of 256 certifications so many stay in their community, so many in
/// their region, and the others go anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Locality {
    /// People of a community.
    pub community: usize,
    /// Certifications that stay there.
    pub in_community: u64,
    /// People of a region.
    pub region: usize,
    /// Certifications that stay there.
    pub in_region: u64,
}

/// As in the real graph.
pub const REAL: Locality = Locality {
    community: 100,
    in_community: 180,
    region: 1_000,
    in_region: 68,
};

/// One person of the real graph, as others are made from them.
#[derive(Clone, Copy, Debug)]
struct Person {
    member: bool,
    received: u32,
    issued: u32,
}

/// A graph as a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who is a member.
    pub members: Vec<bool>,
    /// Issuer and receiver.
    pub edges: Vec<(Node, Node)>,
}

impl Listed {
    /// Ready to walk.
    #[must_use]
    pub fn graph(self) -> Graph {
        Graph::new(self.members, &self.edges).0
    }

    /// With one certification more.
    #[must_use]
    pub fn with(mut self, edge: (Node, Node)) -> Self {
        self.edges.push(edge);
        self
    }

    /// The real graph: 12,533 people, 8,173 of them members, 90,919 certifications.
    ///
    /// # Errors
    /// When its file cannot be read or unpacked.
    pub fn real() -> Result<Self> {
        let list = numbers("g1_wot_2023_members.csv.gz")?;
        ensure!(
            (0..).zip(&list).all(|(at, (node, _))| *node == at),
            "people are missing in the list"
        );
        Ok(Self {
            members: list.iter().map(|(_, member)| *member == 1).collect(),
            edges: numbers("g1_wot_2023_edges.csv.gz")?,
        })
    }

    /// A graph of `members` members that resembles `real`, and of lapsed people in proportion.
    #[must_use]
    pub fn like(real: &Graph, members: usize, near: &Locality) -> Self {
        let people: Vec<_> = real
            .nodes()
            .map(|node| Person {
                member: real.is_member(node),
                received: real.received(node),
                issued: real.issued(node),
            })
            .collect();
        let mut dice = Dice(1);
        let mut made = Vec::new();
        let mut count = 0;
        while count < members {
            let mut more = people.clone();
            dice.shuffle(&mut more);
            for person in more {
                count += usize::from(person.member);
                made.push(person);
                if count == members {
                    break;
                }
            }
        }
        let mut numbers: Vec<Node> = (0..).take(made.len()).collect();
        dice.shuffle(&mut numbers);
        let mut listed = Self {
            members: vec![false; made.len()],
            edges: Vec::new(),
        };
        for (number, person) in numbers.iter().zip(&made) {
            if let Some(member) = usize::try_from(*number)
                .ok()
                .and_then(|it| listed.members.get_mut(it))
            {
                *member = person.member;
            }
        }
        listed.edges = matched(&made, &numbers, near, &mut dice);
        listed
    }
}

/// Ends of certifications that wait for their other half.
#[derive(Debug, Default)]
struct Ends {
    issuers: Vec<Node>,
    receivers: Vec<Node>,
}

impl Ends {
    /// Joins ends by lot, as many as there are pairs. What is left over, repeated or would certify
    /// itself goes to `rest`.
    fn join(&mut self, edges: &mut Vec<(Node, Node)>, rest: &mut Self, dice: &mut Dice) {
        dice.shuffle(&mut self.issuers);
        dice.shuffle(&mut self.receivers);
        let pairs = self.issuers.len().min(self.receivers.len());
        rest.issuers.extend(self.issuers.drain(pairs..));
        rest.receivers.extend(self.receivers.drain(pairs..));
        let mut pairs: Vec<_> = self
            .issuers
            .drain(..)
            .zip(self.receivers.drain(..))
            .collect();
        pairs.sort_unstable();
        let mut last = None;
        for pair in pairs {
            if pair.0 != pair.1 && last != Some(pair) {
                edges.push(pair);
            } else {
                rest.issuers.push(pair.0);
                rest.receivers.push(pair.1);
            }
            last = Some(pair);
        }
    }
}

/// Certifications between `people`, whose names are `numbers`: first within communities, then within
/// regions, then anywhere.
fn matched(
    people: &[Person],
    numbers: &[Node],
    locality: &Locality,
    dice: &mut Dice,
) -> Vec<(Node, Node)> {
    let total: u64 = people.iter().map(|it| u64::from(it.issued)).sum();
    let mut edges = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
    let (mut near, mut wide, mut far) = (Ends::default(), Ends::default(), Ends::default());
    let mut place = 0_usize;
    for (person, number) in people.iter().zip(numbers) {
        for (count, is_issuer) in [(person.issued, true), (person.received, false)] {
            for _ in 0..count {
                let chance = dice.next() >> 56;
                let ends = if chance < locality.in_community {
                    &mut near
                } else if chance < locality.in_community + locality.in_region {
                    &mut wide
                } else {
                    &mut far
                };
                let side = if is_issuer {
                    &mut ends.issuers
                } else {
                    &mut ends.receivers
                };
                side.push(*number);
            }
        }
        place += 1;
        if place.is_multiple_of(locality.community) {
            near.join(&mut edges, &mut wide, dice);
        }
        if place.is_multiple_of(locality.region) {
            wide.join(&mut edges, &mut far, dice);
        }
    }
    near.join(&mut edges, &mut wide, dice);
    wide.join(&mut edges, &mut far, dice);
    far.join(&mut edges, &mut Ends::default(), dice);
    edges
}

/// Chance that is the same in each run: splitmix64.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for left in (1..items.len()).rev() {
            let below = u128::try_from(left + 1).unwrap_or(0);
            let at = (u128::from(self.next()) * below) >> 64;
            items.swap(left, usize::try_from(at).unwrap_or(0));
        }
    }
}

/// The pairs of numbers in a packed table of the tests.
fn numbers(name: &str) -> Result<Vec<(u32, u32)>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    let path = data.join(name);
    let output = Command::new("gzip").arg("-cd").arg(&path).output();
    let output = output.context("gzip does not start")?;
    ensure!(output.status.success(), "cannot unpack {}", path.display());
    let text = String::from_utf8(output.stdout)?;
    let pair = |line: &str| {
        let (a, b) = line.split_once(',')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    };
    text.lines()
        .skip(1)
        .map(|line| pair(line).with_context(|| format!("{name}: {line}")))
        .collect()
}
