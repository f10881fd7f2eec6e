#!/usr/bin/env bash
# Installs what this project needs on a fresh Debian with a Rust toolchain, and only what is missing.
#
#   packaging/setup.sh [--for build|meetup|test]      (default: test, which includes the others)
#
# A second run finds everything, asks nobody and changes nothing. Without root and without sudo it
# says what is missing: the build then stops here, while tests that need a missing tool print
# `skipped: ` and why.
set -euo pipefail

purpose=test
case "${1-}" in
  '') ;;
  --for) purpose=${2-} ;;
  --for=*) purpose=${1#--for=} ;;
  *) purpose= ;;
esac

# command:package, in the order they are installed. `must` stops this script, `may` stops no more
# than the tests that need it.
must=(cc:gcc cc:libc6-dev make:make)
may=()
case "$purpose" in
  build) ;;
  meetup)
    may=(python3:python3 /usr/lib/python3/dist-packages/cryptography:python3-cryptography) # an outside verifier
    ;;
  test)
    may=(
      ip:iproute2 tc:iproute2 nft:nftables          # neighbours on a network of their own
      losetup:mount mkfs.ext4:e2fsprogs             # sticks
      mkfs.exfat:exfatprogs mount.exfat-fuse:exfat-fuse mkfs.vfat:dosfstools fusefat:fusefat
      strace:strace                                 # writes that fail, one after the other
      # Checkpoints in the hands of others: Python's and Go's own libraries.
      python3:python3 /usr/lib/python3/dist-packages/cryptography:python3-cryptography
      # Neighbours by Bluetooth: BlueZ and its emulator in a virtual machine.
      btvirt:bluez-test-tools /usr/libexec/bluetooth/bluetoothd:bluez dbus-daemon:dbus
      busybox:busybox-static cpio:cpio depmod:kmod
      /usr/lib/python3/dist-packages/pip:python3-pip
      go:golang-go /usr/share/gocode/src/golang.org/x/mod/sumdb/note:golang-golang-x-mod-dev
    )
    ;;
  *)
    echo "usage: packaging/setup.sh [--for build|meetup|test]" >&2
    exit 2
    ;;
esac

say() { echo "setup: $*" >&2; }
# A command, or a folder that a package without commands brings.
have() { command -v "$1" >/dev/null 2>&1 || [[ $1 = /* && -e $1 ]]; }
# An ordinary user's PATH on Debian lacks the folders where `ip` and `mkfs` live.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Prints the packages of those `command:package` pairs whose command (or folder) is missing, each once.
missing() {
  local pair
  for pair in "$@"; do
    have "${pair%%:*}" || echo "${pair##*:}"
  done | awk '!seen[$0]++'
}

# Runs a command as root; without a terminal nobody could type sudo's password.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo && [ -t 0 ] && [ -z "${CI-}" ]; then
    sudo "$@"
  elif have sudo; then
    sudo -n "$@"
  else
    return 1
  fi
}

# Installs packages, after one `apt-get update` for all of them. False when they are not there then.
updated=no
install() {
  have apt-get || { say "this is no Debian: install by hand what gives $*"; return 1; }
  as_root true 2>/dev/null || { say "not root, and no sudo: install by hand with: apt-get install $*"; return 1; }
  if [ "$updated" = no ]; then
    say "apt-get update"
    quietly apt-get -qq -o DPkg::Lock::Timeout=120 update || say "the package list could not be renewed; trying with the old one"
    updated=yes
  fi
  say "apt-get install $*"
  quietly env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install "$@"
}

# Runs a command as root and shows its output only when it failed.
quietly() {
  local output
  output=$(as_root "$@" 2>&1 </dev/null) || { echo "$output" >&2; return 1; }
}

if ! have cargo && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
  PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
fi
if ! have cargo; then
  say "there is no Rust toolchain: cargo is missing"
  echo "hint: install Rust 1.91.1 or newer with rustup, then run this again" >&2
  exit 1
fi

wanted=$(missing "${must[@]}")
if [ -n "$wanted" ]; then
  # shellcheck disable=SC2086  # one word a package
  install $wanted || { say "the build needs: $(echo $wanted)"; exit 1; }
fi

if [ "${#may[@]}" -gt 0 ]; then
  # One by one: a package that this Debian lacks must not keep the others away.
  for package in $(missing "${may[@]}"); do
    install "$package" || say "without $package some tests will be skipped"
  done
fi

if [ "$purpose" = test ]; then
  # 300 MB, once: a kernel with Bluetooth and an emulator, unpacked and not installed.
  bed=${COMMUNE_BLUETOOTH_BED:-$HOME/.cache/commune/bluetooth-bed}
  [ -e "$bed/done" ] || say "fetching the virtual machine of the Bluetooth tests"
  as_root "$(dirname "$0")/../tests/bluetooth/fetch.sh" "$bed" </dev/null >&2 ||
    say "no virtual machine: the Bluetooth tests will be skipped"
fi

# `cargo test` does without, only slower and less readable; so a failure here stops nothing.
if [ "$purpose" = test ] && ! have cargo-nextest; then
  say "cargo install --locked cargo-nextest (some minutes, once)"
  cargo install --locked --quiet cargo-nextest </dev/null >&2 || say "no cargo-nextest: the tests run under cargo test"
fi
