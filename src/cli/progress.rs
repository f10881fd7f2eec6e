//! How far a long work is: a bar on a terminal, a line a second elsewhere, nothing with `-q`.

use std::{
    fmt,
    io::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::Stream;
use crate::messages::printable;

/// A log gets at most one line in this time.
const LINE_PERIOD: Duration = Duration::from_secs(1);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things, such as entries.
    Count,
    /// Bytes, shown as MiB and the like.
    Bytes,
}

/// How far a long work is. Threads may share it by reference.
pub struct Progress(Kind);

enum Kind {
    Silent,
    Bar(ProgressBar),
    Lines(Box<Lines>),
}

struct Lines {
    out: Mutex<(Stream, Instant)>,
    label: String,
    done: AtomicU64,
    total: AtomicU64,
    unit: Unit,
}

impl Progress {
    /// Shows nothing.
    pub const fn silent() -> Self {
        Self(Kind::Silent)
    }

    pub(super) fn bar(label: &str, total: u64, unit: Unit) -> Self {
        let bar = ProgressBar::with_draw_target(
            (total > 0).then_some(total),
            ProgressDrawTarget::stderr(),
        );
        let template = match (unit, total) {
            (Unit::Count, 0) => "{msg} {human_pos} {elapsed}",
            (Unit::Bytes, 0) => "{msg} {binary_bytes} {elapsed}",
            (Unit::Count, _) => "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
            (Unit::Bytes, _) => "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {eta}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(printable(label).into_owned());
        Self(Kind::Bar(bar))
    }

    pub(super) fn lines(out: Stream, label: &str, total: u64, unit: Unit) -> Self {
        Self(Kind::Lines(Box::new(Lines {
            out: Mutex::new((out, Instant::now())),
            label: printable(label).into_owned(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(total),
            unit,
        })))
    }

    /// Counts `more` as done.
    pub fn add(&self, more: u64) {
        match &self.0 {
            Kind::Silent => {}
            Kind::Bar(bar) => bar.inc(more),
            Kind::Lines(lines) => {
                let done = lines
                    .done
                    .fetch_add(more, Ordering::Relaxed)
                    .saturating_add(more);
                lines.line(done);
            }
        }
    }

    /// Sets how much there is to do, once it is known.
    pub fn set_total(&self, total: u64) {
        match &self.0 {
            Kind::Silent => {}
            Kind::Bar(bar) => bar.set_length(total),
            Kind::Lines(lines) => lines.total.store(total, Ordering::Relaxed),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Kind::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Lines {
    fn line(&self, done: u64) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.1.elapsed() < LINE_PERIOD {
            return;
        }
        out.1 = Instant::now();
        let total = self.total.load(Ordering::Relaxed);
        let (label, done, total) = (
            &self.label,
            self.show(done),
            (total > 0).then(|| self.show(total)),
        );
        // Nobody is left to be told when standard error is closed.
        let _ = match total {
            Some(total) => writeln!(out.0, "{label} {done}/{total}"),
            None => writeln!(out.0, "{label} {done}"),
        };
    }

    fn show(&self, amount: u64) -> String {
        match self.unit {
            Unit::Count => amount.to_string(),
            Unit::Bytes => HumanBytes(amount).to_string(),
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

#[cfg(test)]
mod tests {
    use super::{super::context::tests::script, *};

    #[test]
    fn a_log_gets_at_most_a_line_a_second() {
        let (ctx, out, err) = script("");
        let progress = ctx.progress("entries", 100_000, Unit::Count);
        for _ in 0..10_000 {
            progress.add(1);
        }
        assert_eq!((out.text(), err.text()), (String::new(), String::new()));
        if let Kind::Lines(lines) = &progress.0 {
            lines.out.lock().unwrap().1 = Instant::now().checked_sub(LINE_PERIOD).unwrap();
        }
        progress.add(1);
        progress.add(1);
        assert_eq!(err.text(), "entries 10001/100000\n");
    }

    #[test]
    fn quiet_shows_nothing() {
        let (mut ctx, _, err) = script("");
        ctx.quiet = true;
        let progress = ctx.progress("entries", 0, Unit::Bytes);
        progress.set_total(9);
        progress.add(9);
        ctx.note("remark");
        assert_eq!(err.text(), "");
    }
}
