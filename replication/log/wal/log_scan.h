// What a log's segments hold, and what they have lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/interval_set.h"
#include "replication/log/planted_bug.h"
#include "replication/log/types.h"
#include "replication/log/wal/frame.h"
#include "replication/log/wal/item.h"

namespace warren::log {

struct FoundItem {
  Item item;
  // Content offset of the body from the start of the frame, and of each entry; those of lost
  // entries mean nothing. No offsets at all: all entries are lost.
  uint32_t offset = 0;
  std::vector<uint32_t> entry_offsets;
  base::Bytes body;        // Of a snapshot that is not lost.
  bool body_lost = false;  // Snapshots: it cannot be read. Entries: at least one cannot.
  base::IntervalSet lost;  // Which entries, by index.
};

struct FoundFrame {
  FrameHeader
      header;  // If the header is lost: number, segment, predecessor 0, place and size only.
  uint32_t block = 0;  // Where it begins.
  std::vector<FoundItem> items;
};

// For an operator: "segment 7, block 12: frame 105: the payload of entry 9 of group no 4 is
// damaged".
struct Damage {
  SegmentNo segment;
  uint32_t block = 0;
  std::string what;
};

// One segment on its own. Pure: a function of the file's bytes.
struct SegmentScan {
  SegmentHeader life;
  // In the order in which they lie there; numbers rise.
  struct Frame {
    FoundFrame found;             // Without items if the directory is lost.
    bool directory_lost = false;  // Cannot be read.
    bool damaged = false;         // Something of it cannot: see `faults`.
    // Some sector of it carries the tag of an earlier life, or none. If it is damaged too, that may
    // be because it was never written to the end.
    bool torn = false;
    std::optional<std::vector<Item>> table;  // nullopt: damaged.
    std::vector<std::string> faults;
  };
  std::vector<Frame> frames;
  // Bytes of frames without a directory or even a header, whole blocks from `block` on. Once
  // another segment has told what lies there, bodies are found in them.
  struct Region {
    uint32_t block = 0;
    std::string raw;
  };
  std::vector<Region> regions;
  // The first sector behind the last frame: where another would begin.
  enum class End : uint8_t {
    kUntouched,  // It was not written in this life, or there is no room: here ends the segment.
    kWritten,    // In this life, and yet there is no frame.
    kDecayed,    // Nobody knows what was there.
  };
  End end = End::kUntouched;
  uint32_t end_block = 1;
  bool written_beyond = false;  // Some sector behind the last frame was written in this life.
};
// `raw` is the whole file. `life` was decoded from one of its headers.
SegmentScan ScanSegment(const SegmentHeader& life, std::string_view raw,
                        PlantedBug bug = PlantedBug::kNone);

// All of the log.
struct LogScan {
  // Oldest first, what replays; those found only in their successor's table included.
  std::vector<FoundFrame> frames;
  FrameNo last;                // The last of them; 0: none.
  FrameNo next;                // The first number that was certainly never given to a frame.
  std::vector<Damage> damage;  // What was found, whether or not it matters.
  // Something that was acknowledged may be gone that cannot be named: the groups must not vote.
  bool whole = true;
  std::string why_not_whole;
};

// Puts segments together: finds what is missing between them, names it from the successors' tables,
// and decides what the end of the log is.
//
// The log is a chain: from its last frame back along the predecessors that the headers name. What
// does not lie on it is what an earlier recovery has found to be torn. Each frame is synced before
// the next one is written, and a recovery begins a new segment, so only the last frame of a segment
// can be unfinished.
//
//   found                                          verdict
//   ---------------------------------------------  ------------------------------------------------
//   frame intact                                   replays
//   bodies damaged, directory readable             replays; the lost entries are named
//   directory lost, successor's table readable     the same, bodies checked against the table
//   directory lost, no such table                  not whole
//   last frame unfinished (older tags in it),      torn: never acknowledged, ends the log
//     above the watermark
//   last frame finished or unfinished, at or       acknowledged: as damage
//     below the watermark
//   last frame finished and damaged, above it      as damage: named entries are lost; without a
//                                                  directory the log is not whole
//   behind the last frame, a sector of this life   not whole
//     or decayed, and no header
//   the log ends below the watermark               not whole
//   a segment is missing between two, or its       not whole, unless what lay in it is below
//     headers are gone                             `retired`
//
// `watermark`: from the side file; nullopt if that cannot be read, which makes the log not whole
// unless it is empty. `retired`: segments up to here do not count. `unreadable`: segments whose
// headers are both gone. Damage in frames up to the last kRecovered item's `through` that is
// readable anywhere has been dealt with: it never makes the log not whole, and is not reported as
// damage.
struct LogScanInput {
  std::vector<SegmentScan> segments;
  size_t unreadable = 0;
  SegmentNo retired;
  std::optional<FrameNo> watermark;
  PlantedBug bug = PlantedBug::kNone;
};
LogScan Assemble(LogScanInput input);

}  // namespace warren::log
