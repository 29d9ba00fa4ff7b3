# Sourced: processes that a part starts, each ended by its pid when the part ends.
state=$(mktemp -d)
pids=()

# start NAME COMMAND...: in the background, its output kept; the pid is in $pid.
start() {
  local name=$1
  shift
  "$@" >"$state/$name.log" 2>&1 &
  pid=$!
  pids+=("$pid")
}

# end PID: ends it and waits for it.
end() {
  kill "$1" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# until_true SECONDS COMMAND...: true as soon as the command is, false when the time is up.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done
}

fail() {
  echo "$*" >&2
  for log in "$state"/*.log; do [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 8 "$log"; } >&2; done
  exit 1
}
