#include "replication/log/wal/testing/log_image.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "raft/codec.h"
#include "replication/log/wal/sectors.h"

namespace warren::log {

LogImage::LogImage(uint64_t seed, uint32_t blocks_per_segment)
    : rng_(seed), blocks_(blocks_per_segment) {}

void LogImage::BeginSegment(uint64_t number) {
  const auto random = [this] { return rng_.Next(); };
  SegmentHeader life = FirstLife(99, blocks_, SegmentNo(1), random);
  std::string raw(size_t{blocks_} * kBlockBytes, '\0');
  for (int earlier = 0; earlier < 2; ++earlier) {
    for (char& byte : raw) byte = static_cast<char>(rng_.Next());
    SetTags(raw.data(), blocks_ * kSectorsPerBlock, life.tag);
    life = NextLife(life, SegmentNo(number), random);
  }
  const std::string header = EncodeSegmentHeader(life);
  raw.replace(0, kBlockBytes, header);
  raw.replace(raw.size() - kBlockBytes, kBlockBytes, header);
  segments_.push_back({.life = life, .raw = std::move(raw)});
  next_block_ = 1;
}

raft::Entry LogImage::MakeEntry(size_t payload_bytes) {
  std::string payload(payload_bytes, '\0');
  for (char& byte : payload) byte = static_cast<char>(rng_.Next());
  const uint64_t index = entries_.size() + 1;
  entries_.push_back({.id = {.index = raft::Index(index), .term = raft::Term(1 + index / 20)},
                      .time = raft::LogTime(index),
                      .type = raft::EntryType::kNormal,
                      .payload = base::Bytes::Adopt(std::move(payload))});
  return entries_.back();
}

bool LogImage::AddFrame(size_t entries, size_t payload_bytes_max) {
  FrameBuilder builder;
  std::vector<raft::Entry> added;
  for (size_t i = 0; i < entries; ++i) {
    added.push_back(MakeEntry(rng_.Between(0, payload_bytes_max)));
  }
  if (!added.empty()) {
    std::vector<uint32_t> offsets;
    builder.AddEntries(ItemKind::kEntries, kNo, kGroup, added, &offsets);
    Item item;
    item.kind = ItemKind::kHardState;
    item.group = kNo;
    item.hard_state.term = added.back().id.term;
    builder.Add(item);
  }
  return AddBuilt(builder, entries);
}

bool LogImage::AddBuilt(FrameBuilder& builder, uint64_t entries) {
  Segment& segment = segments_.back();
  const std::string table = directories_.empty() ? "" : directories_.back();
  if (next_block_ + builder.Blocks(table.size()) >= blocks_) {
    entries_.resize(entries_.size() - entries);
    return false;
  }
  Frame frame;
  frame.header.segment = segment.life.number;
  frame.header.number = FrameNo(next_number_++);
  if (!frames_.empty()) {
    const Frame& before = frames_.back();
    frame.header.predecessor = before.header.number;
    frame.header.predecessor_segment = before.header.segment;
    frame.header.predecessor_block = before.block;
    frame.header.predecessor_blocks = before.header.blocks;
    frame.header.synced = before.header.number;
  }
  const std::string_view raw = builder.Close(&frame.header, segment.life, table);
  std::memcpy(segment.raw.data() + size_t{next_block_} * kBlockBytes, raw.data(), raw.size());
  frame.segment = segments_.size() - 1;
  frame.block = next_block_;
  frame.end = entries_.size() + 1;
  frame.first = frame.end - entries;
  next_block_ += frame.header.blocks;
  frames_.push_back(frame);
  directories_.push_back(builder.directory());
  return true;
}

void LogImage::ForgetLastFrame() {
  entries_.resize(frames_.back().first - 1);
  frames_.pop_back();
  directories_.pop_back();
}

LogScanInput LogImage::Scan(PlantedBug bug) const {
  LogScanInput input;
  input.bug = bug;
  for (const Segment& segment : segments_) {
    input.segments.push_back(ScanSegment(segment.life, segment.raw, bug));
  }
  return input;
}

LogScan LogImage::Recover(uint64_t watermark, PlantedBug bug) const {
  LogScanInput input = Scan(bug);
  input.watermark = FrameNo(watermark);
  return Assemble(std::move(input));
}

absl::StatusOr<raft::Entry> LogImage::ReadEntry(const std::string& raw, const FoundFrame& frame,
                                                const FoundItem& item, size_t i) {
  WARREN_CHECK(i < item.entry_offsets.size());
  const size_t begin = item.entry_offsets[i];
  const size_t end = i + 1 < item.entry_offsets.size() ? item.entry_offsets[i + 1]
                                                       : item.offset + item.item.body_bytes;
  std::string content(end - begin, '\0');
  ReadContent(raw.data() + size_t{frame.block} * kBlockBytes, begin, content.size(),
              content.data());
  return raft::DecodeEntry(kGroup, item.item.first + i, base::Bytes::Adopt(std::move(content)));
}

}  // namespace warren::log
