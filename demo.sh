#!/usr/bin/env bash
# usage: demo.sh [--keep]
#
# The main job, for real: builds Orchestrator, runs a fleet of three container hosts on this machine, publishes versions,
# lets trains depart, judges canaries, rolls a bad one back, kills containers and cuts the power of a host.
# Exits 0 only if all of it happened. As root it uses containers (crun and conmon), else plain processes.
# --keep leaves the fleet running at the end and says where.
set -Eeuo pipefail
cd "$(dirname "$0")"

keep=false is_kept=false
case ${1:-} in
  '') ;;
  --keep) keep=true ;;
  *) sed -n '2s/^# //p' "$0" >&2; exit 2 ;;
esac

began=$(date +%s)
work=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-demo.XXXXXX")
export ORC_DATA=$work/data DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-$work}}
unset ORC_ADDR ORC_TOKEN
gateway='' fleet_pid='' load_pids=()

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
note() { printf '   %s\n' "$*"; }
run() { printf '$ orc %s\n' "$*"; "$orc" "$@"; }
now_ms() { date +%s%3N; }
seconds() { awk -v ms="$1" 'BEGIN { printf "%.1f s", ms / 1000 }'; }

fail() {
  printf '\nFAILED: %s\n' "$*" >&2
  if [ -s "$work/fleet.log" ]; then
    echo "last lines of the fleet's log:" >&2
    tail -n 20 "$work/fleet.log" | cut -c1-400 >&2
  fi
  exit 1
}

stop_load() { for load in "${load_pids[@]}"; do kill "$load" 2>/dev/null && wait "$load" 2>/dev/null || true; done; load_pids=(); }

# What a fleet that died has left behind: every instance knows its gateway, and what watches over one has our directory.
left_behind() {
  { grep -lzsxF "ORC_GATEWAY=${gateway:-none}" /proc/[0-9]*/environ
    grep -lsF "$work/data/hosts/" /proc/[0-9]*/cmdline; } | cut -d/ -f3 | sort -u
}

clean_up() {
  trap - ERR
  stop_load
  $is_kept && return
  if [ -n "$fleet_pid" ] && kill -TERM "$fleet_pid" 2>/dev/null; then
    for _ in $(seq 300); do kill -0 "$fleet_pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$fleet_pid" 2>/dev/null || true
    wait "$fleet_pid" 2>/dev/null || true
  fi
  for left in $(left_behind); do kill -KILL "$left" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'fail "$BASH_COMMAND (line $LINENO)"' ERR
trap 'exit 130' INT TERM

# --- what this machine needs -----------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }
has_sdk() { has dotnet && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

install_packages() {
  [ "$(id -u)" = 0 ] && has apt-get || return 1
  note "installing $*"
  # Bounded: without a network this gives up instead of waiting forever.
  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -qq -o Acquire::Retries=1 update >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -y --no-install-recommends install "$@" >"$work/apt.log" 2>&1
}

say 'Preparing'
if ! has_sdk; then
  install_packages dotnet-sdk-10.0 || {
    echo 'The .NET 10 SDK is missing, and no package dotnet-sdk-10.0 could be installed here.' >&2
    echo 'Get it as https://learn.microsoft.com/dotnet/core/install/linux says, then run this again.' >&2
    exit 2
  }
  has_sdk || { echo 'The .NET 10 SDK is still missing after installing its package.' >&2; exit 2; }
fi
runtime=process
if [ "$(id -u)" = 0 ]; then
  { has crun && has conmon; } || install_packages crun conmon || note 'crun and conmon cannot be installed: using processes'
  has crun && has conmon && runtime=oci
fi

build_log=$work/build.log
note 'building (the first time takes a minute or two)'
# Analyzers and formatting are the tests' business.
for project in services/Embedded/Orchestrator.Embedded.csproj src/Orchestrator.Cli/Orchestrator.Cli.csproj \
  services/Samples/Orchestrator.Samples.csproj; do
  dotnet build "$project" -c Release -v quiet -nologo -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    >"$build_log" 2>&1 || { cat "$build_log" >&2; fail "$project does not build"; }
done
orc=$PWD/artifacts/bin/Orchestrator.Cli/release/orc
fleet=$PWD/artifacts/bin/Orchestrator.Embedded/release/orchestrator
sample=$PWD/artifacts/bin/Orchestrator.Samples/release/sample

# The image is packed anew only when something that goes into it has changed.
images=$PWD/artifacts/demo/images
stamp=$(cat services/Samples/*.cs services/Samples/Load/*.cs services/Samples/pack.sh services/Samples/*.csproj \
  Directory.Build.props Directory.Packages.props src/Orchestrator.Cli/Images/*.cs | sha256sum | cut -c1-64)
if [ "$(cat "$images/stamp" 2>/dev/null)" != "$stamp" ]; then
  note 'packing the sample image'
  rm -rf "$images"
  mkdir -p "$images"
  ORC=$orc services/Samples/pack.sh "$images/sample" >"$images/reference" 2>"$build_log" \
    || { cat "$build_log" >&2; fail 'the sample image cannot be packed'; }
  echo "$stamp" >"$images/stamp"
fi
image=$(cat "$images/reference")
note "image $image"

# --- helpers of the script -------------------------------------------------------------------------------------------

# counter FILE NAME: a number that the load generator counts.
counter() { sed -n "s/^$2=//p" "$1" 2>/dev/null | tail -n 1; }

# start_load NAME SECONDS: users of the shop at prod.
start_load() {
  "$sample" load --url "$gateway/prod/checkoutservice/" --rps 50 --seconds "$2" --report "$work/$1-checkout.json" \
    >/dev/null 2>&1 &
  load_pids+=($!)
  "$sample" load --url "$gateway/prod/frontend/" --rps 4 --seconds "$2" --report "$work/$1-frontend.json" \
    >/dev/null 2>&1 &
  load_pids+=($!)
}

total() { echo $(($(counter "$work/$1-checkout.counters" "$2") + $(counter "$work/$1-frontend.counters" "$2"))); }

# wait_until SECONDS WHAT COMMAND...: polls; fails loudly.
wait_until() {
  local within=$1 what=$2 i
  shift 2
  for ((i = 0; i < within * 5; i++)); do
    "$@" && return 0
    kill -0 "$fleet_pid" 2>/dev/null || fail 'the fleet has died'
    sleep 0.2
  done
  fail "$what: not within $within s"
}

is_whole() { # every deployment has all its instances ready
  "$orc" get deployments -o yaml >"$work/deployments" 2>/dev/null || return 1
  awk '$1 == "desired:" || $2 == "desired:" { d += $NF } $1 == "ready:" { r += $NF } END { exit !(d > 0 && d == r) }' \
    "$work/deployments"
}

pid_of() { # the process of an instance, whatever the runtime: it carries its id
  local pid
  for pid in $(pgrep -x sample); do
    { tr "\0" "\n" <"/proc/$pid/environ"; } 2>/dev/null | grep -qx "ORC_INSTANCE=$1" && { echo "$pid"; return 0; }
  done
  return 1
}

is_restarted() { local pid; pid=$(pid_of "$1") && [ "$pid" != "$2" ]; } # INSTANCE OLD-PID

is_lost() { "$orc" hosts 2>/dev/null | grep -q "^$1 .*Lost"; }
has_arrived_partially() { "$orc" trains checkoutservice 2>/dev/null | grep -q ArrivedPartial; }
is_waiting() { "$orc" rollout status "$1" 2>/dev/null | grep -q AwaitingApproval; }

# --- 1 ---------------------------------------------------------------------------------------------------------------

say "1. A fleet of three hosts ($runtime), and the boutique's twelve services"
: >"$work/fleet.log"
"$fleet" --hosts 3 --data "$ORC_DATA" --listen http://127.0.0.1:0 --gateway http://127.0.0.1:0 --runtime "$runtime" \
  --images "$images" --cpu 9000 --memory 9216 >"$work/fleet.log" 2>&1 &
fleet_pid=$!
wait_until 30 'the fleet starts' grep -q '^next' "$work/fleet.log"
gateway=$(sed -n 's#^gateway *\(http://[^/]*\)/.*#\1#p' "$work/fleet.log")
# People other than the admin, since nobody may approve a version of their own.
export ORC_TOKEN
publisher=$(run_token=$("$orc" token create ana --role publisher:boutique -o json) && sed -n 's/.*"secret": "\([^"]*\)".*/\1/p' <<<"$run_token")
approver=$(run_token=$("$orc" token create bo --role approver:prod -o json) && sed -n 's/.*"secret": "\([^"]*\)".*/\1/p' <<<"$run_token")
[ -n "$publisher" ] && [ -n "$approver" ] || fail 'tokens cannot be created'
unset ORC_TOKEN

mkdir "$work/boutique"
cp services/Samples/boutique/*.yaml "$work/boutique/"
sed -i "s#sample@sha256:0\{64\}#$image#" "$work"/boutique/*.yaml
applied=$(now_ms)
run apply -f "$work/boutique" | tail -n 2
note 'trains depart every ten seconds; each service waits for what it depends on'
wait_until 90 'checkoutservice 1.0.0 asks for approval' is_waiting checkoutservice/1/prod
ORC_TOKEN=$approver run approve checkoutservice/1/prod --reason 'first version'
run wait loadgenerator --stage prod --version 1.0.0 --until ready --timeout 90s
run wait checkoutservice --stage prod --version 1.0.0 --until ready --timeout 30s
wait_until 30 'every deployment is ready' is_whole
took_start=$(($(now_ms) - applied))
run get deployments
run hosts

# --- 2 ---------------------------------------------------------------------------------------------------------------

say '2. A good version: canary, judged on real requests, approved, promoted instance by instance'
start_load good 300
published=$(now_ms)
code=0
ORC_TOKEN=$publisher run publish checkoutservice 1.1.0 --wait --until approval --timeout 2m || code=$?
[ "$code" = 3 ] || fail "publish --until approval ended with $code and not with 3, waiting for a person"
run rollout status checkoutservice
ORC_TOKEN=$approver run approve checkoutservice --reason 'the evidence is good'
run wait checkoutservice --stage prod --version 1.1.0 --until ready --timeout 90s
run rollout status checkoutservice/2/prod
took_good=$(($(now_ms) - published))
sleep 2; stop_load
sent_good=$(total good sent) failed_good=$(total good failed)
note "$sent_good requests sent meanwhile, $failed_good failed"
[ "$failed_good" = 0 ] || fail "$failed_good requests failed because of a good rollout"
[ "$sent_good" -gt 500 ] || fail "only $sent_good requests were sent"

# --- 3 ---------------------------------------------------------------------------------------------------------------

say '3. A bad version: every fifth answer is an error'
start_load bad 300
code=0
ORC_TOKEN=$publisher run publish checkoutservice 1.2.0 --env SAMPLE_ERROR_PERCENT=20 --wait --until done --timeout 2m \
  || code=$?
[ "$code" = 1 ] || fail "publish of a bad version ended with $code and not with 1, rolled back"
run rollout status checkoutservice/3/prod || true
wait_until 10 'a train of checkoutservice arrives partially' has_arrived_partially
run trains checkoutservice
run wait checkoutservice --stage prod --version 1.1.0 --until ready --timeout 60s
sleep 2; stop_load
sent_bad=$(total bad sent) failed_bad=$(total bad failed)
first=$(counter "$work/bad-checkout.counters" first_failed_at) last=$(counter "$work/bad-checkout.counters" last_failed_at)
[ -n "$first" ] || fail 'the bad version failed no request, so nothing was proved'
took_back=$((last - first))
note "$failed_bad of $sent_bad requests failed, from the first to the last in $(seconds $took_back)"

# --- 4 ---------------------------------------------------------------------------------------------------------------

say '4. A container of each of five services killed, then a host without power'
note 'what has one instance has nothing to fall back on, so every service that users wait for gets two at prod'
find "$work/boutique" -name '*.yaml' ! -name 'loadgenerator*' -exec sed -i '/stage: prod/,$ s/count: 1/count: 2/' {} +
run apply -f "$work/boutique" | tail -n 2
wait_until 60 'every deployment is ready with two at prod' is_whole
start_load chaos 300
sleep 1
killed=$(now_ms)
for service in checkoutservice cartservice frontend currencyservice paymentservice; do
  instance=$("$orc" get instances | awk -v of="$service.prod." 'index($1, of) == 1 { print $1; exit }')
  pid=$(pid_of "$instance") || fail "no process of $instance"
  echo "$instance $pid" >>"$work/victims"
  printf '$ kill -KILL %s  # %s\n' "$pid" "$instance"
  kill -KILL "$pid"
done
while read -r instance pid; do
  wait_until 30 "$instance is restarted" is_restarted "$instance" "$pid"
done <"$work/victims"
wait_until 30 'every deployment is ready again' is_whole
took_kill=$(($(now_ms) - killed))
sent_kill=$(total chaos sent) failed_kill=$(total chaos failed)
note "$(wc -l <"$work/victims") containers killed; all ready again after $(seconds $took_kill); $failed_kill of $sent_kill requests failed"

moved=$("$orc" get instances | awk '$3 == "h2"' | wc -l)
cut=$(now_ms)
run dev power-off h2
wait_until 30 'h2 is noticed to be lost' is_lost h2
took_notice=$(($(now_ms) - cut))
wait_until 60 'every deployment is ready without h2' is_whole
took_power=$(($(now_ms) - cut))
note "$moved instances replaced after $(seconds $took_power); the loss was noticed after $(seconds $took_notice)"
run hosts
run dev power-on h2
sleep 2; stop_load
sent_cut=$(($(total chaos sent) - sent_kill)) failed_cut=$(($(total chaos failed) - failed_kill))
note "$failed_cut of $sent_cut requests failed meanwhile"
run journal verify

# --- summary ---------------------------------------------------------------------------------------------------------

say 'Summary'
row() { printf '   %-58s %s\n' "$1" "$2"; }
row 'runtime of the three hosts' "$runtime"
row 'apply to twelve services ready at two stages' "$(seconds $took_start)"
row '1.1.0: publish to promoted, approval included' "$(seconds $took_good)"
row '1.1.0: requests sent / failed because of the rollout' "$sent_good / $failed_good"
row '1.2.0: requests sent / failed before and during rollback' "$sent_bad / $failed_bad"
row '1.2.0: first bad answer to last (traffic is back)' "$(seconds $took_back)"
row 'containers killed: all ready again after' "$(seconds $took_kill)"
row 'host without power: noticed / all replaced after' "$(seconds $took_notice) / $(seconds $took_power)"
row 'requests failed while killing / cutting power' "$failed_kill of $sent_kill / $failed_cut of $sent_cut"
row 'the whole demo' "$(($(date +%s) - began)) s"

if $keep; then
  is_kept=true
  say 'Left running'
  note "API and status page: $(cat "$ORC_DATA/address")"
  note "sign in:             ORC_DATA=$ORC_DATA $orc ui"
  note "look around:         ORC_DATA=$ORC_DATA $orc status"
  note "stop and clean up:   kill $fleet_pid; while kill -0 $fleet_pid 2>/dev/null; do sleep 1; done; rm -rf $work"
fi
