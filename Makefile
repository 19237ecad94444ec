# epollsrv: `make help` lists the targets. Needs the .NET SDK 10 and gcc; what else a target needs, it says.

SHELL := /bin/bash
.DEFAULT_GOAL := all

PREFIX ?= /usr/local
DESTDIR ?=
IMAGE ?= epollsrv
UNIT_DIR ?= $(PREFIX)/lib/systemd/system

# With ld.lld the program is a static position-independent executable, with GNU ld a static one at a fixed address.
LINKER ?= $(if $(shell command -v ld.lld 2>/dev/null),lld,bfd)
# Packed relocations are undone at start by the C library that is linked in: glibc from 2.36 on.
PACK_RELOCATIONS ?= $(shell getconf GNU_LIBC_VERSION 2>/dev/null | awk '{ split($$2, v, "."); print (v[1] > 2 || v[2] >= 36) ? "true" : "false" }')
# COMMIT names the commit where git cannot, as in an image that is built from a copy of the sources.
COMMIT ?= $(shell git describe --always --abbrev=12 '--exclude=*' --dirty=-modified 2>/dev/null || echo unknown)
RUNTIME := linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)
PUBLISH_OPTIONS := -p:BuildCommit=$(COMMIT) -p:LinkerFlavor=$(LINKER) -p:PackRelocations=$(PACK_RELOCATIONS)

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1

FOLDERS := $(wildcard Commands Engine Native Protocol Ring Share Store)
SOURCES := Program.cs $(shell find $(FOLDERS) -name '*.cs' -o -name '*.c' 2>/dev/null) epollsrv.csproj Native.targets BuildInfo.targets Directory.Build.props
QUIET := -v quiet --nologo -clp:NoSummary

.PHONY: all run test stress soak fuzz differential conformance demo arm64 image footprint bench bench-quick instructions scaling install uninstall format format-check clean help FORCE

all: out/epollsrv ## build out/epollsrv, the static program (default)

# Rewritten only when a setting that is not a source file changed: the commit, or the linker.
obj/settings: FORCE
	@mkdir -p obj; \
	settings="$(PUBLISH_OPTIONS)"; \
	if [ "$$settings" != "$$(cat $@ 2>/dev/null)" ]; then echo "$$settings" > $@; fi

out/epollsrv: $(SOURCES) obj/settings
	@scripts/publish.sh $(RUNTIME) $@ $(PUBLISH_OPTIONS)

run: out/epollsrv ## start a node: 127.0.0.1:6379, or ARGS='serve --port 7000'
	@exec out/epollsrv $(if $(ARGS),$(ARGS),serve)

test: out/epollsrv ## the quick tests: unit and integration, against out/epollsrv
	@scripts/libc-test.sh
	@scripts/test.sh 'Category!=Stress&Category!=Fuzz&Category!=Differential&Category!=Soak'

stress: out/epollsrv ## the long tests with many connections and threads
	@scripts/test.sh 'Category=Stress'

differential: out/epollsrv ## a million random commands to a redis-server and to a node: the replies must be the same
	@scripts/test.sh 'Category=Differential'

soak: out/epollsrv ## what takes many minutes: ten million writes at the memory limit
	@TEST_HANG_TIMEOUT=30m scripts/test.sh 'Category=Soak'

fuzz: out/epollsrv ## random frames and random command scripts against slow, obvious oracles
	@scripts/test.sh 'Category=Fuzz'

conformance: out/epollsrv ## programs that others wrote, against the node: redis-cli, client libraries, curl
	@scripts/conformance.sh

arm64: out/epollsrv ## cross-build out/arm64/epollsrv and try it on an emulated Cortex-A53
	@scripts/arm64.sh -p:BuildCommit=$(COMMIT) -p:PackRelocations=$(PACK_RELOCATIONS)

image: out/epollsrv ## build the image epollsrv (FROM scratch) from out/epollsrv, with docker, podman or buildah
	@scripts/image.sh out/epollsrv $(IMAGE)

footprint: out/epollsrv ## check the limits on size, start-up time and idle memory
	@scripts/footprint.sh

bench: out/epollsrv ## compare with redis-server and memcached, about 20 minutes: docs/PERFORMANCE.md (ARGS=--full: hours)
	@scripts/bench.sh $(ARGS)

bench-quick: out/epollsrv ## the ratios that matter most, in under two minutes; only prints
	@scripts/bench.sh --quick $(ARGS)

instructions: out/epollsrv ## compare instructions per request (callgrind) with the recorded ones
	@scripts/instructions.sh $(ARGS)

scaling: out/epollsrv ## count instructions and atomics per request with 1, 2, 4 and 8 workers: they must be the same
	@scripts/scaling.sh $(ARGS)

install: out/epollsrv ## install the program and a systemd unit under PREFIX=/usr/local (and DESTDIR)
	install -D -m 0755 out/epollsrv $(DESTDIR)$(PREFIX)/bin/epollsrv
	install -d $(DESTDIR)$(UNIT_DIR)
	sed 's|@BINDIR@|$(PREFIX)/bin|' systemd/epollsrv.service > $(DESTDIR)$(UNIT_DIR)/epollsrv.service
	chmod 0644 $(DESTDIR)$(UNIT_DIR)/epollsrv.service

uninstall: ## remove what install installed
	rm -f $(DESTDIR)$(PREFIX)/bin/epollsrv $(DESTDIR)$(UNIT_DIR)/epollsrv.service

demo: out/epollsrv ## four nodes, files fetched by their hash, a node killed: the README's tour
	@scripts/demo.sh

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
