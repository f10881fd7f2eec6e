//! Where things are: the XDG folders, and the small settings file.
//!
//! The file is `$XDG_CONFIG_HOME/commune/config` (or `--config FILE`), lines of `name = value`:
//!
//! ```text
//! # a comment
//! data_dir = ~/commune
//! passphrase_file = /run/credentials/commune
//! ```
//!
//! Flags win over variables, variables over the file.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    cli::Caller,
    failure::{Exit, Failure},
    vault::file,
};

/// A longer settings file is a mistake.
const LEN_MAX: usize = 64 << 10;

/// What the settings file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The data folder.
    pub data_dir: Option<PathBuf>,
    /// The file with the passphrase.
    pub passphrase_file: Option<PathBuf>,
}

impl Settings {
    /// Reads the file given by `--config`, else the usual one if there is one.
    ///
    /// # Errors
    /// When the file named by `--config` cannot be read, or a line is not understood.
    pub fn load(flag: Option<&Path>, caller: &Caller) -> Result<Self, Failure> {
        let path = match flag {
            Some(path) => caller.resolve(path),
            None => match folder(caller, "XDG_CONFIG_HOME", ".config") {
                Some(base) => base.join("commune").join("config"),
                None => return Ok(Self::default()),
            },
        };
        let read = file::read(&path, LEN_MAX).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
        });
        match read {
            Ok(text) => Self::parse(&text, caller).map_err(|line| {
                Failure::new(Exit::Usage, "config.line")
                    .with("path", &path)
                    .with("line", line)
            }),
            Err(cause) if flag.is_none() && is_absent(&cause) => Ok(Self::default()),
            Err(cause) => Err(Failure::reading(&path, &cause)),
        }
    }

    /// Reads the lines; an error is the number of the line.
    fn parse(text: &str, caller: &Caller) -> Result<Self, usize> {
        let mut settings = Self::default();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').ok_or(number)?;
            let path = tilde(value.trim(), caller).ok_or(number)?;
            match name.trim() {
                "data_dir" => settings.data_dir = Some(path),
                "passphrase_file" => settings.passphrase_file = Some(path),
                _ => return Err(number),
            }
        }
        Ok(settings)
    }
}

/// The data folder when nobody names one: `$XDG_DATA_HOME/commune` or `~/.local/share/commune`.
pub fn default_data_dir(caller: &Caller) -> Option<PathBuf> {
    Some(folder(caller, "XDG_DATA_HOME", ".local/share")?.join("commune"))
}

/// An XDG folder. The specification says that relative paths in these variables are to be ignored.
fn folder(caller: &Caller, variable: &str, under_home: &str) -> Option<PathBuf> {
    caller
        .var_path(variable)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(caller.var_path("HOME")?.join(under_home)))
}

fn tilde(text: &str, caller: &Caller) -> Option<PathBuf> {
    match text.strip_prefix("~/") {
        Some(rest) => Some(caller.var_path("HOME")?.join(rest)),
        None => (!text.is_empty()).then(|| PathBuf::from(text)),
    }
}

fn is_absent(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Input, Interrupt, Stream, Terminal};

    fn caller(env: &[(&str, &str)]) -> Caller {
        Caller {
            out: Stream::new(io::sink()),
            err: Stream::new(io::sink()),
            input: Input(Box::new(io::empty())),
            env: env
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            cwd: "/work".into(),
            terminal: Terminal::default(),
            prompter: None,
            interrupt: Interrupt::new(),
            node: None,
        }
    }

    #[test]
    fn the_data_folder_follows_xdg() {
        let dir = |env: &[(&str, &str)]| default_data_dir(&caller(env));
        let home = ("HOME", "/home/ana");
        assert_eq!(dir(&[home]), Some("/home/ana/.local/share/commune".into()));
        assert_eq!(
            dir(&[home, ("XDG_DATA_HOME", "/data")]),
            Some("/data/commune".into())
        );
        let relative = ("XDG_DATA_HOME", "data");
        assert_eq!(
            dir(&[home, relative]),
            Some("/home/ana/.local/share/commune".into())
        );
        assert_eq!(dir(&[("HOME", "")]), None);
    }

    #[test]
    fn settings_are_lines_of_name_and_value() {
        let parse = |text: &str| Settings::parse(text, &caller(&[("HOME", "/home/ana")]));
        let settings = parse("# x\n\n data_dir = ~/net \npassphrase_file=/run/p=q\n").unwrap();
        assert_eq!(settings.data_dir, Some("/home/ana/net".into()));
        assert_eq!(settings.passphrase_file, Some("/run/p=q".into()));
        assert_eq!(parse("\nfrob"), Err(2));
        assert_eq!(parse("data_dir ="), Err(1));
        assert_eq!(parse("data-dir = x"), Err(1));
    }
}
