#!/bin/sh
# run.sh -- plays every story against a system that runs already: the one that the environment names, else this
# user's own (tests/stack.sh run tests/scenarios/run.sh makes one for the occasion).
#
#   tests/scenarios/run.sh [--tag TAG] [--json]
#
# Stories that freeze the clock remove what stories made before them, so do not point this at a system that matters.
# Exit status: 0 all passed, 1 one failed, 2 a file is no story.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${STACK_BIN:-$here/../../build/bss}
[ -x "$bin" ] || { echo "run.sh: there is no $bin; set STACK_BIN" >&2; exit 1; }

# a story that is none must stop everything before the first one has changed anything
"$bin" scenario validate "$here"/*.yaml "$here"/http/*.yaml >/dev/null ||
	{ "$bin" scenario validate "$here"/*.yaml "$here"/http/*.yaml; exit 2; }
status=0
"$bin" scenario run-all "$here" --no-llm "$@" || status=$?

# those that talk HTTP are told where, and as whom
[ -n "${STACK_URL:-}" ] && [ -n "${BSS_API_TOKEN:-}" ] || exit "$status"
dir=$(mktemp -d /tmp/bss-XXXXXX)
trap 'rm -rf "$dir"' EXIT
printf 'note: 1\nnote: 42\n' >"$dir/notes.txt"
for story in "$here"/http/*.yaml; do
	sed -e "s|http://localhost:8000|$STACK_URL|" -e "s|token: none|token: $BSS_API_TOKEN|" -e "s|./notes.txt|$dir/notes.txt|" \
		"$story" >"$dir/${story##*/}"
done
"$bin" scenario run-all "$dir" --no-llm "$@" || status=$?
exit "$status"
