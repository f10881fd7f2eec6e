//! Who is a member after one more certification.

use std::time::{Duration, Instant};

use commune_crdt::{
    hash::{BlobHash, EntryId, NetworkId, blake3},
    keys::{DeviceKey, ExchangeKey, MemberKey, Signature},
    params::Params,
    payload::{Certification, Imported, Join, MemberFact, Statements},
    time::{ClaimedMinutes, Height, Seconds},
    trust::{Closed, Founding, Included, Membership, Node, State},
};

use crate::graphs::Listed;

const CHARTER: BlobHash = BlobHash([3; 32]);
const FOUNDED: Seconds = Seconds(1_704_067_200);
const ROUNDS: u32 = 21;

/// What keeping the list of members up to date costs.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep {
    /// Everything folded from nothing.
    pub all: Duration,
    /// One more certification, to the list of members: the median of some.
    pub one_more: Duration,
    /// Length of that list.
    pub members: usize,
}

/// Folds the certifications of `listed`, then one more at a time.
#[must_use]
pub fn upkeep(listed: &Listed) -> Upkeep {
    let joins = (0..).zip(&listed.members).map(|(node, member)| {
        let join = Join {
            member: member_key(node),
            name: format!("node-{node}"),
            charter: CHARTER,
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: Some(Imported {
                index: node,
                was_member: *member,
                proof: vec![],
            }),
            signature: Signature([0; 64]),
        };
        included(node, 0, MemberFact::Join(join))
    });
    let edges = (1..).zip(&listed.edges);
    let edges = edges.map(|(seq, (issuer, receiver))| certifies(*issuer, *receiver, seq));
    let entries: Vec<_> = joins.chain(edges).collect();
    let start = Instant::now();
    let mut founding = Membership::founded(Founding {
        network: NetworkId([7; 32]),
        charter: CHARTER,
        params: Params::default(),
        time: FOUNDED,
        founders: vec![],
    });
    let rest = founding.import(entries);
    let mut members = list(&founding, rest).len();
    let all = start.elapsed();
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let more = certifies(
            round,
            round.saturating_add(1),
            u32::MAX.saturating_sub(round),
        );
        let start = Instant::now();
        let rest = founding.import(vec![more]);
        members = list(&founding, rest).len();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Upkeep {
        all,
        one_more: times.get(times.len() / 2).copied().unwrap_or_default(),
        members,
    }
}

/// The members, as if the next record closed now: what a device shows.
fn list(founding: &Membership, rest: Vec<Included>) -> Vec<MemberKey> {
    let mut now = founding.clone();
    let closed = Closed {
        height: Height(1),
        members: now.members(),
        ..*now.newest()
    };
    now.close(closed, rest);
    let members = now.people().iter();
    members
        .filter(|it| it.state == State::Member)
        .map(|it| it.key)
        .collect()
}

fn certifies(issuer: Node, receiver: Node, seq: u32) -> Included {
    let fact = MemberFact::Certification(Certification {
        subject: member_key(receiver),
        statements: Statements::ALL,
        met: ClaimedMinutes(0),
        meeting: [0; 16],
    });
    included(issuer, seq, fact)
}

fn included(author: Node, seq: u32, fact: MemberFact) -> Included {
    let number = |purpose: &[u8]| blake3(&[purpose, &author.to_be_bytes(), &seq.to_be_bytes()]);
    Included {
        id: EntryId(number(b"entry")),
        author: DeviceKey(blake3(&[b"device", &author.to_be_bytes()])),
        seq,
        anchor: Height(0),
        fact,
    }
}

fn member_key(node: Node) -> MemberKey {
    MemberKey(blake3(&[b"member", &node.to_be_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_the_real_graph_are_folded() {
        let upkeep = upkeep(&Listed::real().unwrap());
        assert_eq!(upkeep.members, 8_173);
    }
}
