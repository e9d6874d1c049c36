#!/usr/bin/env bash
# Shows that a test which no target builds stops the configuration, and that a declared one does
# not. usage: census_test.sh ROOT CMAKE
set -euo pipefail
root=$1 cmake=$2
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

cp -r "$root/cmake" "$box/cmake"
mkdir "$box/room"
cat >"$box/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(box LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH "${PROJECT_SOURCE_DIR}/cmake")
include(WarrenTargets)
include(WarrenSourceCensus)
enable_testing()
foreach(library IN ITEMS GTest::gmock GTest::gtest_main)
  add_library(${library} INTERFACE IMPORTED GLOBAL)
endforeach()
warren_add_folders(room)
warren_check_census()
END

configure() { "$cmake" -G Ninja -S "$box" -B "$box/build" "$@" >"$box/log" 2>&1; }
die() {
  echo "FAILED: $1"
  cat "$box/log"
  exit 1
}

echo 'int main() { return 0; }' >"$box/room/door_test.cc"
touch "$box/room/CMakeLists.txt"
configure && die "an undeclared *_test.cc was accepted"
grep -q 'room/door_test.cc' "$box/log" || die "the undeclared test is not named"

echo 'warren_test(NAME room_tests SOURCES door_test.cc)' >"$box/room/CMakeLists.txt"
configure || die "a declared *_test.cc was refused"

echo 'warren_test(NAME room_tests SOURCES door_test.cc RUNS room-program)
warren_program(NAME room-program SOURCES door_test.cc)' >"$box/room/CMakeLists.txt"
configure -DWARREN_FUZZ=OFF || die "a test that runs a program was refused"
configure -DWARREN_FUZZ=ON || die "a test that runs a program was refused where tests are not built"
configure -DWARREN_FUZZ=OFF

echo 'warren_test(NAME room_tests SOURCES door_test.cc)' >"$box/room/CMakeLists.txt"
touch "$box/room/key_fuzz.cc"
configure && die "an undeclared *_fuzz.cc was accepted"
grep -q 'room/key_fuzz.cc' "$box/log" || die "the undeclared fuzz target is not named"

echo 'warren_fuzz(NAME fuzz_key SOURCES key_fuzz.cc CORPUS corpus)' >>"$box/room/CMakeLists.txt"
configure && die "a fuzz target without a corpus was accepted"
grep -q 'holds no file' "$box/log" || die "the empty corpus is not named"

echo 'warren_test(NAME more SOURCES door_test.cc DEBS nothing)' >"$box/room/CMakeLists.txt"
rm "$box/room/key_fuzz.cc"
configure && die "a misspelt keyword was accepted"

echo "census: all checks passed"
