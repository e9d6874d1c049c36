# How ./dev talks. Results go to stdout, where scripts read them; everything said here goes to
# stderr. Sourced by ./dev, which sets $root.

say() { printf 'dev: %s\n' "$*" >&2; }

# fail MESSAGE [NEXT_STEP...]: what went wrong, and on further lines what to do about it.
fail() {
  printf 'dev: error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '     %s\n' "$line" >&2; done
  exit 1
}

# quietly LOG_NAME COMMAND...: on a terminal the command's progress is shown; elsewhere it goes to
# build/logs/LOG_NAME.log, and is shown only if the command fails.
quietly() {
  local log="$root/build/logs/$1.log"
  shift
  if [[ -t 2 ]]; then
    "$@" >&2
    return
  fi
  mkdir -p "$root/build/logs"
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    say "the log above is in ${log#"$root"/}"
    return 1
  fi
}

# distance A B: the edit distance of two words.
distance() {
  local a=$1 b=$2 i j cost best
  local -a above row
  for ((j = 0; j <= ${#b}; ++j)); do above[j]=$j; done
  for ((i = 1; i <= ${#a}; ++i)); do
    row=("$i")
    for ((j = 1; j <= ${#b}; ++j)); do
      cost=1
      [[ ${a:i-1:1} == "${b:j-1:1}" ]] && cost=0
      best=$((above[j - 1] + cost))
      ((above[j] + 1 < best)) && best=$((above[j] + 1))
      ((row[j - 1] + 1 < best)) && best=$((row[j - 1] + 1))
      row[j]=$best
    done
    above=("${row[@]}")
  done
  echo "${above[${#b}]}"
}

# nearest WORD CANDIDATE...: the candidate that looks most like WORD.
nearest() {
  local word=$1 candidate score best='' best_score=999
  shift
  for candidate in "$@"; do
    score=$(distance "$word" "$candidate")
    if ((score < best_score)); then
      best=$candidate
      best_score=$score
    fi
  done
  # A word that shares less than half with any is no slip of the fingers.
  if ((best_score * 2 <= ${#word})); then echo "$best"; fi
}
