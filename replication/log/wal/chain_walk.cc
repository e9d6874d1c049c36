#include "replication/log/wal/chain_walk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "replication/log/wal/frame_bytes.h"

namespace warren::log {
namespace {

constexpr FrameNo kNotKnown{UINT64_MAX};  // Later than any frame, so never dealt with.

// The bytes from `block` on, as far as they were kept. Empty: nothing of them was.
std::string FindRegion(const SegmentScan& segment, uint32_t block, uint32_t blocks) {
  for (const SegmentScan::Region& region : segment.regions) {
    const size_t region_blocks = region.raw.size() / kBlockBytes;
    if (block < region.block || block - region.block >= region_blocks) continue;
    std::string raw =
        region.raw.substr(size_t{block - region.block} * kBlockBytes, size_t{blocks} * kBlockBytes);
    raw.resize(size_t{blocks} * kBlockBytes, '\0');  // What was not kept is of no life.
    return raw;
  }
  return "";
}

FoundItem Lost(const Item& item) {
  FoundItem found;
  found.item = item;
  found.body_lost = item.HasBody();
  if (item.HasEntries()) found.lost.InsertRange(item.first.value(), item.LastEntry().value());
  return found;
}

}  // namespace

void ChainWalk::Run() {
  std::optional<Link> link = LastFrame();
  while (link) link = Follow(*link);
}

std::vector<FoundFrame> ChainWalk::TakeFrames() {
  std::reverse(frames_.begin(), frames_.end());
  return std::move(frames_);
}

void ChainWalk::Lose(const Link& link, bool named, const std::string& what) {
  losses_.push_back({.frame = link.number,
                     .named = named,
                     .damage = {.segment = link.segment, .block = link.block, .what = what}});
}

SegmentScan* ChainWalk::Find(SegmentNo number) {
  for (SegmentScan& segment : input_.segments) {
    if (segment.life.number == number) return &segment;
  }
  return nullptr;
}

ChainWalk::Link ChainWalk::LinkTo(const SegmentScan::Frame& frame) {
  const FrameHeader& header = frame.found.header;
  return {.number = header.number,
          .segment = header.segment,
          .block = frame.found.block,
          .blocks = header.blocks};
}

ChainWalk::Link ChainWalk::LinkBefore(const SegmentScan::Frame& frame) {
  const FrameHeader& header = frame.found.header;
  return {.number = header.predecessor,
          .segment = header.predecessor_segment,
          .block = header.predecessor_block,
          .blocks = header.predecessor_blocks,
          .table = frame.table ? &*frame.table : nullptr};
}

// ---- The end ----------------------------------------------------------------------------------

std::optional<ChainWalk::Link> ChainWalk::LastFrame() {
  const SegmentScan::Frame* last = nullptr;
  const SegmentScan* of = nullptr;
  for (const SegmentScan& segment : input_.segments) {
    if (segment.frames.empty()) continue;
    of = &segment;
    last = &segment.frames.back();
  }
  for (const SegmentScan& segment : input_.segments) {
    if (of == nullptr || segment.life.number >= of->life.number) DoubtWhatLiesBehind(segment);
  }
  if (last == nullptr) return std::nullopt;
  if (last->damaged && last->torn && !WasAcknowledged(*of, *last)) return LinkBefore(*last);
  return LinkTo(*last);
}

// A frame is durable before the next one in its segment is begun. A later segment proves nothing: a
// recovery that found the frame torn has begun one, and may have been cut short itself.
bool ChainWalk::WasAcknowledged(const SegmentScan& segment, const SegmentScan::Frame& last) const {
  if (segment.written_beyond) return true;
  return input_.watermark && last.found.header.number <= *input_.watermark;
}

void ChainWalk::DoubtWhatLiesBehind(const SegmentScan& segment) {
  if (segment.end == SegmentScan::End::kUntouched) return;
  const Link place = {
      .number = kNotKnown, .segment = segment.life.number, .block = segment.end_block, .blocks = 0};
  Lose(place, /*named=*/false,
       segment.end == SegmentScan::End::kWritten
           ? "something was written behind the last frame that cannot be read"
           : "what was written behind the last frame, if anything was, cannot be read");
}

// ---- The way back -----------------------------------------------------------------------------

std::optional<ChainWalk::Link> ChainWalk::Follow(const Link& link) {
  if (link.segment <= input_.retired) return std::nullopt;  // Also if there is no predecessor.
  SegmentScan* const segment = Find(link.segment);
  if (segment == nullptr) return TakeHeaderless(nullptr, link);
  for (SegmentScan::Frame& frame : segment->frames) {
    if (frame.found.block != link.block) continue;
    if (frame.found.header.number == link.number) return TakeFrame(*segment, frame, link);
  }
  return TakeHeaderless(segment, link);
}

std::optional<ChainWalk::Link> ChainWalk::TakeFrame(SegmentScan& segment, SegmentScan::Frame& frame,
                                                    const Link& link) {
  const uint64_t number = link.number.value();
  for (const std::string& fault : frame.faults) {
    Lose(link, /*named=*/true, absl::StrCat("frame ", number, ": ", fault));
  }
  const Link before = LinkBefore(frame);
  if (!frame.directory_lost) {
    frames_.push_back(std::move(frame.found));
  } else if (link.table != nullptr && BodyBytes(*link.table) == frame.found.header.body_bytes) {
    std::vector<std::string> faults;
    frame.found.items = ItemsFromTable(&segment, link, &faults);
    for (const std::string& fault : faults) {
      Lose(link, /*named=*/true, absl::StrCat("frame ", number, ": ", fault));
    }
    frames_.push_back(std::move(frame.found));
  } else {
    Lose(link, /*named=*/false, absl::StrCat("what frame ", number, " did is lost"));
  }
  return before;
}

std::optional<ChainWalk::Link> ChainWalk::TakeHeaderless(const SegmentScan* segment,
                                                         const Link& link) {
  const std::string name = absl::StrCat("frame ", link.number.value());
  if (segment == nullptr) {
    Lose(link, /*named=*/false, absl::StrCat(name, ": its segment is missing"));
  } else {
    Lose(link, /*named=*/true, absl::StrCat(name, ": its header is damaged"));
  }
  if (link.table == nullptr) {
    Lose(link, /*named=*/false, absl::StrCat("what ", name, " did is lost"));
    return WhatLiesBefore(link);
  }
  FoundFrame found;
  found.header.number = link.number;
  found.header.segment = link.segment;
  found.header.blocks = link.blocks;
  found.block = link.block;
  std::vector<std::string> faults;
  found.items = ItemsFromTable(segment, link, &faults);
  for (const std::string& fault : faults) {
    Lose(link, /*named=*/true, absl::StrCat(name, ": ", fault));
  }
  frames_.push_back(std::move(found));
  return WhatLiesBefore(link);
}

std::vector<FoundItem> ChainWalk::ItemsFromTable(const SegmentScan* segment, const Link& link,
                                                 std::vector<std::string>* faults) const {
  std::string raw;
  if (segment != nullptr && link.block < segment->life.blocks &&
      link.blocks < segment->life.blocks - link.block &&
      kFrameHeaderBytes + BodyBytes(*link.table) <= uint64_t{link.blocks} * kBlockContentBytes) {
    raw = FindRegion(*segment, link.block, link.blocks);
  }
  if (!raw.empty()) {
    const FrameBytes bytes(segment->life, raw, input_.bug);
    return FindBodies(bytes, *link.table, faults);
  }
  std::vector<FoundItem> items;
  for (const Item& item : *link.table) {
    items.push_back(Lost(item));
    if (item.HasBody()) faults->push_back(absl::StrCat("the ", Describe(item), " is lost"));
  }
  return items;
}

// ---- Where no header tells --------------------------------------------------------------------

std::optional<ChainWalk::Link> ChainWalk::WhatLiesBefore(const Link& link) {
  const SegmentScan* previous = nullptr;  // The one before that holds frames.
  for (SegmentScan& segment : input_.segments) {
    if (segment.life.number >= link.segment) break;
    if (!segment.frames.empty()) previous = &segment;
  }
  if (const SegmentScan* same = Find(link.segment); same != nullptr) {
    const SegmentScan::Frame* before = nullptr;
    for (const SegmentScan::Frame& frame : same->frames) {
      if (frame.found.block < link.block && frame.found.header.number < link.number) {
        before = &frame;
      }
    }
    const uint32_t end = before == nullptr ? 1 : before->found.block + before->found.header.blocks;
    if (end != link.block) {
      Lose(link, /*named=*/false,
           absl::StrCat("what lay before frame ", link.number.value(), " is lost"));
    }
    if (before != nullptr) return LinkTo(*before);
  }
  if (previous != nullptr) return EndOf(*previous, link);
  if (input_.retired + 1 != link.segment) {
    Lose(link, /*named=*/false,
         absl::StrCat("whether anything lay before frame ", link.number.value(), " is not known"));
  }
  return std::nullopt;
}

// The last frame of a segment that is followed by one whose first header is lost. An earlier
// recovery may have found it torn, or segments between the two may be missing: then it cannot be
// told whether it was the predecessor.
std::optional<ChainWalk::Link> ChainWalk::EndOf(const SegmentScan& segment, const Link& link) {
  const SegmentScan::Frame& last = segment.frames.back();
  const bool torn = last.torn && last.damaged;
  if (torn || segment.end != SegmentScan::End::kUntouched ||
      segment.life.number + 1 != link.segment || last.found.header.number >= link.number) {
    Lose(link, /*named=*/false,
         absl::StrCat("which frame came before frame ", link.number.value(), " is not known"));
  }
  if (last.found.header.number >= link.number) return std::nullopt;  // Bytes in the wrong place.
  return torn ? LinkBefore(last) : LinkTo(last);
}

}  // namespace warren::log
