#!/bin/sh
# command_line.sh -- what `bss scenario` says and how it exits, without a system to talk to.  A script that runs stories has to tell
# a story that failed (1) from a file that is no story (2).
set -eu
bin=${STACK_BIN:?names the program}
dir=$(mktemp -d /tmp/bss-XXXXXX)
trap 'rm -rf "$dir"' EXIT
export BSS_STATE_DIR="$dir/state" BSS_API_TOKEN=
unset BSS_API_TOKEN
failed=0 told=0

# check EXIT PART COMMAND...: the exit status, and a part of what is said
check() {
	want=$1 part=$2
	shift 2
	got=0
	"$bin" scenario "$@" >"$dir/out" 2>&1 </dev/null || got=$?
	told=$((told + 1))
	if [ "$got" != "$want" ] || ! grep -qF -- "$part" "$dir/out"; then
		failed=$((failed + 1))
		echo "bss scenario $*: exit $got instead of $want, or no \"$part\" in:"
		cat "$dir/out"
	fi
}

mkdir "$dir/stories" "$dir/broken" "$dir/empty"
printf 'name: %s\ntags: [%s]\nsteps: []\n' nothing_happens calm >"$dir/stories/a.yaml"
printf 'name: %s\nsteps:\n  - name: ask\n    ask: anything?\n' a_question >"$dir/stories/b.yml"
printf 'name: c\nstepz: []\n' >"$dir/broken/c.yaml"
printf 'name: f\nsteps:\n  - name: %s\n    file: %s\n    capture_regex: {x: {pattern: "one (\\\\d)"}}\n' read \
	"$dir/text" >"$dir/file.yaml"
echo 'one 1' >"$dir/text"

check 0 "✓ $dir/stories/a.yaml — nothing_happens (0 steps)" validate "$dir/stories/a.yaml"
check 1 "✗ $dir/broken/c.yaml" validate "$dir/stories/a.yaml" "$dir/broken/c.yaml"
check 1 "c.yaml:2: a scenario has no \`stepz\`; did you mean \`steps\`?" validate "$dir/broken/c.yaml"
check 1 "No such file" validate "$dir/none.yaml"
check 0 "nothing_happens" list "$dir/stories"
check 0 "INVALID" list "$dir/broken"
check 2 "is not a folder" list "$dir/none"
check 0 "PASS — nothing_happens" run "$dir/stories/a.yaml"
check 0 "x=1" run "$dir/file.yaml"
check 1 "FAIL — a_question" run "$dir/stories/b.yml"
check 1 "--no-llm rules it out" run "$dir/stories/b.yml" --no-llm
check 0 '"passed":true' run "$dir/stories/a.yaml" --json
check 2 "c.yaml:2" run "$dir/broken/c.yaml"
check 2 "exclude each other" run "$dir/stories/a.yaml" --no-llm --via-llm
check 1 "1 passed, 1 failed" run-all "$dir/stories"
check 0 "1 passed, 0 failed" run-all "$dir/stories" --tag calm
check 0 "no scenario" run-all "$dir/stories" --tag wild
check 0 "no scenario" run-all "$dir/empty"
check 2 "c.yaml:2" run-all "$dir/broken"
check 2 "is not a folder" run-all "$dir/none"
check 2 "no such option" run --fast
check 2 "usage" fly
echo "$((told - failed)) passed, $failed failed"
[ "$failed" = 0 ]
