#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What rules files of four sizes cost to load and to ask (docs/bench.md): t/bench/maps.sh BENCH_MAP
# Instructions are the mean of 1000 look-ups, counted by callgrind.
set -eu
bench_map=$1

instructions()
{
    valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file=/dev/null \
        "$bench_map" "$1" "$2" "$3" 2>&1 | awk '/Collected/ { printf "%d", $NF / 1000 }'
}

echo '| rules | load s | load CPU s | octets a rule | known: instr. | ns | unknown: instr. | ns |'
echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
for shape in fingerprint serial email; do
    for count in 10 1000 100000 1000000; do
        "$bench_map" "$shape" "$count" | tr '\n' ' ' | awk \
            -v name="$count $shape" \
            -v known="$(instructions "$shape" "$count" known)" \
            -v unknown="$(instructions "$shape" "$count" unknown)" '
            function after(words, rest) {
                if (!match($0, words)) {
                    print "no \"" words "\" in: " $0 > "/dev/stderr"
                    exit 1
                }
                rest = substr($0, RSTART + RLENGTH)
                return rest + 0
            }
            {
                printf "| %s | %.3f | %.3f | %d | %d | %d | %d | %d |\n", name,
                    after("loaded in "), after("of CPU "), after("CPU [0-9.]+ s; "),
                    known, after("[^n]known certificate: "), unknown,
                    after("unknown certificate: ")
            }'
    done
done
