#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "replication/liveness/beat.h"

namespace warren::replication {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kHoldsLease = 1;
constexpr uint64_t kIncarnationMax = std::numeric_limits<int64_t>::max();
// What is older is given as this old: more than a hundred years.
constexpr uint64_t kAgeMillisecondsMax = uint64_t{1} << 42;
constexpr size_t kFixedPartBytes = 10;

uint64_t ToAge(absl::Duration since) {
  const int64_t milliseconds = absl::ToInt64Milliseconds(since);
  if (milliseconds < 0) return 0;
  return std::min(static_cast<uint64_t>(milliseconds), kAgeMillisecondsMax);
}

absl::Status NoBeat(std::string_view bytes, const char* why) {
  return absl::DataLossError(absl::StrCat("beat of ", bytes.size(), " bytes: ", why));
}

// Why the numbers cannot be those of a beat, or null.
const char* FaultOfNumbers(const Beat& beat) {
  if (beat.from.IsNone()) return "it is from nobody";
  if (beat.incarnation.value() == 0 || beat.incarnation.value() > kIncarnationMax ||
      beat.echo_incarnation.value() > kIncarnationMax) {
    return "an incarnation is out of bounds";
  }
  if (beat.number == 0) return "its number is 0";
  if ((beat.echo_number == 0) != (beat.echo_incarnation.value() == 0)) {
    return "it echoes half a beat";
  }
  return nullptr;
}

const char* ReadNumbers(base::Reader* reader, Beat* beat) {
  const auto flags = reader->Fixed8();
  const auto from = reader->Fixed64();
  const auto incarnation = reader->Varint64();
  const auto number = reader->Varint64();
  const auto echo_incarnation = reader->Varint64();
  const auto echo_number = reader->Varint64();
  if (!reader->ok()) return "it ends early";
  if ((*flags & ~kHoldsLease) != 0) return "it has unknown flags";
  beat->holds_lease = (*flags & kHoldsLease) != 0;
  beat->from = NodeId(*from);
  beat->incarnation = Incarnation(*incarnation);
  beat->number = *number;
  beat->echo_incarnation = Incarnation(*echo_incarnation);
  beat->echo_number = *echo_number;
  return FaultOfNumbers(*beat);
}

const char* ReadShards(base::Reader* reader, std::vector<uint64_t>* shards) {
  const auto count = reader->Varint64();
  if (!count.has_value()) return "it ends early";
  // A counter has one byte at least, so memory is taken only for what can be there.
  if (*count > kBeatShardsMax || *count > reader->remaining()) return "it has too many shards";
  shards->reserve(static_cast<size_t>(*count));
  for (uint64_t i = 0; i < *count; ++i) {
    const auto progress = reader->Varint64();
    if (!progress.has_value()) return "it ends early";
    shards->push_back(*progress);
  }
  return nullptr;
}

const char* ReadPeers(base::Reader* reader, std::vector<PeerView>* peers) {
  const auto count = reader->Varint64();
  if (!count.has_value()) return "it ends early";
  if (*count > kBeatPeersMax || *count > reader->remaining()) return "it has too many peers";
  peers->reserve(static_cast<size_t>(*count));
  NodeId last;
  for (uint64_t i = 0; i < *count; ++i) {
    const auto node = reader->Fixed64();
    const auto view = reader->Varint64();
    if (!reader->ok()) return "it ends early";
    if (NodeId(*node) <= last) return "its peers are not in order";
    if ((*view >> 1) > kAgeMillisecondsMax) return "an age is out of bounds";
    last = NodeId(*node);
    peers->push_back({.node = last,
                      .reachable = (*view & 1) != 0,
                      .since = absl::Milliseconds(static_cast<int64_t>(*view >> 1))});
  }
  return nullptr;
}

}  // namespace

base::Bytes EncodeBeat(const Beat& beat) {
  WARREN_CHECK(FaultOfNumbers(beat) == nullptr);
  WARREN_CHECK(beat.shard_progress.size() <= kBeatShardsMax && beat.sees.size() <= kBeatPeersMax);
  base::BytesBuilder out(kFixedPartBytes + 6 * base::kVarint64BytesMax +
                         beat.shard_progress.size() * base::kVarint64BytesMax +
                         beat.sees.size() * (sizeof(uint64_t) + base::kVarint64BytesMax));
  base::PutFixed8(&out, kVersion);
  base::PutFixed8(&out, beat.holds_lease ? kHoldsLease : 0);
  base::PutFixed64(&out, beat.from.value());
  base::PutVarint64(&out, beat.incarnation.value());
  base::PutVarint64(&out, beat.number);
  base::PutVarint64(&out, beat.echo_incarnation.value());
  base::PutVarint64(&out, beat.echo_number);
  base::PutVarint64(&out, beat.shard_progress.size());
  for (const uint64_t progress : beat.shard_progress) base::PutVarint64(&out, progress);
  base::PutVarint64(&out, beat.sees.size());
  NodeId last;
  for (const PeerView& peer : beat.sees) {
    WARREN_CHECK(peer.node > last);
    last = peer.node;
    base::PutFixed64(&out, peer.node.value());
    base::PutVarint64(&out, ToAge(peer.since) << 1 | (peer.reachable ? 1 : 0));
  }
  return out.Freeze();
}

absl::StatusOr<Beat> DecodeBeat(std::string_view bytes) {
  base::Reader reader(bytes);
  const auto version = reader.Fixed8();
  if (!version.has_value() || *version == 0) return NoBeat(bytes, "it has no version");
  if (*version > kVersion) {
    return absl::UnimplementedError(
        absl::StrCat("beat of version ", *version, "; this program knows ", kVersion));
  }
  Beat beat;
  const char* fault = ReadNumbers(&reader, &beat);
  if (fault == nullptr) fault = ReadShards(&reader, &beat.shard_progress);
  if (fault == nullptr) fault = ReadPeers(&reader, &beat.sees);
  if (fault == nullptr && !reader.AtEnd()) fault = "more follows behind it";
  if (fault != nullptr) return NoBeat(bytes, fault);
  return beat;
}

}  // namespace warren::replication
