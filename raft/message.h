// What members of a group say to one another.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::raft {

enum class MessageType : uint8_t {
  kPropose = 0,         // A follower passes a proposal on (only if Config allows it).
  kAppend = 1,          // Entries, or none: then it carries a commit index or is a probe.
  kAppendResponse = 2,  // Also a member's word to itself that its own write is done.
  kVote = 3,
  kVoteResponse = 4,
  kPreVote = 5,  // "Would you vote for me?" without anybody's term growing.
  kPreVoteResponse = 6,
  kSnapshot = 7,
  kHeartbeat = 8,
  kHeartbeatResponse = 9,
  kTimeoutNow = 10,  // Leadership transfer: campaign at once.
  kReadIndex = 11,   // A follower asks the leader for a read barrier.
  kReadIndexResponse = 12,
  kTermQuery = 13,  // An amnesiac asks everybody for their term (raft/amnesia.h).
  kTermReply = 14,
};
inline constexpr int kMessageTypes = 15;
std::string_view Name(MessageType type);

// One struct for all types, as in the paper's figure 2: most fields are shared by several types,
// and a message is made in place in a list whose elements, with the capacity of their vectors,
// are reused. Fields that a type does not use stay at their defaults.
struct Message {
  MessageType type = MessageType::kAppend;
  bool reject = false;    // Responses: refused.
  bool transfer = false;  // kVote: by order of the leader, so its lease does not stand against it.
  bool amnesiac = false;  // kAppendResponse: the sender does not count for a quorum check.
  bool leader = false;    // kTermReply: from the leader of `term`, which has reset what it
                          // believed of the amnesiac.
  NodeId from;
  NodeId to;
  Term term;  // The sender's; the one campaigned for in kPreVote and its grant; 0 in kPropose,
              // kReadIndex.

  // kAppend: the entry before the first one sent. kVote, kPreVote: the candidate's last entry.
  // kAppendResponse: `index` is the last matching index; if rejected, the index of the append
  // that failed, and (reject_hint, log_term) names the largest entry that might match.
  // kReadIndexResponse: the index to wait for. kTermQuery: the sender's last entry.
  Index index;
  Term log_term;
  Index reject_hint;

  Index commit;  // kAppend, kAppendResponse, kHeartbeat, kTermReply: what is committed. kVote,
                 // kPreVote and their responses: the same, as far as the sender knows; `context` is
                 // its term.
  Index match;   // kAppend: what the leader believes the receiver to hold. More than it does
                 // hold means that the receiver lost part of its log.
  uint64_t context = 0;     // Reads: what the heartbeat confirms, or the ReadId. Votes: see commit.
  Incarnation incarnation;  // kAppendResponse, kTermQuery, kTermReply (the asker's).

  std::vector<Entry> entries;
  SnapshotRef snapshot;

  // Back to defaults, keeping the capacity of `entries`.
  void Clear();
};

}  // namespace warren::raft
