// How a member of a group behaves. Fixed for the life of a Core.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

#include "raft/planted_bug.h"
#include "raft/types.h"

namespace warren::raft {

// Where a member learns that others are alive.
enum class Liveness : uint8_t {
  // From the host, which watches nodes and not groups: LeaderSuspected, LeaderTrusted and
  // QuorumReachable events. Groups send no heartbeats, and an idle group costs nothing.
  kNode,
  // From heartbeats of this group's own, counted in ticks, as the Raft paper has it.
  kGroup,
};

enum class ReadMode : uint8_t {
  kQuorum,  // A leader asks a majority before it answers a read: always right.
  kLease,   // It trusts its clock for an election timeout. Wrong if clocks drift: choose it only
            // where a stale read does no harm. Requires check_quorum.
};

// Behaviours of etcd's library that cost messages and are not needed, but which its scenario
// scripts show. All false in production.
struct Compatibility {
  // An empty append to everybody at each commit. Otherwise the commit index rides on the next
  // append or tick.
  bool eager_commit_broadcast = false;
  // Appends leave with the step that caused them, one per step. Otherwise TakeOutput packs what
  // has gathered.
  bool send_in_step = false;
  // One acknowledgement per append. Otherwise those that wait for the same write become one.
  bool separate_acks = false;
  // Hand out for apply only what is durable here. Otherwise what is committed.
  bool apply_only_stable = false;
  // Followers pass proposals on to the leader. Otherwise they answer kNotLeader.
  bool forward_proposals = false;
  // A refused configuration change leaves an empty entry in the log.
  bool replace_refused_changes = false;
  // Each advance of the commit index is stored. Otherwise it is stored along with something else:
  // it is a hint that saves work at restart, and not worth a write of its own.
  bool store_each_commit = false;
  // Votes and requests for them do not say what is committed. Otherwise they do: a member may need
  // to know to apply the change of the membership that decides who must vote.
  bool votes_without_commit = false;
  // Candidates of a lower term get no answer, and without check_quorum and pre_vote leaders
  // neither. Otherwise they are told of the higher term: they may get nowhere without this member,
  // which may be a learner and never campaign itself.
  bool lower_terms_unanswered = false;
};

struct Config {
  NodeId id;  // This member. Not 0.

  Liveness liveness = Liveness::kNode;
  // Ticks without a leader before a member campaigns; a random extra of up to as much is drawn
  // each time, so that members do not all campaign at once. A tick's length is the host's.
  uint32_t election_ticks = 10;
  // Ticks between heartbeats (kGroup), or between attempts to reach a member that owes an answer
  // (kNode). Smaller than election_ticks.
  uint32_t heartbeat_ticks = 1;
  bool pre_vote = true;      // Ask before campaigning, so that a node that comes back after a
                             // partition does not depose a leader that everybody else can see.
  bool check_quorum = true;  // A leader that cannot reach a majority steps down, and members
                             // that hear a leader refuse to vote against it.
  bool step_down_on_removal = true;  // A leader that is removed or demoted stops leading at once.
  bool validate_config_changes = true;  // Refuse changes that cannot apply when they are proposed.
                                        // Off: they are found out, and ignored, at apply.
  ReadMode read_mode = ReadMode::kQuorum;

  size_t entry_bytes_max = 16 << 20;        // Larger proposals are refused.
  size_t message_bytes_max = 1 << 20;       // Entries in one append, but always at least one.
  size_t uncommitted_bytes_max = 64 << 20;  // Beyond this, proposals are refused with kBusy.
  size_t apply_bytes_max = 16 << 20;        // Handed out for apply and not reported applied.
  size_t inflight_messages_max = 256;       // Unacknowledged appends to one member.
  size_t inflight_bytes_max = 16 << 20;     // Their payload. At least message_bytes_max.

  uint64_t seed = 0;  // Of election timeouts. Must differ between members.

  bool notes = false;  // Report what happens inside (raft/note.h): for logs of single groups.
  bool trace = false;  // Report protocol events for validation against the TLA+ model.

  Compatibility compatibility;
  PlantedBug planted_bug = PlantedBug::kNone;  // Tests of the tests only.

  // INVALID_ARGUMENT naming the field, what it holds and what it may hold.
  absl::Status Validate() const;
};

}  // namespace warren::raft
