#!/bin/sh
# supervisor.sh -- `bss up` against what happens to it: two of it, killed children, killed itself, bad folders, taken
# ports, lost keys.  Its own state folder and port; ends with `N passed, N failed`.
set -u
bin=${STACK_BIN:-$(cd "$(dirname "$0")/../.." && pwd)/build-test/bss}
dir=$(mktemp -d /tmp/bss-up-XXXXXX)
chmod 711 "$dir"
export BSS_STATE_DIR=$dir/s
export BSS_HTTP_PORT=$(($(od -An -N2 -tu2 /dev/urandom) % 20000 + 40000))
unset BSS_DB_URL BSS_API_TOKEN
passed=0 failed=0
trap '"$bin" down >/dev/null 2>&1; rm -rf "$dir"' EXIT
trap 'exit 143' TERM HUP INT

check() { # WHAT COMMAND...
	what=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		echo "FAIL  $what"
		sed 's/^/      /' "$dir/out"
	fi
}
says() { # STATUS TEXT COMMAND...: ends so, and says so
	want=$1 text=$2 got=0
	shift 2
	"$@" >"$dir/said" 2>&1 || got=$?
	cat "$dir/said"
	echo "(status $got, wanted $want and: $text)"
	[ "$got" = "$want" ] && grep -q -- "$text" "$dir/said"
}
pid_of() { "$bin" up --status --json | tr '{' '\n' | sed -n "s/^\"name\":\"$1\",\"pid\":\([0-9]*\).*/\1/p"; }
ready() { "$bin" up --status >/dev/null; }
within() { # SECONDS COMMAND...
	tries=$(($1 * 20))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
all_gone() { for p; do gone "$p" || return 1; done; }
comes_back() { # NAME: killed, it is another process, and everything is ready again
	old=$(pid_of "$1")
	kill -9 "$old"
	within 10 gone "$old" && within 20 back "$1" "$old"
}
back() { now=$(pid_of "$1"); [ -n "$now" ] && [ "$now" != 0 ] && [ "$now" != "$2" ] && ready; }
environment() { tr '\0' '\n' <"/proc/$(pid_of "$1")/environ"; }
lacks() { # PROCESS PATTERN
	environment "$1" >"$dir/env"
	[ -s "$dir/env" ] && ! grep -E "$2" "$dir/env"
}
has() { environment "$1" | grep -qE "$2"; }
owner_is() { [ "$(stat -c %U "/proc/$(pid_of "$1")")" = "$2" ]; }
private() { [ "$(stat -c %a "$1")" = 600 ]; }

exec 9>"$dir/lock"
flock 9
check "starts, and says when it is ready" says 0 "everything is ready" "$bin" up --background
exec 9>&-
check "keeps nothing open that its shell had" flock -n "$dir/lock" true
check "status says ready" ready
check "a second one in the background is content" says 0 "already running" "$bin" up --background
check "a second one in the foreground is not" says 1 "already running" "$bin" up
check "a port that is taken is named" \
	says 1 "Port $BSS_HTTP_PORT on 127.0.0.1 is taken" env BSS_STATE_DIR="$dir/other" "$bin" up

for f in tokens.env secrets.env master.key; do check "$f is private" private "$BSS_STATE_DIR/$f"; done
check "core connects as bss_core" has core 'BSS_DB_URL=.*user=bss_core'
check "gateway connects as bss_gateway" has gateway 'BSS_DB_URL=.*user=bss_gateway'
check "the effect has no database" lacks effect 'BSS_DB_URL'
check "the effect has one token" lacks effect 'BSS_(API|CLI_API|PORTAL_SELF_SERVE_API|OPERATOR_COCKPIT_API)_TOKEN'
check "the projector has no token" lacks project 'TOKEN'
check "Postgres has nothing of ours" lacks postgres 'BSS_'
check "nobody has the owner's password" lacks core "$(sed -n s/^bss_owner=//p "$BSS_STATE_DIR/secrets.env")"
[ "$(id -u)" != 0 ] || for p in up postgres core gateway; do check "$p does not run as root" owner_is "$p" bss; done

for p in core project history effect gateway postgres; do check "$p comes back after kill -9" comes_back "$p"; done

pids=$(for p in up postgres core project history effect gateway; do pid_of "$p"; done)
kill -9 "$(pid_of up)"
# shellcheck disable=SC2086
check "kill -9 of up takes everything with it" within 15 all_gone $pids
check "status says that nothing runs" says 1 "Nothing runs here" "$bin" up --status
check "the next start recovers" says 0 "everything is ready" "$bin" up --background

pids=$(for p in up postgres core project history effect gateway; do pid_of "$p"; done)
check "down stops" says 0 "stopped" "$bin" down
# shellcheck disable=SC2086
check "and leaves no process" all_gone $pids
check "down again is content" says 0 "Nothing runs here" "$bin" down

mv "$BSS_STATE_DIR/master.key" "$dir/key"
check "a lost master key is not replaced" says 2 "master.key" "$bin" up --background
check "and none was made" test ! -e "$BSS_STATE_DIR/master.key"
mv "$dir/key" "$BSS_STATE_DIR/master.key"
chmod 644 "$BSS_STATE_DIR/tokens.env"
check "tokens that others can read are refused" says 2 "can be read by others" "$bin" up --background
chmod 600 "$BSS_STATE_DIR/tokens.env"

long=$dir/$(printf 'x%.0s' $(seq 100))
check "a path too long for a socket is a clear refusal" says 2 "bytes too long" env BSS_STATE_DIR="$long" "$bin" up
check "an unknown option shows the usage" says 2 "usage: bss up" "$bin" up --backgroud
check "a misspelt setting is named" says 2 "BSS_HTTP_PROT" env BSS_HTTP_PROT=1 "$bin" up
check "a port that nobody could know is refused" says 2 "BSS_HTTP_PORT is 0" env BSS_HTTP_PORT=0 BSS_STATE_DIR="$dir/other" "$bin" up
check "a number out of range is named" says 2 "BSS_HTTP_PORT" env BSS_HTTP_PORT=70000 "$bin" up
if [ -w /dev/full ] && [ "$(id -u)" != 0 ]; then
	check "a folder that cannot be written is a clear refusal" says 2 "Set BSS_STATE_DIR" env BSS_STATE_DIR=/proc/x "$bin" up
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
