// The way back through a log, from its last frame along the predecessors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replication/log/wal/log_scan.h"

namespace warren::log {

// Collects the frames that replay, and what is lost on the way. A frame names its predecessor and
// repeats its directory, so a frame that cannot be read itself is known from the one behind it.
// Where that is missing as well the walk goes on with what lies before in the files, and says that
// something has been lost that cannot be named.
//
// Threads: a plain value.
class ChainWalk {
 public:
  // Borrows the input, and takes frames out of it. Its segments are sorted.
  explicit ChainWalk(LogScanInput* input) : input_(*input) {}

  void Run();

  struct Loss {
    FrameNo frame;       // In this frame, or at the latest in this one if that is not known.
    bool named = false;  // What is lost is known: `lost` of an item, or nothing that is needed.
    Damage damage;
  };
  std::vector<FoundFrame> TakeFrames();            // Oldest first.
  std::vector<Loss>& losses() { return losses_; }  // Newest first.

 private:
  // Where the next frame of the walk lies, and what its successor knows of it.
  struct Link {
    FrameNo number;
    SegmentNo segment;
    uint32_t block = 0;
    uint32_t blocks = 0;
    const std::vector<Item>* table = nullptr;  // Null: unreadable, or there is no successor.
  };

  std::optional<Link> LastFrame();
  bool WasAcknowledged(const SegmentScan& segment, const SegmentScan::Frame& last) const;
  void DoubtWhatLiesBehind(const SegmentScan& segment);

  // Each takes the frame that the link leads to and returns the link to the one before; nullopt:
  // the log begins there.
  std::optional<Link> Follow(const Link& link);
  std::optional<Link> TakeFrame(SegmentScan& segment, SegmentScan::Frame& frame, const Link& link);
  std::optional<Link> TakeHeaderless(const SegmentScan* segment, const Link& link);

  static Link LinkTo(const SegmentScan::Frame& frame);
  static Link LinkBefore(const SegmentScan::Frame& frame);
  // The frame that lies before this block, though nothing says that it was the predecessor.
  std::optional<Link> WhatLiesBefore(const Link& link);
  std::optional<Link> EndOf(const SegmentScan& segment, const Link& link);

  SegmentScan* Find(SegmentNo number);
  std::vector<FoundItem> ItemsFromTable(const SegmentScan* segment, const Link& link,
                                        std::vector<std::string>* faults) const;
  void Lose(const Link& link, bool named, const std::string& what);

  LogScanInput& input_;
  std::vector<FoundFrame> frames_;  // Newest first.
  std::vector<Loss> losses_;
};

}  // namespace warren::log
