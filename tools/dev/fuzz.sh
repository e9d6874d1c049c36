# ./dev fuzz. Sourced by ./dev. CMake writes the list of targets, one "NAME CORPUS" per line.

command_fuzz() {
  if [[ ${1:-} == --replay ]]; then
    build fuzz fuzz_targets
    (cd "$root" && ctest --preset fuzz -R '^fuzz\.' --no-label-summary) || fail "an input of a corpus failed; see above"
    return
  fi
  local wanted='' seconds=60
  if (($# > 0)) && [[ ! $1 =~ ^[0-9]+$ ]]; then
    wanted=fuzz_${1#fuzz_}
    shift
  fi
  if (($# > 0)); then
    seconds=$1
    [[ $seconds =~ ^[0-9]+$ ]] || fail "SECONDS is a number, not '$seconds'"
  fi

  build fuzz fuzz_targets
  local name corpus found=no
  while read -r name corpus <&3; do
    if [[ -z $wanted || $wanted == "$name" ]]; then
      found=yes
      fuzz_target "$name" "$corpus" "$seconds"
    fi
  done 3<"$root/build/fuzz/fuzz_targets.txt"
  if [[ $found == no ]]; then
    fail "there is no fuzz target${wanted:+ named $wanted}" \
      "Targets: $(cut -d' ' -f1 "$root/build/fuzz/fuzz_targets.txt" | tr '\n' ' ')"
  fi
}

# fuzz_target NAME CORPUS SECONDS: what is found goes to build/fuzz, never into the repository.
fuzz_target() {
  local found="$root/build/fuzz/found/$1" artifacts="$root/build/fuzz/artifacts/"
  mkdir -p "$found" "$artifacts"
  say "fuzzing $1 for $3 s"
  if ! "$root/build/fuzz/bin/$1" -max_total_time="$3" -print_final_stats=1 -timeout=10 \
    -artifact_prefix="$artifacts$1-" "$found" "$root/$2" </dev/null >&2; then
    fail "$1 failed" "The input is named above. To repeat it: build/fuzz/bin/$1 FILE" \
      "Once fixed, keep the input: copy it to $2/"
  fi
  printf '%s: no failure in %s s, %s new inputs\n' "$1" "$3" "$(find "$found" -type f | wc -l)"
}
