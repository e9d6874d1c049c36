// The bytes of entries.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "raft/codec_header.h"

namespace warren::raft {

using codec_internal::Damaged;
using codec_internal::Expected;
using codec_internal::FaultOf;
using codec_internal::HeaderOf;
using codec_internal::kEntryFormat;
using codec_internal::Standing;

namespace codec_internal {

EntryHeader HeaderOf(const Entry& entry, uint32_t payload_crc) {
  return {.id = entry.id,
          .time = entry.time,
          .type = entry.type,
          .payload_bytes = entry.payload.size(),
          .payload_crc = payload_crc};
}

const char* FaultOf(const EntryHeader& header, Standing standing) {
  if (standing == Standing::kProposed) {
    if (header.id != EntryId()) return "an entry that is only proposed has an index or a term";
  } else {
    if (header.id.index == Index()) return "an entry has the index 0";
    if (header.id.term == Term()) return "an entry has the term 0";
  }
  if (header.id.index.value() > kOrdinalMax) return "an entry's index is too large";
  if (header.id.term.value() > kOrdinalMax) return "an entry's term is too large";
  if (header.time.value() > kOrdinalMax) return "an entry's time is too large";
  if (header.payload_bytes > kPayloadBytesMax) return "an entry's payload is too large";
  return nullptr;
}

char* WriteEntryHeader(GroupId group, const EntryHeader& header, char* out) {
  char* const begin = out;
  out = base::EncodeFixed(out, kCodecVersion, 1);
  out = base::EncodeFixed(out, static_cast<uint8_t>(header.type), 1);
  out = base::EncodeFixed(out, 0, 2);
  out = base::EncodeFixed32(out, static_cast<uint32_t>(header.payload_bytes));
  out = base::EncodeFixed64(out, group.value());
  out = base::EncodeFixed64(out, header.id.index.value());
  out = base::EncodeFixed64(out, header.id.term.value());
  out = base::EncodeFixed64(out, header.time.value());
  base::EncodeFixed32(out, header.payload_crc);
  SealHeader(kEntryFormat, begin);
  return begin + kEntryHeaderBytes;
}

absl::StatusOr<EntryHeader> ReadEntryHeader(const Expected& expected, std::string_view bytes) {
  WARREN_RETURN_IF_ERROR(CheckHeader(expected, bytes));
  base::Reader reader(bytes.substr(1));
  const uint8_t type = reader.Fixed8().value_or(0);
  const uint16_t reserved = reader.Fixed16().value_or(0);
  EntryHeader header;
  header.payload_bytes = reader.Fixed32().value_or(0);
  reader.Fixed64();  // The group, which is the one expected.
  header.id.index = Index(reader.Fixed64().value_or(0));
  header.id.term = Term(reader.Fixed64().value_or(0));
  header.time = LogTime(reader.Fixed64().value_or(0));
  header.payload_crc = reader.Fixed32().value_or(0);
  if (type > static_cast<uint8_t>(EntryType::kConfig)) {
    return Damaged(expected, absl::StrCat("unknown entry type ", type));
  }
  if (reserved != 0) return Damaged(expected, absl::StrCat("reserved bytes hold ", reserved));
  header.type = static_cast<EntryType>(type);
  return header;
}

}  // namespace codec_internal

EncodedEntryHeader EncodeEntryHeader(GroupId group, const Entry& entry, uint32_t payload_crc) {
  const EntryHeader header = HeaderOf(entry, payload_crc);
  const char* const fault = FaultOf(header, Standing::kInLog);
  WARREN_CHECK_MSG(fault == nullptr, fault);
  EncodedEntryHeader encoded;
  codec_internal::WriteEntryHeader(group, header, encoded.data());
  return encoded;
}

base::BytesChain EncodeEntry(GroupId group, const Entry& entry, uint32_t payload_crc) {
  const EncodedEntryHeader header = EncodeEntryHeader(group, entry, payload_crc);
  base::BytesChain chain(base::Bytes::Copy({header.data(), header.size()}));
  chain.Append(entry.payload);
  return chain;
}

absl::StatusOr<EntryHeader> DecodeEntryHeader(GroupId group, std::optional<Index> expected,
                                              std::string_view bytes) {
  const Expected wanted = {.format = kEntryFormat, .group = group, .index = expected};
  WARREN_ASSIGN_OR_RETURN(const EntryHeader header, codec_internal::ReadEntryHeader(wanted, bytes));
  if (const char* fault = FaultOf(header, Standing::kInLog)) return Damaged(wanted, fault);
  return header;
}

absl::StatusOr<Entry> DecodeEntry(GroupId group, std::optional<Index> expected,
                                  const base::Bytes& bytes) {
  WARREN_ASSIGN_OR_RETURN(const EntryHeader header,
                          DecodeEntryHeader(group, expected, bytes.view()));
  const Expected whole = {.format = kEntryFormat, .group = group, .index = header.id.index};
  base::Bytes payload = bytes.Slice(kEntryHeaderBytes);
  if (payload.size() != header.payload_bytes) {
    return Damaged(whole, absl::StrCat("the payload has ", payload.size(), " bytes, expected ",
                                       header.payload_bytes));
  }
  WARREN_RETURN_IF_ERROR(
      codec_internal::CheckCrc(whole, "payload", header.payload_crc, payload.view()));
  return Entry{.id = header.id,
               .time = header.time,
               .type = header.type,
               .crc_known = true,
               .crc = header.payload_crc,
               .payload = std::move(payload)};
}

}  // namespace warren::raft
