#!/usr/bin/env bash
# Builds the native lbspeaker into out/lbspeaker; does nothing where that is up to date with its sources. Takes a minute or two of processor time.
#   tools/build.sh           for this machine's processor
#   RID=linux-arm64 ...      for that one, with Debian's cross compiler
#   tools/build.sh --check   builds nothing: exit code 1 where there is something to build
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

need_dotnet
need gcc gcc
case "$(uname -m)" in aarch64) machine=linux-arm64 ;; *) machine=linux-x64 ;; esac
readonly rid=${RID:-$machine}
linker=()
if [ "$rid" = linux-arm64 ] && [ "$machine" != "$rid" ]; then
  need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu /usr/aarch64-linux-gnu/lib/libc.so libc6-dev-arm64-cross
  # dotnet tells its linker the target as clang wants to hear it; this compiler has one only.
  mkdir -p out
  printf '%s\n' '#!/bin/bash' 'for word; do [[ $word = --target=* ]] || words+=("$word"); done' 'exec aarch64-linux-gnu-gcc "${words[@]}"' >out/aarch64-cc
  chmod +x out/aarch64-cc
  linker=("-p:CppCompilerAndLinker=$PWD/out/aarch64-cc" -p:ObjCopyName=aarch64-linux-gnu-objcopy)
fi
readonly binary=out/lbspeaker$([ "$rid" = "$machine" ] || echo "-$rid") publish=out/publish-$rid
# What the binary is linked from, by package.
readonly assets=$publish.assets.json
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# One build at a time: the demo and the tests may both ask.
mkdir -p out
exec 9>out/.build-lock
flock 9

# All that a build depends on, by content: a file that was removed or checked out with an old date counts too.
inputs=$({ dotnet --version; echo "$rid"; find src Directory.Build.props Directory.Packages.props \( -name bin -o -name obj -o -name '*.md' \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; } | sha256sum)
if [ -x "$binary" ] && [ -e "$assets" ] && [ "$(cat "$binary.inputs" 2>/dev/null)" = "$inputs" ]; then
  echo "$binary is up to date"
  exit 0
fi
if [ "${1:-}" = --check ]; then
  echo "$binary is not of these sources"
  exit 1
fi

echo "==> $binary: native compilation for $rid"
rm -f "$binary.inputs"
begin=$SECONDS
(while sleep 15; do echo "    $((SECONDS - begin)) s"; done) &
ticker=$!
trap 'kill $ticker 2>/dev/null' EXIT
# The nodes of a build outlive it by minutes, and would keep the lock.
dotnet publish src/LbSpeaker -c Release -r "$rid" -o "$publish" -v m --nologo "${linker[@]}" 9>&-
mv "$publish/lbspeaker" "$binary"
cp src/LbSpeaker/obj/project.assets.json "$assets"
echo "$inputs" >"$binary.inputs"
echo "$binary: $(($(stat -c %s "$binary") / 1000)) kB after $((SECONDS - begin)) s; its symbols are in $publish/lbspeaker.dbg"
