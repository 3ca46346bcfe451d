# Two commands matter to a newcomer: `make demo` and `make test`. Both install what they need (Debian 12, .NET 10 SDK).
SHELL := /bin/bash
.DEFAULT_GOAL := help
FAST_TESTS := tests/Domain.Tests tests/Portal.Client.Tests tests/Portal.Tests tests/Architecture.Tests tests/Simulator.Tests
CONFIGURATION ?= Debug

.PHONY: help demo test contract chaos e2e soak bulk bench format prerequisites build

help:
	@echo 'make demo                    the portal on this machine with a simulated fleet (Ctrl-C stops it)'
	@echo 'make demo KUBECONFIG=path    the same on your own clusters'
	@echo 'make demo FLEET=scale        the same with 20,000 pipelines on ten clusters'
	@echo 'make test                    unit, component, architecture and simulator tests'
	@echo 'make contract                the same cases on the simulator and on a real cluster (ALL=1: every kind of operation there, ten minutes more)'
	@echo 'make chaos                   the portal killed at every step of every kind of operation and while operations wait, and two portals killed at random (MINUTES=10)'
	@echo 'make e2e                     journeys in a real Chromium; screenshots land in e2e-tests/screenshots'
	@echo 'make soak                    50 pages on 20,000 pipelines for ten minutes, with outages and a restart (SECONDS=60 for a minute)'
	@echo 'make bulk                    an upgrade of 500 simulated pipelines in waves of which 5 in 100 do not start, killed twice (BULK_PIPELINES=100 for fewer)'
	@echo 'make bench                   the budgets at 20,000 pipelines, each beside a peer measured in the same run (ROWS=id,id chooses)'
	@echo 'make format                  puts the code into the form that .editorconfig asks for'

prerequisites:
	@build/prerequisites

# BUILT=1 where a call before this one has built already.
build: prerequisites
	@$(if $(BUILT),true,dotnet build Portal.sln --nologo -v quiet -c $(CONFIGURATION))

demo: prerequisites
	@SLUICE_FLEET='$(or $(FLEET),demo)' KUBECONFIG='$(if $(filter command line,$(origin KUBECONFIG)),$(KUBECONFIG))' infra/demo/run

test: build
	@build/run-tests $(FAST_TESTS)

contract: build
	@build/prerequisites cluster
	@# Three at once on two cores: busy as they are, each waits for its cluster in between, and the whole ends sooner.
	@SLUICE_TEST_CHOICE='-maxThreads 3 $(if $(ALL),,-filter /[Category!=Long] -filter /*/*/*Simulated*)' build/run-tests tests/Contract.Tests

MINUTES ?= 10
chaos: build
	@build/prerequisites cluster
	@rm -f $${SLUICE_TEST_RESULTS:-TestResults}/chaos.txt
	@SLUICE_KILLS=all SLUICE_CHAOS_SECONDS=$$(( $(MINUTES) * 60 )) SLUICE_TEST_NAME=Chaos SLUICE_TEST_CHOICE='-trait Category=Chaos' build/run-tests tests/Contract.Tests; code=$$?; cat $${SLUICE_TEST_RESULTS:-TestResults}/chaos.txt; exit $$code

e2e: build
	@build/prerequisites browser
	@# As with the contracts.
	@SLUICE_TEST_CHOICE='-maxThreads 3 -trait- Category=Soak -trait- Category=Bulk' build/run-tests e2e-tests

# SOAK_PAGES, SOAK_PIPELINES, SOAK_CLUSTERS and SOAK_RATE change its size.
SECONDS ?= 600
soak: build
	@build/prerequisites browser
	@SOAK_SECONDS=$(SECONDS) SLUICE_TEST_NAME=Soak SLUICE_TEST_CHOICE='-trait Category=Soak' build/run-tests e2e-tests; code=$$?; cat $${SLUICE_TEST_RESULTS:-TestResults}/soak.txt; exit $$code

bulk: build
	@build/prerequisites browser
	@SLUICE_TEST_NAME=Bulk SLUICE_TEST_CHOICE='-trait Category=Bulk' build/run-tests e2e-tests; code=$$?; cat $${SLUICE_TEST_RESULTS:-TestResults}/bulk.txt; exit $$code

bench:
	@build/prerequisites browser
	@dotnet run --project bench -c Release -- $(ROWS)

format:
	dotnet format Portal.sln
