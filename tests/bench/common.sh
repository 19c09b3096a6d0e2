# common.sh -- what the benches that run the whole stack share: sourced, not run.
#
#   stack                                 a private stack of its own; it goes when the shell does
#   sql TEXT                              as the owner of its Postgres
#   tool NAME ARGS…                       a load generator: builds it, runs it
#   field NAME                            a number out of a line of JSON
#   heading TITLE                         a table begins
#   ratio FIGURE MEASURED UNIT LIMIT OP AIM       aim for measured / limit
#   beside FIGURE MEASURED UNIT LIMIT OP AIM      aim for what was measured, with a limit beside it
#   figure FIGURE MEASURED UNIT OP AIM            aim for what was measured; no limit to divide by
#
# OP is >= or <=; AIM - is none: the row is there to be read.  Rows with an aim also go to $BENCH_ROWS, for the summary.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
build=${BENCH_BUILD:-$here/build}
export STACK_BIN="$build/bss"
bss=$STACK_BIN

tool() {
	program=$1
	shift
	ninja -C "$build" "$program" >/dev/null
	"$build/$program" "$@"
}

field() { sed -n "s/.*\"$1\":\"\{0,1\}\([0-9.]*\).*/\1/p"; }

heading() {
	printf '\n%s\n%-62s %14s %14s %7s  %-8s\n' "$1" figure measured limit ratio aim
}

print_row() { # FIGURE MEASURED UNIT LIMIT OP AIM OF
	awk -v figure="$1" -v measured="$2" -v unit="$3" -v limit="$4" -v op="$5" -v aim="$6" -v of="$7" -v rows="${BENCH_ROWS:-}" -v bench="$(basename "$0" .sh)" '
	function short(x) { return x == "-" || x == "" ? "-" : x >= 1000 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x) }
	BEGIN {
		ratio = limit == "-" ? "-" : measured / limit
		value = of == "ratio" ? ratio : measured
		verdict = aim == "-" ? "" : (op == ">=" ? value >= aim : value <= aim) ? "met" : "missed"
		printf "%-62s %9s %-4s %14s %7s  %-10s %s\n", figure, short(measured), unit, short(limit), short(ratio),
			aim == "-" ? "-" : op " " aim, verdict
		sub(/^ +/, "", figure)
		if (verdict != "" && rows != "")
			printf "%s\t%s: %s\t%s %s\t%s %s%s\n", verdict, bench, figure, short(value), of == "ratio" ? "x" : unit, op, aim,
				of == "ratio" ? " x" : " " unit >>rows
	}'
}
ratio() { print_row "$1" "$2" "$3" "$4" "$5" "$6" ratio; }
beside() { print_row "$1" "$2" "$3" "$4" "$5" "$6" value; }
figure() { print_row "$1" "$2" "$3" - "$4" "$5" value; }

sql() {
	PGPASSWORD=$(sed -n 's/^bss_owner=//p' "$BSS_STATE_DIR/secrets.env") \
		psql -X -q -t -A -v ON_ERROR_STOP=1 -h "$BSS_STATE_DIR/pg" -p 5432 -U bss_owner -d "${database:-bss}" -c "$1"
}

# name and pid of the app plane's processes: everything `up` runs but Postgres, and `up` itself
processes() {
	echo "up $(cat "$BSS_STATE_DIR/up.pid")"
	grep -o '"name":"[a-z]*","pid":[0-9]*' "$BSS_STATE_DIR/up.status" | sed 's/"name":"\(.*\)","pid":/\1 /; /^postgres/d'
}
process() { processes | sed -n "s/^$1 //p"; }

stack() {
	bench_dir=$(mktemp -d /tmp/bss-bench-XXXXXX)
	trap '"$here/tests/stack.sh" stop "$bench_dir"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	started=$("$here/tests/stack.sh" start "$bench_dir")
	eval "$started"
}

restart() {
	"$bss" down >/dev/null
	"$bss" up --background >/dev/null
}
