#include "replication/transport/config.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace warren::replication {
namespace {

constexpr size_t kFrameBytesMin = 1024;
constexpr size_t kFrameBytesMax = 4 * 1024 * 1024;
constexpr size_t kMessageBytesMin = 4 * 1024;
constexpr size_t kMessageBytesMax = 256 * 1024 * 1024;
constexpr absl::Duration kDelayMin = absl::Milliseconds(1);

}  // namespace

size_t TransportConfig::QueuedBytesMax(StreamClass stream) const {
  switch (stream) {
    case StreamClass::kControl:
      return control_queued_bytes_max;
    case StreamClass::kData:
      return data_queued_bytes_max;
    case StreamClass::kSnapshot:
      return snapshot_queued_bytes_max;
  }
  return 0;
}

std::vector<std::string> TransportConfig::Faults() const {
  std::vector<std::string> faults;
  const auto want = [&faults](bool good, std::string what) {
    if (!good) faults.push_back(std::move(what));
  };
  const auto want_delay = [&](absl::Duration delay, const char* name) {
    want(delay >= kDelayMin, absl::StrCat(name, " is ", absl::FormatDuration(delay), ", less than ",
                                          absl::FormatDuration(kDelayMin)));
  };
  want(frame_bytes_max >= kFrameBytesMin && frame_bytes_max <= kFrameBytesMax,
       absl::StrCat("frame_bytes_max is ", frame_bytes_max, ", not from ", kFrameBytesMin, " to ",
                    kFrameBytesMax));
  want(message_bytes_max >= kMessageBytesMin && message_bytes_max <= kMessageBytesMax,
       absl::StrCat("message_bytes_max is ", message_bytes_max, ", not from ", kMessageBytesMin,
                    " to ", kMessageBytesMax));
  for (const StreamClass stream : kAllStreamClasses) {
    const std::string_view name = Name(stream);
    want(QueuedBytesMax(stream) >= frame_bytes_max,
         absl::StrCat(absl::string_view(name.data(), name.size()), "_queued_bytes_max is ",
                      QueuedBytesMax(stream), ", less than frame_bytes_max, ", frame_bytes_max));
  }
  want_delay(reconnect_delay_min, "reconnect_delay_min");
  want(
      reconnect_delay_max >= reconnect_delay_min,
      absl::StrCat("reconnect_delay_max is ", absl::FormatDuration(reconnect_delay_max),
                   ", less than reconnect_delay_min, ", absl::FormatDuration(reconnect_delay_min)));
  want_delay(connect_timeout, "connect_timeout");
  want_delay(keepalive_interval, "keepalive_interval");
  want_delay(keepalive_timeout, "keepalive_timeout");
  return faults;
}

}  // namespace warren::replication
