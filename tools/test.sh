#!/usr/bin/env bash
# Runs every test, those in network namespaces and those of the native binary too (as root), and ends with a line "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

need_dotnet
need ip iproute2 '/usr/lib/*/libpcap.so.0.8' libpcap0.8 arping arping ndisc6 ndisc6
need chromium chromium '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' fonts-dejavu-core
need promtool prometheus tshark tshark kubectl kubernetes-client nft nftables bird bird2 vtysh frr gobgpd gobgpd bgpctl openbgpd exabgp exabgp
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

tools/build.sh
export LBSPEAKER_BINARY=$PWD/out/lbspeaker
case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac
tools/image.sh
export LBSPEAKER_IMAGE=$(compgen -G "$PWD/out/lbspeaker-*-$arch.oci.tar")
# Of the other processor what was made before, where it is of these sources: to make it here would take minutes.
if [ "$arch" = amd64 ] && [ -x out/lbspeaker-linux-arm64 ] && RID=linux-arm64 tools/build.sh --check && arm64=$(compgen -G "$PWD/out/lbspeaker-*-arm64.oci.tar") && [ "$arm64" -nt out/lbspeaker-linux-arm64 ]; then
  need qemu-aarch64-static qemu-user-static
  export LBSPEAKER_IMAGE_ARM64=$arm64
else
  echo "==> the image for arm64 is not tested: RID=linux-arm64 tools/image.sh makes one of these sources"
fi

echo "==> building"
dotnet build LbSpeaker.sln -c Release -v q --nologo

results=$(mktemp -d) kubectl=$(mktemp -d)
trap 'rm -rf "$results" "$kubectl"' EXIT
fetch_old_kubectl "$kubectl"
passed=0 failed=0 skipped=0 broken=0
for project in tests/*.Tests/*.Tests.csproj; do
  name=$(basename "$project" .csproj)
  compgen -G "$(dirname "$project")/*.cs" >/dev/null || compgen -G "$(dirname "$project")/*/*.cs" >/dev/null || continue
  echo "==> $name"
  code=0
  dotnet test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$results/$name.trx" --logger 'console;verbosity=minimal' || code=$?
  if [ ! -s "$results/$name.trx" ]; then
    echo "$name did not run (exit code $code)" >&2
    broken=1
    continue
  fi
  counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" | head -1)
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count failed)))
  skipped=$((skipped + $(count total) - $(count executed)))
  if [ "$code" -ne 0 ] && [ "$(count failed)" -eq 0 ]; then
    echo "$name ended with exit code $code" >&2
    broken=1
  fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$broken" -eq 0 ] && [ "$passed" -gt 0 ]
