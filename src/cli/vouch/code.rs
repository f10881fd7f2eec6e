//! Codes that two people show each other: read from a picture or a text, drawn for the other.

use std::path::Path;

use commune_crdt::genesis::{MAX_REQUEST_LEN, MeetError, WORDS_LEN, meet_text, read_meet_text};

use super::super::{Access, Context};
use crate::{
    failure::{Exit, Failure},
    qr,
    vault::words,
};

/// How a code is shown.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Shown {
    #[arg(long, value_name = "FILE")]
    image: Option<std::path::PathBuf>,
    #[arg(long)]
    text: bool,
}

/// What `from` holds: each code of a picture, the code of a text, or the bytes as they are.
pub(in crate::cli) fn read(ctx: &mut Context, from: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = ctx.read(from, qr::MAX_PICTURE_LEN)?;
    if qr::is_picture(&bytes) {
        let codes = qr::scan(&bytes).map_err(|cause| {
            Failure::new(Exit::Damaged, "vouch.picture")
                .with("path", from)
                .because(&cause)
        })?;
        return codes.into_iter().map(|it| of_text(from, it)).collect();
    }
    if bytes.len() > MAX_REQUEST_LEN {
        return Err(Failure::reading(
            from,
            &std::io::ErrorKind::FileTooLarge.into(),
        ));
    }
    Ok(vec![of_text(from, bytes)?])
}

/// The bytes that `bytes` spell, if they are a code as text.
fn of_text(from: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    match std::str::from_utf8(&bytes).ok().and_then(read_meet_text) {
        Some(code) => code.map_err(|cause| unusable(from, &cause)),
        None => Ok(bytes),
    }
}

/// The first of `codes` that `decode` understands.
pub(super) fn first<T>(
    from: &Path,
    codes: &[Vec<u8>],
    decode: impl Fn(&[u8]) -> Result<T, MeetError>,
) -> Result<T, Failure> {
    let mut last = MeetError::Kind;
    for code in codes {
        match decode(code) {
            Ok(code) => return Ok(code),
            Err(error) => last = error,
        }
    }
    Err(unusable(from, &last))
}

pub(super) fn unusable(from: &Path, cause: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Damaged, "vouch.card")
        .with("path", from)
        .because(cause)
}

impl Shown {
    /// The code for the other person, as text or drawn; into a file as well, if one is named.
    pub(in crate::cli) fn draw(
        &self,
        ctx: &mut Context,
        code: &[u8],
        title: &str,
    ) -> Result<String, Failure> {
        if let Some(path) = &self.image {
            ctx.replace(path, &picture(path, code, title)?, Access::Owner)?;
        }
        if self.text {
            return Ok(meet_text(code));
        }
        let drawn = qr::terminal(code).map_err(too_long)?;
        Ok(format!("{drawn}{title}"))
    }
}

/// A picture of a code for the file at `path`: SVG with a title if it is named so, else PNG.
pub(in crate::cli) fn picture(path: &Path, code: &[u8], title: &str) -> Result<Vec<u8>, Failure> {
    Ok(match path.extension().and_then(|it| it.to_str()) {
        Some("svg") => qr::svg(code, title).map_err(too_long)?.into_bytes(),
        _ => qr::picture(code).map_err(too_long)?,
    })
}

/// A code with more bytes than one picture holds.
pub(in crate::cli) fn too_long(cause: qr::QrError) -> Failure {
    Failure::new(Exit::Failed, "qr.too_long").because(&cause)
}

/// Six words as they are shown, in the language of the person.
pub(super) fn words_of(ctx: &Context, bits: &[u8; WORDS_LEN]) -> String {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(bits) {
        *to = *from;
    }
    words::fingerprint(&bytes, ctx.lang())
}
