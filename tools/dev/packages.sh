# Brings a bare Debian 12 to where the project builds. Sourced by ./dev.

packages_file="$root/tools/dev/packages.txt"

# Quick when there is nothing to do: no process is started unless the list, or what dpkg has
# installed, changed since the last look.
ensure_packages() {
  local stamp="$root/build/.packages"
  if [[ $stamp -nt $packages_file && $stamp -nt /var/lib/dpkg/status ]]; then return; fi

  local -a wanted missing=()
  mapfile -t wanted < <(grep -v -e '^#' -e '^$' "$packages_file")
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    ensure_tools_by_hand "${wanted[@]}"
    return
  fi
  mapfile -t missing < <(
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u |
      comm -13 - <(printf '%s\n' "${wanted[@]}" | sort -u)
  )
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}"; fi
  mkdir -p "$root/build"
  touch "$stamp"
}

install_packages() {
  say "installing $# packages: $*"
  local -a as_root=()
  if (($(id -u) != 0)); then
    if ! command -v sudo >/dev/null; then
      fail "packages are missing, and this is neither root nor is there sudo" \
        "As root, run: apt-get update && apt-get install --no-install-recommends $*"
    fi
    as_root=(sudo)
    if [[ ! -t 0 ]]; then as_root+=(-n); fi
  fi
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  local -a install=("${apt[@]}" install --no-install-recommends "$@")

  # A bare image has no lists of packages; old lists may name versions that are gone.
  if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
    if quietly apt-install "${install[@]}" </dev/null; then return; fi
    say "that failed; trying once more with fresh lists of packages"
  fi
  if ! quietly apt-update "${apt[@]}" update </dev/null; then
    fail "apt-get update failed; the lines above say why" \
      "If this machine has no network, install by other means: $*"
  fi
  if ! quietly apt-install "${install[@]}" </dev/null; then
    fail "apt-get could not install: $*" \
      "The project is built on Debian 12; on another release some names may differ."
  fi
}

# Elsewhere than on Debian the packages have other names; go on if the main tools are here.
ensure_tools_by_hand() {
  local tool
  local -a absent=()
  for tool in g++ cmake ninja git python3; do
    command -v "$tool" >/dev/null || absent+=("$tool")
  done
  if ((${#absent[@]} > 0)); then
    fail "this is not Debian, and these tools are missing: ${absent[*]}" \
      "Install what these Debian packages hold (g++ 12 or later, CMake 3.25 or later):" "$*"
  fi
  say "this is not Debian: going on with the tools found here; Debian's names of what is needed:"
  say "  $*"
}
