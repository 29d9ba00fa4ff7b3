#!/usr/bin/env bash
# Writes manifests/lbspeaker.yaml, the whole installation as one file, from the kustomization beside it. Run it after a change there; a test compares the two.
set -euo pipefail
cd "$(dirname "$0")/.."
{
  echo "# Made by tools/manifests.sh from kustomization.yaml: change what that names, not this."
  kubectl kustomize manifests
} >manifests/lbspeaker.yaml.new
mv manifests/lbspeaker.yaml.new manifests/lbspeaker.yaml
