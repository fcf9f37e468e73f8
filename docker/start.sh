#!/bin/bash
# Starts `pons` with the given arguments. NAME_FILE gives the secret NAME from a file: PGPASSWORD_FILE for the database.
# --is-ready: 0 when /readyz says 200.
set -euo pipefail

is_ready() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/${HTTP_PORT:-8080}"
  printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
  read -r -t 4 _ status _ <&3
  [ "$status" = 200 ]
}

read_secrets() {
  local variable name
  for variable in $(compgen -e | grep '_FILE$' || true); do
    name=${variable%_FILE}
    [ -z "${!name:-}" ] && [[ ${!variable} == /run/secrets/* ]] || continue
    export "$name=$(<"${!variable}")"
    unset "$variable"
  done
}

if [ "${1:-}" = --is-ready ]; then
  is_ready
else
  read_secrets
  exec pons "$@"
fi
