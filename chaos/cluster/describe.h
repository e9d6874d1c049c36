// What nodes say to each other, for people who read a trace.
#pragma once

#include <string>

#include "base/bytes.h"
#include "raft/types.h"

namespace warren::cluster_sim {

// "append of group 3, term 4, at 17@4 + 2 entries, commit 15"
std::string DescribeMessage(const base::Bytes& message);

}  // namespace warren::cluster_sim
