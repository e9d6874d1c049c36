#include "raft/output.h"

namespace warren::raft {

std::string_view Name(Role role) {
  switch (role) {
    case Role::kFollower:
      return "follower";
    case Role::kPreCandidate:
      return "pre-candidate";
    case Role::kCandidate:
      return "candidate";
    case Role::kLeader:
      return "leader";
  }
  return "unknown";
}

void Output::Clear() {
  role.reset();
  hard_state.reset();
  append.clear();
  install.reset();
  ticket = {};
  must_store = false;
  must_sync = false;
  send_now.Clear();
  send_after_store.Clear();
  commit.clear();
  reads.clear();
  loads.clear();
  notes.clear();
  trace.clear();
}

}  // namespace warren::raft
