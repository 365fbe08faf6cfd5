# SPDX-License-Identifier: GPL-2.0-only
#
# usage: make -k -j N -f jobs.mk JOB...      with DIONISYS_BUILD set
#
# The jobs of ./check: what each runs, and which one it needs. Their names are
# no files. All of them, and the compilers that they start, share N processors:
# `+` hands make's job server down. BUILD is as ./check has prepared it.

SHELL := /bin/bash
build := $(DIONISYS_BUILD)
here := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
results = $(build)/log/jobs/$@.results
job = +@$(here)/job.sh $(build) $@

.PHONY: FORCE
FORCE:

source: FORCE
	$(job) $(here)/source.sh $(build) $(results)

make-check: FORCE
	$(job) $(here)/make-check.sh $(build) $(results)

unit/%: FORCE
	$(job) $(here)/make-check.sh $(build) $(results) $*

sanitized-build: FORCE
	$(job) $(here)/make-check.sh --sanitized --build $(build) $(results)

sanitized: sanitized-build
	$(job) $(here)/make-check.sh --sanitized $(build) $(results)

sanitized/%: sanitized-build
	$(job) $(here)/make-check.sh --sanitized $(build) $(results) $*

seeds: FORCE
	$(job) $(here)/seeds.sh $(build) $(results)

fuzz: FORCE
	$(job) $(MAKE) -C $(build) fuzz FUZZ_SECONDS=600

demo: FORCE
	$(job) $(here)/demo.sh $(build) $(results)

shell: FORCE
	$(job) $(here)/shell.sh $(build) $(results)

vm/%: FORCE
	$(job) $(here)/vm.sh $(build) $(results) $*

# The kernel with the patches.

patched: FORCE
	$(job) $(here)/../patched-kernel.sh $(build)

patched/demo: patched
	$(job) $(here)/demo.sh --patched $(build) $(results)

patched/tree-%: patched
	$(job) $(here)/kernel-tree.sh $* $(build) $(results)

patched/%: patched
	$(job) $(here)/vm.sh --kernel patched $(build) $(results) $*

# The same with the kernel's own checkers.

debug: FORCE
	$(job) $(here)/../patched-kernel.sh --debug $(build)

debug/%: debug
	$(job) $(here)/vm.sh --kernel debug $(build) $(results) $*

# With the newest kernel of the distribution.

newer: FORCE
	$(job) $(here)/../newer-kernel.sh $(build)

newer/%: newer
	$(job) $(here)/vm.sh --kernel newer $(build) $(results) $*
