// What nodes say to each other all the time. Format: docs/formats/peer_beats.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/bytes.h"
#include "replication/host/types.h"

namespace warren::replication {

// What one node knows of another one.
struct PeerView {
  NodeId node;
  bool reachable = false;  // Beats go there and acknowledgements come back: both ways work.
  absl::Duration since;    // How long that has been so.
  friend bool operator==(const PeerView&, const PeerView&) = default;
};

struct Beat {
  NodeId from;
  Incarnation incarnation;
  // Of the sender's beats to this receiver in this incarnation, from 1. Some may be lost.
  uint64_t number = 0;
  // The last beat that the sender has heard from the receiver: an acknowledgement of it and of
  // nothing else. None: 0, of incarnation 0.
  uint64_t echo_number = 0;
  Incarnation echo_incarnation;
  // A counter for each of the sender's shards, which rises while the shard gets its work done.
  std::vector<uint64_t> shard_progress;
  std::vector<PeerView> sees;  // Of all whom the sender watches; in order of their ids.
  bool holds_lease = false;
  friend bool operator==(const Beat&, const Beat&) = default;
};

// A beat that names more is no beat; a sender leaves out what is beyond.
inline constexpr size_t kBeatShardsMax = 1024;
inline constexpr size_t kBeatPeersMax = 1024;

// Ages are rounded down to milliseconds. Requires: what is said above about the fields.
base::Bytes EncodeBeat(const Beat& beat);

// DATA_LOSS for what is no beat; UNIMPLEMENTED for a later version.
absl::StatusOr<Beat> DecodeBeat(std::string_view bytes);

}  // namespace warren::replication
