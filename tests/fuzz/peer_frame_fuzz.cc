// Gives any bytes to what a node decodes of what a peer says: none may crash, messages lie within
// their frame and its limits, and what decodes is encoded and decoded again to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "base/check.h"
#include "replication/transport/frame.h"
#include "replication/transport/hello.h"

namespace warren::replication {
namespace {

constexpr size_t kMessageBytesMax = 4096;

void TryFrame(const base::Bytes& frame) {
  std::vector<base::Bytes> messages;
  if (!DecodeFrame(frame, kMessageBytesMax, &messages).ok()) {
    WARREN_CHECK(messages.empty());
    return;
  }
  WARREN_CHECK(!LooksLikeRefusal(frame.view()));
  WARREN_CHECK(!messages.empty() && messages.size() <= kFrameMessagesMax);
  std::vector<base::BytesChain> again;
  for (const base::Bytes& message : messages) {
    WARREN_CHECK(!message.empty() && message.size() <= kMessageBytesMax);
    again.emplace_back(message);
  }
  WARREN_CHECK(EncodeFrame(again) == frame.view());
}

// Unknown fields and their order are lost, so it is the second time that must be like the first.
void TryHandshake(std::string_view bytes) {
  if (const auto hello = DecodeHello(bytes); hello.ok()) {
    const auto again = DecodeHello(EncodeHello(*hello));
    WARREN_CHECK(again.ok() && *again == *hello);
  }
  if (const auto reply = DecodeHelloReply(bytes); reply.ok()) {
    const auto again = DecodeHelloReply(EncodeHelloReply(*reply));
    WARREN_CHECK(again.ok() && *again == *reply);
  }
  if (const auto refusal = DecodeRefusal(bytes); refusal.ok()) {
    const auto again = DecodeRefusal(EncodeRefusal(*refusal));
    WARREN_CHECK(again.ok() && *again == *refusal);
    WARREN_CHECK(LooksLikeRefusal(bytes) && !ToStatus(*refusal).ok());
  }
}

}  // namespace

void FuzzOne(std::string_view input) {
  // In a block of its own size, so that a sanitizer sees any access beyond the end.
  const base::Bytes bytes = base::Bytes::Copy(input);
  TryFrame(bytes);
  TryHandshake(bytes.view());
}

}  // namespace warren::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::replication::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
