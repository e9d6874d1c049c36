// What bytes do to a value.
#pragma once

#include "absl/status/status.h"

#include "raft/message.h"
#include "raft/recovered.h"

namespace warren::sim {

// Encodes and decodes again what would leave the process, in the formats of raft/codec.h. In runs
// that do this (HostSetup::encodes) a field that a format forgets is forgotten by the cluster, and
// some oracle sees what comes of it.
//
// An error is a violation: the codec must take what the core makes.
absl::Status ThroughCodec(raft::Message& message);
// The hard state, the entries, and the snapshot.
absl::Status ThroughCodec(raft::Recovered& recovered);

}  // namespace warren::sim
