//! The one door to Malachite's consensus core: its types end here.
//!
//! It runs as a pure state machine. Signatures are checked before words come here and made after they
//! leave, so a signature in its messages is empty. It reads a clock once a height, for a target time
//! that is never set. Its own write-ahead log is not used: every input is in our journal.

use std::{collections::BTreeSet, fmt};

use arc_malachitebft_core_consensus as core;
use arc_malachitebft_core_types as types;
use core::{
    Effect as CoreEffect, Error, Input as CoreInput, LivenessMsg, LocallyProposedValue, Params,
    Resumable, Resume, SignedConsensusMsg, State, process,
};
use types::{
    Context, LinearTimeouts, NilOrVal, PolkaCertificate, PolkaSignature, Round, SignedExtension,
    SignedMessage, SigningScheme, Timeout, TimeoutKind, ValuePayload, VoteExtensionPolicy,
    VoteType,
};

use super::{Input, TimerKind, Word};
use crate::checkpoint::RecordHash;

/// What the engine asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    Say(Word),
    Round(u32),
    Want(u32),
    Start(TimerKind, u32),
    Stop(TimerKind, u32),
    StopAll,
    Decide(u32, [u8; 32]),
}

/// The engine at one height.
pub(super) struct Engine {
    state: State<Rules>,
    height: Height,
    signers: Signers,
    own: Place,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({}, {:?})", self.height, self.state.round())
    }
}

/// An input that the engine could make nothing of.
#[derive(Debug)]
pub(super) struct Unusable;

impl Engine {
    pub(super) fn new(height: u32, signers: u8, own: u8) -> Self {
        let height = Height(height);
        let signers = Signers((0..signers).map(|it| Signer(Place(it))).collect());
        let params = Params {
            address: Place(own),
            threshold_params: Default::default(),
            value_payload: ValuePayload::ProposalOnly,
            enabled: true,
        };
        let state = State::new(Rules, height, signers.clone(), params, 1_000, 100_000);
        Self {
            state,
            height,
            signers,
            own: Place(own),
        }
    }

    pub(super) fn process(&mut self, input: &Input) -> Result<Vec<Effect>, Unusable> {
        let input = self.translate(input);
        input.map_or(Ok(Vec::new()), |input| self.run(input))
    }

    /// Tells it that `voters`, a quorum, prevoted for `value` in `round`. Of one signer's votes it
    /// counts the first alone; who saw another first must hear of the quorum so.
    pub(super) fn certify(
        &mut self,
        round: u32,
        value: [u8; 32],
        voters: &BTreeSet<u8>,
    ) -> Result<Vec<Effect>, Unusable> {
        let signatures = voters
            .iter()
            .map(|it| PolkaSignature::new(Place(*it), Unsigned));
        self.run(CoreInput::PolkaCertificate(PolkaCertificate {
            height: self.height,
            round: Round::new(round),
            value_id: RecordHash(value),
            polka_signatures: signatures.collect(),
        }))
    }

    fn run(&mut self, input: CoreInput<Rules>) -> Result<Vec<Effect>, Unusable> {
        let mut effects = Vec::new();
        let (state, own) = (&mut self.state, self.own);
        let done: Result<(), Error<Rules>> = process!(
            input: input,
            state: state,
            metrics: &(),
            with: effect => answer(effect, own, &mut effects)
        );
        done.map(|()| effects).map_err(|_| Unusable)
    }

    /// `None` for what concerns our timers alone.
    fn translate(&self, input: &Input) -> Option<CoreInput<Rules>> {
        Some(match input {
            Input::Begin => CoreInput::StartHeight(
                self.height,
                self.signers.clone(),
                false,
                None,
                VoteExtensionPolicy::Disabled,
            ),
            Input::Word { by, word } => match *word {
                Word::Proposal {
                    round,
                    value,
                    pol_round,
                } => CoreInput::Proposal(SignedMessage::new(
                    Proposal {
                        height: self.height,
                        round: Round::new(round),
                        value: Value(RecordHash(value)),
                        pol_round: pol_round.map_or(Round::Nil, Round::new),
                        by: Place(*by),
                    },
                    Unsigned,
                )),
                Word::Vote {
                    round,
                    is_precommit,
                    value,
                } => CoreInput::Vote(SignedMessage::new(
                    Vote {
                        kind: if is_precommit {
                            VoteType::Precommit
                        } else {
                            VoteType::Prevote
                        },
                        height: self.height,
                        round: Round::new(round),
                        value: value.map_or(NilOrVal::Nil, |it| NilOrVal::Val(RecordHash(it))),
                        by: Place(*by),
                    },
                    Unsigned,
                )),
            },
            Input::Value { round, value } => CoreInput::Propose(LocallyProposedValue::new(
                self.height,
                Round::new(*round),
                Value(RecordHash(*value)),
            )),
            Input::Elapsed { kind, round } => {
                let kind = match kind {
                    TimerKind::Propose => TimeoutKind::Propose,
                    TimerKind::Prevote => TimeoutKind::Prevote,
                    TimerKind::Precommit => TimeoutKind::Precommit,
                };
                CoreInput::TimeoutElapsed(Timeout::new(Round::new(*round), kind))
            }
            Input::SetBack => return None,
        })
    }
}

/// Answers what the engine asks, noting what concerns others.
fn answer(
    effect: CoreEffect<Rules>,
    own: Place,
    effects: &mut Vec<Effect>,
) -> Result<Resume<Rules>, Error<Rules>> {
    Ok(match effect {
        CoreEffect::CancelAllTimeouts(r) => {
            effects.push(Effect::StopAll);
            r.resume_with(())
        }
        CoreEffect::CancelTimeout(timeout, r) => {
            effects.extend(timer(timeout).map(|(kind, round)| Effect::Stop(kind, round)));
            r.resume_with(())
        }
        CoreEffect::ScheduleTimeout(timeout, r) => {
            effects.extend(timer(timeout).map(|(kind, round)| Effect::Start(kind, round)));
            r.resume_with(())
        }
        CoreEffect::StartRound(_, round, _, _, r) => {
            effects.extend(round.as_u32().map(Effect::Round));
            r.resume_with(())
        }
        CoreEffect::PublishConsensusMsg(message, r) => {
            // From the tenth round on it sends proposals of others again, which gossip anyhow.
            let is_own = match &message {
                SignedConsensusMsg::Proposal(it) => it.message.by == own,
                SignedConsensusMsg::Vote(it) => it.message.by == own,
            };
            let said = word(&message).filter(|_| is_own);
            effects.extend(said.map(Effect::Say));
            r.resume_with(())
        }
        CoreEffect::PublishLivenessMsg(message, r) => {
            if let LivenessMsg::Vote(vote) = message {
                effects.extend(word(&SignedConsensusMsg::Vote(vote)).map(Effect::Say));
            }
            r.resume_with(())
        }
        CoreEffect::GetValue(_, round, _, r) => {
            effects.extend(round.as_u32().map(Effect::Want));
            r.resume_with(())
        }
        CoreEffect::Decide(certificate, _, r) => {
            let round = certificate.round.as_u32();
            effects.extend(round.map(|it| Effect::Decide(it, certificate.value_id.0)));
            r.resume_with(())
        }
        // What was said is an entry and goes on by itself.
        CoreEffect::RepublishVote(_, r) => r.resume_with(()),
        CoreEffect::RepublishRoundCertificate(_, r) => r.resume_with(()),
        CoreEffect::RestreamProposal(_, _, _, _, _, r) => r.resume_with(()),
        CoreEffect::CertVerifiedSyncValue(_, _, r) => r.resume_with(()),
        CoreEffect::CertRejectedSyncValue(_, _, _, r) => r.resume_with(()),
        CoreEffect::SignVote(vote, r) => r.resume_with(SignedMessage::new(vote, Unsigned)),
        CoreEffect::SignProposal(proposal, r) => {
            r.resume_with(SignedMessage::new(proposal, Unsigned))
        }
        // Checked before it came here.
        CoreEffect::VerifySignature(_, _, r) => r.resume_with(true),
        CoreEffect::VerifyCommitCertificate(_, _, _, r) => r.resume_with(Ok(())),
        CoreEffect::VerifyExtendedCommitCertificate(_, _, _, _, r) => r.resume_with(Ok(())),
        CoreEffect::VerifyPolkaCertificate(_, _, _, r) => r.resume_with(Ok(())),
        CoreEffect::VerifyRoundCertificate(_, _, _, r) => r.resume_with(Ok(())),
        CoreEffect::WalAppend(_, _, r) => r.resume_with(()),
        CoreEffect::ExtendVote(_, _, _, _, r) => r.resume_with(None),
        CoreEffect::VerifyVoteExtension(_, _, _, _, _, _, r) => r.resume_with(Ok(())),
        CoreEffect::Finalize(_, _, _, r) => r.resume_with(()),
    })
}

fn timer(timeout: Timeout) -> Option<(TimerKind, u32)> {
    let kind = match timeout.kind {
        TimeoutKind::Propose => TimerKind::Propose,
        TimeoutKind::Prevote => TimerKind::Prevote,
        TimeoutKind::Precommit => TimerKind::Precommit,
        TimeoutKind::Rebroadcast | TimeoutKind::FinalizeHeight(_) => return None,
    };
    Some((kind, timeout.round.as_u32()?))
}

fn word(message: &SignedConsensusMsg<Rules>) -> Option<Word> {
    Some(match message {
        SignedConsensusMsg::Proposal(it) => Word::Proposal {
            round: it.message.round.as_u32()?,
            value: it.message.value.0.0,
            pol_round: it.message.pol_round.as_u32(),
        },
        SignedConsensusMsg::Vote(it) => Word::Vote {
            round: it.message.round.as_u32()?,
            is_precommit: it.message.kind == VoteType::Precommit,
            value: match it.message.value {
                NilOrVal::Nil => None,
                NilOrVal::Val(value) => Some(value.0),
            },
        },
    })
}

/// Names the types below to the engine.
#[derive(Clone, Debug)]
struct Rules;

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Place(u8);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl types::Address for Place {}

#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Height(u32);

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl types::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(u32::try_from(n).unwrap_or(u32::MAX)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        let n = u32::try_from(n).ok()?;
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0.into()
    }
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Value(Hash);

impl types::Value for Value {
    type Id = Hash;

    fn id(&self) -> Hash {
        self.0
    }
}

/// Of a record.
type Hash = RecordHash;

#[derive(Clone, Debug, Eq, PartialEq)]
struct Part;

impl types::ProposalPart<Rules> for Part {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Proposal {
    height: Height,
    round: Round,
    value: Value,
    pol_round: Round,
    by: Place,
}

impl types::Proposal<Rules> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &Value {
        &self.value
    }

    fn take_value(self) -> Value {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Place {
        &self.by
    }
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Vote {
    kind: VoteType,
    height: Height,
    round: Round,
    value: NilOrVal<Hash>,
    by: Place,
}

impl types::Vote<Rules> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Hash> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Hash> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Place {
        &self.by
    }

    fn extension(&self) -> Option<&SignedExtension<Rules>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Rules>> {
        None
    }

    fn extend(self, _: SignedExtension<Rules>) -> Self {
        self
    }
}

/// A signer is named by its place, which is its key here as well.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Signer(Place);

impl types::Validator<Rules> for Signer {
    fn address(&self) -> &Place {
        &self.0
    }

    fn public_key(&self) -> &u8 {
        &self.0.0
    }

    fn voting_power(&self) -> u64 {
        1
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Signers(Vec<Signer>);

impl types::ValidatorSet<Rules> for Signers {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn total_voting_power(&self) -> u64 {
        crate::codec::to_u64(self.0.len())
    }

    fn get_by_address(&self, address: &Place) -> Option<&Signer> {
        self.0.get(usize::from(address.0))
    }

    fn get_by_index(&self, index: usize) -> Option<&Signer> {
        self.0.get(index)
    }
}

/// A signature that is checked elsewhere.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Unsigned;

#[derive(Clone, Debug, Eq, PartialEq)]
struct Elsewhere;

impl SigningScheme for Elsewhere {
    type DecodingError = String;
    type Signature = Unsigned;
    type PublicKey = u8;
    type PrivateKey = u8;

    fn decode_signature(_: &[u8]) -> Result<Unsigned, String> {
        Ok(Unsigned)
    }

    fn encode_signature(_: &Unsigned) -> Vec<u8> {
        Vec::new()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<u8, String> {
        bytes.first().copied().ok_or_else(String::new)
    }

    fn encode_public_key(key: &u8) -> Vec<u8> {
        vec![*key]
    }
}

impl Context for Rules {
    type Address = Place;
    type Height = Height;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Signer;
    type ValidatorSet = Signers;
    type Timeouts = LinearTimeouts;
    type Value = Value;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Elsewhere;

    fn select_proposer<'a>(
        &self,
        signers: &'a Signers,
        height: Height,
        round: Round,
    ) -> &'a Signer {
        let turn = u64::from(height.0).saturating_add(round.as_u32().unwrap_or(0).into());
        let count = crate::codec::to_u64(signers.0.len());
        let place = turn.checked_rem(count).unwrap_or(0);
        let place = usize::try_from(place).unwrap_or(0);
        // A height without signers is never begun.
        signers.0.get(place).unwrap_or(&NOBODY)
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: Value,
        pol_round: Round,
        by: Place,
    ) -> Proposal {
        Proposal {
            height,
            round,
            value,
            pol_round,
            by,
        }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<Hash>, by: Place) -> Vote {
        Vote {
            kind: VoteType::Prevote,
            height,
            round,
            value,
            by,
        }
    }

    fn new_precommit(
        &self,
        height: Height,
        round: Round,
        value: NilOrVal<Hash>,
        by: Place,
    ) -> Vote {
        Vote {
            kind: VoteType::Precommit,
            height,
            round,
            value,
            by,
        }
    }
}

static NOBODY: Signer = Signer(Place(u8::MAX));
