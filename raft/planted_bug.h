// Mistakes that can be switched on to prove that the simulator would find them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace warren::raft {

// Each is a mistake that real systems have made. The core looks at this in the one place where
// the mistake would be; nothing but the simulator ever sets it.
enum class PlantedBug : uint8_t {
  kNone,
  kVoteNotPersisted,         // The vote is sent, but is not part of what is stored.
  kAckBeforeStore,           // Appends are acknowledged before they are durable.
  kOldTermCommittedByCount,  // Raft paper, figure 8.
  kJointNeedsOneHalf,        // While joint, a majority of the new voters is enough.
  kSnapshotUsedBeforeSync,   // An installed snapshot is acknowledged before it is durable.
  kStaleCompletionAccepted,  // A finished write counts for entries that replaced its own.
  kAppendIgnoresTerm,        // The entry before an append needs the right index only.
  kCommitBeyondMatch,        // A follower commits what the leader has, not what it has.
  kLearnerCounted,           // Learners count towards the majority.
  kTransferWithoutCatchUp,   // The target is told to campaign, unconditionally, at once.
  kAmnesiacVotes,            // A member that may have forgotten its votes votes.
  kLogTimeGoesBack,          // The host's clock is taken as it is.
};
inline constexpr std::array<std::string_view, 13> kPlantedBugNames = {
    "none",
    "vote-not-persisted",
    "ack-before-store",
    "old-term-committed-by-count",
    "joint-needs-one-half",
    "snapshot-used-before-sync",
    "stale-completion-accepted",
    "append-ignores-term",
    "commit-beyond-match",
    "learner-counted",
    "transfer-without-catch-up",
    "amnesiac-votes",
    "log-time-goes-back",
};

}  // namespace warren::raft
