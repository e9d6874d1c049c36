// What will be written and synced at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "replication/log/log_store.h"
#include "replication/log/types.h"
#include "replication/log/wal/frame_builder.h"

namespace warren::log {

struct Round {
  FrameNo number;
  FrameBuilder frame;
  std::vector<Completion> completions;
  bool closed = false;     // Takes nothing more, though it is small.
  bool must_sync = false;  // Something in it must not be lost: it does not wait for company.
  uint64_t user_bytes = 0;
  std::vector<GroupNo> with_bodies;  // Their entries brought back can be read from disk afterwards.

  // For another use. Keeps the frame's memory, unless it is more than so much.
  void Reset(size_t keep_bytes) {
    frame.Clear(keep_bytes);
    completions.clear();
    with_bodies.clear();
    closed = must_sync = false;
    user_bytes = 0;
  }
  size_t bytes() const { return frame.body_bytes() + frame.directory().size(); }
};

}  // namespace warren::log
