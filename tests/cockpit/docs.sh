#!/bin/sh
# docs.sh -- the documents say what is true: the tour of the README works line by line on a system that runs, and every command
# of README, handbook and runbooks is one, with flags that it has.
set -eu
bin=${STACK_BIN:?names the program}
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d /tmp/bss-XXXXXX)
trap 'rm -rf "$dir"' EXIT
export LANG=C.UTF-8 COLUMNS=80 bss="$bin"
failed=0 told=0

wrong() {
	failed=$((failed + 1))
	echo "$1"
	head -n 8 "$dir/out"
}

# ---- the tour: ids are those of the answers before -----------------------------------------------------------------
customer=none order=none line=none number=none position=none
grep '^\$bss ' "$here/README.md" >"$dir/tour"
while IFS= read -r said; do
	command=$(printf '%s' "${said%% \#*}" | sed "s/CUST-…/$customer/; s/ORD-…/$order/; s/SUB-…/$line/; s/9000…/$number/; s/POSITION/$position/")
	told=$((told + 1))
	sh -c "$command" >"$dir/out" 2>&1 </dev/null || wrong "README: $command: exit $?"
	found() { sed -n "s/$1/\\1/p" "$dir/out" | head -n 1; }
	case $command in
	*"customer create"*) customer=$(found '^Created \(CUST-[^ ]*\).*') ;;
	*"order create"*) order=$(found '^Created \(ORD-[^ ]*\).*') ;;
	*"subscription list"*) line=$(found '^\(SUB-[^ ]*\).*') number=$(found '.*MSISDN \([0-9]*\)$') ;;
	*"log show"*) position=$(found '^│ *\([0-9][0-9]*\) .*') ;;
	esac
done <"$dir/tour"
[ "$told" -gt 14 ] || wrong "the tour was not found"

# ---- every other command is one -------------------------------------------------------------------------------------
# its words, up to the first argument; then its flags must stand in its help
words_of() { printf '%s' "$1" | awk '{ for (i = 2; i <= NF && i < 6 && $i ~ /^[a-z][a-z-]*$/; i++) printf "%s ", $i }'; }
awk '/^```/ { shell = $0 == "```sh"; next } shell' "$here/README.md" "$here"/docs/handbook.md "$here"/docs/runbooks/*.md |
	sed -n 's/^\(\$bss\|bss\) \([a-z].*\)/bss \2/p' | sed 's/ #.*//; s/;.*//; s/|.*//' | sort -u >"$dir/commands"
while IFS= read -r command; do
	told=$((told + 1))
	words=$(words_of "$command")
	while [ -n "$words" ]; do
		# shellcheck disable=SC2086
		"$bin" $words --help >"$dir/out" 2>/dev/null && break
		words=$(printf '%s' "$words" | sed 's/[^ ]* $//')
	done
	[ -n "$words" ] || { wrong "there is no $command"; continue; }
	for flag in $(printf '%s' "$command" | sed "s/\"[^\"]*\"//g; s/'[^']*'//g" | tr ' [|]' '\n\n\n\n' | grep '^--[a-z]'); do
		grep -q -- "$flag" "$dir/out" || wrong "$command: no $flag in its help"
	done
done <"$dir/commands"
[ "$(wc -l <"$dir/commands")" -gt 60 ] || wrong "the commands of the documents were not found"

# ---- the settings are those of the program ----------------------------------------------------------------------------
told=$((told + 1))
"$bin" --help-config --markdown >"$dir/settings"
tail -n "$(wc -l <"$dir/settings")" "$here/docs/settings.md" | diff - "$dir/settings" >"$dir/out" || wrong "docs/settings.md is not what bss --help-config --markdown prints: put that below its first lines"

# ---- links lead somewhere --------------------------------------------------------------------------------------------
for document in "$here/README.md" "$here"/docs/*.md "$here"/docs/runbooks/*.md; do
	for link in $(grep -o '](\([^)#]*\)' "$document" | sed 's/](//' | grep -v '^http' || true); do
		told=$((told + 1))
		[ -e "$(dirname "$document")/$link" ] || wrong "$document: $link does not exist"
	done
done

echo "$((told - failed)) passed, $failed failed"
[ "$failed" = 0 ]
