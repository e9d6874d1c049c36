#include "replication/log/wal/frame_bytes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "raft/codec.h"

namespace warren::log {
namespace {

// In the header of an entry (docs/formats/raft.md).
constexpr size_t kPayloadBytesAt = 4;
constexpr size_t kPayloadCrcAt = 40;
constexpr size_t kHeaderCrcAt = raft::kEntryHeaderBytes - sizeof(uint32_t);

uint32_t Fixed32At(const char* bytes) {
  return base::Reader(std::string_view(bytes, sizeof(uint32_t))).Fixed32().value_or(0);
}

// False: the headers cannot be believed, so nobody knows where an entry begins.
bool WalkEntries(const FrameBytes& frame, FoundItem* found) {
  const Item& item = found->item;
  size_t at = found->offset;
  const size_t end = at + item.body_bytes;
  uint32_t chain = 0;
  found->entry_offsets.reserve(item.count);  // Which is at most body_bytes / kEntryHeaderBytes.
  for (uint32_t i = 0; i < item.count; ++i) {
    if (end - at < raft::kEntryHeaderBytes) return false;
    char scratch[raft::kEntryHeaderBytes];
    const char* const header = frame.View(at, raft::kEntryHeaderBytes, scratch);
    if (base::Crc32c({header, kHeaderCrcAt}) != Fixed32At(header + kHeaderCrcAt)) return false;
    chain = base::Crc32cExtend(chain, {header + kHeaderCrcAt, sizeof(uint32_t)});
    const size_t payload_bytes = Fixed32At(header + kPayloadBytesAt);
    const uint32_t payload_crc = Fixed32At(header + kPayloadCrcAt);
    const size_t payload_at = at + raft::kEntryHeaderBytes;
    if (payload_bytes > end - payload_at) return false;
    found->entry_offsets.push_back(static_cast<uint32_t>(at));
    if (frame.Crc(payload_at, payload_bytes) != payload_crc ||
        !frame.OfThisLife(at, raft::kEntryHeaderBytes + payload_bytes)) {
      found->lost.Insert(item.first.value() + i);
    }
    at = payload_at + payload_bytes;
  }
  return at == end && chain == item.crc;
}

void FindEntries(const FrameBytes& frame, FoundItem* found, std::vector<std::string>* faults) {
  const Item& item = found->item;
  if (!WalkEntries(frame, found)) {
    found->entry_offsets.clear();
    found->lost.Clear();
    found->lost.InsertRange(item.first.value(), item.LastEntry().value());
    faults->push_back(absl::StrCat("the headers of ", Describe(item), " are damaged"));
  } else {
    for (const base::IntervalSet::Run& run : found->lost.Runs()) {
      for (uint64_t index = run.first; index <= run.last; ++index) {
        faults->push_back(absl::StrCat("the payload of entry ", index, " of group no ",
                                       item.group.value(), " is damaged"));
      }
    }
  }
  found->body_lost = !found->lost.empty();
}

uint32_t SnapshotCrc(const FrameBytes& frame, const FoundItem& found) {
  const size_t header_crc_at = found.offset + kSnapshotHeaderBytes - sizeof(uint32_t);
  return base::Crc32cExtend(frame.Crc(found.offset, found.item.body_bytes),
                            frame.Content(header_crc_at, sizeof(uint32_t)));
}

}  // namespace

SectorState StateOf(const SegmentHeader& life, Tag tag) {
  if (tag == life.tag) return SectorState::kThisLife;
  const auto& older = life.older_tags;
  const bool earlier = tag == 0 || std::find(older.begin(), older.end(), tag) != older.end();
  return earlier ? SectorState::kEarlier : SectorState::kDecayed;
}

FrameBytes::FrameBytes(const SegmentHeader& life, std::string_view raw, PlantedBug bug)
    : raw_(raw), tag_(life.tag) {
  WARREN_CHECK(raw.size() % kBlockBytes == 0);
  for (size_t sector = 0; sector < raw.size() / kSectorBytes; ++sector) {
    const Tag tag = TagOf(raw.data(), sector);
    if (tag == life.tag) continue;
    uniform_ = bug == PlantedBug::kLifeNotChecked;
    torn_ = torn_ || StateOf(life, tag) == SectorState::kEarlier;
  }
}

std::string FrameBytes::Content(size_t offset, size_t bytes) const {
  WARREN_CHECK(offset <= content_bytes() && bytes <= content_bytes() - offset);
  std::string content(bytes, '\0');
  ReadContent(raw_.data(), offset, bytes, content.data());
  return content;
}

uint32_t FrameBytes::Crc(size_t offset, size_t bytes) const {
  WARREN_CHECK(offset <= content_bytes() && bytes <= content_bytes() - offset);
  uint32_t crc = 0;
  ForEachPiece(raw_.data(), offset, bytes,
               [&crc](std::string_view piece) { crc = base::Crc32cExtend(crc, piece); });
  return crc;
}

bool FrameBytes::OfThisLife(size_t offset, size_t bytes) const {
  if (uniform_ || bytes == 0) return true;
  const size_t last = (offset + bytes - 1) / kSectorContentBytes;
  for (size_t sector = offset / kSectorContentBytes; sector <= last; ++sector) {
    if (TagOf(raw_.data(), sector) != tag_) return false;
  }
  return true;
}

const char* FrameBytes::View(size_t offset, size_t bytes, char* scratch) const {
  WARREN_CHECK(offset <= content_bytes() && bytes <= content_bytes() - offset);
  if (offset % kSectorContentBytes + bytes <= kSectorContentBytes) {
    return raw_.data() + RawOffset(offset);
  }
  ReadContent(raw_.data(), offset, bytes, scratch);
  return scratch;
}

uint64_t BodyBytes(const std::vector<Item>& items) {
  uint64_t bytes = 0;
  for (const Item& item : items) bytes += item.HasBody() ? item.body_bytes : 0;
  return bytes;
}

std::vector<FoundItem> FindBodies(const FrameBytes& frame, const std::vector<Item>& items,
                                  std::vector<std::string>* faults) {
  WARREN_CHECK(kFrameHeaderBytes + BodyBytes(items) <= frame.content_bytes());
  std::vector<FoundItem> found(items.size());
  uint32_t offset = kFrameHeaderBytes;
  for (size_t i = 0; i < items.size(); ++i) {
    FoundItem& each = found[i];
    each.item = items[i];
    if (!each.item.HasBody()) continue;
    each.offset = offset;
    offset += each.item.body_bytes;
    if (each.item.HasEntries()) {
      FindEntries(frame, &each, faults);
      continue;
    }
    each.body_lost = SnapshotCrc(frame, each) != each.item.crc ||
                     !frame.OfThisLife(each.offset, each.item.body_bytes);
    if (each.body_lost) {
      faults->push_back(absl::StrCat("the ", Describe(each.item), " is damaged"));
    } else {
      each.body = base::Bytes::Adopt(frame.Content(each.offset, each.item.body_bytes));
    }
  }
  return found;
}

}  // namespace warren::log
