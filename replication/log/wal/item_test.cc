#include "replication/log/wal/item.h"

#include <string>

#include "base/rng.h"
#include "raft/codec.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

// Of each kind one, and of some a second with the largest values.
std::vector<Item> Samples() {
  std::vector<Item> items(12);
  for (Item& item : items) item.group = GroupNo(4);
  items[0].kind = ItemKind::kCreate;
  items[0].id = raft::GroupId(UINT64_MAX);
  items[1].kind = ItemKind::kEntries;
  items[1].first = raft::Index(7);
  items[1].count = 3;
  items[1].term = raft::Term(2);
  items[1].body_bytes = 3 * 48;
  items[1].crc = 0xDEADBEEF;
  items[2] = items[1];
  items[2].kind = ItemKind::kBodies;
  items[2].group = GroupNo(UINT32_MAX);
  items[2].first = raft::Index(raft::kOrdinalMax - 2);
  items[2].body_bytes = UINT32_MAX;
  items[3].kind = ItemKind::kSnapshot;
  items[3].last = {.index = raft::Index(300), .term = raft::Term(2)};
  items[3].body_bytes = 100;
  items[4] = items[3];
  items[4].kind = ItemKind::kInstall;
  items[5].kind = ItemKind::kHardState;
  items[5].hard_state = {.term = raft::Term(3),
                         .vote = raft::NodeId(UINT64_MAX),
                         .commit = raft::Index(8),
                         .amnesiac = true};
  items[6].kind = ItemKind::kHardState;
  items[7].kind = ItemKind::kCommit;
  items[7].hard_state.commit = raft::Index(raft::kOrdinalMax);
  items[8].kind = ItemKind::kTruncate;
  items[8].first = raft::Index(5);
  items[9].kind = ItemKind::kDestroy;
  items[10].kind = ItemKind::kRecovered;
  items[10].group = GroupNo();
  items[10].through = FrameNo(1000);
  items[11] = items[0];
  return items;
}

std::string Encode(const std::vector<Item>& items) {
  std::string bytes;
  for (const Item& item : items) AppendItem(item, &bytes);
  return bytes;
}

TEST(ItemTest, WhatIsEncodedDecodes) {
  EXPECT_THAT(DecodeItems(Encode(Samples())), IsOkAndHolds(Samples()));
  EXPECT_THAT(DecodeItems(""), IsOkAndHolds(std::vector<Item>()));
}

TEST(ItemTest, CutOffIsDamageOrFewerItems) {
  const std::string bytes = Encode(Samples());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto items = DecodeItems(bytes.substr(0, size));
    if (items.ok()) {
      EXPECT_EQ(Encode(*items), bytes.substr(0, size));
    }
  }
}

TEST(ItemTest, EveryValueHasOneEncoding) {
  const std::string bytes = Encode(Samples());
  base::Rng rng(5);
  for (int round = 0; round < 20000; ++round) {
    std::string changed = bytes;
    for (uint64_t times = rng.Between(1, 3); times > 0; --times) {
      changed[rng.Below(changed.size())] = static_cast<char>(rng.Next());
    }
    const auto items = DecodeItems(changed);
    if (items.ok()) {
      ASSERT_EQ(Encode(*items), changed);
    }
  }
}

TEST(ItemTest, RefusesWhatNoWriterGives) {
  const auto refuses = [](std::string bytes) {
    EXPECT_THAT(DecodeItems(bytes), StatusIs(absl::StatusCode::kDataLoss));
  };
  refuses(std::string("\0\4", 2));        // Kind 0.
  refuses("\x0B\4");                      // A later kind.
  refuses(std::string("\x09\0", 2));      // Destroys group 0.
  refuses("\x0A\4\1");                    // Recovered, of a group.
  refuses("\x06\x84\x80\x80\x80\x10\1");  // Group number of 33 bits.
  refuses(std::string("\x07\4\0", 3));    // Truncates from 0.
  refuses(
      "\1\4\7\2\2\x5F"
      "abcd");  // Two entries in 95 bytes.
  refuses(
      std::string("\1\4\7\0\2\x60"
                  "abcd",
                  10));  // No entry.
  refuses(
      std::string("\1\4\0\2\2\x60"
                  "abcd",
                  10));                       // Entry 0.
  refuses(std::string("\5\4\3\1\x08\2", 6));  // An unknown flag.
  refuses(std::string("\x08\4\0", 3));        // A group without a name.
}

TEST(ItemTest, ManyItemsCostWhatTheyTake) {
  // The smallest item takes two bytes: memory is bounded by the bytes that are there.
  const std::string bytes = [] {
    std::string all;
    Item item;
    item.kind = ItemKind::kDestroy;
    item.group = GroupNo(1);
    for (int i = 0; i < 1000; ++i) AppendItem(item, &all);
    return all;
  }();
  EXPECT_EQ(bytes.size(), 2000u);
  WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<Item> items, DecodeItems(bytes));
  EXPECT_EQ(items.size(), 1000u);
}

TEST(ItemTest, DescribesItself) {
  const std::vector<Item> items = Samples();
  EXPECT_EQ(Describe(items[1]), "entries 7..9 of term 2, group no 4");
  EXPECT_EQ(Describe(items[3]), "snapshot up to entry 300 of term 2, group no 4");
  EXPECT_EQ(Describe(items[9]), "destroy, group no 4");
  EXPECT_EQ(Describe(items[10]), "recovered through frame 1000");
}

}  // namespace
}  // namespace warren::log
