#!/usr/bin/env bash
# A meetup on this machine: seven neighbours, each a process of its own with its own data folder.
#
# Six found a network, the seventh joins and five vouch for them. All meet over mDNS and QUIC on the
# loopback interface, and their nodes make what they hold final. One is cut off and catches up from a
# bundle. Then days pass (the program in COMMUNE needs the feature `simulated-clock`): dividends can be spent, and a payment made twice from a copied folder comes to nothing. Leaves nothing behind unless
# KEEP names a folder.
set -euo pipefail

: "${COMMUNE:?path of the program}"
names=(Zoé Karim Lena Amadou Inès Paul Maya)
room=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/meetup.XXXXXX")}
mkdir -p "$room"
export CI=true COMMUNE_LANG="${COMMUNE_LANG:-en}" LC_ALL=C.UTF-8
nodes=()

finish() {
  local code=$?
  for pid in "${nodes[@]:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$room"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM
trap 'exit 141' PIPE

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

as() { # number, command…: runs commune as that neighbour
  local who=$1
  shift
  "$COMMUNE" --data-dir "$room/$who" "$@"
}

pad() { printf '  %s%*s' "$1" $((8 - ${#1})) ''; }

hash_of() { as "$1" status --json | sed -n 's/.*"state_hash":"\([0-9a-f]*\)".*/\1/p'; }

node_up() { # number, flags…: starts the node and waits until it listens
  local who=$1
  shift
  # Not by `as`: what is ended later has to be the program, and not a shell around it.
  "$COMMUNE" --data-dir "$room/$who" up --loopback -q "$@" >"$room/$who.out" 2>"$room/$who.err" &
  nodes[$who]=$!
  for _ in $(seq 200); do
    grep -q . "$room/$who.out" 2>/dev/null && return 0
    kill -0 "${nodes[$who]}" 2>/dev/null || break
    sleep 0.05
  done
  echo "the node of ${names[$who]} did not start:" >&2
  cat "$room/$who.err" >&2
  exit 1
}

node_down() { # number
  kill -TERM "${nodes[$1]}"
  wait "${nodes[$1]}" 2>/dev/null || true
  nodes[$1]=
}

agree() { # seconds, numbers…: waits until all print one state hash
  local until=$((SECONDS + $1)) who first same
  shift
  while ((SECONDS < until)); do
    first=$(hash_of "$1") same=1
    for who in "$@"; do [ "$(hash_of "$who")" = "$first" ] || same=; done
    [ -z "$same" ] || return 0
    sleep 0.2
  done
  echo "they did not agree in time" >&2
  for who in "$@"; do echo "${names[$who]} $(hash_of "$who")" >&2; done
  exit 1
}

say "1. Seven neighbours make their keys (no passphrase: this is a game)"
for who in 0 1 2 3 4 5 6; do
  as "$who" init --name "${names[$who]}" --no-passphrase --words "$room/words-$who" -q >/dev/null 2>&1
  as "$who" identity show --card "$room/$who.card" -q >/dev/null
  printf '  %s' "${names[$who]}"
done
echo

say "2. Six of them found a test network: each signs the same draft"
as 0 found draft "$room/draft" --test-network --name "Meetup" --member "$room"/{0,1,2,3,4,5}.card --signer "$room"/{0,1,2,3,4,5}.card -q >/dev/null
for who in 0 1 2 3 4 5; do as "$who" found sign "$room/draft" -q >/dev/null; done
as 0 found close "$room/draft" --genesis "$room/genesis"
for who in 0 1 2 3 4 5 6; do as "$who" join "$room/genesis" -q >/dev/null; done

say "3. ${names[6]} asks, and five members who met them vouch, over card files"
as 6 vouch request --card "$room/request"
for who in 0 1 2 3 4; do as "$who" vouch give "$room/request" -y -q | sed 's/^/  /'; done

say "4. The nodes of six start; ${names[5]} is cut off. They find each other by mDNS, over QUIC"
for who in 0 1 2 3 4 6; do node_up "$who"; done
agree 60 0 1 2 3 4 6
for who in 0 1 2 3 4 6; do echo "$(pad "${names[$who]}")$(hash_of "$who")"; done
echo "$(pad "${names[5]}")$(hash_of 5)   (cut off)"

say "5. ${names[5]} shows a ticket, ${names[0]} writes a bundle for it, as on a stick"
as 5 bundle ticket "$room/ticket" -q >/dev/null
as 0 bundle create "$room/stick.cmb" --for "$room/ticket"
as 5 bundle import "$room/stick.cmb"

say "6. ${names[5]} comes back; all seven hold the same signed facts"
node_up 5
agree 60 0 1 2 3 4 5 6
for who in 0 1 2 3 4 5 6; do echo "$(pad "${names[$who]}")$(hash_of "$who")"; done
as 6 status | sed 's/^/  /'

all_know() { # height, numbers…: whether all of them know it as final
  local height=$1 who
  shift
  for who in "$@"; do as "$who" checkpoint list | grep -q "^$height .*final" || return 1; done
}
final() { # height, numbers…: the signers take turns until all those devices know the checkpoint as final
  local lap who height=$1
  shift
  for lap in 1 2 3 4 5 6 7 8 9 10; do
    # A lap takes ten minutes: whoever is away is waited for, and then no more.
    day=$(date -u -d "$day + 10 minutes" +%Y-%m-%dT%H:%M:%SZ)
    for who in "$@"; do as "$who" checkpoint sign --at-time "$day" -q >/dev/null; done
    agree 30 "$@"
    ! all_know "$height" "$@" || return 0
  done
  echo "checkpoint $height did not become final in $lap laps" >&2
  exit 1
}
in_days() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }

say "7. The six founders are the signers: their nodes made it final meanwhile, and nobody typed a command"
for _ in $(seq 300); do
  ! all_know 1 0 1 2 3 4 5 6 || break
  sleep 0.1
done
all_know 1 0 1 2 3 4 5 6
as 6 checkpoint list
for who in 0 1 2 3 4 5 6; do node_down "$who"; done
# The days to come are played: nodes that sign go by the clock on the wall.
for who in 0 1 2 3 4 5 6; do node_up "$who" --no-sign; done
agree 60 0 1 2 3 4 5 6
height=$(as 0 checkpoint list | tail -1 | cut -d' ' -f1)

say "8. Three days later the founders sign by hand: a quorum of five makes a checkpoint final"
day=$(in_days 3)
as 0 checkpoint propose --at-time "$day" -q >/dev/null
final $((height + 1)) 0 1 2 3 4 5
as 0 checkpoint list
as 0 checkpoint show | sed 's/^\(.\{74\}\).*/\1…/; s/^/  /'
as 0 found export --public "$room/public" -q >/dev/null
as 0 checkpoint export "$room/c1.txt" -q >/dev/null
"$COMMUNE" checkpoint verify "$room/c1.txt" --genesis "$room/public" --at-time "$day" 2>/dev/null | sed -n 's/^\(final: [^:]*\):.*/  commune    \1/p' || true
if python3 -c 'import cryptography' 2>/dev/null; then
  as 0 checkpoint quorum --policy -q >"$room/policy" 2>/dev/null
  as 0 checkpoint show >"$room/note"
  python3 docs/verify.py "$room/policy" "$room/note" | sed 's/^/  verify.py  /'
fi

say "9. ${names[0]} pays ${names[1]} 12.50 out of three dividends; the next checkpoint makes it final"
as 0 money pay "${names[1]}" 12.50 --comment "bread" --at-time "$day" -y -q >/dev/null
agree 30 0 1 2 3 4 5
as 1 money balance --at-time "$day" | sed 's/^/  /'
day=$(in_days 4)
final $((height + 2)) 0 1 2 3 4 5
as 1 money history --at-time "$day" | sed 's/^/  /'

say "10. Somebody copies ${names[2]}'s folder; both copies pay with the same money, out of each other's sight"
for who in 0 1 2 3 4 5 6; do node_down "$who"; done
cp -r "$room/2" "$room/copy"
as 2 money pay "${names[0]}" 30 --at-time "$day" -y -q >/dev/null
as copy money pay "${names[1]}" 30 --at-time "$day" -y -q >/dev/null
as 2 bundle create "$room/one.cmb" -q >/dev/null
as copy bundle create "$room/two.cmb" -q >/dev/null
as 0 bundle import "$room/one.cmb" -q >/dev/null
as 1 bundle import "$room/two.cmb" -q >/dev/null
echo "  ${names[0]} sees $(as 0 money balance --json | sed -n 's/.*"pending":\([0-9]*\).*/\1/p') thousandths pending, ${names[1]} $(as 1 money balance --json | sed -n 's/.*"pending":\([0-9]*\).*/\1/p')"
for who in 0 1 3 4 5 6; do node_up "$who" --no-sign; done
agree 60 0 1 3 4 5 6
as 0 checkpoint forks | sed 's/^/  /'
day=$(in_days 5)
final $((height + 3)) 0 1 3 4 5
echo "  neither payment is in checkpoint $((height + 3)):"
for who in 0 1; do as "$who" money balance --at-time "$day" | sed -n 's/^final/  final/p' | sed "s/^/  ${names[$who]}/"; done
as 0 audit | sed 's/^/  /'
for who in 0 1 3 4 5 6; do node_down "$who"; done

say "All agree. To start for real:"
cat <<TEXT
  $COMMUNE init                          your key, once: write down the 24 words
  $COMMUNE identity show --card me.card  your card, for the founders of your network
  $COMMUNE found draft FILE --member *.card      or: join GENESIS
  $COMMUNE up                            the node: meets neighbours, stays in sync
  $COMMUNE --help                        everything else
TEXT
