#!/bin/sh
# run.sh PROGRAM -- starts a stack with limits that are reached in seconds, runs PROGRAM against it, looks into its logs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export BSS_HTTP_TIMEOUT_SECONDS=3 BSS_HTTP_MAX_CONNECTIONS=200 BSS_HTTP_MAX_PER_ADDRESS=60
export BSS_HTTP_MAX_BODY=4194304 BSS_HTTP_MAX_HELD=8388608
exec "$here/../stack.sh" run "$@"
