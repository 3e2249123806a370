# The commands of this house. `make run` and `make test` need nothing but Swift, git and make.

SHELL := bash
ARGS ?=

# One set of flags for everything that is built for tests, so that nothing is built twice.
DEBUG_FLAGS := --explicit-target-dependency-import-check error
SOURCES := Sources Tests Benchmarks Migrations Public Package.swift

.PHONY: run test sim kill fuzz check fmt settings bench bench-ledger bench-queries packages clean

## Builds a release and runs the demo: `make run`, or `make run ARGS=--exit`.
run: packages
	@echo "Building a release; the first time takes several minutes."
	swift build -c release --product tollgate
	.build/release/tollgate demo $(ARGS)

## Runs every test: Swift's, then the official SDKs against a live gateway.
test: packages
	swift build --build-tests $(DEBUG_FLAGS)
	swift test --skip-build
	Tests/Fuzz/run.sh 10
	@deploy/install-build-packages.sh strace || echo "Without strace the tests of a failing disk are skipped."
	@deploy/install-build-packages.sh chromium || echo "Without chromium the tests of the pages are skipped."
	Tests/SDK/run.sh "$$(swift build --show-bin-path)/tollgate"

## Plays the simulation of the gateway's money: `make sim SEED=7 STEPS=100000`, or some seeds.
sim: packages
	swift build --build-tests $(DEBUG_FLAGS)
	SIM_SEED=$(SEED) SIM_STEPS=$(or $(STEPS),20000) swift test --skip-build --filter SimulationTests

## Fuzzes the parsers: `make fuzz SECONDS=600` for each of them.
fuzz: packages
	Tests/Fuzz/run.sh $(or $(SECONDS),600)

## Kills the gateway under load so many times: `make kill ROUNDS=50`.
kill: packages
	swift build --product tollgate $(DEBUG_FLAGS)
	KILL_ROUNDS=$(or $(ROUNDS),50) Tests/SDK/run.sh "$$(swift build --show-bin-path)/tollgate" -k kill_9

## Format, warnings as errors, undeclared imports.
check: packages
	swift format lint --strict -r $(SOURCES)
	swift build --build-tests $(DEBUG_FLAGS)

## Formats all sources.
fmt:
	swift format -i -r $(SOURCES)

## Writes docs/settings.md from the settings in the code.
settings: packages
	swift build --product tollgate $(DEBUG_FLAGS)
	"$$(swift build --show-bin-path)/tollgate" settings --markdown > docs/settings.md

## Measures the gateway beside nginx and HAProxy; figures go to Benchmarks/README.md by hand.
bench: packages
	swift build -c release --product tollgate
	deploy/install-build-packages.sh wrk nginx-light haproxy nghttp2-client
	python3 Benchmarks/run.py

## Measures the ledger with 1 and with 10 million rows before.
bench-ledger: packages
	swift build -c release --product ledger-bench
	.build/release/ledger-bench --rows 1000000
	.build/release/ledger-bench --rows 10000000

## Measures what accounts and clients ask of a gateway with 10 million rows, through HTTP.
bench-queries: packages
	swift build -c release --product ledger-bench
	swift build -c release --product tollgate
	python3 Benchmarks/queries.py

packages:
	@deploy/install-build-packages.sh

clean:
	rm -rf .build .venv .artifacts
