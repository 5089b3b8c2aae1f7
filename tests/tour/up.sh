#!/usr/bin/env bash
# ./dev up: plays README.md in tour/ and leaves what it started running. A tour that is there already is set aside:
# its keys are somebody's.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${1:-$root/build/release/bin}

for port in $(grep -o '127\.0\.0\.1:7[0-9]*' "$root/README.md" | cut -d: -f2 | sort -u); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "dev: something listens on port $port already: another ./dev up? Stop it first (Ctrl-C there)" >&2
        exit 2
    fi
done
if [[ -e $root/tour ]]; then
    aside=$root/tour.$(date +%Y%m%d-%H%M%S)
    mv "$root/tour" "$aside"
    echo "dev: the last tour stays in ${aside##*/}"
fi
mkdir "$root/tour"
export PATH="$bin:$PATH" CAIRN_HOME="$root/tour"
exec python3 "$root/tests/tour/play.py" "$root/README.md" "$root/tour" --stay
