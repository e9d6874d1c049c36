#include "replication/log/wal/frame_builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"
#include "raft/codec.h"

namespace warren::log {
namespace {

constexpr size_t kHeaderCrcAt = raft::kEntryHeaderBytes - sizeof(uint32_t);
constexpr size_t kFirstBytes = 64 * 1024;
// So that sizes fit into the header, with much to spare: a frame lies in a segment.
constexpr size_t kContentBytesMax = size_t{1} << 31;

}  // namespace

FrameBuilder::FrameBuilder() : raw_(kFirstBytes) {}

void FrameBuilder::Reserve(size_t content_bytes) {
  const size_t needed = BlocksFor(content_bytes) * kBlockBytes;
  if (needed <= raw_.size()) return;
  WARREN_CHECK_MSG(content_bytes <= kContentBytesMax, "a frame fits into a segment");
  AlignedBuffer larger(std::max(needed, 2 * raw_.size()));
  const size_t used = BlocksFor(kFrameHeaderBytes + body_bytes_) * kBlockBytes;
  std::memcpy(larger.data(), raw_.data(), std::min(used, raw_.size()));
  raw_ = std::move(larger);
}

void FrameBuilder::AppendBody(std::string_view bytes) {
  WriteContent(raw_.data(), kFrameHeaderBytes + body_bytes_, bytes);
  body_bytes_ += bytes.size();
}

void FrameBuilder::AddEntries(ItemKind kind, GroupNo no, raft::GroupId group,
                              std::span<const raft::Entry> entries,
                              std::vector<uint32_t>* offsets) {
  WARREN_CHECK(!entries.empty());
  WARREN_CHECK(kind == ItemKind::kEntries || kind == ItemKind::kBodies);
  size_t bytes = 0;
  for (const raft::Entry& entry : entries) bytes += raft::kEntryHeaderBytes + entry.payload.size();
  Reserve(kFrameHeaderBytes + body_bytes_ + bytes);

  for (size_t i = 0; i < entries.size();) {
    Item item;
    item.kind = kind;
    item.group = no;
    item.first = entries[i].id.index;
    item.term = entries[i].id.term;
    const size_t begin = body_bytes_;
    for (; i < entries.size() && entries[i].id.term == item.term; ++i, ++item.count) {
      const raft::Entry& entry = entries[i];
      WARREN_CHECK_MSG(entry.id.index == item.first + item.count, "entries are contiguous");
      offsets->push_back(static_cast<uint32_t>(kFrameHeaderBytes + body_bytes_));
      const raft::EncodedEntryHeader header =
          raft::EncodeEntryHeader(group, entry, entry.PayloadCrc());
      const std::string_view header_bytes(header.data(), header.size());
      item.crc = base::Crc32cExtend(item.crc, header_bytes.substr(kHeaderCrcAt));
      AppendBody(header_bytes);
      AppendBody(entry.payload.view());
    }
    item.body_bytes = static_cast<uint32_t>(body_bytes_ - begin);
    AppendItem(item, &directory_);
  }
}

uint32_t FrameBuilder::AddSnapshot(ItemKind kind, GroupNo no, raft::EntryId last,
                                   const base::BytesChain& encoded) {
  WARREN_CHECK(kind == ItemKind::kSnapshot || kind == ItemKind::kInstall);
  Reserve(kFrameHeaderBytes + body_bytes_ + encoded.size());
  const auto offset = static_cast<uint32_t>(kFrameHeaderBytes + body_bytes_);
  Item item;
  item.kind = kind;
  item.group = no;
  item.last = last;
  for (const base::Bytes& piece : encoded.pieces()) {
    item.crc = base::Crc32cExtend(item.crc, piece.view());
    AppendBody(piece.view());
  }
  char header_crc[sizeof(uint32_t)];
  encoded.Slice(kSnapshotHeaderBytes - sizeof(header_crc), sizeof(header_crc)).CopyTo(header_crc);
  item.crc = base::Crc32cExtend(item.crc, {header_crc, sizeof(header_crc)});
  item.body_bytes = static_cast<uint32_t>(encoded.size());
  AppendItem(item, &directory_);
  return offset;
}

void FrameBuilder::Add(const Item& item) {
  WARREN_CHECK(!item.HasBody());
  AppendItem(item, &directory_);
}

size_t FrameBuilder::Blocks(size_t table_bytes) const {
  return BlocksFor(kFrameHeaderBytes + body_bytes_ + directory_.size() + table_bytes);
}

std::string_view FrameBuilder::Close(FrameHeader* header, const SegmentHeader& life,
                                     std::string_view table) {
  const size_t directory_at = kFrameHeaderBytes + body_bytes_;
  const size_t table_at = directory_at + directory_.size();
  const size_t end = table_at + table.size();
  Reserve(end);
  header->blocks = static_cast<uint32_t>(BlocksFor(end));
  header->body_bytes = static_cast<uint32_t>(body_bytes_);
  header->directory_bytes = static_cast<uint32_t>(directory_.size());
  header->table_bytes = static_cast<uint32_t>(table.size());
  header->directory_crc = SeededCrc(life.nonce, directory_);
  header->table_crc = SeededCrc(life.nonce, table);

  char* const raw = raw_.data();
  EncodeFrameHeader(*header, life.nonce, raw);  // All of it lies in the first sector.
  WriteContent(raw, directory_at, directory_);
  WriteContent(raw, table_at, table);
  ClearContent(raw, end, header->blocks * kBlockContentBytes - end);
  SetTags(raw, header->blocks * kSectorsPerBlock, life.tag);
  return {raw, header->blocks * kBlockBytes};
}

void FrameBuilder::Clear(size_t keep_bytes) {
  body_bytes_ = 0;
  directory_.clear();
  if (raw_.size() > std::max(keep_bytes, kFirstBytes)) raw_ = AlignedBuffer(kFirstBytes);
}

}  // namespace warren::log
