#!/usr/bin/env bash
# usage: pack.sh OUT_DIR [RID]
#
# Publishes the sample program for RID (linux-x64 unless told otherwise), puts it with the few libraries it needs into a
# root file system, packs that into the OCI image layout OUT_DIR, and prints the image's reference, name@sha256:....
# The image runs in a container as well as unpacked, as a plain process: then the machine's own libraries serve.
#
# ORC names the orc program to pack with; without it the one in this repository is built and run.
set -euo pipefail

[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
out=$(realpath -m -- "$1")
case $(uname -m) in
  aarch64 | arm64) own=linux-arm64 ;;
  *) own=linux-x64 ;;
esac
rid=${2:-$own}
case $rid in
  linux-x64) architecture=amd64 ;;
  linux-arm64) architecture=arm64 ;;
  *) echo "pack.sh: RID is linux-x64 or linux-arm64, not '$rid'" >&2; exit 2 ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs
umask 022

# Its own artifacts and lock file: the repository's are for building without a runtime, and stay as they are.
dotnet publish "$here/Orchestrator.Samples.csproj" --configuration Release --runtime "$rid" --self-contained \
  -p:ArtifactsPath="$work/artifacts" -p:NuGetLockFilePath="$work/packages.lock.json" -p:RestoreLockedMode=false \
  -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -p:DebugType=none \
  -p:PublishReadyToRun=true -p:PublishTrimmed=true -p:SuppressTrimAnalysisWarnings=true \
  --output "$rootfs/app" -v quiet -nologo >&2

# For debuggers, tracers, other collectors and static web pages: nothing that this program loads.
rm -f "$rootfs/app/"{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,libclrgc.so,libclrgcexp.so} \
  "$rootfs/app/sample.staticwebassets.endpoints.json"

# What the program's native files load, and what those load, at the same paths, so that the loader finds them.
# Cross-packing (arm64 on x64) takes them from a sysroot that cannot be known here, so such an image runs as a process only.
native=("$rootfs/app/sample" "$rootfs"/app/*.so)
if [ "$rid" = "$own" ]; then
  ldd "${native[@]}" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
    case $library in "$rootfs"/*) continue ;; esac
    mkdir -p "$rootfs$(dirname "$library")"
    cp -L "$library" "$rootfs$library"
  done
else
  echo "pack.sh: $rid on this machine: the image holds no C library and runs as a process only" >&2
fi

mkdir -p "$rootfs"/{etc,proc,sys,dev}
mkdir -m 1777 "$rootfs/tmp"
printf 'root:x:0:0:root:/:/app/sample\nnobody:x:65534:65534:nobody:/:/app/sample\n' >"$rootfs/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$rootfs/etc/group"
find "$rootfs/app" -type f -exec chmod 644 {} + && chmod 755 "$rootfs/app/sample"

pack=(image pack "$rootfs" --name sample --layout "$out" --architecture "$architecture" --entrypoint /app/sample
  --env DOTNET_EnableDiagnostics=0)
if [ -n "${ORC:-}" ]; then
  "$ORC" "${pack[@]}"
else
  dotnet run --project "$top/src/Orchestrator.Cli" -v quiet -- "${pack[@]}"
fi
