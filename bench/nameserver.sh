#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: nameserver.sh BUILD FIGURES
#
# Group of bench/run: calls a second of the nameserver, natively, beside redis
# (appendfsync always) and etcd, in the same run and on the same file system: an
# empty call, a lookup, a durable create (DinitApp) with 1, 16 and 256 clients,
# and the disk itself; then starts and lookups with up to a million rows.
# Medians of ROUNDS (5) rounds in which all take turns, of SECONDS (1) each.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$top/integration/lib.sh"
build=$(cd "$1" && pwd) figures=$2
work=$build/bench/nameserver-work
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-1}
clients=(1 16 256)
redis_port=27379 etcd_port=27479
pids=()

# shellcheck disable=SC2317 # called by the trap
end_all()
{
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || :
	wait
}

# The peers as the distribution has them, unpacked and not installed.
get_peers()
{
	local packages=(redis-server redis-tools liblua5.1-0 liblzf1 libjemalloc2
		libatomic1 etcd-server)

	[ -x "$build/bench/peers/usr/bin/etcd" ] && return
	mkdir -p "$build/bench/debs" "$build/bench/peers"
	(cd "$build/bench/debs" &&
		apt-get -q -o APT::Sandbox::User=root download "${packages[@]}")
	for deb in "$build"/bench/debs/*.deb; do
		dpkg-deb -x "$deb" "$build/bench/peers"
	done
}

# log_has FILE TEXT: waits until it does.
log_has()
{
	local i

	for ((i = 0; i < 600; i++)); do
		! grep -q "$2" "$1" 2>/dev/null || return 0
		sleep 0.05
	done
	die "nothing says '$2' in $1"
}

start_redis()
{
	mkdir -p "$work/redis"
	LD_LIBRARY_PATH=$(echo "$build"/bench/peers/usr/lib/*-linux-gnu) \
		"$build/bench/peers/usr/bin/redis-server" --port "$redis_port" \
		--bind 127.0.0.1 --dir "$work/redis" --appendonly yes \
		--appendfsync always --save '' --maxclients 1000 \
		>"$work/redis.log" 2>&1 &
	pids+=($!)
	log_has "$work/redis.log" 'Ready to accept'
}

start_etcd()
{
	"$build/bench/peers/usr/bin/etcd" --data-dir "$work/etcd" \
		--listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" \
		--listen-peer-urls "http://127.0.0.1:$((etcd_port + 1))" \
		>"$work/etcd.log" 2>&1 &
	pids+=($!)
	log_has "$work/etcd.log" 'ready to serve client requests'
}

# start_nameserver DATABASE: prints nothing; its pid is in nameserver.
start_nameserver()
{
	rm -f "$work/socket" "$work/nameserver.log"
	"$build/dionisys-nameserver" --database "$1" --user root \
		--listen "unix:$work/socket" >"$work/nameserver.log" 2>&1 &
	nameserver=$!
	pids+=("$nameserver")
	log_has "$work/nameserver.log" 'serving, database'
}

stop_nameserver()
{
	kill "$nameserver"
	wait "$nameserver" || :
}

# rate KEY COMMAND...: a line "KEY RATE P50 P99" more in the file of all.
rate()
{
	local key=$1 line

	shift
	line=$("$@") || die "$*: failed"
	echo "$key $line" >>"$work/all"
}

ns_load()
{
	"$build/bench/nameserver/ns-load" "unix:$work/socket" "$@" "$seconds"
}

peer_load()
{
	"$build/bench/nameserver/peer-load" "$@"
}

round()
{
	local n

	rate raw peer_load disk "$work/raw" append 1 "$seconds"
	for n in "${clients[@]}"; do
		rate "null.$n" ns_load null "$n"
		rate "lookup.$n" ns_load locate "$n"
		rate "create.$n" ns_load init "$n"
		rate "redis_set.$n" peer_load redis "$redis_port" set "$n" "$seconds"
		rate "redis_get.$n" peer_load redis "$redis_port" get "$n" "$seconds"
		rate "etcd_put.$n" peer_load etcd "$etcd_port" put "$n" "$seconds"
		rate "etcd_get.$n" peer_load etcd "$etcd_port" get "$n" "$seconds"
	done
}

all_rounds()
{
	local i

	trap end_all EXIT
	"$build/nameserver/ns-fill" "$work/db" 1000
	start_redis
	start_etcd
	start_nameserver "$work/db"
	for ((i = 0; i < rounds; i++)); do
		round
	done
	echo "rss $(awk '/VmRSS/ { print $2 / 1024 }' "/proc/$nameserver/status")" \
		>>"$work/all"
	stop_nameserver
}

now_ms()
{
	echo $(($(date +%s%N) / 1000000))
}

# A start, and lookups beside empty calls, of a database with so many rows.
all_sizes()
{
	local n i begin

	trap end_all EXIT
	for n in 1000 100000 1000000; do
		"$build/nameserver/ns-fill" "$work/db-$n" "$n"
		for ((i = 0; i < rounds; i++)); do
			begin=$(now_ms)
			start_nameserver "$work/db-$n"
			echo "start.$n $(($(now_ms) - begin))" >>"$work/all"
			# Beside the check no processor sleeps: empty calls
			# are three times faster then.
			log_has "$work/nameserver.log" 'database: checked'
			rate "null.rows.$n" ns_load null 1
			rate "lookup.rows.$n" ns_load locate 1
			stop_nameserver
		done
	done
}

# Medians of all rounds; a ratio is of two medians.
evaluate()
{
	sort -k1,1 -k2,2g "$work/all" | awk '
		function figure(name, value, unit, how) {
			printf value < 100 ? "%s %.2f %s %s\n" : "%s %.0f %s %s\n",
				name, value, unit, how
		}
		function ratio(name, a, b, how) {
			figure(name, rate[a] / rate[b], "ratio", how)
		}
		{ n[$1]++; v[$1, n[$1]] = $2; p50[$1, n[$1]] = $3; p99[$1, n[$1]] = $4 }
		END {
			for (k in n) {
				m = int((n[k] + 1) / 2)
				rate[k] = v[k, m]
			}
			figure("append_per_s", rate["raw"], "1/s", "4 KiB and fdatasync")
			c = split("1 16 256", clients, " ")
			for (i = 1; i <= c; i++) {
				q = clients[i]
				w = q == 1 ? "1 client" : q " clients"
				m = int((n["create." q] + 1) / 2)
				figure("null_per_s." q, rate["null." q], "1/s", w ", empty calls")
				figure("lookups_per_s." q, rate["lookup." q], "1/s", w)
				figure("creates_per_s." q, rate["create." q], "1/s", w ", durable")
				figure("create_p50_us." q, p50["create." q, m], "us", w)
				figure("create_p99_us." q, p99["create." q, m], "us", w)
				figure("redis_set_per_s." q, rate["redis_set." q], "1/s", w)
				figure("redis_get_per_s." q, rate["redis_get." q], "1/s", w)
				figure("etcd_put_per_s." q, rate["etcd_put." q], "1/s", w)
				figure("etcd_get_per_s." q, rate["etcd_get." q], "1/s", w)
				ratio("lookup_vs_null." q, "lookup." q, "null." q, w)
				ratio("create_vs_redis." q, "create." q, "redis_set." q, w)
				ratio("create_vs_etcd." q, "create." q, "etcd_put." q, w)
				ratio("create_vs_one." q, "create." q, "create.1", w)
			}
			ratio("create_vs_append", "create.1", "raw", "1 client, by the disk itself")
			s = split("1000 100000 1000000", sizes, " ")
			for (i = 1; i <= s; i++) {
				w = sizes[i] " rows"
				figure("start_ms." sizes[i], rate["start." sizes[i]], "ms", w)
				ratio("lookup_vs_null.rows." sizes[i], "lookup.rows." sizes[i],
					"null.rows." sizes[i], w ", 1 client")
			}
			figure("rss_mb", rate["rss"], "MiB", "after the rounds with up to 256 clients")
		}' >"$figures"
}

main()
{
	"$top/integration/build.sh" "$build"
	rm -rf "$work"
	mkdir -p "$work"
	step "redis and etcd" "$build/log/bench-peers.log" get_peers
	step "$rounds rounds beside them" "$build/log/bench-nameserver.log" all_rounds
	step "a million rows" "$build/log/bench-rows.log" all_sizes
	evaluate
}

main
