#!/usr/bin/env bash
# usage: test.sh [WORD...]
#
# Installs what is missing, checks the format, builds, and runs every test project, or those whose names hold a WORD.
# The last line is 'N passed, N failed, N skipped'. Exits 0 only if something passed and nothing failed, 2 if it cannot begin.
# As root it installs packages of the distribution; else tests that need a missing program are skipped and say so.
set -euo pipefail
cd "$(dirname "$0")"

# Two cores run two projects; beyond that they only wait for each other.
at_once=2
# A project that takes longer than this, in seconds, hangs. On a quiet machine of two cores the longest needs some 600.
project_limit=1500

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# No build server outlives the script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

began=$SECONDS
passed=0 failed=0 skipped=0
policy=''
work=$(mktemp -d "${TMPDIR:-/tmp}/orc-test.XXXXXX")
# Servers that tests start as another user pass through.
chmod 711 "$work"

say() { printf '== %s\n' "$*"; }
has() { type -P "$1" >/dev/null; }

cannot_begin() {
  printf 'test.sh: %s\n' "$@" >&2
  exit 2
}

finish() {
  say "took $((SECONDS - began)) s"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ] && exit 0
  exit 1
}

# What the tests started carries our directory in its environment, so only that is ended, by its id.
started_here() { grep -lzs "^TMPDIR=$work" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 || true; }

end_started() {
  local pid
  for pid in $(started_here); do
    [ "$pid" != $$ ] && kill -KILL "$pid" 2>/dev/null || true
  done
}

clean_up() {
  [ -n "$policy" ] && rm -f "$policy"
  end_started
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- what this machine needs -------------------------------------------------------------------------------------------

install_packages() {
  [ "$(id -u)" = 0 ] && has apt-get || return 1
  say "installing $*"
  # A server's package starts it at once; the tests start theirs themselves, on ports of their own.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  # Bounded: without a network this gives up instead of waiting for ever.
  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -qq -o Acquire::Retries=1 update >"$work/apt.log" 2>&1 || true
  local answer=0
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -y --no-install-recommends install "$@" \
    >>"$work/apt.log" 2>&1 </dev/null || answer=1
  [ -n "$policy" ] && rm -f "$policy" && policy=''
  [ "$answer" = 0 ] || tail -n 3 "$work/apt.log" >&2
  return "$answer"
}

has_sdk() { has dotnet && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

need_writable() {
  if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
    cannot_begin "HOME ('${HOME:-}') is not a directory that you can write: dotnet keeps its packages there." \
      'Set HOME to one that you can, and run this again.'
  fi
  local foreign
  foreign=$(find . -maxdepth 0 ! -writable -print; find artifacts -maxdepth 4 ! -type l ! -writable -print -quit 2>/dev/null || true)
  [ -z "$foreign" ] || cannot_begin "you cannot write $PWD/${foreign%%$'\n'*}:" \
    'somebody else built here. Use a clone of your own, or remove what they built.'
}

need_sdk() {
  has_sdk || install_packages dotnet-sdk-10.0 || true
  has_sdk || cannot_begin 'the .NET 10 SDK is missing, and no package dotnet-sdk-10.0 could be installed here.' \
    'Get it as https://learn.microsoft.com/dotnet/core/install/linux says, then run this again.'
}

need_programs() {
  local missing=()
  has crun || missing+=(crun)
  has conmon || missing+=(conmon)
  has dockerd || missing+=(docker.io)
  has podman || missing+=(podman)
  has kill || missing+=(procps)
  has setpriv || missing+=(util-linux)
  has systemd-analyze || missing+=(systemd)
  has cloud-init || missing+=(cloud-init)
  has actool || missing+=(appc-spec)
  has prometheus || missing+=(prometheus)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}" \
    || say "not installed: ${missing[*]}; tests that need them are skipped"
}

# --- the tests ---------------------------------------------------------------------------------------------------------

# Those that take longest begin first; and beside the hosts, which start hundreds of containers, one that needs no clock.
# Those that tell whether a request of a user failed come last, alone: where nobody gets a processor for seconds, requests
# fail by that. Benchmarks are run by hand.
test_projects() {
  local path word wanted rank
  for path in $(grep -oE '"tests[^"]*\.csproj"' Orchestrator.sln | tr -d '"' | tr '\\' '/'); do
    path=${path##*/}
    [ "$path" != Orchestrator.Benchmarks.csproj ] || continue
    wanted=$([ $# = 0 ] && echo yes || true)
    for word in "$@"; do
      [[ $path == *"$word"* ]] && wanted=yes
    done
    case $path in
      *.HostAgent.*) rank=1 ;;
      *.Simulation.*) rank=2 ;;
      *.EndToEnd.*) rank=4 ;;
      *) rank=3 ;;
    esac
    [ -z "$wanted" ] || printf '%s %s\n' "$rank" "${path%.csproj}"
  done | sort | cut -d ' ' -f 2
}

run_project() {
  local name=$1 answer=0 start=$SECONDS
  mkdir -m 1777 "$work/$name"
  TMPDIR=$work/$name timeout -k 20 "$project_limit" "artifacts/bin/$name/debug/$name" -noColor \
    >"$work/$name.log" 2>&1 </dev/null || answer=$?
  echo "$answer" >"$work/$name.exit"
  printf '%4d s  %s%s\n' $((SECONDS - start)) "$name" "$([ "$answer" = 0 ] || echo "  FAILED ($answer)")"
}

# read_summary NAME: adds a project's counts to the totals. One that died without counting counts as one failure.
read_summary() {
  local log=$work/$1.log answer counts all=0 bad=0 left=0 unrun=0
  answer=$(cat "$work/$1.exit" 2>/dev/null || echo 1)
  counts=$(grep -E '^ +[^ ]+ +Total: [0-9]+, Errors: ' "$log" | tail -n 1 | grep -oE '[A-Za-z ]+: [0-9]+' || true)
  if [ -n "$counts" ]; then
    all=$(sed -n 's/.*Total: //p' <<<"$counts")
    bad=$(($(sed -n 's/.*Failed: //p' <<<"$counts") + $(sed -n 's/.*Errors: //p' <<<"$counts")))
    left=$(sed -n 's/.*Skipped: //p' <<<"$counts")
    unrun=$(sed -n 's/.*Not Run: //p' <<<"$counts")
  fi
  passed=$((passed + all - $(sed -n 's/.*Failed: //p' <<<"${counts:-Failed: 0}") - left - unrun))
  if [ "$answer" != 0 ] && [ "$bad" = 0 ]; then
    bad=1
  fi
  failed=$((failed + bad)) skipped=$((skipped + left))
  [ "$bad" = 0 ] || broken+=("$1")
}

# show_skipped: each reason once, with how many tests of which project it kept away.
show_skipped() {
  local name
  say 'skipped'
  for name in "${projects[@]}"; do
    grep -hA1 '\[SKIP\]' "$work/$name.log" | grep -vE '\[SKIP\]|^--$' | sed "s/^ */$name: /" || true
  done | sort | uniq -c
}

# show_failed NAME: every failed test of a project with what it said, and how the project ended. Bounded, for it is the last to
# be read, and a log that is cut off is cut off at its beginning.
show_failed() {
  say "$1 failed (exit code $(cat "$work/$1.exit" 2>/dev/null || echo none))"
  awk '/\[FAIL\]$/ { on = 1 } /\[(SKIP|PASS)\]$|^=== / { on = 0 } on' "$work/$1.log" | head -n 200 | cut -c1-400 || true
  tail -n 5 "$work/$1.log" | cut -c1-400
}

need_writable
need_sdk
need_programs

say 'checking the format'
dotnet tool restore >"$work/tool.log" 2>&1 || { cat "$work/tool.log"; failed=1; finish; }
dotnet csharpier check . >"$work/format.log" 2>&1 || {
  cat "$work/format.log"
  say 'not formatted; run: dotnet csharpier format .'
  failed=$((failed + 1))
}

say 'restoring and building'
dotnet restore Orchestrator.sln -v quiet >"$work/build.log" 2>&1 \
  && TMPDIR=$work dotnet build Orchestrator.sln --no-restore -v quiet -nologo -clp:ErrorsOnly -p:UseSharedCompilation=true \
    >>"$work/build.log" 2>&1 \
  || { sort -u "$work/build.log" | head -n 60; say 'the build failed'; failed=$((failed + 1)); finish; }
# One compiler for all projects loads the analyzers once, which halves the time; nobody needs it any more.
end_started
say "built after $((SECONDS - began)) s"

mapfile -t projects < <(test_projects "$@")
say "running ${#projects[@]} test projects, $at_once at a time"
for name in "${projects[@]}"; do
  room=$([[ $name == *.EndToEnd ]] && echo 1 || echo "$at_once")
  while [ "$(jobs -rp | wc -l)" -ge "$room" ]; do
    wait -n || true
  done
  run_project "$name" &
done
wait

broken=()
for name in "${projects[@]}"; do
  read_summary "$name"
done
[ "$skipped" = 0 ] || show_skipped
for name in ${broken[@]+"${broken[@]}"}; do
  show_failed "$name"
done
finish
