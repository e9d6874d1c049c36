#include "tests/scenario_runner/ack_picture.h"

#include <algorithm>

#include "fmt/format.h"

namespace warren::scenario_runner {
namespace {

raft::Index AckedBy(const Acks& acks, raft::NodeId node) {
  const auto found = acks.find(node);
  return found == acks.end() ? raft::Index() : found->second;
}

}  // namespace

std::string DrawAcks(const raft::NodeSet& voters, const Acks& acks) {
  if (voters.empty()) return "<empty majority quorum>";
  std::string text = fmt::format("{:{}}    idx\n", "", voters.size());
  for (const raft::NodeId voter : voters) {
    const raft::Index acked = AckedBy(acks, voter);
    const auto behind =
        static_cast<size_t>(std::count_if(voters.begin(), voters.end(), [&](raft::NodeId other) {
          return AckedBy(acks, other) < acked;
        }));
    const std::string bar = acks.find(voter) == acks.end() ? "?" : std::string(behind, 'x') + ">";
    text += fmt::format("{:<{}} {:>5}    (id={:x})\n", bar, voters.size() + 1, acked.value(),
                        voter.value());
  }
  return text;
}

}  // namespace warren::scenario_runner
