#include "replication/log/wal/segment_header.h"

#include <bit>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"

namespace warren::log {
namespace {

constexpr std::string_view kMagic = "WARRNLOG";
constexpr uint32_t kVersion = 1;
constexpr size_t kCoveredBytes = 80;  // By the checksum, which follows.
constexpr int kTagDistanceMin = 4;

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("segment header: ", absl::string_view(what.data(), what.size())));
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kMagic);
  base::PutFixed32(&out, kVersion);
  base::PutFixed32(&out, header.blocks);
  base::PutFixed64(&out, header.number.value());
  base::PutFixed64(&out, header.log_id);
  base::PutFixed64(&out, header.nonce);
  base::PutFixed16(&out, header.tag);
  for (const Tag tag : header.older_tags) base::PutFixed16(&out, tag);
  out.resize(kCoveredBytes, '\0');
  base::PutFixed32(&out, base::Crc32c(out));
  out.resize(kBlockBytes, '\0');
  return out;
}

absl::StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view block) {
  if (block.size() != kBlockBytes) return Damaged("not a block");
  if (block.substr(0, kMagic.size()) != kMagic) return Damaged("the first bytes are others");
  base::Reader crc(block.substr(kCoveredBytes));
  if (crc.Fixed32() != base::Crc32c(block.substr(0, kCoveredBytes))) {
    return Damaged("the checksum does not fit");
  }
  base::Reader reader(block.substr(kMagic.size(), kCoveredBytes - kMagic.size()));
  const uint32_t version = reader.Fixed32().value_or(0);
  if (version > kVersion) {
    return absl::UnimplementedError(absl::StrCat("segment header: version ", version,
                                                 ", this program knows them up to ", kVersion));
  }
  SegmentHeader header;
  header.blocks = reader.Fixed32().value_or(0);
  header.number = SegmentNo(reader.Fixed64().value_or(0));
  header.log_id = reader.Fixed64().value_or(0);
  header.nonce = reader.Fixed64().value_or(0);
  header.tag = reader.Fixed16().value_or(0);
  for (Tag& tag : header.older_tags) tag = reader.Fixed16().value_or(0);
  if (version == 0 || header.number == SegmentNo() || header.tag == 0 || header.blocks < 3) {
    return Damaged("a value that no writer gives");
  }
  // One encoding of each value: what is not used is zero.
  if (EncodeSegmentHeader(header) != block) return Damaged("unused bytes are not zero");
  return header;
}

Tag DifferentTag(const std::array<Tag, 16>& older, uint64_t random, bool* found) {
  for (int i = 0; i < 4; ++i, random >>= 16) {
    const auto tag = static_cast<Tag>(random);
    *found = std::popcount(tag) >= kTagDistanceMin;
    for (const Tag other : older) {
      if (std::popcount(static_cast<Tag>(tag ^ other)) < kTagDistanceMin) *found = false;
    }
    if (*found) return tag;
  }
  return 0;
}

}  // namespace warren::log
