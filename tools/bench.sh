#!/usr/bin/env bash
# Measures LbSpeaker, with its peers beside it in the same run, and prints a table for each part: figure, peer, ratio, bar, held or not.
#   tools/bench.sh [PART...]   layer2, planner, controller, start, bgp, bfd, failover, scale; all of them where none is named
#   --rounds N                 7 unless told; more calm a noisy machine
#   --realtime                 all that is measured, peers alike, at real-time priority: what else runs on the machine waits
#   --write                    also puts the tables of these parts into README.md, in place of their old ones
# LBSPEAKER=FILE names the executable that is measured; without it the native out/lbspeaker, else a build for the JIT, and the table says so.
# Exit code: 0 every bar was held, 1 one was missed or a part failed, 2 wrong usage. How it measures: tools/bench/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

readonly known=(layer2 planner controller start bgp bfd failover scale)
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
parts=() rounds=7 write=no priority=()
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds=${2:-}; [[ $rounds =~ ^[1-9][0-9]?$ ]] || { echo "--rounds takes 1 to 99" >&2; exit 2; }; shift ;;
    --realtime) priority=(chrt --rr 1) ;;
    --write) write=yes ;;
    all) parts=("${known[@]}") ;;
    *) [[ " ${known[*]} " == *" $1 "* ]] || usage; parts+=("$1") ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=("${known[@]}")
[ "$(id -u)" -eq 0 ] || { echo "root is needed: responders are measured in network namespaces, by raw sockets. Try: sudo tools/bench.sh" >&2; exit 2; }

step() { echo "==> $*" >&2; }
need_dotnet
need gcc gcc /usr/include/stdio.h libc6-dev /usr/include/zlib.h zlib1g-dev ip iproute2 '/usr/lib/*/libpcap.so.0.8' libpcap0.8 farpd farpd ndppd ndppd curl curl bird bird2 vtysh frr gobgpd gobgpd bgpctl openbgpd exabgp exabgp keepalived keepalived nft nftables jq jq kubectl kubernetes-client setpriv util-linux >&2

# Whatever else runs takes its share of two of the things measured: time and the caches. Asked before the builds, which are such a load themselves.
read -r load _ </proc/loadavg
cores=$(nproc)
loaded=$(awk -v load="$load" -v cores="$cores" 'BEGIN { print (load > cores / 4) ? "yes" : "no" }')
[ "$loaded" = no ] || [ ${#priority[@]} -gt 0 ] || echo "WARNING: the machine is loaded (load average $load on $cores cores). Figures are too high and ratios lie; run this again when it is quiet, or with --realtime." >&2

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
step "building (the native compiler takes a minute or two)"
mkdir -p out/bench
dotnet publish tools/LbSpeaker.Bench -c Release -v q --nologo --use-current-runtime -p:PublishAot=true -o out/bench/bin >&2
dotnet build tools/LbSpeaker.Lab -c Release -v q --nologo >&2
for source in layer2/client layer2/responder bgp/sink bfd/peer failover/onlooker; do gcc -O2 -Wall -Wextra -Werror -o "out/bench/${source#*/}" "tools/bench/$source.c"; done

readonly samples=out/bench/samples
mkdir -p $samples
notes=()
if [ -n "${LBSPEAKER:-}" ]; then
  [ -x "$LBSPEAKER" ] || { echo "LBSPEAKER=$LBSPEAKER is no executable" >&2; exit 2; }
elif [ -x tools/build.sh ]; then
  tools/build.sh >&2
  LBSPEAKER=$PWD/out/lbspeaker
elif [ -x out/lbspeaker ]; then
  LBSPEAKER=$PWD/out/lbspeaker
else
  dotnet build src/LbSpeaker -c Release -v q --nologo >&2
  LBSPEAKER=$PWD/src/LbSpeaker/bin/Release/net10.0/lbspeaker
  notes+=("# LbSpeaker ran under the JIT: there is no native image at out/lbspeaker")
fi
export LBSPEAKER BENCH=$PWD/out/bench/bin/lbspeaker-bench LAB=$PWD/tools/LbSpeaker.Lab/bin/Release/net10.0/lbspeaker-lab ROUNDS=$rounds

method() {
  echo "$(date -u +%F), $(git describe --always --dirty 2>/dev/null || echo "no commit"): $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $cores cores," \
    "$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r), .NET $(dotnet --version), load average $load before the run$([ ${#priority[@]} -gt 0 ] && echo ", all at real-time priority" || { [ "$loaded" = no ] || echo " (**loaded: ratios lie**)"; }), $1 rounds."
}

failed=() measured=()
for part in "${parts[@]}"; do
  arguments=()
  [ "$part" != start ] || arguments=(--binary "$LBSPEAKER" --rounds "$rounds")
  step "$part"
  case $part in failover) counted=${FAILOVER_ROUNDS:-50} ;; scale) counted=1 ;; *) counted=$rounds ;; esac
  method "$counted" >$samples/"$part".md
  printf '%s\n' "${notes[@]}" >$samples/"$part".txt
  # No part may hang: most take a few minutes with the usual rounds, bfd waits for ten besides, scale has one round, and failover waits between its failures until all is as before.
  limit=$((1200 + 60 * rounds))
  [ "$part" != failover ] || limit=$((1200 + ${FAILOVER_BUSY_SECONDS:-600} + 120 * ${FAILOVER_ROUNDS:-50}))
  [ "$part" != scale ] || limit=900
  if timeout --kill-after=30 "$limit" "${priority[@]}" "tools/bench/$part.sh" "${arguments[@]}" >>$samples/"$part".txt; then
    measured+=(--part "$part")
  else
    step "$part FAILED; what it printed is in $samples/$part.txt"
    failed+=("$part")
  fi
done

step "tables"
[ ${#measured[@]} -gt 0 ] || exit 1
arguments=(--figures tools/bench/figures.tsv "${measured[@]}" $samples)
[ $write = no ] || arguments+=(--readme README.md)
"$BENCH" report "${arguments[@]}" && [ ${#failed[@]} -eq 0 ]
