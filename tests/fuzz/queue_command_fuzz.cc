// Gives any bytes to the decoder of queue/command_codec.h: it must not crash, and what decodes must
// encode to the very bytes that it came from, also into a command that was something else before.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "queue/command_codec.h"

namespace warren::queue {
namespace {

std::string Encoded(const Command& command) {
  std::string bytes;
  EncodeCommand(command, &bytes);
  return bytes;
}

// What a reused command may have been: a batch with everything in it.
Command Before() {
  NewMessage message;
  message.priority = 1;
  message.ttl = 2;
  message.delay = 3;
  message.producer = {.producer = base::Bytes::Copy("p"), .epoch = 1, .sequence = 2, .floor = 1};
  message.deduplication_id = base::Bytes::Copy("id");
  return Publish{.stamp = {}, .messages = {message, message, message}};
}

}  // namespace

void FuzzOne(std::string_view input) {
  const base::Bytes bytes = base::Bytes::Copy(input);  // Of its own size, for the sanitizers.
  const absl::StatusOr<Command> decoded = DecodeCommand(bytes.view());
  Command reused = Before();
  const absl::Status status = DecodeCommandInto(bytes, reused);
  WARREN_CHECK(status == decoded.status());
  if (!decoded.ok()) {
    WARREN_CHECK(std::holds_alternative<Tick>(reused));
    return;
  }
  WARREN_CHECK(Encoded(*decoded) == bytes.view());
  WARREN_CHECK(Encoded(reused) == bytes.view());
  WARREN_CHECK(reused == *decoded);
}

}  // namespace warren::queue

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::queue::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
