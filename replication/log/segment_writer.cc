#include "replication/log/segment_writer.h"

#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace warren::log {

void SegmentWriter::Switch(std::shared_ptr<Segment> segment) {
  WARREN_CHECK_MSG(!unsynced_, "a segment is synced before the next one is begun");
  segment_ = std::move(segment);
  next_block_ = 1;
}

bool SegmentWriter::Fits(const FrameBuilder& frame) const {
  if (segment_ == nullptr) return false;
  // The last block is the header's copy.
  return next_block_ + frame.Blocks(predecessor_.directory.size()) < segment_->life.blocks;
}

absl::StatusOr<uint32_t> SegmentWriter::Write(FrameNo number, FrameNo synced, FrameBuilder& frame) {
  WARREN_CHECK(Fits(frame));
  WARREN_CHECK_MSG(!unsynced_, "a frame is synced before the next one is written");
  FrameHeader header;
  header.segment = segment_->life.number;
  header.number = number;
  header.synced = synced;
  header.predecessor = predecessor_.number;
  header.predecessor_segment = predecessor_.segment;
  header.predecessor_block = predecessor_.block;
  header.predecessor_blocks = predecessor_.blocks;
  const std::string_view bytes = frame.Close(&header, segment_->life, predecessor_.directory);
  const uint32_t block = next_block_;
  WARREN_RETURN_IF_ERROR(segment_->file->Write(uint64_t{block} * kBlockBytes, bytes));
  unsynced_ = true;
  bytes_written_ += bytes.size();
  next_block_ += header.blocks;
  sealed_ = frame.empty();
  predecessor_.number = number;
  predecessor_.segment = header.segment;
  predecessor_.block = block;
  predecessor_.blocks = header.blocks;
  predecessor_.directory = frame.directory();
  return block;
}

absl::Status SegmentWriter::Sync() {
  WARREN_RETURN_IF_ERROR(segment_->file->Sync());
  unsynced_ = false;
  return absl::OkStatus();
}

}  // namespace warren::log
