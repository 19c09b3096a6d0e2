#!/bin/sh
# bench_core -- durable append through the core, against what the same Postgres does with rows like the log's.
#
# (a) as many pgbench clients, each inserting one row a transaction; (b) one connection that COPYs a thousand rows a
# transaction, as fast as rows get durable here at all.  A command is interaction.log: one event with two sealed fields.
# The projector is held meanwhile: (a) and (b) have none to share the processors with.  Then the same with it.
. "$(dirname "$0")/common.sh"
seconds=${BENCH_SECONDS:-3}
stack

# pgbench needs a connection for each client, which the private Postgres does not plan for
sql "ALTER SYSTEM SET max_connections = 160"
restart
"$bss" customer create --name "Ada Bench" --email ada@example.test >/dev/null
customer=$("$bss" customer list --json | grep -o 'CUST-[0-9a-f]*' | sed -n 1p)
command="{\"customer_id\":\"$customer\",\"summary\":\"Called about last month's bill\",\"body\":\"Asked why the second half was dearer\"}"
PGPASSWORD=$(sed -n 's/^bss_owner=//p' "$BSS_STATE_DIR/secrets.env")
export PGPASSWORD
pgbench=$(ls -d /usr/lib/postgresql/*/bin/pgbench | tail -n 1)
script=$bench_dir/one_row.sql

append() { tool load "$1" "$2" "$seconds" interaction.log "$command"; }          # CLIENTS COMMANDS_A_FRAME
limit() { BSS_DB_URL="host=$BSS_STATE_DIR/pg port=5432 user=bss_owner password=$PGPASSWORD dbname=bss" tool limits "$@"; }
fresh() { sql "TRUNCATE bench.event RESTART IDENTITY; CHECKPOINT"; }
single_rows() { # CLIENTS: transactions a second
	fresh
	"$pgbench" -n -M prepared -c "$1" -j "$(($1 < 2 ? 1 : 2))" -T "$seconds" -f "$script" -h "$BSS_STATE_DIR/pg" -p 5432 \
		-U bss_owner bss 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p'
}
hold() { kill -"$1" "$(process project)"; }

hold STOP
append 8 1 >/dev/null
body=$(sql "SELECT avg(octet_length(body))::int FROM log.event WHERE type = 108")
sql "CREATE SCHEMA bench; CREATE TABLE bench.event (LIKE log.event INCLUDING INDEXES); CREATE SEQUENCE bench.position
	OWNED BY bench.event.position; CREATE UNIQUE INDEX ON bench.event (stream, version);
	ALTER TABLE bench.event ALTER position SET DEFAULT nextval('bench.position');
	ALTER TABLE bench.event ALTER version SET DEFAULT currval('bench.position')"
printf "INSERT INTO bench.event (stream, type, subject, occurred_at, recorded_at, body, hash) VALUES ('interaction/INT-00000000', 108,
 'CUST-00000000', now(), now(), '\\\\x%0*d', '\\\\x%064d');\n" $((2 * body)) 0 0 | tr '\n' ' ' >"$script"

heading "durable append through the core (events of $body bytes, the projector held)"
for n in 1 8 32 128; do
	aim=-
	[ "$n" != 32 ] || aim=2
	ratio "$n clients, one command a frame; limit: pgbench (a)" "$(append "$n" 1 | field per_second)" /s "$(single_rows "$n")" ">=" "$aim"
done
fresh
copy=$(limit copy "$seconds" "$body" 1000 | field per_second)
for n in 1 8 32 128; do
	aim=-
	[ "$n" != 8 ] || aim=0.7
	ratio "$n clients, 100 commands a frame; limit: COPY (b)" "$(append "$n" 100 | field per_second)" /s "$copy" ">=" "$aim"
done
ratio "4 clients, 1000 commands a frame; limit: COPY (b)" "$(append 4 1000 | field per_second)" /s "$copy" ">=" -

fresh
bare=$(limit commit "$seconds" "$body" | field p50_us)
ratio "one command, one client, p50; limit: a bare commit of one row" "$(append 1 1 | field p50_us)" us "$bare" "<=" 1.6
hold CONT

heading "the same with the projector at work on the same processors"
ratio "32 clients, one command a frame; limit: pgbench (a)" "$(append 32 1 | field per_second)" /s "$(single_rows 32)" ">=" -
ratio "8 clients, 100 commands a frame; limit: COPY (b)" "$(append 8 100 | field per_second)" /s "$copy" ">=" -
