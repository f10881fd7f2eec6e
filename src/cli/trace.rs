//! What happens inside, told on standard error: `-v`, `-vv`, `COMMUNE_LOG`.

use tracing_subscriber::EnvFilter;

/// Starts the telling for this process. Called a second time, it changes nothing.
///
/// `filter` is that of `COMMUNE_LOG`, such as `commune=debug,quinn=warn`; without one `verbose`
/// decides: 0 warnings of others, 1 what we do, 2 in detail, 3 everything.
pub(super) fn start(filter: Option<&str>, verbose: u8) {
    let ours = match verbose {
        0 => "error",
        1 => "error,commune=info,commune_crdt=info,commune_transports=info",
        2 => "warn,commune=debug,commune_crdt=debug,commune_transports=debug",
        _ => "trace",
    };
    let filter = filter
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(ours));
    let telling = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .finish();
    let _ = tracing::subscriber::set_global_default(telling);
}
