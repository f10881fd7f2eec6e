//! `commune vote open`.

use std::time::Duration;

use clap::ValueEnum;
use commune_crdt::{
    codec::to_u64,
    hash::from_hex,
    keys::MemberKey,
    params::Param,
    payload::{Question, QuestionKind},
    trust::State,
};
use serde_json::json;

use super::{failure, kind_word};
use crate::{
    cli::{Context, member, value},
    failure::{Exit, Failure},
    trust::Trust,
    votes::Opened,
};

/// What is asked, who holds the key, and for how long.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Open {
    #[arg(value_name = "QUESTION")]
    question: String,
    #[arg(long, value_enum, default_value = "yes-no")]
    kind: Kind,
    #[arg(long, value_name = "TEXT")]
    option: Vec<String>,
    #[arg(long, value_name = "N", default_value_t = 5)]
    max: u8,
    #[arg(long, value_name = "WHO", required = true)]
    trustee: Vec<String>,
    #[arg(long, value_name = "WHO")]
    substitute: Vec<String>,
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = value::duration)]
    prepare: Duration,
    #[arg(long, value_name = "DURATION", default_value = "14d", value_parser = value::duration)]
    time: Duration,
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = value::duration)]
    receipts: Duration,
    #[arg(long, value_name = "ID", num_args = 2)]
    references: Vec<String>,
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    YesNo,
    Approval,
    ChooseOne,
    Score,
    Majority,
    Median,
}

impl Open {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let trust = ctx.trust(&device)?;
        let opened = Opened {
            question: self.question(),
            trustees: members(&trust, &self.trustee)?,
            substitutes: members(&trust, &self.substitute)?,
            acknowledge_secs: seconds(self.prepare),
            vote_secs: seconds(self.time),
            receipt_secs: seconds(self.receipts),
            references: self.references()?,
        };
        let opening = opened.opening(&device).map_err(failure)?;
        let people = &trust.membership;
        let members = people
            .people()
            .iter()
            .filter(|it| it.state == State::Member);
        let members = to_u64(members.count());
        let least = people.params().get(Param::AnonymityMin);
        if members < least {
            let args = [("members", members.into()), ("least", least.into())];
            let text = ctx.text("vote-few-members", &args);
            ctx.warn(&text);
        }
        let name = |it: &MemberKey| trust.name_of(it);
        let args = [
            ("question", (&self.question).into()),
            ("quorum", u64::from(opening.quorum.quorum).into()),
            ("of", to_u64(opened.trustees.len()).into()),
            (
                "names",
                opened
                    .trustees
                    .iter()
                    .map(name)
                    .collect::<Vec<_>>()
                    .join(", ")
                    .into(),
            ),
        ];
        let mut object = json!({
            "vote": serde_json::Value::Null,
            "question": self.question,
            "kind": kind_word(opened.question.kind),
            "options": opened.question.options,
            "slots": opened.question.slots(),
            "quorum": opening.quorum.quorum,
            "trustees": opened.trustees.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "dry_run": self.dry_run,
        });
        if self.dry_run {
            let text = ctx.text("vote-would-open", &args);
            return ctx.emit(object, &text);
        }
        let question = ctx.text("vote-ask-open", &args);
        ctx.confirm(&question)?;
        let (id, _) = opened.open(&device, ctx.claimed_now()).map_err(failure)?;
        if let Some(fields) = object.as_object_mut() {
            fields.insert("vote".to_owned(), id.to_string().into());
        }
        let short: String = id.to_string().chars().take(8).collect();
        let text = ctx.text("vote-opened", &[("vote", short.into())]);
        ctx.emit(object, &text)
    }

    fn question(&self) -> Question {
        Question {
            kind: match self.kind {
                Kind::YesNo => QuestionKind::YesNo,
                Kind::Approval => QuestionKind::Approval,
                Kind::ChooseOne => QuestionKind::ChooseOne,
                Kind::Score => QuestionKind::Score { max: self.max },
                Kind::Majority => QuestionKind::Majority,
                Kind::Median => QuestionKind::Median,
            },
            text: self.question.clone(),
            options: self.option.clone(),
        }
    }

    fn references(&self) -> Result<Option<[[u8; 32]; 2]>, Failure> {
        let [ballots, shares] = self.references.as_slice() else {
            return Ok(None);
        };
        let read = |text: &String| {
            let unknown = || Failure::new(Exit::Usage, "vote.no_reference").with("id", text);
            from_hex::<32>(text).ok_or_else(unknown)
        };
        Ok(Some([read(ballots)?, read(shares)?]))
    }
}

fn members(trust: &Trust, names: &[String]) -> Result<Vec<MemberKey>, Failure> {
    let find = |it: &String| member::find(trust, it).map(|(_, person)| person.key);
    names.iter().map(find).collect()
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
