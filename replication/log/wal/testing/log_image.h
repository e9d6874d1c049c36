// A log in memory, for tests that damage it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "raft/types.h"
#include "replication/log/planted_bug.h"
#include "replication/log/wal/frame_builder.h"
#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {

// Entries of one group, frame by frame, in segments whose every block was written in two earlier
// lives: stale bytes are everywhere. Remembers what it wrote.
class LogImage {
 public:
  static constexpr GroupNo kNo{4};
  static constexpr raft::GroupId kGroup{77};

  LogImage(uint64_t seed, uint32_t blocks_per_segment);

  struct Frame {
    FrameHeader header;
    size_t segment = 0;  // Of segments().
    uint32_t block = 0;
    uint64_t first = 0;  // Entries [first, end).
    uint64_t end = 0;
  };
  struct Segment {
    SegmentHeader life;
    std::string raw;
  };

  void BeginSegment(uint64_t number);
  // So many entries, of payloads of up to so many bytes, and a hard state. A seal if there are
  // none. False: there is no room.
  bool AddFrame(size_t entries, size_t payload_bytes_max);
  // What the caller has put together; it holds the last `entries` that MakeEntry() gave.
  bool AddBuilt(FrameBuilder& builder, uint64_t entries);
  raft::Entry MakeEntry(size_t payload_bytes);  // The next one.
  // As after a recovery, when numbers jump.
  void set_next_number(uint64_t number) { next_number_ = number; }
  // A recovery has found it torn: it stays where it is, but those to come follow the one before.
  void ForgetLastFrame();

  std::vector<Segment>& segments() { return segments_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Frame>& frames() const { return frames_; }
  const std::vector<raft::Entry>& entries() const { return entries_; }  // Entry i has index i + 1.

  LogScanInput Scan(PlantedBug bug = PlantedBug::kNone) const;
  LogScan Recover(uint64_t watermark, PlantedBug bug = PlantedBug::kNone) const;
  // The entry as it lies where the scan says it does; it must be intact.
  static absl::StatusOr<raft::Entry> ReadEntry(const std::string& raw, const FoundFrame& frame,
                                               const FoundItem& item, size_t i);

 private:
  base::Rng rng_;
  const uint32_t blocks_;
  std::vector<Segment> segments_;
  std::vector<Frame> frames_;
  std::vector<std::string> directories_;  // Of frames_.
  std::vector<raft::Entry> entries_;
  uint64_t next_number_ = 1;
  uint32_t next_block_ = 1;
};

}  // namespace warren::log
