#include "raft/codec_header.h"

#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "base/crc32c.h"

namespace warren::raft::codec_internal {
namespace {

std::string Hex(uint32_t crc) { return absl::StrCat(absl::Hex(crc, absl::kZeroPad8)); }

uint64_t Fixed64At(std::string_view bytes, size_t offset) {
  return base::Reader(bytes.substr(offset)).Fixed64().value_or(0);
}

absl::Status Misplaced(const Expected& expected, const char* of_what, uint64_t found) {
  return absl::InvalidArgumentError(
      absl::StrCat(Describe(expected), ": these bytes are of ", of_what, " ", found));
}

}  // namespace

std::string Describe(const Expected& expected) {
  std::string text = absl::StrCat(expected.format.name, " of group ", expected.group.value());
  if (expected.index) absl::StrAppend(&text, ", index ", expected.index->value());
  return text;
}

absl::Status Damaged(const Expected& expected, const std::string& what) {
  return absl::DataLossError(absl::StrCat(Describe(expected), ": ", what));
}

void SealHeader(const Format& format, char* header) {
  const size_t covered = format.header_bytes - kCrcBytes;
  base::EncodeFixed32(header + covered, base::Crc32c({header, covered}));
}

absl::Status CheckHeader(const Expected& expected, std::string_view bytes) {
  const Format& format = expected.format;
  if (bytes.size() < format.header_bytes) {
    return Damaged(expected, absl::StrCat("cut off: ", bytes.size(),
                                          " bytes, the header alone has ", format.header_bytes));
  }
  // First of all, since nothing that the header says counts before, not even its version.
  const size_t covered = format.header_bytes - kCrcBytes;
  const uint32_t crc = base::Reader(bytes.substr(covered)).Fixed32().value_or(0);
  if (absl::Status status = CheckCrc(expected, "header", crc, bytes.substr(0, covered));
      !status.ok()) {
    return status;
  }
  const auto version = static_cast<uint8_t>(bytes[kVersionAt]);
  if (version == 0) return Damaged(expected, "version 0, which never was");
  if (version > kCodecVersion) {
    return absl::UnimplementedError(absl::StrCat(Describe(expected), ": version ", version,
                                                 ", this program knows them up to ",
                                                 kCodecVersion));
  }
  const uint64_t group = Fixed64At(bytes, kGroupAt);
  if (group != expected.group.value()) return Misplaced(expected, "group", group);
  if (!format.has_index || !expected.index) return absl::OkStatus();
  const uint64_t index = Fixed64At(bytes, kIndexAt);
  if (index != expected.index->value()) return Misplaced(expected, "index", index);
  return absl::OkStatus();
}

absl::Status CheckCrc(const Expected& expected, const char* part, uint32_t crc,
                      std::string_view bytes) {
  const uint32_t computed = base::Crc32c(bytes);
  if (computed == crc) return absl::OkStatus();
  return Damaged(expected,
                 absl::StrCat("the ", part, "'s CRC is ", Hex(computed), ", expected ", Hex(crc)));
}

}  // namespace warren::raft::codec_internal
