#include "chaos/sim/through_codec.h"

#include <memory>
#include <utility>

#include "base/crc32c.h"
#include "base/status_macros.h"
#include "raft/codec.h"

namespace warren::sim {
namespace {

constexpr raft::GroupId kGroup{1};

}  // namespace

absl::Status ThroughCodec(raft::Message& message) {
  return raft::DecodeMessageInto(kGroup, raft::EncodeMessage(kGroup, message).Flatten(), message);
}

absl::Status ThroughCodec(raft::Recovered& recovered) {
  const raft::EncodedHardState hard_state = raft::EncodeHardState(kGroup, recovered.hard_state);
  WARREN_ASSIGN_OR_RETURN(
      recovered.hard_state,
      raft::DecodeHardState(kGroup, std::string_view(hard_state.data(), hard_state.size())));
  for (raft::Entry& entry : recovered.entries) {
    const uint32_t crc = base::Crc32c(entry.payload.view());
    WARREN_ASSIGN_OR_RETURN(
        entry,
        raft::DecodeEntry(kGroup, entry.id.index, raft::EncodeEntry(kGroup, entry, crc).Flatten()));
  }
  if (recovered.snapshot == nullptr) return absl::OkStatus();
  WARREN_ASSIGN_OR_RETURN(
      raft::Snapshot snapshot,
      raft::DecodeSnapshot(kGroup, recovered.snapshot->last.id.index,
                           raft::EncodeSnapshot(kGroup, *recovered.snapshot).Flatten()));
  recovered.snapshot = std::make_shared<const raft::Snapshot>(std::move(snapshot));
  return absl::OkStatus();
}

}  // namespace warren::sim
