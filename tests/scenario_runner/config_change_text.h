// Configuration changes as scripts write them: "v1 l2 r3" makes 1 a voter and 2 a learner, and
// removes 3; "u4" changes nothing about 4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/config_change.h"

namespace warren::scenario_runner {

absl::StatusOr<std::vector<raft::MemberChange>> ParseMemberChanges(std::string_view text);
std::string ToText(const std::vector<raft::MemberChange>& changes);

// All of it, as a logger line shows it. The mark of the first kind (describe.h) is left out.
std::string DescribeInLog(const raft::ConfigChange& change);

}  // namespace warren::scenario_runner
