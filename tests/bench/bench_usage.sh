#!/bin/sh
# bench_usage -- usage records over HTTP: each accepted, rated, debited and durable before its answer.  Then what a million
# events cost later: the world replayed by a core that starts, every read model made again.
. "$(dirname "$0")/common.sh"
seconds=${BENCH_SECONDS:-5}
stack
number=$(tool load_order 1 | field msisdn)

lag() { "$bss" project status --json | grep -o '"lag_events":[ \t]*[0-9]*' | sed 's/.*[^0-9]//' | sort -n | tail -n 1; }
head_position() { sql "SELECT position FROM log.head"; }
caught_up() { # seconds until the slowest read model stands at the log's head
	began=$(date +%s%N)
	while [ "$(lag)" -gt 0 ]; do sleep 0.05; done
	echo $((($(date +%s%N) - began) / 1000000))
}
records() { # TITLE CONNECTIONS RECORDS_A_REQUEST AIM
	tool load_http "$BSS_HTTP_PORT" "$2" "$3" "$seconds" "$number" >"$bench_dir/out"
	behind=$(lag)
	[ "$(field rated <"$bench_dir/out")" -ge "$(field answered <"$bench_dir/out")" ] || echo "not every record was rated" >&2
	figure "$1" "$(field per_second <"$bench_dir/out")" /s ">=" "$4"
	figure "    p50 of a request" "$(($(field p50_us <"$bench_dir/out") / 1000))" ms "<=" -
	figure "    slowest read model behind, at the end" "$behind" "" "<=" -
	figure "    and level after" "$(caught_up)" ms "<=" -
}

heading "usage over HTTP: accepted, rated, debited, durable"
records "records in batches of 1000, 4 connections" 4 1000 50000
records "records one by one, 64 connections" 64 1 10000

while [ "$(head_position)" -lt 1000000 ]; do
	tool load_http "$BSS_HTTP_PORT" 4 1000 1 "$number" >/dev/null
done
caught_up >/dev/null
events=$(head_position)
heading "from the same log: $events events"
restart
took=$(grep -h '"core.replayed"' "$BSS_STATE_DIR"/logs/core.log | tail -n 1 | field milliseconds)
began=$(date +%s%N)
sql "COPY (SELECT position, stream, version, type, subject, occurred_at, recorded_at, body, hash FROM log.event ORDER BY position)
	TO STDOUT (FORMAT binary)" >/dev/null
out=$((($(date +%s%N) - began) / 1000000))
beside "the world replayed by a starting core; limit: COPY the log out" "$((events * 1000 / (took + 1)))" /s \
	"$((events * 1000 / out))" ">=" 1000000
began=$(date +%s%N)
"$bss" project rebuild >"$bench_dir/out" 2>&1 || cat "$bench_dir/out"
took=$((($(date +%s%N) - began) / 1000000))
figure "all read models rebuilt, on the running system" "$((events * 1000 / took))" /s ">=" 200000
