#!/usr/bin/env bash
# Packs the native lbspeaker into an OCI archive, without Docker and without a registry: out/lbspeaker-VERSION-ARCH.oci.tar, and its SBOM beside it.
# The libraries in it are Debian's, downloaded and unpacked beside the machine's own.
#   tools/image.sh                   for this machine's processor
#   RID=linux-arm64 tools/image.sh   for another (see tools/build.sh)
#   SOURCE_DATE_EPOCH=SECONDS        the time that everything in it is said to be of; 0 where it is not set
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

case "$(uname -m)" in aarch64) machine=linux-arm64 ;; *) machine=linux-x64 ;; esac
rid=${RID:-$machine}
case "$rid" in linux-x64) arch=amd64 ;; linux-arm64) arch=arm64 ;; *) echo "no image is made for $rid" >&2; exit 2 ;; esac
RID=$rid tools/build.sh
binary=out/lbspeaker$([ "$rid" = "$machine" ] || echo "-$rid")
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
archive=out/lbspeaker-$version-$arch.oci.tar

echo "==> Debian packages for $arch"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,debs,packages}
# Lists and downloads of its own, so that nothing of the machine changes and another architecture needs no setting.
apt=(-qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$work/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update
# What apt itself would install beside an empty system.
mapfile -t names < <(apt-get "${apt[@]}" --simulate --no-install-recommends install libc6 libpcap0.8 libssl3 | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
(cd "$work/debs" && apt-get "${apt[@]}" download "${names[@]}")
for deb in "$work"/debs/*.deb; do
  name=$(dpkg-deb -f "$deb" Package)
  mkdir -p "$work/packages/$name/files"
  dpkg-deb -f "$deb" >"$work/packages/$name/control"
  dpkg-deb -x "$deb" "$work/packages/$name/files"
done

echo "==> $archive"
rm -f out/lbspeaker-*-"$arch".oci.tar*
store=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
dotnet run --project tools/LbSpeaker.Image -c Release -v q -- --binary "$binary" --packages "$work/packages" --assets "out/publish-$rid.assets.json" --nuget "$store" \
  --license LICENSE --image-version "$version" --epoch "${SOURCE_DATE_EPOCH:-0}" --output "$archive"
