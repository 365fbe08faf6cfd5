#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: run.sh [OPTION...] BUILD
#
# Boots the VM of BUILD (kernel.sh, mkimage.sh) in QEMU's software emulation,
# runs one command in it as root and passes on its output and exit code.
#   --run COMMAND    shell command; without it the output of uname -a
#   --script FILE    the same, from a file (busybox sh)
#   --files DIR      tree that is laid over the guest's / before the command
#   --file SRC:DST   one file or directory more, DST is its path in the guest
#   --module FILE    kernel module that is inserted first
#   --kernel DIR     boots DIR/vmlinuz (default BUILD/kernel), with DIR/initramfs
#                    if it has its own
#   --out DIR        gets what the command left in the guest's /out
#   --log FILE       console log (default BUILD/log/vm-console.log)
#   --timeout S      wall-clock seconds until the VM is ended (default 300)
#   --shift N        one guest instruction is 2^N ns (default 1: 500 MIPS)
#   --smp N          CPUs; one after another, unless --real-time is given, too
#   --real-time      no -icount: virtual time is the host's time
#   --memory MIB     default 1024
#   --seed N         other random numbers, and the command begins at another
#                    moment (default $VM_SEED, or 1)
#   --append TEXT    more kernel parameters; may be given again
#   --systemd        process 1 is systemd, and the command a unit
#   --shell          interactive shell on this terminal, after the command; while
#                    it waits, virtual time goes on as the host's does
#
# Exit code: the command's; 124 when the time is over; 125 when the VM ended
# without its word on the status port, whatever the console says, or when the
# module could not be inserted.
#
# With -icount, time in the guest depends on nothing but what the guest
# executes: two runs of one command with the same image and seed are identical.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=archive.sh
. "$here/archive.sh"

job='uname -a'
out='' log='' module='' kernel='' shell='' append='' systemd=''
timeout=300 shift=1 smp=1 memory=1024 real_time='' seed=${VM_SEED:-1}
files=()

usage()
{
	sed -n '/^# usage/,/^$/s/^# \{0,1\}//p' "$0"
}

need_value()
{
	[ $# -ge 2 ] || die "option $1 needs a value"
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--shell) shell=on; shift; continue ;;
		--real-time) real_time=1; shift; continue ;;
		--systemd) systemd=1; shift; continue ;;
		--help) usage; exit 0 ;;
		--*) need_value "$@"; option "$1" "$2"; shift 2 ;;
		*) break ;;
		esac
	done
	[ $# -eq 1 ] || { usage >&2; exit 2; }
	build=$(cd "$1" && pwd)
	log=${log:-$build/log/vm-console.log}
}

option()
{
	case $1 in
	--run) job=$2 ;;
	--script) job=$(cat "$2") ;;
	--files) files+=("$2/.:/") ;;
	--file) files+=("$2") ;;
	--module) module=$2 ;;
	--kernel) kernel=$2 ;;
	--out) out=$2 ;;
	--log) log=$2 ;;
	--timeout) timeout=$2 ;;
	--shift) shift=$2 ;;
	--smp) smp=$2 ;;
	--memory) memory=$2 ;;
	--seed) seed=$2 ;;
	--append) append="${append:+$append }$2" ;;
	*) die "unknown option $1" ;;
	esac
}

# What this run adds to the initramfs: the kernel unpacks both archives.
add_to_initramfs()
{
	local spec src dst

	mkdir -p "$work/ram/vm" "$work/ram/overlay"
	cp "$here/guest-init" "$work/ram/vm/"
	chmod 755 "$work/ram/vm/guest-init"
	printf '%s\n' "$job" >"$work/ram/vm/job"
	# A prime of microseconds: any phase of a tick and of a period.
	printf '%s\n' $(((seed - 1) * 7919 % 100000)) >"$work/ram/vm/phase"
	[ -z "$module" ] || cp "$module" "$work/ram/vm/module.ko"
	[ -z "$shell" ] || : >"$work/ram/vm/shell"
	[ -z "$systemd" ] || : >"$work/ram/vm/systemd"
	for spec in "${files[@]}"; do
		src=${spec%%:*} dst=$work/ram/overlay/${spec#*:}
		mkdir -p "$(dirname "$dst")"
		cp -a "$src" "$dst"
	done
	src=$kernel/initramfs
	[ -n "$kernel" ] && [ -f "$src" ] || src=$build/image/initramfs
	cp "$src" "$work/initramfs"
	archive "$work/ram" >>"$work/initramfs"
}

# In real time the guest is told what it would measure, and on a busy machine
# measure wrongly.
measure_clock()
{
	[ -z "$real_time" ] || cc -O2 -Wall -o "$work/tsc-khz" "$here/tsc_khz.c"
}

# CPUs that take turns: an interrupt that sets the next timer waits for a turn of
# each other CPU, which may be a ms. Where the kernel does not charge that to the
# task, a task with little runtime left may be interrupted for its end again and
# again, and do nothing for minutes. So the kernel charges it.
turns_parameter()
{
	[ "$smp" -eq 1 ] || [ -n "$real_time" ] || printf 'tsc=noirqtime '
}

# norandmaps: what is at the same address in each process is translated by the
# emulator once; with clang that is three quarters of its time.
kernel_parameters()
{
	[ -z "$real_time" ] || printf 'tsc_early_khz=%s ' "$("$work/tsc-khz")"
	turns_parameter
	printf '%s ' console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr cryptomgr.notests=1 \
		audit=0 tsc=reliable no_timer_check random.trust_cpu=on \
		norandmaps numa=off "memmap=${image_mib}M!${memory}M" rdinit=/init "$append"
}

# The root image is a part of the guest's memory, mapped privately from its
# file: programs run in place and no disk is waited for, which would make
# virtual time depend on the host. The firmware keeps tables at the end of
# memory, so a small piece follows the image.
memory_arguments()
{
	args+=(-m "$((memory + image_mib + 64))M"
		-object "memory-backend-ram,id=main,size=${memory}M"
		-object "memory-backend-file,id=root,mem-path=$build/image/root.img,share=off,size=${image_mib}M"
		-object "memory-backend-ram,id=tail,size=64M"
		-numa "node,memdev=main"
		-numa "node,memdev=root"
		-numa "node,memdev=tail")
}

qemu_arguments()
{
	local port

	args=(-machine pc -accel tcg -cpu "Nehalem,+rdrand" -smp "$smp" -no-reboot -rtc "base=2026-01-01,clock=vm" -seed "$seed"
		-nodefaults -display none
		-kernel "${kernel:-$build/kernel}/vmlinuz" -initrd "$work/initramfs"
		-append "$(kernel_parameters)"
		-device "virtio-serial-pci,ioeventfd=off")
	for port in status live out; do
		args+=(-chardev "file,id=$port,path=$work/$port"
			-device "virtserialport,chardev=$port,name=$port")
		: >"$work/$port"
	done
	if [ -n "$shell" ]; then
		args+=(-chardev "stdio,id=console,logfile=$log,signal=off")
	else
		args+=(-chardev "file,id=console,path=$log")
	fi
	args+=(-serial chardev:console)
	memory_arguments
	if [ -z "$real_time" ]; then
		args+=(-icount "shift=$shift,sleep=${shell:-off}")
	fi
}

# A file instead of a pipe between the guest and the reader: a reader that is
# slow cannot then change virtual time.
follow_live()
{
	tail -q -n +1 -s 0.2 -f --pid="$1" "$work/live"
}

boot()
{
	local pid rc=0

	timeout --foreground "$timeout" qemu-system-x86_64 "${args[@]}" \
		</dev/null 2>"$work/qemu.err" &
	pid=$!
	trap 'kill "$pid" 2>/dev/null || :; cleanup' EXIT
	trap 'exit 130' INT TERM
	follow_live "$pid"
	wait "$pid" || rc=$?
	trap cleanup EXIT
	return "$rc"
}

fail()
{
	printf 'vm: %s\n' "$2" >&2
	tail -n 30 "$log" >&2
	cat "$work/qemu.err" >&2
	printf 'log: %s\n' "$log" >&2
	exit "$1"
}

take_out()
{
	[ -n "$out" ] && [ -s "$work/out" ] || return 0
	mkdir -p "$out"
	tar -x --no-same-owner -f "$work/out" -C "$out"
}

result()
{
	local rc=$1 word

	[ "$rc" -ne 124 ] || fail 124 "not ready after $timeout s"
	[ "$rc" -eq 0 ] || fail 125 "QEMU failed with $rc"
	word=$(tr -d '\r' <"$work/status")
	case $word in
	"vm-exit "[0-9]*) ;;
	*) fail 125 "the VM ended without its word on the status port" ;;
	esac
	take_out
	exit "${word#vm-exit }"
}

# shellcheck disable=SC2317 # called by traps
cleanup()
{
	rm -rf "$work"
}

main()
{
	local rc=0

	parse "$@"
	[ -f "$build/image/root.img" ] || die "no image, run mkimage.sh $build first"
	image_mib=$(($(stat -L -c %s "$build/image/root.img") >> 20))
	mkdir -p "$(dirname "$log")"
	work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-vm.XXXXXX")
	trap cleanup EXIT
	measure_clock
	add_to_initramfs
	qemu_arguments
	if [ -n "$shell" ]; then
		qemu-system-x86_64 "${args[@]}"
		exit
	fi
	boot || rc=$?
	result "$rc"
}

main "$@"
