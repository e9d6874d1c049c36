#!/usr/bin/env bash
# Tests of ./dev itself that need no build. Packages are tested against a fake dpkg and apt-get,
# in a copy of the door, so that nothing is installed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
failures=0

# run COMMAND...: sets $out, $err and $status.
run() {
  status=0
  "$@" >"$box/out" 2>"$box/err" </dev/null || status=$?
  out=$(<"$box/out")
  err=$(<"$box/err")
}

expect() { # expect WHAT CONDITION...
  local what=$1
  shift
  if ! "$@"; then
    printf 'FAILED: %s\n  status %s\n  stdout: %s\n  stderr: %s\n' "$what" "$status" "$out" "$err"
    failures=$((failures + 1))
  fi
}
contains() { [[ $1 == *"$2"* ]]; }

for ask in '' help -h --help; do
  run "$root/dev" $ask
  expect "'$ask' prints the usage and succeeds" contains "$status $out" "0 usage: ./dev"
done

run "$root/dev" tset
expect "an unknown command exits 2" test "$status" = 2
expect "an unknown command names the nearest" contains "$err" "did you mean 'test'"
run "$root/dev" scenaros
expect "the nearest of longer words" contains "$err" "did you mean 'scenarios'"

run "$root/dev" xyzzy
expect "what is near to nothing gets no guess" test "$status" = 2 -a "${err#*did you mean}" = "$err"

for command in up down; do
  run "$root/dev" $command
  expect "$command exits 1" test "$status" = 1
  expect "$command says that there is no server" contains "$err" "no server yet"
  expect "$command keeps stdout clean" test -z "$out"
done

run "$root/dev" scenarios
expect "scenarios without a folder fails with its usage" contains "$status $err" "usage: ./dev scen"

# A copy of the door, on a machine that misses two packages.
mkdir -p "$box/tools" "$box/bin"
cp "$root/dev" "$box/dev"
cp -r "$root/tools/dev" "$box/tools/dev"
cat >"$box/bin/dpkg-query" <<'FAKE'
#!/bin/sh
for package; do
  case $package in
    -* | *'${'*) ;;
    ninja-build) [ -e "$BOX/installed" ] && echo "installed $package" ;;
    mold) if [ -e "$BOX/installed" ]; then echo "installed $package"; else
      echo "config-files $package"; fi ;;
    *) echo "installed $package" ;;
  esac
done
exit 1
FAKE
cat >"$box/bin/apt-get" <<'FAKE'
#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$BOX/apt.log"
case " $* " in *" install "*) [ -e "$BOX/broken" ] && exit 100; touch "$BOX/installed" ;; esac
exit 0
FAKE
printf '#!/bin/sh\necho "${FAKE_UID:-0}"\n' >"$box/bin/id"
printf '#!/bin/sh\necho "sudo $*" >>"$BOX/apt.log"\n[ "$1" = -n ] && shift\nexec "$@"\n' \
  >"$box/bin/sudo"
chmod +x "$box"/bin/*
door() { env BOX="$box" FAKE_UID="${uid:-0}" PATH="$box/bin:$PATH" "$box/dev" "$@"; }
forget() { rm -rf "$box/build" "$box/installed" "$box/apt.log" "$box/broken"; }

run door setup
expect "setup succeeds as root" test "$status" = 0
expect "setup says what it installs" contains "$err" "installing 2 packages: mold ninja-build"
expect "apt-get never asks" contains "$(<"$box/apt.log")" "noninteractive -y"
expect "apt-get gets what is missing" contains "$(<"$box/apt.log")" "recommends mold ninja-build"

rm "$box/apt.log"
run door setup
expect "a second setup starts no apt-get" test ! -e "$box/apt.log"

forget
uid=1000
run door setup
expect "setup goes through sudo" contains "$(<"$box/apt.log")" "sudo -n env DEBIAN_FRONTEND"

forget
touch "$box/broken"
run door setup
expect "setup fails with apt-get" test "$status" = 1
expect "setup names what could not be installed" contains "$err" "could not install: mold ninja"
run door setup
expect "a failed setup is tried again" test "$status" = 1

forget
rm "$box/bin/sudo"
# Only the tools that the door uses, so that no real sudo is found.
for tool in bash env cat sed sort comm grep mkdir touch dirname rm; do
  ln -sf "$(command -v $tool)" "$box/bin/$tool"
done
run env BOX="$box" FAKE_UID=1000 PATH="$box/bin" "$box/dev" setup
expect "without root and sudo it fails" test "$status" = 1
expect "without root and sudo it says what to run" contains "$err" "As root, run: apt-get update"

rm "$box/bin/dpkg-query" "$box/bin/apt-get"
run env BOX="$box" PATH="$box/bin" "$box/dev" setup
expect "without apt-get it names the tools" contains "$err" "missing: g++ cmake ninja git python3"
expect "without apt-get it names the packages" contains "$err" "libabsl-dev"

if ((failures > 0)); then exit 1; fi
echo "dev: all checks passed"
