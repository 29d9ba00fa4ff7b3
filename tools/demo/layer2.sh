# Sourced by tools/demo.sh: three nodes and a client on one bridge.
readonly state=/run/lbspeaker-demo prefix=lbs- port=16443
readonly members=(client)
readonly v4=192.0.2.10 v6=2001:db8::10

need_more() { need arping arping ndisc6 ndisc6; }

owner() { kubectl -n lbspeaker-system get servicel2statuses -o 'jsonpath={.items[0].status.node}'; }
mac_of() { ip -n "$prefix$1" -o link show eth0 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'; }
arp_mac() { within client arping -C 1 -c 40 -W 0.05 -w 2 -i eth0 "$v4" 2>/dev/null | grep -oiE '([0-9a-f]{2}:){5}[0-9a-f]{2}' | head -1; }
ndp_mac() { within client ndisc6 -q -1 -r 3 -w 700 "$v6" eth0 | tr 'A-F' 'a-f'; }
answered() { [ "$(arp_mac)" = "$(mac_of "$1")" ] && [ "$(ndp_mac | head -1)" = "$(mac_of "$1")" ]; }
moved() { local mac; mac=$(arp_mac); [ -n "$mac" ] && [ "$mac" != "$(mac_of "$1")" ]; }
silent() { [ -z "$(arp_mac)" ]; }

show() {
  local i first second t0 t1
  begin "network: three nodes and a client on one bridge"
  bridge br0
  for i in 1 2 3; do plug "node$i" eth0 br0 "192.0.2.$i/24" "2001:db8::$i/64"; done
  plug client eth0 br0 192.0.2.100/24 2001:db8::100/64
  echo "${nodes[*]} client"

  start_cluster 198.51.100.0/24,2001:db8:1::/112
  start_daemons

  begin "kubectl apply -f samples/layer2-basic"
  kubectl apply -f samples/layer2-basic || fail
  await_web

  begin "kubectl describe"
  kubectl describe svc web || fail
  kubectl describe ipaddresspool -n lbspeaker-system first || fail

  begin "arping and ndisc6 from the client"
  first=$(owner)
  until_true 15 answered "$first" || fail "asked for $v4 and $v6, got '$(arp_mac)' and '$(ndp_mac)', expected $(mac_of "$first") of $first"
  echo "$v4 is at $(arp_mac), $v6 is at $(ndp_mac | head -1): $first"

  begin "HTTP requests from the client to the external addresses"
  get "$v4" || fail "no answer"
  get "[$v6]" || fail "no answer"

  await_heartbeats
  begin "the owner, $first, is killed (SIGKILL)"
  t0=$(date +%s%N)
  kill -9 "$(cat "$state/speaker-$first.pid")"
  until_true 30 moved "$first" || fail "nobody took over"
  t1=$(date +%s%N)
  until_true 20 owner_is_not "$first" || fail "its ServiceL2Status still names $first"
  second=$(owner)
  echo "$v4 is at $(arp_mac), answered by $second after $(((t1 - t0) / 1000000)) ms"
  [ "$(arp_mac)" = "$(mac_of "$second")" ] || fail "the answer is not $second's"
  within client ip neigh flush dev eth0
  get "$v4" || fail "no answer over HTTP after the take-over"
  stay_if_kept

  begin "the Service is deleted"
  kubectl delete svc web || fail
  until_true 15 silent || fail "$v4 is still answered"
  echo "$v4 is silent"
}
owner_is_not() { local now; now=$(owner) && [ -n "$now" ] && [ "$now" != "$1" ]; }
