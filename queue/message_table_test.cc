#include "queue/message_table.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/interval_set.h"
#include "base/rng.h"

namespace warren::queue {
namespace {

constexpr Time kStart = Time(1'000'000'000);

MessageRecord At(uint64_t entry, uint32_t slot, uint32_t size = 100) {
  MessageRecord record;
  record.position = {.entry = EntryIndex(entry), .slot = slot};
  record.size = size;
  return record;
}
MessageRecord Expiring(uint64_t entry, uint64_t expires) {
  MessageRecord record = At(entry, 0);
  record.expires = Time(expires);
  return record;
}
KeyRange Keys(uint64_t first, uint64_t last) {
  return {.first = OrderKey(first), .last = OrderKey(last)};
}

std::string BytesOf(const MessageTable& table) {
  std::string bytes;
  table.AppendTo(&bytes);
  return bytes;
}
MessageTable Restored(const MessageTable& table) {
  const std::string bytes = BytesOf(table);
  base::Reader reader(bytes);
  absl::StatusOr<MessageTable> read = MessageTable::Read(reader);
  EXPECT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(BytesOf(*read), bytes);
  return *std::move(read);
}
MessageTable InOrder(uint64_t messages) {
  MessageTable table;
  for (uint64_t i = 1; i <= messages; ++i) table.Append(At(i, 0), kStart);
  return table;
}
std::vector<OrderKey> ExpireAll(MessageTable& table, uint64_t now, size_t messages_max = 10'000) {
  std::vector<OrderKey> expired;
  table.Expire(
      Time(now), messages_max, [](OrderKey) { return true; }, expired);
  return expired;
}

TEST(MessageTableTest, KeepsWhatItIsGiven) {
  MessageTable table;
  MessageRecord record = At(7, 3, 4711);
  record.level = 31;
  record.persistent = true;
  record.expires = Time(5'000'000'000);
  EXPECT_EQ(table.next(), OrderKey(1));
  EXPECT_EQ(table.Append(record, kStart), OrderKey(1));
  EXPECT_EQ(table.next(), OrderKey(2));
  EXPECT_EQ(table.Get(OrderKey(1)), record);
  EXPECT_EQ(table.PositionOf(OrderKey(1)), record.position);
  EXPECT_EQ(table.SizeOf(OrderKey(1)), 4711u);
  EXPECT_EQ(table.LevelOf(OrderKey(1)), 31);
  EXPECT_TRUE(table.IsPersistent(OrderKey(1)));
  EXPECT_EQ(table.ExpiresOf(OrderKey(1)), record.expires);
}

TEST(MessageTableTest, RunsFollowSlotsOfOneEntry) {
  MessageTable table;
  for (uint32_t slot = 0; slot < kSlotsMax; ++slot) table.Append(At(5, slot), kStart);
  for (uint32_t slot = 0; slot < kSlotsMax; ++slot) table.Append(At(6, slot), kStart);
  const PositionRun run = table.RunAt(OrderKey(11), 1000);
  EXPECT_EQ(run.first, (Position{.entry = EntryIndex(5), .slot = 10}));
  EXPECT_EQ(run.count, 246u);  // Not into the next entry, though the numbers go on.
  EXPECT_FALSE(run.one_per_entry);
  EXPECT_EQ(table.RunAt(OrderKey(256), 1000).count, 1u);
  EXPECT_EQ(table.RunAt(OrderKey(257), 1000).count, 256u);
  EXPECT_EQ(table.RunAt(OrderKey(257), 9).count, 9u);
}

TEST(MessageTableTest, RunsFollowOneSlotThroughEntries) {
  const MessageTable table = InOrder(20'000);
  const PositionRun run = table.RunAt(OrderKey(100), 1'000'000);
  EXPECT_EQ(run.first, (Position{.entry = EntryIndex(100), .slot = 0}));
  EXPECT_TRUE(run.one_per_entry);
  EXPECT_EQ(run.count, 19'901u);
  EXPECT_EQ(table.RunAt(OrderKey(100), 500).count, 500u);
  EXPECT_FALSE(table.RunAt(OrderKey(100), 1).one_per_entry);
  EXPECT_EQ(table.RunAt(OrderKey(4096), 2).count, 2u);  // Into the next chunk.
}

TEST(MessageTableTest, RunsEndWhereAnEntryIsLeftOut) {
  MessageTable table;
  for (const uint64_t entry : {uint64_t{1}, uint64_t{2}, uint64_t{4}, uint64_t{9}}) {
    table.Append(At(entry, 0), kStart);
  }
  EXPECT_EQ(table.RunAt(OrderKey(1), 10).count, 2u);
  EXPECT_EQ(table.RunAt(OrderKey(2), 10).count, 1u);
  EXPECT_EQ(table.RunAt(OrderKey(4), 10).count, 1u);
}

TEST(MessageTableTest, AddsTheEntriesOfARange) {
  MessageTable table;
  for (uint64_t entry = 1; entry <= 3000; ++entry) {
    for (uint32_t slot = 0; slot < 3; ++slot) table.Append(At(2 * entry, slot), kStart);
  }
  base::IntervalSet entries;
  table.AddEntries(Keys(2, 8999), entries);
  EXPECT_EQ(entries.size(), 3000u);
  EXPECT_TRUE(entries.Contains(2) && entries.Contains(6000) && !entries.Contains(3));

  base::IntervalSet all;
  InOrder(10'000).AddEntries(Keys(11, 9'990), all);
  EXPECT_EQ(all.size(), 9'980u);
  EXPECT_EQ(all.First(), 11u);
}

TEST(MessageTableTest, MovedMessagesLieElsewhere) {
  MessageTable table = InOrder(10'000);
  for (uint64_t i = 0; i < 100; ++i) {
    const auto slot = static_cast<uint32_t>(i);
    table.SetPosition(OrderKey(4050 + i), {.entry = EntryIndex(20'000), .slot = slot});
  }
  EXPECT_EQ(table.PositionOf(OrderKey(4049)), (Position{.entry = EntryIndex(4049)}));
  EXPECT_EQ(table.PositionOf(OrderKey(4100)), (Position{.entry = EntryIndex(20'000), .slot = 50}));
  EXPECT_EQ(table.RunAt(OrderKey(4000), 10'000).count, 50u);
  EXPECT_EQ(table.RunAt(OrderKey(4050), 10'000).count, 100u);
  EXPECT_EQ(table.RunAt(OrderKey(4150), 10'000).count, 10'000u - 4149);
  base::IntervalSet entries;
  table.AddEntries(Keys(4000, 4200), entries);
  EXPECT_EQ(entries.size(), 102u);
  const MessageTable restored = Restored(table);
  EXPECT_EQ(restored.RunAt(OrderKey(4050), 10'000).count, 100u);
}

TEST(MessageTableTest, CountsBytesAndPersistentMessages) {
  MessageTable table;
  uint64_t bytes = 0;
  uint64_t persistent_bytes = 0;
  for (uint32_t i = 1; i <= 10'000; ++i) {
    MessageRecord record = At(i, 0, i);
    record.persistent = i % 3 == 0;
    table.Append(record, kStart);
    bytes += i;
    persistent_bytes += record.persistent ? i : 0;
  }
  EXPECT_EQ(table.BytesIn(Keys(1, 10'000)), bytes);
  EXPECT_EQ(table.PersistentIn(Keys(1, 10'000)), 3333u);
  EXPECT_EQ(table.PersistentBytesIn(Keys(1, 10'000)), persistent_bytes);
  EXPECT_EQ(table.BytesIn(Keys(4095, 4099)), 4097u * 5);
  EXPECT_EQ(table.PersistentBytesIn(Keys(4095, 4099)), 4095u + 4098);
}

TEST(MessageTableTest, ReleasedChunksGiveTheirMemoryBack) {
  base::Rng rng(1);
  MessageTable table;
  for (uint64_t i = 1; i <= 50'000; ++i) {
    table.Append(At(i, 0, static_cast<uint32_t>(rng.Below(10'000))), kStart);
  }
  EXPECT_GT(table.MemoryBytes(), 80'000u);
  table.Release(Keys(1, 4000));
  table.Release(Keys(4011, 49'999));
  EXPECT_EQ(table.SizeOf(OrderKey(4010)), Restored(table).SizeOf(OrderKey(4010)));
  EXPECT_LT(table.MemoryBytes(), 16'000u + 2 * 50'000 % 4096);
  table.Release(Keys(50'000, 50'000));
  table.Release(Keys(4001, 4010));
  EXPECT_LT(table.MemoryBytes(), 1000u);
  table.CheckInvariants();
  EXPECT_EQ(table.Append(At(1, 0), kStart), OrderKey(50'001));
}

TEST(MessageTableTest, AQueueThatIsEmptyAgainAndAgainStaysSmall) {
  base::Rng rng(2);
  MessageTable table;
  for (int i = 0; i < 20'000; ++i) {
    const OrderKey key =
        table.Append(At(rng.Below(1 << 30), 0, static_cast<uint32_t>(rng.Below(9999))), kStart);
    table.Release({.first = key, .last = key});
    ASSERT_LT(table.MemoryBytes(), 1200u);
  }
  table.CheckInvariants();
  Restored(table).CheckInvariants();
}

TEST(MessageTableTest, TenMessagesTakeLittle) {
  base::Rng rng(3);
  MessageTable table;
  for (uint64_t i = 1; i <= 10; ++i) {
    MessageRecord record = At(i * i, 0, static_cast<uint32_t>(rng.Below(10'000)));
    record.expires = Time(kStart.value() + rng.Below(1'000'000));
    table.Append(record, kStart);
  }
  EXPECT_LT(table.MemoryBytes(), 2000u);
  EXPECT_LT(BytesOf(table).size(), 200u);
}

TEST(MessageTableTest, AcceptedTimesAreToldToASecond) {
  MessageTable table;
  for (uint64_t i = 1; i <= 100; ++i) table.Append(At(i, 0), Time(i * kSecond / 4));
  EXPECT_EQ(table.AcceptedAtOrBefore(OrderKey(1)), Time(kSecond / 4));
  EXPECT_EQ(table.AcceptedAtOrBefore(OrderKey(4)), Time(kSecond / 4));
  EXPECT_EQ(table.AcceptedAtOrBefore(OrderKey(5)), Time(5 * kSecond / 4));
  EXPECT_EQ(table.AcceptedAtOrBefore(OrderKey(100)), Time(97 * kSecond / 4));
}

TEST(MessageTableTest, AcceptedTimesAreBounded) {
  MessageTable table;
  for (uint64_t i = 1; i <= 20'000; ++i) table.Append(At(i, 0), Time(i * kSecond));
  EXPECT_LT(table.MemoryBytes(), 4096u * 16 * 2 + 8192);
  for (uint64_t i = 1; i <= 20'000; i += 7) {
    const Time time = table.AcceptedAtOrBefore(OrderKey(i));
    ASSERT_LE(time, Time(i * kSecond));
    ASSERT_GE(time, Time((i < 21 ? 1 : i - 20) * kSecond)) << i;
  }
  table.Release(Keys(1, 19'000));
  EXPECT_GE(table.AcceptedAtOrBefore(OrderKey(19'001)), Time((19'001 - 20) * kSecond));
}

TEST(MessageTableTest, ExpiresInTheOrderOfKeys) {
  MessageTable table;
  for (uint64_t i = 1; i <= 10'000; ++i) {
    table.Append(Expiring(i, 1'000'000 + i * 7919 % 10'007), kStart);
  }
  ASSERT_LE(table.NextExpiry(), Time(1'000'001));
  EXPECT_TRUE(ExpireAll(table, 999'999).empty());
  const std::vector<OrderKey> first = ExpireAll(table, 1'005'000, 100);
  ASSERT_EQ(first.size(), 100u);
  const std::vector<OrderKey> again = ExpireAll(table, 1'005'000, 100);
  EXPECT_EQ(again, first);  // They were left ready, against the contract.
  for (size_t i = 1; i < first.size(); ++i) EXPECT_LT(first[i - 1], first[i]);
  for (uint64_t i = 1; i <= first.back().value(); ++i) {
    const bool due = 1'000'000 + i * 7919 % 10'007 <= 1'005'000;
    EXPECT_EQ(std::find(first.begin(), first.end(), OrderKey(i)) != first.end(), due);
  }
}

TEST(MessageTableTest, WhatIsNotReadyExpiresWhenItIsReadyAgain) {
  MessageTable table;
  for (uint64_t i = 1; i <= 10; ++i) table.Append(Expiring(i, 1'000 + i), kStart);
  std::vector<OrderKey> expired;
  table.Expire(
      Time(2'000), 100, [](OrderKey key) { return key.value() != 4; }, expired);
  EXPECT_EQ(expired.size(), 9u);
  EXPECT_EQ(table.NextExpiry(), std::nullopt);
  table.WatchExpiry(OrderKey(4));
  EXPECT_EQ(table.NextExpiry(), Time(1'004));
  expired.clear();
  table.Expire(
      Time(2'000), 100, [](OrderKey key) { return key.value() == 4; }, expired);
  EXPECT_EQ(expired, std::vector<OrderKey>{OrderKey(4)});
  EXPECT_EQ(table.NextExpiry(), std::nullopt);
}

TEST(MessageTableTest, MessagesThatNeverExpireAreNotWatched) {
  MessageTable table = InOrder(10'000);
  table.WatchExpiry(OrderKey(1));
  EXPECT_EQ(table.NextExpiry(), std::nullopt);
  EXPECT_TRUE(ExpireAll(table, UINT64_MAX).empty());
}

TEST(MessageTableTest, CopiesShareWhatIsSealed) {
  base::Rng rng(4);
  MessageTable table;
  for (uint64_t i = 1; i <= 3 * 4096; ++i) {
    table.Append(At(i, 0, static_cast<uint32_t>(rng.Next())), kStart);
  }
  const MessageTable copy = table;
  const std::string before = BytesOf(copy);
  table.SetPosition(OrderKey(5), {.entry = EntryIndex(99'999), .slot = 1});
  table.Release(Keys(1, 4096));
  table.Append(At(50'000, 0), kStart);
  EXPECT_EQ(BytesOf(copy), before);
  EXPECT_EQ(copy.PositionOf(OrderKey(5)), (Position{.entry = EntryIndex(5)}));
}

TEST(MessageTableTest, ReadTakesOnlyWhatItWouldWrite) {
  base::Rng rng(5);
  MessageTable table;
  for (uint64_t i = 1; i <= 9'000; ++i) {
    MessageRecord record = At(i / 10 * 3, static_cast<uint32_t>(i % 10));
    record.expires = Time(i < 5000 ? 0 : 1'000'000 + i / 100);
    table.Append(record, kStart + i * 1000);
  }
  table.Release(Keys(1, 1000));
  table.SetPosition(OrderKey(2000), {.entry = EntryIndex(90'000), .slot = 1});
  const std::string good = BytesOf(table);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    bytes[rng.Below(bytes.size())] ^= static_cast<char>(1 << rng.Below(8));
    if (rng.OneIn(3)) bytes.resize(rng.Below(bytes.size() + 1));
    base::Reader reader(bytes);
    const absl::StatusOr<MessageTable> read = MessageTable::Read(reader);
    if (!read.ok()) {
      ASSERT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
      continue;
    }
    read->CheckInvariants();
    ASSERT_EQ(BytesOf(*read), bytes.substr(0, bytes.size() - reader.remaining()));
    ASSERT_LE(read->MemoryBytes(), 2000 + bytes.size() * MessageTable::kDecodedBytesPerByte);
  }
}

// Memory: what the design promises, with a little room.

TEST(MessageTableMemoryTest, TenMillionInOrder) {
  const MessageTable table = InOrder(10'000'000);
  EXPECT_LT(table.MemoryBytes(), 200'000u);
  EXPECT_LT(BytesOf(table).size(), 4'000u);
  EXPECT_EQ(table.BytesIn(Keys(1, 10'000'000)), 1'000'000'000u);
}

TEST(MessageTableMemoryTest, HalfReleasedAtRandom) {
  base::Rng rng(6);
  MessageTable table = InOrder(1'000'000);
  for (uint64_t i = 1; i <= 1'000'000; ++i) {
    if (rng.Chance(1, 2)) table.Release(Keys(i, i));
  }
  EXPECT_LT(table.MemoryBytes(), 20'000u);
  EXPECT_LT(BytesOf(table).size(), 2'000u);
}

TEST(MessageTableMemoryTest, RandomSizesTakeTwoBytesAtMost) {
  base::Rng rng(7);
  MessageTable table;
  constexpr uint64_t kMessages = 1'000'000;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    table.Append(At(i, 0, static_cast<uint32_t>(rng.Between(1, 16'384))), kStart);
  }
  EXPECT_LT(table.MemoryBytes(), kMessages * 19 / 10);
  EXPECT_LT(BytesOf(table).size(), kMessages * 18 / 10);
}

TEST(MessageTableMemoryTest, IrregularBatchesTakeLessThanAByte) {
  base::Rng rng(8);
  MessageTable table;
  uint64_t entry = 1;
  for (int batch = 0; batch < 20'000; ++batch, entry += rng.Between(1, 9)) {
    const auto messages = static_cast<uint32_t>(rng.Between(1, 100));
    for (uint32_t slot = 0; slot < messages; ++slot) table.Append(At(entry, slot), kStart);
  }
  EXPECT_LT(table.MemoryBytes(), table.next().value());
}

}  // namespace
}  // namespace warren::queue
