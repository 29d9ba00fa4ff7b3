#!/usr/bin/env bash
# The main job from end to end, in network namespaces of its own: three nodes and a client on one bridge, an embedded API server,
# two controllers, three speakers, and the real kubectl. No interface outside of these namespaces is touched.
#   tools/demo.sh          runs it, tears it down, and exits 0 only if every step held
#   tools/demo.sh --keep   leaves the lab up and prints the KUBECONFIG line
#   tools/demo.sh --down   removes it
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

readonly state=/run/lbspeaker-demo switch=lbs-switch client=lbs-client port=16443
readonly nodes=(node1 node2 node3)
readonly v4=192.0.2.10 v6=2001:db8::10

# signal SIGNAL: to each process of the lab. A pid that was given to another program since is not ours.
signal() {
  local file pid
  for file in "$state"/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    if grep -qs lbspeaker "/proc/$pid/cmdline"; then kill "-$1" "$pid" 2>/dev/null || true; fi
  done
}

down() {
  signal TERM
  sleep 1
  signal KILL
  for name in "$client" "${nodes[@]/#/lbs-}" "$switch"; do ip netns delete "$name" 2>/dev/null || true; done
  rm -rf "$state"
}

keep=no
case "${1:-}" in
  '') ;;
  --keep) keep=yes ;;
  --down) [ "$(id -u)" -eq 0 ] || { echo "root is needed to remove the lab" >&2; exit 2; }; down; echo "the lab is gone"; exit 0 ;;
  *) echo "usage: tools/demo.sh [--keep | --down]" >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo "root is needed: the lab is made of network namespaces, and speakers open raw sockets. Try: sudo tools/demo.sh" >&2; exit 2; }

step=start
fail() {
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
# start NAME NAMESPACE COMMAND...: a process in a namespace ("-" for none), its pid and log kept.
start() {
  local name=$1 ns=$2
  shift 2
  if [ "$ns" = - ]; then "$@" >"$state/$name.log" 2>&1 & else ip netns exec "$ns" "$@" >"$state/$name.log" 2>&1 & fi
  echo $! >"$state/$name.pid"
  # What is killed on purpose is no news to the shell.
  disown $!
}

begin "tools from Debian's packages"
need_dotnet
need ip iproute2 '/usr/lib/*/libpcap.so.0.8' libpcap0.8 nft nftables arping arping ndisc6 ndisc6 curl curl kubectl kubernetes-client
echo "all there"

begin "build: lbspeaker as the native image that ships, the lab's own tool as managed code"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
tools/build.sh
dotnet build tools/LbSpeaker.Lab -c Release -v q --nologo
lbspeaker=$PWD/out/lbspeaker
lab=$PWD/tools/LbSpeaker.Lab/bin/Release/net10.0/lbspeaker-lab

down
trap finish EXIT
mkdir -p "$state"

begin "network: three nodes and a client on one bridge"
ip netns add "$switch"
ip -n "$switch" link add br0 type bridge
ip -n "$switch" link set br0 up
host() {
  local ns=$1 number=$2
  ip netns add "$ns"
  ip -n "$switch" link add "p$number" type veth peer name eth0 netns "$ns"
  ip -n "$switch" link set "p$number" master br0 up
  ip -n "$ns" link set lo up
  ip -n "$ns" link set eth0 up
  ip -n "$ns" address add "192.0.2.$number/24" dev eth0
  ip -n "$ns" address add "2001:db8::$number/64" dev eth0 nodad
}
for i in 1 2 3; do host "lbs-node$i" "$i"; done
host "$client" 100
echo "node1 node2 node3 client"

begin "embedded API server, listening on the loopback of this machine and of each node"
export KUBECONFIG=$state/kubeconfig
start api-server - "$lab" api-server --listen "127.0.0.1:$port" --netns lbs-node1 --netns lbs-node2 --netns lbs-node3 \
  --service-cidr 198.51.100.0/24,2001:db8:1::/112 --kubeconfig "$KUBECONFIG"
until_true 20 kubectl get namespaces || fail
kubectl version 2>/dev/null | sed 's/^/  /'

begin "kubectl apply -k manifests/ (CRDs first)"
kubectl apply -k manifests/crds || fail
until_true 20 kubectl get ipaddresspools -A || fail "the CRDs are not served"
kubectl apply -k manifests >"$state/apply.log" || fail
echo "there is no kubelet here: the Deployment and the DaemonSet are stored only, and the same binary is run by hand"
for node in "${nodes[@]}"; do
  kubectl apply -f - <<YAML || fail
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "$node", "labels": {"kubernetes.io/hostname": "$node"}}}
YAML
done

begin "two controllers (one leads) and three speakers"
common=(--kubeconfig "$KUBECONFIG" --namespace lbspeaker-system --port 0 --health-probe-port 0)
for i in 1 2; do start "controller$i" "lbs-node$i" "$lbspeaker" controller "${common[@]}" --pod-name "controller$i"; done
for node in "${nodes[@]}"; do
  start "speaker-$node" "lbs-$node" "$lbspeaker" speaker "${common[@]}" --node-name "$node"
  start "backend-$node" "lbs-$node" "$lab" backend --listen "[::]:8080" --say "hello from $node"
  # Stands in for kube-proxy: what comes for the external addresses goes to the backend.
  ip netns exec "lbs-$node" nft -f - <<NFT
table ip lbs {
  chain prerouting {
    type nat hook prerouting priority -100
    ip daddr $v4 tcp dport 80 dnat to 192.0.2.${node#node}:8080
  }
}
table ip6 lbs {
  chain prerouting {
    type nat hook prerouting priority -100
    ip6 daddr $v6 tcp dport 80 dnat to [2001:db8::${node#node}]:8080
  }
}
NFT
done

begin "kubectl apply -f samples/layer2-basic"
kubectl apply -f samples/layer2-basic || fail
kubectl apply -f - <<YAML || fail
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-ipv4, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: main, port: 8080, protocol: TCP}]
endpoints:
- {addresses: [192.0.2.1], nodeName: node1, conditions: {ready: true}}
- {addresses: [192.0.2.2], nodeName: node2, conditions: {ready: true}}
- {addresses: [192.0.2.3], nodeName: node3, conditions: {ready: true}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-ipv6, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
ports: [{name: main, port: 8080, protocol: TCP}]
endpoints:
- {addresses: ["2001:db8::1"], nodeName: node1, conditions: {ready: true}}
- {addresses: ["2001:db8::2"], nodeName: node2, conditions: {ready: true}}
- {addresses: ["2001:db8::3"], nodeName: node3, conditions: {ready: true}}
YAML
has_address() { [ "$(kubectl get svc web -o 'jsonpath={.status.loadBalancer.ingress[*].ip}')" = "$v4 $v6" ]; }
until_true 20 has_address || fail "web has no external addresses"
announced() { [ "$(kubectl get svc web -o 'jsonpath={.status.conditions[?(@.type=="lbspeaker.io/Announced")].status}')" = True ]; }
until_true 20 announced || fail "no node says that it announces web"
kubectl get svc web

begin "kubectl describe"
kubectl describe svc web || fail
kubectl describe ipaddresspool -n lbspeaker-system first || fail

owner() { kubectl -n lbspeaker-system get servicel2statuses -o 'jsonpath={.items[0].status.node}'; }
mac_of() { ip -n "lbs-$1" -o link show eth0 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'; }
arp_mac() { ip netns exec "$client" arping -c 1 -w 2 -i eth0 "$v4" 2>/dev/null | grep -oiE '([0-9a-f]{2}:){5}[0-9a-f]{2}' | head -1; }
ndp_mac() { ip netns exec "$client" ndisc6 -q -1 -r 3 -w 700 "$v6" eth0 | tr 'A-F' 'a-f'; }

begin "arping and ndisc6 from the client"
first=$(owner)
answered() { [ "$(arp_mac)" = "$(mac_of "$first")" ] && [ "$(ndp_mac | head -1)" = "$(mac_of "$first")" ]; }
until_true 15 answered || fail "asked for $v4 and $v6, got '$(arp_mac)' and '$(ndp_mac)', expected $(mac_of "$first") of $first"
echo "$v4 is at $(arp_mac), $v6 is at $(ndp_mac | head -1): $first"

http() { ip netns exec "$client" curl -s --max-time 5 "http://$v4/" && ip netns exec "$client" curl -s --max-time 5 "http://[$v6]/"; }
begin "an HTTP request from the client to each of the external addresses"
http || fail "no answer"

begin "the owner, $first, is killed (SIGKILL)"
t0=$(date +%s%N)
kill -9 "$(cat "$state/speaker-$first.pid")"
moved() { local mac; mac=$(arp_mac); [ -n "$mac" ] && [ "$mac" != "$(mac_of "$first")" ]; }
until_true 30 moved || fail "nobody took over"
t1=$(date +%s%N)
until_true 20 test "$(owner)" != "$first" || true
second=$(owner)
echo "$v4 is at $(arp_mac), answered by $second after $(((t1 - t0) / 1000000)) ms"
[ "$(arp_mac)" = "$(mac_of "$second")" ] || fail "the answer is not $second's"
ip netns exec "$client" ip neigh flush dev eth0
http || fail "no answer over HTTP after the take-over"

if [ "$keep" = yes ]; then
  echo
  echo "the lab stays up; to use it:"
  echo "export KUBECONFIG=$KUBECONFIG"
  echo "ip netns exec $client curl http://$v4/"
  echo "tools/demo.sh --down removes it"
  exit 0
fi

begin "the Service is deleted"
kubectl delete svc web || fail
silent() { [ -z "$(arp_mac)" ]; }
until_true 15 silent || fail "$v4 is still answered"
echo "$v4 is silent"

echo
echo "every step held"
