# Allday. `make run` is the first thing to type; `make help` names the rest.
#
# Variables, to be given on the command line or kept in config.mk:

ENVIRONMENT = ansible/environments/local.yml  # what `make run` runs
HOSTS       = 3    # how many test hosts `make cloud` has, and
DEBIAN      =      # what is on them: bookworm or trixie; what is on this machine, if not said
SECONDS     = 3600 # for each target of `make fuzz`
PREFIX      = /usr
DESTDIR     =
CC          = gcc
CFLAGS      = -O2 -g
# (Branches that the sanitizers add make gcc warn of formats that cannot be.)
SANITIZE    = -fsanitize=address,undefined -fno-omit-frame-pointer \
	-Wno-format-overflow -Wno-format-truncation

-include config.mk

# For the shell, whatever is in its name.
export ALLDAY_FILE = $(strip $(ENVIRONMENT))
export ID

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:

# ---- what people type

build: built build/release/current ## everything that has to be built

run: packages build ## build and run an environment in the foreground
	@exec run/run "$$ALLDAY_FILE"

status: build/bin/asg ## the instances of what runs
	@build/bin/asg -s "$$(run/run --state "$$ALLDAY_FILE")" status

activities: build/bin/asg ## what was done to them, and why
	@build/bin/asg -s "$$(run/run --state "$$ALLDAY_FILE")" activities

request: build/bin/asg ## what the logs say of a request (ID=its X-Request-ID)
	@build/bin/asg -s "$$(run/run --state "$$ALLDAY_FILE")" request "$$ID"

invite: build/bin/asg ## print a code by which one account can be made (sign_up: invitation)
	@run/run --invite "$$ALLDAY_FILE"

# Of a deployment: its policy, and whether a program reads along (JSON=yes).
HOW = $(if $(POLICY),--policy "$(POLICY)") $(if $(filter yes,$(JSON)),--json)

deploy: build ## the release that stands here, for what runs, judged by its requests (POLICY=rolling, CONTRACT=yes)
	@run/deploy $(HOW) $(if $(filter yes,$(CONTRACT)),--contract) "$$ALLDAY_FILE"

rollback: build/bin/asg ## back to the release before (RELEASE=a named one)
	@run/deploy --rollback $(if $(RELEASE),--to "$(RELEASE)") $(HOW) "$$ALLDAY_FILE"

restart: build/bin/asg ## new instances of the release that runs (POLICY=rolling)
	@run/deploy --restart $(HOW) "$$ALLDAY_FILE"

rotate: build/bin/asg ## new passwords of the database for the programs, while all of it serves
	@run/rotate "$$ALLDAY_FILE"

cloud: packages-cloud build ## a whole cloud on test hosts of this machine (HOSTS=3), by root
	@$(CLOUD) up $(HOSTS) $(DEBIAN)
	@$(CLOUD) create

cloud-check: ## walk the seven steps of the blog's reader against it
	@tests/environment/check

cloud-down: ## remove it without a trace
	@$(CLOUD) down

check-environment: packages ## say what is wrong with an environment file (ENVIRONMENT=mine.yml)
	@environment/check "$$ALLDAY_FILE"

test: packages-test ## all tests; root's include those of clouds
	@$(MAKE) --no-print-directory -j$(PROCESSORS) build unit-programs fuzz-programs
	@tests/run

test-unit: packages-test unit-programs fuzz-programs ## C, under ASan and UBSan, and what is made up; the environment file
	@tests/run unit fuzz environment-file

test-api: packages-test build ## the API over HTTP, through the balancers
	@tests/run api

test-browser: packages-test build ## the React app: its units, then in Chromium and in part in Firefox (BROWSER=firefox: all)
	@tests/run www browser

fuzz: packages-test fuzz-programs ## what others send, made up for long (SECONDS=3600)
	@FUZZ_SECONDS=$(SECONDS) tests/run fuzz

fuzz-programs: $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

unit-programs: $(patsubst tests/unit/%.c,build/unit/%,$(wildcard tests/unit/test_*.c))

simulate: build/simulate/simulate ## a week of faults for the rules of asg (INSTANCES=10000 DAYS=7 SEED=1)
	@build/simulate/simulate $(if $(INSTANCES),--instances $(INSTANCES)) $(if $(DAYS),--days $(DAYS)) \
		$(if $(SEED),--seed $(SEED))

test-environment: packages-test build ## clouds on test hosts: needs root
	@tests/run environment

lint: packages-lint build lint-c lint-servers lint-ansible lint-www lint-tables ## everything that can be said without running it

lint-c: ## format and suspicious C
	clang-format --dry-run --Werror $(C_FILES)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
		--suppress=missingIncludeSystem -Ilib -Iasg -Ibuild/problems lib cgi-bin asg dns/steer tests/simulate

lint-servers: problems ## nginx -t, haproxy -c, knotc conf-check
	run/check

lint-ansible: ## the playbooks, at the strictest profile
	ansible-lint -q

lint-www: build/npm www/src/lib/problem-types.ts ## TypeScript
	cd www && npm run --silent lint

lint-tables: build/lint-npm build/libapp.a ## who may know what, the OpenAPI file, and what documents name
	tests/lint/tables
	node tests/lint/openapi.mjs docs/openapi.yaml
	tests/lint/problems
	tests/lint/migrations
	tests/lint/docs
	mandoc -T lint -W warning asg/asg.8 host/man/*.8

instructions: packages-test build ## write down what requests cost, in instructions (tests/api/test_instructions.py)
	RECORD=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/api/test_instructions.py

demo-heal: packages-test build ## what instances may suffer under load, and what it costs
	@tests/harness/heal.py

bench: packages-bench build build/bench/plan build/bench/limit build/simulate/simulate build/bench/npm ## what it costs (ONLY=PART)
	tests/bench/run $(ONLY)

bench-report: packages-bench build build/bench/plan build/bench/limit build/simulate/simulate build/bench/npm ## the same, into docs/benchmarks.md
	tests/bench/run --report

nemesis: packages-test build ## kill, stop, starve what runs under load, by seeds (SEEDS=30)
	@tests/nemesis/run $(SEEDS)

nemesis-cloud: packages-test packages-cloud build ## the same on three test hosts: machines, hosts and cables, by root
	@tests/nemesis/run --cloud $(SEEDS)

attack: packages-test build ## what one client can take from the others (ATTACK='NAME...', or tabs)
	@tests/attack/run $(ATTACK)

# Of what is built first, so that nothing else begins before.
place:
	@run/place

packages: place ## the Debian packages of `make run`
	@run/packages run

packages-test: place ## the same, of `make test`
	@run/packages run test $(CLOUD_IF_ROOT)

packages-cloud: place
	@run/packages run cloud

packages-lint:
	@run/packages run lint

packages-bench:
	@run/packages run test bench $(CLOUD_IF_ROOT)

built: place problems programs www/dist/index.html

install: built ## copy to DESTDIR
	install -d $(LIBDIR)/bin $(LIBDIR)/vpc $(LIBDIR)/machine $(LIBDIR)/dns $(SHAREDIR)/www $(SHAREDIR)/asg \
		$(SHAREDIR)/dns $(SHAREDIR)/image $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 asg/asg.8 host/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(PROGRAMS) build/bin/asg build/bin/dns-steer $(HOST_PROGRAMS) $(LIBDIR)/bin
	install -m 644 host/vpc/*.py $(LIBDIR)/vpc
	install -m 644 host/machine/*.py host/machine/allday-machine@.service \
		$(LIBDIR)/machine
	install -m 644 dns/steer/allday-dns-steer@.service $(LIBDIR)/dns
	install -m 644 host/image/packages.* $(SHAREDIR)/image
	cp -R sql nginx haproxy $(SHAREDIR)
	install -m 644 dns/knot.conf dns/zone $(SHAREDIR)/dns
	cp -R asg/providers $(SHAREDIR)/asg
	cp -R www/keep-assets $(SHAREDIR)/www
	cp -R www/dist/. $(SHAREDIR)/www/dist
	chmod -R u=rwX,go=rX $(SHAREDIR)

release: build ## what instances and hosts get, one file, build/release/ID.tar: its path is printed
	@echo $(CURDIR)/build/release/$$(cat build/release/current)

clean: ## stop what is left running, remove what was built; the lists in var/ stay
	@test ! -e var/lock || { $(MAKE) -s build/bin/asg && run/run --stop "$$ALLDAY_FILE"; }
	rm -rf build www/dist haproxy/problems $(PROBLEMS)

distclean: clean ## remove the data too, and what clouds keep for each other
	@for state in $(wildcard var/cloud*); do $(CLOUD) --state $$state down || exit 1; done
	rm -rf var www/node_modules

help: ## this
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 20

.PHONY: build run check-environment status activities request invite deploy rollback restart rotate cloud cloud-check cloud-down \
	test test-unit test-api test-browser test-environment lint lint-c lint-servers lint-ansible \
	lint-www lint-tables demo-heal instructions bench bench-report attack nemesis nemesis-cloud place packages packages-test packages-cloud packages-lint packages-bench \
	built install release clean distclean \
	help problems programs unit-programs fuzz fuzz-programs simulate

PROCESSORS    = $(shell nproc)
CLOUD         = tests/environment/hosts
CLOUD_IF_ROOT = $(if $(filter 0,$(shell id -u)),cloud)

HOST_PROGRAMS = host/vpc/vpc host/machine/machine \
	host/machine/machine-over-ssh host/asg/asg-turn

LIBDIR   = $(DESTDIR)$(PREFIX)/lib/allday
SHAREDIR = $(DESTDIR)$(PREFIX)/share/allday

# ---- what each hop and the app read of the table of problems

PROBLEMS = build/problems/problems.def haproxy/problems/unavailable nginx/api/problem-bodies.conf \
	nginx/web/problem-pages.conf www/src/lib/problem-types.ts

problems: $(PROBLEMS)

$(PROBLEMS) &: problems/problems.yaml problems/generate
	problems/generate

# ---- C: lib/*/*.c become libapp.a, every cgi-bin/NAME.c with it build/bin/NAME,
# asg/*/*.c build/bin/asg, dns/steer/*.c build/bin/dns-steer. What runs may be started from
# them at any moment: a new one
# takes the place of the old one whole.

WARNINGS = -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow \
	-Wpointer-arith -Wcast-qual -Wsign-compare
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
PACKAGES = json-c libargon2 libcrypto

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(WARNINGS) -MMD -MP -Ilib -Ibuild/problems \
	$(shell pkg-config --cflags $(PACKAGES)) $(shell mariadb_config --include)
LIBS     = -lfcgi $(shell mariadb_config --libs) $(shell pkg-config --libs $(PACKAGES)) \
	-lunistring -pthread
ASG_LIBS = -lunistring -lm $(shell pkg-config --libs json-c libcrypto)

LIB_OBJECTS = $(patsubst lib/%.c,build/lib/%.o,$(wildcard lib/*/*.c))
LIB_CHECKED = $(patsubst lib/%.c,build/unit/lib/%.o,$(wildcard lib/*/*.c))
ASG_SOURCES = $(wildcard asg/*.c asg/*/*.c)
ASG_OBJECTS = $(ASG_SOURCES:%.c=build/%.o)
ASG_CHECKED = $(patsubst %.c,build/unit/%.o,$(filter-out asg/cli/asg.c,$(ASG_SOURCES)))
STEER_OBJECTS = $(patsubst dns/steer/%.c,build/dns/%.o,$(wildcard dns/steer/*.c))
STEER_CHECKED = $(patsubst dns/steer/%.c,build/unit/dns/%.o,$(filter-out dns/steer/steer.c,$(wildcard dns/steer/*.c)))
SIMULATOR   = $(patsubst tests/simulate/%.c,build/simulate/%.o,$(wildcard tests/simulate/*.c))
SIMULATOR_CHECKED = $(patsubst build/%,build/unit/%,$(filter-out %/main.o,$(SIMULATOR)))
PROGRAMS    = $(patsubst cgi-bin/%.c,build/bin/%,$(wildcard cgi-bin/*.c))
C_FILES     = $(wildcard lib/*/*.[ch] cgi-bin/*.[ch] asg/*.[ch] asg/*/*.[ch] dns/steer/*.[ch] \
	tests/unit/*.[ch] tests/simulate/*.[ch] tests/fuzz/*.[ch] tests/bench/*.c)

programs: $(PROGRAMS) build/bin/asg build/bin/dns-steer | place

# (What else includes it is known after the first time, from *.d.)
$(LIB_OBJECTS) $(LIB_CHECKED) $(ASG_OBJECTS) $(ASG_CHECKED) $(STEER_OBJECTS) $(STEER_CHECKED) $(SIMULATOR) $(SIMULATOR_CHECKED) $(PROGRAMS:build/bin/%=build/cgi-bin/%.o): \
	| build/problems/problems.def

build/bin/%: build/cgi-bin/%.o build/libapp.a
	@mkdir -p $(@D)
	$(CC) -pie -Wl,-z,relro,-z,now -o $@.new $^ $(LIBS)
	@mv $@.new $@

build/bin/asg: $(ASG_OBJECTS) build/libapp.a
	@mkdir -p $(@D)
	$(CC) -pie -Wl,-z,relro,-z,now -o $@.new $^ $(ASG_LIBS)
	@mv $@.new $@

build/bin/dns-steer: $(STEER_OBJECTS) build/libapp.a
	@mkdir -p $(@D)
	$(CC) -pie -Wl,-z,relro,-z,now -o $@.new $^ $(ASG_LIBS)
	@mv $@.new $@

build/libapp.a: $(LIB_OBJECTS)
	rm -f $@
	ar rcs $@ $^

build/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HARDEN) -c -o $@ $<

build/cgi-bin/%.o: cgi-bin/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HARDEN) -c -o $@ $<

build/asg/%.o: asg/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iasg $(HARDEN) -c -o $@ $<

build/unit/asg/%.o: asg/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iasg $(SANITIZE) -c -o $@ $<

build/dns/%.o: dns/steer/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HARDEN) -c -o $@ $<

build/unit/dns/%.o: dns/steer/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -c -o $@ $<

build/unit/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -c -o $@ $<

build/simulate/%.o: tests/simulate/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iasg $(HARDEN) -c -o $@ $<

build/unit/simulate/%.o: tests/simulate/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iasg $(SANITIZE) -c -o $@ $<

build/simulate/simulate: $(SIMULATOR) $(filter build/asg/rules/% build/asg/model/%,$(ASG_OBJECTS)) build/libapp.a
	$(CC) -pie -o $@ $^ $(ASG_LIBS)

build/bench/%: tests/bench/%.c $(filter build/asg/rules/% build/asg/model/%,$(ASG_OBJECTS)) build/libapp.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iasg $(HARDEN) -pie -o $@ $(filter %.c %.o %.a,$^) $(ASG_LIBS) $(LIBS)

build/unit/libchecked.a: $(LIB_CHECKED) $(ASG_CHECKED) $(STEER_CHECKED) $(SIMULATOR_CHECKED)
	rm -f $@
	ar rcs $@ $^

build/unit/%: tests/unit/%.c build/unit/libchecked.a
	$(CC) $(ALL_CFLAGS) -Iasg -Idns/steer -Itests/simulate $(SANITIZE) -o $@ $< build/unit/libchecked.a \
		-lcmocka -lm $(LIBS)

.SECONDARY: $(PROGRAMS:build/bin/%=build/cgi-bin/%.o) $(LIB_CHECKED) $(ASG_CHECKED) $(STEER_CHECKED) $(SIMULATOR_CHECKED)

# ---- libFuzzer's targets: clang instruments the sources that they include

build/fuzz/libasg.a: $(filter-out build/asg/cli/asg.o,$(ASG_OBJECTS))
	@mkdir -p $(@D)
	rm -f $@
	ar rcs $@ $^

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/libasg.a build/libapp.a
	@mkdir -p build/fuzz/corpus/$*
	clang $(ALL_CFLAGS) -Iasg -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-o $@ $< build/fuzz/libasg.a build/libapp.a $(ASG_LIBS) $(LIBS)

-include $(wildcard build/*/*.d build/*/*/*.d build/*/*/*/*.d)

# ---- the React app

WWW_SOURCES = www/src/lib/problem-types.ts \
	$(shell find www -path www/node_modules -prune -o -path www/dist -prune -o -type f -print)

build/npm: www/package-lock.json | place
	@mkdir -p $(@D)
	cd www && npm ci --no-audit --no-fund
	@touch $@

www/dist/index.html: build/npm docs/openapi.yaml $(WWW_SOURCES)
	cd www && npm run --silent build
	@touch $@

# ---- the release: what instances and hosts run

# What install copies of the checkout, with its directories: one that has lost a file is newer.
RELEASED = $(shell find asg/asg.8 asg/providers dns haproxy host nginx sql www/keep-assets -name __pycache__ -prune -o -print)

build/release/current: $(RELEASED) $(PROBLEMS) $(PROGRAMS) build/bin/asg build/bin/dns-steer www/dist/index.html | place
	@mkdir -p $(@D)
	@host/release/build > $@.new
	@mv $@.new $@

# ---- the peer that is measured in Node

build/bench/npm: tests/bench/peers/node/package-lock.json
	@mkdir -p $(@D)
	cd $(<D) && npm ci --silent --no-audit --no-fund
	@touch $@

# ---- the checker of the OpenAPI file

build/lint-npm: tests/lint/package-lock.json
	@mkdir -p $(@D)
	cd tests/lint && npm ci --no-audit --no-fund
	@touch $@
