// What the codec's tests share: random values of every kind, a comparison of what has no ==, and
// the ways in which bytes get damaged.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "base/bytes.h"
#include "base/coding.h"
#include "base/rng.h"
#include "raft/codec.h"
#include "raft/codec_header.h"

namespace warren::raft::codec_testing {

inline constexpr GroupId kGroup{7};

// ---- Random values ----------------------------------------------------------------------------

// Small, large and largest numbers alike.
inline uint64_t AnyNumber(base::Rng& rng, uint64_t max) {
  return std::min(max, rng.Next() >> rng.Below(64));
}
inline uint64_t AnyOrdinal(base::Rng& rng) { return AnyNumber(rng, kOrdinalMax); }

inline base::Bytes AnyBytes(base::Rng& rng, size_t size_max) {
  std::string bytes(rng.Below(size_max + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.Next());
  return base::Bytes::Copy(bytes);
}

inline Entry AnyEntry(base::Rng& rng, size_t payload_bytes_max) {
  return {.id = {.index = Index(1 + AnyNumber(rng, kOrdinalMax - 1)),
                 .term = Term(1 + AnyNumber(rng, kOrdinalMax - 1))},
          .time = LogTime(AnyOrdinal(rng)),
          .type = rng.OneIn(4) ? EntryType::kConfig : EntryType::kNormal,
          .payload = AnyBytes(rng, payload_bytes_max)};
}

inline HardState AnyHardState(base::Rng& rng) {
  return {.term = Term(AnyOrdinal(rng)),
          .vote = NodeId(AnyNumber(rng, UINT64_MAX)),
          .commit = Index(AnyOrdinal(rng)),
          .amnesiac = rng.OneIn(2)};
}

inline NodeSet AnyNodes(base::Rng& rng, uint64_t low, uint64_t high) {
  NodeSet nodes;
  for (uint64_t count = rng.Below(5); count > 0; --count) {
    nodes.Insert(NodeId(rng.Between(low, high)));
  }
  return nodes;
}

inline Membership AnyMembership(base::Rng& rng) {
  Membership membership;
  membership.voters = AnyNodes(rng, 1, 9);
  membership.learners = AnyNodes(rng, 10, UINT64_MAX);
  if (rng.OneIn(2)) return membership;
  membership.outgoing = AnyNodes(rng, 1, 9);
  for (const NodeId node : membership.outgoing) {
    if (rng.OneIn(3)) membership.learners_next.Insert(node);
  }
  membership.auto_leave = membership.IsJoint() && rng.OneIn(2);
  return membership;
}

// With runs of terms from somewhere up to `last`, and some live entries among them.
inline Snapshot AnySnapshot(base::Rng& rng, size_t state_bytes_max) {
  Snapshot snapshot;
  snapshot.membership = AnyMembership(rng);
  snapshot.state = AnyBytes(rng, state_bytes_max);
  snapshot.last.time = LogTime(AnyOrdinal(rng));
  if (rng.OneIn(8)) return snapshot;  // Of nothing at all.
  const uint64_t first = 1 + AnyNumber(rng, uint64_t{1} << 40);
  std::vector<TermRuns::Run> runs = {{.first = Index(first), .term = Term(1 + rng.Below(5))}};
  for (uint64_t count = rng.Below(6); count > 0; --count) {
    runs.push_back({.first = runs.back().first + 1 + rng.Below(1000),
                    .term = Term(runs.back().term.value() + 1 + rng.Below(3))});
  }
  const Index last = runs.back().first + rng.Below(100000);
  snapshot.last.id = {.index = last, .term = runs.back().term};
  if (rng.OneIn(4)) return snapshot;
  snapshot.terms = TermRuns::FromRuns(std::move(runs), last).value();
  for (uint64_t count = rng.Below(20); count > 0; --count) {
    snapshot.live.Insert(rng.Between(first, last.value()));
  }
  return snapshot;
}

inline void AddEntries(base::Rng& rng, size_t payload_bytes_max, Message& message) {
  const bool proposed = message.type == MessageType::kPropose;
  for (uint64_t count = rng.Below(6); count > 0; --count) {
    Entry entry = AnyEntry(rng, payload_bytes_max);
    entry.id.index = message.index + 1 + message.entries.size();
    if (proposed) entry.id = {};
    message.entries.push_back(std::move(entry));
  }
}

// Of this type, with every other field set at random: the codec does not ask which of them a type
// makes use of.
inline Message AnyMessage(base::Rng& rng, MessageType type, size_t bytes_max) {
  Message message;
  message.type = type;
  message.reject = rng.OneIn(2);
  message.transfer = rng.OneIn(2);
  message.amnesiac = rng.OneIn(2);
  message.leader = rng.OneIn(2);
  message.from = NodeId(1 + AnyNumber(rng, UINT64_MAX - 1));
  message.to = NodeId(1 + AnyNumber(rng, UINT64_MAX - 1));
  message.term = Term(AnyOrdinal(rng));
  message.index = Index(AnyNumber(rng, kOrdinalMax - 10));
  message.log_term = Term(AnyOrdinal(rng));
  message.reject_hint = Index(AnyOrdinal(rng));
  message.commit = Index(AnyOrdinal(rng));
  message.match = Index(AnyOrdinal(rng));
  message.context = AnyNumber(rng, UINT64_MAX);
  message.incarnation = Incarnation(AnyOrdinal(rng));
  if (type == MessageType::kSnapshot) {
    message.snapshot = std::make_shared<const Snapshot>(AnySnapshot(rng, bytes_max));
  }
  if (type == MessageType::kAppend || type == MessageType::kPropose) {
    AddEntries(rng, bytes_max, message);
  }
  return message;
}
inline Message AnyMessage(base::Rng& rng, size_t bytes_max) {
  return AnyMessage(rng, static_cast<MessageType>(rng.Below(kMessageTypes)), bytes_max);
}

// ---- Comparison -------------------------------------------------------------------------------
// Every member is named in a binding: a new one does not compile until somebody has thought of it
// here, and so of its bytes.

inline bool Same(const Snapshot& a, const Snapshot& b) {
  const auto& [last, membership, terms, live, state] = a;
  return last == b.last && membership == b.membership && terms == b.terms && live == b.live &&
         state == b.state;
}

inline bool Same(const Message& a, const Message& b) {
  const auto& [type, reject, transfer, amnesiac, leader, from, to, term, index, log_term,
               reject_hint, commit, match, context, incarnation, entries, snapshot] = a;
  const auto fields = std::tie(type, reject, transfer, amnesiac, leader, from, to, term, index,
                               log_term, reject_hint, commit, match, context, incarnation, entries);
  if (fields != std::tie(b.type, b.reject, b.transfer, b.amnesiac, b.leader, b.from, b.to, b.term,
                         b.index, b.log_term, b.reject_hint, b.commit, b.match, b.context,
                         b.incarnation, b.entries)) {
    return false;
  }
  if (snapshot == nullptr || b.snapshot == nullptr) return snapshot == b.snapshot;
  return Same(*snapshot, *b.snapshot);
}

// ---- Damage -----------------------------------------------------------------------------------

// Does `part` lie within the memory of `whole`?
inline bool LiesWithin(const base::Bytes& part, const base::Bytes& whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// `patch` put over what stands at `offset`.
inline std::string Patched(std::string bytes, size_t offset, std::string_view patch) {
  return bytes.replace(offset, patch.size(), patch);
}
// ... and the CRC of the header that begins at `header_at` made to fit again, so that it is the
// decoder's rules that have to find the fault.
inline std::string Resealed(const codec_internal::Format& format, std::string bytes,
                            size_t header_at = 0) {
  codec_internal::SealHeader(format, bytes.data() + header_at);
  return bytes;
}
inline std::string Fixed(uint64_t value, int width) {
  std::string bytes(static_cast<size_t>(width), '\0');
  base::EncodeFixed(bytes.data(), value, width);
  return bytes;
}

// Whatever single byte is changed, wherever the bytes end, and whatever follows them:
// `code_of(bytes)` is DATA_LOSS.
template <typename CodeOf>
void ExpectThatDamageIsFound(const std::string& bytes, CodeOf code_of) {
  ASSERT_EQ(code_of(bytes), absl::StatusCode::kOk);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      ASSERT_EQ(code_of(damaged), absl::StatusCode::kDataLoss)
          << "byte " << at << " of " << bytes.size() << " changed by " << flip;
    }
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(code_of(bytes.substr(0, size)), absl::StatusCode::kDataLoss)
        << size << " bytes of " << bytes.size();
  }
  ASSERT_EQ(code_of(bytes + '\0'), absl::StatusCode::kDataLoss);
}

inline std::string ToString(const base::BytesChain& chain) {
  return std::string(chain.Flatten().view());
}

}  // namespace warren::raft::codec_testing
