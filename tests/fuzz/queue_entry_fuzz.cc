// Gives any bytes to the reader of queue entries: it must not crash, contents lie within the entry
// and follow each other to its end, and what is packed anew from what was read are the same bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "base/check.h"
#include "queue/command_codec.h"
#include "replication/session/queue_entry.h"
#include "replication/session/session_id.h"

namespace warren::replication {
namespace {

size_t SlotsOf(const queue::Command& command) {
  if (const auto* publish = std::get_if<queue::Publish>(&command)) return publish->messages.size();
  if (const auto* move = std::get_if<queue::MoveSurvivors>(&command)) return move->from.size();
  return 0;
}

std::vector<base::BytesChain> ContentsOf(const QueueEntry& entry, const base::Bytes& payload) {
  std::vector<base::BytesChain> contents;
  const base::Bytes all = entry.AllContents();
  const char* next = all.data();
  for (uint32_t slot = 0; slot < entry.slots(); ++slot) {
    const base::Bytes content = entry.Content(slot);
    WARREN_CHECK(content.empty() || content.data() == next);
    next += content.size();
    contents.emplace_back(content);
  }
  WARREN_CHECK(next == all.data() + all.size());
  WARREN_CHECK(all.empty() || next == payload.data() + payload.size());
  return contents;
}

// Whoever applies an entry reads the two parts by themselves, so they need not fit each other.
void PackAgain(const QueueEntry& entry, const base::Bytes& payload) {
  const std::vector<base::BytesChain> contents = ContentsOf(entry, payload);
  const absl::StatusOr<queue::Command> command = queue::DecodeCommand(entry.command().view());
  if (!command.ok() || SlotsOf(*command) != contents.size()) return;
  const auto* attach = std::get_if<queue::AttachSession>(&*command);
  if (entry.only_takes_up()) {
    if (attach != nullptr) WARREN_CHECK(PackTakeUp(*attach).bytes == payload);
    return;
  }
  const SealedPayload again =
      contents.empty() ? PackCommand(*command) : PackContents(*command, contents);
  WARREN_CHECK(again.bytes == payload);
  const queue::Stamp* stamp = StampOf(*command);
  if (stamp == nullptr) return;
  const queue::Stamp other{.session = SessionId(UINT64_MAX),
                           .epoch = SessionEpoch(queue::kCommandOrdinalMax),
                           .number = SessionNumber(300),
                           .answered = SessionNumber(7)};
  const SealedPayload restamped = Restamp(payload, other);
  WARREN_CHECK(Restamp(restamped.bytes, *stamp) == again);
}

}  // namespace

void FuzzOne(std::string_view input) {
  const base::Bytes bytes = base::Bytes::Copy(input);  // Of its own size, for the sanitizers.
  static const base::Bytes before =
      PackTakeUp({.session = SessionId(1), .epoch = {}, .held = {}}).bytes;
  QueueEntry entry;
  WARREN_CHECK(entry.Open(before).ok());
  const absl::Status status = entry.Open(bytes);
  const auto head = QueueEntry::OpenHead(bytes);
  if (!status.ok()) {
    WARREN_CHECK(absl::IsInvalidArgument(status) || absl::IsUnimplemented(status));
    WARREN_CHECK(entry.slots() == 0 && entry.bytes() == 0 && !entry.only_takes_up());
    WARREN_CHECK(entry.command().empty() && entry.AllContents().empty());
    return;
  }
  WARREN_CHECK(head.ok() && head->command == entry.command());
  WARREN_CHECK(head->only_takes_up == entry.only_takes_up());
  WARREN_CHECK(entry.slots() <= queue::kSlotsMax && entry.bytes() == bytes.size());
  PackAgain(entry, bytes);
}

}  // namespace warren::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::replication::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
