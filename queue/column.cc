#include "queue/column.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::queue {

bool Column::Continues(const Piece& piece, uint64_t length, uint64_t value) {
  if (length == 1) return true;
  const uint64_t last = LastOf(piece, length);
  const bool rises = piece.first + piece.step > piece.first;
  return value == last + piece.step && (piece.step == 0 || (value > last) == rises);
}

void Column::AppendToPieces(Pieces& pieces, uint64_t size, uint64_t value) {
  if (pieces.empty() || !Continues(pieces.back(), size - pieces.back().start, value)) {
    pieces.push_back({.start = size, .first = value, .step = 0});
  } else if (size - pieces.back().start == 1) {
    pieces.back().step = value - pieces.back().first;
  }
}

bool Column::PiecesAreSmaller(uint64_t pieces, uint64_t size, Bounds bounds) {
  const int bits = BitPacked::ExactFrame(bounds.min, bounds.max).bits;
  return pieces <= 1 ||
         pieces * sizeof(Piece) <= BitPacked::WordsFor(size, bits) * sizeof(uint64_t);
}

void Column::Append(uint64_t value) {
  if (BitPacked* packed = std::get_if<BitPacked>(&form_)) {
    AppendPacked(*packed, value);
    ++size_;
    return;
  }
  Pieces& pieces = std::get<Pieces>(form_);
  const size_t before = pieces.size();
  AppendToPieces(pieces, size_, value);
  ++size_;
  // Looking takes O(pieces), so not each time.
  constexpr size_t kLookEvery = 8;
  if (pieces.size() == before || pieces.size() % kLookEvery != 0) return;
  const Bounds bounds = GetBounds();
  if (PiecesAreSmaller(pieces.size(), size_, bounds)) return;
  Repack(BitPacked::RoomyFrame(bounds.min, bounds.max));
}

void Column::Clear() {
  size_ = 0;
  Pieces* pieces = std::get_if<Pieces>(&form_);
  if (pieces != nullptr && pieces->size() <= 1) {
    pieces->clear();  // Often: a queue that is empty again and again does this each time.
  } else {
    form_ = Pieces();
  }
}

void Column::AppendPacked(BitPacked& packed, uint64_t value) {
  if (!packed.Fits(value)) {
    const Bounds bounds = GetBounds();
    BitPacked wider(
        BitPacked::RoomyFrame(std::min(bounds.min, value), std::max(bounds.max, value)));
    wider.Reserve(size_ + size_ / 4);
    for (uint64_t i = 0; i < size_; ++i) wider.Append(packed.Get(i));
    packed = std::move(wider);
  }
  packed.Append(value);
}

void Column::Repack(BitPacked::Frame frame) {
  BitPacked packed(frame);
  packed.Reserve(size_);
  for (uint64_t i = 0; i < size_; ++i) packed.Append(Get(i));
  form_ = std::move(packed);
}

size_t Column::PieceOf(const Pieces& pieces, uint64_t i) {
  if (pieces.size() == 1) return 0;
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), i,
                                      [](uint64_t at, const Piece& p) { return at < p.start; });
  return static_cast<size_t>(after - pieces.begin()) - 1;
}

uint64_t Column::Get(uint64_t i) const {
  WARREN_CHECK(i < size_);
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) return packed->Get(i);
  const Pieces& pieces = std::get<Pieces>(form_);
  const Piece& piece = pieces[PieceOf(pieces, i)];
  return piece.first + piece.step * (i - piece.start);
}

uint64_t Column::Sum(uint64_t first, uint64_t count) const {
  WARREN_CHECK(first <= size_ && count <= size_ - first);
  if (count == 0) return 0;
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) return packed->Sum(first, count);
  const Pieces& pieces = std::get<Pieces>(form_);
  const uint64_t end = first + count;
  uint64_t sum = 0;
  for (size_t piece = PieceOf(pieces, first); first < end; ++piece) {
    const uint64_t n = std::min(end, EndOf(pieces, piece)) - first;
    const uint64_t value = pieces[piece].first + pieces[piece].step * (first - pieces[piece].start);
    const uint64_t steps = n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;  // 0 + 1 + .. + (n - 1)
    sum += value * n + pieces[piece].step * steps;
    first += n;
  }
  return sum;
}

Column::Bounds Column::GetBounds() const {
  WARREN_CHECK(!empty());
  Bounds bounds = {.min = UINT64_MAX, .max = 0};
  const auto widen = [&bounds](uint64_t value) {
    bounds.min = std::min(bounds.min, value);
    bounds.max = std::max(bounds.max, value);
  };
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) {
    for (uint64_t i = 0; i < size_; ++i) widen(packed->Get(i));
    return bounds;
  }
  const Pieces& pieces = std::get<Pieces>(form_);
  for (size_t piece = 0; piece < pieces.size(); ++piece) {
    widen(pieces[piece].first);
    widen(LastOf(pieces[piece], EndOf(pieces, piece) - pieces[piece].start));
  }
  return bounds;
}

bool Column::IsConstant() const {
  const Pieces* pieces = std::get_if<Pieces>(&form_);
  return pieces != nullptr &&
         (pieces->empty() || (pieces->size() == 1 && pieces->front().step == 0));
}

bool Column::IsAscending() const {
  uint64_t last = 0;
  for (uint64_t i = 0; i < size_;) {
    const Stretch stretch = StretchAt(i);
    const uint64_t end = stretch.value + stretch.step * (stretch.count - 1);
    if (stretch.value < last || end < stretch.value) return false;
    last = end;
    i += stretch.count;
  }
  return true;
}

Column::Stretch Column::StretchAt(uint64_t i) const {
  const uint64_t value = Get(i);
  if (i + 1 == size_) return {.value = value, .step = 0, .count = 1};
  const uint64_t second = Get(i + 1);
  const Piece piece = {.start = i, .first = value, .step = second - value};
  uint64_t end = i + 2;
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) {
    while (end < size_ && Continues(piece, end - i, packed->Get(end))) ++end;
    return {.value = value, .step = piece.step, .count = end - i};
  }
  // It begins in one piece; if there it is but a piece's last value, it may go on in the next.
  const Pieces& pieces = std::get<Pieces>(form_);
  end = i + 1;
  for (size_t at = PieceOf(pieces, i + 1); at < pieces.size(); ++at) {
    const uint64_t next = pieces[at].first + pieces[at].step * (end - pieces[at].start);
    if (!Continues(piece, end - i, next)) break;
    const uint64_t last = EndOf(pieces, at);
    const bool same_step = pieces[at].step == piece.step;
    end = same_step ? last : end + 1;
    if (end < last) break;
  }
  return {.value = value, .step = piece.step, .count = end - i};
}

void Column::Subtract(uint64_t base) {
  if (base == 0 || empty()) return;
  WARREN_CHECK(GetBounds().min >= base);
  if (Pieces* pieces = std::get_if<Pieces>(&form_)) {
    for (Piece& piece : *pieces) piece.first -= base;
    return;
  }
  Column less;
  for (uint64_t i = 0; i < size_; ++i) less.Append(Get(i) - base);
  *this = std::move(less);
}

void Column::Compact() {
  if (empty()) return;
  Pieces* pieces = std::get_if<Pieces>(&form_);
  if (pieces == nullptr) {
    CompactPacked();
    return;
  }
  if (const Bounds bounds = GetBounds(); PiecesAreSmaller(pieces->size(), size_, bounds)) {
    pieces->shrink_to_fit();
  } else {
    Repack(BitPacked::ExactFrame(bounds.min, bounds.max));
  }
}

void Column::CompactPacked() {
  const Bounds bounds = GetBounds();
  Pieces pieces;
  for (uint64_t i = 0; i < size_; ++i) {
    AppendToPieces(pieces, i, Get(i));
    if (!PiecesAreSmaller(pieces.size(), size_, bounds)) break;
  }
  if (PiecesAreSmaller(pieces.size(), size_, bounds)) {
    pieces.shrink_to_fit();
    form_ = std::move(pieces);
  } else {
    Repack(BitPacked::ExactFrame(bounds.min, bounds.max));
  }
}

size_t Column::HeapBytes() const {
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) return packed->HeapBytes();
  const Pieces& pieces = std::get<Pieces>(form_);
  return pieces.capacity() > 1 ? pieces.capacity() * sizeof(Piece) : 0;
}

bool Column::PiecesAreGreedy(const Pieces& pieces) const {
  for (size_t at = 0; at < pieces.size(); ++at) {
    const uint64_t end = EndOf(pieces, at);
    if (end <= pieces[at].start) return false;
    const uint64_t length = end - pieces[at].start;
    if (length == 1 && pieces[at].step != 0) return false;
    if (at + 1 < pieces.size() && Continues(pieces[at], length, pieces[at + 1].first)) return false;
  }
  return pieces.empty() == empty() && (pieces.empty() || pieces.front().start == 0);
}

void Column::CheckInvariants() const {
  if (const BitPacked* packed = std::get_if<BitPacked>(&form_)) {
    WARREN_CHECK(packed->size() == size_);
  } else {
    WARREN_CHECK(PiecesAreGreedy(std::get<Pieces>(form_)));
  }
}

}  // namespace warren::queue
