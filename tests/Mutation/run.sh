#!/usr/bin/env bash
# usage: tests/Mutation/run.sh --sample MEMBERS [--seed SEED]
#        tests/Mutation/run.sh FOLDER|FILE...
#        tests/Mutation/run.sh --all
#
# Changes src/Orchestrator.Core in many small ways and counts which of them the tests notice. --sample takes as many members
# (methods, properties) at random, each with all its mutants, out of Trains, Rollouts and Reconciliation, the same ones for
# the same SEED (1); FOLDER and FILE are below src/Orchestrator.Core, as in 'Trains' or 'Rollouts/Pacing.cs'; --all is all three.
# Works on a copy in artifacts/mutation, where the report is left too. The last line counts the mutants and says the score,
# which is what was killed or ran into its time limit, of all that compiled. Exits 2 if it cannot begin, 1 if Stryker fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

core=src/Orchestrator.Core
place=artifacts/mutation
tree=$place/tree

usage() {
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

cannot_begin() {
  printf 'run.sh: %s\n' "$@" >&2
  exit 2
}

# --- what is changed ---------------------------------------------------------------------------------------------------

# members FILE: where each member begins and ends, in characters. The formatter indents members by four and puts an empty
# line before each that is longer than one line.
members() {
  # Without the bytes that only go on with a character, bytes are characters.
  sed 's/[\x80-\xbf]//g' "$1" | awk -v file="${1#"$core"/}" '
    function close_member() { if (from >= 0 && at > from) print file "{" from ".." at "}"; from = -1 }
    BEGIN { from = -1 }
    /^    [^ }{\]):.]/ && empty { close_member(); from = at }
    /^}/ { close_member() }
    { empty = ($0 == "" || $0 == "{"); at += length($0) + 1 }
    END { close_member() }'
}

# sample COUNT SEED: as many members of the three folders, by a generator of its own, since those of awk differ.
sample() {
  local file
  for file in "$core"/{Trains,Rollouts,Reconciliation}/*.cs; do
    members "$file"
  done | awk -v count="$1" -v seed="$2" '
    function next_place(below) { state = (state * 16807) % 2147483647; return 1 + state % below }
    { line[NR] = $0 }
    END {
      state = seed % 2147483646 + 1
      for (i = 0; i < 10; i++) next_place(1)
      for (i = 1; i <= count && i <= NR; i++) {
        j = i - 1 + next_place(NR - i + 1)
        swapped = line[i]; line[i] = line[j]; line[j] = swapped
        print line[i]
      }
    }'
}

patterns=()
count='' seed=1
while [ $# -gt 0 ]; do
  case $1 in
    --sample | --seed)
      [[ ${2:-} =~ ^[1-9][0-9]{0,6}$ ]] || cannot_begin "$1 needs a whole number from 1 to 9999999, not '${2:-}'."
      if [ "$1" = --seed ]; then seed=$2; else count=$2; fi
      shift
      ;;
    --all) patterns+=('**/Trains/*.cs' '**/Rollouts/*.cs' '**/Reconciliation/*.cs') ;;
    -*) usage ;;
    *)
      if [ -d "$core/$1" ]; then
        patterns+=("**/${1%/}/*.cs")
      elif [ -f "$core/$1" ]; then
        patterns+=("**/$1")
      else
        cannot_begin "there is no folder and no file '$1' below $core."
      fi
      ;;
  esac
  shift
done
if [ -n "$count" ]; then
  [ ${#patterns[@]} = 0 ] || cannot_begin 'a sample is of all three folders: name either --sample or files.'
  mapfile -t patterns < <(sample "$count" "$seed" | sort | sed 's|^|**/|')
fi
[ ${#patterns[@]} -gt 0 ] || usage

# --- a copy, so that what was built elsewhere stays what it is ---------------------------------------------------------

copy() {
  local from=$1 to=$2
  mkdir -p "$to"
  (cd "$from" && find . \( -name bin -o -name obj \) -prune -o -type f \( -name '*.cs' -o -name '*.json' -o -name '*.txt' \) \
    ! -name packages.lock.json -print0 | tar -c --null -T -) | tar -x -C "$to"
}

# Files that were removed since are removed here too; bin and obj stay, or each run would build from nothing.
find "$tree" \( -name bin -o -name obj \) -prune -o -type f -exec rm {} + 2>/dev/null || true
copy "$core" "$tree/$core"
copy tests/Simulation "$tree/tests/Simulation"
copy tests/Orchestrator.Core.Tests "$tree/tests/Core"
# These test other folders, and take most of the time; what they stand on is used by those that stay.
rm -f "$tree"/tests/Core/{Catalog,Judging,Placement}/*Tests.cs
cp "$core/Orchestrator.Core.csproj" "$tree/$core"
cp Directory.Packages.props global.json "$tree"
cp tests/Mutation/Directory.Build.props.in "$tree/Directory.Build.props"
cp tests/Mutation/Tests.csproj.in "$tree/tests/Simulation/Orchestrator.Simulation.csproj"

# --- the run -----------------------------------------------------------------------------------------------------------

(cd tests/Mutation && dotnet tool restore) >"$place/restore.log" 2>&1 \
  || cannot_begin 'Stryker could not be restored:' "$(tail -n 3 "$place/restore.log")"
cp -r tests/Mutation/.config tests/Mutation/{stryker-config,xunit.runner}.json "$tree/tests/Simulation"

arguments=()
for pattern in "${patterns[@]}"; do
  arguments+=(--mutate "$pattern")
done
report=$place/reports/mutation-report.json
rm -f "$report"
(cd "$tree/tests/Simulation" \
  && dotnet stryker --skip-version-check --output ../../.. "${arguments[@]}") || {
  echo 'run.sh: Stryker failed; what it said is above.' >&2
  exit 1
}

# --- what came of it ---------------------------------------------------------------------------------------------------

how_many() { { grep -oE "\"status\": ?\"$1\"" "$report" || true; } | wc -l; }

killed=$(how_many Killed) survived=$(how_many Survived) timeout=$(how_many Timeout) uncovered=$(how_many NoCoverage)
awk -v k="$killed" -v s="$survived" -v t="$timeout" -v u="$uncovered" 'BEGIN {
  all = k + s + t + u
  printf "%d killed, %d survived, %d timeout, %d no coverage: score %s\n", k, s, t, u,
    all ? sprintf("%.1f %%", 100 * (k + t) / all) : "unknown, for nothing was changed"
}'
