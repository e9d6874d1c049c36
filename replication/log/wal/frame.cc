#include "replication/log/wal/frame.h"

#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "base/crc32c.h"

namespace warren::log {
namespace {

constexpr uint32_t kMagic = 0x4D524657;  // "WFRM"
constexpr uint32_t kVersion = 1;
constexpr size_t kCrcAt = kFrameHeaderBytes - sizeof(uint32_t);
constexpr size_t kFieldsEnd = 80;               // Zeros from here to the checksum.
constexpr FrameNo kFrameNoMax{UINT64_MAX / 2};  // So that a number plus a distance is a number.

absl::Status Damaged(const char* what) {
  return absl::DataLossError(absl::StrCat("frame header: ", what));
}

// What is wrong with it, or nullptr.
const char* FaultOf(const FrameHeader& header) {
  const uint64_t content =
      uint64_t{kFrameHeaderBytes} + header.body_bytes + header.directory_bytes + header.table_bytes;
  if (header.blocks != BlocksFor(content)) return "its parts do not take so many blocks";
  if (header.number == FrameNo()) return "a frame has no number";
  if (header.number > kFrameNoMax) return "a frame's number is too large";
  if (header.segment == SegmentNo()) return "a frame is of no segment";
  if (header.synced >= header.number) return "durable before it was written";
  if (header.predecessor >= header.number) return "the predecessor has a later number";
  if (header.predecessor_segment > header.segment) return "the predecessor's segment is later";
  const bool first = header.predecessor == FrameNo();
  if (first != (header.predecessor_segment == SegmentNo()) ||
      first != (header.predecessor_block == 0) || first != (header.predecessor_blocks == 0)) {
    return "the predecessor is there in part";
  }
  if (first && header.table_bytes != 0) return "a table of no predecessor";
  return nullptr;
}

}  // namespace

uint32_t SeededCrc(uint64_t nonce, std::string_view bytes) {
  char seed[sizeof(nonce)];
  base::EncodeFixed64(seed, nonce);
  return base::Crc32cExtend(base::Crc32c({seed, sizeof(seed)}), bytes);
}

void EncodeFrameHeader(const FrameHeader& header, uint64_t nonce, char* out) {
  char* at = base::EncodeFixed32(out, kMagic);
  at = base::EncodeFixed32(at, kVersion);
  at = base::EncodeFixed64(at, header.segment.value());
  at = base::EncodeFixed64(at, header.number.value());
  at = base::EncodeFixed64(at, header.synced.value());
  at = base::EncodeFixed64(at, header.predecessor.value());
  at = base::EncodeFixed64(at, header.predecessor_segment.value());
  at = base::EncodeFixed32(at, header.predecessor_block);
  at = base::EncodeFixed32(at, header.predecessor_blocks);
  at = base::EncodeFixed32(at, header.blocks);
  at = base::EncodeFixed32(at, header.body_bytes);
  at = base::EncodeFixed32(at, header.directory_bytes);
  at = base::EncodeFixed32(at, header.table_bytes);
  at = base::EncodeFixed32(at, header.directory_crc);
  at = base::EncodeFixed32(at, header.table_crc);
  while (at != out + kCrcAt) *at++ = 0;
  base::EncodeFixed32(at, SeededCrc(nonce, {out, kCrcAt}));
}

absl::StatusOr<FrameHeader> DecodeFrameHeaderOfAny(std::string_view content, uint64_t nonce) {
  if (content.size() < kFrameHeaderBytes) return Damaged("cut off");
  base::Reader crc(content.substr(kCrcAt));
  if (crc.Fixed32() != SeededCrc(nonce, content.substr(0, kCrcAt))) {
    return Damaged("the checksum does not fit");
  }
  base::Reader reader(content);
  if (reader.Fixed32() != kMagic) return Damaged("the first bytes are others");
  const uint32_t version = reader.Fixed32().value_or(0);
  if (version > kVersion) {
    return absl::UnimplementedError(absl::StrCat("frame header: version ", version,
                                                 ", this program knows them up to ", kVersion));
  }
  if (version == 0) return Damaged("version 0, which never was");
  FrameHeader header;
  header.segment = SegmentNo(reader.Fixed64().value_or(0));
  header.number = FrameNo(reader.Fixed64().value_or(0));
  header.synced = FrameNo(reader.Fixed64().value_or(0));
  header.predecessor = FrameNo(reader.Fixed64().value_or(0));
  header.predecessor_segment = SegmentNo(reader.Fixed64().value_or(0));
  header.predecessor_block = reader.Fixed32().value_or(0);
  header.predecessor_blocks = reader.Fixed32().value_or(0);
  header.blocks = reader.Fixed32().value_or(0);
  header.body_bytes = reader.Fixed32().value_or(0);
  header.directory_bytes = reader.Fixed32().value_or(0);
  header.table_bytes = reader.Fixed32().value_or(0);
  header.directory_crc = reader.Fixed32().value_or(0);
  header.table_crc = reader.Fixed32().value_or(0);
  for (const char byte : content.substr(kFieldsEnd, kCrcAt - kFieldsEnd)) {
    if (byte != 0) return Damaged("unused bytes are not zero");
  }
  if (const char* fault = FaultOf(header)) return Damaged(fault);
  return header;
}

absl::StatusOr<FrameHeader> DecodeFrameHeader(std::string_view content, const SegmentHeader& life) {
  auto header = DecodeFrameHeaderOfAny(content, life.nonce);
  if (header.ok() && header->segment != life.number) return Damaged("it is of another segment");
  return header;
}

bool LooksLikeFrameHeader(std::string_view content) {
  return base::Reader(content).Fixed32() == kMagic;
}

}  // namespace warren::log
