//! `commune found`: a genesis from the first cards to the file that everybody joins.

mod failures;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use commune_crdt::{
    genesis::{Body, Card, Draft, MAX_CARD_LEN, MAX_CHARTER_LEN, MAX_GENESIS_LEN, NetworkSecret},
    params::signer_quorum,
};
use serde_json::json;

use super::{Access, Context};
use crate::{
    failure::{Exit, Failure},
    founding::Proposal,
    identity,
    vault::{VaultError, random},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Draft(DraftArgs),
    Sign(Sign),
    Close(Close),
    Export(Export),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Draft(args) => args.run(ctx),
            Self::Sign(args) => args.run(ctx),
            Self::Close(args) => args.run(ctx),
            Self::Export(args) => args.run(ctx),
        }
    }
}

/// What the founders agree on.
#[derive(Debug, clap::Args)]
pub(super) struct DraftArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "CARD", num_args = 1.., required = true)]
    member: Vec<PathBuf>,
    #[arg(long, value_name = "CARD", num_args = 1..)]
    signer: Vec<PathBuf>,
    #[arg(long, value_name = "CARD", num_args = 1..)]
    trustee: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    charter: Option<PathBuf>,
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    param: Vec<String>,
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    name: String,
    #[arg(long)]
    test_network: bool,
}

impl DraftArgs {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        ctx.check_clock(self.test_network)?;
        let charter = match &self.charter {
            Some(path) => Some(ctx.read_text(path, MAX_CHARTER_LEN)?),
            None => None,
        };
        let proposal = Proposal {
            name: self.name.clone(),
            members: cards(ctx, &self.member)?,
            signers: cards(ctx, &self.signer)?,
            trustees: cards(ctx, &self.trustee)?,
            charter,
            params: self.param.clone(),
            test_network: self.test_network,
            now: ctx.claimed_now(),
        };
        let draft = proposal.draft().map_err(failures::of_proposal)?;
        ctx.save(&self.file, &draft.encode(), Access::Everyone)?;
        if let Err(error) = draft.body().check_ready() {
            let why = failures::of_genesis(&self.file, &error).message(&ctx.messages);
            let warning = ctx.text("found-draft-not-ready", &[("why", why.into())]);
            ctx.warn(&warning);
        }
        let text = summary(ctx, &self.file, &draft);
        ctx.emit(described(&self.file, &draft), &text)
    }
}

/// The draft to sign, and copies of it that others signed.
#[derive(Debug, clap::Args)]
pub(super) struct Sign {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(value_name = "COPY")]
    copies: Vec<PathBuf>,
}

impl Sign {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let mut draft = read_draft(ctx, &self.file)?;
        for path in &self.copies {
            let copy = read_draft(ctx, path)?;
            draft
                .merge(&copy)
                .map_err(|error| failures::of_draft(path, &error))?;
        }
        let vault = identity::open(ctx)?;
        draft
            .sign(&identity::member(&vault)?)
            .map_err(|error| failures::of_draft(&self.file, &error))?;
        ctx.replace(&self.file, &draft.encode(), Access::Everyone)?;

        let missing = names(draft.missing());
        let mut text = summary(ctx, &self.file, &draft);
        text.push('\n');
        text.push_str(&if missing.is_empty() {
            ctx.text("found-signed-by-all", &[("file", (&self.file).into())])
        } else {
            ctx.text("found-signed", &[("missing", missing.join(", ").into())])
        });
        ctx.emit(described(&self.file, &draft), &text)
    }
}

/// The draft that all have signed, and where the genesis goes.
#[derive(Debug, clap::Args)]
pub(super) struct Close {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "OUT")]
    genesis: PathBuf,
}

impl Close {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let draft = read_draft(ctx, &self.file)?;
        let secret = random::secret().map_err(VaultError::from)?;
        let genesis = draft
            .close(NetworkSecret::new(*secret))
            .map_err(|error| failures::of_draft(&self.file, &error))?;
        // A second secret would split the network, so what is there stays.
        ctx.save(&self.genesis, &genesis.encode(), Access::Owner)?;
        let network = genesis.network().to_string();
        let text = ctx.text(
            "found-closed",
            &[
                ("network", (&network).into()),
                ("genesis", (&self.genesis).into()),
            ],
        );
        let object = json!({"network": network, "genesis": shown(&self.genesis)});
        ctx.emit(object, &text)
    }
}

/// What leaves the device.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[arg(long, required = true)]
    public: bool,
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
}

impl Export {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let genesis = crate::device::read_genesis(ctx.data_dir()?)?;
        let bytes = genesis.public().encode();
        ctx.save(&self.file, &bytes, Access::Everyone)?;
        let network = genesis.network().to_string();
        let text = ctx.text(
            "found-exported",
            &[
                ("network", (&network).into()),
                ("file", (&self.file).into()),
            ],
        );
        ctx.emit(
            json!({"network": network, "file": shown(&self.file)}),
            &text,
        )
    }
}

fn cards(ctx: &mut Context, paths: &[PathBuf]) -> Result<Vec<Card>, Failure> {
    paths
        .iter()
        .map(|path| {
            let bytes = ctx.read(path, MAX_CARD_LEN)?;
            Card::decode(&bytes).map_err(|error| {
                Failure::new(Exit::Damaged, "card.invalid")
                    .with("path", path)
                    .because(&error)
            })
        })
        .collect()
}

fn read_draft(ctx: &mut Context, path: &Path) -> Result<Draft, Failure> {
    let bytes = ctx.read(path, MAX_GENESIS_LEN)?;
    Draft::decode(&bytes).map_err(|error| failures::of_genesis(path, &error))
}

/// What a draft would found, for scripts.
fn described(path: &Path, draft: &Draft) -> serde_json::Value {
    let body = draft.body();
    json!({
        "file": shown(path),
        "network": draft.network().to_string(),
        "name": body.name,
        "test_network": body.test_network,
        "members": names(&body.founders),
        "signers": names(body.signers()),
        "quorum": signer_quorum(body.signers.len()),
        "trustees": names(body.trustees()),
        "tally_quorum": body.params.tally_quorum().quorum,
        "missing": names(draft.missing()),
        "ready": body.check_ready().is_ok(),
    })
}

/// What a draft would found, for whoever is about to sign it.
fn summary(ctx: &Context, path: &Path, draft: &Draft) -> String {
    let body = draft.body();
    let kind = if body.test_network { "test" } else { "real" };
    let quorum = signer_quorum(body.signers.len());
    let mut text = ctx.text(
        "found-draft",
        &[
            ("file", path.into()),
            ("network", draft.network().to_string().into()),
            ("kind", kind.into()),
            ("founders", names(&body.founders).join(", ").into()),
            ("signers", names(body.signers()).join(", ").into()),
            ("quorum", quorum.into()),
            ("trustees", names(body.trustees()).join(", ").into()),
            (
                "tally",
                usize::from(body.params.tally_quorum().quorum).into(),
            ),
            ("charter", first_line(body).into()),
        ],
    );
    for param in changed(body) {
        text.push_str("\n  ");
        text.push_str(&param);
    }
    text
}

fn first_line(body: &Body) -> &str {
    let mut lines = body.charter.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// The parameters that the founders chose themselves.
fn changed(body: &Body) -> Vec<String> {
    body.params
        .iter()
        .filter(|(param, value)| param.spec().default != *value)
        .map(|(param, _)| format!("{} = {}", param.spec().name, body.params.text(param)))
        .collect()
}

fn names<'a>(cards: impl IntoIterator<Item = &'a Card>) -> Vec<String> {
    let name = |card: &Card| card.person().name.clone();
    cards.into_iter().map(name).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
