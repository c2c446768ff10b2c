#!/usr/bin/env bash
# Imitates the command line of rkt 1.30 with stage1 fly as far as the driver uses it, for machines that have no rkt. It is not
# rkt: it shows the same states, answers and quirks, and runs real processes on the root directory of the image.
#
# Quirks that it has on purpose: errors are exit code 254 and text; the first remark of prepare and run-prepared is about a
# missing group; the program becomes run-prepared's process, has no namespace and hands the pod's lock on to its children, so
# that the pod runs until the last of them ends; stop signals the first process only and does not wait; status never tells an
# exit code, and --wait-ready never gets ready; fly and enter look no program up, and enter gives it no variable; gc marks,
# and sweeps what was marked before.
#
# A file 'faults/fail-VERB' beside it is printed in that command's stead; while 'faults/stall-VERB' is there the command waits
# in its middle, and with 'faults/stall-VERB-end' before it answers.
set -u
shopt -s nullglob

# Starts as few programs as it can: it is called often, and on machines that do much else besides.
faults=${0%/*}/faults
chroot=/usr/sbin/chroot
[ -x "$chroot" ] || chroot=/usr/bin/chroot
data='' insecure='' verb=''

# Its name: the list of mounts; arguments: the root, the command.
mount_script='root=$1
shift
while read -r source target read_only; do
  /usr/bin/mkdir -p "$root${target%/*}"
  if [ -d "$source" ]; then /usr/bin/mkdir -p "$root$target"; else : >>"$root$target"; fi
  /usr/bin/mount --bind "$source" "$root$target" || exit 254
  [ "$read_only" = false ] || /usr/bin/mount -o remount,bind,ro "$root$target" || exit 254
done <"$0"
exec "$@"'

die() {
  echo "$verb: $*" >&2
  exit 254
}

stall() {
  while [ -e "$faults/stall-$1" ]; do sleep 0.02; done
}

remark() {
  [[ $'\n'$(</etc/group) == *$'\n'rkt:* ]] || echo "$verb: group \"rkt\" not found, will use default gid when rendering images" >&2
}

# find_pod UUID: sets pod and uuid.
find_pod() {
  pod=''
  for pod in "$data"/pods/*/"$1"; do
    uuid=$1
    return 0
  done
  return 1
}

need_pod() { find_pod "${1:-}" || die "problem retrieving pod: no matches found for \"${1:-}\""; }

is_locked() {
  local answer=0
  exec 8<"$pod"
  flock --nonblock --shared 8 || answer=1
  exec 8<&-
  [ "$answer" = 1 ]
}

# read_line FILE VARIABLE: fails where there is no such file in the pod.
read_line() { { read -r "$2" <"$pod/$1"; } 2>/dev/null; }

# Sets state.
read_state() {
  case $pod in
    */prepare/*) if is_locked; then state=preparing; else state='aborted prepare'; fi ;;
    */prepared/*) state=prepared ;;
    */run/*) if is_locked; then state=running; else state=exited; fi ;;
    */exited-garbage/*) state='exited garbage' ;;
    *) state=garbage ;;
  esac
}

to_json() {
  local app image created started='' apps='' app_state
  read_state
  read_line created created || return 1
  read_line started started
  if read_line app app && read_line image image; then
    case $state in
      prepared) app_state=created ;;
      running) app_state=running ;;
      *) app_state=exited ;;
    esac
    apps=",\"app_names\":[\"$app\"],\"apps\":[{\"name\":\"$app\",\"state\":\"$app_state\",\"created_at\":$created"
    apps+="${started:+,\"started_at\":$started},\"image_id\":\"$image\"}]"
  fi
  printf '{"name":"%s","state":"%s"%s,"created_at":%s%s}' "$uuid" "$state" "$apps" "${created::-9}" \
    "${started:+,\"started_at\":${started::-9}}"
}

# find_image ID: sets image.
find_image() {
  for image in "$data"/cas/"$1"*.aci; do return 0; done
  return 1
}

# With a line break, which the manifest itself does not end with.
read_manifest() { echo "$(tar -xOf "$image" manifest | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p")"; }

fetch() {
  local aci=$1 id names
  case ,$insecure, in *,image,*) ;; *) die "error opening signature file: $aci.asc" ;; esac
  [ -f "$aci" ] || die "image: stat $aci: no such file or directory"
  echo "image: using image from file $aci" >&2
  names=$(tar -tf "$aci" 2>/dev/null | sed 's,/$,,') || die 'error: not a tar'
  [ "$(cut -d/ -f1 <<<"$names" | sort -u | paste -sd ' ')" = 'manifest rootfs' ] || die 'unexpected file in image'
  [ -z "$(sort <<<"$names" | uniq -d)" ] || die 'duplicate file entries'
  mkdir -p "$data/cas"
  id=sha512-$(sha512sum "$aci" | cut -c1-64)
  cp "$aci" "$data/cas/$id.$$" && mv "$data/cas/$id.$$" "$data/cas/$id.aci"
  echo "$id"
}

prepare() {
  local argument name='' exec='' arguments=() variables=() volumes=() mounts=() uuid pod root
  remark
  image=''
  while [ $# -gt 0 ]; do
    argument=$1
    shift
    case $argument in
      --quiet | --memory=* | --cpu=* | --stage1-name=*) ;;
      --stage1-path=*) [ -f "${argument#*=}" ] || die "error finding stage1 image \"${argument#*=}\"" ;;
      --name=*) name=${argument#*=} ;;
      --exec=*) exec=${argument#*=} ;;
      --environment=*) variables+=("${argument#*=}") ;;
      --volume=*) volumes+=("${argument#*=}") ;;
      --mount=*) mounts+=("${argument#*=}") ;;
      --) arguments=("$@") && break ;;
      -*) die "unknown flag: $argument" ;;
      *) find_image "$argument" || die "error finding image \"$argument\"" ;;
    esac
  done
  [ -n "$image" ] || die 'must provide at least one image or specify the pod manifest'
  [[ $name =~ ^[a-z0-9]+(-[a-z0-9]+)*$ ]] || die "invalid name \"$name\""
  read -r uuid </proc/sys/kernel/random/uuid
  pod=$data/pods/prepare/$uuid
  mkdir -p "$data"/pods/{prepare,prepared,run,exited-garbage,garbage} "$pod"
  exec 9<"$pod"
  flock --exclusive 9
  date +%s%N >"$pod/created"
  stall prepare
  root=$pod/stage1/rootfs/opt/stage2/$name
  mkdir -p "$root"
  tar -xf "$image" -C "$root" rootfs || die 'error setting up stage0'
  mkdir -p "$root/rootfs/dev"
  mknod -m 666 "$root/rootfs/dev/null" c 1 3 2>/dev/null
  printf '%s\0' "$exec" ${arguments[@]+"${arguments[@]}"} >"$pod/command"
  printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${variables[@]+"${variables[@]}"} >"$pod/variables"
  : >"$pod/mounts"
  local volume mount
  for volume in ${volumes[@]+"${volumes[@]}"}; do
    [[ $volume =~ ^([a-z0-9-]+),kind=host,source=([^,]+),readOnly=(true|false)$ ]] || die "invalid volume \"$volume\""
    local volume_name=${BASH_REMATCH[1]} source=${BASH_REMATCH[2]} read_only=${BASH_REMATCH[3]}
    for mount in ${mounts[@]+"${mounts[@]}"}; do
      [ "${mount%%,target=*}" != "volume=$volume_name" ] || printf '%s %s %s\n' "$source" "${mount#*,target=}" "$read_only" >>"$pod/mounts"
    done
  done
  read_manifest user >"$pod/user"
  read_manifest group >"$pod/group"
  read_manifest workingDirectory >"$pod/directory"
  basename "$image" .aci >"$pod/image"
  echo "$name" >"$pod/app"
  mv "$pod" "$data/pods/prepared/$uuid"
  exec 9<&-
  stall prepare-end
  echo "$uuid"
}

run_prepared() {
  local command variables root directory app user group
  while [[ ${1:-} == --* ]]; do shift; done
  need_pod "$1"
  [[ $pod == */prepared/* ]] || die "pod \"$uuid\" is not prepared"
  exec 9<"$pod"
  flock --exclusive --wait 5 9 || die "cannot acquire lock" # Whoever lists pods has it for a moment.
  mv "$pod" "$data/pods/run/$uuid" || die "cannot transition to run"
  pod=$data/pods/run/$uuid
  remark
  stall run-prepared
  mapfile -d '' command <"$pod/command"
  mapfile -d '' variables <"$pod/variables"
  read_line app app && read_line directory directory && read_line user user && read_line group group
  root=$pod/stage1/rootfs/opt/stage2/$app/rootfs
  verb=run
  [ -d "$root$directory" ] || die "can't change to working directory \"$directory\": no such file or directory"
  [ -x "$root${command[0]}" ] || die "can't execute \"${command[0]}\": no such file or directory"
  echo $$ >"$pod/pid"
  date +%s%N >"$pod/started.new" && mv "$pod/started.new" "$pod/started"
  stall run-prepared-end
  [ "$directory" = / ] || command=(/bin/sh -c 'cd "$0" && exec "$@"' "$directory" "${command[@]}")
  command=("$chroot" --userspec="$user:$group" "$root" "${command[@]}")
  # A mount namespace of its own is all that fly has.
  [ ! -s "$pod/mounts" ] || command=(/usr/bin/unshare --mount --propagation slave /bin/bash -c "$mount_script" "$pod/mounts" "$root" "${command[@]}")
  exec env -i "${variables[@]}" "${command[@]}"
}

status() {
  local argument wait='' ready=''
  uuid=''
  for argument in "$@"; do
    case $argument in
      --format=json) ;;
      --wait=*) wait=${argument#*=} ;;
      --wait-ready=*) ready=${argument#*=} ;;
      *) uuid=$argument ;;
    esac
  done
  need_pod "$uuid"
  if [ -n "$ready" ]; then
    sleep "${ready%s}"
    die 'error waiting for pod readiness: context deadline exceeded'
  fi
  [ -z "$wait" ] || flock --wait "${wait%s}" --shared "$pod" true || die 'error waiting for pod: context deadline exceeded'
  # It may have moved on meanwhile.
  to_json || { need_pod "$uuid" && to_json; }
  echo
}

list() {
  local entry separator='' all=''
  for pod in "$data"/pods/*/*; do
    uuid=${pod##*/}
    entry=$(to_json) || continue # It has just moved on, or gone.
    all+=$separator$entry separator=,
  done
  echo "[$all]"
}

stop() {
  local signal=TERM process
  [ "$1" != --force ] || { signal=KILL && shift; }
  need_pod "$1"
  read_state
  [ "$state" = running ] || die "pod \"$uuid\" is not running"
  read_line pid process || die "error stopping \"$uuid\": error reading pid"
  kill -"$signal" "$process" 2>/dev/null || die "error stopping \"$uuid\": unable to create process $process instance"
  printf '"%s"\n' "$uuid"
}

remove() {
  find_pod "$1" || { echo "rm: cannot get pod: no matches found for \"$1\"" >&2 && die 'failed to remove one or more pods'; }
  read_state
  case $state in
    running) die "pod \"$uuid\" is currently running" ;;
    preparing) die "pod \"$uuid\" is currently being prepared" ;;
  esac
  rm -rf "$pod" || die "failed to remove one or more pods"
  printf '"%s"\n' "$uuid"
}

gc() {
  local marked=("$data"/pods/exited-garbage/* "$data"/pods/garbage/*)
  for pod in "$data"/pods/run/*; do
    is_locked || mv "$pod" "$data/pods/exited-garbage/"
  done
  for pod in "$data"/pods/prepare/*; do
    is_locked || mv "$pod" "$data/pods/garbage/"
  done
  rm -rf ${marked[@]+"${marked[@]}"}
}

enter() {
  local app='' name process root user group
  while [[ ${1:-} == --* ]]; do
    app=${1#--app=}
    shift
  done
  need_pod "$1"
  shift
  read_state
  [ "$state" = running ] || die "pod \"$uuid\" isn't currently running"
  read_line app name && [ "$app" = "$name" ] || die "no app \"$app\" in pod"
  read_line pid process && root=$(readlink "/proc/$process/root") || die "no pid in pod \"$uuid\""
  verb=fly-enter
  [[ $root == "$data"/* ]] || die 'Failed to get pod root'
  [[ $1 == /* && -x $root$1 ]] || die 'exec failed: no such file or directory'
  read_line user user && read_line group group
  exec env -i "$chroot" --userspec="$user:$group" "$root" "$@"
}

while [[ ${1:-} == --* ]]; do
  case $1 in
    --dir=*) data=${1#*=} ;;
    --insecure-options=*) insecure=${1#*=} ;;
  esac
  shift
done
verb=${1:-help}
[ $# = 0 ] || shift
if [ -e "$faults/fail-$verb" ]; then
  cat "$faults/fail-$verb" >&2
  exit 254
fi
[ -n "$data" ] || die 'this imitation never touches /var/lib/rkt: give it --dir'

case $verb in
  version) printf 'rkt Version: %s\nappc Version: 0.8.11\nGo Version: none\nFeatures: -IMITATION\n' "0.0.0+imitation" ;;
  fetch) fetch "$@" ;;
  image)
    find_image "$2" || die 'cannot get image manifest'
    case $1 in
      cat-manifest) tar -xOf "$image" manifest ;;
      rm) rm "$image" && echo "successfully removed aci for image: \"$2\"" ;;
    esac
    ;;
  prepare) prepare "$@" ;;
  run-prepared) run_prepared "$@" ;;
  status) status "$@" ;;
  list) list ;;
  stop) stop "$@" ;;
  rm) remove "$@" ;;
  gc) gc ;;
  enter) enter "$@" ;;
  *) die "unknown command \"$verb\"" ;;
esac
