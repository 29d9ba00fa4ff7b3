#!/usr/bin/env bash
# The main job from end to end, in network namespaces of its own: an embedded API server, two controllers, three speakers, and the real
# kubectl. No interface outside of these namespaces is touched.
#   tools/demo.sh              Layer 2: three nodes and a client on one bridge; ARP, NDP, a killed owner
#   tools/demo.sh bgp          BGP: three nodes, BIRD and FRR, a client behind them; both families, ECMP, BFD, a drain
#   tools/demo.sh [bgp] --keep leaves the lab up and prints the KUBECONFIG line
#   tools/demo.sh [bgp] --down removes it
# It tears the lab down, and exits 0 only if every step held; else it says which did not.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
. tools/demo/lab.sh

demo=layer2 keep=no command="tools/demo.sh"
if [ "${1:-}" = bgp ]; then demo=bgp command="tools/demo.sh bgp"; shift; fi
. "tools/demo/$demo.sh"
[ $# -le 1 ] || set -- usage
case "${1:-}" in
  '') ;;
  --keep) keep=yes ;;
  --down) [ "$(id -u)" -eq 0 ] || { echo "root is needed to remove the lab" >&2; exit 2; }; down; echo "the lab is gone"; exit 0 ;;
  *) echo "usage: tools/demo.sh [bgp] [--keep | --down]" >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo "root is needed: the lab is made of network namespaces, and speakers open raw sockets. Try: sudo $command" >&2; exit 2; }

begin "tools from Debian's packages"
need_dotnet
need ip iproute2 '/usr/lib/*/libpcap.so.0.8' libpcap0.8 nft nftables curl curl kubectl kubernetes-client
need_more
echo "all there"

begin "build: lbspeaker as the native image that ships, the lab's own tool as managed code"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
tools/build.sh
dotnet build tools/LbSpeaker.Lab -c Release -v q --nologo
readonly lbspeaker=$PWD/out/lbspeaker lab=$PWD/tools/LbSpeaker.Lab/bin/Release/net10.0/lbspeaker-lab

down
trap finish EXIT
mkdir -p "$state"
export KUBECONFIG=$state/kubeconfig
built=$SECONDS
show
echo
echo "every step held, in $((SECONDS - built)) s after the build"
