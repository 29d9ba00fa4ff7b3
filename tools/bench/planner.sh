#!/usr/bin/env bash
# Plans without I/O. Called by tools/bench.sh.
set -euo pipefail
exec "$BENCH" planner --rounds "$ROUNDS"
