#include "replication/session/queue_entry.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "queue/command_codec.h"
#include "replication/session/session_id.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

constexpr queue::Stamp kStamp{.session = SessionId(7),
                              .epoch = SessionEpoch(2),
                              .number = SessionNumber(3),
                              .answered = SessionNumber(1)};

std::vector<base::BytesChain> Contents(const std::vector<std::string>& bodies) {
  std::vector<base::BytesChain> contents;
  for (const std::string& body : bodies) contents.emplace_back(base::Bytes::Copy(body));
  return contents;
}

queue::Command PublishOf(size_t messages, const queue::Stamp& stamp = kStamp) {
  return queue::Publish{.stamp = stamp, .messages = std::vector<queue::NewMessage>(messages)};
}

base::Bytes Packed(const std::vector<std::string>& bodies) {
  return PackContents(PublishOf(bodies.size()), Contents(bodies)).bytes;
}

queue::Command CommandIn(const QueueEntry& entry) {
  absl::StatusOr<queue::Command> command = queue::DecodeCommand(entry.command().view());
  EXPECT_THAT(command, IsOk());
  return command.ok() ? *std::move(command) : queue::Command(queue::Tick());
}

// An entry whose contents' part says this, behind a command of no account.
base::Bytes WithContents(const std::vector<uint64_t>& table, std::string_view contents) {
  std::string bytes(PackCommand(queue::Touch()).bytes.view());
  for (const uint64_t each : table) base::PutVarint64(&bytes, each);
  bytes.append(contents);
  return base::Bytes::Adopt(std::move(bytes));
}

// ---- Packing ------------------------------------------------------------------------------------

TEST(QueueEntryTest, EachSlotHoldsTheContentOfItsMessage) {
  // Runs of equal sizes at the beginning, in the middle and at the end, and empty contents.
  const std::vector<std::string> bodies = {"aa", "bb", "c", "", "", "ddd", "ee", "ff"};
  QueueEntry entry;
  ASSERT_THAT(entry.Open(Packed(bodies)), IsOk());
  ASSERT_EQ(entry.slots(), bodies.size());
  for (uint32_t slot = 0; slot < bodies.size(); ++slot) {
    EXPECT_EQ(entry.Content(slot), bodies[slot]) << slot;
  }
  EXPECT_EQ(entry.AllContents(), "aabbcdddeeff");
  EXPECT_EQ(CommandIn(entry), PublishOf(bodies.size()));
}

TEST(QueueEntryTest, AFullBatchOfEqualSizesTakesOneRun) {
  const std::vector<std::string> bodies(queue::kSlotsMax, std::string(300, 'x'));
  const base::Bytes payload = Packed(bodies);
  QueueEntry entry;
  ASSERT_THAT(entry.Open(payload), IsOk());
  EXPECT_EQ(entry.slots(), queue::kSlotsMax);
  EXPECT_EQ(entry.Content(queue::kSlotsMax - 1), bodies.back());
  const size_t table = payload.size() - 6 - entry.command().size() - entry.AllContents().size();
  EXPECT_EQ(table, 6u);  // Count, size and further contents: two bytes each.
}

TEST(QueueEntryTest, AContentMayComeInPieces) {
  base::BytesChain content(base::Bytes::Copy("header "));
  content.Append(base::Bytes::Copy("and body"));
  QueueEntry entry;
  ASSERT_THAT(entry.Open(PackContents(PublishOf(1), {&content, 1}).bytes), IsOk());
  EXPECT_EQ(entry.Content(0), "header and body");
}

TEST(QueueEntryTest, ContentsAndCommandShareTheMemoryOfThePayload) {
  const base::Bytes payload = Packed({"some content", "more"});
  QueueEntry entry;
  ASSERT_THAT(entry.Open(payload), IsOk());
  const auto is_within = [&payload](const base::Bytes& part) {
    return part.data() >= payload.data() &&
           part.data() + part.size() <= payload.data() + payload.size();
  };
  EXPECT_TRUE(is_within(entry.command()));
  EXPECT_TRUE(is_within(entry.Content(0)));
  EXPECT_TRUE(is_within(entry.Content(1)));
  EXPECT_EQ(entry.bytes(), payload.size());
}

TEST(QueueEntryTest, SurvivorsHaveContentsLikeMessages) {
  const queue::Command move =
      queue::MoveSurvivors{.from = {{.entry = queue::EntryIndex(4), .slot = 2},
                                    {.entry = queue::EntryIndex(9), .slot = 0}}};
  QueueEntry entry;
  ASSERT_THAT(entry.Open(PackContents(move, Contents({"one", "other"})).bytes), IsOk());
  EXPECT_EQ(entry.Content(1), "other");
  EXPECT_EQ(CommandIn(entry), move);
}

TEST(QueueEntryTest, OtherCommandsHaveNoContents) {
  QueueEntry entry;
  ASSERT_THAT(entry.Open(PackCommand(queue::Touch()).bytes), IsOk());
  EXPECT_EQ(entry.slots(), 0u);
  EXPECT_TRUE(entry.AllContents().empty());
  EXPECT_FALSE(entry.only_takes_up());
}

TEST(QueueEntryTest, OnlyATakeUpOnlyTakesUp) {
  const queue::AttachSession attach{.session = SessionId(7), .epoch = SessionEpoch(2), .held = {}};
  QueueEntry entry;
  ASSERT_THAT(entry.Open(PackTakeUp(attach).bytes), IsOk());
  EXPECT_TRUE(entry.only_takes_up());
  EXPECT_EQ(CommandIn(entry), queue::Command(attach));
  ASSERT_THAT(entry.Open(PackCommand(attach).bytes), IsOk());
  EXPECT_FALSE(entry.only_takes_up());
}

TEST(QueueEntryTest, TheChecksumIsThatOfTheBytes) {
  const queue::AttachSession attach{.session = SessionId(7), .epoch = SessionEpoch(2), .held = {}};
  const SealedPayload publish = PackContents(PublishOf(1), Contents({"x"}));
  for (const SealedPayload& payload : {PackCommand(queue::Touch()), PackTakeUp(attach), publish,
                                       Restamp(publish.bytes, queue::Stamp())}) {
    EXPECT_EQ(payload.crc, base::Crc32c(payload.bytes.view()));
  }
}

// ---- Another stamp ------------------------------------------------------------------------------

TEST(QueueEntryTest, RestampingChangesTheStampAlone) {
  // A stamp whose varints are longer, so that everything behind it moves.
  const queue::Stamp later{.session = SessionId(7),
                           .epoch = SessionEpoch(300),
                           .number = SessionNumber(70'000),
                           .answered = SessionNumber(65'000)};
  const std::vector<std::string> bodies = {"a", "a", "", "bcd"};
  const SealedPayload again = Restamp(Packed(bodies), later);
  EXPECT_EQ(again, PackContents(PublishOf(bodies.size(), later), Contents(bodies)));
  EXPECT_EQ(Restamp(again.bytes, kStamp).bytes, Packed(bodies));
}

TEST(QueueEntryTest, RestampingWorksWithoutContents) {
  const queue::Stamp later{.session = SessionId(7),
                           .epoch = SessionEpoch(300),
                           .number = SessionNumber(1),
                           .answered = {}};
  const base::Bytes payload = PackCommand(queue::Get{.stamp = kStamp, .auto_settle = true}).bytes;
  EXPECT_EQ(Restamp(payload, later), PackCommand(queue::Get{.stamp = later, .auto_settle = true}));
}

TEST(QueueEntryTest, CommandsOfSessionsHaveAStampAndOthersNone) {
  const queue::Command get = queue::Get{.stamp = kStamp, .auto_settle = false};
  ASSERT_NE(StampOf(get), nullptr);
  EXPECT_EQ(*StampOf(get), kStamp);
  EXPECT_EQ(StampOf(queue::AttachSession()), nullptr);
  EXPECT_EQ(StampOf(queue::MoveSurvivors()), nullptr);
  EXPECT_EQ(StampOf(queue::Tick()), nullptr);
}

// ---- Hostile bytes ------------------------------------------------------------------------------

TEST(QueueEntryTest, WhatIsCutOffOrLongerIsRefused) {
  const std::string whole(Packed({"aa", "bb", "c"}).view());
  QueueEntry head;
  ASSERT_THAT(head.Open(base::Bytes::Copy(whole)), IsOk());
  const size_t without_contents = 6 + head.command().size();
  QueueEntry entry;
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == without_contents) continue;  // An entry by itself, with no contents.
    EXPECT_THAT(entry.Open(base::Bytes::Copy(whole.substr(0, size))),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  EXPECT_THAT(entry.Open(base::Bytes::Copy(whole + "x")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(QueueEntryTest, ATableThatCannotBeIsRefused) {
  struct Row {
    std::vector<uint64_t> table;
    const char* why = nullptr;
  };
  const Row rows[] = {
      {{0}, "a number of contents"},
      {{queue::kSlotsMax + 1, 0, queue::kSlotsMax}, "a number of contents"},
      {{UINT64_MAX, 0, UINT64_MAX - 1}, "a number of contents"},
      {{2, 1, 2}, "more sizes than contents"},
      {{2, 1, 0, 1, 1}, "more sizes than contents"},
      {{1, 0, UINT64_MAX}, "more sizes than contents"},
      {{2, 1, 0, 1, 0}, "a run in two parts"},
      {{1, uint64_t{1} << 32, 0}, "cut off"},
      {{1, UINT64_MAX, 0}, "cut off"},
      {{2, 0, 0, 3, 0}, "cut off"},
      {{256, 2, 255}, "contents of another size"},  // Each would fit; all do not.
      {{2, 0, 1}, "contents of another size"},
  };
  for (const Row& row : rows) {
    QueueEntry entry;
    EXPECT_THAT(entry.Open(WithContents(row.table, "xy")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.why)))
        << row.why << ", row " << &row - rows;
  }
  QueueEntry entry;
  EXPECT_THAT(entry.Open(WithContents({2, 1, 1}, "xy")), IsOk());  // What the rows depart from.
}

TEST(QueueEntryTest, LaterVersionsAreNamedAndUnknownFlagsRefused) {
  std::string bytes(PackCommand(queue::Touch()).bytes.view());
  const auto with = [&bytes](size_t at, char value) {
    std::string changed = bytes;
    changed[at] = value;
    return base::Bytes::Adopt(std::move(changed));
  };
  QueueEntry entry;
  EXPECT_THAT(entry.Open(with(0, 2)), StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(QueueEntry::OpenHead(with(0, 2)), StatusIs(absl::StatusCode::kUnimplemented));
  for (const base::Bytes& wrong : {with(0, 0), with(1, 2), with(1, '\xff'), with(5, 1)}) {
    EXPECT_THAT(entry.Open(wrong), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(QueueEntry::OpenHead(wrong), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(QueueEntryTest, AfterAnErrorItIsEmpty) {
  const queue::AttachSession attach{.session = SessionId(7), .epoch = SessionEpoch(2), .held = {}};
  for (const base::Bytes& before : {Packed({"aa", "bb"}), PackTakeUp(attach).bytes}) {
    QueueEntry entry;
    ASSERT_THAT(entry.Open(before), IsOk());
    EXPECT_FALSE(entry.Open(base::Bytes::Copy("\x01")).ok());
    EXPECT_EQ(entry.slots(), 0u);
    EXPECT_EQ(entry.bytes(), 0u);
    EXPECT_TRUE(entry.command().empty());
    EXPECT_TRUE(entry.AllContents().empty());
    EXPECT_FALSE(entry.only_takes_up());
  }
}

TEST(QueueEntryTest, ItMayBeOpenedAgainAfterAnything) {
  QueueEntry entry;
  ASSERT_THAT(entry.Open(Packed({"aa", "b", "cc"})), IsOk());
  ASSERT_THAT(entry.Open(Packed({"d"})), IsOk());
  EXPECT_EQ(entry.slots(), 1u);
  EXPECT_EQ(entry.Content(0), "d");
  EXPECT_FALSE(entry.Open(WithContents({3, 1, 0, 0, 0}, "x")).ok());  // Two runs in, then cut off.
  ASSERT_THAT(entry.Open(Packed({"e", "f"})), IsOk());
  EXPECT_EQ(entry.Content(1), "f");
}

TEST(QueueEntryTest, TheHeadIsReadWithoutLookingAtContents) {
  const auto head = QueueEntry::OpenHead(WithContents({0}, "no table at all"));
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(*queue::DecodeCommand(head->command.view()), queue::Command(queue::Touch()));
  EXPECT_FALSE(head->only_takes_up);
}

}  // namespace
}  // namespace warren::replication
