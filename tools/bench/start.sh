#!/usr/bin/env bash
# What the native speaker costs: how soon it answers after it was started, and what it holds in memory. One line a figure: "name value unit".
#   exec-to-first-answer  ms   from exec to the first ARP answer for a Service that has its address already; the median of ROUNDS starts
#   exec-to-last-route    s    from exec until BIRD shows the last of the routes of 1,000 Services, asked for every few milliseconds; a line for each of ROUNDS starts
#   rss-idle              MiB  resident (VmRSS) with no Service
#   rss-1000, rss-10000   MiB  with so many Services, each with an EndpointSlice, all of them answered for by this one node and said so in its statuses
# The cluster is the lab's API server over TLS on the loopback of the node's namespace; the environment is that of manifests/speaker.yaml. Progress goes to
# standard error. Root is needed.
#   tools/bench/start.sh [--binary FILE] [--rounds N] [--sizes "0 1000 10000"]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh

binary=out/lbspeaker rounds=9 sizes='0 1000 10000'
while [ $# -gt 0 ]; do
  case "$1" in
    --binary) binary=$2 ;;
    --rounds) rounds=$2 ;;
    --sizes) sizes=$2 ;;
    *) echo "usage: tools/bench/start.sh [--binary FILE] [--rounds N] [--sizes \"0 1000 10000\"]" >&2; exit 2 ;;
  esac
  shift 2
done
[ "$(id -u)" -eq 0 ] || { echo "root is needed: a namespace is made, and the speaker opens raw sockets" >&2; exit 2; }
need_dotnet
need ip iproute2 '/usr/lib/*/libpcap.so.0.8' libpcap0.8 arping arping curl curl kubectl kubernetes-client bird bird2 >&2
[ -x "$binary" ] || { echo "there is no $binary: run tools/build.sh first" >&2; exit 2; }
binary=$(realpath "$binary")
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build tools/LbSpeaker.Lab -c Release -v q --nologo >&2
lab=$PWD/tools/LbSpeaker.Lab/bin/Release/net10.0/lbspeaker-lab

readonly node=lbs-start-node client=lbs-start-client port=16543 health=17479 address=192.0.2.10
readonly token=start-bench
state=$(mktemp -d)
lab_pid='' speaker_pid='' router_pid=''
# end PID: asked to, and made to after three seconds.
end() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || true
  for _ in $(seq 30); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$1" 2>/dev/null || true
  { wait "$1"; } 2>/dev/null || true
}
finish() {
  end "$speaker_pid"
  end "$router_pid"
  end "$lab_pid"
  ip netns delete $client 2>/dev/null || true
  ip netns delete $node 2>/dev/null || true
  rm -rf "$state"
}
trap finish EXIT
die() { echo "start.sh: $1" >&2; tail -n 5 "$state"/*.log >&2; exit 1; }

ip netns add $node
ip netns add $client
ip -n $node link add eth0 type veth peer name eth0 netns $client
for ns in $node $client; do ip -n $ns link set lo up; ip -n $ns link set eth0 up; done
ip -n $node address add 192.0.2.1/24 dev eth0
ip -n $client address add 192.0.2.100/24 dev eth0
# IPv6 routes of a session over IPv4 want a next hop, and the router a way to it.
ip -n $node address add 2001:db8:1::1/64 dev eth0 nodad
ip -n $client address add 2001:db8:1::100/64 dev eth0 nodad

# serve ADVERTISEMENT: a fresh API server with the definitions, one node, one pool, and how its addresses are announced: L2Advertisement or BGPAdvertisement.
serve() {
  end "$lab_pid"
  rm -f "$state/kubeconfig"
  "$lab" api-server --listen 127.0.0.1:$port --netns $node --tls --token "$token=admin" --kubeconfig "$state/kubeconfig" >"$state/lab.log" 2>&1 &
  lab_pid=$!
  for _ in $(seq 100); do [ -s "$state/kubeconfig" ] && break; sleep 0.1; done
  export KUBECONFIG=$state/kubeconfig
  kubectl apply -k manifests/crds >/dev/null && kubectl apply -f manifests/namespace.yaml >/dev/null || die "the API server does not start"
  kubectl apply -f - >/dev/null <<YAML || die "the API server takes no objects"
---
{apiVersion: v1, kind: Node, metadata: {name: node1, labels: {kubernetes.io/hostname: node1}}}
---
{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: first, namespace: lbspeaker-system}, spec: {addresses: [192.0.2.0/24, "2001:db8::/64"]}}
---
{apiVersion: metallb.io/v1beta1, kind: $1, metadata: {name: first, namespace: lbspeaker-system}, spec: {ipAddressPools: [first]}}
YAML
}
# fill FROM TO: Services number FROM to TO with address and slice. Documentation addresses only: IPv4 as far as they reach, then IPv6.
fill() {
  awk -v from="$1" -v to="$2" -v state="$state" -v base="https://127.0.0.1:$port" -v token="$token" '
    function request(method, path, type, body) {
      gsub(/"/, "\\\"", body)
      printf "%surl = \"%s%s\"\nrequest = %s\nheader = \"Authorization: Bearer %s\"\nheader = \"Content-Type: %s\"\ndata = \"%s\"\noutput = /dev/null\ninsecure\nfail\n", n++ ? "next\n" : "", base, path, method, token, type, body > file
    }
    BEGIN {
      for (pass = 1; pass <= 3; pass++) {
        file = state "/fill-" pass; n = 0
        for (i = from; i <= to; i++) {
          name = sprintf("service-%05d", i); ns = "/namespaces/default"
          ip = i <= 240 ? sprintf("192.0.2.%d", 9 + i) : sprintf("2001:db8::%x", i)
          if (pass == 1) request("POST", "/api/v1" ns "/services", "application/json", "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"" name "\",\"labels\":{\"app.kubernetes.io/name\":\"" name "\",\"app.kubernetes.io/part-of\":\"shop\"},\"annotations\":{\"metallb.io/ip-allocated-from-pool\":\"first\"}},\"spec\":{\"type\":\"LoadBalancer\",\"allocateLoadBalancerNodePorts\":false,\"selector\":{\"app.kubernetes.io/name\":\"" name "\"},\"ports\":[{\"name\":\"http\",\"port\":80,\"targetPort\":8080},{\"name\":\"https\",\"port\":443,\"targetPort\":8443}]}}")
          if (pass == 2) request("PATCH", "/api/v1" ns "/services/" name "/status", "application/merge-patch+json", "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"" ip "\",\"ipMode\":\"VIP\"}]}}}")
          if (pass == 3) request("POST", "/apis/discovery.k8s.io/v1" ns "/endpointslices", "application/json", "{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\",\"metadata\":{\"name\":\"" name "-x\",\"labels\":{\"kubernetes.io/service-name\":\"" name "\"}},\"addressType\":\"IPv4\",\"ports\":[{\"name\":\"http\",\"port\":8080,\"protocol\":\"TCP\"},{\"name\":\"https\",\"port\":8443,\"protocol\":\"TCP\"}],\"endpoints\":[{\"addresses\":[\"198.51.100.1\"],\"nodeName\":\"node1\",\"conditions\":{\"ready\":true,\"serving\":true},\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":\"" name "-a\"}},{\"addresses\":[\"198.51.100.2\"],\"nodeName\":\"node1\",\"conditions\":{\"ready\":true,\"serving\":true},\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":\"" name "-b\"}}]}")
        }
      }
    }'
  for pass in 1 2 3; do curl -sS --config "$state/fill-$pass" >"$state/curl.log" 2>&1 || die "the API server took not all objects"; done
}
start_speaker() {
  SSL_CERT_FILE=/nonexistent SSL_CERT_DIR=/nonexistent ip netns exec $node "$binary" speaker --kubeconfig "$KUBECONFIG" --node-name node1 --namespace lbspeaker-system --port 0 --health-probe-port $health --log-level warn --exclude-interfaces-file /nonexistent >"$state/speaker.log" 2>&1 &
  speaker_pid=$!
}
stop_speaker() { end "$speaker_pid"; speaker_pid=''; }
# How many more than one ServiceL2Status there are.
statuses() { kubectl get --raw /apis/metallb.io/v1beta1/namespaces/lbspeaker-system/servicel2statuses?limit=1 | grep -o '"remainingItemCount":[0-9]*' | tr -dc 0-9; }

echo "==> $rounds starts" >&2
serve L2Advertisement
fill 1 1
times=()
for _ in $(seq "$rounds"); do
  t0=${EPOCHREALTIME/[.,]/}
  start_speaker
  # Asks every 2 ms and ends with the first answer.
  ip netns exec $client arping -q -C 1 -c 2500 -W 0.002 -w 5 -i eth0 $address >/dev/null || die "no answer for $address"
  times+=($((${EPOCHREALTIME/[.,]/} - t0)))
  stop_speaker
done
printf '%s\n' "${times[@]}" | sort -n | awk '{t[NR] = $1} END {printf "exec-to-first-answer %.1f ms\n", t[int((NR + 1) / 2)] / 1000}'

readonly routed=1000
# routes: how many BIRD has, of both families.
routes() { birdc -s "$state/bird.ctl" show route count 2>/dev/null | awk '/^Total:/ { print $2; total = 1 } / of .* routes for .* in table/ { sum += $1 } END { if (!total) print sum + 0 }'; }
echo "==> $rounds starts with routes" >&2
serve BGPAdvertisement
kubectl apply -f - >/dev/null <<'YAML' || die "the API server takes no BGPPeer"
---
{apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: router, namespace: lbspeaker-system}, spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.100, dualStackAddressFamily: true}}
YAML
fill 1 $routed
cat >"$state/bird.conf" <<CONF
router id 192.0.2.100;
protocol device {}
protocol bgp node { local 192.0.2.100 as 64513; neighbor 192.0.2.1 as 64512; passive on; ipv4 { import all; export none; }; ipv6 { import all; export none; }; }
CONF
for _ in $(seq "$rounds"); do
  ip netns exec $client bird -f -c "$state/bird.conf" -s "$state/bird.ctl" -P "$state/bird.pid" >"$state/bird.log" 2>&1 &
  router_pid=$!
  for _ in $(seq 100); do [ -S "$state/bird.ctl" ] && break; sleep 0.1; done
  t0=${EPOCHREALTIME/[.,]/}
  start_speaker
  until [ "$(routes)" -eq $routed ]; do
    [ $((${EPOCHREALTIME/[.,]/} - t0)) -lt 30000000 ] || die "BIRD has $(routes) of $routed routes"
    sleep 0.005
  done
  awk -v us=$((${EPOCHREALTIME/[.,]/} - t0)) 'BEGIN { printf "exec-to-last-route %.3f s\n", us / 1e6 }'
  stop_speaker
  end "$router_pid"
  router_pid=''
done

for size in $sizes; do
  echo "==> $size Services" >&2
  serve L2Advertisement
  [ "$size" -eq 0 ] || fill 1 "$size"
  start_speaker
  for _ in $(seq 600); do ip netns exec $node curl -sf "http://127.0.0.1:$health/readyz" >/dev/null && break; sleep 0.1; done
  # Settled: every status is written, and ten quiet seconds after it.
  if [ "$size" -gt 1 ]; then for _ in $(seq 300); do [ "$(statuses)" = $((size - 1)) ] && break; sleep 1; done; fi
  sleep 10
  kill -0 $speaker_pid 2>/dev/null || die "the speaker ended"
  awk -v name="$([ "$size" -eq 0 ] && echo rss-idle || echo "rss-$size")" '/^VmRSS/ {printf "%s %.1f MiB\n", name, $2 / 1024}' "/proc/$speaker_pid/status"
  stop_speaker
done
