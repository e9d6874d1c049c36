// A wish to change who belongs to a group, as it travels in the log.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/types.h"

namespace warren::raft {

enum class MemberChangeType : uint8_t {
  kAddVoter = 0,    // Or make a learner a voter.
  kRemove = 1,      // No effect on a node that is no member.
  kUpdate = 2,      // Changes nothing here: the host keeps something beside the membership.
  kAddLearner = 3,  // Or make a voter a learner.
};

struct MemberChange {
  MemberChangeType type = MemberChangeType::kAddVoter;
  NodeId node;
  friend bool operator==(const MemberChange&, const MemberChange&) = default;
};

enum class Transition : uint8_t {
  kAuto = 0,           // Simple if at most one member changes, else joint with automatic leave.
  kJointImplicit = 1,  // Joint; the leader leaves it by itself.
  kJointExplicit = 2,  // Joint; somebody proposes an empty change to leave.
};

struct ConfigChange {
  Transition transition = Transition::kAuto;
  std::vector<MemberChange> changes;
  base::Bytes context;  // The host's; travels along and is not looked at.

  // An empty change with transition kAuto asks to leave the joint phase.
  bool AsksToLeaveJoint() const { return transition == Transition::kAuto && changes.empty(); }
  bool AsksForJoint() const { return transition != Transition::kAuto || changes.size() > 1; }
  bool AsksForAutoLeave() const { return transition != Transition::kJointExplicit; }

  friend bool operator==(const ConfigChange&, const ConfigChange&) = default;
};

// The payload of an entry of type kConfig; format in docs/formats/raft.md. Decoding answers
// INVALID_ARGUMENT to damaged bytes. No bytes at all mean "leave the joint phase": that entry
// can never be refused for its size.
base::Bytes EncodeConfigChange(const ConfigChange& change);
absl::StatusOr<ConfigChange> DecodeConfigChange(std::string_view bytes);

}  // namespace warren::raft
