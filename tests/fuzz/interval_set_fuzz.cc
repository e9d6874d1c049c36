// Feeds the decoder of interval sets with hostile bytes. The input is tried as it is, and again
// with a checksum that fits: else hardly any input would get past it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/interval_set.h"

namespace {

using warren::base::IntervalSet;

void DecodeAndCompare(std::string_view bytes) {
  const absl::StatusOr<IntervalSet> set = IntervalSet::Deserialize(bytes);
  if (!set.ok()) return;
  set->CheckInvariants();
  WARREN_CHECK_MSG(set->Serialize() == bytes, "one set has one encoding");
  WARREN_CHECK_MSG(set->MemoryBytes() <= IntervalSet::kDecodedBytesPerByte * bytes.size(),
                   "memory is bounded by the input");
  // The same set made from its runs. Few of them: a hostile one has any number.
  IntervalSet rebuilt;
  size_t runs = 0;
  for (const IntervalSet::Run& run : set->Runs()) {
    if (++runs > 100) return;
    rebuilt.InsertRange(run.first, run.last);
  }
  WARREN_CHECK_MSG(rebuilt == *set, "the runs are the set");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  DecodeAndCompare(bytes);
  warren::base::PutFixed32(&bytes, warren::base::Crc32c(bytes));
  DecodeAndCompare(bytes);
  return 0;
}
