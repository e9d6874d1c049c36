// The vocabulary of the storage tier.
#pragma once

#include <cstdint>

#include "base/identity.h"
#include "base/ordinal.h"
#include "raft/types.h"

namespace warren::log {

// What a group is called inside one node's log: dense, from 1, never given to another group, nor to
// the same one when it comes back. What lies under an old number can so never be taken for new.
// Fits into 32 bits. 0 stands for the log as a whole.
using GroupNo = base::Identity<struct GroupNoTag>;

// A life of a segment file: each time a file is (re)used it gets the next number.
using SegmentNo = base::Ordinal<struct SegmentNoTag>;

// A frame of the log, from 1. Numbers rise but may have gaps: after a recovery the next frame gets
// one that was certainly never used.
using FrameNo = base::Ordinal<struct FrameNoTag>;

}  // namespace warren::log
