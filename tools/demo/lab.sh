# Sourced by tools/demo.sh: what both demos are made of. A demo's own file says what is particular to it:
#   state         folder of its pids, logs and the kubeconfig; its name has "lbspeaker" in it
#   prefix        of the names of its namespaces
#   members       its namespaces besides those of the nodes and the switch
#   port          of the API server
#   v4, v6        the addresses of the Service that is shown
#   need_more     the packages that only it needs
#   show          the steps

readonly nodes=(node1 node2 node3)

# signal SIGNAL: to each process of the lab: those in its namespaces, and those outside by their pid files. A pid that was given to another program since is not ours.
signal() {
  local file pid name
  for file in "$state"/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    if grep -qs lbspeaker "/proc/$pid/cmdline"; then kill "-$1" "$pid" 2>/dev/null || true; fi
  done
  for name in "${members[@]}" "${nodes[@]}"; do
    for pid in $(ip netns pids "$prefix$name" 2>/dev/null); do kill "-$1" "$pid" 2>/dev/null || true; done
  done
}

down() {
  local name
  signal TERM
  sleep 1
  signal KILL
  for name in "${members[@]}" "${nodes[@]}" switch; do ip netns delete "$prefix$name" 2>/dev/null || true; done
  rm -rf "$state"
}

step=start
fail() {
  local log
  echo "FAILED at: $step${1:+ ($1)}" >&2
  for log in "$state"/*.log; do [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 12 "$log"; } >&2; done
  exit 1
}
finish() {
  local code=$?
  [ "$keep" = yes ] && [ $code -eq 0 ] || down
  exit $code
}
begin() { step=$1; echo; echo "==> $step"; }
# until_true SECONDS COMMAND...: true as soon as the command is, false when the time is up.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.2; done
}
# within NAMESPACE COMMAND...
within() {
  local name=$1
  shift
  ip netns exec "$prefix$name" "$@"
}
# start NAME NAMESPACE COMMAND...: a process in a namespace ("-" for none), its pid and log kept.
start() {
  local name=$1 place=$2
  shift 2
  if [ "$place" = - ]; then "$@" >"$state/$name.log" 2>&1 & else ip netns exec "$prefix$place" "$@" >"$state/$name.log" 2>&1 & fi
  echo $! >"$state/$name.pid"
}

# bridge NAME: in the switch, which is made with the first.
bridge() {
  ip netns add "${prefix}switch" 2>/dev/null || true
  ip -n "${prefix}switch" link add "$1" type bridge
  ip -n "${prefix}switch" link set "$1" up
}
# plug NAMESPACE INTERFACE BRIDGE ADDRESS...: makes the namespace where need be; the end at the bridge is called NAMESPACE-INTERFACE.
plug() {
  local name=$1 interface=$2 bridge=$3 address far
  shift 3
  far=$name-$interface
  if ip netns add "$prefix$name" 2>/dev/null; then
    ip -n "$prefix$name" link set lo up
    # An address of the lab is nobody else's: it need not be asked for first.
    set_kernel "$name" ipv6/conf/default/accept_dad 0
  fi
  ip -n "${prefix}switch" link add "$far" type veth peer name "$interface" netns "$prefix$name"
  ip -n "${prefix}switch" link set "$far" master "$bridge" up
  ip -n "$prefix$name" link set "$interface" up
  for address in "$@"; do ip -n "$prefix$name" address add "$address" dev "$interface"; done
}
# set_kernel NAMESPACE SETTING VALUE: below /proc/sys/net.
set_kernel() { within "$1" sh -c "echo $3 >/proc/sys/net/$2"; }

# The API server with what manifests/ brings and the nodes; $1: its ranges of cluster addresses.
start_cluster() {
  local node
  begin "embedded API server, listening on the loopback of this machine and of each node"
  start api-server - "$lab" api-server --listen "127.0.0.1:$port" --netns "${prefix}node1" --netns "${prefix}node2" --netns "${prefix}node3" \
    --service-cidr "$1" --kubeconfig "$KUBECONFIG"
  until_true 20 kubectl get namespaces || fail
  kubectl version 2>/dev/null | sed 's/^/  /'

  begin "kubectl apply -f manifests/lbspeaker.yaml (CRDs first)"
  kubectl apply -k manifests/crds || fail
  until_true 20 kubectl get ipaddresspools,nodestates -A || fail "the CRDs are not served"
  kubectl apply -f manifests/lbspeaker.yaml >"$state/apply.log" || fail
  echo "there is no kubelet here: the Deployment and the DaemonSet are stored only, and the same binary is run by hand"
  for node in "${nodes[@]}"; do
    kubectl apply -f - <<YAML || fail
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "$node", "labels": {"kubernetes.io/hostname": "$node"}},
 "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.${node#node}"}]}}
YAML
  done
}

start_daemons() {
  local i node number common=(--kubeconfig "$KUBECONFIG" --namespace lbspeaker-system --port 0 --health-probe-port 0)
  # A namespace has mounts of its own, so this is read-only for them alone.
  local readonly_root=(sh -c 'mount -o remount,bind,ro / || echo "the root stays writable here"; exec "$@"' sh)
  begin "two controllers (one leads) and three speakers, with the capabilities and the read-only file system that manifests/ give them"
  for i in 1 2; do start "controller$i" "node$i" "${readonly_root[@]}" "$lbspeaker" controller "${common[@]}" --pod-name "controller$i"; done
  for node in "${nodes[@]}"; do
    number=${node#node}
    # With what manifests/speaker.yaml gives it, and nothing else.
    start "speaker-$node" "$node" "${readonly_root[@]}" setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+net_raw,+net_bind_service,+sys_nice "$lbspeaker" speaker "${common[@]}" --node-name "$node"
    start "backend-$node" "$node" "$lab" backend --listen "[::]:8080" --say "hello from $node"
    # Stands in for kube-proxy: what comes for an external address goes to the backend. Pings are answered by the node.
    within "$node" nft -f - <<NFT
table inet lbs {
  chain prerouting {
    type nat hook prerouting priority -100
    ip daddr $v4 tcp dport 80 dnat ip to 192.0.2.$number:8080
    ip6 daddr $v6 tcp dport 80 dnat ip6 to [2001:db8::$number]:8080
    ip daddr $v4 icmp type echo-request dnat ip to 192.0.2.$number
    ip6 daddr $v6 icmpv6 type echo-request dnat ip6 to 2001:db8::$number
  }
}
NFT
  done
}

# The endpoints of Service web, which a cluster would make of its pods; waits until it has its addresses and they are announced.
await_web() {
  kubectl apply -f - <<YAML || fail
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-demo, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080, protocol: TCP}]
endpoints:
- {addresses: [192.0.2.1], nodeName: node1, conditions: {ready: true}}
- {addresses: [192.0.2.2], nodeName: node2, conditions: {ready: true}}
- {addresses: [192.0.2.3], nodeName: node3, conditions: {ready: true}}
YAML
  until_true 20 has_address || fail "web has no external addresses"
  until_true 30 announced || fail "no node says that it announces web"
  kubectl get svc web
}
# The speakers hear each other.
await_heartbeats() {
  until_true 20 hear_each_other || fail "speakers do not hear each other: $(kubectl get nodestates -n lbspeaker-system -o 'jsonpath={.items[*].status.conditions[*].message}')"
}
hear_each_other() { [ "$(kubectl get nodestates -n lbspeaker-system -o 'jsonpath={.items[*].status.conditions[?(@.type=="Heartbeats")].status}')" = "True True True" ]; }
has_address() { [ "$(kubectl get svc web -o 'jsonpath={.status.loadBalancer.ingress[*].ip}')" = "$v4 $v6" ]; }
announced() { [ "$(kubectl get svc web -o 'jsonpath={.status.conditions[?(@.type=="lbspeaker.io/Announced")].status}')" = True ]; }

# get HOST: one HTTP request of the client; IPv6 in brackets.
get() { within client curl -sS --max-time 5 "http://$1/"; }

stay_if_kept() {
  [ "$keep" = yes ] || return 0
  echo
  echo "the lab stays up; to use it:"
  echo "export KUBECONFIG=$KUBECONFIG"
  echo "ip netns exec ${prefix}client curl http://$v4/"
  echo "$command --down removes it"
  exit 0
}
