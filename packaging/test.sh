#!/usr/bin/env bash
# Runs every test: `cargo nextest` where it is installed, else `cargo test`. Doc tests come first,
# so that the last line is the runner's count of the others.
#
#   packaging/test.sh [--release]
#
# COMMUNE_LONG=1 asks the tests for their long forms.
set -euo pipefail
cd "$(dirname "$0")/.."

release=()
[ "${1-}" = --release ] && release=(--release)

# Runners swallow what a passing test prints; a test that skips itself leaves its line here too.
COMMUNE_SKIPPED=$(mktemp)
export COMMUNE_SKIPPED
trap 'rm -f "$COMMUNE_SKIPPED"' EXIT

cargo test --locked --quiet --workspace --features simulated-clock "${release[@]}" --doc </dev/null

code=0
if cargo nextest --version >/dev/null 2>&1; then
  profile=default
  [ -n "${COMMUNE_LONG-}" ] && profile=long
  cargo nextest run --locked --workspace --features simulated-clock "${release[@]}" --profile "$profile" </dev/null || code=$?
else
  cargo test --locked --workspace --features simulated-clock "${release[@]}" --no-fail-fast --lib --bins --tests </dev/null || code=$?
fi
sort -u "$COMMUNE_SKIPPED"
exit "$code"
