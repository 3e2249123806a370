#!/usr/bin/env bash
# Installs missing Debian packages that building and testing need. Arguments name further packages.
set -euo pipefail

wanted=(git make pkg-config libsqlite3-dev libssl-dev zlib1g-dev libbrotli-dev libzstd-dev python3 python3-venv ca-certificates openssl "$@")
missing=()
for package in "${wanted[@]}"; do
    # Node from another source than Debian serves as well.
    [ "$package" = nodejs ] && command -v node >/dev/null && continue
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
echo "Installing ${missing[*]} ..."
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
