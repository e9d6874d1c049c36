// The parts of a member's state in the words of etcd's scenario scripts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "raft/membership.h"
#include "raft/output.h"
#include "raft/progress.h"
#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::scenario_runner {

// A configuration change of the first kind that etcd had, which names one member, carries this
// as its context. It does the same as one of the second kind and only reads otherwise.
inline constexpr std::string_view kFirstKindMark = "v1";

std::string Quoted(std::string_view bytes);  // As a string in source code, in double quotes.

std::string_view StateName(raft::Role role);
std::string Describe(const raft::RoleState& role);
std::string Describe(const raft::HardState& hard_state);
std::string Describe(const raft::Entry& entry);
std::string DescribeLines(std::span<const raft::Entry> entries);  // One line each.
std::string Describe(const raft::ProgressView& progress);

// voters=(1 2)&&(1) learners=(3): as logged and as asked for.
std::string Describe(const raft::Membership& membership);
std::string Describe(const raft::NodeSet& nodes);
// Voters:[1 2] VotersOutgoing:[1] ...: as it travels in a snapshot.
std::string DescribeInSnapshot(const raft::Membership& membership);
std::string Describe(const raft::Snapshot& snapshot);

}  // namespace warren::scenario_runner
