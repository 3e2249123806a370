#!/usr/bin/env bash
# Runs the tests that speak to a live gateway through the official SDKs, in a virtual environment of their own.
#   run.sh PATH-OF-TOLLGATE [pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export TOLLGATE_BIN=$(realpath "$1")
shift

venv="$root/.venv"
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    echo "Preparing the SDKs ..."
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi
exec "$venv/bin/python" -m pytest "$here" -q -p no:cacheprovider "$@"
