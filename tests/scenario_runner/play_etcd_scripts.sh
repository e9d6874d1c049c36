#!/bin/sh
# Plays the scripts of etcd's library in DIR, or says that they are not there and exits 77, which
# ctest shows as skipped.
# usage: play_etcd_scripts.sh WARREN_SCENARIOS DIR
set -eu
if [ ! -d "$2" ]; then
  echo "skipped: $2 is not there; it holds the scenario scripts of etcd's Raft library"
  exit 77
fi
exec "$1" raft "$2" --level messages
