#!/usr/bin/env bash
# A controller against the embedded API server, each round with a new one of both. Called by tools/bench.sh.
set -euo pipefail
. tools/bench/lab.sh
readonly port=26443
finish() { for p in "${pids[@]}"; do end "$p"; done; rm -rf "$state"; }
trap finish EXIT

for round in $(seq "$(((ROUNDS + 1) / 2))"); do
  start "api-server-$round" "$LAB" api-server --listen "127.0.0.1:$port" --kubeconfig "$state/kubeconfig"
  server=$pid
  until_true 20 curl -sf "http://127.0.0.1:$port/readyz" || fail "the embedded API server does not answer"
  "$BENCH" controller --server "http://127.0.0.1:$port" -- \
    "$LBSPEAKER" controller --kubeconfig "$state/kubeconfig" --port 0 --health-probe-port 0 --pod-name bench --log-level warn
  end "$server"
done
