#include "replication/log/wal/frame_builder.h"

#include <string>
#include <vector>

#include "base/crc32c.h"
#include "base/rng.h"
#include "raft/codec.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using warren::testing::IsOkAndHolds;

constexpr GroupNo kNo{3};
constexpr raft::GroupId kGroup{77};

SegmentHeader Life() {
  SegmentHeader life;
  life.number = SegmentNo(5);
  life.nonce = 0x1122334455667788;
  life.blocks = 1000;
  life.tag = 0x1234;
  return life;
}

FrameHeader Header() {
  FrameHeader header;
  header.segment = Life().number;
  header.number = FrameNo(10);
  header.synced = FrameNo(9);
  header.predecessor = FrameNo(9);
  header.predecessor_segment = SegmentNo(5);
  header.predecessor_block = 7;
  header.predecessor_blocks = 1;
  return header;
}

raft::Entry MakeEntry(uint64_t index, uint64_t term, size_t bytes) {
  return {.id = {.index = raft::Index(index), .term = raft::Term(term)},
          .time = raft::LogTime(1000 + index),
          .type = raft::EntryType::kNormal,
          .payload = base::Bytes::Adopt(std::string(bytes, static_cast<char>('a' + index % 26)))};
}

std::string Content(std::string_view raw, size_t offset, size_t bytes) {
  std::string content(bytes, '\0');
  ReadContent(raw.data(), offset, bytes, content.data());
  return content;
}

TEST(FrameBuilderTest, AClosedFrameHoldsEverything) {
  FrameBuilder builder;
  std::vector<raft::Entry> entries;
  base::Rng rng(1);
  for (uint64_t i = 1; i <= 200; ++i) {
    entries.push_back(MakeEntry(i, 1 + i / 150, rng.Below(3000)));
  }
  std::vector<uint32_t> offsets;
  builder.AddEntries(ItemKind::kEntries, kNo, kGroup, entries, &offsets);
  Item hard_state;
  hard_state.kind = ItemKind::kHardState;
  hard_state.group = kNo;
  hard_state.hard_state.term = raft::Term(2);
  builder.Add(hard_state);
  ASSERT_EQ(offsets.size(), entries.size());

  const std::string table = "the directory of the frame before";
  FrameHeader header = Header();
  const size_t blocks = builder.Blocks(table.size());
  const std::string_view raw = builder.Close(&header, Life(), table);
  EXPECT_EQ(raw.size(), blocks * kBlockBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(raw.data()) % kBlockBytes, 0u);
  EXPECT_THAT(DecodeFrameHeader(Content(raw, 0, kFrameHeaderBytes), Life()), IsOkAndHolds(header));
  EXPECT_EQ(header.blocks, blocks);

  for (size_t i = 0; i < entries.size(); ++i) {
    const size_t bytes = raft::kEntryHeaderBytes + entries[i].payload.size();
    EXPECT_THAT(raft::DecodeEntry(kGroup, entries[i].id.index,
                                  base::Bytes::Adopt(Content(raw, offsets[i], bytes))),
                IsOkAndHolds(entries[i]));
  }
  const size_t directory_at = kFrameHeaderBytes + header.body_bytes;
  const std::string directory = Content(raw, directory_at, header.directory_bytes);
  EXPECT_EQ(directory, builder.directory());
  EXPECT_EQ(SeededCrc(Life().nonce, directory), header.directory_crc);
  const size_t table_at = directory_at + header.directory_bytes;
  EXPECT_EQ(Content(raw, table_at, header.table_bytes), table);
  EXPECT_EQ(SeededCrc(Life().nonce, table), header.table_crc);
  const size_t end = table_at + table.size();
  const size_t rest = blocks * kBlockContentBytes - end;
  EXPECT_EQ(Content(raw, end, rest), std::string(rest, '\0'));
  for (size_t sector = 0; sector < blocks * kSectorsPerBlock; ++sector) {
    ASSERT_EQ(TagOf(raw.data(), sector), Life().tag);
  }
}

TEST(FrameBuilderTest, EntriesOfEachTermAreAnItem) {
  FrameBuilder builder;
  const std::vector<raft::Entry> entries = {MakeEntry(7, 1, 10), MakeEntry(8, 1, 0),
                                            MakeEntry(9, 4, 600)};
  std::vector<uint32_t> offsets = {12345};  // Appended to.
  builder.AddEntries(ItemKind::kBodies, kNo, kGroup, entries, &offsets);
  EXPECT_EQ(offsets, (std::vector<uint32_t>{12345, 112, 112 + 58, 112 + 58 + 48}));
  WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<Item> items, DecodeItems(builder.directory()));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(Describe(items[0]), "bodies 7..8 of term 1, group no 3");
  EXPECT_EQ(Describe(items[1]), "bodies 9..9 of term 4, group no 3");
  EXPECT_EQ(items[0].body_bytes, 58u + 48u);
  EXPECT_EQ(items[1].body_bytes, 648u);
  // The checksum is of the headers' own checksums, one after the other.
  uint32_t crc = 0;
  for (size_t i = 0; i < 2; ++i) {
    const auto header =
        raft::EncodeEntryHeader(kGroup, entries[i], base::Crc32c(entries[i].payload.view()));
    crc = base::Crc32cExtend(crc, {header.data() + header.size() - 4, 4});
  }
  EXPECT_EQ(items[0].crc, crc);
}

// Bytes followed by their own CRC leave a CRC in the same state, whatever they are: the checksum of
// an item must not be one over whole headers.
TEST(FrameBuilderTest, TheChecksumTellsEntriesApart) {
  std::vector<uint32_t> crcs;
  for (uint64_t index = 1; index <= 2; ++index) {
    FrameBuilder builder;
    std::vector<uint32_t> offsets;
    const std::vector<raft::Entry> entries = {MakeEntry(index, 1, 10), MakeEntry(index + 1, 1, 10)};
    builder.AddEntries(ItemKind::kEntries, kNo, kGroup, entries, &offsets);
    WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<Item> items, DecodeItems(builder.directory()));
    crcs.push_back(items[0].crc);
  }
  EXPECT_NE(crcs[0], crcs[1]);
}

TEST(FrameBuilderTest, TheChecksumTellsSnapshotsApart) {
  std::vector<uint32_t> crcs;
  for (uint64_t time = 5; time <= 6; ++time) {
    raft::Snapshot snapshot;  // Its header alone differs.
    snapshot.last = {.id = {.index = raft::Index(9), .term = raft::Term(1)},
                     .time = raft::LogTime(time)};
    snapshot.membership.voters = raft::NodeSet({raft::NodeId(1)});
    snapshot.state = base::Bytes::Copy("state");
    FrameBuilder builder;
    builder.AddSnapshot(ItemKind::kSnapshot, kNo, snapshot.last.id,
                        raft::EncodeSnapshot(kGroup, snapshot));
    WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<Item> items, DecodeItems(builder.directory()));
    crcs.push_back(items[0].crc);
  }
  EXPECT_NE(crcs[0], crcs[1]);
}

TEST(FrameBuilderTest, SnapshotsMayComeInPieces) {
  FrameBuilder builder;
  base::BytesChain encoded(base::Bytes::Copy("first"));
  encoded.Append(base::Bytes::Adopt(std::string(5000, 's')));
  const raft::EntryId last = {.index = raft::Index(9), .term = raft::Term(2)};
  EXPECT_EQ(builder.AddSnapshot(ItemKind::kSnapshot, kNo, last, encoded), kFrameHeaderBytes);
  WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<Item> items, DecodeItems(builder.directory()));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].last, last);
  EXPECT_EQ(items[0].body_bytes, 5005u);
  const std::string again(encoded.Flatten().view().substr(68, 4));
  EXPECT_EQ(items[0].crc, base::Crc32c(std::string(encoded.Flatten().view()) + again));
  FrameHeader header = Header();
  const std::string_view raw = builder.Close(&header, Life(), "");
  EXPECT_EQ(Content(raw, kFrameHeaderBytes, 5005), encoded.Flatten().view());
}

TEST(FrameBuilderTest, ASealTakesOneBlock) {
  FrameBuilder builder;
  EXPECT_TRUE(builder.empty());
  FrameHeader header = Header();
  EXPECT_EQ(builder.Close(&header, Life(), "table").size(), kBlockBytes);
  EXPECT_EQ(header.directory_bytes, 0u);
  EXPECT_EQ(header.body_bytes, 0u);
}

TEST(FrameBuilderTest, NothingOfTheFrameBeforeIsLeft) {
  FrameBuilder builder;
  std::vector<uint32_t> offsets;
  const std::vector<raft::Entry> large = {MakeEntry(1, 1, 500000)};
  builder.AddEntries(ItemKind::kEntries, kNo, kGroup, large, &offsets);
  FrameHeader header = Header();
  builder.Close(&header, Life(), "table");
  builder.Clear(100000);
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.body_bytes(), 0u);

  FrameBuilder fresh;
  const std::vector<raft::Entry> small = {MakeEntry(2, 1, 100)};
  std::string first;
  for (FrameBuilder* each : {&builder, &fresh}) {
    each->AddEntries(ItemKind::kEntries, kNo, kGroup, small, &offsets);
    FrameHeader again = Header();
    const std::string raw(each->Close(&again, Life(), "t"));
    if (each == &builder) first = raw;
    EXPECT_EQ(raw, first);
  }
}

}  // namespace
}  // namespace warren::log
