#!/bin/sh
# campaign.sh [SECONDS] -- kill -9 under load against a private stack; a minute unless said.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
exec "$here/tests/stack.sh" run "${CAMPAIGN_BIN:-$here/build-test/campaign}" "${1:-60}"
