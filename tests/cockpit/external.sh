#!/bin/sh
# external.sh -- `bss up` on somebody's own Postgres (BSS_DB_URL): the owner's name stays with the supervisor, the tools need no
# variable, and a start that forgets it makes no second, empty system.
set -eu
bin=${STACK_BIN:?names the program}
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d /tmp/bss-XXXXXX)
chmod 711 "$dir"
export BSS_STATE_DIR="$dir/s"
BSS_HTTP_PORT=$(($(od -An -N2 -tu2 /dev/urandom) % 12000 + 20000))
export BSS_HTTP_PORT
unset BSS_API_TOKEN BSS_DB_URL
trap '"$bin" down >/dev/null 2>&1 || true; "$here/pg.sh" stop "$dir/pg" >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
failed=0 told=0

# says EXIT PART COMMAND...
says() {
	want=$1 part=$2 got=0
	shift 2
	timeout 120 "$@" >"$dir/out" 2>&1 </dev/null || got=$?
	told=$((told + 1))
	[ "$got" = "$want" ] && grep -qF -- "$part" "$dir/out" && return
	failed=$((failed + 1))
	echo "$*: exit $got, wanted $want and: $part"
	sed 's/^/  /' "$dir/out"
}
environment() { # of a process, into DIR/NAME.env
	pid=$("$bin" up --status --json | tr '{' '\n' | sed -n "s/^\"name\":\"$1\",\"pid\":\([0-9]*\).*/\1/p")
	tr '\0' '\n' <"/proc/$pid/environ" >"$dir/$1.env"
}

url=$("$here/pg.sh" start "$dir/pg" | tail -n 1)
says 0 "everything is ready" env BSS_DB_URL="$url" "$bin" up --background
says 0 "Seed complete" "$bin" admin seed --if-empty
says 0 "PLAN_M" "$bin" catalog list
says 0 "Created CUST-" "$bin" customer create --name "Grace Hopper" --email grace@example.com
for p in core project history gateway; do
	environment "$p"
	says 0 "user='bss_$p'" grep BSS_DB_URL "$dir/$p.env"
	says 1 "0" grep -c "owner" "$dir/$p.env"
done
says 0 "crm" "$bin" project status
says 0 "crm: rebuilt and live are the same" "$bin" project rebuild crm --verify
says 0 "crm: rebuilt and live are the same" env BSS_DB_URL="$url" "$bin" project rebuild crm --verify    # in the role's name
says 0 "Grace Hopper" "$bin" customer list
says 0 "already running" env BSS_DB_URL="$url" "$bin" up --background
says 0 "stopped" "$bin" down                       # and what starts again has nothing to apply: it must be ready all the same
says 2 "BSS_DB_URL does not say which" "$bin" up --background
says 0 "everything is ready" env BSS_DB_URL="$url" "$bin" up --background
says 0 "nothing to seed" "$bin" admin seed --if-empty
psql=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)/psql
tamper="UPDATE log.event SET subject = 'x' WHERE position = 3"
says 1 "append-only" "$psql" -X "$url" -c "$tamper"
says 0 "The chain holds" "$bin" log verify
says 0 "UPDATE 1" "$psql" -X "$url" -c "SET session_replication_role = replica; $tamper"
says 1 "BROKEN at position 3" "$bin" log verify
says 0 "UPDATE 1" "$psql" -X "$url" -c "SET session_replication_role = replica; UPDATE log.event SET subject = NULL WHERE position = 3"
mv "$BSS_STATE_DIR/master.key" "$dir/kept"
says 0 "stopped" "$bin" down
says 1 "does not open the keys" env BSS_DB_URL="$url" "$bin" up --background
says 2 "cannot be read" env BSS_DB_URL=nonsense "$bin" up --background

echo "$((told - failed)) passed, $failed failed"
[ "$failed" = 0 ]
