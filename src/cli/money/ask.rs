//! `commune money ask`: a request for a payment, as a line of text and as a QR code.

use std::path::{Path, PathBuf};

use commune_crdt::{
    codec::to_u64,
    ledger::{AccountId, PaymentRequest, RequestError},
    payload::{MAX_COMMENT_LEN, Receiver},
};
use serde_json::json;

use super::{account, money, pay::unusable, shared, unit::Unit, word::quoted};
use crate::{
    cli::{Access, Context, vouch::code},
    failure::{Exit, Failure},
    qr,
};

/// How much, what for, and how it is shown.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Ask {
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[arg(long, value_name = "ACCOUNT")]
    shared: Option<String>,
    #[arg(long)]
    qr: bool,
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
}

impl Ask {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        unit.amount(&self.amount)?;
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let amount = unit.thousandths(&self.amount, &money.ledger)?;
        if amount == 0 {
            return Err(Failure::new(Exit::Refused, "rule.zero_amount"));
        }
        let (to, name) = match &self.shared {
            Some(who) => {
                let (number, shared) = shared(&money, who)?;
                let name = account(&money, AccountId::Shared(number));
                (Receiver::Shared(shared.id), name)
            }
            None => {
                let own = device.vault().member_key;
                (Receiver::Member(own), device.vault().name.clone())
            }
        };
        let comment = self.comment.as_deref().unwrap_or_default();
        let too_long = comment.len() > MAX_COMMENT_LEN;
        let wrong =
            || Failure::new(Exit::Usage, "money.comment").with("len", to_u64(comment.len()));
        if too_long || self.comment.as_deref() == Some("") {
            return Err(wrong());
        }
        let request = PaymentRequest::new(device.network(), to, amount, comment);
        let request = request.map_err(|it| match it {
            RequestError::Codec(_) => wrong(),
            other => unusable(&other),
        })?;
        let args = [
            ("name", (&name).into()),
            ("amount", unit.shown(&money.ledger, amount.into()).into()),
            ("comment", quoted(ctx, self.comment.as_deref()).into()),
        ];
        let title = ctx.text("money-asked", &args);
        let code = request.encode();
        let too_long = |cause| Failure::new(Exit::Failed, "qr.too_long").because(&cause);
        if let Some(path) = &self.image {
            let picture = match path.extension().and_then(|it| it.to_str()) {
                Some("svg") => qr::svg(&code, &title).map_err(too_long)?.into_bytes(),
                _ => qr::picture(&code).map_err(too_long)?,
            };
            ctx.replace(path, &picture, Access::Owner)?;
        }
        let drawn = match self.qr {
            true => qr::terminal(&code).map_err(too_long)?,
            false => String::new(),
        };
        let text = request.text();
        let object = json!({
            "request": text,
            "network": device.network().to_string(),
            "amount": amount,
            "comment": self.comment,
        });
        ctx.emit(object, &format!("{drawn}{title}\n{text}"))
    }
}

/// The request in the file at `from`: a picture of the code, its text or its bytes.
pub(super) fn read(ctx: &mut Context, from: &Path) -> Result<PaymentRequest, Failure> {
    let mut last = RequestError::Kind;
    for bytes in code::read(ctx, from)? {
        match PaymentRequest::decode(&bytes) {
            Ok(request) => return Ok(request),
            Err(error) => last = error,
        }
    }
    Err(unusable(&last))
}
