#!/bin/sh
# pg.sh -- a private, throwaway PostgreSQL for tests: data checksums, a unix socket in its own folder, no network.
#
#   tests/pg.sh start DIR     makes DIR, starts the cluster, prints its connection string
#   tests/pg.sh stop DIR      stops it at once and deletes DIR
#   tests/pg.sh crash DIR     stops it without a checkpoint;   again DIR: starts it once more
#
# Only initdb skips the disk's flush; the running server keeps fsync on, because what the tests prove about
# durability must be the real thing.  Postgres refuses to run as root, so root hands over to `postgres`.
# The user `with_password` must give one; everybody else is trusted (the folder is private).
set -eu
action=$1 dir=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v pg_ctl)")
as=
if [ "$(id -u)" = 0 ]; then
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
	id postgres >/dev/null 2>&1 || as="setpriv --reuid=nobody --regid=nogroup --clear-groups"
fi

start() {
	mkdir -p "$dir"
	[ -z "$as" ] || chown "$($as id -u)" "$dir"
	cd "$dir"
	$as "$bin/initdb" -D "$dir/data" -U owner -k -A trust --no-sync --no-instructions -E UTF8 --locale=C.UTF-8 \
		>"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
	$as sh -c "cat >'$dir/data/pg_hba.conf'" <<-HBA
		local all with_password scram-sha-256
		local replication all trust
		local all all trust
	HBA
	$as sh -c "cat >>'$dir/data/postgresql.conf'" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$dir'
		shared_buffers = 32MB
		max_connections = 60
		max_wal_size = 256MB
		autovacuum_naptime = 1h
		log_min_messages = warning
		${PG_EXTRA:-}
	CONF
	again
	"$bin/psql" -X -q -h "$dir" -U owner -d postgres -c 'CREATE DATABASE bss STRATEGY = file_copy' >&2
	echo "host=$dir port=5432 user=owner dbname=bss"
}

again() {
	cd "$dir"
	$as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -s start >&2 || { cat "$dir/data/server.log" >&2; exit 1; }
}

crash() {
	cd /
	$as "$bin/pg_ctl" -D "$dir/data" -m immediate -w -s stop >/dev/null
}

stop() {
	[ -d "$dir/data" ] || return 0
	cd /
	$as "$bin/pg_ctl" -D "$dir/data" -m immediate -w -s stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}

case $action in
start | stop | crash | again) "$action" ;;
*) echo "usage: tests/pg.sh start|stop|crash|again DIR" >&2; exit 2 ;;
esac
