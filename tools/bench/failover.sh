#!/usr/bin/env bash
# How long an address is silent when the node that has it fails, in a cluster of three nodes, and what a planned change of owner costs. Called by tools/bench.sh.
#   FAILOVER_ROUNDS=N         failures of each kind, 50 unless told
#   FAILOVER_CASES="A B"      only these: kill, stop, cut, segment, gone, no-api, term, move, join, busy
#   FAILOVER_BUSY_SECONDS=N   how long the speakers are beside busy loops, 600 unless told
#   FAILOVER_KEEP=FOLDER      where what the client saw of the last failure of each kind stays, with the speakers' logs
set -euo pipefail
. tools/bench/lab.sh
. tools/bench/failover/cluster.sh

readonly rounds=${FAILOVER_ROUNDS:-50} busy_seconds=${FAILOVER_BUSY_SECONDS:-600}
readonly unplanned=(kill stop cut segment gone no-api) rival_cases=" kill cut gone " planned=(term move)
readonly cases=" ${FAILOVER_CASES:-${unplanned[*]} ${planned[*]} join busy} "
declare -A values
finish() { remove_all; gone "${!pid_of[@]}"; rm -rf "$state"; }
remove_all
trap finish EXIT

wanted() { [[ $cases == *" $1 "* ]]; }
# note NAME@SYSTEM VALUE: one observation more.
note() { values[$1]+=" $2"; }

# watch NAME MODE ADDRESS: an onlooker in the background; what it prints is in a file of that name.
watch() {
  ip netns exec "${prefix}client" out/bench/onlooker eth0 "$asker" "$3" "$2" >"$state/$1" &
  watchers[$1]=$!
}
declare -A watchers
unwatch() {
  kill "${watchers[$1]}"
  wait "${watchers[$1]}" || fail "the onlooker failed"
  unset "watchers[$1]"
}
now() { echo "${EPOCHREALTIME/[.,]/}"; }
# is_taken MAC: somebody else than that one has answered.
is_taken() { awk -v old="$1" '$1 == "answer" && $3 != old { taken = 1; exit } END { exit !taken }' "$state/asked"; }
# links NODE up|down|off|on [INTERFACE...]: the far ends of its links lose their carrier, or leave the bridge without that the node notices.
# All at once: a speaker that loses one link tells the others over the other one.
links() {
  local interface
  for interface in "${@:3}"; do
    case $2 in
      up | down) echo "link set $1-$interface $2" ;;
      off) echo "link set $1-$interface nomaster" ;;
      on) echo "link set $1-$interface master $([ "$interface" = eth0 ] && echo segment || echo control)" ;;
    esac
  done | ip -n "${prefix}switch" -batch -
}
# slay PLACE: kills all that runs there at one moment. Stopped first: the child of keepalived would hear that its parent is gone, and take its leave.
slay() {
  kill -STOP $(ip netns pids "$prefix$1")
  kill -KILL $(ip netns pids "$prefix$1")
}
# strike CASE NODE: the failure. Then heal CASE NODE: everything is as before.
strike() {
  local number=${2: -1}
  case $1-$2 in
    kill-node* | no-api-*) kill -KILL "${pid_of[speaker$number]}" ;;
    kill-rival*) slay "$2" ;;
    stop-*) kill -STOP "${pid_of[speaker$number]}" ;;
    cut-node*) links "$2" down api0 eth0 ;;
    cut-rival*) links "$2" down eth0 ;;
    segment-*) links "$2" off eth0 ;;
    gone-*)
      slay "$2"
      ip netns delete "$prefix$2"
      ;;
  esac
}
heal() {
  local number=${2: -1}
  case $1-$2 in
    kill-node* | no-api-*) gone "speaker$number"; start_speaker "$number" ;;
    # What was killed left the address behind, and nobody else takes it away.
    kill-rival*) gone "keepalived$number"; ip -n "$prefix$2" address delete "$rival_target/24" dev eth0 2>/dev/null || true; start_rival "$number" ;;
    stop-*) kill -CONT "${pid_of[speaker$number]}" ;;
    cut-node*) links "$2" up eth0 api0 ;;
    cut-rival*) links "$2" up eth0 ;;
    segment-*) links "$2" on eth0 ;;
    gone-node*) gone "speaker$number"; until_true 10 eval "! ip -n ${prefix}switch link show $2-eth0"; make_node "$number"; start_speaker "$number" ;;
    gone-rival*) gone "keepalived$number"; until_true 10 eval "! ip -n ${prefix}switch link show $2-eth0"; make_rival "$number"; start_rival "$number" ;;
  esac
}

# fall CASE SYSTEM: one failure of whoever has the address, seen by the client.
fall() {
  local case=$1 system=$2 address=$target from mac struck before moved
  if [ "$system" = keepalived ]; then address=$rival_target; from=$rival_owner; else from=$owner; fi
  mac=$(mac_of "$from")
  if [ "$case" = no-api ]; then
    kill -STOP "${pid_of[api-server]}"
    sleep 1
  fi
  watch asked ask "$address"
  sleep 0.3
  struck=$(now)
  strike "$case" "$from"
  until_true 30 is_taken "$mac" || fail "$system, $case: nobody takes over from $from"
  # Convergence: the new owner is heard by all, the bridge and the old one included.
  sleep 0.7
  if [ "$case" = no-api ]; then
    kill -CONT "${pid_of[api-server]}"
    # What is owned by now is written down now.
    until_true 10 eval "! owners | grep -q ' $from\$'" || fail "$case: $from stays recorded"
  fi
  before=$([ "$system" = keepalived ] || owners)
  heal "$case" "$from"
  sleep 2
  unwatch asked
  [ -z "${FAILOVER_KEEP:-}" ] || cp "$state/asked" "$FAILOVER_KEEP/$case-$system"
  # Silence is from the last answer before the failure to the first of another one. A killed keepalived leaves the address to a kernel that goes on answering: there it is from the kill.
  awk -v old="$mac" -v struck="$struck" -v kernel="$([ "$system-$case" = keepalived-kill ] && echo yes)" '
    $1 == "told" && $3 != old && !told { told = $2 }
    $1 != "answer" { next }
    $3 == old && !first { last = $2 }
    $3 != old && !first { first = $2 }
    $3 == old && first { late++; if ($2 > lastlate) lastlate = $2 }
    END { from = kernel ? struck : last; printf "%.3f %.3f %d %.0f\n", (first - from) / 1000, (told - from) / 1000, late, late ? (lastlate - first) / 1000 : 0 }' "$state/asked" >"$state/judged"
  read -r silent told late until_ms <"$state/judged"
  note "failover-$case@$system" "$silent"
  note "failover-$case-told@$system" "$told"
  note "failover-$case-late@$system" "$late"
  echo "      $case $system from $from: $silent ms, first announcement $told ms, $late answers of the old owner afterwards$([ "$late" -eq 0 ] || echo ", until $until_ms ms after")" >&2
  if [ "$system" = keepalived ]; then rival_settled || fail "keepalived does not settle after $case: $unsettled"; return; fi
  settled || fail "the cluster does not settle after $case: $unsettled"
  [ -z "${FAILOVER_KEEP:-}" ] || cp "$state"/speaker*.log "$FAILOVER_KEEP"
  moved=$(diff <(owners) <(echo "$before") | grep '^[<>]' || true)
  note "failover-back@LbSpeaker" "$(grep -c '^<' <<<"$moved" || true)"
  [ -z "$moved" ] || echo "      $case: $from came back, and owners are now (<) and were (>): $(tr '\n' ' ' <<<"$moved")" >&2
}

# plan CASE: a change of owner by intent, while packets go through the address.
plan() {
  local case=$1 from=$owner to number mac
  number=${from: -1} mac=$(mac_of "$from")
  watch asked ask "$target"
  watch streamed stream "$target"
  sleep 0.5
  case $case in
    term)
      kill -TERM "${pid_of[speaker$number]}"
      until_true 10 eval "! kill -0 ${pid_of[speaker$number]}" || fail "the speaker of $from does not end"
      unset "pid_of[speaker$number]"
      ;;
    move)
      to=node$((number % 3 + 1))
      within api "$LBSPEAKER" move "$target" "$to" --kubeconfig "$KUBECONFIG" --namespace lbspeaker-system >"$state/move.log" 2>&1 || fail "the move fails: $(cat "$state/move.log")"
      ;;
  esac
  until_true 10 is_taken "$mac" || fail "$case: nobody takes over from $from"
  sleep 1.5
  unwatch asked
  unwatch streamed
  awk -v old="$mac" '
    $1 != "answer" { next }
    $3 == old && !first { last = $2 }
    $3 != old && !first { first = $2 }
    $3 == old && first && $2 > first + 1000000 { late++ }
    $3 == old && first { both = $2 - first }
    END { printf "%.3f %d %.0f\n", (first - last) / 1000, late, both / 1000 }' "$state/asked" >"$state/judged"
  read -r silent late both <"$state/judged"
  read -r _ sent _ lost _ longest <"$state/streamed"
  note "failover-$case@LbSpeaker" "$silent"
  note "failover-$case-late@LbSpeaker" "$late"
  note "failover-$case-lost@LbSpeaker" "$lost"
  echo "      $case from $from: silent $silent ms, both for $both ms; of $sent requests $lost lost, $longest in a row; $late late answers" >&2
  [ "$case" != term ] || start_speaker "$number"
  settled || fail "the cluster does not settle after $case: $unsettled"
}

network
echo "    a cluster of three nodes" >&2
start_cluster
if [[ "$cases" =~ \ (kill|cut|gone)\  ]]; then start_rivals; fi
for round in $(seq "$rounds"); do
  echo "    round $round of $rounds" >&2
  for case in "${unplanned[@]}"; do
    wanted "$case" || continue
    fall "$case" LbSpeaker
    [[ $rival_cases != *" $case "* ]] || fall "$case" keepalived
  done
  for case in "${planned[@]}"; do
    ! wanted "$case" || plan "$case"
  done
done

# Busy: nobody fails, and two programs that never rest for each core take the processor from the speakers.
if wanted busy && [ "$busy_seconds" -gt 0 ]; then
  echo "    busy for $busy_seconds s" >&2
  settled || fail "the cluster does not settle: $unsettled"
  changes() { cat "$state"/speaker[123].log | grep -c '"live speakers: ' || true; }
  before=$(changes)
  watch asked ask "$target"
  for i in $(seq $((2 * $(nproc)))); do daemon "busy$i" sh -c 'while :; do :; done'; done
  sleep "$busy_seconds"
  for i in $(seq $((2 * $(nproc)))); do gone "busy$i"; done
  unwatch asked
  note failover-busy@LbSpeaker "$(awk '$1 == "answer" && mac && $3 != mac { n++ } $1 == "answer" { mac = $3 } END { print n + 0 }' "$state/asked")"
  note failover-busy-deaths@LbSpeaker $(($(changes) - before))
  [ -z "${FAILOVER_KEEP:-}" ] || cp "$state"/speaker*.log "$FAILOVER_KEEP"
  [ "$busy_seconds" -eq 600 ] || echo "# the nodes were busy for $busy_seconds s, not for ten minutes"
fi

# A node that joins: nothing moves to it.
if wanted join; then
  owners >"$state/before"
  make_node 4
  kubectl apply -f - >/dev/null <<YAML
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node4", "labels": {"kubernetes.io/hostname": "node4"}}}
YAML
  kubectl patch node node4 --subresource=status --type=merge -p "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"$segment.4\"}]}}" >/dev/null
  start_speaker 4
  until_true 20 eval '[ "$(members 4)" -eq 3 ]' || fail "nobody hears the fourth node"
  sleep 3
  note failover-join@LbSpeaker "$(diff "$state/before" <(owners) | grep -c '^>' || true)"
  kubectl delete node node4 >/dev/null
  remove node4
  gone speaker4
fi

for name in "${!values[@]}"; do
  case $name in
    failover-back@* | failover-join@*) unit=addresses ;;
    failover-busy*) unit=changes ;;
    *-late@*) unit=answers ;;
    *-lost@*) unit=replies ;;
    *) unit=ms ;;
  esac
  echo "$name${values[$name]} $unit"
done | sort
