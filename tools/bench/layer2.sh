#!/usr/bin/env bash
# Answers over a veth pair: one responder a network namespace, and a client on the other ends that asks one of them at a time. Called by tools/bench.sh.
set -euo pipefail
. tools/bench/lab.sh

readonly client=lbsb-client port=26444 v4=192.0.2.10 v6=2001:db8::10 asker4=192.0.2.100 asker6=2001:db8::100
# The kernel answers for an address of its own, which is what no responder in user space can reach.
readonly systems=(bare-C LbSpeaker kernel farpd ndppd)
readonly pings=2000 saturation=1 flood_rate=50000 flood_seconds=5
declare -A pid_of

down() { for name in "$client" "${systems[@]/#/lbsb-}"; do ip netns delete "$name" 2>/dev/null || true; done; }
finish() { for p in "${pids[@]}"; do end "$p"; done; down; rm -rf "$state"; }
down
trap finish EXIT

ip netns add "$client"
ip netns exec "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
number=0
for system in "${systems[@]}"; do
  number=$((number + 1))
  ip netns add "lbsb-$system"
  ip netns exec "lbsb-$system" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
  ip -n "$client" link add "to-$number" alias "$system" type veth peer name eth0 netns "lbsb-$system"
  ip -n "$client" link set "to-$number" up
  ip -n "lbsb-$system" link set lo up
  ip -n "lbsb-$system" link set eth0 up
  ip -n "lbsb-$system" address add 192.0.2.1/24 dev eth0
  ip -n "lbsb-$system" address add 2001:db8::1/64 dev eth0 nodad
done
# ndppd sends through the kernel, which wants to know the asker's hardware address and asks for it; the others take it from the request.
ip netns exec "$client" sysctl -qw "net.ipv6.conf.to-5.disable_ipv6=0"
ip -n "$client" address add "$asker6/64" dev to-5 nodad
ip -n lbsb-kernel address add "$v4/24" dev eth0
ip -n lbsb-kernel address add "$v6/64" dev eth0 nodad

respond() {
  start "$1" ip netns exec "lbsb-$1" "${@:2}"
  pid_of[$1]=$pid
}
respond bare-C out/bench/responder eth0 "$v4" "$v6"
respond farpd farpd -d -i eth0 "$v4"
cat >"$state/ndppd.conf" <<CONF
proxy eth0 {
  router no
  rule $v6/128 {
    static
  }
}
CONF
respond ndppd ndppd -c "$state/ndppd.conf"
start api-server "$LAB" api-server --listen "127.0.0.1:$port" --netns lbsb-LbSpeaker --service-cidr 198.51.100.0/24,2001:db8:1::/112 --kubeconfig "$state/kubeconfig"
until_true 20 curl -sf "http://127.0.0.1:$port/readyz" || fail "the embedded API server does not answer"
"$BENCH" seed --server "http://127.0.0.1:$port" --address "$v4" --address "$v6" || fail "the API server could not be filled"
respond LbSpeaker "$LBSPEAKER" speaker --kubeconfig "$state/kubeconfig" --port 0 --health-probe-port 0 --node-name node1 --log-level warn

# ask PROTOCOL SYSTEM MODE...: what the client prints.
ask() {
  local protocol=$1 system=$2 interface target=$v4 source=$asker4
  shift 2
  [ "$protocol" = arp ] || { target=$v6 source=$asker6; }
  for interface in "${!systems[@]}"; do [ "${systems[$interface]}" = "$system" ] && break; done
  timeout 60 ip netns exec "$client" out/bench/client "to-$((interface + 1))" "$source" "$target" "$@"
}
# ticks PID: processor time in hundredths of a second; the name before it may have blanks.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# Yardstick and product must answer; a peer that does not is left out of the rest, and the table says so.
declare -A answering=([arp]="bare-C LbSpeaker kernel" [ndp]="bare-C LbSpeaker kernel")
leave_out() {
  case $2 in
    bare-C | LbSpeaker) fail "$2 does not answer by $1 as it should" ;;
    *) echo "# $2 failed by $1 and was left out"; answering[$1]=$(sed "s/ *$2//" <<<"${answering[$1]}") ;;
  esac
}
# say NAME UNIT PROTOCOL SYSTEM MODE...: one round, as a line.
say() {
  local name=$1 unit=$2 values
  shift 2
  if values=$(ask "$@"); then echo "$name@$2 $values $unit"; else leave_out "$1" "$2"; fi
}

until_true 10 ask ndp ndppd ping 1 && answering[ndp]+=" ndppd" || echo "# ndppd did not answer and was left out"
for protocol in arp ndp; do
  for system in ${answering[$protocol]}; do
    until_true 30 ask "$protocol" "$system" ping 1 || leave_out "$protocol" "$system"
    # Warm: under the JIT the second compilation comes after thousands of calls and some time.
    ask "$protocol" "$system" saturate 2 >/dev/null || leave_out "$protocol" "$system"
  done
done

for round in $(seq "$ROUNDS"); do
  echo "    round $round of $ROUNDS" >&2
  for protocol in arp ndp; do
    for system in ${answering[$protocol]}; do say "$protocol-rtt" µs "$protocol" "$system" ping "$pings"; done
    for system in ${answering[$protocol]}; do say "$protocol-rate" /s "$protocol" "$system" saturate "$saturation"; done
  done
done
# It takes half a second over each answer, which is too long for the rounds.
if until_true 10 ask arp farpd ping 1; then say arp-rtt µs arp farpd ping 10; else echo "# farpd did not answer and was left out"; fi

# cpu NAME SYSTEM COMMAND...: the responder's processor time while the command runs for the seconds of a flood, in percent of one core.
cpu() {
  local name=$1 system=$2 from
  shift 2
  from=$(ticks "${pid_of[$system]}")
  "$@"
  echo "$name@$system $(ticks "${pid_of[$system]}")" | awk -v from="$from" -v seconds=$flood_seconds '{ printf "%s %.2f %%\n", $1, ($2 - from) / seconds }'
}
flood() {
  local sent answered
  read -r sent answered <<<"$(ask "$1" "$2" flood $flood_rate $flood_seconds)"
  echo "$1-flood-answered@$2 $answered %"
  [ "$sent" -ge $((flood_rate * 98 / 100)) ] || echo "# a flood of $2 by $1 came to $sent requests/s instead of $flood_rate"
}
for round in $(seq "$(((ROUNDS + 1) / 2))"); do
  echo "    flood $round of $(((ROUNDS + 1) / 2))" >&2
  for protocol in arp ndp; do
    for system in ${answering[$protocol]}; do
      [ "$system" = kernel ] || cpu "$protocol-flood-cpu" "$system" flood "$protocol" "$system"
    done
  done
  for system in bare-C LbSpeaker; do cpu idle-cpu "$system" sleep $flood_seconds; done
done
