#include "replication/transport/frame.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"

namespace warren::replication {
namespace {

// From this size on, sharing a piece of a message costs less than copying it.
constexpr size_t kSharedBytesMin = 1024;

// What is copied of these: version, lengths and small pieces.
size_t CopiedBytes(std::span<const base::BytesChain> messages) {
  size_t bytes = 1;
  for (const base::BytesChain& message : messages) {
    bytes += base::Varint64Size(message.size());
    for (const base::Bytes& piece : message.pieces()) {
      if (piece.size() < kSharedBytesMin) bytes += piece.size();
    }
  }
  return bytes;
}

}  // namespace

size_t FrameOverheadMax(size_t messages) { return 1 + messages * base::kVarint64BytesMax; }

base::BytesChain EncodeFrame(std::span<const base::BytesChain> messages) {
  WARREN_CHECK(!messages.empty() && messages.size() <= kFrameMessagesMax);
  // All that is copied goes into one block, slices of which stand between what is shared.
  base::BytesBuilder copied(CopiedBytes(messages));
  std::vector<std::pair<size_t, base::Bytes>> shared;  // With the place in `copied` where it goes.
  base::PutFixed8(&copied, kFrameVersion);
  for (const base::BytesChain& message : messages) {
    WARREN_CHECK(!message.empty());
    base::PutVarint64(&copied, message.size());
    for (const base::Bytes& piece : message.pieces()) {
      if (piece.size() < kSharedBytesMin) {
        copied.Append(piece.view());
      } else {
        shared.emplace_back(copied.size(), piece);
      }
    }
  }
  const base::Bytes block = copied.Freeze();
  base::BytesChain frame;
  size_t taken = 0;
  for (auto& [place, piece] : shared) {
    frame.Append(block.Slice(taken, place - taken));
    frame.Append(std::move(piece));
    taken = place;
  }
  frame.Append(block.Slice(taken));
  return frame;
}

absl::Status DecodeFrame(const base::Bytes& frame, size_t message_bytes_max,
                         std::vector<base::Bytes>* messages) {
  messages->clear();
  base::Reader reader(frame.view());
  const auto version = reader.Fixed8();
  if (!version.has_value()) return absl::InvalidArgumentError("a frame without a byte");
  if (*version != kFrameVersion) {
    return absl::UnimplementedError(absl::StrCat("a frame of version ", *version));
  }
  if (reader.AtEnd()) return absl::InvalidArgumentError("a frame without a message");
  while (!reader.AtEnd()) {
    const auto message = reader.LengthPrefixed(message_bytes_max);
    if (!message.has_value() || message->empty() || messages->size() == kFrameMessagesMax) {
      messages->clear();
      return absl::InvalidArgumentError(
          absl::StrCat("a frame of ", frame.size(), " bytes is damaged, or its messages are more ",
                       "or larger than ", kFrameMessagesMax, " and ", message_bytes_max));
    }
    const auto offset = static_cast<size_t>(message->data() - frame.data());
    messages->push_back(frame.Slice(offset, message->size()));
  }
  return absl::OkStatus();
}

}  // namespace warren::replication
