//! A vote that somebody writes down, hour by hour. A record closes at each hour; its height is the hour.

use super::*;

pub(super) const HOUR: u64 = 3_600;
/// What a network has whose founders say nothing.
pub(super) const SUMS: Sums = Sums {
    most: 4_095,
    fewest: 25,
};
pub(super) const BALLOT_LEN: u32 = 17_520;
/// Prepared at hour 3, ends at 13, closes at 15.
pub(super) const KEY: u32 = 3;
pub(super) const END: u32 = 13;
pub(super) const CLOSE: u32 = 15;

/// A vote that somebody writes down.
pub(super) struct World {
    pub(super) quorum: TallyQuorum,
    pub(super) substitutes: Vec<u8>,
    pub(super) electors: u32,
    pub(super) sums: Sums,
    pub(super) facts: Vec<Stated>,
    pub(super) false_ballots: BTreeSet<EntryId>,
    pub(super) hours: u32,
    pub(super) next: u32,
}

pub(super) fn quorum(trustees: u8, quorum: u8) -> TallyQuorum {
    TallyQuorum { trustees, quorum }
}

impl World {
    /// Opened at hour 1, with nothing prepared.
    pub(super) fn opened() -> Self {
        let mut world = Self {
            quorum: quorum(3, 2),
            substitutes: vec![],
            electors: 30,
            sums: SUMS,
            facts: vec![],
            false_ballots: BTreeSet::new(),
            hours: 1,
            next: 0,
        };
        world.open();
        world
    }

    /// Opened, and prepared by the first trustees until [`KEY`].
    pub(super) fn prepared() -> Self {
        let mut world = Self::opened();
        world.prepares(0, 2);
        world.hours = KEY;
        world
    }

    pub(super) fn open(&mut self) {
        self.facts.clear();
        let opening = VoteFact::Opening(self.opening());
        self.says(0, 1, opening);
    }

    pub(super) fn opening(&self) -> Opening {
        let key = |person: u8| MemberKey([person; 32]);
        Opening {
            question: Question {
                kind: QuestionKind::YesNo,
                text: "Saturday?".to_owned(),
                options: vec![],
            },
            quorum: self.quorum,
            trustees: (0..self.quorum.trustees).map(key).collect(),
            substitutes: self.substitutes.iter().copied().map(key).collect(),
            references: [[1; 32], [2; 32]],
            acknowledge_secs: 5 * 3_600,
            vote_secs: 10 * 3_600,
            receipt_secs: 2 * 3_600,
        }
    }

    pub(super) fn id(&self) -> VoteId {
        let opening = VoteFact::Opening(self.opening()).bytes();
        VoteId::of(&device(0), &opening)
    }

    /// `person` says `fact`, and the record of `hour` has it in.
    pub(super) fn says(&mut self, person: u32, hour: u32, fact: VoteFact) -> EntryId {
        self.next += 1;
        let id = EntryId(blake3(&[&self.next.to_be_bytes()]));
        self.facts.push(Stated {
            id,
            author: person,
            device: device(person),
            seq: self.next,
            included: (hour < 1_000).then_some((Height(hour), Seconds(u64::from(hour) * HOUR))),
            fact,
        });
        id
    }

    pub(super) fn ballot(&mut self, person: u32, hour: u32) -> EntryId {
        let hash = BlobHash(blake3(&[b"ballot", &self.next.to_be_bytes()]));
        let len = BALLOT_LEN;
        let blob = BlobRef { hash, len };
        let ward = self.roll().ward_of(person).unwrap_or(0);
        self.says(person, hour, VoteFact::Ballot(Cast { ward, blob }))
    }

    pub(super) fn receipts(&mut self, person: u32, hour: u32, ballots: &[EntryId]) {
        let mut ballots = ballots.to_vec();
        ballots.sort_unstable();
        self.says(person, hour, VoteFact::Receipt(ballots));
    }

    pub(super) fn piece(&mut self, person: u32, hour: u32, round: u8, key: u16, index: u8) {
        let held = holders(&self.quorum).swap_remove(index.into());
        let others = held.into_iter().skip(1).filter(|_| key == 0);
        let piece = Piece {
            round,
            key,
            index,
            public: public(index),
            seats: others.collect(),
            seals: (key == 0).then(|| BlobRef::of(&[index])),
        };
        self.says(person, hour, VoteFact::Piece(piece));
    }

    /// Pieces of all seats at `hour`, acknowledgements an hour later.
    pub(super) fn prepares(&mut self, round: u8, hour: u32) {
        let seats: Vec<u32> = (0..self.quorum.trustees.into()).collect();
        self.prepares_with(&seats, round, hour);
    }

    pub(super) fn prepares_with(&mut self, seats: &[u32], round: u8, hour: u32) {
        let keys = self.roll().keys();
        for key in 0..keys {
            for (index, held) in (0..).zip(holders(&self.quorum)) {
                self.piece(seats[usize::from(held[0])], hour, round, key, index);
            }
        }
        for (seat, person) in (0..).zip(seats) {
            self.acknowledges(*person, seat, round, hour + 1);
        }
    }

    pub(super) fn acknowledges(&mut self, person: u32, seat: u8, round: u8, hour: u32) {
        let held: Vec<u8> = (0..)
            .zip(holders(&self.quorum))
            .filter(|(_, it)| it.contains(&seat))
            .map(|(index, _)| index)
            .collect();
        let pieces = (0..self.roll().keys())
            .flat_map(|key| held.iter().map(move |it| (key, *it)))
            .map(|(key, it)| (key, it, public(it).hash));
        let pieces = pieces_hash(round, seat, pieces);
        let fact = VoteFact::Acknowledgement(Acknowledgement { round, pieces });
        self.says(person, hour, fact);
    }

    pub(super) fn roll(&self) -> Roll {
        let electors = (0..self.electors).map(|it| (it, None)).collect();
        Roll::draw(electors, &[9; 32], self.sums)
    }

    pub(super) fn fold(&self) -> Vote {
        self.fold_in_order(self.facts.clone())
    }

    pub(super) fn fold_in_order(&self, facts: Vec<Stated>) -> Vote {
        self.folded(facts).unwrap()
    }

    pub(super) fn folded(&self, facts: Vec<Stated>) -> Result<Vote, FoldError> {
        let records: Vec<_> = (1..=self.hours)
            .map(|it| (Height(it), Seconds(u64::from(it) * HOUR)))
            .collect();
        fold(Input {
            id: self.id(),
            records: &records,
            roll: &self.roll(),
            person: &|key| Some(u32::from(key.as_bytes()[0])),
            facts,
            false_ballots: &self.false_ballots,
            ballot_len: BALLOT_LEN,
        })
    }

    pub(super) fn fold_with(&mut self, hours: u32) -> Vote {
        self.hours = hours;
        self.fold()
    }

    pub(super) fn fate(&self, ballot: EntryId) -> Fate {
        let vote = self.fold();
        vote.ballots.iter().find(|it| it.id == ballot).unwrap().fate
    }

    /// Everybody votes, two trustees hold all, and the ballots are fixed.
    pub(super) fn closed() -> Self {
        let mut world = Self::prepared();
        let ballots: Vec<_> = (0..world.electors).map(|it| world.ballot(it, 5)).collect();
        for trustee in [0, 1] {
            world.receipts(trustee, 6, &ballots);
        }
        world.hours = CLOSE;
        world
    }

    pub(super) fn lock(&self, sum: u8) -> Lock {
        let unit = &self.fold().units[0];
        Lock {
            ward: unit.ward,
            wards: unit.wards,
            ballots: u32::try_from(unit.ballots.len()).unwrap(),
            set: unit.set,
            sum: BlobRef::of(&[sum]),
        }
    }

    pub(super) fn shares(&self, lock: &Lock, indices: &[u8]) -> VoteFact {
        VoteFact::Shares(Shares {
            ward: lock.ward,
            lock: lock.hash(&self.id()),
            shares: indices.iter().map(|it| (*it, vec![*it; 10])).collect(),
        })
    }
}

pub(super) fn public(index: u8) -> BlobRef {
    BlobRef::of(&vec![index; PUBLIC_LEN])
}

pub(super) fn device(person: u32) -> DeviceKey {
    DeviceKey(blake3(&[b"device", &person.to_be_bytes()]))
}
