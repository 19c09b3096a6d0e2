#!/bin/sh
# bench_start -- what the system takes when nothing happens, and how soon it is there again.
. "$(dirname "$0")/common.sh"
stack

pss() { sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup"; }
start_ms() {
	"$bss" down >/dev/null
	began=$(date +%s%N)
	"$bss" up --background >/dev/null
	echo $((($(date +%s%N) - began) / 1000000))
}

heading "memory at rest, after the seed: proportional set size, processes of the app plane"
total=0
processes >"$bench_dir/processes"
while read -r name pid; do
	kib=$(pss "$pid")
	total=$((total + kib))
	figure "    $name" "$((kib * 10 / 1024))e-1" MiB "<=" -
done <"$bench_dir/processes"
figure "memory of all together" "$((total * 10 / 1024))e-1" MiB "<=" 32

heading "up on an existing state folder, until everything is ready"
for i in 1 2 3 4 5; do start_ms; done | sort -n >"$bench_dir/starts"
figure "up until ready, Postgres with it, median of five" "$(sed -n 3p "$bench_dir/starts")e-3" s "<=" 0.5
