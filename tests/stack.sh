#!/bin/sh
# stack.sh -- a whole private system for tests: its own Postgres, its own folder, a free port, no delays.
#
#   tests/stack.sh start DIR      starts and seeds it, prints `export NAME=value` lines for the shell that asked
#   tests/stack.sh stop DIR       stops it and deletes DIR
#   tests/stack.sh run COMMAND…   both around COMMAND, whatever ends it; its exit status is the result
#
# STACK_BIN names the program, STACK_URL where its HTTP is (no BSS_ names: those are all settings); settings given in the environment (BSS_...) hold for the stack too.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
bin=${STACK_BIN:-$here/build-test/bss}
[ -x "$bin" ] || { echo "stack.sh: there is no $bin; set STACK_BIN or run scripts/test" >&2; exit 1; }

# nobody listens on it now; ports below 20000 are left to others
free_port() {
	while :; do
		port=$(($(od -An -N2 -tu2 /dev/urandom) % 40000 + 20000))
		hex=$(printf ':%04X' "$port")
		grep -q "$hex " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
	done
	echo "$port"
}

settings() {
	cat <<-SET
		export STACK_BIN='$bin'
		export BSS_STATE_DIR='$1/s'
		export BSS_HTTP_PORT='$2'
		export BSS_ALLOW_ADMIN_RESET='${BSS_ALLOW_ADMIN_RESET:-true}'
		export BSS_SIM_DELAY_SCALE='${BSS_SIM_DELAY_SCALE:-0}'
		export STACK_URL='http://127.0.0.1:$2'
	SET
}

start() {
	mkdir -p "$1"
	chmod 711 "$1"                            # root's stack runs as the user bss, who has to get through
	settings "$1" "$(free_port)" >"$1/env"
	. "$1/env"
	unset BSS_DB_URL BSS_API_TOKEN BSS_CLI_API_TOKEN     # of another system, if they are set
	{ "$bin" up --background && "$bin" admin seed; } >"$1/start.log" 2>&1 || {
		cat "$1/start.log" >&2
		tail -n 20 "$1"/s/logs/*.log >&2
		stop "$1"
		exit 1
	}
	cat "$1/env"
	sed -n "s/^\(BSS_API_TOKEN\)=\(.*\)/export \1='\2'/p" "$1/s/tokens.env"
}

stop() {
	[ ! -d "$1/s" ] || BSS_STATE_DIR=$1/s "$bin" down >/dev/null 2>&1 || true
	rm -rf "$1"
}

run() {
	dir=$(mktemp -d /tmp/bss-XXXXXX)
	trap 'stop "$dir"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	started=$(start "$dir")
	eval "$started"
	"$@" &
	wait $!                                   # a trap may interrupt a wait, not a foreground command
}

action=$1
shift
case $action in
start | stop | run) "$action" "$@" ;;
*) echo "usage: tests/stack.sh start DIR | stop DIR | run COMMAND..." >&2; exit 2 ;;
esac
