// How members bring back what another one misses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "base/interval_set.h"
#include "raft/types.h"

namespace warren::replication {

// "Which of these can you give me?"
struct FetchRequest {
  uint64_t number = 0;  // Comes back with the answer; chosen by who asks.
  base::IntervalSet indexes;
  uint64_t bytes_max = 0;    // Answer no more than about so much at a time.
  raft::Index needed_above;  // Entries above this are needed even if they are dead: for replay.
};

// Every index asked for up to `last_considered` is in `entries`, or in `dead`, or not to be had
// from this member.
struct FetchAnswer {
  uint64_t number = 0;
  raft::Index last_considered;
  base::IntervalSet dead;  // Committed once, and not needed by anybody any more.
  std::vector<raft::Entry> entries;
};

inline constexpr size_t kFetchIndexesBytesMax = size_t{1} << 20;
inline constexpr size_t kFetchEntriesMax = size_t{1} << 16;

// docs/formats/fetch.md. Decoding takes any bytes whatever; DATA_LOSS, UNIMPLEMENTED and
// INVALID_ARGUMENT as in raft/codec.h. Entries carry their own checksums, bound to `group`.
base::BytesChain EncodeFetchRequest(const FetchRequest& request);
absl::StatusOr<FetchRequest> DecodeFetchRequest(const base::Bytes& bytes);
base::BytesChain EncodeFetchAnswer(raft::GroupId group, const FetchAnswer& answer);
absl::StatusOr<FetchAnswer> DecodeFetchAnswer(raft::GroupId group, const base::Bytes& bytes);

}  // namespace warren::replication
