#!/bin/sh
# bench_order -- from an order placed to a line that is active: decomposition, reservations, the charge, the network's
# tasks, each step committed; the simulators answer at once.
. "$(dirname "$0")/common.sh"
stack
tool load_order "${BENCH_ORDERS:-500}" >"$bench_dir/out"
heading "an order placed until its line is active, one after another, the simulators' delays at zero"
figure "placed until active, p50" "$(($(field p50_us <"$bench_dir/out")))e-3" ms "<=" -
figure "placed until active, p99" "$(($(field p99_us <"$bench_dir/out")))e-3" ms "<=" 20
