// Keeping a segment file free of tags that its header has forgotten.
#pragma once

#include "absl/status/status.h"

#include "replication/log/disk/file_system.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {

// A header knows the tags of the last lives, no more. But the end of a file may not be written for
// many lives, because the last frame rarely fits exactly; and a sector of a life that the header
// has forgotten would make a frame that was never finished look like one that has decayed.
//
// So, before a file begins its next life, this looks at what the last one (`before`) did not reach,
// from the end of the file backwards, and writes zeros over blocks with tags that are old. Usually
// that is a look at less than one frame, and no write. Not synced.
absl::Status ForgetOldTags(File* file, const SegmentHeader& before);

}  // namespace warren::log
