// What an operator or a host may choose about the transport.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "replication/transport/transport.h"

namespace warren::replication {

struct TransportConfig {
  // What may wait to be written to one peer on one class, before Send() refuses. More rides out a
  // longer stall of a peer and takes that much memory for each peer that stalls; too little on
  // kControl loses beats and votes under load.
  size_t control_queued_bytes_max = 8 * 1024 * 1024;
  size_t data_queued_bytes_max = 64 * 1024 * 1024;
  size_t snapshot_queued_bytes_max = 16 * 1024 * 1024;

  // Messages are packed into frames of up to so much; one that is larger has a frame of its own.
  // A frame costs CPU whatever its size, so larger ones are cheaper; smaller ones arrive sooner.
  size_t frame_bytes_max = 256 * 1024;
  // Send() refuses what is larger, and so does a peer. All nodes must agree on it, or a larger
  // one's streams break on a smaller one's refusal. 4 KiB to 256 MiB.
  size_t message_bytes_max = 32 * 1024 * 1024;

  // How long to wait before the second try to open a stream; doubles from try to try, with a
  // random part of up to a half taken off. The first try comes at once.
  absl::Duration reconnect_delay_min = absl::Milliseconds(20);
  absl::Duration reconnect_delay_max = absl::Seconds(1);
  // A try that has no answer after this has failed.
  absl::Duration connect_timeout = absl::Seconds(2);
  // A connection on which nothing came for so long is asked for a sign of life, and broken if none
  // comes for so long again. For peers that vanish without closing; beats notice them sooner.
  absl::Duration keepalive_interval = absl::Seconds(2);
  absl::Duration keepalive_timeout = absl::Seconds(3);

  size_t QueuedBytesMax(StreamClass stream) const;

  // All that is wrong with it, not just the first thing.
  std::vector<std::string> Faults() const;
};

}  // namespace warren::replication
