#include "raft/message.h"

#include <array>

namespace warren::raft {
namespace {

constexpr std::array<std::string_view, kMessageTypes> kNames = {
    "propose",
    "append",
    "append-response",
    "vote",
    "vote-response",
    "pre-vote",
    "pre-vote-response",
    "snapshot",
    "heartbeat",
    "heartbeat-response",
    "timeout-now",
    "read-index",
    "read-index-response",
    "term-query",
    "term-reply",
};

}  // namespace

std::string_view Name(MessageType type) { return kNames[static_cast<size_t>(type)]; }

void Message::Clear() {
  std::vector<Entry> kept = std::move(entries);
  kept.clear();
  *this = Message();
  entries = std::move(kept);
}

}  // namespace warren::raft
