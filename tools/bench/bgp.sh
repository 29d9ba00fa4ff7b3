#!/usr/bin/env bash
# Routes from one announcer at a time to a sink that counts, and to BIRD. Called by tools/bench.sh.
set -euo pipefail
. tools/bench/lab.sh

readonly systems=(LbSpeaker OpenBGPD FRR GoBGP ExaBGP BIRD) sizes=(1000 10000 100000) here=192.0.2.1 there=192.0.2.2
# Each in a namespace of its own, with a router's namespace at the other end. GoBGP reads no routes from a file, and OpenBGPD takes minutes over a hundred thousand
# of them: they have theirs from a session with LbSpeaker, in a third namespace.
readonly fed=(OpenBGPD GoBGP)
is_fed() { [[ " ${fed[*]} " == *" $1 "* ]]; }
down() { for name in "${systems[@]}"; do for part in "" -router -feeder; do ip netns delete "lbsb-$name$part" 2>/dev/null || true; done; done; }
finish() { for p in "${pids[@]}"; do end "$p"; done; down; rm -rf "$state"; }
down
trap finish EXIT

# connect NAMESPACE ADDRESS NAMESPACE ADDRESS LINK
connect() {
  ip -n "$1" link add "$5" type veth peer name "$5" netns "$3"
  ip -n "$1" address add "$2/24" dev "$5"
  ip -n "$3" address add "$4/24" dev "$5"
  ip -n "$1" link set "$5" up
  ip -n "$3" link set "$5" up
}
for system in "${systems[@]}"; do
  ip netns add "lbsb-$system"
  ip netns add "lbsb-$system-router"
  ip -n "lbsb-$system" link set lo up
  connect "lbsb-$system" "$here" "lbsb-$system-router" "$there" eth0
done
for system in "${fed[@]}"; do
  ip netns add "lbsb-$system-feeder"
  connect "lbsb-$system" 198.51.100.1 "lbsb-$system-feeder" 198.51.100.2 feed
done
chmod 755 "$state"

address() { printf '10.%d.%d.%d' $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)); }
# each_prefix SIZE FORMAT: a line for each /32.
each_prefix() { awk -v size="$1" -v format="$2\n" 'BEGIN { for (i = 0; i < size; i++) printf format, sprintf("10.%d.%d.%d/32", int(i / 65536), int(i / 256) % 256, i % 256) }'; }
# blocks SIZE: the fewest prefixes that have as many addresses.
blocks() {
  local at=0 left=$1 length
  while [ "$left" -gt 0 ]; do
    length=32
    while [ $((1 << (33 - length))) -le "$left" ]; do length=$((length - 1)); done
    echo "$(address $at)/$length"
    at=$((at + (1 << (32 - length)))) left=$((left - (1 << (32 - length))))
  done
}

# configure SYSTEM SIZE: what it is to announce, in a folder of its own.
configure() {
  local at=$state/$1
  rm -rf "$at"
  mkdir -p "$at"
  case $1 in
    OpenBGPD)
      {
        printf 'AS 64514\nrouter-id %s\nsocket "%s/sock"\nfib-update no\nconnect-retry 1\n' "$here" "$at"
        printf 'neighbor %s {\n remote-as 64513\n local-address %s\n announce IPv4 unicast\n announce IPv6 none\n}\n' "$there" "$here"
        printf 'neighbor 198.51.100.2 {\n remote-as 64512\n passive\n announce IPv4 unicast\n announce IPv6 none\n}\nallow from any\nallow to any\n'
      } >"$at/conf"
      chmod 600 "$at/conf"
      ;;
    FRR)
      {
        printf 'bgp route-map delay-timer 0\nrouter bgp 64512\n bgp router-id %s\n no bgp ebgp-requires-policy\n no bgp network import-check\n neighbor %s remote-as 64513\n neighbor %s timers connect 1\n neighbor %s advertisement-interval 0\n address-family ipv4 unicast\n  neighbor %s route-map out out\n' \
          "$here" "$there" "$there" "$there" "$there"
        each_prefix "$2" '  network %s'
        printf ' exit-address-family\nroute-map out permit 10\n set community 64512:100\n'
      } >"$at/conf"
      chown -R frr:frrvty "$at"
      ;;
    GoBGP)
      printf '[global.config]\n as = 64514\n router-id = "%s"\n[[neighbors]]\n [neighbors.config]\n  neighbor-address = "%s"\n  peer-as = 64513\n [neighbors.timers.config]\n  connect-retry = 1\n  idle-hold-time-after-reset = 1\n[[neighbors]]\n [neighbors.config]\n  neighbor-address = "198.51.100.2"\n  peer-as = 64512\n [neighbors.transport.config]\n  passive-mode = true\n' \
        "$here" "$there" >"$at/conf"
      ;;
    ExaBGP)
      {
        printf 'neighbor %s {\n router-id %s;\n local-address %s;\n local-as 64512;\n peer-as 64513;\n family { ipv4 unicast; }\n static {\n' "$there" "$here" "$here"
        for block in $(blocks "$2"); do echo "  route $block next-hop self community [64512:100] split /32;"; done
        printf ' }\n}\n'
      } >"$at/conf"
      ;;
    BIRD)
      {
        printf 'router id %s;\nprotocol device {}\nprotocol static mine {\n ipv4;\n' "$here"
        each_prefix "$2" ' route %s blackhole;'
        printf '}\nprotocol bgp uplink {\n local %s as 64512;\n neighbor %s as 64513;\n connect delay time 1;\n connect retry time 1;\n error wait time 1, 1;\n ipv4 { import none; export filter { bgp_community.add((64512,100)); accept; }; };\n}\n' "$here" "$there"
      } >"$at/conf"
      ;;
  esac
}

# What is loaded before the router may be there: else the time of loading would be measured.
is_loaded() {
  local at=$state/$1
  case $1 in
    OpenBGPD) bgpctl -s "$at/sock" show summary 2>/dev/null | grep -Eq "^198.51.100.2 .* $2\$" ;;
    FRR) vtysh --vty_socket "$at" -c 'show bgp ipv4 unicast statistics' 2>/dev/null | grep -Eq "Total Prefixes +: +$2\$" ;;
    GoBGP) ip netns exec lbsb-GoBGP gobgp global rib summary 2>/dev/null | grep -q "Destination: $2," ;;
    BIRD) birdc -s "$at/ctl" show route count 2>/dev/null | grep -q "^$2 of" ;;
    *) true ;;
  esac
}

# announce SYSTEM SIZE: its process is in $announcer. LbSpeaker takes orders from descriptor 9.
announce() {
  local at=$state/$1 run=(ip netns exec "lbsb-$1")
  configure "$1" "$2"
  if is_fed "$1"; then
    start feeder ip netns exec "lbsb-$1-feeder" "$BENCH" announce --router 198.51.100.1 --router-as 64514 --routes "$2"
    feeder=$pid
  fi
  case $1 in
    LbSpeaker)
      mkfifo "$at/orders"
      # Both ways, so that neither end waits for the other to be opened.
      exec 9<>"$at/orders"
      start LbSpeaker sh -c 'exec "$@" <"$0"' "$at/orders" "${run[@]}" "$BENCH" announce --router "$there" --routes "$2"
      ;;
    # It changes its root to that folder, which a container does not have any more after a restart.
    OpenBGPD) mkdir -p /run/openbgpd && start OpenBGPD "${run[@]}" /usr/sbin/bgpd -d -f "$at/conf" ;;
    FRR) start FRR "${run[@]}" /usr/lib/frr/bgpd -u frr -g frr -Z -p 0 -f "$at/conf" -i "$at/pid" --vty_socket "$at" --log stdout ;;
    GoBGP) start GoBGP "${run[@]}" gobgpd -t toml -f "$at/conf" -l error ;;
    ExaBGP) start ExaBGP "${run[@]}" env exabgp.api.cli=false exabgp.daemon.user=root exabgp.daemon.drop=false exabgp.log.destination=stdout exabgp "$at/conf" ;;
    BIRD) start BIRD "${run[@]}" bird -f -c "$at/conf" -s "$at/ctl" -P "$at/pid" ;;
  esac
  announcer=$pid
  until_true 60 is_loaded "$1" "$2" || fail "$1 has not loaded $2 routes"
}

dismiss() {
  [ "$1" != LbSpeaker ] || exec 9>&-
  end "$announcer"
  ! is_fed "$1" || end "$feeder"
}

# resident PID: of it and the processes that it has made, in MiB.
resident() { resident_kib "$1" | awk '{ printf "%.1f", $1 / 1024 }'; }
resident_kib() {
  local child sum
  sum=$(awk '/^VmRSS/ { print $2 }' "/proc/$1/status")
  for child in $(cat "/proc/$1/task/$1/children"); do sum=$((sum + $(resident_kib "$child"))); done
  echo "$sum"
}

# order WORD COUNT: from the order until the sink has so many prefixes, in ms.
order() {
  local lines told
  lines=$(wc -l <"$state/LbSpeaker.log")
  seen=$(wc -l <"$state/sink.log")
  echo "$1" >&9
  until_true 60 eval "tail -n +$((seen + 1)) '$state/sink.log' | grep -q '^prefixes $2 '" || fail "\"$1\" has not come to $2 prefixes at the sink"
  told=$(sed -n "$((lines + 1))p" "$state/LbSpeaker.log")
  tail -n "+$((seen + 1))" "$state/sink.log" | awk -v told="$told" -v count="$2" '$1 == "prefixes" && $2 == count { printf "%.3f", ($3 - told) / 1e6; exit }'
}

# to_sink SYSTEM SIZE: one round.
to_sink() {
  local changes="" i
  announce "$1" "$2"
  rm -f "$state/sink.log"
  start sink ip netns exec "lbsb-$1-router" out/bench/sink "$there" "$2" $(($2 + 1)) 0
  local sink=$pid
  until_true 90 grep -q "^prefixes $2 " "$state/sink.log" || fail "$1 has not announced $2 routes to the sink"
  awk -v name="$1" -v size="$2" '
    $1 == "established" { from = $2 }
    $1 == "prefixes" && $2 == size { printf "bgp-sink-%d@%s %.3f ms\nbgp-octets-%d@%s %.3f octets\n", size, name, ($3 - from) / 1e6, size, name, $4 / size; exit }' "$state/sink.log"
  if [ "$2" -eq 100000 ]; then
    echo "bgp-resident@$1 $(resident "$announcer") MiB"
    if [ "$1" = LbSpeaker ]; then
      for i in $(seq 10); do changes+=" $(order more $(($2 + 1))) $(order all "$2")"; done
      echo "bgp-change$changes ms"
      echo "bgp-withdraw $(order none 0) ms"
    fi
  fi
  dismiss "$1"
  end "$sink"
}

# to_bird SYSTEM SIZE: one round; BIRD says since when the session is established.
to_bird() {
  local at=$state/receiver since
  announce "$1" "$2"
  rm -rf "$at"
  mkdir -p "$at"
  printf 'router id %s;\ntimeformat protocol iso long ms;\nprotocol device {}\nprotocol bgp node {\n local %s as 64513;\n neighbor %s as %s;\n passive on;\n ipv4 { import all; export none; };\n}\n' \
    "$there" "$there" "$here" "$(is_fed "$1" && echo 64514 || echo 64512)" >"$at/conf"
  start receiver ip netns exec "lbsb-$1-router" bird -f -c "$at/conf" -s "$at/ctl" -P "$at/pid"
  local receiver=$pid end=$((SECONDS + 90))
  until birdc -s "$at/ctl" show protocols all node 2>/dev/null | grep -q "Routes: *$2 imported"; do
    [ $SECONDS -lt $end ] || fail "$1 has not announced $2 routes to BIRD"
    sleep 0.005
  done
  local now
  now=$(date +%s%3N)
  since=$(birdc -s "$at/ctl" show protocols node | awk '$1 == "node" { print $5 " " $6 }')
  echo "bgp-bird-$2@$1 $((now - $(date -d "$since" +%s%3N))) ms"
  dismiss "$1"
  end "$receiver"
}

for round in $(seq "$(((ROUNDS + 1) / 2))"); do
  echo "    round $round of $(((ROUNDS + 1) / 2))" >&2
  for size in "${sizes[@]}"; do
    for system in "${systems[@]}"; do to_sink "$system" "$size"; done
  done
  for system in "${systems[@]}"; do to_bird "$system" 100000; done
done
