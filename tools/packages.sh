# Sourced: installs what a script needs from Debian's packages, and says so.
# need COMMAND-OR-FILE PACKAGE ... : pairs; only what is missing is installed.
need() {
  local missing=()
  while [ $# -ge 2 ]; do
    if [ "${1#/}" != "$1" ]; then compgen -G "$1" >/dev/null || missing+=("$2"); else command -v "$1" >/dev/null || missing+=("$2"); fi
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing: ${missing[*]}. Run this as root, or install them first: apt-get install ${missing[*]}" >&2
    exit 2
  fi
  echo "==> installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # Daemons are started where they are needed, in network namespaces: Debian is not to start them on the machine.
  local policy=/usr/sbin/policy-rc.d made=no code=0
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=yes; }
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || code=$?
  [ $made = no ] || rm -f "$policy"
  return $code
}

need_dotnet() {
  command -v dotnet >/dev/null && return 0
  echo "dotnet is missing: install the .NET 10 SDK first" >&2
  exit 2
}

# fetch_old_kubectl FOLDER: Debian's kubectl 1.20 beside whatever kubectl the machine has, unpacked and not installed; names it in
# LBSPEAKER_KUBECTL_OLD. Without it, what is asked of it is skipped.
fetch_old_kubectl() {
  local folder=$1
  if (cd "$folder" && { apt-get download -qq kubernetes-client || { apt-get update -qq && apt-get download -qq kubernetes-client; }; } && dpkg -x kubernetes-client_*.deb .) >"$folder/log" 2>&1; then
    export LBSPEAKER_KUBECTL_OLD=$folder/usr/bin/kubectl
  else
    echo "kubectl 1.20 cannot be had from Debian's packages here ($(tail -n 1 "$folder/log")); its tests are skipped" >&2
  fi
}
