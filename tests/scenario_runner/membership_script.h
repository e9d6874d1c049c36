// The scripts about the algebra of configuration changes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/membership.h"
#include "raft/progress.h"
#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

// Carries out the commands of one script on one configuration that begins empty:
//
//      simple                       at most one voter changes
//      v2 l3 r4
//      enter-joint autoleave=true   the changes are made in the incoming half
//      leave-joint
//
// The answer is the configuration and what a leader would then know of each member, or why the
// change cannot be made. Each command counts as an entry of the log, so that `next` of a member
// tells by which command it came.
class MembershipScript {
 public:
  std::string Run(const Block& block);

 private:
  absl::StatusOr<raft::ChangeResult> Change(const Block& block,
                                            const std::vector<raft::MemberChange>& changes) const;
  void Track(const std::vector<raft::MemberChange>& changes, const raft::Membership& after,
             raft::Index command_at);
  std::string Describe() const;

  raft::Membership membership_;
  std::map<raft::NodeId, raft::ProgressView> progress_;
  raft::Index last_;
};

}  // namespace warren::scenario_runner
