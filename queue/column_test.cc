#include "queue/column.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/rng.h"

namespace warren::queue {
namespace {

Column Of(const std::vector<uint64_t>& values) {
  Column column;
  for (const uint64_t value : values) column.Append(value);
  return column;
}

std::string BytesOf(const Column& column) {
  std::string bytes;
  column.AppendTo(&bytes);
  return bytes;
}

std::vector<uint64_t> ValuesOf(const Column& column) {
  std::vector<uint64_t> values;
  for (uint64_t i = 0; i < column.size(); ++i) values.push_back(column.Get(i));
  return values;
}

// What a value means, said in the simplest way.
void ExpectIs(const Column& column, const std::vector<uint64_t>& values) {
  column.CheckInvariants();
  ASSERT_EQ(ValuesOf(column), values);
  bool ascending = true;
  uint64_t min = UINT64_MAX;
  uint64_t max = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    ascending = ascending && (i == 0 || values[i] >= values[i - 1]);
    min = std::min(min, values[i]);
    max = std::max(max, values[i]);
  }
  EXPECT_EQ(column.IsAscending(), ascending);
  if (values.empty()) return;
  EXPECT_EQ(column.GetBounds().min, min);
  EXPECT_EQ(column.GetBounds().max, max);
}

// Linear values whose sums do not go through 2^64.
uint64_t StretchLength(const std::vector<uint64_t>& values, size_t i) {
  if (i + 1 == values.size()) return 1;
  const bool rises = values[i + 1] > values[i];
  size_t end = i + 2;
  while (end < values.size() && values[end] - values[end - 1] == values[i + 1] - values[i] &&
         (values[end] == values[end - 1] || (values[end] > values[end - 1]) == rises)) {
    ++end;
  }
  return end - i;
}

std::vector<uint64_t> Random(base::Rng& rng, size_t size, uint64_t limit) {
  std::vector<uint64_t> values;
  for (size_t i = 0; i < size; ++i) values.push_back(rng.Below(limit));
  return values;
}

TEST(ColumnTest, IsEmptyAtFirst) {
  const Column column;
  EXPECT_TRUE(column.empty());
  EXPECT_EQ(column.HeapBytes(), 0u);
  EXPECT_EQ(BytesOf(column), std::string(1, '\0'));
}

TEST(ColumnTest, LinearValuesTakeNoMemory) {
  for (const uint64_t step : {uint64_t{0}, uint64_t{1}, uint64_t{256}, UINT64_MAX}) {
    Column column;
    for (uint64_t i = 0; i < 100'000; ++i) column.Append(1'000'000 + i * step);
    EXPECT_EQ(column.HeapBytes(), 0u) << step;
    EXPECT_LE(BytesOf(column).size(), 12u) << step;
    EXPECT_EQ(column.Get(99'999), 1'000'000 + 99'999 * step);
    EXPECT_EQ(column.StretchAt(7).count, 99'993u);
  }
}

TEST(ColumnTest, RandomValuesTakeTheirWidth) {
  base::Rng rng(1);
  const std::vector<uint64_t> values = Random(rng, 4096, 16'384);
  Column column = Of(values);
  ExpectIs(column, values);
  EXPECT_LE(column.HeapBytes(), 4096u * 14 / 8 * 2);  // A growing vector has room to spare.
  column.Compact();
  ExpectIs(column, values);
  EXPECT_EQ(column.HeapBytes(), 4096u * 14 / 8);
}

TEST(ColumnTest, BatchesTakeAPieceEach) {
  Column column;
  std::vector<uint64_t> values;
  for (uint64_t entry = 1; entry <= 64; ++entry) {
    for (uint64_t slot = 0; slot < 64; ++slot) values.push_back((entry * entry << 8) + slot);
  }
  for (const uint64_t value : values) column.Append(value);
  column.Compact();
  ExpectIs(column, values);
  EXPECT_EQ(column.HeapBytes(), 64u * 24);
  EXPECT_EQ(column.StretchAt(64).count, 64u);
  EXPECT_EQ(column.StretchAt(100).count, 28u);
}

TEST(ColumnTest, WidensForWhateverComes) {
  base::Rng rng(2);
  std::vector<uint64_t> values = Random(rng, 300, 100);
  for (int bits = 7; bits <= 64; ++bits) {
    for (int i = 0; i < 20; ++i) values.push_back(rng.Next() >> (64 - bits));
  }
  values.push_back(0);
  values.push_back(UINT64_MAX);
  Column column = Of(values);
  ExpectIs(column, values);
  column.Compact();
  ExpectIs(column, values);
}

TEST(ColumnTest, AppendIsCheapWhenBoundsKeepMoving) {
  // Each value is a new minimum or maximum: the frame has to be moved rarely all the same.
  base::Rng rng(3);
  Column column;
  uint64_t low = 1 << 30;
  uint64_t high = 1 << 30;
  std::vector<uint64_t> values;
  for (int i = 0; i < 200'000; ++i) {
    values.push_back(rng.Chance(1, 2) ? low -= rng.Below(3) : high += rng.Below(3));
    column.Append(values.back());
  }
  ExpectIs(column, values);
}

TEST(ColumnTest, PiecesDoNotGoThroughZero) {
  ExpectIs(Of({UINT64_MAX - 1, UINT64_MAX, 0, 1, 2}), {UINT64_MAX - 1, UINT64_MAX, 0, 1, 2});
  ExpectIs(Of({2, 1, 0, UINT64_MAX}), {2, 1, 0, UINT64_MAX});
  ExpectIs(Of({0, 1ull << 63, 0, 1ull << 63}), {0, 1ull << 63, 0, 1ull << 63});
}

TEST(ColumnTest, SumsAnyRange) {
  base::Rng rng(4);
  for (const uint64_t limit : {uint64_t{1}, uint64_t{3}, uint64_t{1'000'000}}) {
    const std::vector<uint64_t> values = Random(rng, 500, limit);
    Column column = Of(values);
    for (int i = 0; i < 100; ++i) {
      const uint64_t first = rng.Below(501);
      const uint64_t count = rng.Between(0, 500 - first);
      uint64_t sum = 0;
      for (uint64_t at = first; at < first + count; ++at) sum += values[at];
      ASSERT_EQ(column.Sum(first, count), sum);
      if (i == 50) column.Compact();
    }
  }
  Column linear;
  for (uint64_t i = 0; i < 1000; ++i) linear.Append(5 + 3 * i);
  EXPECT_EQ(linear.Sum(10, 3), 35u + 38 + 41);
  EXPECT_EQ(linear.Sum(0, 1000), 5000u + 3 * 499'500);
}

TEST(ColumnTest, StretchesAreTheLongest) {
  base::Rng rng(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint64_t> values;
    while (values.size() < 200) {
      uint64_t value = rng.Below(1000);
      const uint64_t step = rng.Below(3);
      for (uint64_t i = rng.Between(1, 12); i > 0; --i, value += step) values.push_back(value);
    }
    Column column = Of(values);
    if (round % 2 == 0) column.Compact();
    for (size_t i = 0; i < values.size(); ++i) {
      const Column::Stretch stretch = column.StretchAt(i);
      ASSERT_EQ(stretch.value, values[i]);
      ASSERT_EQ(stretch.count, StretchLength(values, i)) << i;
      ASSERT_EQ(stretch.step, stretch.count == 1 ? 0 : values[i + 1] - values[i]);
    }
  }
}

TEST(ColumnTest, ClearedItIsAsNew) {
  base::Rng rng(9);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{5}, size_t{1000}}) {
    Column column = Of(Random(rng, size, 1000));
    column.Clear();
    EXPECT_TRUE(column == Column());
    EXPECT_EQ(column.HeapBytes(), 0u);
    column.Append(7);
    column.Append(9);
    ExpectIs(column, {7, 9});
  }
}

TEST(ColumnTest, SubtractsFromAll) {
  Column linear = Of({10, 20, 30});
  linear.Subtract(10);
  EXPECT_EQ(ValuesOf(linear), (std::vector<uint64_t>{0, 10, 20}));
  base::Rng rng(6);
  std::vector<uint64_t> values = Random(rng, 300, 1000);
  for (uint64_t& value : values) value += 77;
  Column packed = Of(values);
  packed.Subtract(77);
  for (uint64_t& value : values) value -= 77;
  ExpectIs(packed, values);
}

// Sequences of every kind, and of mixtures.
std::vector<uint64_t> Mixed(base::Rng& rng) {
  std::vector<uint64_t> values;
  const uint64_t parts = rng.Between(0, 6);
  for (uint64_t part = 0; part < parts; ++part) {
    const uint64_t size = rng.Between(1, 200);
    const int bits = static_cast<int>(rng.Between(1, 64));
    uint64_t value = rng.Next() >> (64 - bits);
    const uint64_t step = rng.Chance(1, 2) ? rng.Below(300) : 0 - rng.Below(300);
    const bool linear = rng.Chance(2, 3);
    for (uint64_t i = 0; i < size; ++i) {
      values.push_back(linear ? value : rng.Next() >> (64 - bits));
      value += step;
    }
  }
  return values;
}

TEST(ColumnTest, EqualSequencesGiveEqualBytesAndComeBack) {
  base::Rng rng(7);
  for (int round = 0; round < 500; ++round) {
    const std::vector<uint64_t> values = Mixed(rng);
    const Column column = Of(values);
    Column compact = column;
    compact.Compact();
    ExpectIs(compact, values);
    const std::string bytes = BytesOf(column);
    EXPECT_EQ(BytesOf(compact), bytes);
    std::string as_is;
    compact.AppendCompactTo(&as_is);
    EXPECT_EQ(as_is, bytes);

    base::Reader reader(bytes);
    const absl::StatusOr<Column> read = Column::Read(reader, values.size());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(reader.AtEnd());
    EXPECT_TRUE(*read == compact);
    EXPECT_LE(read->HeapBytes(), bytes.size() * Column::kDecodedBytesPerByte);
  }
}

TEST(ColumnTest, ReadTakesOnlyWhatItWouldWrite) {
  base::Rng rng(8);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = BytesOf(Of(Mixed(rng)));
    for (uint64_t flips = rng.Between(1, 3); flips > 0; --flips) {
      bytes[rng.Below(bytes.size())] ^= static_cast<char>(1 << rng.Below(8));
    }
    if (rng.OneIn(4)) bytes.resize(rng.Below(bytes.size() + 1));
    base::Reader reader(bytes);
    const absl::StatusOr<Column> read = Column::Read(reader, 4096);
    if (!read.ok()) {
      EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
      continue;
    }
    ++accepted;
    read->CheckInvariants();
    EXPECT_EQ(BytesOf(*read), bytes.substr(0, bytes.size() - reader.remaining()));
  }
  EXPECT_GT(accepted, 0);  // A flipped value is another value.
}

TEST(ColumnTest, ReadBoundsTheSize) {
  const std::string bytes = BytesOf(Of({1, 1, 1}));
  base::Reader enough(bytes);
  EXPECT_TRUE(Column::Read(enough, 3).ok());
  base::Reader too_many(bytes);
  EXPECT_EQ(Column::Read(too_many, 2).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace warren::queue
