// STAND-IN by the lead, not to be committed: the real codec overwrites this file. In one process
// only.
#pragma once
#include <map>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"

#include "base/bytes_chain.h"
#include "base/coding.h"
#include "replication/session/message.h"
namespace warren::replication {
struct StandInCodec {
  std::mutex mutex;
  std::map<uint64_t, SessionMessage> messages;
  uint64_t next = 1;
  static StandInCodec& Get() {
    static StandInCodec codec;
    return codec;
  }
};
inline base::BytesChain EncodeSessionMessage(const SessionMessage& message) {
  StandInCodec& codec = StandInCodec::Get();
  const std::lock_guard lock(codec.mutex);
  base::BytesBuilder out;
  base::PutFixed64(&out, codec.next);
  codec.messages.emplace(codec.next++, message);
  return base::BytesChain(out.Freeze());
}
inline absl::StatusOr<SessionMessage> DecodeSessionMessage(const base::Bytes& bytes) {
  StandInCodec& codec = StandInCodec::Get();
  const std::lock_guard lock(codec.mutex);
  const uint64_t key = base::Reader(bytes.view()).Fixed64().value_or(0);
  const auto found = codec.messages.find(key);
  if (found == codec.messages.end()) return absl::DataLossError("gone");
  SessionMessage message = std::move(found->second);
  codec.messages.erase(found);
  return message;
}
}  // namespace warren::replication
