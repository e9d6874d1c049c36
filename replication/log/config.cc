#include "replication/log/config.h"

#include "absl/strings/str_cat.h"

#include "replication/log/disk/file_system.h"

namespace warren::log {
namespace {

constexpr uint32_t kSegmentBytesMin = 64 * 1024;
constexpr uint32_t kSegmentBytesMax = 1024 * 1024 * 1024;

}  // namespace

std::vector<std::string> LogConfig::Faults() const {
  std::vector<std::string> faults;
  const auto want = [&faults](bool good, std::string what) {
    if (!good) faults.push_back(std::move(what));
  };
  want(!directory.empty(), "directory is empty; say where the log lies");
  want(segment_bytes >= kSegmentBytesMin && segment_bytes <= kSegmentBytesMax,
       absl::StrCat("segment_bytes is ", segment_bytes, ", not from ", kSegmentBytesMin, " to ",
                    kSegmentBytesMax));
  want(segment_bytes % kBlockBytes == 0,
       absl::StrCat("segment_bytes is ", segment_bytes, ", no multiple of ", kBlockBytes));
  want(segments_kept >= 1, "segments_kept is 0; at least one full segment stays");
  want(segments_max >= segments_kept + 3,
       absl::StrCat("segments_max is ", segments_max, ", not at least segments_kept + 3, ",
                    segments_kept + 3));
  want(round_bytes_max >= kBlockBytes && round_bytes_max <= segment_bytes / 8,
       absl::StrCat("round_bytes_max is ", round_bytes_max, ", not from ", kBlockBytes,
                    " to an eighth of segment_bytes, ", segment_bytes / 8));
  want(queued_bytes_max >= round_bytes_max,
       absl::StrCat("queued_bytes_max is ", queued_bytes_max, ", less than round_bytes_max, ",
                    round_bytes_max));
  want(seal_after > absl::ZeroDuration(), "seal_after is not positive");
  want(watermark_interval >= absl::ZeroDuration(), "watermark_interval is negative");
  return faults;
}

}  // namespace warren::log
