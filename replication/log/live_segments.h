// Which segments hold something that may be needed, and where their frames begin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "replication/log/types.h"
#include "replication/log/wal/segment_files.h"

namespace warren::log {

// Oldest first; the last one is being written to, the others are full.
// Threads: a plain value; the segments handed out stay open as long as somebody holds them.
class LiveSegments {
 public:
  struct FramePlace {
    std::shared_ptr<const Segment> segment;
    uint32_t block = 0;
  };

  void Add(std::shared_ptr<const Segment> segment);
  // Requires: a segment; numbers rise.
  void AddFrame(FrameNo frame, uint32_t block, uint64_t user_bytes);
  void DropOldest();  // Requires: full() > 0.

  std::optional<FramePlace> Find(FrameNo frame) const;
  size_t size() const { return segments_.size(); }
  size_t full() const { return segments_.empty() ? 0 : segments_.size() - 1; }

  struct Oldest {
    std::shared_ptr<const Segment> segment;
    FrameNo last;             // 0: it has none.
    uint64_t user_bytes = 0;  // Payloads of entries written to it, as far as this process did.
  };
  Oldest oldest() const;  // Requires: size() > 0.

 private:
  struct Frame {
    FrameNo number;
    uint32_t block = 0;
  };
  struct Live {
    std::shared_ptr<const Segment> segment;
    std::vector<Frame> frames;
    uint64_t user_bytes = 0;
  };
  std::deque<Live> segments_;
};

}  // namespace warren::log
