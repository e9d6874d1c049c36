// The serialised form of an interval set; docs/formats/interval_set.md describes it.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/interval_set.h"
#include "base/status_macros.h"

namespace warren::base {
namespace {

using interval_set_internal::Bitmap;
using interval_set_internal::Chunk;
using interval_set_internal::kChunkPositions;
using interval_set_internal::kRunsMax;
using interval_set_internal::OffsetRun;
using interval_set_internal::Segment;
using interval_set_internal::SegmentTree;

constexpr uint8_t kVersion = 1;
constexpr size_t kCrcBytes = 4;
// One below the chunk of UINT64_MAX, which is never full since that is no position.
constexpr uint64_t kFullChunkMax = IntervalSet::kPositionMax / kChunkPositions - 1;
constexpr uint64_t kChunkMax = kFullChunkMax + 1;

// The low two bits of a segment's head; the others are a count.
enum class Kind : uint8_t { kFull = 0, kRuns = 1, kBitmap = 2 };
constexpr int kKindBits = 2;

void PutHead(std::string* out, Kind kind, uint64_t count) {
  PutVarint64(out, (count << kKindBits) | static_cast<uint8_t>(kind));
}

void PutRuns(std::string* out, const Chunk& chunk) {
  uint32_t next = 0;  // The lowest offset at which a run could begin: runs do not touch.
  std::optional<OffsetRun> run = chunk.NextRun(0);
  while (run) {
    PutVarint64(out, run->first - next);
    PutVarint64(out, LengthOf(*run) - 1);
    next = run->last + 2u;
    if (next >= kChunkPositions) break;
    run = chunk.NextRun(static_cast<uint16_t>(next));
  }
}

void PutSegment(std::string* out, const Segment& segment) {
  if (segment.IsFull()) {
    PutHead(out, Kind::kFull, segment.last - segment.first);
  } else if (segment.chunk.run_count() <= kRunsMax) {
    PutHead(out, Kind::kRuns, segment.chunk.run_count() - 1);
    PutRuns(out, segment.chunk);
  } else {
    PutHead(out, Kind::kBitmap, 0);
    const Bitmap bitmap = segment.chunk.ToBitmap();
    for (const uint64_t word : bitmap.words()) PutFixed64(out, word);
  }
}

absl::Status Damaged(std::string_view what, const Reader& reader) {
  return absl::DataLossError(absl::StrCat("interval set: ", std::string(what), ", ",
                                          reader.remaining(), " bytes before the checksum"));
}

absl::StatusOr<Chunk> ReadRuns(Reader* reader, uint64_t run_count) {
  if (run_count > kRunsMax) return Damaged("more runs than a run list may have", *reader);
  Chunk chunk;
  uint64_t next = 0;
  for (uint64_t i = 0; i < run_count; ++i) {
    const std::optional<uint64_t> gap = reader->Varint64();
    const std::optional<uint64_t> length_less_one = reader->Varint64();
    if (!reader->ok()) return Damaged("a run is cut off", *reader);
    // In two steps, since the sum could overflow.
    if (*gap >= kChunkPositions || next + *gap >= kChunkPositions ||
        *length_less_one >= kChunkPositions - (next + *gap)) {
      return Damaged("a run leaves its chunk", *reader);
    }
    const uint64_t first = next + *gap;
    const uint64_t last = first + *length_less_one;
    chunk.Insert({.first = static_cast<uint16_t>(first), .last = static_cast<uint16_t>(last)});
    next = last + 2;
  }
  if (chunk.IsFull()) return Damaged("a full chunk is written as runs", *reader);
  return chunk;
}

absl::StatusOr<Chunk> ReadBitmap(Reader* reader, uint64_t count) {
  if (count != 0) return Damaged("a bitmap has a count", *reader);
  Bitmap::Words words = {};
  for (uint64_t& word : words) word = reader->Fixed64().value_or(0);
  if (!reader->ok()) return Damaged("a bitmap is cut off", *reader);
  const Bitmap bitmap(words);
  if (bitmap.run_count() <= kRunsMax) return Damaged("a bitmap should be runs", *reader);
  return Chunk(bitmap);
}

// The segment after `previous`, which is null for the first one.
absl::StatusOr<Segment> ReadSegment(Reader* reader, const Segment* previous) {
  const std::optional<uint64_t> gap = reader->Varint64();
  const std::optional<uint64_t> head = reader->Varint64();
  if (!reader->ok()) return Damaged("a segment is cut off", *reader);
  const uint64_t next_chunk = previous == nullptr ? 0 : previous->last + 1;
  if (*gap > kChunkMax || next_chunk + *gap > kChunkMax) {
    return Damaged("a segment lies beyond the last chunk", *reader);
  }
  const uint64_t count = *head >> kKindBits;
  Segment segment = {.first = next_chunk + *gap, .last = next_chunk + *gap, .chunk = {}};
  switch (static_cast<Kind>(*head & ((1 << kKindBits) - 1))) {
    case Kind::kFull:
      if (segment.first > kFullChunkMax || count > kFullChunkMax - segment.first) {
        return Damaged("a span reaches beyond the last chunk", *reader);
      }
      if (previous != nullptr && previous->IsFull() && *gap == 0) {
        return Damaged("a span is written as two", *reader);
      }
      segment.last += count;
      segment.chunk = Chunk::Full();
      return segment;
    case Kind::kRuns: {
      WARREN_ASSIGN_OR_RETURN(segment.chunk, ReadRuns(reader, count + 1));
      break;
    }
    case Kind::kBitmap: {
      WARREN_ASSIGN_OR_RETURN(segment.chunk, ReadBitmap(reader, count));
      break;
    }
    default:
      return Damaged("a segment is of no known kind", *reader);
  }
  if (segment.first == kChunkMax && segment.chunk.Last() == kChunkPositions - 1) {
    return Damaged("2^64 - 1 is not a position", *reader);
  }
  return segment;
}

// What stands before the first segment is checked; what follows the last must be nothing.
absl::StatusOr<Reader> OpenSegments(std::string_view bytes) {
  if (bytes.size() < 1 + kCrcBytes) {
    return absl::DataLossError(
        absl::StrCat("interval set: ", bytes.size(), " bytes are too few to be one"));
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kCrcBytes);
  const uint32_t stored = Reader(bytes.substr(body.size())).Fixed32().value_or(0);
  if (const uint32_t computed = Crc32c(body); computed != stored) {
    return absl::DataLossError(absl::StrCat("interval set: checksum is ", absl::Hex(computed),
                                            ", stored is ", absl::Hex(stored)));
  }
  Reader reader(body);
  const uint8_t version = reader.Fixed8().value_or(0);
  if (version == 0) return Damaged("version 0 was never written", reader);
  if (version > kVersion) {
    return absl::UnimplementedError(absl::StrCat("interval set: version ", int{version},
                                                 ", this program reads up to ", int{kVersion}));
  }
  return reader;
}

}  // namespace

std::string IntervalSet::Serialize() const {
  std::string out;
  uint64_t next_chunk = 0;
  PutFixed8(&out, kVersion);
  tree_.ForEach([&out, &next_chunk](const Segment& segment) {
    PutVarint64(&out, segment.first - next_chunk);
    PutSegment(&out, segment);
    next_chunk = segment.last + 1;
  });
  PutFixed32(&out, Crc32c(out));
  return out;
}

absl::StatusOr<IntervalSet> IntervalSet::Deserialize(std::string_view bytes) {
  WARREN_ASSIGN_OR_RETURN(Reader reader, OpenSegments(bytes));
  SegmentTree tree;
  while (!reader.AtEnd()) {
    WARREN_ASSIGN_OR_RETURN(Segment segment, ReadSegment(&reader, tree.Last()));
    tree.Insert(std::move(segment));
  }
  return IntervalSet(std::move(tree));
}

}  // namespace warren::base
