#include "replication/log/retirement.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "raft/codec.h"
#include "replication/log/wal/sectors.h"

namespace warren::log {
namespace {

using Wanted = Retirement::Wanted;

// Read at once: entries near each other in the segment. Larger reads cost less per byte, and what
// lies between is read for nothing.
constexpr uint32_t kReadBytesMax = 1024 * 1024;
constexpr uint32_t kGapBytesMax = 16 * 1024;

// The next entries of `rest`, which is in the order of offsets, to read at once.
std::span<const Wanted> NextBatch(std::span<const Wanted> rest) {
  size_t count = 1;
  while (count < rest.size()) {
    const Wanted& next = rest[count];
    const uint32_t end = rest[count - 1].offset + rest[count - 1].bytes;
    if (next.offset > end + kGapBytesMax) break;
    if (next.offset + next.bytes - rest[0].offset > kReadBytesMax) break;
    ++count;
  }
  return rest.first(count);
}

// Is this the entry that it should be?
bool IsIntact(const Wanted& wanted, const base::Bytes& encoded) {
  const absl::StatusOr<raft::Entry> entry = raft::DecodeEntry(wanted.id, wanted.index, encoded);
  return entry.ok() && entry->id.term == wanted.term;
}

void Keep(const Wanted& wanted, base::Bytes encoded, Retirement& retirement) {
  if (!IsIntact(wanted, encoded)) {
    retirement.lost.push_back({.group = wanted.group, .index = wanted.index});
    return;
  }
  retirement.user_bytes_moved += encoded.size() - raft::kEntryHeaderBytes;
  retirement.move.entries.push_back(
      {.group = wanted.group, .index = wanted.index, .encoded = std::move(encoded)});
}

void ReadBatch(std::span<const Wanted> batch, Retirement& retirement) {
  const uint32_t begin = batch.front().offset;
  const uint32_t end = batch.back().offset + batch.back().bytes;
  const absl::StatusOr<base::Bytes> together =
      ReadFromSegment(*retirement.segment, 0, begin, end - begin);
  for (const Wanted& wanted : batch) {
    if (together.ok()) {
      Keep(wanted, together->Slice(wanted.offset - begin, wanted.bytes), retirement);
      continue;
    }
    // Something in this stretch has decayed; perhaps not this entry.
    absl::StatusOr<base::Bytes> alone =
        ReadFromSegment(*retirement.segment, 0, wanted.offset, wanted.bytes);
    Keep(wanted, alone.ok() ? *std::move(alone) : base::Bytes(), retirement);
  }
}

void NameLost(Retirement& retirement) {
  for (const Retirement::Lost& lost : retirement.lost) {
    const auto record =
        std::find_if(retirement.move.groups.begin(), retirement.move.groups.end(),
                     [&lost](const GroupRecord& candidate) { return candidate.no == lost.group; });
    if (record != retirement.move.groups.end()) record->missing.Insert(lost.index.value());
  }
}

}  // namespace

bool MustCapture(const GroupState& group, FrameNo through) {
  const bool untold = group.untold_from != FrameNo() && group.untold_from <= through;
  return untold || group.places().TouchesUpTo(through);
}

void CaptureRecord(GroupState& group, Retirement& retirement, PlantedBug bug) {
  if (bug == PlantedBug::kHardStateLeftBehind && !group.places().TouchesUpTo(retirement.through)) {
    return;
  }
  GroupRecord record = group.RecordUpTo(retirement.through, retirement.as_of);
  if (group.stored_last > record.last && bug != PlantedBug::kNoTombstoneForSuffix) {
    retirement.move.tombstones.push_back(
        {.group = group.no(), .first = record.last + 1, .last = group.stored_last});
  }
  record.snapshot_is_new =
      record.snapshot != nullptr && record.snapshot->last.id != group.snapshot_in_store;
  retirement.move.groups.push_back(std::move(record));
  retirement.untold.push_back({.group = group.no(), .from = group.untold_from});
  group.untold_from = FrameNo();
}

void CaptureEntry(const GroupState& group, raft::Index index, const EntryPlace& place,
                  uint32_t block, Retirement& retirement) {
  if (!group.IsNeeded(index) || group.missing().Contains(index.value())) return;
  retirement.wanted.push_back(
      {.group = group.no(),
       .id = group.id(),
       .index = index,
       .term = group.TermAt(index).value_or(raft::Term()),
       .offset = block * static_cast<uint32_t>(kBlockContentBytes) + place.offset,
       .bytes = place.bytes});
}

void ReadWanted(Retirement& retirement) {
  std::vector<Wanted>& wanted = retirement.wanted;
  std::sort(wanted.begin(), wanted.end(),
            [](const Wanted& a, const Wanted& b) { return a.offset < b.offset; });
  for (std::span<const Wanted> rest = wanted; !rest.empty();) {
    const std::span<const Wanted> batch = NextBatch(rest);
    ReadBatch(batch, retirement);
    rest = rest.subspan(batch.size());
  }
  std::sort(retirement.move.entries.begin(), retirement.move.entries.end(),
            [](const Move::Entry& a, const Move::Entry& b) {
              return a.group != b.group ? a.group < b.group : a.index < b.index;
            });
  NameLost(retirement);
}

}  // namespace warren::log
