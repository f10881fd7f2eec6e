#!/usr/bin/env bash
# Installs the release binary, its man pages and its shell completions: packaging/install.sh PREFIX
set -euo pipefail
prefix=${1:?usage: packaging/install.sh PREFIX}
commune=$("$(dirname "$0")/binary.sh")

install -D -m 755 "$commune" "$prefix/bin/commune"

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$commune" man "$pages"
install -d "$prefix/share/man/man1"
install -m 644 "$pages"/*.1 "$prefix/share/man/man1/"

completion() { "$commune" completions "$1" | install -D -m 644 /dev/stdin "$prefix/share/$2"; }
completion bash bash-completion/completions/commune
completion zsh zsh/site-functions/_commune
completion fish fish/vendor_completions.d/commune.fish
