#!/usr/bin/env bash
# ./dev up: plays README.md in tour/ and leaves what it started running.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${1:-$root/build/release/bin}

if [[ -e $root/tour ]]; then
    echo "dev: setting the last tour aside: tour.old"
    rm -rf "$root/tour.old"
    mv "$root/tour" "$root/tour.old"
fi
mkdir "$root/tour"
export PATH="$bin:$PATH" CAIRN_HOME="$root/tour"
exec python3 "$root/tests/tour/play.py" "$root/README.md" "$root/tour" --stay
