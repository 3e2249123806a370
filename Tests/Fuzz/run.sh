#!/usr/bin/env bash
# Fuzzes the parsers of what clients and upstreams send.
#   run.sh SECONDS [TARGET ...]     each target (stream, elements, answer, request, coding, form) for so many seconds
# Inputs that reach new code are kept beside the build; those worth keeping for ever lie in corpus/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seconds=${1:?seconds}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(stream elements answer request coding form)

# The runtime's own handler of crashes would keep libFuzzer's from writing down the input.
export SWIFT_BACKTRACE=enable=no
build="$root/.build/fuzz"
mkdir -p "$build"
if [ ! -x "$build/fuzz" ] || [ -n "$(find "$root/Sources/Metering" "$root/Sources/Codings" "$here" -name '*.swift' -newer "$build/fuzz" -print -quit)" ]; then
    echo "Building the fuzzer ..."
    mapfile -t sources < <(find "$root/Sources/Metering" "$root/Sources/Codings" "$here" -name '*.swift')
    swiftc -O -swift-version 6 -enable-upcoming-feature ExistentialAny -module-name Fuzz -parse-as-library \
        -I "$root/Sources/CZlib" -I "$root/Sources/CBrotli" -I "$root/Sources/CZstd" \
        -sanitize=fuzzer "${sources[@]}" -o "$build/fuzz"
fi
for target in "${targets[@]}"; do
    mkdir -p "$build/$target" "$build/failures"
    echo "Fuzzing $target for $seconds s ..."
    # The seed is printed; a failing input is written to failures/ and can be given to the fuzzer again.
    FUZZ_TARGET=$target "$build/fuzz" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
        -max_len=8192 -artifact_prefix="$build/failures/$target-" -dict="$here/words.dict" -verbosity=0 -print_final_stats=1 \
        "$build/$target" "$here/corpus/$target" 2>&1 |
        { grep -E "Fatal|precondition|ERROR|SUMMARY|Test unit|stat::number_of_executed_units" || true; }
done
