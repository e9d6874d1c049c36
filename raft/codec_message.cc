// The bytes of messages: a header, the headers of all entries, then all payloads; or a snapshot.
// The entries' headers stand together so that they take one block with the message's own.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "raft/codec_header.h"

namespace warren::raft {

using codec_internal::CheckHeader;
using codec_internal::Damaged;
using codec_internal::Expected;
using codec_internal::HeaderOf;
using codec_internal::kEntryFormat;
using codec_internal::kMessageFormat;

namespace codec_internal {
namespace {

bool MayHaveEntries(MessageType type) {
  return type == MessageType::kAppend || type == MessageType::kPropose;
}

bool OrdinalsAreInRange(const Message& message) {
  return message.term.value() <= kOrdinalMax && message.index.value() <= kOrdinalMax &&
         message.log_term.value() <= kOrdinalMax && message.reject_hint.value() <= kOrdinalMax &&
         message.commit.value() <= kOrdinalMax && message.match.value() <= kOrdinalMax &&
         message.incarnation.value() <= kOrdinalMax;
}

const char* FaultOfEntries(const Message& message) {
  if (!MayHaveEntries(message.type) && !message.entries.empty()) {
    return "a message that is neither an append nor a proposal has entries";
  }
  if (message.entries.size() > kMessageEntriesMax) return "too many entries";
  const bool proposed = message.type == MessageType::kPropose;
  const Standing standing = proposed ? Standing::kProposed : Standing::kInLog;
  Index previous = message.index;
  for (const Entry& entry : message.entries) {
    if (const char* fault = FaultOf(HeaderOf(entry, 0), standing)) return fault;
    if (proposed) continue;
    if (entry.id.index != previous + 1) return "an entry does not follow the one before it";
    previous = entry.id.index;
  }
  return nullptr;
}

}  // namespace

const char* FaultOf(const Message& message) {
  if (message.from.IsNone()) return "the sender is missing";
  if (message.to.IsNone()) return "the receiver is missing";
  if (!OrdinalsAreInRange(message)) return "a term, an index or an incarnation is too large";
  if ((message.type == MessageType::kSnapshot) != (message.snapshot != nullptr)) {
    return "a snapshot is missing, or stands in another type of message";
  }
  return FaultOfEntries(message);
}

}  // namespace codec_internal

namespace {

enum Flag : uint8_t { kReject = 1, kTransfer = 2, kAmnesiac = 4, kLeader = 8 };
constexpr uint8_t kAllFlags = kReject | kTransfer | kAmnesiac | kLeader;

uint8_t FlagsOf(const Message& message) {
  uint8_t flags = 0;
  if (message.reject) flags |= kReject;
  if (message.transfer) flags |= kTransfer;
  if (message.amnesiac) flags |= kAmnesiac;
  if (message.leader) flags |= kLeader;
  return flags;
}

// Returns the place behind the header.
char* WriteHeader(GroupId group, const Message& message, char* const begin) {
  char* out = begin;
  out = base::EncodeFixed(out, kCodecVersion, 1);
  out = base::EncodeFixed(out, static_cast<uint8_t>(message.type), 1);
  out = base::EncodeFixed(out, FlagsOf(message), 1);
  out = base::EncodeFixed(out, 0, 1);
  out = base::EncodeFixed32(out, static_cast<uint32_t>(message.entries.size()));
  out = base::EncodeFixed64(out, group.value());
  out = base::EncodeFixed64(out, message.from.value());
  out = base::EncodeFixed64(out, message.to.value());
  out = base::EncodeFixed64(out, message.term.value());
  out = base::EncodeFixed64(out, message.index.value());
  out = base::EncodeFixed64(out, message.log_term.value());
  out = base::EncodeFixed64(out, message.reject_hint.value());
  out = base::EncodeFixed64(out, message.commit.value());
  out = base::EncodeFixed64(out, message.match.value());
  out = base::EncodeFixed64(out, message.context);
  base::EncodeFixed64(out, message.incarnation.value());
  codec_internal::SealHeader(kMessageFormat, begin);
  return begin + kMessageFormat.header_bytes;
}

// Everything but entries and snapshot. Returns how many entries follow.
absl::StatusOr<size_t> ReadHeader(const Expected& expected, std::string_view bytes,
                                  Message& message) {
  WARREN_RETURN_IF_ERROR(CheckHeader(expected, bytes));
  base::Reader reader(bytes.substr(1));
  const uint8_t type = reader.Fixed8().value_or(0);
  const uint8_t flags = reader.Fixed8().value_or(0);
  const uint8_t reserved = reader.Fixed8().value_or(0);
  const size_t entries = reader.Fixed32().value_or(0);
  reader.Fixed64();  // The group, which is the one expected.
  message.from = NodeId(reader.Fixed64().value_or(0));
  message.to = NodeId(reader.Fixed64().value_or(0));
  message.term = Term(reader.Fixed64().value_or(0));
  message.index = Index(reader.Fixed64().value_or(0));
  message.log_term = Term(reader.Fixed64().value_or(0));
  message.reject_hint = Index(reader.Fixed64().value_or(0));
  message.commit = Index(reader.Fixed64().value_or(0));
  message.match = Index(reader.Fixed64().value_or(0));
  message.context = reader.Fixed64().value_or(0);
  message.incarnation = Incarnation(reader.Fixed64().value_or(0));
  if (type >= kMessageTypes) return Damaged(expected, absl::StrCat("unknown type ", type));
  if ((flags & ~kAllFlags) != 0) return Damaged(expected, absl::StrCat("unknown flags ", flags));
  if (reserved != 0) return Damaged(expected, absl::StrCat("a reserved byte holds ", reserved));
  message.type = static_cast<MessageType>(type);
  message.reject = (flags & kReject) != 0;
  message.transfer = (flags & kTransfer) != 0;
  message.amnesiac = (flags & kAmnesiac) != 0;
  message.leader = (flags & kLeader) != 0;
  return entries;
}

// Reads the entry whose header begins at `header_at` and whose payload begins at `payload_at`.
absl::Status ReadEntry(const Expected& expected, const base::Bytes& bytes, size_t header_at,
                       size_t payload_at, Entry& entry) {
  WARREN_ASSIGN_OR_RETURN(const EntryHeader header, codec_internal::ReadEntryHeader(
                                                        expected, bytes.view().substr(header_at)));
  if (header.payload_bytes > bytes.size() - payload_at) {
    return Damaged(expected, absl::StrCat("the payload has ", header.payload_bytes, " bytes, ",
                                          bytes.size() - payload_at, " are left"));
  }
  entry.payload = bytes.Slice(payload_at, header.payload_bytes);
  entry.id = header.id;
  entry.time = header.time;
  entry.type = header.type;
  entry.crc_known = true;
  entry.crc = header.payload_crc;
  return codec_internal::CheckCrc(expected, "payload", header.payload_crc, entry.payload.view());
}

absl::Status ReadEntries(const Expected& expected, const base::Bytes& bytes, size_t count,
                         Message& message) {
  const size_t headers_at = kMessageFormat.header_bytes;
  const size_t room = (bytes.size() - headers_at) / kEntryHeaderBytes;
  if (count > kMessageEntriesMax || count > room) {
    return Damaged(expected, absl::StrCat(count, " entries are announced, there is room for ", room,
                                          ", and at most ", kMessageEntriesMax, " are allowed"));
  }
  size_t payload_at = headers_at + count * kEntryHeaderBytes;
  message.entries.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const bool proposed = message.type == MessageType::kPropose;
    const Index index = proposed ? Index() : message.index + 1 + i;
    WARREN_RETURN_IF_ERROR(
        ReadEntry({.format = kEntryFormat, .group = expected.group, .index = index}, bytes,
                  headers_at + i * kEntryHeaderBytes, payload_at, message.entries[i]),
        absl::StrCat(codec_internal::Describe(expected), ", entry ", i + 1, " of ", count));
    payload_at += message.entries[i].payload.size();
  }
  if (payload_at == bytes.size()) return absl::OkStatus();
  return Damaged(expected, absl::StrCat(bytes.size() - payload_at, " bytes follow its end"));
}

absl::Status Read(const Expected& expected, const base::Bytes& bytes, Message& message) {
  WARREN_ASSIGN_OR_RETURN(const size_t entries, ReadHeader(expected, bytes.view(), message));
  if (message.type == MessageType::kSnapshot && entries == 0) {
    WARREN_ASSIGN_OR_RETURN(
        Snapshot snapshot,
        DecodeSnapshot(expected.group, {}, bytes.Slice(kMessageFormat.header_bytes)),
        codec_internal::Describe(expected));
    message.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  } else {
    WARREN_RETURN_IF_ERROR(ReadEntries(expected, bytes, entries, message));
  }
  if (const char* fault = codec_internal::FaultOf(message)) return Damaged(expected, fault);
  return absl::OkStatus();
}

}  // namespace

base::BytesChain EncodeMessage(GroupId group, const Message& message) {
  const char* const fault = codec_internal::FaultOf(message);
  WARREN_CHECK_MSG(fault == nullptr, fault);
  const size_t head_bytes =
      kMessageFormat.header_bytes + message.entries.size() * kEntryHeaderBytes;
  base::BytesBuilder head(head_bytes);
  char* out = WriteHeader(group, message, head.Extend(head_bytes));
  for (const Entry& entry : message.entries) {
    out = codec_internal::WriteEntryHeader(group, HeaderOf(entry, entry.PayloadCrc()), out);
  }
  base::BytesChain chain(head.Freeze());
  for (const Entry& entry : message.entries) chain.Append(entry.payload);
  if (message.snapshot != nullptr) chain.Append(EncodeSnapshot(group, *message.snapshot));
  return chain;
}

absl::Status DecodeMessageInto(GroupId group, const base::Bytes& bytes, Message& message) {
  message.Clear();
  const Expected expected = {.format = kMessageFormat, .group = group, .index = {}};
  absl::Status status = Read(expected, bytes, message);
  if (!status.ok()) message.Clear();
  return status;
}

absl::StatusOr<Message> DecodeMessage(GroupId group, const base::Bytes& bytes) {
  Message message;
  WARREN_RETURN_IF_ERROR(DecodeMessageInto(group, bytes, message));
  return message;
}

}  // namespace warren::raft
