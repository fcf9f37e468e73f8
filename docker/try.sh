#!/bin/bash
# docker/try.sh FOLDER [DOCKERFILE]: carries out a Dockerfile's stages where no container engine runs, each in a chroot
# FOLDER/STAGE that begins as a copy of FOLDER/base:
#   debootstrap --variant=minbase bookworm FOLDER/base
# It knows FROM … AS, SHELL, WORKDIR, ENV, COPY (--from) and RUN. What starts the container is read and not run. Needs root.
# What it mounts it unmounts; FOLDER is left to be looked at.
set -euo pipefail

folder=$(realpath "$1")
repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
dockerfile=${2:-$repository/docker/Dockerfile}
stage="" workdir=/ root="" shell=()
environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root)

leave_stage() {
  [ -n "$root" ] || return 0
  umount "$root/proc" "$root/dev"
  root=""
}
trap leave_stage EXIT

# FROM IMAGE AS NAME
enter_stage() {
  leave_stage
  stage=$3 workdir=/ shell=(/bin/sh -c)
  rm -rf --one-file-system "${folder:?}/$stage"
  cp -a "$folder/base" "$folder/$stage"
  cp /etc/resolv.conf "$folder/$stage/etc/resolv.conf"
  mount -t proc proc "$folder/$stage/proc"
  mount --bind /dev "$folder/$stage/dev"
  root=$folder/$stage
}

run_in_stage() {
  chroot "$root" /usr/bin/env -i "${environment[@]}" "${shell[@]}" "cd '$workdir'; $1"
}

inside() {
  case "$1" in
    /*) echo "$root$1" ;;
    *) echo "$root${workdir%/}/$1" ;;
  esac
}

copy() {
  local from=$repository source target
  if [[ $1 == --from=* ]]; then
    from=$folder/${1#--from=}
    shift
  fi
  target=$(inside "${!#}")
  [ $# = 2 ] || mkdir -p "$target"
  mkdir -p "$(dirname "$target")"
  for source in "${@:1:$#-1}"; do
    # Docker copies a folder's content, cp the folder.
    if [ -d "$from/$source" ]; then
      mkdir -p "$target"
      cp -a --no-preserve=ownership "$from/$source/." "$target/"
    else
      cp --preserve=mode "$from/$source" "$target"
    fi
  done
}

carry_out() {
  local word=${1%% *} rest=${1#* }
  echo "[$stage] $1"
  case "$word" in
    FROM) enter_stage $rest ;;
    SHELL) mapfile -t shell < <(python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$rest") ;;
    WORKDIR) workdir=$rest && mkdir -p "$root$workdir" ;;
    ENV) environment+=("$rest") ;;
    COPY) copy $rest ;;
    RUN) run_in_stage "$rest" ;;
    USER | VOLUME | EXPOSE | STOPSIGNAL | HEALTHCHECK | ENTRYPOINT | CMD) ;;
    *) echo "try.sh does not know $word" >&2 && exit 2 ;;
  esac
}

# One instruction a line: comments go, lines that end in \ are joined.
mapfile -t instructions < <(grep -v '^ *#' "$dockerfile" | sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' | grep -v '^ *$')
for instruction in "${instructions[@]}"; do
  carry_out "$instruction" </dev/null
done
echo "every instruction of $(basename "$dockerfile") was carried out"
