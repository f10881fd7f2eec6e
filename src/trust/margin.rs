//! How far a person is from losing their membership, or from having one.

use commune_crdt::{
    codec::{CodecError, Reader, Writer, to_u64},
    keys::MemberKey,
    params::Param,
    time::Seconds,
    trust::{Membership, Person, State},
};

use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
    trust::Trust,
};

/// Name of the row that keeps a margin between two commands.
const ROW: &str = "margin";

/// What one sees of one's own standing at a glance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Margin {
    /// Where one stands; `None` if nobody vouched yet.
    pub state: Option<State>,
    /// Live certifications received.
    pub received: u64,
    /// How many a member needs.
    pub needed: u64,
    /// When the first of them is over.
    pub first_end: Option<Seconds>,
    /// Sponsors who are members and could vouch again.
    pub can_renew: u64,
    /// When the year is over.
    pub until: Seconds,
    /// When one lapses if nothing else happens. Of a candidate who is near enough: when one becomes
    /// a member, unless a rule on the sponsors is in the way.
    pub turn: Option<Seconds>,
    /// Certifications signed ahead.
    pub queued: u64,
}

impl Margin {
    /// The margin of the owner of `device`, kept until entries change.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of_owner(device: &Device, at: Option<Seconds>) -> Result<Self, StoreError> {
        let generation = device.store().generation();
        if at.is_none()
            && let Some(kept) = device.store().meta(ROW)?
            && let Ok((of, margin)) = Self::read(&kept)
            && of == generation
        {
            return Ok(margin);
        }
        let trust = Trust::of(device, at)?;
        let margin = Self::of(&trust.membership, &device.vault().member_key);
        if at.is_none() {
            // Only a cache: a read-only medium is no reason to fail.
            let mut batch = Batch::new();
            batch.put_meta(ROW, &margin.bytes(generation));
            let _ = device.store().commit(batch, Durability::Data);
        }
        Ok(margin)
    }

    /// The margin of the person with the key `key`.
    pub fn of(membership: &Membership, key: &MemberKey) -> Self {
        let needed = membership.params().get(Param::SigQty);
        let now = membership.newest().time;
        let person = membership.find(key).and_then(|it| membership.person(it));
        let Some(person) = person else {
            return Self {
                state: None,
                received: 0,
                needed,
                first_end: None,
                can_renew: 0,
                until: now,
                turn: None,
                queued: 0,
            };
        };
        let is_member = |it: &u32| {
            let sponsor = membership.person(*it);
            sponsor.is_some_and(|it| it.state == State::Member)
        };
        let sponsors = person.live(now).map(|it| it.issuer);
        Self {
            state: Some(person.state),
            received: to_u64(person.live(now).count()),
            needed,
            first_end: person.live(now).map(|it| it.end).min(),
            can_renew: to_u64(sponsors.filter(is_member).count()),
            until: person.until,
            turn: match person.state {
                State::Candidate => admission(membership, person),
                State::Member => Some(membership.lapse_time(person)),
                _ => None,
            },
            queued: to_u64(person.queue.len()),
        }
    }

    fn bytes(&self, generation: u64) -> Vec<u8> {
        let mut out = Writer::new();
        let time = |it: Option<Seconds>| it.map_or(0, |it| it.0);
        let state = STATES.iter().position(|it| *it == self.state);
        out.u64(generation)
            .u64(to_u64(state.unwrap_or(0)))
            .u64(self.received)
            .u64(self.needed)
            .u64(time(self.first_end))
            .u64(self.can_renew)
            .u64(self.until.0)
            .u64(time(self.turn))
            .u64(self.queued);
        out.finish()
    }

    fn read(bytes: &[u8]) -> Result<(u64, Self), CodecError> {
        let mut reader = Reader::new(bytes);
        let time = |seconds| (seconds > 0).then_some(Seconds(seconds));
        let generation = reader.u64()?;
        let state = usize::try_from(reader.u64()?).unwrap_or(0);
        let margin = Self {
            state: STATES.get(state).copied().flatten(),
            received: reader.u64()?,
            needed: reader.u64()?,
            first_end: time(reader.u64()?),
            can_renew: reader.u64()?,
            until: Seconds(reader.u64()?),
            turn: time(reader.u64()?),
            queued: reader.u64()?,
        };
        reader.finish()?;
        Ok((generation, margin))
    }
}

const STATES: [Option<State>; 6] = [
    None,
    Some(State::Candidate),
    Some(State::Member),
    Some(State::Lapsed),
    Some(State::Gone),
    Some(State::Revoked),
];
/// When a candidate becomes a member, if nothing that the sponsors lack is in the way.
fn admission(membership: &Membership, person: &Person) -> Option<Seconds> {
    let time = membership.admission_time(person)?;
    let (now, id) = (membership.newest().time, membership.find(&person.key)?);
    let lacks = membership.sponsors_lack(&membership.graph(now), id, now);
    lacks.is_none().then_some(time)
}
