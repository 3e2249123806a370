# Commands for building, testing and measuring. They need Swift 6.3, git and make; missing Debian packages are installed.

SHELL := bash
ARGS ?=

# The same flags for every debug build, so that nothing is built twice.
DEBUG_FLAGS := --explicit-target-dependency-import-check error
SOURCES := Sources Tests Benchmarks Migrations Plugins Public Package.swift

.PHONY: run test sim kill fuzz check fmt settings bench bench-ledger bench-queries packages clean

## Builds a release and runs the demo; `make run ARGS=--exit` exits after the demo's requests.
run: packages
	@echo "Building a release; the first time takes several minutes."
	swift build -c release --product tollgate
	.build/release/tollgate demo $(ARGS)

## Runs every test: the Swift tests, then the official SDKs against a live gateway. Hashing is deterministic, so that a failure of the
## simulation comes again with its seed.
test: packages
	swift build --build-tests $(DEBUG_FLAGS)
	SWIFT_DETERMINISTIC_HASHING=1 swift test --skip-build
	@deploy/install-build-packages.sh nodejs || echo "Without Node the unit tests of the pages' scripts are skipped."
	if command -v node >/dev/null; then node --test Tests/Pages/*.test.mjs; fi
	Tests/Fuzz/run.sh 10
	@deploy/install-build-packages.sh strace || echo "Without strace the tests of a failing disk are skipped."
	@deploy/install-build-packages.sh chromium || echo "Without chromium the tests of the pages are skipped."
	Tests/SDK/run.sh "$$(swift build --show-bin-path)/tollgate"

## Runs the simulation: `make sim SEED=7 STEPS=100000`, or without a seed several of them. With TRACE=1 it prints every step.
## Hashing is made deterministic, so that a seed always does the same.
sim: packages
	swift build --build-tests $(DEBUG_FLAGS)
	SWIFT_DETERMINISTIC_HASHING=1 SIM_SEED=$(SEED) SIM_STEPS=$(or $(STEPS),20000) $(if $(TRACE),SIM_TRACE=1) \
		swift test --skip-build --filter SimulationTests

## Fuzzes the parsers: `make fuzz SECONDS=600`, the time for each of them.
fuzz: packages
	Tests/Fuzz/run.sh $(or $(SECONDS),600)

## Runs the crash rounds, each of which kills the gateway under load: `make kill ROUNDS=50`.
kill: packages
	swift build --product tollgate $(DEBUG_FLAGS)
	KILL_ROUNDS=$(or $(ROUNDS),50) Tests/SDK/run.sh "$$(swift build --show-bin-path)/tollgate" -k kill_9

## Checks the format, the types of the pages' scripts, warnings (as errors) and undeclared imports.
check: packages
	swift format lint --strict -r $(SOURCES)
	@deploy/install-build-packages.sh node-typescript || echo "Without TypeScript the types of the pages' scripts are not checked."
	if command -v tsc >/dev/null; then tsc -p Public/tsconfig.json; fi
	swift build --build-tests $(DEBUG_FLAGS)

## Formats all sources.
fmt:
	swift format -i -r $(SOURCES)

## Writes docs/settings.md from the settings in the code.
settings: packages
	swift build --product tollgate $(DEBUG_FLAGS)
	"$$(swift build --show-bin-path)/tollgate" settings --markdown > docs/settings.md

## Measures the gateway against nginx and HAProxy; figures are copied to Benchmarks/README.md by hand.
bench: packages
	swift build -c release --product tollgate
	deploy/install-build-packages.sh wrk nginx-light haproxy nghttp2-client
	python3 Benchmarks/run.py

## Measures the ledger with 1 million and with 10 million existing rows.
bench-ledger: packages
	swift build -c release --product ledger-bench
	.build/release/ledger-bench --rows 1000000
	.build/release/ledger-bench --rows 10000000

## Measures the read calls of accounts and clients over HTTP, with 10 million rows.
bench-queries: packages
	swift build -c release --product ledger-bench
	swift build -c release --product tollgate
	python3 Benchmarks/queries.py

packages:
	@deploy/install-build-packages.sh

clean:
	rm -rf .build .venv .artifacts
