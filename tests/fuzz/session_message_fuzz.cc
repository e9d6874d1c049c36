// Gives any bytes to the decoder of what sessions and leaders say to each other: it must not crash,
// takes no more memory than the input pays for, and what decodes must encode to the very bytes that
// it came from.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "replication/session/message_codec.h"

namespace warren::replication {
namespace {

// Elements in lists of these messages: each took at least one byte.
size_t ElementsOf(const SessionCommand&) { return 0; }
size_t ElementsOf(const SessionRefused&) { return 0; }
size_t ElementsOf(const Request& request) {
  const auto* cancel = std::get_if<queue::CancelDelayed>(&request.what);
  return cancel == nullptr ? 0 : cancel->keys.size();
}
size_t ElementsOf(const Outcome& outcome) {
  size_t elements = outcome.attached.size() + outcome.published.size() + outcome.consumers.size() +
                    outcome.lost.size() + outcome.gets.size() + outcome.deliveries.size();
  for (const AttachedSession& each : outcome.attached) elements += each.consumers.size();
  for (const PublishAnswer& each : outcome.published) elements += each.refused.size();
  for (const DeliveredMessages& each : outcome.deliveries) elements += each.messages.size();
  return elements;
}
size_t ElementsOf(const Reply& reply) {
  WARREN_CHECK(reply.text.size() <= kReplyTextBytesMax);
  if (const auto* stats = std::get_if<QueueStats>(&reply.answer)) return stats->consumers.size();
  if (const auto* listed = std::get_if<std::vector<queue::MessageView>>(&reply.answer)) {
    return listed->size();
  }
  if (const auto* listed = std::get_if<std::vector<queue::DelayedView>>(&reply.answer)) {
    return listed->size();
  }
  return 0;
}

bool IsWithin(const base::Bytes& part, const base::Bytes& whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Payloads and contents are not copied.
void CheckShared(const SessionMessage& message, const base::Bytes& bytes) {
  if (const auto* command = std::get_if<SessionCommand>(&message)) {
    WARREN_CHECK(IsWithin(command->payload.bytes, bytes));
  } else if (const auto* outcome = std::get_if<Outcome>(&message)) {
    for (const DeliveredMessages& delivered : outcome->deliveries) {
      for (const DeliveredMessage& each : delivered.messages) {
        WARREN_CHECK(IsWithin(each.content, bytes));
      }
    }
  } else if (const auto* reply = std::get_if<Reply>(&message)) {
    if (const auto* peeked = std::get_if<PeekedMessage>(&reply->answer)) {
      WARREN_CHECK(IsWithin(peeked->content, bytes));
    }
  }
}

}  // namespace

void FuzzOne(std::string_view input) {
  const base::Bytes bytes = base::Bytes::Copy(input);  // Of its own size, for the sanitizers.
  const absl::StatusOr<SessionMessage> message = DecodeSessionMessage(bytes);
  if (!message.ok()) {
    WARREN_CHECK(absl::IsInvalidArgument(message.status()) ||
                 absl::IsUnimplemented(message.status()));
    return;
  }
  const auto elements = [](const auto& each) { return ElementsOf(each); };
  WARREN_CHECK(std::visit(elements, *message) <= bytes.size());
  CheckShared(*message, bytes);
  const base::Bytes again = EncodeSessionMessage(*message).Flatten();
  WARREN_CHECK(again == bytes);
  const absl::StatusOr<SessionMessage> decoded_again = DecodeSessionMessage(again);
  WARREN_CHECK(decoded_again.ok() && *decoded_again == *message);
}

}  // namespace warren::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::replication::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
