#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that docs/dependencies.md lists under the given headings and that are
# missing. usage: packages.sh build|test|demonstrate|synthesise ...
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
list=$root/docs/dependencies.md

# "package why" of each row below a heading that names one of the words
rows() {
    awk -F ' *[|] *' -v words="$*" '
        /^## / { on = 0; n = split(words, w, " "); for (i = 1; i <= n; i++) if (index($0, w[i])) on = 1; next }
        on && NF >= 4 && $2 != "package" && $2 !~ /^-/ { print $2, $3 }' "$list"
}

is_installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

missing=
rows "$@" | sort -u >/tmp/espalier-packages.$$
trap 'rm -f /tmp/espalier-packages.$$' EXIT
while read -r package why; do
    is_installed "$package" && continue
    case " $missing " in *" $package "*) continue ;; esac
    [ -n "$missing" ] || echo "Missing Debian packages:"
    printf '  %-30s %s\n' "$package" "$why"
    missing="$missing $package"
done </tmp/espalier-packages.$$
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Not root, so they can't be installed here. As root: apt-get install$missing" >&2
    exit 1
fi

# Debian starts a package's service unless this policy says no (101)
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d /tmp/espalier-packages.$$' EXIT
    trap 'exit 1' INT TERM
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
export DEBIAN_FRONTEND=noninteractive
log=$root/build/packages.log
mkdir -p "$root/build"
echo "Installing them (log: build/packages.log) ..."
# shellcheck disable=SC2086
if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "The packages could not be installed; see build/packages.log" >&2
    exit 1
fi
