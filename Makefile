# epollsrv: `make help` lists the targets. Needs the .NET SDK 10 and gcc; what else a target needs, it says.

SHELL := /bin/bash
.DEFAULT_GOAL := all

PREFIX ?= /usr/local
DESTDIR ?=
UNIT_DIR ?= $(PREFIX)/lib/systemd/system

# With ld.lld the program is a static position-independent executable, with GNU ld a static one at a fixed address.
LINKER ?= $(if $(shell command -v ld.lld 2>/dev/null),lld,bfd)
# Packed relocations are undone at start by the C library that is linked in: glibc from 2.36 on.
PACK_RELOCATIONS ?= $(shell getconf GNU_LIBC_VERSION 2>/dev/null | awk '{ split($$2, v, "."); print (v[1] > 2 || v[2] >= 36) ? "true" : "false" }')
PUBLISH_OPTIONS := -p:LinkerFlavor=$(LINKER) -p:PackRelocations=$(PACK_RELOCATIONS)

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1

FOLDERS := $(wildcard Commands Engine Native Protocol Ring Share Store)
SOURCES := Program.cs $(shell find $(FOLDERS) -name '*.cs' -o -name '*.c' 2>/dev/null) epollsrv.csproj Native.targets BuildInfo.targets Directory.Build.props
QUIET := -v quiet --nologo -clp:NoSummary

.PHONY: all run test stress fuzz demo arm64 image install uninstall format format-check clean help FORCE

all: out/epollsrv ## build out/epollsrv, the static program (default)

# Rewritten only when a setting that is not a source file changed: the commit, or the linker.
obj/settings: FORCE
	@mkdir -p obj; \
	settings="$(PUBLISH_OPTIONS) $$(git describe --always --abbrev=12 '--exclude=*' --dirty=-modified 2>/dev/null || echo unknown)"; \
	if [ "$$settings" != "$$(cat $@ 2>/dev/null)" ]; then echo "$$settings" > $@; fi

out/epollsrv: $(SOURCES) obj/settings
	@scripts/publish.sh linux-x64 $@ $(PUBLISH_OPTIONS)

run: out/epollsrv ## start a node: 127.0.0.1:6379, or ARGS='serve --port 7000'
	@exec out/epollsrv $(if $(ARGS),$(ARGS),serve)

test: out/epollsrv ## the quick tests: unit and integration, against out/epollsrv
	@scripts/libc-test.sh
	@scripts/test.sh 'Category!=Stress&Category!=Fuzz'

stress: out/epollsrv ## the long tests with many connections and threads
	@scripts/test.sh 'Category=Stress'

fuzz: out/epollsrv ## random frames and random command scripts against slow, obvious oracles
	@scripts/test.sh 'Category=Fuzz'

format: ## rewrite the sources in the house style
	dotnet format epollsrv.csproj
	dotnet format Tests/Tests.csproj

format-check: ## fail when `make format` would change something
	dotnet format epollsrv.csproj --verify-no-changes
	dotnet format Tests/Tests.csproj --verify-no-changes

clean: ## remove everything that was built
	rm -rf out obj bin Tests/obj Tests/bin

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)$$/  make \1\t\2/p' Makefile | expand -t 20
