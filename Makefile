# epollsrv: `make help` lists the targets. Needs the .NET SDK 10 and gcc; what else a target needs, it says.

SHELL := /bin/bash
.DEFAULT_GOAL := all

PREFIX ?= /usr/local
DESTDIR ?=
IMAGE ?= epollsrv
UNIT_DIR ?= $(PREFIX)/lib/systemd/system
ZSH_DIR ?= $(PREFIX)/share/zsh/site-functions
# What make install installs, and the folder that the unit starts it from.
PROGRAM ?= out/epollsrv
BINDIR ?= $(PREFIX)/bin

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
# The SDK starts without the ICU library, which a small system does not have.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1

FOLDERS := $(wildcard Commands Engine Journal Native Node Protocol Ring Share Store)
SOURCES := Program.cs $(shell find $(FOLDERS) -name '*.cs' -o -name '*.[ch]' -o -path '*/Http/Page/*' 2>/dev/null) epollsrv.csproj Native.targets Page.targets BuildInfo.targets Directory.Build.props
QUIET := -v quiet --nologo -clp:NoSummary

.PHONY: all run test unit test-under-load stress soak durability replication fuzz checked differential conformance memcached monitoring sandbox systemd demo arm64 image footprint bench bench-quick instructions scaling install uninstall manual release format format-check clean help FORCE

all: out/epollsrv ## build out/epollsrv, the static program (default)

# Rewritten only when a setting that is not a source file changed: the commit, or the linker.
obj/settings: FORCE
	@mkdir -p obj; \
	settings="$(PUBLISH_OPTIONS)"; \
	if [ "$$settings" != "$$(cat $@ 2>/dev/null)" ]; then echo "$$settings" > $@; fi

out/epollsrv: $(SOURCES) obj/settings
	@scripts/publish.sh epollsrv.csproj $(RUNTIME) $@ $(PUBLISH_OPTIONS)

out/checked/epollsrv: $(SOURCES) obj/settings
	@CONFIGURATION=Checked scripts/publish.sh epollsrv.csproj $(RUNTIME) $@ $(PUBLISH_OPTIONS)

out/epollsrv-bench: $(SOURCES) $(wildcard tools/bench/*.cs) tools/bench/epollsrv-bench.csproj obj/settings
	@scripts/publish.sh tools/bench/epollsrv-bench.csproj $(RUNTIME) $@ $(PUBLISH_OPTIONS)

run: out/epollsrv ## start a node: 127.0.0.1:6379, or ARGS='serve --port 7000'
	@exec out/epollsrv $(if $(ARGS),$(ARGS),serve)

test: out/epollsrv out/epollsrv-bench ## the quick tests: unit and integration, against out/epollsrv
	@scripts/libc-test.sh
	@scripts/test.sh 'Category!=Stress&Category!=Fuzz&Category!=Differential&Category!=Soak&Category!=Durability&Category!=Replication'

unit: ## the unit tests that are quick; no native build
	@scripts/test.sh 'FullyQualifiedName~Epollsrv.Tests.Unit&Category!=Stress&Category!=Durability&Speed!=Slow'

test-under-load: out/epollsrv out/epollsrv-bench ## the quick tests beside 8 busy processes (ARGS=10: ten times)
	@scripts/test-under-load.sh $(ARGS)

stress: out/epollsrv ## the long tests with many connections and threads
	@scripts/test.sh 'Category=Stress'

differential: out/epollsrv ## a million random commands: redis-server's replies and files
	@scripts/valkey-tests.sh Differential 'the exchange of directories with valkey'

soak: out/epollsrv ## writes at the memory limit, two million (ARGS=--full: ten)
	@TEST_HANG_TIMEOUT=30m $(if $(ARGS),SOAK_WRITES=10000000) scripts/test.sh 'Category=Soak'

durability: out/epollsrv ## the proofs that no acknowledged write is lost (ARGS=--full)
	@scripts/durability.sh $(ARGS)

replication: out/epollsrv ## all kinds of pairs, and Sentinel (ARGS=--full)
	@scripts/valkey-tests.sh Replication 'the tests with valkey' $(ARGS)

fuzz: out/epollsrv ## random frames and commands against slow, obvious oracles
	@scripts/test.sh 'Category=Fuzz'

# Not the million subscriptions: each buffer of that build is a mapping, and the kernel allows 65,530 of them.
checked: out/checked/epollsrv ## fuzz and stress in a build that checks who owns each buffer
	@CONFIGURATION=Checked scripts/test.sh '(Category=Fuzz|FullyQualifiedName~NodeStressTests|FullyQualifiedName~RespSessionStressTests|FullyQualifiedName~ClosingTests|FullyQualifiedName~SandboxEscapeTests)&FullyQualifiedName!~A_million_subscriptions'

conformance: out/epollsrv ## others' programs: redis-cli, client libraries, Redis's suites
	@scripts/conformance.sh

memcached: out/epollsrv ## clients of memcached: pymemcache, php-memcached, nginx
	@scripts/conformance-memcached.sh

monitoring: out/epollsrv ## alerts and dashboard, with nodes that Prometheus scrapes
	@scripts/monitoring-test.sh

out/arm64/epollsrv: $(SOURCES) obj/settings
	@scripts/publish-arm64.sh $@ -p:BuildCommit=$(COMMIT) -p:PackRelocations=$(PACK_RELOCATIONS)

arm64: out/epollsrv out/arm64/epollsrv ## build out/arm64/epollsrv, try it on an emulated Cortex-A53
	@scripts/arm64.sh

image: out/epollsrv ## the image epollsrv (FROM scratch): docker, podman or buildah
	@scripts/image.sh out/epollsrv $(IMAGE)

footprint: out/epollsrv ## check the limits on size, start-up time and idle memory
	@scripts/footprint.sh

bench: out/epollsrv out/epollsrv-bench ## compare with others (ARGS=--full: hours)
	@scripts/bench.sh $(ARGS)

bench-quick: out/epollsrv out/epollsrv-bench ## the ratios that matter most, in two minutes; only prints
	@scripts/bench.sh --quick $(ARGS)

instructions: out/epollsrv out/epollsrv-bench ## instructions per request, compared with the recorded ones
	@scripts/instructions.sh $(ARGS)

scaling: out/epollsrv out/epollsrv-bench ## instructions and atomics per request, with 1 to 8 workers
	@scripts/scaling.sh $(ARGS)

# Never builds: it is run as root, who would leave files behind that the owner of the sources cannot replace.
install: ## what was built; PREFIX=/usr/local, DESTDIR, PROGRAM=FILE
	@[ -f "$(PROGRAM)" ] || { echo "make install: $(PROGRAM) is missing: build it first, not as root, with make" >&2; exit 1; }
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/epollsrv
	install -d $(DESTDIR)$(UNIT_DIR)
	sed 's|@BINDIR@|$(BINDIR)|' systemd/epollsrv.service > $(DESTDIR)$(UNIT_DIR)/epollsrv.service
	chmod 0644 $(DESTDIR)$(UNIT_DIR)/epollsrv.service
	install -m 0644 systemd/epollsrv.socket $(DESTDIR)$(UNIT_DIR)/epollsrv.socket
	install -D -m 0644 packaging/epollsrv.1 $(DESTDIR)$(PREFIX)/share/man/man1/epollsrv.1
	install -D -m 0644 packaging/epollsrv.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/epollsrv
	install -D -m 0644 packaging/_epollsrv $(DESTDIR)$(ZSH_DIR)/_epollsrv
	[ -e $(DESTDIR)/etc/epollsrv.conf ] || install -D -m 0644 systemd/epollsrv.conf $(DESTDIR)/etc/epollsrv.conf

uninstall: ## remove what install installed, but for /etc/epollsrv.conf
	rm -f $(DESTDIR)$(PREFIX)/bin/epollsrv $(DESTDIR)$(UNIT_DIR)/epollsrv.service $(DESTDIR)$(UNIT_DIR)/epollsrv.socket \
		$(DESTDIR)$(PREFIX)/share/man/man1/epollsrv.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/epollsrv $(DESTDIR)$(ZSH_DIR)/_epollsrv

manual: out/epollsrv ## rewrite the manual page and completions from --help-all
	@scripts/manual.sh

release: out/epollsrv out/arm64/epollsrv ## tarballs, .debs, image, SBOM in out/release: VERSION=N
	@scripts/release.sh '$(VERSION)'

sandbox: out/epollsrv ## no system call is allowed without need
	@scripts/sandbox-test.sh

systemd: out/epollsrv ## units and .deb, with systemd as process 1 in a container
	@scripts/systemd-test.sh $(ARGS)

demo: out/epollsrv ## four nodes, files fetched, a node killed: the README's tour
	@scripts/demo.sh

format: ## rewrite the sources in the house style
	dotnet format epollsrv.csproj
	dotnet format Tests/Tests.csproj
	dotnet format tools/bench/epollsrv-bench.csproj

format-check: ## fail when `make format` would change something
	dotnet format epollsrv.csproj --verify-no-changes
	dotnet format Tests/Tests.csproj --verify-no-changes
	dotnet format tools/bench/epollsrv-bench.csproj --verify-no-changes

clean: ## remove everything that was built
	rm -rf out obj bin Tests/obj Tests/bin tools/bench/obj tools/bench/bin

help: ## this list
	@echo 'Usage: make [TARGET]'
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)$$/  \1\t\2/p' Makefile | expand -t 19
