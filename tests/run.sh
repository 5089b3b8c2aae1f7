#!/usr/bin/env bash
# Runs one cmocka program. cmocka ends with 0 when tests were skipped; this ends with 77, so that ctest names them.
set -o pipefail
"$@" 2>&1 | { skipped=0
    while IFS= read -r line; do
        printf '%s\n' "$line"
        [[ $line == '[  SKIPPED ] '* ]] && skipped=77
    done
    exit $skipped; }
status=("${PIPESTATUS[@]}")
((status[0] == 0)) || exit "${status[0]}"
exit "${status[1]}"
