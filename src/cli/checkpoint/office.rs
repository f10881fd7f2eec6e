//! `commune checkpoint enrol` and `appoint`: with which keys a member signs, and who is to sign.

use std::collections::BTreeSet;

use commune_crdt::{
    codec::to_u64,
    hash::to_hex,
    keys::MemberKey,
    payload::{Appointment, Enrolment, Keys, MAX_APPOINTED, SignerFact},
    trust::State,
};
use serde_json::{Value, json};

use crate::{
    cli::{Context, member},
    device::Device,
    failure::{Exit, Failure},
    identity,
    vault::signer::SignerKeys,
};

/// Whether new keys are drawn.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Enrol {
    #[arg(long)]
    new_keys: bool,
}

/// Who is to sign.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Appoint {
    #[arg(value_name = "WHO", required = true)]
    who: Vec<String>,
    #[arg(long)]
    dry_run: bool,
}

impl Enrol {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let secret = identity::member(device.vault())?;
        let own = device.vault().member_key;
        let trust = ctx.trust(&device)?;
        let is_member = trust.membership.find(&own);
        let is_member = is_member.and_then(|it| trust.membership.person(it));
        if is_member.is_none_or(|it| it.state != State::Member) {
            return Err(Failure::new(Exit::Refused, "checkpoint.no_member"));
        }
        let (known, signs) = device.with_finality(|it| {
            let office = &it.tip().office;
            let signs = office.set().index_of(&own).is_some();
            Ok((office.enrolled(&own).copied(), signs))
        })?;
        let store_key = device.vault().store_key.bytes();
        let keys = if self.new_keys {
            if signs {
                let question = ctx.text("checkpoint-ask-new-keys", &[]);
                ctx.confirm(&question)?;
            }
            // Not while the node beside it brings a step to the disk.
            let _turn = device.signing();
            SignerKeys::renew(device.dir(), store_key)?
        } else {
            SignerKeys::read(device.dir(), store_key)?
        };
        let keys = Keys {
            cosignature: keys.cosignature.public(),
            log_line: keys.log_line.public(),
            seed_commitment: keys.chain.commitment(),
        };
        let mut entry = Value::Null;
        if known != Some(keys) {
            let fact = SignerFact::Enrolment(Enrolment::sign(device.network(), keys, &secret));
            let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
            entry = id.to_string().into();
        }
        let status = match (entry.is_null(), signs) {
            (false, _) => "pending",
            (true, true) => "signs",
            (true, false) => "enrolled",
        };
        let text = ctx.text(
            match status {
                "pending" => "checkpoint-enrolled",
                "signs" => "checkpoint-enrolled-signs",
                _ => "checkpoint-enrolled-known",
            },
            &[],
        );
        let key = to_hex(&keys.cosignature);
        ctx.emit(json!({"entry": entry, "key": key, "status": status}), &text)
    }
}

impl Appoint {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let members = self.members(ctx, &device)?;
        let own = device.vault().member_key;
        let (set, wanted, unknown) = device.with_finality(|it| {
            let office = &it.tip().office;
            let unknown = members
                .iter()
                .find(|(key, _)| office.enrolled(key).is_none());
            let wanted: Vec<_> = office
                .wanted()
                .map(|(by, all)| (*by, all.clone()))
                .collect();
            let set = office.is_test().then(|| office.set().clone());
            Ok((set, wanted, unknown.map(|(_, name)| name.clone())))
        })?;
        let set = set.ok_or(Failure::new(Exit::Refused, "checkpoint.no_appointment"))?;
        if set.index_of(&own).is_none() {
            return Err(Failure::new(Exit::Refused, "checkpoint.not_a_signer"));
        }
        if let Some(name) = unknown {
            let failure = Failure::new(Exit::Refused, "checkpoint.not_enrolled");
            return Err(failure.with("name", &*name));
        }
        let keys: BTreeSet<MemberKey> = members.iter().map(|(key, _)| *key).collect();
        let agree = |by: &MemberKey| {
            *by == own || wanted.iter().any(|(who, all)| who == by && *all == keys)
        };
        let missing = set.signers().iter().filter(|it| !agree(&it.member));
        let mut missing: Vec<_> = missing.map(|it| it.label.clone()).collect();
        missing.sort_unstable();
        let names: Vec<_> = members.iter().map(|(_, name)| name.as_str()).collect();
        let args = [
            ("names", names.join(", ").into()),
            ("missing", missing.join(", ").into()),
            ("count", to_u64(missing.len()).into()),
        ];
        let mut entry = Value::Null;
        if !self.dry_run {
            let question = ctx.text("checkpoint-ask-appoint", &args);
            ctx.confirm(&question)?;
            let fact = SignerFact::Appointment(Appointment { members: keys });
            let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
            entry = id.to_string().into();
        }
        let head = match self.dry_run {
            true => ctx.text("checkpoint-would-appoint", &args),
            false => ctx.text("checkpoint-appointed", &args),
        };
        let text = format!("{head}\n{}", ctx.text("checkpoint-appoint-missing", &args));
        let members = members
            .iter()
            .map(|(key, name)| json!({"member": key.to_string(), "name": name}));
        let object = json!({
            "entry": entry,
            "members": members.collect::<Vec<_>>(),
            "missing": missing,
        });
        ctx.emit(object, &text)
    }

    /// Who is meant, each once, in the order of the words.
    fn members(&self, ctx: &Context, device: &Device) -> Result<Vec<(MemberKey, String)>, Failure> {
        let trust = ctx.trust(device)?;
        let mut members: Vec<(MemberKey, String)> = Vec::new();
        for who in &self.who {
            let (_, person) = member::find(&trust, who)?;
            if members.iter().all(|(key, _)| *key != person.key) {
                members.push((person.key, trust.name(person).to_string()));
            }
        }
        match members.len() {
            1..=MAX_APPOINTED => Ok(members),
            many => {
                let failure = Failure::new(Exit::Usage, "checkpoint.too_many");
                Err(failure.with("found", to_u64(many)))
            }
        }
    }
}
