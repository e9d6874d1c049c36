// Where the next frame goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/log/types.h"
#include "replication/log/wal/frame_builder.h"
#include "replication/log/wal/segment_files.h"

namespace warren::log {

// The end of the log: the segment being written, how far it is, and the frame that the next one has
// to name as its predecessor. Threads: the writer's alone.
class SegmentWriter {
 public:
  struct Predecessor {
    FrameNo number;
    SegmentNo segment;
    uint32_t block = 0;
    uint32_t blocks = 0;
    std::string directory;
  };

  void SetPredecessor(Predecessor predecessor) { predecessor_ = std::move(predecessor); }
  // Frames go here from now on. Requires: nothing unsynced.
  void Switch(std::shared_ptr<Segment> segment);

  bool Fits(const FrameBuilder& frame) const;
  // Writes it at the end, to be synced before the next one. Returns the block at which it begins.
  // Requires: it fits, and the one before is synced.
  absl::StatusOr<uint32_t> Write(FrameNo number, FrameNo synced, FrameBuilder& frame);
  absl::Status Sync();

  bool sealed() const { return sealed_; }  // The last frame was a seal, or there is none to repeat.
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  std::shared_ptr<Segment> segment_;
  uint32_t next_block_ = 0;
  Predecessor predecessor_;
  bool unsynced_ = false;
  bool sealed_ = true;
  uint64_t bytes_written_ = 0;
};

}  // namespace warren::log
