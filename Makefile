# Every target runs without a terminal and without input. The target folder is cargo's to choose.

CARGO ?= cargo
PREFIX ?= /usr/local
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.DEFAULT_GOAL := help
.PHONY: help build meetup test test-bluetooth lint doc bench release-check install

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

build: ## the release binary, and where it is
	@packaging/setup.sh --for build
	@packaging/binary.sh

meetup: ## seven neighbours on this machine found a network, meet and agree
	@packaging/setup.sh --for meetup
	@COMMUNE=$$(packaging/binary.sh --features simulated-clock) packaging/meetup.sh

test: ## all tests, short forms
	@packaging/setup.sh --for test
	@packaging/test.sh

test-bluetooth: ## neighbours by Bluetooth alone, in a virtual machine
	@packaging/setup.sh --for test
	$(CARGO) test --locked --features simulated-clock --test bluetooth -- --nocapture

lint: ## format, clippy, size limits
	@packaging/lint.sh

doc: ## the documentation of the code, broken links denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

bench: ## measures us beside others in one run, and prints a table
	@packaging/setup.sh --for build
	$(CARGO) run --locked --release --package commune-benches --features peers --bin table

release-check: ## all tests in their long forms, optimised (hours)
	@packaging/setup.sh --for test
	@COMMUNE_LONG=1 packaging/test.sh --release

install: ## binary, man pages and completions under PREFIX (and DESTDIR)
	@packaging/install.sh "$(DESTDIR)$(PREFIX)"
