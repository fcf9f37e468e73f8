# Sourced by run and test. install_packages SECTION…: what is missing of those sections of packages.txt, from Debian.

packages_of() {
  awk -v wanted="$1" '/^\[/ {section = $1} /^[a-z0-9]/ && section == "[" wanted "]" {print $1}' cmake/packages.txt
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Pons runs its own private PostgreSQL, so Debian's package shall not create and start a cluster of its own. The
# setting stands only while the package is installed: a PostgreSQL installed later by somebody else is not our affair.
without_debian_cluster() {
  local setting=/etc/postgresql-common/createcluster.d/pons.conf result=0
  as_root mkdir -p "${setting%/*}"
  echo "create_main_cluster = false" | as_root tee "$setting" >/dev/null
  "$@" || result=$?
  as_root rm -f "$setting"
  return "$result"
}

install_packages() {
  local section package missing=()
  for section in "$@"; do
    for package in $(packages_of "$section"); do
      case "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" in
        installed) ;;
        *) missing+=("$package") ;;
      esac
    done
  done
  [ ${#missing[@]} = 0 ] && return 0
  echo "Installing from Debian: ${missing[*]}" >&2
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "Packages are missing and only root may install them: run this once as root, or install sudo." >&2
    return 1
  fi
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || return 1
  without_debian_cluster as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" >&2
}
