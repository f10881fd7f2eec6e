//! How the key comes about: rounds of pieces and acknowledgements, each with a deadline.
//!
//! For n trustees of whom t open there is a piece for each set of t − 1 seats, held by the other seats:
//! any t seats hold all pieces together, and t − 1 lack the piece of their own set. The lowest seat that
//! holds a piece makes it. Every seat says that it recomputed what it holds; the first record at which
//! all have said so fixes the key. If the deadline comes before, who is at fault loses the seat to the
//! next substitute, and a new round begins with nothing of the old one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, NOBODY, Stated, Vote};
use crate::{
    entry::BlobRef,
    hash::{BlobHash, EntryId, blake3},
    params::TallyQuorum,
    payload::{Piece, VoteFact},
    time::{Height, Seconds},
    trust::PersonId,
};

/// A piece that a record has in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PieceAt {
    /// The entry that states it.
    pub entry: EntryId,
    /// Who made it.
    pub maker: PersonId,
    /// Its public half.
    pub public: BlobRef,
    /// The seats for whom the seed is sealed.
    pub seats: Vec<u8>,
    /// The seals, if there are any.
    pub seals: Option<BlobRef>,
}

/// Why a trustee lost the seat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// They did not make a piece.
    NoPiece,
    /// They could have acknowledged, and did not.
    Silent,
    /// They made a piece that somebody complained about, or complained: one of the two lies. Who did
    /// not seal a seed for a holder, and a holder who did not get it, are as these.
    Complaint,
}

/// The seats that hold each piece, pieces in the lexicographic order of the sets that lack them.
pub fn holders(quorum: &TallyQuorum) -> Vec<Vec<u8>> {
    let lacking = usize::from(quorum.quorum).saturating_sub(1);
    let mut sets: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..lacking {
        let longer = sets.iter().flat_map(|set| {
            let next = set.last().map_or(0, |it| it.saturating_add(1));
            (next..quorum.trustees).map(|seat| [set.as_slice(), &[seat]].concat())
        });
        sets = longer.collect();
    }
    let others = |set: Vec<u8>| {
        (0..quorum.trustees)
            .filter(|it| !set.contains(it))
            .collect()
    };
    sets.into_iter().map(others).collect()
}

/// What a seat acknowledges: the pieces that it holds, each by key, number and hash, ascending.
pub fn pieces_hash(
    round: u8,
    seat: u8,
    pieces: impl Iterator<Item = (u16, u8, BlobHash)>,
) -> [u8; 32] {
    let mut bytes = vec![round, seat];
    for (key, index, hash) in pieces {
        bytes.extend(key.to_be_bytes());
        bytes.push(index);
        bytes.extend(hash.as_bytes());
    }
    blake3(&[b"commune pieces v1", &bytes])
}

/// Goes through the rounds. False if there are not enough substitutes.
pub(super) fn close_rounds(vote: &mut Vote, input: &Input<'_>) -> bool {
    let mut substitutes = vote.opening.substitutes.iter();
    let mut from = vote.opened.0;
    loop {
        let mut round = Round::new(vote, input);
        let Some(over) = round.run(from) else {
            round.finish(vote);
            return true;
        };
        let faults = round.faults();
        for (seat, fault) in faults {
            let next = substitutes.next();
            let next = next.map(|it| (input.person)(it).unwrap_or(NOBODY));
            let (Some(next), Some(place)) = (next, vote.seats.get_mut(usize::from(seat))) else {
                return false;
            };
            vote.replaced.push((*place, fault));
            *place = next;
        }
        from = over.0;
        vote.round = vote.round.saturating_add(1);
        vote.deadline = over.1.after(vote.opening.acknowledge_secs.into());
    }
}

/// One round, up to its end.
struct Round<'a> {
    input: &'a Input<'a>,
    number: u8,
    seats: Vec<PersonId>,
    deadline: Seconds,
    holders: Vec<Vec<u8>>,
    keys: u16,
    pieces: BTreeMap<(u16, u8), PieceAt>,
    complaints: BTreeMap<u8, PersonId>,
    said: BTreeSet<(u8, [u8; 32])>,
    done: BTreeSet<u8>,
    fixed: Option<(Height, Seconds)>,
}

impl<'a> Round<'a> {
    fn new(vote: &Vote, input: &'a Input<'a>) -> Self {
        Self {
            input,
            number: vote.round,
            seats: vote.seats.clone(),
            deadline: vote.deadline,
            holders: holders(&vote.opening.quorum),
            keys: input.roll.keys(),
            pieces: BTreeMap::new(),
            complaints: BTreeMap::new(),
            said: BTreeSet::new(),
            done: BTreeSet::new(),
            fixed: None,
        }
    }

    /// Goes through the records above `from`; the one that ends the round without a key, if one does.
    fn run(&mut self, from: Height) -> Option<(Height, Seconds)> {
        let input = self.input;
        for (height, time) in input.records.iter().filter(|it| it.0 > from) {
            let here = |it: &&Stated| it.included.is_some_and(|(at, _)| at == *height);
            for stated in input.facts.iter().filter(here) {
                self.take(stated);
            }
            self.done = self.seats_done();
            if self.done.len() == self.seats.len() {
                self.fixed = Some((*height, *time));
                return None;
            }
            if *time >= self.deadline {
                return Some((*height, *time));
            }
        }
        None
    }

    fn take(&mut self, stated: &Stated) {
        let seat = self.seats.iter().position(|it| *it == stated.author);
        let Some(seat) = seat.and_then(|it| u8::try_from(it).ok()) else {
            return;
        };
        match &stated.fact {
            VoteFact::Piece(piece) if piece.round == self.number => {
                self.take_piece(seat, piece, stated);
            }
            VoteFact::Acknowledgement(it) if it.round == self.number => {
                self.said.insert((seat, it.pieces));
            }
            VoteFact::Complaint(it) if it.round == self.number => {
                let holds = self.holders.get(usize::from(it.index));
                if holds.is_some_and(|it| it.contains(&seat)) {
                    self.complaints.entry(it.index).or_insert(stated.author);
                }
            }
            _ => {}
        }
    }

    fn take_piece(&mut self, seat: u8, piece: &Piece, stated: &Stated) {
        let makes = self.maker(piece.index) == Some(seat);
        if !makes || piece.key >= self.keys {
            return;
        }
        // Of two pieces at one place the first counts: nobody changes a piece after seeing others.
        self.pieces
            .entry((piece.key, piece.index))
            .or_insert_with(|| PieceAt {
                entry: stated.id,
                maker: stated.author,
                public: piece.public,
                seats: piece.seats.clone(),
                seals: piece.seals,
            });
    }

    fn maker(&self, index: u8) -> Option<u8> {
        self.holders.get(usize::from(index))?.first().copied()
    }

    fn numbers(&self) -> impl Iterator<Item = u8> {
        (0..).take(self.holders.len())
    }

    fn is_whole(&self, index: u8) -> bool {
        (0..self.keys).all(|key| self.pieces.contains_key(&(key, index)))
    }

    fn held(&self, seat: u8) -> Vec<u8> {
        let holds = |it: &u8| {
            let holders = self.holders.get(usize::from(*it));
            holders.is_some_and(|it| it.contains(&seat))
        };
        self.numbers().filter(holds).collect()
    }

    fn seats_done(&self) -> BTreeSet<u8> {
        let seats = (0..).zip(&self.seats).map(|(seat, _): (u8, _)| seat);
        let is_done = |seat: &u8| {
            let held = self.held(*seat);
            let pieces = self.pieces.iter();
            let here = pieces.filter(|((_, index), _)| held.contains(index));
            let here = here.map(|((key, index), it)| (*key, *index, it.public.hash));
            let hash = pieces_hash(self.number, *seat, here);
            held.iter().all(|it| self.is_whole(*it)) && self.said.contains(&(*seat, hash))
        };
        seats.filter(is_done).collect()
    }

    /// Whose fault it is that there is no key, by seat; at least one.
    fn faults(&self) -> BTreeMap<u8, Fault> {
        let mut faults = BTreeMap::new();
        for index in self.numbers().filter(|it| !self.is_whole(*it)) {
            if let Some(seat) = self.maker(index) {
                faults.insert(seat, Fault::NoPiece);
            }
        }
        for (index, who) in &self.complaints {
            let complainer = self.seats.iter().position(|it| it == who);
            let complainer = complainer.and_then(|it| u8::try_from(it).ok());
            for seat in self.maker(*index).into_iter().chain(complainer) {
                faults.entry(seat).or_insert(Fault::Complaint);
            }
        }
        let seats = (0..).zip(&self.seats).map(|(seat, _): (u8, _)| seat);
        for seat in seats.filter(|it| !self.done.contains(it)) {
            for index in self.held(seat) {
                if let Some(maker) = self.maker(index).filter(|_| self.is_withheld(index, seat)) {
                    faults.entry(maker).or_insert(Fault::Complaint);
                    faults.entry(seat).or_insert(Fault::Complaint);
                }
            }
            let could = |it: &u8| self.is_whole(*it) && !self.complaints.contains_key(it);
            if self.held(seat).iter().all(could) {
                faults.entry(seat).or_insert(Fault::Silent);
            }
        }
        faults
    }

    /// Whether a piece is there, and its seed was not sealed for a seat that holds it.
    fn is_withheld(&self, index: u8, seat: u8) -> bool {
        let has = |it: &PieceAt| it.seats.contains(&seat);
        let piece = self.pieces.get(&(0, index));
        self.maker(index) != Some(seat) && piece.is_some_and(|it| !has(it))
    }

    fn finish(self, vote: &mut Vote) {
        vote.pieces = self.pieces;
        vote.complaints = self.complaints;
        vote.acknowledged = self.done;
        vote.key = self.fixed;
    }
}
