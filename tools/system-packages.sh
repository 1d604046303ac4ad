#!/bin/sh
# Installs the Debian packages of system-packages.txt that are missing (as root), or names them.
# usage: system-packages.sh PURPOSE...    (run, test)
set -eu
here=$(dirname "$0")/..
missing=""
for purpose in "$@"; do
    for name in $(awk -v p="$purpose" '!/^#/ && $2 == p { print $1 }' "$here/system-packages.txt"); do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $name"
    done
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "missing system packages:$missing" >&2
    echo "install them with: sudo apt-get install$missing" >&2
    echo "going on with what is here; what needs them says so" >&2
fi
