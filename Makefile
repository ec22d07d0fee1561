# SPDX-License-Identifier: MIT
# leat: `make help` lists the targets. Objects of a flavour are in build/FLAVOUR.

FLAVOUR ?= release
V       ?=
PREFIX  ?= /usr/local
DESTDIR ?=
SECONDS ?= 60
RUNS    ?= 5
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
VERSION := 0.1.0

CC     ?= cc
# The archive's index is made by who knows the compiler's intermediate code.
AR     := $(or $(if $(findstring clang,$(CC)),$(shell command -v $(subst clang,llvm-ar,$(CC)) llvm-ar | head -n 1),\
            $(shell command -v gcc-ar)),ar)
LUA    ?= $(firstword $(shell command -v lua5.4 lua54 lua) lua5.4)
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
CLANG  ?= $(firstword $(shell command -v clang-14 clang) clang)

# -- where the libraries are -------------------------------------------------
# Empty on a machine that lacks them; then `deps` installs, and make runs anew.

pc = $(shell for p in $(2); do pkg-config $(1) $$p 2>/dev/null && break; done)
LIB_DIR := $(or $(call pc,--variable=libdir,lua5.4 lua-5.4 lua54),/usr/lib)

LUA_PC      := lua5.4 lua-5.4 lua54
LPEG_PC     := lua5.4-lpeg
LUA_CFLAGS  ?= $(call pc,--cflags,$(LUA_PC))
LUA_STATIC  := $(firstword $(wildcard $(LIB_DIR)/liblua5.4.a $(LIB_DIR)/liblua.a))
LPEG_STATIC := $(wildcard $(LIB_DIR)/liblua5.4-lpeg.a)
LUA_SHARED   = $(call pc,--libs,$(LUA_PC))
LPEG_SHARED  = $(call pc,--libs,$(LPEG_PC))
# What the byte layer needs: gzip and zstd.
BYTES_STATIC := $(wildcard $(LIB_DIR)/libz.a) $(wildcard $(LIB_DIR)/libzstd.a)
BYTES_SHARED  = -lz -lzstd

# What the REPL of the executable needs: libedit, and what that needs.
EDIT_STATIC := $(wildcard $(foreach l,edit bsd md tinfo,$(LIB_DIR)/lib$(l).a))
EDIT_SHARED  = $(call pc,--libs,libedit) $(or $(call pc,--libs,tinfo ncurses),-ltinfo)

# All of liblua goes into the executable, also what leat itself never calls: C
# modules that it loads find the API there. LPeg's symbols stay private, or a
# C module with a function called `match` would get LPeg's.
comma := ,
LUA_LIBS = $(if $(LUA_STATIC),-Wl$(comma)--whole-archive $(LUA_STATIC) \
  -Wl$(comma)--no-whole-archive,$(LUA_SHARED))
LPEG_LIBS = $(or $(LPEG_STATIC),$(LPEG_SHARED))
BYTES_LIBS = $(if $(word 2,$(BYTES_STATIC)),$(BYTES_STATIC),$(BYTES_SHARED))
EDIT_LIBS = $(if $(word 4,$(EDIT_STATIC)),$(EDIT_STATIC),$(EDIT_SHARED))
PRIVATE_LIBS = -Wl,--exclude-libs,liblua5.4-lpeg.a:libz.a:libzstd.a:$(subst $() ,:,$(notdir \
  $(EDIT_STATIC)))
EXE_LIBS = $(LUA_LIBS) $(LPEG_LIBS) $(BYTES_LIBS) $(PRIVATE_LIBS) -lm -ldl

# -- flags -------------------------------------------------------------------

WARN_BASIC  := -Wall -Wextra -Werror
WARN_SHAPES := -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla
WARN_VALUES := -Wshadow -Wpointer-arith -Wcast-align -Wwrite-strings -Wconversion \
  -Wno-sign-conversion
WARNINGS    := $(WARN_BASIC) $(WARN_SHAPES) $(WARN_VALUES)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# -O3: operators take 8 % less time than with -O2 (zip 12, chain and pairwise 17), scans the same.
# -flto: range, filter, map, sum takes 0.63 s for 0.71 s, jsonl 3-5 % less.
LTO           ?= $(shell echo 'int x;' | $(CC) -flto=auto -xc -c -o /dev/null - 2>/dev/null && \
                   echo -flto=auto)
FLAGS_release := -O3 -g1 -DNDEBUG $(LTO)
LINK_release   = -O3 $(LTO)
# Machine code out of an -r link: gcc must be told, clang does so by itself.
NATIVE         = $(shell echo 'int x;' | $(CC) -r $(LTO) -flinker-output=nolto-rel -xc -o /dev/null - \
                   2>/dev/null && echo -flinker-output=nolto-rel)
FLAGS_debug   := -O0 -g
FLAGS_asan    := -O1 -g $(SANITIZE)
FLAGS_tsan    := -O1 -g -fsanitize=thread
FLAGS_stress  := -O1 -g -DLEAT_STRESS -DLEAT_READ_SIZE=7 -DLEAT_WRITE_SIZE=7
FLAGS_trace   := -O1 -g -DLEAT_TRACE
LINK_asan     := $(SANITIZE)
LINK_tsan     := -fsanitize=thread
ifeq ($(origin FLAGS_$(FLAVOUR)),undefined)
  $(error FLAVOUR is one of release, debug, asan, tsan, stress, trace; got '$(FLAVOUR)')
endif

CFLAGS   ?=
STANDARD := -std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L
INCLUDE  := -iquote src -iquote src/bytes
ALL_CFLAGS = $(STANDARD) $(INCLUDE) -DLEAT_VERSION='"$(VERSION)"' -fPIC -fvisibility=hidden \
  $(WARNINGS) $(FLAGS_$(FLAVOUR)) $(CFLAGS)

# -- files -------------------------------------------------------------------

B       := build/$(FLAVOUR)
SOURCES := $(filter-out src/cli/% src/host/%,$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/obj/%.o)
MODULES := $(wildcard lua/leat/*.lua)
CORE    := $(B)/leat/core.so
EXE     := $(B)/bin/leat
CLI     := $(patsubst %.c,$(B)/obj/%.o,$(wildcard src/cli/*.c))
MANUAL  := build/leat.1
TYPES   := build/luals/module/leat.lua build/luals/script/leat_script.lua
# What leat.h promises, in one object: for libleat and the executable.
HOST    := $(patsubst %.c,$(B)/obj/%.o,$(wildcard src/host/*.c)) $(B)/obj/embedded.o
WHOLE   := $(B)/obj/leat.o
# The library, shared and static. The first number of the version is that of the interface.
SONAME  := libleat.so.$(firstword $(subst ., ,$(VERSION)))
SHARED  := $(B)/$(SONAME)
STATIC  := $(B)/libleat.a
# With the symbols of every file, for the unit tests.
ARCHIVE := $(B)/obj/units.a
UNITS   := $(patsubst spec/unit/%.c,$(B)/unit/%,$(wildcard spec/unit/*_test.c))
OOM     := $(B)/oom_host

# -- targets for people ------------------------------------------------------

SUB = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: all run test check bench fuzz install uninstall env clean help
.DEFAULT_GOAL := all

all: ## build build/leat and build/release/leat/core.so
	@.ci/deps build
	@$(SUB) products

run: all ## run examples/run.lua: a JSONL file filtered, batched and reported
	@build/leat examples/run.lua

test: all ## run the specs and the C unit tests
	@.ci/deps build test
	@$(SUB) products units
	@rm -f build/tally
	@$(SUITE) units $(FLAVOUR)
	@$(SUITE) specs $(FLAVOUR)
	@$(SUITE) total build/tally

check: all ## sanitizers, threads, stress, valgrind, trace, lint, exports, failing allocations
	@.ci/deps build test check
	@rm -f build/tally
	@$(SUB) FLAVOUR=asan products units oom_host
	@$(SUB) FLAVOUR=stress products units
	@$(SUB) FLAVOUR=tsan build/tsan/unit/threads_test
	@$(SUB) FLAVOUR=trace products
	@$(SUITE) units asan
	@$(SUITE) specs asan
	@$(SUITE) units tsan
	@$(SUITE) units stress
	@$(SUITE) specs stress
	@$(SUITE) specs memcheck
	@$(SUITE) trace
	@$(SUITE) lint
	@$(SUITE) exports
	@$(SUITE) oom asan
	@$(SUITE) total build/tally

bench: all ## ratios against the peers (RUNS=5, ONLY=text, RSS=1: ten times the input, too)
	@.ci/deps build bench
	@mkdir -p build/bench && $(CC) $(STANDARD) $(WARNINGS) -O1 -o build/bench/rss spec/bench/rss.c
	@LUA=$(LUA) RUNS=$(RUNS) $(PYTHON) spec/bench/bench.py

fuzz: ## fuzz what reads bytes from outside (SECONDS=60 for each target)
	@.ci/deps build fuzz || echo "fuzz: skipped, there is no clang"
	@if command -v $(CLANG) >/dev/null; then $(SUB) -j1 fuzz_run; fi

install: all ## copy to DESTDIR PREFIX (/usr/local): bin/leat, leat.h, libleat, leat.pc, leat.1, Lua modules
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LUA_C_DIR) $(DESTDIR)$(LUA_DIR) \
	  $(DESTDIR)$(INCLUDE_DIR) $(DESTDIR)$(LIBRARY_DIR)/pkgconfig
	install -m 755 build/release/bin/leat $(DESTDIR)$(PREFIX)/bin/leat
	install -d $(DESTDIR)$(MAN_DIR) $(addprefix $(DESTDIR)$(TYPES_DIR)/,module script)
	install -m 644 $(MANUAL) $(DESTDIR)$(MAN_DIR)/leat.1
	install -m 644 build/luals/module/*.lua $(DESTDIR)$(TYPES_DIR)/module
	install -m 644 build/luals/script/*.lua $(DESTDIR)$(TYPES_DIR)/script
	install -m 644 src/host/leat.h $(DESTDIR)$(INCLUDE_DIR)/leat.h
	install -m 755 build/release/$(SONAME) $(DESTDIR)$(LIBRARY_DIR)/libleat.so.$(VERSION)
	ln -sf libleat.so.$(VERSION) $(DESTDIR)$(LIBRARY_DIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBRARY_DIR)/libleat.so
	install -m 644 build/release/libleat.a $(DESTDIR)$(LIBRARY_DIR)/libleat.a
	@$(MAKE) --no-print-directory install_module
	printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$(call in_prefix,$(INCLUDE_DIR))' \
	  'libdir=$(call in_prefix,$(LIBRARY_DIR))' 'lua_path=$(call in_prefix,$(LUA_DIR))' \
	  'lua_cpath=$(call in_prefix,$(LUA_C_DIR))' '' 'Name: leat' \
	  'Description: lazy data pipelines in Lua 5.4, for C programs and for Lua' \
	  'Version: $(VERSION)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lleat' \
	  'Libs.private: $(strip $(LUA_SHARED) $(if $(LPEG_STATIC),,$(LPEG_SHARED)) $(BYTES_SHARED) -lm)' \
	  > $(DESTDIR)$(LIBRARY_DIR)/pkgconfig/leat.pc

uninstall: ## remove what install copied
	rm -f $(DESTDIR)$(PREFIX)/bin/leat $(DESTDIR)$(INCLUDE_DIR)/leat.h \
	  $(DESTDIR)$(LIBRARY_DIR)/libleat.* $(DESTDIR)$(LIBRARY_DIR)/pkgconfig/leat.pc \
	  $(DESTDIR)$(MAN_DIR)/leat.1
	rm -rf $(DESTDIR)$(TYPES_DIR) $(DESTDIR)$(LUA_C_DIR)/leat $(DESTDIR)$(LUA_DIR)/leat

env: ## print the exports with which a plain lua5.4 finds leat here: eval "$(make -s env)"
	@echo 'export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$${LUA_PATH:-;}"'
	@echo 'export LUA_CPATH="$(CURDIR)/build/release/?.so;$${LUA_CPATH:-;}"'

clean: ## remove build/
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

# -- targets for targets -----------------------------------------------------

INCLUDE_DIR ?= $(PREFIX)/include
LIBRARY_DIR ?= $(PREFIX)/lib
LUA_DIR   ?= $(PREFIX)/share/lua/5.4
LUA_C_DIR ?= $(PREFIX)/lib/lua/5.4
MAN_DIR   ?= $(PREFIX)/share/man/man1
TYPES_DIR := $(PREFIX)/share/leat/luals
in_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
Q := $(if $(V),,@)
note = $(if $(V),,@printf '  %-6s %s\n' $(1) $@)
SUITE = LUA=$(LUA) $(LUA) spec/support/suite.lua

.PHONY: products module units oom_host fuzz_run install_module
products: $(CORE) $(EXE) $(SHARED) $(STATIC) \
  $(if $(filter release,$(FLAVOUR)),build/leat $(MANUAL) $(TYPES))
	@:
module: $(CORE)
units: $(UNITS)
	@:
oom_host: $(OOM)

install_module: # without the executable: what LuaRocks calls
	install -d $(DESTDIR)$(LUA_C_DIR)/leat $(DESTDIR)$(LUA_DIR)/leat
	install -m 755 build/release/leat/core.so $(DESTDIR)$(LUA_C_DIR)/leat/core.so
	install -m 644 $(MODULES) $(DESTDIR)$(LUA_DIR)/leat

# The byte layer knows no Lua: it is compiled without Lua's include path.
$(B)/obj/src/bytes/%.o: src/bytes/%.c Makefile
	@mkdir -p $(@D)
	$(call note,cc)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call note,cc)
	$(Q)$(CC) $(ALL_CFLAGS) $(LUA_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/embedded.c: src/host/embed.lua $(MODULES)
	@mkdir -p $(@D)
	$(call note,embed)
	$(Q)$(LUA) src/host/embed.lua $@ $(MODULES)

$(B)/obj/embedded.o: $(B)/obj/embedded.c Makefile
	$(call note,cc)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(CORE): $(OBJECTS)
	@mkdir -p $(@D)
	$(call note,link)
	$(Q)$(CC) -shared $(LINK_$(FLAVOUR)) $(LDFLAGS) -o $@ $(OBJECTS) $(BYTES_SHARED) -lm

$(ARCHIVE): $(OBJECTS) $(HOST)
	$(call note,ar)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(OBJECTS) $(HOST)

# Optimised as a whole here, machine code afterwards: who links libleat.a needs no -flto.
$(WHOLE): $(OBJECTS) $(HOST)
	$(call note,link)
	$(Q)$(CC) -r $(LINK_$(FLAVOUR)) $(if $(findstring -flto,$(LINK_$(FLAVOUR))),$(NATIVE)) -o $@ $(OBJECTS) $(HOST)

$(EXE): $(CLI) $(WHOLE)
	@mkdir -p $(@D)
	$(if $(and $(LUA_STATIC),$(LPEG_STATIC)),,@echo "  no static liblua or LPeg: linking shared")
	$(call note,link)
	$(Q)$(CC) $(LINK_$(FLAVOUR)) $(LDFLAGS) -Wl,-E -Wl,--wrap=lua_resume -o $@ $(CLI) \
	  $(WHOLE) $(EDIT_LIBS) $(EXE_LIBS)

# The Lua that it calls is the host's if the host has one, else the shared one. LPeg is inside.
$(SHARED): $(WHOLE) src/host/exports.map
	$(call note,link)
	$(Q)$(CC) -shared $(LINK_$(FLAVOUR)) $(LDFLAGS) -Wl,-soname,$(SONAME) \
	  -Wl,--version-script=src/host/exports.map -o $@ $(WHOLE) $(LPEG_LIBS) $(LUA_SHARED) \
	  $(BYTES_SHARED) -lm
	$(Q)ln -sf $(SONAME) $(B)/libleat.so

# One object, in which all names but the public ones are local: a host's own may be the same.
$(STATIC): $(WHOLE)
	$(call note,ar)
	$(Q)$(CC) -r $(filter -fsanitize=%,$(LINK_$(FLAVOUR))) -o $(B)/obj/libleat.o $(WHOLE) $(LPEG_STATIC)
	$(Q)objcopy --wildcard --keep-global-symbol='leat_*' --keep-global-symbol=luaopen_leat \
	  $(B)/obj/libleat.o
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(B)/obj/libleat.o

build/leat: build/release/bin/leat
	$(Q)ln -f $< $@ 2>/dev/null || cp $< $@

# What people and editors read of leat is written by leat, which knows its operators.
$(MANUAL): src/cli/man.lua build/leat Makefile
	$(call note,man)
	$(Q)build/leat $< $(VERSION) > $@.new && mv $@.new $@

build/luals/%.lua: src/cli/types.lua src/cli/signature.lua src/host/leat.h build/leat
	@mkdir -p $(@D)
	$(call note,types)
	$(Q)build/leat $< $(patsubst %/,%,$(dir $*)) > $@.new && mv $@.new $@

$(B)/unit/%: spec/unit/%.c $(ARCHIVE) Makefile
	@mkdir -p $(@D)
	$(call note,cc)
	$(Q)$(CC) $(ALL_CFLAGS) -UNDEBUG $(LUA_CFLAGS) -MMD -MP -o $@ $< $(ARCHIVE) $(EXE_LIBS)

$(OOM): spec/oom/oom_host.c $(WHOLE) Makefile
	$(call note,cc)
	$(Q)$(CC) $(ALL_CFLAGS) $(LUA_CFLAGS) -MMD -MP -o $@ \
	  $(filter %.c %.o,$^) $(EXE_LIBS)

# Each spec/fuzz/NAME_fuzz.c is one target over the byte layer, its corpus kept
# in build/fuzz/NAME and seeded from the conformance suite where that is found.
LEAT_DATA ?= ../shared/data
SEEDS     := $(wildcard $(LEAT_DATA)/json-conformance/test_parsing)
FUZZERS   := $(patsubst spec/fuzz/%_fuzz.c,build/fuzz/%_fuzz,$(wildcard spec/fuzz/*_fuzz.c))
FUZZ_FLAGS := $(STANDARD) $(INCLUDE) -g -O1 \
  -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

build/fuzz/%_fuzz: spec/fuzz/%_fuzz.c $(wildcard src/bytes/*.c src/bytes/*.h)
	@mkdir -p $(@D)
	$(call note,fuzz)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -o $@ $< $(wildcard src/bytes/*.c) $(BYTES_SHARED) -lm

fuzz_run: $(FUZZERS)
	@for f in $(FUZZERS); do \
	  mkdir -p $${f}_corpus; \
	  echo "$$f: $(SECONDS) s"; \
	  $$f -max_total_time=$(SECONDS) -rss_limit_mb=4096 -timeout=20 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/ $${f}_corpus $(SEEDS) 2> $$f.log \
	    || { tail -30 $$f.log; exit 1; }; \
	  grep -E 'DONE|number_of_executed' $$f.log; \
	done

-include $(shell find build/$(FLAVOUR) -name '*.d' 2>/dev/null)
