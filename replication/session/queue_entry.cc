#include "replication/session/queue_entry.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "queue/command_codec.h"

namespace warren::replication {
namespace {

constexpr size_t kSizeBytes = 4;  // Of the command's size.
constexpr uint8_t kOnlyTakesUp = 0x01;

absl::Status Fault(const char* what, size_t bytes) {
  return absl::InvalidArgumentError(absl::StrCat("queue entry of ", bytes, " bytes: ", what));
}

// What stands in front of the contents, but for their table.
std::string HeadOf(const queue::Command& command, uint8_t flags = 0) {
  std::string head;
  base::PutFixed8(&head, kQueueEntryVersion);
  base::PutFixed8(&head, flags);
  base::PutFixed32(&head, 0);
  const size_t before = head.size();
  queue::EncodeCommand(command, &head);
  base::EncodeFixed32(head.data() + before - kSizeBytes,
                      static_cast<uint32_t>(head.size() - before));
  return head;
}

size_t SlotsOf(const queue::Command& command) {
  if (const auto* publish = std::get_if<queue::Publish>(&command)) return publish->messages.size();
  if (const auto* move = std::get_if<queue::MoveSurvivors>(&command)) return move->from.size();
  return 0;
}

void PutTable(std::span<const base::BytesChain> contents, std::string* out) {
  base::PutVarint64(out, contents.size());
  for (size_t at = 0; at < contents.size();) {
    size_t end = at + 1;
    while (end < contents.size() && contents[end].size() == contents[at].size()) ++end;
    WARREN_CHECK(contents[at].size() <= UINT32_MAX);
    base::PutVarint64(out, contents[at].size());
    base::PutVarint64(out, end - at - 1);
    at = end;
  }
}

SealedPayload Seal(base::Bytes bytes) {
  const uint32_t crc = base::Crc32c(bytes.view());
  return {.bytes = std::move(bytes), .crc = crc};
}

// Where the command is, and what follows it.
struct Parts {
  std::string_view command;
  uint8_t flags = 0;
  base::Reader rest{""};
};
absl::StatusOr<Parts> PartsOf(std::string_view bytes) {
  base::Reader in(bytes);
  const std::optional<uint8_t> version = in.Fixed8();
  if (version.has_value() && *version > kQueueEntryVersion) {
    return absl::UnimplementedError(absl::StrCat("queue entry of version ", *version,
                                                 "; this program knows ", kQueueEntryVersion));
  }
  if (version == uint8_t{0}) return Fault("version 0", bytes.size());
  const uint8_t flags = in.Fixed8().value_or(0);
  if ((flags & ~kOnlyTakesUp) != 0) return Fault("a flag that there is not", bytes.size());
  const std::optional<std::string_view> command = in.View(in.Fixed32().value_or(UINT32_MAX));
  if (!in.ok()) return Fault("cut off", bytes.size());
  return Parts{.command = *command, .flags = flags, .rest = in};
}

}  // namespace

// ---- Packing ------------------------------------------------------------------------------------

SealedPayload PackCommand(const queue::Command& command) {
  WARREN_CHECK(SlotsOf(command) == 0);
  return Seal(base::Bytes::Adopt(HeadOf(command)));
}

SealedPayload PackTakeUp(const queue::AttachSession& attach) {
  return Seal(base::Bytes::Adopt(HeadOf(attach, kOnlyTakesUp)));
}

SealedPayload PackContents(const queue::Command& command,
                           std::span<const base::BytesChain> contents) {
  WARREN_CHECK(SlotsOf(command) == contents.size());
  std::string head = HeadOf(command);
  PutTable(contents, &head);
  size_t size = head.size();
  for (const base::BytesChain& content : contents) size += content.size();
  base::BytesBuilder builder(size);
  builder.Append(head);
  for (const base::BytesChain& content : contents) content.CopyTo(builder.Extend(content.size()));
  return Seal(builder.Freeze());
}

SealedPayload Restamp(const base::Bytes& payload, const queue::Stamp& stamp) {
  absl::StatusOr<Parts> parts = PartsOf(payload.view());
  WARREN_CHECK(parts.ok());
  absl::StatusOr<queue::Command> command = queue::DecodeCommand(parts->command);
  WARREN_CHECK(command.ok());
  std::visit(
      [&stamp](auto& alternative) {
        if constexpr (requires { alternative.stamp; }) alternative.stamp = stamp;
      },
      *command);
  const std::string head = HeadOf(*command);
  const std::string_view rest = parts->rest.rest();  // The table does not depend on the stamp.
  base::BytesBuilder builder(head.size() + rest.size());
  builder.Append(head);
  builder.Append(rest);
  return Seal(builder.Freeze());
}

const queue::Stamp* StampOf(const queue::Command& command) {
  return std::visit(
      [](const auto& alternative) -> const queue::Stamp* {
        if constexpr (requires { alternative.stamp; }) {
          return &alternative.stamp;
        } else {
          return nullptr;
        }
      },
      command);
}

// ---- Reading ------------------------------------------------------------------------------------

absl::StatusOr<QueueEntry::Head> QueueEntry::OpenHead(const base::Bytes& payload) {
  absl::StatusOr<Parts> parts = PartsOf(payload.view());
  if (!parts.ok()) return parts.status();
  return Head{.command = payload.Slice(static_cast<size_t>(parts->command.data() - payload.data()),
                                       parts->command.size()),
              .only_takes_up = (parts->flags & kOnlyTakesUp) != 0};
}

absl::Status QueueEntry::Open(const base::Bytes& payload) {
  payload_ = {};
  command_ = {};
  contents_ = 0;
  slots_ = 0;
  only_takes_up_ = false;
  runs_.clear();
  absl::StatusOr<Parts> parts = PartsOf(payload.view());
  if (!parts.ok()) return parts.status();
  base::Reader in = parts->rest;
  size_t slots = 0;
  size_t bytes = 0;
  if (!in.AtEnd()) {
    const uint64_t announced = in.Varint64().value_or(0);
    if (announced == 0 || announced > queue::kSlotsMax) {
      return Fault("a number of contents that cannot be", payload.size());
    }
    while (slots < announced) {
      const uint64_t size = in.Varint64().value_or(UINT64_MAX);
      const uint64_t more = in.Varint64().value_or(UINT64_MAX);
      if (!in.ok()) return Fault("cut off in the table of sizes", payload.size());
      if (more >= announced - slots) return Fault("more sizes than contents", payload.size());
      if (size > UINT32_MAX || size > in.remaining()) return Fault("cut off", payload.size());
      if (!runs_.empty() && runs_.back().size == size)
        return Fault("a run in two parts", payload.size());
      runs_.push_back({.first = static_cast<uint32_t>(slots),
                       .size = static_cast<uint32_t>(size),
                       .offset = bytes});
      slots += more + 1;
      bytes += (more + 1) * size;  // 256 times 2^32 at most.
    }
    if (in.remaining() != bytes) return Fault("contents of another size", payload.size());
  }
  payload_ = payload;
  command_ = payload.Slice(static_cast<size_t>(parts->command.data() - payload.data()),
                           parts->command.size());
  only_takes_up_ = (parts->flags & kOnlyTakesUp) != 0;
  slots_ = slots;
  contents_ = payload.size() - bytes;
  return absl::OkStatus();
}

base::Bytes QueueEntry::Content(uint32_t slot) const {
  WARREN_CHECK(slot < slots_);
  const auto after = std::upper_bound(runs_.begin(), runs_.end(), slot,
                                      [](uint32_t at, const Run& run) { return at < run.first; });
  const Run& run = *std::prev(after);
  return payload_.Slice(contents_ + run.offset + size_t{slot - run.first} * run.size, run.size);
}

base::Bytes QueueEntry::AllContents() const { return payload_.Slice(contents_); }

}  // namespace warren::replication
