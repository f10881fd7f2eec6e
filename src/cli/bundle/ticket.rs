//! `commune bundle ticket`: what this device has, for whoever writes a bundle for it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use commune_crdt::{hash::to_hex, sync::oneway::Ticket};
use serde_json::json;

use super::secret;
use crate::{
    bundle::{GENERATION, MAX_TICKET_FILE_LEN, SealedTicket, Snapshot, TicketFileError, ticket_of},
    cli::{Access, Context},
    device::Device,
    failure::{Exit, Failure},
    qr,
};

/// Characters of the largest QR code at level M.
const MAX_CODE_LEN: usize = 3_391;

/// Characters of a code that fits a terminal of 80 × 24.
const SMALL_CODE_LEN: usize = 122;

/// Characters of a code that fits a terminal of 80 × 40.
const LARGE_CODE_LEN: usize = 468;

/// Lines of a terminal that show a code of [`LARGE_CODE_LEN`].
const LARGE_LINES: u64 = 40;

/// Where the ticket goes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[arg(long, value_enum, value_name = "HOW")]
    qr: Option<Drawn>,
}

/// How QR codes are drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Drawn {
    Terminal,
    Svg,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let holdings = Snapshot::of(&device)?;
        let ticket = ticket_of(&holdings, &device.vault().device, ctx.claimed_now())
            .map_err(|error| Failure::new(Exit::Failed, "vault.random").because(&error))?;
        let sealed = SealedTicket::seal(&ticket, secret(&device)?, GENERATION);
        let codes = match self.qr {
            Some(drawn) => self.codes(ctx, &sealed, drawn)?,
            None => Vec::new(),
        };
        if let Some(file) = &self.file {
            ctx.save(file, sealed.as_bytes(), Access::Everyone)?;
        }
        let text = match (&self.file, self.qr) {
            (None, None) => sealed.lines(MAX_CODE_LEN).unwrap_or_default().join("\n"),
            (None, Some(_)) => codes.join("\n"),
            (Some(file), _) => {
                let saved = ctx.text(
                    "bundle-ticket-saved",
                    &[
                        ("path", file.into()),
                        ("bytes", sealed.as_bytes().len().into()),
                        ("logs", ticket.len().into()),
                        ("entries", ticket.entries().into()),
                    ],
                );
                let mut all = codes.clone();
                all.push(saved);
                all.join("\n")
            }
        };
        let object = json!({
            "file": self.file.as_ref().map(|it| it.display().to_string()),
            "ticket": to_hex(&ticket.hash()),
            "logs": ticket.len(),
            "entries": ticket.entries(),
            "bytes": sealed.as_bytes().len(),
            "text": sealed.lines(MAX_CODE_LEN),
            "qr": codes,
        });
        ctx.emit(object, &text)
    }

    fn codes(
        &self,
        ctx: &Context,
        sealed: &SealedTicket,
        drawn: Drawn,
    ) -> Result<Vec<String>, Failure> {
        let too_long = Failure::new(Exit::Failed, "bundle.ticket_too_long");
        let lines = match drawn {
            Drawn::Svg => sealed.lines(MAX_CODE_LEN).filter(|it| it.len() == 1),
            Drawn::Terminal => sealed.lines(room(ctx)),
        };
        let Some(lines) = lines else {
            return Err(too_long.with("bytes", sealed.as_bytes().len()));
        };
        let count = lines.len();
        (1_usize..)
            .zip(&lines)
            .map(|(number, line)| {
                let args = [("number", number.into()), ("count", count.into())];
                let title = ctx.text("bundle-ticket-code", &args);
                match drawn {
                    Drawn::Svg => qr::svg(line.as_bytes(), &title),
                    Drawn::Terminal => {
                        qr::terminal(line.as_bytes()).map(|code| format!("{title}\n{code}"))
                    }
                }
            })
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::new(Exit::Failed, "qr.too_long").because(&error))
    }
}

/// Characters of a code that the caller's terminal shows whole.
fn room(ctx: &Context) -> usize {
    let lines = ctx
        .caller
        .var("LINES")
        .and_then(|it| it.parse::<u64>().ok());
    match lines {
        Some(lines) if lines >= LARGE_LINES => LARGE_CODE_LEN,
        _ => SMALL_CODE_LEN,
    }
}

/// The bytes of a ticket: a file, `-`, or its text itself.
pub(super) fn read(ctx: &mut Context, path: &Path) -> Result<Vec<u8>, Failure> {
    match path.to_str() {
        Some(text) if text.starts_with("COMMUNE-TICKET:") => Ok(text.as_bytes().to_vec()),
        _ => ctx.read(path, MAX_TICKET_FILE_LEN),
    }
}

/// The ticket in `bytes`, of the network of `device`.
pub(super) fn open(path: &Path, bytes: &[u8], device: &Device) -> Result<Ticket, Failure> {
    let ticket = SealedTicket::read(bytes)
        .and_then(|it| it.open(secret_of(device)?, GENERATION, device.network()));
    ticket.map_err(|error| {
        let failure = match error {
            TicketFileError::Closed | TicketFileError::Ticket(_) => {
                Failure::new(Exit::Refused, "bundle.ticket_closed")
            }
            _ => Failure::new(Exit::Damaged, "bundle.ticket_bad").because(&error),
        };
        failure.with("path", path)
    })
}

fn secret_of(device: &Device) -> Result<&commune_crdt::genesis::NetworkSecret, TicketFileError> {
    device.genesis().secret().ok_or(TicketFileError::Closed)
}
