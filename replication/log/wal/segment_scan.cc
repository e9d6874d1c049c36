// Finding the frames of one segment.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "replication/log/wal/frame_bytes.h"
#include "replication/log/wal/log_scan.h"

namespace warren::log {
namespace {

class SegmentScanner {
 public:
  SegmentScanner(const SegmentHeader& life, std::string_view raw, PlantedBug bug)
      : raw_(raw), bug_(bug) {
    scan_.life = life;
    // Less than the header says is there if the file was cut off.
    blocks_ = static_cast<uint32_t>(
        std::min<uint64_t>(life.blocks == 0 ? 0 : life.blocks - 1, raw.size() / kBlockBytes));
  }

  SegmentScan Run() {
    uint32_t end = 1;  // Of the last frame.
    for (uint32_t block = 1; block < blocks_;) {
      const std::optional<FrameHeader> header = HeaderAt(block);
      if (!header) {
        ++block;  // Of an unreadable frame nobody knows the size.
        continue;
      }
      if (block > end) KeepRegion(end, block);
      AddFrame(*header, block);
      block = end = block + header->blocks;
    }
    LookBehind(end);
    return std::move(scan_);
  }

 private:
  std::string_view Blocks(uint32_t first, uint32_t end) const {
    return raw_.substr(size_t{first} * kBlockBytes, size_t{end - first} * kBlockBytes);
  }
  void KeepRegion(uint32_t first, uint32_t end) {
    scan_.regions.push_back({.block = first, .raw = std::string(Blocks(first, end))});
  }

  std::optional<FrameHeader> HeaderAt(uint32_t block) const {
    const std::string_view content = Blocks(block, block + 1).substr(0, kSectorContentBytes);
    if (!LooksLikeFrameHeader(content)) return std::nullopt;
    const bool any = bug_ == PlantedBug::kLifeNotChecked;
    const auto header = any ? DecodeFrameHeaderOfAny(content, scan_.life.nonce)
                            : DecodeFrameHeader(content, scan_.life);
    if (!header.ok() || header->blocks > blocks_ - block) return std::nullopt;
    if (!any && !scan_.frames.empty() &&
        header->number <= scan_.frames.back().found.header.number) {
      return std::nullopt;
    }
    return *header;
  }

  void AddFrame(const FrameHeader& header, uint32_t block) {
    const FrameBytes bytes(scan_.life, Blocks(block, block + header.blocks), bug_);
    SegmentScan::Frame& frame = scan_.frames.emplace_back();
    frame.found.header = header;
    frame.found.block = block;
    frame.torn = bytes.torn();

    const size_t directory_at = kFrameHeaderBytes + header.body_bytes;
    const auto items = Part(bytes, directory_at, header.directory_bytes, header.directory_crc);
    if (items && BodyBytes(*items) == header.body_bytes) {
      frame.found.items = FindBodies(bytes, *items, &frame.faults);
    } else {
      frame.directory_lost = true;
      frame.faults.emplace_back("its directory is damaged");
      KeepRegion(block, block + header.blocks);
    }
    frame.table =
        Part(bytes, directory_at + header.directory_bytes, header.table_bytes, header.table_crc);
    if (!frame.table) frame.faults.emplace_back("its copy of the directory before is damaged");
    frame.damaged = !frame.faults.empty();
  }

  // The directory or the table.
  std::optional<std::vector<Item>> Part(const FrameBytes& bytes, size_t offset, size_t size,
                                        uint32_t crc) const {
    const std::string content = bytes.Content(offset, size);
    if (SeededCrc(scan_.life.nonce, content) != crc) return std::nullopt;
    auto items = DecodeItems(content);
    if (!items.ok()) return std::nullopt;
    return *std::move(items);
  }

  void LookBehind(uint32_t end) {
    scan_.end_block = end;
    if (end >= blocks_) return;
    switch (StateOf(scan_.life, TagOf(Blocks(end, end + 1).data(), 0))) {
      case SectorState::kThisLife:
        scan_.end = SegmentScan::End::kWritten;
        break;
      case SectorState::kDecayed:
        scan_.end = SegmentScan::End::kDecayed;
        break;
      case SectorState::kEarlier:
        break;
    }
    uint32_t written_end = end;
    for (uint32_t block = end; block < blocks_; ++block) {
      const char* const raw = Blocks(block, block + 1).data();
      for (size_t sector = 0; sector < kSectorsPerBlock; ++sector) {
        if (TagOf(raw, sector) == scan_.life.tag) written_end = block + 1;
      }
    }
    scan_.written_beyond = written_end > end;
    if (scan_.written_beyond) KeepRegion(end, written_end);
  }

  const std::string_view raw_;
  const PlantedBug bug_;
  SegmentScan scan_;
  uint32_t blocks_ = 0;  // Frames lie in [1, blocks_).
};

}  // namespace

SegmentScan ScanSegment(const SegmentHeader& life, std::string_view raw, PlantedBug bug) {
  return SegmentScanner(life, raw, bug).Run();
}

}  // namespace warren::log
