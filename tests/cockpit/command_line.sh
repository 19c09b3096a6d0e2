#!/bin/sh
# command_line.sh -- what the verbs say to whom and how they exit, against a system that runs (tests/stack.sh run it).
# Results go to stdout, refusals to stderr, and with --json stdout holds one JSON value whatever happens.
set -eu
bin=${STACK_BIN:?names the program}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d /tmp/bss-XXXXXX)
trap 'rm -rf "$dir"' EXIT
export LANG=C.UTF-8 COLUMNS=80
failed=0 told=0

wrong() {
	failed=$((failed + 1))
	echo "$1"
	sed 's/^/  out: /' "$dir/out" | head -n 12
	sed 's/^/  err: /' "$dir/err" | head -n 6
}

run() {
	got=0
	timeout 60 "$bin" "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	told=$((told + 1))
}

# says EXIT WHERE PART COMMAND...: WHERE is out or err; the other one must not have it
says() {
	want=$1 where=$2 part=$3
	shift 3
	run "$@"
	other=out
	[ "$where" = err ] || other=err
	if [ "$got" != "$want" ] || ! grep -qF -- "$part" "$dir/$where" || grep -qF -- "$part" "$dir/$other"; then
		wrong "bss $*: exit $got, wanted $want with \"$part\" on std$where"
	fi
}

# json EXIT PART COMMAND...: one JSON value on stdout that has the part in it
json() {
	want=$1 part=$2
	shift 2
	run "$@" --json
	if [ "$got" != "$want" ] || ! python3 -m json.tool <"$dir/out" >/dev/null 2>&1 || ! grep -qF -- "$part" "$dir/out"; then
		wrong "bss $* --json: exit $got, wanted $want and JSON with \"$part\""
	fi
}

# ---- help starts nothing, whatever is asked about -----------------------------------------------------------
for role in core project history effect gateway up down; do
	says 0 out "usage: bss $role" "$role" --help
	says 0 out "usage: bss $role" "$role" -h
done
says 0 out "usage: bss project" project rebuild --help
for word in "scenario run" "scenario list" "admin seed" explain graph schema completion "log tail" "order create" "customer show"; do
	# shellcheck disable=SC2086
	says 0 out "usage: bss $word" $word --help
done
says 0 out "tail" log --help
says 0 out "usage: bss order create" help order create
says 0 out "usage: bss VERB" help
says 2 err "bss customer ..." customer
says 2 err "Did you mean \`bss customer list\`?" custmer lst
says 2 err "Did you mean \`bss customer\`?" custmer
says 2 err "There is no \`bss -x\`" -x
says 2 err "--customer is required; --offering is required" order create

# ---- a life by hand ----------------------------------------------------------------------------------------------
says 0 out "Created CUST-" customer create --name "王小明 Ng" --email wang@example.com --phone +6598765432
customer=$(sed -n 's/^Created \(CUST-[^ ]*\).*/\1/p' "$dir/out")
says 2 err "customer.create.email_unique" customer create --name Other --email wang@example.com
says 0 out "Created CUST-" customer create --name Bob
says 2 err "give one" customer create --name Bob
says 1 err "payment.add_card.invalid_number" payment add-card --customer "$customer" --card 1234
says 0 out "visa•••4242" payment add-card --customer "$customer" --card "4242 4242 4242 4242"
says 2 err "order.create.requires_verified_customer" order create --customer "$customer" --offering PLAN_S
json 2 '"rule": "order.create.requires_verified_customer"' order create --customer "$customer" --offering PLAN_S
says 0 out "customer.kyc_attested" customer attest-kyc "$customer" --provider prebaked --attestation-token stub-signed-jwt-wang
says 0 out "would record order.acknowledged" order create --customer "$customer" --offering PLAN_S --dry-run
json 0 '"dryRun": true' order create --customer "$customer" --offering PLAN_S --dry-run
says 0 out "[completed]" order create --customer "$customer" --offering PLAN_S --idempotency-key one
says 0 out "[completed]" order create --customer "$customer" --offering PLAN_S --idempotency-key one
says 1 err "idempotency_key.reused" order create --customer "$customer" --offering PLAN_M --idempotency-key one
json 0 '"state": "completed"' order list --customer "$customer"
[ "$("$bin" order list --customer "$customer" | wc -l)" = 1 ] || wrong "a repeat under its key made a second order"
began=$(date +%s)
says 0 out "[acknowledged]" order create --customer "$customer" --offering PLAN_S --hold
[ $(($(date +%s) - began)) -lt 15 ] || wrong "a held order was waited for, though nothing can come of it"
line=$("$bin" subscription list --customer "$customer" | awk '{ print $1 }')
number=$("$bin" subscription list --customer "$customer" | awk '{ print $NF }')
position=$("$bin" log head | sed -n 's/^position //p')
says 0 out "● ACTIVE" subscription show "$line"
says 0 out "LPA:1\$" subscription show "$line" --show-esim
says 0 out "processed  msisdn=$number 1536mb" usage simulate --msisdn "$number" --quantity 1.5gb
says 0 out "1.5 GB / 5 GB" subscription show "$line"
says 0 out "as of position $position" subscription show "$line" --as-of "$position"
says 0 out "0 MB / 5 GB" subscription show "$line" --as-of "$position"
says 0 out "usage.rated" log tail --once --type usage.rated
says 2 err "belong to \`bss log show\`" log tail --once --before 3
says 0 out "(+VAS_DATA_1GB)" subscription vas "$line" VAS_DATA_1GB
says 0 out "visa•••0002" payment add-card --customer "$customer" --card "DECLINE 4000 0000 0000 0002"
poor=$(sed -n 's/^Added \(PM-[^ ]*\).*/\1/p' "$dir/out")
says 0 out "payment_method.default_changed" payment set-default "$poor"
says 2 err "subscription.vas_purchase.requires_active_cof" subscription vas "$line" VAS_DATA_1GB
says 2 out "was not renewed: the charge was declined" subscription renew "$line"
says 2 out "[failed]" order create --customer "$customer" --offering PLAN_S
says 2 err "gated behind --allow-destructive" subscription terminate "$line"
says 0 out "→ terminated" subscription terminate "$line" --allow-destructive

# ---- JSON whatever happens ------------------------------------------------------------------------------------------
json 1 '"rule": "order.not_found"' order show ORD-9999
json 2 '"rule": "verb.unknown"' custmer
json 2 '"rule": "arguments.invalid"' order create
json 0 '"id": "CUST-' customer create --name "Card Holder" --card 4242424242424242
for _ in 1 2; do says 0 out "Attached card PM-" customer create --name "Once Only" --card 4111111111111111 --idempotency-key only-once; done
once=$(sed -n 's/^Created \(CUST-[^ ]*\).*/\1/p' "$dir/out")
[ "$("$bin" payment list-methods --customer "$once" | wc -l)" = 1 ] || wrong "a repeat under its key put a second card on file"
json 0 '{}' payment cutover
json 2 '"aborted": true' payment cutover --invalidate-mock-tokens
json 1 '"aborted": true' admin reset
json 0 '"head"' project status
for query in "catalog list" "catalog vas" "prov tasks" "inventory msisdn list" "clock now" "log head" "log size" "log verify" \
	"log show" "admin status" "prov faults" "customer show $customer" "order show ORD-0001" "why $line"; do
	# shellcheck disable=SC2086
	json 0 '' $query
done

# ---- wrong on purpose --------------------------------------------------------------------------------------------------
says 1 err "NOT_FOUND subscription.not_found" subscription show SUB-9999
says 2 err "POLICY_VIOLATION subscription.not_found" subscription vas SUB-9999 VAS_DATA_1GB
says 2 err "is not valid UTF-8" customer create --name "$(printf '\377\376')" --email x@example.com
says 2 err "is longer than" customer create --name "$(head -c 100000 /dev/zero | tr '\0' a)" --email x@example.com
says 2 err "must be a decimal" admin catalog add-offering --id PLAN_Z --name Z --price 12,5
says 2 err "catalog.price.valid_amount" admin catalog add-offering --id PLAN_Z --name Z --price 12 --currency XXX
says 2 err "neither a position nor a time" subscription show "$line" --as-of tomorrowish
BSS_API_TOKEN=0123456789012345678901234567890123456789 says 1 err "AUTH_INVALID_TOKEN" customer list
BSS_FOO=1 says 2 err "BSS_FOO is not a setting" customer list
mkdir -p "$dir/sources/deep/down"
echo 'BSS_FROM_THE_FILE=1' >"$dir/sources/.env"
(cd "$dir/sources/deep/down" && run customer list && grep -q FROM_THE_FILE "$dir/err") && wrong "an .env that belongs to nothing was read"
touch "$dir/sources/meson.build"
(cd "$dir/sources/deep/down" && run customer list; grep -q "BSS_FROM_THE_FILE is not a setting" "$dir/err") ||
	[ -e "$here/../../.env" ] || wrong "the .env of the sources around was not read"
BSS_STATE_DIR=$dir/none BSS_API_TOKEN= says 1 err "bss up" customer list

# ---- a story with its cards --------------------------------------------------------------------------------------------
says 0 out "PASS — first_life" scenario run --cards "$here/../scenarios/first_life.yaml"
for part in "✓  1/" "✓ KYC verified" "visa •••4242" "Service order SO-" "HLR_PROVISION" "● ACTIVE" "● BLOCKED" "Or type the code" \
	"as shown above" "subscription.renewed"; do
	told=$((told + 1))
	grep -qF -- "$part" "$dir/out" || wrong "no \"$part\" among the cards of first_life"
done
says 0 out "refused  order.create." scenario run --cards "$here/../scenarios/refused_orders.yaml"
says 2 err "exclude each other" scenario run --cards --json "$here/../scenarios/first_life.yaml"

told=$((told + 1))
! "$bin" customer list >/dev/full 2>/dev/null || wrong "an answer that could not be written is no success"

# ---- other terminals ---------------------------------------------------------------------------------------------------
run customer show "$customer"
told=$((told + 1))
[ "$(awk '{ print length($0) }' "$dir/out" | LC_ALL=C sort -u | wc -l)" -ge 1 ] || wrong "no card"
LANG=C LC_ALL=C COLUMNS=40 run customer show "$customer"
! LC_ALL=C grep -q "[^ -~]" "$dir/out" || wrong "more than ASCII in a locale that has no more"
[ "$(LC_ALL=C awk '{ print length($0) }' "$dir/out" | sort -u)" = 40 ] || wrong "a card in 40 columns is not 40 wide"

# ---- diagrams and explanations are the tables --------------------------------------------------------------------
says 0 out "assigned             --inventory.msisdn.released--> quarantine" graph msisdn
says 0 out "(new)                --customer.created--> pending" graph customer
says 0 out "active               --catalog.offering.windowed--> retired" graph offering
says 0 out "refused    as subscription.vas_purchase.requires_active_cof by subscription.vas_failed" explain subscription.purchase_vas

# ---- the shell's completion --------------------------------------------------------------------------------------------
cat >"$dir/complete" <<'SHELL'
eval "$("$1" completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_bss
echo "${COMPREPLY[*]}"
SHELL
completes() {
	told=$((told + 1))
	part=$1
	shift
	bash "$dir/complete" "$bin" "$@" >"$dir/out" 2>"$dir/err"
	grep -qF -- "$part" "$dir/out" || wrong "bss $*<TAB> offers no $part"
}
completes customer cust
completes create order cr
completes --offering order create --
completes "quarantine" inventory msisdn list --state ""
completes run-all scenario ru
completes subscription graph sub
completes order.create explain order.c
completes HLR_PROVISION prov fault HLR_P

echo "$((told - failed)) passed, $failed failed"
[ "$failed" = 0 ]
