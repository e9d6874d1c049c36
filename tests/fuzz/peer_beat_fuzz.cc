// Gives any bytes to the decoder of beats: it must not crash, keeps to a beat's limits, and what
// decodes must encode to the very bytes that it came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "replication/liveness/beat.h"

namespace warren::replication {

void FuzzOne(std::string_view input) {
  const base::Bytes bytes = base::Bytes::Copy(input);  // Of its own size, for the sanitizers.
  const absl::StatusOr<Beat> beat = DecodeBeat(bytes.view());
  if (!beat.ok()) {
    WARREN_CHECK(absl::IsDataLoss(beat.status()) || absl::IsUnimplemented(beat.status()));
    return;
  }
  WARREN_CHECK(!beat->from.IsNone() && beat->number > 0);
  WARREN_CHECK(beat->shard_progress.capacity() <= std::min(kBeatShardsMax, bytes.size()));
  WARREN_CHECK(beat->sees.capacity() <= std::min(kBeatPeersMax, bytes.size()));
  WARREN_CHECK(EncodeBeat(*beat) == bytes);
  const absl::StatusOr<Beat> again = DecodeBeat(EncodeBeat(*beat).view());
  WARREN_CHECK(again.ok() && *again == *beat);
}

}  // namespace warren::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::replication::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
