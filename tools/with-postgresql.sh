#!/bin/sh
# Runs a command with QI_TEST_POSTGRESQL naming a PostgreSQL server of its own on loopback, made for it and removed
# afterwards; its commits don't wait for the disk, unless QI_TEST_FSYNC is on. Where one is named already, or no server
# is installed, the command runs as it is.
set -u
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -n "${QI_TEST_POSTGRESQL:-}" ] || [ -z "$bin" ]; then
    exec "$@"
fi
data=$(mktemp -d)
# Outside the range from which the system gives out ports, or a neighbour's connection may get it before the server.
port=$(PYTHONPATH=$(dirname "$0")/../tests python3 -c 'import ports; print(ports.free_port())')
if [ "$(id -u)" = 0 ]; then
    # The server refuses to run as root; its package brings a user.
    chown postgres "$data"
    as() { su postgres -s /bin/sh -c "$1"; }
else
    as() { sh -c "$1"; }
fi
stop() {
    as "'$bin/pg_ctl' -D '$data/db' -m immediate stop" >/dev/null 2>&1
    rm -rf "$data"
}
trap stop EXIT
trap 'exit 130' INT TERM
options="-p $port -k $data -c listen_addresses=127.0.0.1 -c fsync=${QI_TEST_FSYNC:-off} -c max_connections=100"
if as "'$bin/initdb' -D '$data/db' -U qi -A trust -E UTF8 --no-sync" >"$data/log" 2>&1 &&
    as "'$bin/pg_ctl' -D '$data/db' -w -o '$options' -l '$data/server' start" >>"$data/log" 2>&1; then
    QI_TEST_POSTGRESQL="postgresql://qi@127.0.0.1:$port/postgres"
    export QI_TEST_POSTGRESQL
else
    cat "$data/log" >&2
    echo "no PostgreSQL could be started; its tests are skipped" >&2
fi
"$@"
