// Whether a write makes sense.
#pragma once

#include "absl/status/status.h"

#include "replication/log/group_state.h"
#include "replication/log/log_store.h"

namespace warren::log {

// Can it be done to the group as it is? INVALID_ARGUMENT, with what is wrong. Knows of no limits.
absl::Status CheckWrite(const GroupState& group, const Write& write);

}  // namespace warren::log
