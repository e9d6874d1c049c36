// Putting segments together to a log.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "replication/log/wal/chain_walk.h"
#include "replication/log/wal/log_scan.h"

namespace warren::log {
namespace {

// A number is given to one frame, and a frame takes a block at least: so no more of them than
// blocks can have been written without being seen.
constexpr uint64_t kBlocksOfUnreadable = uint64_t{1} << 18;  // The largest segment has so many.

FrameNo HighestSeen(const LogScanInput& input) {
  FrameNo highest = input.watermark.value_or(FrameNo());
  for (const SegmentScan& segment : input.segments) {
    for (const SegmentScan::Frame& frame : segment.frames) {
      highest = std::max(highest, frame.found.header.number);
    }
  }
  return highest;
}

FrameNo NeverGiven(const LogScanInput& input) {
  uint64_t unseen = input.unreadable * kBlocksOfUnreadable;
  for (const SegmentScan& segment : input.segments) {
    if (segment.end_block < segment.life.blocks) {
      unseen += segment.life.blocks - segment.end_block;
    }
  }
  return HighestSeen(input) + (1 + unseen);
}

// What frames up to here have lost is known and dealt with.
FrameNo DealtWith(const std::vector<FoundFrame>& frames) {
  FrameNo through;
  for (const FoundFrame& frame : frames) {
    for (const FoundItem& found : frame.items) {
      if (found.item.kind == ItemKind::kRecovered) through = std::max(through, found.item.through);
    }
  }
  return through;
}

// PlantedBug::kDamageTakenForTornTail.
LogScan StopAtFirstDamage(LogScanInput input) {
  LogScan scan;
  scan.next = NeverGiven(input);
  for (SegmentScan& segment : input.segments) {
    for (SegmentScan::Frame& frame : segment.frames) {
      const FrameHeader& header = frame.found.header;
      const bool follows = scan.frames.empty() || header.predecessor == scan.last;
      if (frame.damaged || !follows) return scan;
      scan.last = header.number;
      scan.frames.push_back(std::move(frame.found));
    }
  }
  return scan;
}

class Assembler {
 public:
  explicit Assembler(LogScanInput input) : input_(std::move(input)), walk_(&input_) {}

  LogScan Run() {
    scan_.next = NeverGiven(input_);
    walk_.Run();
    scan_.frames = walk_.TakeFrames();
    if (!scan_.frames.empty()) scan_.last = scan_.frames.back().header.number;
    const FrameNo through = DealtWith(scan_.frames);
    for (ChainWalk::Loss& loss : walk_.losses()) {
      if (loss.frame <= through) continue;
      if (!loss.named) Doubt(loss.damage.what);
      scan_.damage.push_back(std::move(loss.damage));
    }
    CheckWatermark();
    if (input_.unreadable > 0) {
      Doubt(absl::StrCat(input_.unreadable, " segment files have no readable header"));
    }
    return std::move(scan_);
  }

 private:
  void CheckWatermark() {
    if (!input_.watermark) {
      const auto is_empty = [](const SegmentScan& segment) {
        return segment.frames.empty() && segment.end == SegmentScan::End::kUntouched;
      };
      if (!std::all_of(input_.segments.begin(), input_.segments.end(), is_empty)) {
        Doubt("the watermark cannot be read");
      }
    } else if (scan_.last < *input_.watermark) {
      Doubt(absl::StrCat("the log ends with frame ", scan_.last.value(), ", but frame ",
                         input_.watermark->value(), " was durable"));
    }
  }

  // The first reason is given: the others mostly follow from it.
  void Doubt(const std::string& why) {
    if (scan_.whole) scan_.why_not_whole = why;
    scan_.whole = false;
  }

  LogScanInput input_;
  ChainWalk walk_;
  LogScan scan_;
};

}  // namespace

LogScan Assemble(LogScanInput input) {
  std::erase_if(input.segments, [&input](const SegmentScan& segment) {
    return segment.life.number <= input.retired;
  });
  std::sort(
      input.segments.begin(), input.segments.end(),
      [](const SegmentScan& a, const SegmentScan& b) { return a.life.number < b.life.number; });
  if (input.bug == PlantedBug::kDamageTakenForTornTail) return StopAtFirstDamage(std::move(input));
  return Assembler(std::move(input)).Run();
}

}  // namespace warren::log
