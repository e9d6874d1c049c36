// The serialised form of a column:
//
//   varint size; if that is not 0:
//   varint head: 2 x pieces, or 2 x bits + 1 of packed values
//   each piece: its length unless it is the last, its first value less the last value of the piece
//               before, its step unless its length is 1 (differences zigzag, all varints)
//   packed:     varint minimum, then the 64-bit words
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/utility/utility.h"

#include "base/check.h"
#include "queue/column.h"

namespace warren::queue {
namespace {

// Small for differences of either sign.
uint64_t ZigZag(uint64_t difference) {
  return (difference << 1) ^ (difference >> 63 == 0 ? 0 : UINT64_MAX);
}
uint64_t UnZigZag(uint64_t coded) { return (coded >> 1) ^ (coded % 2 == 0 ? 0 : UINT64_MAX); }

absl::Status Damaged(std::string_view what, const base::Reader& reader) {
  return absl::DataLossError(absl::StrCat("column: ", std::string(what), ", ", reader.remaining(),
                                          " bytes before the end"));
}

}  // namespace

void Column::AppendTo(std::string* out) const {
  Column compact = *this;
  compact.Compact();
  compact.AppendCompactTo(out);
}

void Column::AppendCompactTo(std::string* out) const {
  base::PutVarint64(out, size_);
  if (empty()) return;
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) {
    base::PutVarint64(out, (static_cast<uint64_t>(packed->frame().bits) << 1) | 1);
    base::PutVarint64(out, packed->frame().min);
    for (const uint64_t word : packed->words()) base::PutFixed64(out, word);
    return;
  }
  const Pieces& pieces = std::get<Pieces>(form_);
  base::PutVarint64(out, pieces.size() << 1);
  uint64_t last = 0;
  for (size_t at = 0; at < pieces.size(); ++at) {
    const uint64_t length = EndOf(pieces, at) - pieces[at].start;
    if (at + 1 < pieces.size()) base::PutVarint64(out, length);
    base::PutVarint64(out, ZigZag(pieces[at].first - last));
    if (length > 1) base::PutVarint64(out, ZigZag(pieces[at].step));
    last = LastOf(pieces[at], length);
  }
}

absl::StatusOr<Column> Column::Read(base::Reader& reader, uint64_t size_max) {
  const std::optional<uint64_t> size = reader.Varint64();
  if (!size) return Damaged("the size is cut off", reader);
  if (*size > size_max) return Damaged("more values than there may be", reader);
  if (*size == 0) return absl::StatusOr<Column>(absl::in_place);
  const std::optional<uint64_t> head = reader.Varint64();
  if (!head) return Damaged("the head is cut off", reader);
  return *head % 2 == 0 ? ReadPieces(reader, *size, *head >> 1)
                        : ReadPacked(reader, *size, *head >> 1);
}

absl::StatusOr<Column> Column::ReadPieces(base::Reader& reader, uint64_t size, uint64_t count) {
  if (count == 0 || count > size) return Damaged("pieces without values", reader);
  Column column;
  column.size_ = size;
  Pieces pieces;
  uint64_t last = 0;
  uint64_t start = 0;
  for (uint64_t at = 0; at < count; ++at) {
    uint64_t length = size - start;
    if (at + 1 < count) {
      length = reader.Varint64().value_or(0);
      if (length == 0 || length >= size - start) return Damaged("a piece has no place", reader);
    }
    Piece piece = {.start = start, .first = last + UnZigZag(reader.Varint64().value_or(0))};
    if (length > 1) piece.step = UnZigZag(reader.Varint64().value_or(0));
    if (!reader.ok()) return Damaged("a piece is cut off", reader);
    // Steps are at most 2^63 either way here; more would go round, which no piece does.
    last = LastOf(piece, length);
    const bool rises = piece.first + piece.step > piece.first;
    __extension__ using Wide = __int128;
    const Wide step = rises ? static_cast<Wide>(piece.step)
                            : -static_cast<Wide>(piece.step == 0 ? 0 : 0 - piece.step);
    if (static_cast<Wide>(piece.first) + step * static_cast<Wide>(length - 1) !=
        static_cast<Wide>(last)) {
      return Damaged("a piece goes beyond 2^64", reader);
    }
    pieces.push_back(piece);
    start += length;
  }
  pieces.shrink_to_fit();
  if (!column.PiecesAreGreedy(pieces)) return Damaged("pieces that should be others", reader);
  column.form_ = std::move(pieces);
  if (!PiecesAreSmaller(count, size, column.GetBounds())) {
    return Damaged("pieces that should be packed", reader);
  }
  return column;
}

absl::StatusOr<Column> Column::ReadPacked(base::Reader& reader, uint64_t size, uint64_t bits) {
  if (bits == 0 || bits > 64) return Damaged("values of no width", reader);
  const std::optional<uint64_t> min = reader.Varint64();
  // In this order: the product could overflow.
  if (!min || size > reader.remaining() * 8) return Damaged("values are cut off", reader);
  const BitPacked::Frame frame = {.min = *min, .bits = static_cast<int>(bits)};
  const uint64_t words = BitPacked::WordsFor(size, frame.bits);
  if (words > reader.remaining() / sizeof(uint64_t)) return Damaged("values are cut off", reader);
  if (*min > UINT64_MAX - (UINT64_MAX >> (64 - bits))) return Damaged("values too high", reader);
  std::vector<uint64_t> read(words);
  for (uint64_t& word : read) word = reader.Fixed64().value_or(0);
  Column column;
  column.size_ = size;
  column.form_ = BitPacked(frame, size, std::move(read));
  Column compact = column;
  compact.Compact();
  if (!(compact == column)) return Damaged("packed values in another form", reader);
  return column;
}

}  // namespace warren::queue
