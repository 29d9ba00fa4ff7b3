#!/usr/bin/env bash
# Two controllers and one of a hundred speakers with ten thousand Services, at an embedded API server over TLS. Called by tools/bench.sh.
# SCALE="--services 200 --nodes 5 --created 20 --burst 100 --seconds 3" makes it small.
set -euo pipefail
. tools/bench/lab.sh
readonly node=lbsb-scale client=lbsb-scale-client port=26743 metrics=9120 asker=198.51.100.0
read -ra size <<<"${SCALE:-}"

# What runs in the node's namespace ends with it, the daemons that the bench has started too.
down() {
  local process
  for process in $(ip netns pids $node 2>/dev/null); do kill -KILL "$process" 2>/dev/null || true; done
  for name in $node $client; do ip netns delete $name 2>/dev/null || true; done
}
finish() { for p in "${pids[@]}"; do end "$p"; done; down; rm -rf "$state"; }
down
trap finish EXIT

ip netns add $node
ip netns add $client
ip -n $node link add eth0 type veth peer name eth0 netns $client
for ns in $node $client; do
  ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  ip -n $ns link set lo up
  ip -n $ns link set eth0 up
done
ip -n $node address add 192.0.2.1/24 dev eth0
ip -n $client address add 192.0.2.100/24 dev eth0

start api-server "$LAB" api-server --listen "127.0.0.1:$port" --netns $node --tls --service-cidr 10.96.0.0/12 --kubeconfig "$state/kubeconfig"
until_true 20 test -s "$state/kubeconfig" || fail "the embedded API server does not start"
until_true 20 curl -skf "https://127.0.0.1:$port/readyz" || fail "the embedded API server does not answer"
# The environment of manifests/, where no certificates of public authorities are read.
env SSL_CERT_FILE=/nonexistent SSL_CERT_DIR=/nonexistent ip netns exec $node "$BENCH" scale --server "https://127.0.0.1:$port" --metrics "http://127.0.0.1:$metrics/metrics" "${size[@]}" \
  --controller "$LBSPEAKER controller --kubeconfig $state/kubeconfig --namespace lbspeaker-system --port 0 --health-probe-port 0 --log-level warn" \
  --speaker "$LBSPEAKER speaker --kubeconfig $state/kubeconfig --namespace lbspeaker-system --node-name node-000 --port $metrics --metrics-secure=false --health-probe-port 0 --log-level warn --exclude-interfaces-file /nonexistent" \
  --asker "ip netns exec $client out/bench/client eth0 $asker" || fail "the bench failed"
