# Sourced by failover.sh: a cluster of three nodes, each a network namespace with a native speaker, and beside it three of keepalived, all on one segment with the client.
# The API server, the controller and their way to the nodes are on a network of their own, so that a node can lose the segment, the way to the API server, or both.

readonly prefix=lbsb-fo- segment=192.0.2 management=198.51.100 port=26643 health=17472 metrics=9120
readonly server=http://$management.200:$port target=$segment.10 rival_target=$segment.60 asker=$segment.100
readonly numbers=(1 2 3)
declare -A pid_of

within() { ip netns exec "$prefix$1" "${@:2}"; }

# daemon NAME COMMAND...: a process whose pid is kept under its name. The shell says nothing when it is killed.
daemon() {
  "${@:2}" >>"$state/$1.log" 2>&1 &
  pid_of[$1]=$!
  disown $!
}
# gone NAME...: killed for good, at once, and no more there when this returns.
gone() {
  local name
  for name in "$@"; do
    [ -n "${pid_of[$name]:-}" ] || continue
    kill -KILL "${pid_of[$name]}" 2>/dev/null || true
    until_true 5 eval "! kill -0 ${pid_of[$name]}" || true
    unset "pid_of[$name]"
  done
}
# remove PLACE...: kills what runs in the namespaces, and deletes them.
remove() {
  local name process
  for name in "$@"; do
    for process in $(ip netns pids "$prefix$name" 2>/dev/null); do kill -KILL "$process" 2>/dev/null || true; done
    ip netns delete "$prefix$name" 2>/dev/null || true
  done
}
remove_all() { remove $(ip netns list | awk -v prefix="$prefix" 'index($1, prefix) == 1 { print substr($1, length(prefix) + 1) }'); }

# plug NAMESPACE INTERFACE BRIDGE ADDRESS: the end at the bridge is called NAMESPACE-INTERFACE.
plug() {
  ip -n "${prefix}switch" link add "$1-$2" type veth peer name "$2" netns "$prefix$1"
  ip -n "${prefix}switch" link set "$1-$2" master "$3" up
  ip -n "$prefix$1" link set "$2" up
  ip -n "$prefix$1" address add "$4/24" dev "$2"
}
# place NAME: a namespace without IPv6, of which nothing is asked here.
place() {
  ip netns add "$prefix$1"
  within "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  ip -n "$prefix$1" link set lo up
}

network() {
  local bridge
  place switch
  for bridge in segment control; do
    ip -n "${prefix}switch" link add "$bridge" type bridge
    ip -n "${prefix}switch" link set "$bridge" up
  done
  place client
  plug client eth0 segment "$asker"
  place api
  plug api eth0 control "$management.200"
}

# make_node NUMBER: what stands for kube-proxy: whatever comes for an address of a Service is taken, whether or not the speaker runs.
make_node() {
  place "node$1"
  plug "node$1" eth0 segment "$segment.$1"
  plug "node$1" api0 control "$management.$1"
  within "node$1" nft "add table ip bench; add chain ip bench in { type nat hook prerouting priority -100; }; add rule ip bench in ip daddr $segment.10-$segment.19 icmp type echo-request dnat to $segment.$1"
}
# start_speaker NUMBER: with the capabilities that manifests/speaker.yaml gives it and no other.
start_speaker() {
  daemon "speaker$1" env SSL_CERT_FILE=/nonexistent SSL_CERT_DIR=/nonexistent ip netns exec "${prefix}node$1" setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+net_raw,+net_bind_service \
    "$LBSPEAKER" speaker --kubeconfig "$KUBECONFIG" --node-name "node$1" --namespace lbspeaker-system --port $metrics --metrics-secure=false --health-probe-port $health --exclude-interfaces-file /nonexistent
}

kubectl() { within api kubectl "$@"; }
# get PATH: what the API server has there, as JSON.
get() { within api curl -sf --max-time 2 "$server$1"; }

start_cluster() {
  local i
  export KUBECONFIG=$state/kubeconfig
  daemon api-server ip netns exec "${prefix}api" "$LAB" api-server --listen "$management.200:$port" --service-cidr 203.0.113.0/24 --kubeconfig "$KUBECONFIG"
  until_true 20 test -s "$KUBECONFIG" || fail "the embedded API server does not start"
  kubectl apply -k manifests/crds >/dev/null
  until_true 20 kubectl get ipaddresspools,nodestates -A || fail "the definitions are not served"
  kubectl apply -f manifests/namespace.yaml >/dev/null
  for i in "${numbers[@]}"; do
    make_node "$i"
    kubectl apply -f - >/dev/null <<YAML
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node$i", "labels": {"kubernetes.io/hostname": "node$i"}}}
YAML
    kubectl patch node "node$i" --subresource=status --type=merge -p "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"$segment.$i\"}]}}" >/dev/null
  done
  {
    cat <<YAML
---
{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: first, namespace: lbspeaker-system}, spec: {addresses: [$segment.10-$segment.19]}}
---
{apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: {name: first, namespace: lbspeaker-system}, spec: {ipAddressPools: [first], interfaces: [eth0]}}
YAML
    for i in 0 1 2 3 4 5; do
      cat <<YAML
---
{apiVersion: v1, kind: Service, metadata: {name: web-$i, namespace: default, annotations: {metallb.io/loadBalancerIPs: $segment.1$i}}, spec: {type: LoadBalancer, ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-$i-x, namespace: default, labels: {kubernetes.io/service-name: web-$i}}, addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], endpoints: [{addresses: [$segment.1], nodeName: node1, conditions: {ready: true}}, {addresses: [$segment.2], nodeName: node2, conditions: {ready: true}}, {addresses: [$segment.3], nodeName: node3, conditions: {ready: true}}]}
YAML
    done
  } | kubectl apply -f - >/dev/null
  daemon controller ip netns exec "${prefix}api" "$LBSPEAKER" controller --kubeconfig "$KUBECONFIG" --namespace lbspeaker-system --port 0 --health-probe-port 0 --pod-name controller
  for i in "${numbers[@]}"; do start_speaker "$i"; done
  settled || fail "the cluster does not settle: $unsettled"
}

# mac_of NAMESPACE
mac_of() { ip -n "$prefix$1" -o link show eth0 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'; }
# owners: a line for each address: address and node, as the statuses say.
owners() { get /apis/metallb.io/v1beta1/namespaces/lbspeaker-system/servicel2statuses | jq -r '.items[].status | select(.node) | "\(.serviceName) \(.node)"' | sort; }

# members NUMBER: how many speakers that one hears.
members() { within "node$1" curl -sf --max-time 1 "http://127.0.0.1:$metrics/metrics" | awk '/^lbspeaker_heartbeat_members[{]state="Alive"/ { n += $NF } END { print n + 0 }'; }
# Every speaker is ready and hears all others; every Service has one owner, and the address that is asked for is answered by it alone. Otherwise why not is in $unsettled.
is_settled() {
  local i
  for i in "${numbers[@]}"; do
    within "node$i" curl -sf --max-time 1 "http://127.0.0.1:$health/readyz" >/dev/null || { unsettled="the speaker of node$i is not ready"; return 1; }
    [ "$(members "$i")" -eq $((${#numbers[@]} - 1)) ] || { unsettled="the speaker of node$i hears $(members "$i") others"; return 1; }
  done
  owners >"$state/owners"
  [ "$(wc -l <"$state/owners")" -eq 6 ] || { unsettled="owners: $(tr '\n' ' ' <"$state/owners")"; return 1; }
  owner=$(awk '$1 == "web-0" { print $2 }' "$state/owners")
  [ "$(who_answers "$target")" = "$(mac_of "$owner")" ] || { unsettled="$owner is the owner of $target, and $(who_answers "$target") answers; $(for i in "${numbers[@]}"; do echo "node$i is $(mac_of "node$i")"; done | tr '\n' ' ')"; return 1; }
}
settled() { until_true 40 is_settled; }
# who_answers ADDRESS: the hardware addresses, each once.
who_answers() { timeout --preserve-status 0.2 ip netns exec "${prefix}client" out/bench/onlooker eth0 "$asker" "$1" ask | awk '$1 == "answer" { print $3 }' | sort -u; }

# keepalived: a tenth of a second between advertisements and priorities around its default of 100, which make a skew of 60 ms on top of three of them. As with the speakers, who
# comes back takes nothing away from whoever has the address (nopreempt).
start_rival() {
  # Who was killed leaves them behind.
  rm -f "$state/keepalived$1.pid" "$state/vrrp$1.pid"
  cat >"$state/keepalived$1.conf" <<CONF
global_defs {
  vrrp_version 3
  vrrp_garp_master_repeat 1
}
vrrp_instance bench {
  state BACKUP
  nopreempt
  interface eth0
  virtual_router_id 51
  priority $((99 + $1))
  advert_int 0.1
  virtual_ipaddress { $rival_target/24 dev eth0 }
}
CONF
  daemon "keepalived$1" ip netns exec "${prefix}rival$1" keepalived --dont-fork --log-console --vrrp --use-file "$state/keepalived$1.conf" --pid "$state/keepalived$1.pid" --vrrp_pid "$state/vrrp$1.pid"
}
make_rival() {
  place "rival$1"
  plug "rival$1" eth0 segment "$segment.5$1"
}
start_rivals() {
  local i
  for i in "${numbers[@]}"; do
    make_rival "$i"
    start_rival "$i"
  done
  rival_settled || fail "keepalived does not settle: $unsettled"
}
# Each runs, and one has the address and answers.
is_rival_settled() {
  local i
  rival_owner=
  for i in "${numbers[@]}"; do
    [ "$(ip netns pids "${prefix}rival$i" | wc -l)" -ge 2 ] || { unsettled="rival$i does not run"; return 1; }
    ! ip -n "${prefix}rival$i" -o address show dev eth0 | grep -q " $rival_target/" || rival_owner+="rival$i"
  done
  [[ $rival_owner =~ ^rival.$ ]] && [ "$(who_answers "$rival_target")" = "$(mac_of "$rival_owner")" ] || { unsettled="owners: $rival_owner"; return 1; }
}
rival_settled() { until_true 20 is_rival_settled; }
