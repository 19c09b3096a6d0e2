#!/bin/sh
# perimeter.sh -- who may come in, as whom, and what must never be seen: on a stack of its own, by curl and psql.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
bin=${STACK_BIN:-$here/build-test/bss}
dir=$(mktemp -d /tmp/bss-XXXXXX)
partner=$(printf 'partner%.0s' 1 2 3 4 5)0123
trap '"$here"/tests/stack.sh stop "$dir"' EXIT
trap 'exit 130' INT TERM HUP

passed=0 failed=0
check() { # WHAT COMMAND...
	what=$1
	shift
	if out=$("$@" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'not ok: %s\n%s\n' "$what" "$(printf '%s' "$out" | head -c 800)"
	fi
}
within() { # SECONDS COMMAND...
	n=$(($1 * 10))
	shift
	until "$@"; do
		n=$((n - 1))
		[ "$n" -gt 0 ] || return 1
		sleep 0.1
	done
}

# ---- tokens that must not work stop the start, and the sentence names the variable, never the value
refused_start() { # NAME=VALUE... RULE VARIABLE
	rule=$2 variable=$3
	out=$(env BSS_STATE_DIR="$dir/none" BSS_HTTP_PORT=0 BSS_API_TOKEN="$(printf 'a1%.0s' $(seq 20))" "$1" timeout 20 "$bin" gateway 2>&1) && return 1
	printf '%s\n' "$out"
	case $out in *"\"rule\":\"$rule\""*"$variable"*) ;; *) return 1 ;; esac
	case $out in *"${1#*=}"*) return 1 ;; esac
}
check "a placeholder is no token" refused_start BSS_API_TOKEN=changeme-changeme-changeme-changeme-1 identity.sentinel BSS_API_TOKEN
check "nor is one letter, however often" refused_start "BSS_CLI_API_TOKEN=$(printf 'x%.0s' $(seq 40))" identity.sentinel BSS_CLI_API_TOKEN
check "a short token is none" refused_start BSS_EFFECT_API_TOKEN=k3jd8s0qpl identity.too_short BSS_EFFECT_API_TOKEN
check "two identities share no token" refused_start "BSS_CLI_API_TOKEN=$(printf 'a1%.0s' $(seq 20))" identity.alike BSS_CLI_API_TOKEN
check "a short token in the list is none" refused_start BSS_TOKENS=partner_x=k3jd8s0qpl identity.too_short BSS_TOKENS
check "a list names nobody twice" refused_start "BSS_TOKENS=cli=$(printf 'b2%.0s' $(seq 20)),cli=$(printf 'c3%.0s' $(seq 20))" identity.twice BSS_TOKENS
check "tcp without keys does not start" sh -c "env BSS_STATE_DIR='$dir/none' BSS_HTTP_PORT=0 BSS_API_TOKEN='$partner' \
	BSS_QUERIES_ENDPOINT=tcp://127.0.0.1:5999 timeout 20 '$bin' gateway 2>&1 | grep -q '\"rule\":\"bus.curve_missing\"'"

started=$(BSS_TOKENS="partner_x=$partner" "$here/tests/stack.sh" start "$dir") || exit 1
eval "$started"
export BSS_TOKENS="partner_x=$partner"
state=$BSS_STATE_DIR
token_of() { sed -n "s/^$1=//p" "$state/tokens.env"; }
portal=$(token_of BSS_PORTAL_SELF_SERVE_API_TOKEN) effect=$(token_of BSS_EFFECT_API_TOKEN) cockpit=$(token_of BSS_OPERATOR_COCKPIT_API_TOKEN)

# ---- what `up` makes
mode_is() { [ "$(stat -c %a "$2")" = "$1" ]; }
check "the sockets' folder is its owner's" mode_is 700 "$state/bus"
for f in "$state"/bus/*.pid; do check "$(basename "$f") is its owner's" mode_is 600 "$f"; done
for t in "$BSS_API_TOKEN" "$portal" "$effect" "$cockpit"; do check "a token made by up is long" test "${#t}" -ge 32; done
locked() { ! flock -n "$1" true; }
check "the pid files are locked" locked "$state/bus/commands.pid"

# ---- who may what
says() { # STATUS TEXT CURL-ARGS...
	status=$1 text=$2
	shift 2
	out=$(curl -s -m 10 -w '\n%{http_code}' "$@")
	printf '%s\n' "$out"
	[ "${out##*
}" = "$status" ] || return 1
	case $out in *"$text"*) ;; *) return 1 ;; esac
}
customers=$STACK_URL/tmf-api/customerManagement/v4/customer
as() { printf 'X-BSS-API-Token: %s' "$1"; }
check "health needs no token" says 200 '"ok"' "$STACK_URL/health"
check "everything else does" says 401 AUTH_MISSING_TOKEN "$customers"
check "metrics do" says 401 AUTH_MISSING_TOKEN "$STACK_URL/metrics"
check "an empty token is none" says 401 AUTH_MISSING_TOKEN -H "X-BSS-API-Token;" "$customers"
check "half a token is none" says 401 AUTH_INVALID_TOKEN -H "$(as "$(printf %.40s "$BSS_API_TOKEN")")" "$customers"
check "a token with one letter more is none" says 401 AUTH_INVALID_TOKEN -H "$(as "${BSS_API_TOKEN}a")" "$customers"
check "the effect's token opens no HTTP" says 403 auth.not_for_this_identity -H "$(as "$effect")" "$customers"
check "a portal may not move the clock" says 403 auth.admin_needed -X POST -H "$(as "$portal")" "$STACK_URL/admin-api/v1/clock/freeze"
check "a partner may not either" says 403 auth.admin_needed -X POST -H "$(as "$partner")" "$STACK_URL/admin-api/v1/clock/freeze"
check "a portal may not act as the operator" says 403 auth.channel_not_allowed -H "$(as "$portal")" -H 'X-BSS-Channel: portal-csr' "$customers"
check "the cockpit may not act as the portal" says 403 auth.channel_not_allowed -H "$(as "$cockpit")" -H 'X-BSS-Channel: portal-self-serve' "$customers"
check "a partner acts in its own channel only" says 403 auth.channel_not_allowed -H "$(as "$partner")" -H 'X-BSS-Channel: cli' "$customers"
check "nor as a part of the system" says 403 auth.actor_not_allowed -H "$(as "$partner")" -H 'X-BSS-Actor: system:renewal_worker' "$customers"

# ---- identity is the token's, in every event
post() { # TOKEN NAME [HEADER...]
	who=$1 name=$2
	shift 2
	curl -s -m 10 -H "$(as "$who")" -H 'Content-Type: application/json' "$@" "$customers" \
		-d "{\"name\":\"$name\",\"engagedParty\":{\"id\":\"1\"}}" | sed -n 's/.*"id": "\(CUST-[^"]*\)", "href".*/\1/p'
}
attributed() { # ID IDENTITY CHANNEL ACTOR
	out=$(curl -s -m 10 -H "$(as "$BSS_API_TOKEN")" "$STACK_URL/audit-api/v1/events?aggregateId=$1&eventType=customer.created&serviceIdentity=$2")
	printf '%s\n' "$out"
	case $out in *"\"count\":1,"*) ;; *) return 1 ;; esac
	case $out in *"\"actor\":\"$4\",\"channel\":\"$3\""*"\"serviceIdentity\":\"$2\""*) ;; *) return 1 ;; esac
}
a=$(post "$partner" A -H 'X-BSS-Service-Identity: default' -H 'X-BSS-Actor: someone')
b=$(post "$portal" B -H 'X-BSS-Channel: portal-chat')
c=$(post "$cockpit" C -H 'X-BSS-Channel: llm' -H 'X-BSS-Actor: llm-m')
check "a partner's event is the partner's, whatever it claims" attributed "$a" partner_x partner_x someone
check "the portal's is the portal's" attributed "$b" portal_self_serve portal-chat system
check "the cockpit's is the cockpit's" attributed "$c" operator_cockpit llm llm-m
masked() { curl -s -m 10 -H "$(as "$portal")" "$STACK_URL/audit-api/v1/events?aggregateId=$a" | grep -q '"name":"\*\*\*"'; }
check "who may not administer sees no names in the audit" masked

# ---- who wrote waits for the read model, and is told when it does not come; nobody else waits
projector=$(sed -n 's/.*"name":"project","pid":\([0-9]*\).*/\1/p' "$state/up.status")
kill -STOP "$projector"
written=$(curl -s -i -m 10 -H "$(as "$partner")" -H 'Content-Type: application/json' "$customers" -d '{"name":"late","engagedParty":{"id":"1"}}')
check "what is written is accepted though the read model stands" sh -c "printf '%s' '$written' | grep -q '^HTTP/1.1 202'"
position=$(printf '%s' "$written" | tr -d '\r' | sed -n 's/^X-BSS-Position: //p')
check "who wrote it is told what is behind, and how far" says 503 '"projection":"crm","lag":' -H "$(as "$partner")" "$customers?limit=1"
check "who did not write does not wait" says 200 '[' -H "$(as "$portal")" "$customers?limit=1"
check "unless it asks to" says 503 PROJECTION_BEHIND -H "$(as "$portal")" -H "X-BSS-After: $position" "$customers?limit=1"
check "another read model has nothing to do with it" says 200 '[' -H "$(as "$partner")" "$STACK_URL/tmf-api/productCatalogManagement/v4/category"
kill -CONT "$projector"
check "then it is there" within 5 says 200 '"late"' -H "$(as "$partner")" "$customers?name=late"

# ---- a customer's life, then nothing of it where it must not be
needles='Quuxington|Zaphodia|zaph0dia|98765432|4000056655665556|S1234567Z|Wibblefield|WIBBLENOTE'
customer=$(curl -s -m 10 -H "$(as "$BSS_API_TOKEN")" -H 'Content-Type: application/json' "$customers" -d '{"name":"Zaphodia Quuxington",
	"description":"WIBBLENOTE","engagedParty":{"id":"l","name":"Zaphodia Quuxington","givenName":"Zaphodia","familyName":"Quuxington"},"contactMedium":[
	{"mediumType":"email","characteristic":{"emailAddress":"zaph0dia@quux.example"}},{"mediumType":"mobile","characteristic":{"phoneNumber":"+6598765432"}},
	{"mediumType":"postal","characteristic":{"street1":"7 Wibblefield Rd"}}]}' | sed -n 's/.*"id": "\(CUST-[^"]*\)", "href".*/\1/p')
check "she signs up" test -n "$customer"
check "is verified" "$bin" customer attest-kyc "$customer" --provider prebaked --attestation-token stub-S1234567Z
check "puts a card on file" "$bin" payment add-card --customer "$customer" --card "4000 0566 5566 5556"
party="\"relatedParty\":[{\"id\":\"$customer\",\"name\":\"Zaphodia Quuxington\",\"role\":\"customer\"}],\"note\":[{\"text\":\"WIBBLENOTE\"}]"
orders=$STACK_URL/tmf-api/productOrderingManagement/v4/productOrder
json='Content-Type: application/json'
check "orders" says 201 ORD- -H "$(as "$BSS_API_TOKEN")" -H "$json" "$orders" \
	-d "{\"productOrderItem\":[{\"id\":\"1\",\"action\":\"add\",\"productOffering\":{\"id\":\"PLAN_S\"}}],$party}"
check "an order of nobody's" says 201 ORD- -H "$(as "$BSS_API_TOKEN")" -H "$json" "$orders" \
	-d "{\"productOrderItem\":[{\"id\":\"1\",\"action\":\"add\"}],\"relatedParty\":[{\"id\":\"x\",\"name\":\"Zaphodia\"}]}"
check "a service of nobody's" says 201 SVC- -H "$(as "$BSS_API_TOKEN")" -H "$json" "$STACK_URL/tmf-api/serviceInventory/v4/service" \
	-d "{\"name\":\"s\",\"state\":\"active\",\"serviceSpecification\":{\"id\":\"1\"},$party}"
check "a usage of nobody's" says 201 UE- -H "$(as "$BSS_API_TOKEN")" -H "$json" "$STACK_URL/tmf-api/usageManagement/v4/usage" \
	-d "{\"usageSpecification\":{\"id\":\"1\"},$party}"
check "is refused a second time" says 422 email_unique -H "$(as "$BSS_API_TOKEN")" -H "$json" "$customers" -d '{"name":"Zaphodia","engagedParty":{"id":"1"},
	"contactMedium":[{"mediumType":"email","characteristic":{"emailAddress":"zaph0dia@quux.example"}}]}'
curl -s -o /dev/null -H "$(as "$BSS_API_TOKEN")" "$customers?name.regex=Zaphodia("
curl -s -o /dev/null "$customers/zaph0dia@quux.example?email=zaph0dia@quux.example"
curl -s -o /dev/null -H "$(as "$portal$portal")" "$STACK_URL/admin-api/v1/clock/now"
sleep 0.5
owner=$(sed -n 's/^bss_owner=//p' "$state/secrets.env")
psql() { PGPASSWORD=$owner command psql -h "$state/pg" -U bss_owner bss -AtX "$@"; }
# the bytes as text: sealed fields are noise, whatever is in clear can be read
psql -c "SELECT convert_from(decode(replace(encode(body, 'hex'), '00', ''), 'hex'), 'LATIN1') || coalesce(subject, '') || stream FROM log.event" \
	>"$dir/events" 2>&1
none() { ! grep -aE "$1" "$2"; }
check "the log can be dumped" grep -aq customer "$dir/events"
check "it holds nobody's name, number, address or card" none "$needles" "$dir/events"
curl -s -m 10 -H "$(as "$BSS_API_TOKEN")" "$STACK_URL/metrics" >"$dir/metrics"
secrets=$(cat "$state/tokens.env" "$state/secrets.env" "$state/master.key" | sed 's/^[A-Z_a-z]*=//' | grep -E '.{20}' | paste -sd'|')
for f in "$state"/logs/*.log "$dir/metrics"; do
	check "nor does $(basename "$f")" none "$needles" "$f"
	check "and no secret is in $(basename "$f")" none "$secrets|$partner" "$f"
done
for p in /proc/[0-9]*/cmdline; do { tr "\0" " " <"$p"; } 2>/dev/null; done | grep "^bss " >"$dir/ps"
check "no secret is in the list of processes" none "$secrets|$partner" "$dir/ps"
check "the wrong token was written down, not its value" grep -q '"event":"auth.401".*AUTH_INVALID_TOKEN' "$state/logs/gateway.log"
check "the log of the log is refused to its owner" sh -c "! PGPASSWORD='$owner' psql -h '$state/pg' -U bss_owner bss -c 'DELETE FROM log.event' 2>/dev/null"

# ---- killed while nothing happens, it is ready again: nobody tells it what it has missed
gateway=$(sed -n 's/.*"name":"gateway","pid":\([0-9]*\).*/\1/p' "$state/up.status")
kill -9 "$gateway"
sleep 0.3
ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$STACK_URL/health/ready")" = 200 ]; }
check "the gateway is ready after kill -9" within 6 ready
check "and lost nothing" says 200 "$customer" -H "$(as "$BSS_API_TOKEN")" "$customers/$customer"

# ---- a database that hangs keeps its connections open, and is noticed all the same
postgres=$(sed -n 's/.*"name":"postgres","pid":\([0-9]*\).*/\1/p' "$state/up.status")
all="$postgres $(cat "/proc/$postgres/task/$postgres/children")"
unready() { ! ready; }
# shellcheck disable=SC2086
kill -STOP $all
check "a hanging database makes the gateway unready" within 8 unready
# shellcheck disable=SC2086
kill -CONT $all
check "and one that goes on makes it ready" within 20 ready

# ---- the whole over tcp: `up` makes keys, nobody without a listed one is heard
"$here/tests/stack.sh" stop "$dir"
free() { # a port nobody listens on
	while :; do
		port=$(($(od -An -N2 -tu2 /dev/urandom) % 20000 + 20000))
		grep -q "$(printf ':%04X ' "$port")" /proc/net/tcp || break
	done
	echo "$port"
}
for socket in COMMANDS EVENTS APPLIED QUERIES HISTORY; do export "BSS_${socket}_ENDPOINT=tcp://127.0.0.1:$(free)"; done
unset BSS_API_TOKEN BSS_HTTP_PORT
started=$("$here/tests/stack.sh" start "$dir") || exit 1
eval "$started"
curve=$BSS_STATE_DIR/curve
check "the keys are made, and private" mode_is 600 "$curve/server.key_secret"
check "their folder too" mode_is 700 "$curve"
check "commands and their outcome travel over tcp" "$bin" customer create --name A --email a@tcp.example --phone +6591112222
check "reads too" says 200 "a@tcp.example" -H "$(as "$BSS_API_TOKEN")" "$STACK_URL/tmf-api/customerManagement/v4/customer"
mkdir -p "$dir/o/curve" && cp "$curve/server.key" "$dir/o/curve" && cp "$curve/server.key_secret" "$dir/o/curve/client.key_secret"
stranger() { BSS_STATE_DIR=$dir/o timeout 60 "$bin" clock now; }
check "a key that is not listed opens nothing" sh -c "! BSS_STATE_DIR='$dir/o' timeout 60 '$bin' clock now 2>/dev/null"
list_for() { cp "$curve/server.key" "$curve/clients/$1/other.key" && chmod 644 "$curve/clients/$1/other.key"; }
list_for projectors
check "one that is listed for another role does not either" sh -c "! BSS_STATE_DIR='$dir/o' timeout 60 '$bin' clock now 2>/dev/null"
list_for clients
check "one that is listed for clients does" stranger

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
