#!/usr/bin/env bash
# BFD sessions, 50 ms three times: how soon a cut is noticed, what they cost, and whether a busy node makes one fall that should not. Called by tools/bench.sh.
# BFD_BUSY_SECONDS=N: for how long the node is busy, 600 unless told; 0 leaves that out.
set -euo pipefail
. tools/bench/lab.sh

readonly systems=(LbSpeaker bfdd) many=100 few=10 cuts=$(((50 + ROUNDS - 1) / ROUNDS)) cpu_seconds=10
readonly busy_seconds=${BFD_BUSY_SECONDS:-600}
declare -A daemon peer
helpers=()

down() { for system in "${systems[@]}"; do ip netns delete "lbsb-bfd-$system" 2>/dev/null || true; ip netns delete "lbsb-bfd-$system-peer" 2>/dev/null || true; done; }
finish() { for p in "${pids[@]}"; do end "$p"; done; down; rm -rf "$state"; }
down
trap finish EXIT
chmod 755 "$state"

for system in "${systems[@]}"; do
  near=lbsb-bfd-$system far=lbsb-bfd-$system-peer
  ip netns add "$near"
  ip netns add "$far"
  ip -n "$near" link set lo up
  ip -n "$near" link add eth0 type veth peer name eth0 netns "$far"
  for i in $(seq $many); do
    echo "address add 192.0.2.$i/24 dev eth0" >>"$state/near"
    echo "address add 192.0.2.$((100 + i))/24 dev eth0" >>"$state/far"
  done
  ip -n "$near" -batch "$state/near"
  ip -n "$far" -batch "$state/far"
  rm "$state/near" "$state/far"
  ip -n "$near" link set eth0 up
  ip -n "$far" link set eth0 up
  mkdir "$state/$system"
done

# bring_up SYSTEM SESSIONS COMMAND...: its daemon, run by the command, in ${daemon[SYSTEM]}, and a peer for it, which is always before everybody else, in ${peer[SYSTEM]}.
bring_up() {
  local system=$1 count=$2 at=$state/$1 near=lbsb-bfd-$1 common
  shift 2
  case $system in
    LbSpeaker) start LbSpeaker "$@" ip netns exec "$near" "$BENCH" bfd --local 192.0.2.1 --peer 192.0.2.101 --sessions "$count" ;;
    bfdd)
      rm -f "$at"/*
      {
        echo bfd
        for i in $(seq "$count"); do printf ' peer 192.0.2.%d local-address 192.0.2.%d interface eth0\n  transmit-interval 50\n  receive-interval 50\n  detect-multiplier 3\n exit\n' $((100 + i)) "$i"; done
        echo exit
      } >"$at/conf"
      : >"$at/zebra.conf"
      chown -R frr:frr "$at"
      common=(-u frr -g frr -z "$at/zserv.api" --vty_socket "$at" -P 0 --log stdout)
      start zebra "$@" ip netns exec "$near" /usr/lib/frr/zebra -f "$at/zebra.conf" -i "$at/zebra.pid" "${common[@]}"
      helpers+=("$pid")
      until_true 20 test -S "$at/zserv.api" || fail "zebra does not start"
      start bfdd "$@" ip netns exec "$near" /usr/lib/frr/bfdd -f "$at/conf" -i "$at/pid" --bfdctl "$at/ctl" "${common[@]}"
      ;;
  esac
  daemon[$system]=$pid
  rm -f "$at/orders"
  mkfifo "$at/orders"
  start "$system-peer" chrt --rr 50 ip netns exec "$near-peer" sh -c 'exec "$@" <>"$0"' "$at/orders" out/bench/peer "$count"
  peer[$system]=$pid
  until_true 60 grep -q '^up$' "$state/$system-peer.log" || fail "not every session of $system comes up"
}

take_down() {
  end "${peer[$1]}"
  end "${daemon[$1]}"
  for p in "${helpers[@]}"; do end "$p"; done
  helpers=()
}

# falls SYSTEM WORDS: how many sessions fell so that had not been cut.
falls() { grep -c "^down $2" "$state/$1-peer.log" || true; }
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

for round in $(seq "$ROUNDS"); do
  echo "    round $round of $ROUNDS" >&2
  for system in "${systems[@]}"; do
    bring_up "$system" $few
    echo "cut $cuts" >"$state/$system/orders"
    until_true 60 eval "[ \$(grep -c '^cut ' '$state/$system-peer.log') -eq $cuts ]" || fail "$system has not noticed $cuts cuts"
    awk -v name="bfd-late@$system" '$1 == "cut" { values = values sprintf(" %.3f", $2 - 150) } END { print name values " ms" }' "$state/$system-peer.log"
    take_down "$system"

    bring_up "$system" $many
    sleep 2
    before=$(ticks "${daemon[$system]}") fallen=$(falls "$system" '')
    sleep $cpu_seconds
    awk -v used=$(($(ticks "${daemon[$system]}") - before)) -v hz="$(getconf CLK_TCK)" -v seconds=$cpu_seconds -v name="bfd-cpu@$system" 'BEGIN { printf "%s %.2f %%\n", name, 100 * used / hz / seconds }'
    echo "bfd-cpu-falls@$system $(($(falls "$system" '') - fallen)) downs"
    take_down "$system"
  done
done

# Both at the same time, each with a peer of its own, beside a program that never rests for each core. Scheduled as on any node, whatever --realtime says: who wants to be
# before others has to see to it.
if [ "$busy_seconds" -gt 0 ]; then
  echo "    a busy node, $busy_seconds s" >&2
  for system in "${systems[@]}"; do bring_up "$system" $few chrt --other 0; done
  for _ in $(seq "$(nproc)"); do start busy chrt --other 0 sh -c 'while :; do :; done'; done
  sleep "$busy_seconds"
  for system in "${systems[@]}"; do
    echo "bfd-busy-declared@$system $(falls "$system" neighbor) downs"
    echo "bfd-busy-unheard@$system $(falls "$system" silence) downs"
    # What a daemon cannot be blamed for: a machine that stood still, or real-time programs of others that took more than the kernel lets them all have.
    awk -v name="$system" '$1 == "late" && $2 >= 50 { late = $2 } END { if (late) print "# the busy node: the peer of " name " itself was " late " ms late once" }' "$state/$system-peer.log"
  done
  [ "$busy_seconds" -eq 600 ] || echo "# the node was busy for $busy_seconds s, not for ten minutes"
fi
