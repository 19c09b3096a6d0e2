#!/bin/sh
# run.sh BASE_URL TOKEN -- TM Forum's conformance kits, then every answer against the official documents, on a running stack.
# Both default to what tests/stack.sh sets.  The kits audit all rows of a list, so they want a fresh stack and come first.
set -eu
base=${1:-${STACK_URL:?usage: tests/tmf/run.sh BASE_URL TOKEN}}
token=${2:-${BSS_API_TOKEN:?usage: tests/tmf/run.sh BASE_URL TOKEN}}
cd "$(dirname "$0")"
command -v npm >/dev/null || { echo "npm is not installed: skipped"; exit 77; }
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-fund --no-audit --loglevel=error
status=0
node kits.js "$base" "$token" || status=1
node contract.js "$base" "$token" || status=1
exit $status
