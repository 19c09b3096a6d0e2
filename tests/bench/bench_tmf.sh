#!/bin/sh
# bench_tmf -- reading TMF resources over HTTP with 32 connections: as fast as answers come, then at half of that rate.
. "$(dirname "$0")/common.sh"
seconds=${BENCH_SECONDS:-3}
stack
tool load_order 40 >/dev/null
api=/tmf-api/customerManagement/v4/customer
one=$("$bss" customer list --json | grep -o 'CUST-[0-9a-f]*' | sed -n 1p)

reads() { # TITLE PATH
	tool load_get "$BSS_HTTP_PORT" 32 "$seconds" "$2" >"$bench_dir/full"
	rate=$(field per_second <"$bench_dir/full")
	tool load_get "$BSS_HTTP_PORT" 32 "$seconds" "$2" "$((rate / 2))" >"$bench_dir/half"
	figure "GET $1 ($(field bytes <"$bench_dir/full") bytes)" "$rate" /s ">=" -
	figure "    $1, p99 at full load" "$(field p99_us <"$bench_dir/full")e-3" ms "<=" 3
	figure "    $1, p50 at half load" "$(field p50_us <"$bench_dir/half")e-3" ms "<=" 0.5
	figure "    $1, p99 at half load" "$(field p99_us <"$bench_dir/half")e-3" ms "<=" -
}

heading "TMF reads of customers, 32 connections"
reads "by id" "$api/$one"
reads "a list of 20" "$api?limit=20"
