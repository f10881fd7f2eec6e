#!/usr/bin/env bash
# Builds the release binary where it is missing or old, and prints its path: the target folder is
# cargo's to choose (CARGO_TARGET_DIR, or a setting of the person who builds).
#
#   packaging/binary.sh [--features simulated-clock]      (what people install has none)
set -euo pipefail
cd "$(dirname "$0")/.."

messages=$(cargo build --release --locked --bin commune "$@" --message-format=json-render-diagnostics </dev/null)
binary=$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' <<<"$messages" | tail -n 1)
[ -x "$binary" ] || { echo "error: cargo named no binary" >&2; exit 1; }
echo "$binary"
