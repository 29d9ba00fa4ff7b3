# Sourced by tools/demo.sh: three nodes and two routers, BIRD and FRR, on one bridge; a client behind the routers on another.
readonly state=/run/lbspeaker-demo-bgp prefix=lbs-bgp- port=16444
readonly routers=(bird frr)
readonly members=(client "${routers[@]}")
readonly v4=198.51.100.10 v6=2001:db8:2::10
# What samples/bgp-two-routers puts on the routes.
readonly community=64500:100 large_community=64500:1:2
# A path that is cut is noticed after 300 ms (its BFDProfile); without BFD it would be 90 s. The rest of the bound is for a busy machine.
readonly gap_bound=1500

need_more() { need bird bird2 vtysh frr ping iputils-ping; }

show() {
  local i
  begin "network: three nodes and two routers on one bridge, a client behind the routers"
  bridge br0
  bridge br1
  for i in 1 2 3; do
    plug "node$i" eth0 br0 "192.0.2.$i/24" "2001:db8::$i/64"
    ip -n "${prefix}node$i" route add default via 192.0.2.251
    ip -n "${prefix}node$i" route add default via 2001:db8::251
  done
  plug bird eth0 br0 192.0.2.251/24 2001:db8::251/64
  plug bird eth1 br1 203.0.113.251/24 2001:db8:3::251/64
  plug frr eth0 br0 192.0.2.252/24 2001:db8::252/64
  plug frr eth1 br1 203.0.113.252/24 2001:db8:3::252/64
  plug client eth0 br1 203.0.113.100/24 2001:db8:3::100/64
  client_by 251
  echo "${nodes[*]} | ${routers[*]} | client"

  begin "routers: BIRD (AS 64501) and FRR (AS 64502), their routes in the kernel"
  for i in "${routers[@]}"; do make_router "$i"; done
  start_bird
  start_frr
  bird --version 2>&1 | sed 's/^/  /'
  /usr/lib/frr/bgpd --version | sed -n 's/^/  /;1p'

  start_cluster 198.51.100.128/25,2001:db8:1::/112
  start_daemons

  begin "kubectl apply -f samples/bgp-two-routers"
  kubectl apply -f samples/bgp-two-routers/config.yaml -f samples/bgp-two-routers/web.yaml || fail
  await_web

  begin "kubectl describe bgppeer"
  until_true 30 all_sessions_up || fail "not every node has its sessions: $(sessions)"
  kubectl describe bgppeer -n lbspeaker-system || fail
  kubectl get servicebgpstatuses,nodestates -n lbspeaker-system || fail

  begin "the /32 and the /128 on both routers, from three nodes, with their communities"
  until_true 15 routes_are 3 || fail "$(show_routes)"
  show_routes
  until_true 15 told_is 3 || fail "not every node says that it has told both routers: $(told)"
  echo "ServiceBGPStatus: who has told whom"
  told | sed 's/^/  /'

  begin "ECMP: the routers' kernels have three next hops for each"
  until_true 15 paths_are 3 || fail "$(show_paths)"
  show_paths

  begin "HTTP requests through the routers to the external addresses"
  for i in 251 252; do
    client_by "$i"
    get "$v4" || fail "no answer by way of 192.0.2.$i"
    get "[$v6]" || fail "no answer by way of 192.0.2.$i"
  done
  client_by 251
  [ "$(answerers | wc -l)" -eq 3 ] || fail "60 connections were answered by: $(answerers)"
  echo "60 connections by way of BIRD are answered by:"
  answerers

  cut_a_link
  drain_a_node
  stay_if_kept

  begin "the Service is deleted"
  kubectl delete svc web || fail
  until_true 15 routes_are 0 || fail "$(show_routes)"
  until_true 15 paths_are 0 || fail "$(show_paths)"
  all_sessions_up || fail "a session went with the routes: $(sessions)"
  echo "the routes are gone from both routers, the sessions stay"
}

# client_by NUMBER: the client's way, 251 for BIRD or 252 for FRR.
client_by() {
  ip -n "${prefix}client" route replace default via "203.0.113.$1"
  ip -n "${prefix}client" -6 route replace default via "2001:db8:3::$1"
}

make_router() {
  local setting
  # By addresses and ports, so that the connections of one client are spread.
  for setting in ipv4/ip_forward ipv6/conf/all/forwarding ipv4/fib_multipath_hash_policy ipv6/fib_multipath_hash_policy; do set_kernel "$1" "$setting" 1; done
  for setting in all eth0 eth1; do set_kernel "$1" "ipv4/conf/$setting/rp_filter" 0; done
}

start_bird() {
  local i
  {
    cat <<'BIRD'
router id 192.0.2.251;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; merge paths on; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; merge paths on; }
protocol bfd { interface "eth0" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }; }
# RFC 8326 section 4.2: a path that is about to go is taken while there is no other.
filter from_nodes {
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0;
  accept;
}
template bgp node {
  local 192.0.2.251 as 64501;
  passive on;
  # As shipped, BIRD refuses a node for a minute or more after a failure.
  error wait time 1, 2;
  bfd on;
  ipv4 { import filter from_nodes; export none; };
  ipv6 { import filter from_nodes; export none; };
}
BIRD
    for i in 1 2 3; do echo "protocol bgp node$i from node { neighbor 192.0.2.$i as 64500; }"; done
  } >"$state/bird.conf"
  start bird bird bird -f -c "$state/bird.conf" -s "$state/bird.ctl" -P "$state/bird.run"
  until_true 10 birdc_ask show status || fail "BIRD does not answer"
}
birdc_ask() { within bird birdc -s "$state/bird.ctl" "$@"; }

start_frr() {
  local i folder=$state/frr daemon
  mkdir -p "$folder"
  echo "hostname frr" >"$folder/zebra.conf"
  cat >"$folder/bfdd.conf" <<'FRR'
bfd
 profile fast
  transmit-interval 100
  receive-interval 100
  detect-multiplier 3
 exit
exit
FRR
  # A path with the community GRACEFUL_SHUTDOWN gets LOCAL_PREF 0 by itself (RFC 8326 section 4.2).
  {
    cat <<'FRR'
hostname frr
router bgp 64502
 bgp router-id 192.0.2.252
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor nodes peer-group
 neighbor nodes remote-as 64500
 neighbor nodes passive
 neighbor nodes bfd
 neighbor nodes bfd profile fast
FRR
    for i in 1 2 3; do echo " neighbor 192.0.2.$i peer-group nodes"; done
    cat <<'FRR'
 address-family ipv4 unicast
  neighbor nodes activate
  maximum-paths 8
 exit-address-family
 address-family ipv6 unicast
  neighbor nodes activate
  maximum-paths 8
 exit-address-family
FRR
  } >"$folder/bgpd.conf"
  chown -R frr:frrvty "$folder"
  for daemon in zebra bfdd bgpd; do
    start "$daemon" frr "/usr/lib/frr/$daemon" -u frr -g frr -P 0 -f "$folder/$daemon.conf" -i "$folder/$daemon.run" -z "$folder/zserv.api" --vty_socket "$folder" --log stdout \
      $([ $daemon != bfdd ] || echo --bfdctl "$folder/bfdd.sock")
    until_true 10 test -S "$folder/$daemon.vty" || fail "FRR's $daemon does not answer"
  done
}
vtysh_ask() { within frr vtysh --vty_socket "$state/frr" -c "$*"; }

# Each BGPPeer with how many of its sessions are up, of how many.
sessions() { kubectl get bgppeers -n lbspeaker-system -o 'jsonpath={range .items[*]}{.metadata.name} {.status.sessionsUp}/{.status.sessionsTotal} {.status.conditions[?(@.type=="Established")].status}{"\n"}{end}'; }
all_sessions_up() { [ "$(sessions)" = $'router-a 3/3 True\nrouter-b 3/3 True' ]; }

# What each node says of the routers that it has told.
told() { kubectl get servicebgpstatuses -n lbspeaker-system -o 'jsonpath={range .items[*]}{.status.node} {.status.announcedTo}{"\n"}{end}'; }
told_is() { [ "$(told | grep -c 'router-a.*router-b')" -eq "$1" ]; }

# Paths of an address with both communities, at each router.
bird_paths() { birdc_ask show route all for "$1" | awk -v c="(${community/:/,})" -v l="(${large_community//:/, })" '/BGP.community:/ {has = index($0, c)} /BGP.large_community:/ && has && index($0, l) {n++} END {print n + 0}'; }
frr_paths() { vtysh_ask show bgp "$1" unicast "$2" | awk -v c="Community: $community" -v l="Large Community: $large_community" '{$1 = $1} index($0, c) == 1 {has = 1} $0 == l && has {n++; has = 0} END {print n + 0}'; }
routes_are() { [ "$(bird_paths "$v4") $(bird_paths "$v6") $(frr_paths ipv4 "$v4/32") $(frr_paths ipv6 "$v6/128")" = "$1 $1 $1 $1" ]; }
show_routes() {
  echo "BIRD: show route all"
  birdc_ask show route all | grep -E "$v4/32|$v6/128|unicast|next_hop|community" | sed 's/^/  /'
  echo "FRR: show bgp ipv4 unicast $v4/32, show bgp ipv6 unicast $v6/128"
  { vtysh_ask show bgp ipv4 unicast "$v4/32"; vtysh_ask show bgp ipv6 unicast "$v6/128"; } | grep -E "routing table entry|^ +[0-9a-f:.]+ .*from|multipath|ommunity" | sed 's/^/  /'
}

# kernel_paths ROUTER: its kernel's next hops for the address of each family.
kernel_paths() { echo "$({ ip -n "$prefix$1" -4 route show "$v4"; ip -n "$prefix$1" -6 route show "$v6"; } | grep -oE "via (inet6 )?[0-9a-f:.]+" | sort -u | grep -c .)"; }
paths_are() { [ "$(kernel_paths bird) $(kernel_paths frr)" = "$(($1 * 2)) $(($1 * 2))" ]; }
show_paths() {
  local router
  for router in "${routers[@]}"; do
    echo "$router: ip route"
    { ip -n "$prefix$router" -4 route show "$v4"; ip -n "$prefix$router" -6 route show "$v6"; } | sed 's/^/  /'
  done
}

# How often each node answers sixty connections.
answerers() { local i; for i in {1..60}; do get "$v4"; done | sort | uniq -c; }

# The node that the client's pings over IPv4 go to: they are one flow, and so have one path.
pinged_node() {
  local node
  for node in "${nodes[@]}"; do
    within "$node" nft -f - <<NFT
table inet pinged {
  chain prerouting {
    type filter hook prerouting priority -300
    ip daddr $v4 icmp type echo-request counter
  }
}
NFT
  done
  within client ping -n -q -c 3 -i 0.05 "$v4" >/dev/null || true
  for node in "${nodes[@]}"; do
    if grep -q 'packets [1-9]' <<<"$(within "$node" nft list table inet pinged)"; then echo "$node"; fi
    within "$node" nft delete table inet pinged
  done
}

start_pings() {
  start ping-v4 client ping -n -D -i 0.01 "$v4"
  start ping-v6 client ping -n -D -i 0.01 "$v6"
  sleep 1
}
# Ends the pings. Of each: how many were sent and lost (the last may be under way), and the longest time between two answers.
end_pings() {
  local family pid
  for family in v4 v6; do
    pid=$(cat "$state/ping-$family.pid")
    kill -INT "$pid"
    until_true 5 test ! -e "/proc/$pid" || fail "ping does not end"
    rm -f "$state/ping-$family.pid"
    awk -v family="$family" '
      /icmp_seq=/ && /time=/ {
        at = substr($1, 2) + 0; split($0, part, "icmp_seq="); seq = part[2] + 0
        if (count++ && at - last > gap) gap = at - last
        last = at; if (seq > top) top = seq
      }
      /packets transmitted/ { sent = $1 }
      END { lost = sent - count; if (lost > 0 && top == sent - 1) lost--; printf "%s %d %d %d\n", family, sent, lost, gap * 1000 + 0.5 }' "$state/ping-$family.log"
  done
}

# One HTTP request after the other to each address, each over a connection of its own, until the file gets is gone; a line for each: its family, "ok" or what went wrong.
ask_on() {
  local family=$1 host=$2 said
  while [ -e "$state/gets" ]; do
    if said=$(within client curl -sS --max-time 2 "http://$host/" 2>&1); then echo "$family ok"; else echo "$family $said"; fi
  done
}
start_gets() {
  : >"$state/gets"
  ask_on v4 "$v4" >"$state/gets-v4.log" &
  getters=$!
  ask_on v6 "[$v6]" >"$state/gets-v6.log" &
  getters+=" $!"
}
# Ends them. Of each family: how many were sent and how many failed.
end_gets() {
  local family
  rm -f "$state/gets"
  wait $getters
  for family in v4 v6; do awk -v family=$family '{ sent++ } $2 != "ok" { failed++ } END { printf "%s %d %d\n", family, sent, failed }' "$state/gets-$family.log"; done
}

cut_a_link() {
  local victim results family sent lost gap
  victim=$(pinged_node)
  [ "$(wc -w <<<"$victim")" -eq 1 ] || fail "the client's pings go to: ${victim:-no node}"
  begin "the link of $victim, which the client's pings go to, is cut; BFD notices"
  start_pings
  ip -n "${prefix}switch" link set "$victim-eth0" down
  until_true 30 paths_are 2 || fail "$(show_paths)"
  sleep 1
  results=$(end_pings)
  while read -r family sent lost gap; do
    echo "ping over IP$family: $gap ms without an answer, $lost of $sent lost"
    [ "$gap" -le $gap_bound ] || fail "the gap is longer than $gap_bound ms"
  done <<<"$results"
  [ "$(awk '$1 == "v4" {print $3}' <<<"$results")" -gt 0 ] || fail "nothing was lost: the cut link was not the one in use"
  show_paths
  ip -n "${prefix}switch" link set "$victim-eth0" up
  until_true 60 paths_are 3 || fail "$victim did not come back: $(show_paths)"
  until_true 30 all_sessions_up || fail "$victim did not come back: $(sessions)"
  echo "the link is back, and so are three paths"
}

drain_a_node() {
  local victim drain results seen family sent lost gap getters
  victim=$(pinged_node)
  [ "$(wc -w <<<"$victim")" -eq 1 ] || fail "the client's pings go to: ${victim:-no node}"
  begin "lbspeaker drain $victim, which the client's pings go to"
  start_pings
  start_gets
  start drain - "$lbspeaker" drain "$victim" --wait 3 --kubeconfig "$KUBECONFIG"
  drain=$!
  until_true 10 asks_for_another_path || fail "no path of $victim has GRACEFUL_SHUTDOWN (RFC 8326): $(show_routes)"
  until_true 10 paths_are 2 || fail "the routers still use $victim: $(show_paths)"
  echo "its routes have GRACEFUL_SHUTDOWN at both routers, and LOCAL_PREF 0 there: they use the other two"
  wait $drain || fail "$(cat "$state/drain.log")"
  rm -f "$state/drain.pid"
  cat "$state/drain.log"
  until_true 10 routes_are 2 || fail "its routes are still there: $(show_routes)"
  sleep 1
  results=$(end_pings)
  while read -r family sent lost gap; do
    echo "ping over IP$family: $lost of $sent lost"
    [ "$lost" -eq 0 ] || fail "packets were lost"
  done <<<"$results"
  end_gets >"$state/gets-results"
  while read -r family sent lost; do
    echo "HTTP over IP$family: $lost of $sent requests failed, each over a new connection"
    # A connection that is open while a router hashes anew is led to a node that does not know it, and is reset: one for each router, if at all.
    [ "$sent" -gt 10 ] && [ "$lost" -le 2 ] && ! grep -v ok "$state/gets-$family.log" | grep -qv "reset by peer" || fail "HTTP requests failed: $(grep -v ok "$state/gets-$family.log")"
  done <"$state/gets-results"
  all_sessions_up || fail "a session went with the routes: $(sessions)"
  seen=$(answerers)
  echo "60 connections are answered by:"
  echo "$seen"
  [ "$(wc -l <<<"$seen")" -eq 2 ] && ! grep -q "$victim" <<<"$seen" || fail "the two other nodes were to answer"
  "$lbspeaker" drain "$victim" --off --kubeconfig "$KUBECONFIG" || fail
  until_true 20 routes_are 3 || fail "$victim did not come back: $(show_routes)"
  until_true 20 paths_are 3 || fail "$victim did not come back: $(show_paths)"
}
asks_for_another_path() {
  grep -q 'BGP.community:.*(65535,0)' <<<"$(birdc_ask show route all for "$v4")" && grep -q graceful-shutdown <<<"$(vtysh_ask show bgp ipv4 unicast "$v4/32")"
}
