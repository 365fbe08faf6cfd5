# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shell functions that the scripts of integration/ and the commands at the
# top level share: messages, and steps that show progress and keep a log.
# Sourced, never run.

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# make with all CPUs; below another make, with those that it has to give.
make_parallel()
{
	case ${MAKEFLAGS:-} in
	*--jobserver-auth*) make "$@" ;;
	*) make -j "$(nproc)" "$@" ;;
	esac
}

# Percent of a long step that says how many lines of its log match step_count
# when it is done, about: step_of.
step_percent()
{
	local lines

	[ -n "${step_count:-}" ] || return 0
	lines=$(grep -cE "$step_count" "$step_log") || :
	printf ', %d %%' $((lines < ${step_of:?} ? lines * 100 / step_of : 99))
}

# Prints how long a running step takes: on a terminal in place each second,
# in a pipe one more line every 15 seconds.
step_progress()
{
	local pid=$1 text=$2 seconds=0

	while sleep 1 && kill -0 "$pid" 2>/dev/null; do
		seconds=$((seconds + 1))
		if [ -t 1 ]; then
			printf '\r%-60.60s %4d s%s' "$text" "$seconds" \
				"$(step_percent)"
		elif [ $((seconds % 15)) -eq 0 ]; then
			say "$text: still running, $seconds s$(step_percent)"
		fi
	done
}

step_end()
{
	local text=$1 what=$2

	if [ -t 1 ]; then
		printf '\r%-60.60s %-15s\n' "$text" "$what"
	else
		say "$text: $what"
	fi
}

# await TEXT PID: waits for a child of this shell; its exit code is the result.
await()
{
	local text=$1 pid=$2 watcher='' rc=0

	if kill -0 "$pid" 2>/dev/null; then
		step_progress "$pid" "$text" &
		watcher=$!
	fi
	wait "$pid" || rc=$?
	if [ -n "$watcher" ]; then
		kill "$watcher" 2>/dev/null || :
		wait "$watcher" 2>/dev/null || :
	fi
	return "$rc"
}

# step TEXT LOG COMMAND...: runs the command with all its output in LOG.
# A failure shows the end of the log, names it, and is the result.
step()
{
	local text=$1 log=$2 step_log=$2 begin=$SECONDS rc=0

	shift 2
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null &
	await "$text" $! || rc=$?
	if [ "$rc" -eq 0 ]; then
		step_end "$text" "$((SECONDS - begin)) s"
		return 0
	fi
	step_end "$text" "FAILED ($rc)"
	tail -n 20 "$log" >&2
	printf 'log: %s\n' "$log" >&2
	return "$rc"
}
