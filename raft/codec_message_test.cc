#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/crc32c.h"
#include "base/rng.h"
#include "raft/codec.h"
#include "raft/codec_header.h"
#include "raft/codec_test_values.h"
#include "tests/support/status_matchers.h"

namespace {

size_t allocations = 0;  // Of this whole test binary.

}  // namespace

// NOLINTBEGIN(misc-definitions-in-headers)
[[gnu::noinline]] void* operator new(size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
// NOLINTEND(misc-definitions-in-headers)

namespace warren::raft {
namespace {

using codec_internal::kEntryFormat;
using codec_internal::kMessageFormat;
using codec_testing::AnyMessage;
using codec_testing::ExpectThatDamageIsFound;
using codec_testing::Fixed;
using codec_testing::kGroup;
using codec_testing::LiesWithin;
using codec_testing::Patched;
using codec_testing::Resealed;
using codec_testing::Same;
using codec_testing::ToString;
using ::testing::AllOf;
using ::testing::HasSubstr;
using warren::testing::StatusIs;

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kMisplaced = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kLaterVersion = absl::StatusCode::kUnimplemented;

constexpr size_t kHeaderBytes = kMessageFormat.header_bytes;

Message Example(MessageType type = MessageType::kAppend) {
  Message message;
  message.type = type;
  message.amnesiac = true;
  message.from = NodeId(1);
  message.to = NodeId(2);
  message.term = Term(3);
  message.index = Index(4);
  message.log_term = Term(5);
  message.reject_hint = Index(6);
  message.commit = Index(8);
  message.match = Index(9);
  message.context = 10;
  message.incarnation = Incarnation(11);
  return message;
}

// With entries 5 and 6.
Message ExampleWithEntries() {
  Message message = Example();
  message.entries.push_back({.id = {.index = Index(5), .term = Term(3)},
                             .time = LogTime(12),
                             .payload = base::Bytes::Copy("first")});
  message.entries.push_back({.id = {.index = Index(6), .term = Term(3)},
                             .time = LogTime(13),
                             .payload = base::Bytes::Copy("second payload")});
  return message;
}

std::string Encode(const Message& message) { return ToString(EncodeMessage(kGroup, message)); }

absl::StatusOr<Message> Decode(std::string_view bytes) {
  return DecodeMessage(kGroup, base::Bytes::Copy(bytes));
}

// Nodes of two versions meet during an upgrade: these bytes may only change with the version.
TEST(MessageCodecTest, BytesAreGolden) {
  Message message = ExampleWithEntries();
  message.entries.pop_back();
  EXPECT_EQ(absl::BytesToHexString(Encode(message)),
            "01"                // Version.
            "01"                // Type: kAppend.
            "04"                // Flags: amnesiac.
            "00"                // Reserved.
            "01000000"          // Entries.
            "0700000000000000"  // Group.
            "0100000000000000"  // From.
            "0200000000000000"  // To.
            "0300000000000000"  // Term.
            "0400000000000000"  // Index.
            "0500000000000000"  // Log term.
            "0600000000000000"  // Reject hint.
            "0800000000000000"  // Commit.
            "0900000000000000"  // Match.
            "0a00000000000000"  // Context.
            "0b00000000000000"  // Incarnation.
            "449219dd"          // CRC.
            // The entry's header, and its payload.
            "01000000050000000700000000000000"
            "05000000000000000300000000000000"
            "0c0000000000000050a13e8a095772d4"
            "6669727374");
}

TEST(MessageCodecTest, RandomMessagesComeBackAsTheyWere) {
  base::Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    const Message message = AnyMessage(rng, 200);
    WARREN_ASSERT_OK_AND_ASSIGN(const Message decoded, Decode(Encode(message)));
    ASSERT_TRUE(Same(decoded, message)) << Name(message.type);
  }
}

// Only one flag, or one field, differs from its default: nothing is mistaken for its neighbour.
TEST(MessageCodecTest, EachFieldHasAPlaceOfItsOwn) {
  void (*const setters[])(Message&) = {
      [](Message& m) { m.reject = true; },
      [](Message& m) { m.transfer = true; },
      [](Message& m) { m.amnesiac = true; },
      [](Message& m) { m.leader = true; },
      [](Message& m) { m.term = Term(kOrdinalMax); },
      [](Message& m) { m.index = Index(kOrdinalMax); },
      [](Message& m) { m.log_term = Term(kOrdinalMax); },
      [](Message& m) { m.reject_hint = Index(kOrdinalMax); },
      [](Message& m) { m.commit = Index(kOrdinalMax); },
      [](Message& m) { m.match = Index(kOrdinalMax); },
      [](Message& m) { m.context = UINT64_MAX; },
      [](Message& m) { m.incarnation = Incarnation(kOrdinalMax); },
  };
  for (const auto& set : setters) {
    Message message;
    message.type = MessageType::kTermReply;
    message.from = NodeId(1);
    message.to = NodeId(UINT64_MAX);
    set(message);
    WARREN_ASSERT_OK_AND_ASSIGN(const Message decoded, Decode(Encode(message)));
    EXPECT_TRUE(Same(decoded, message));
  }
}

// Computed once, where the payload was packed; what changed in memory since then is found.
TEST(MessageCodecTest, AKnownChecksumOfAPayloadTravelsWithIt) {
  Message message;
  message.type = MessageType::kAppend;
  message.from = NodeId(1);
  message.to = NodeId(2);
  message.term = Term(1);
  message.entries.push_back({.id = {.index = Index(1), .term = Term(1)},
                             .time = {},
                             .crc_known = true,
                             .crc = base::Crc32c("packed"),
                             .payload = base::Bytes::Copy("packed")});
  WARREN_ASSERT_OK_AND_ASSIGN(const Message read,
                              DecodeMessage(kGroup, EncodeMessage(kGroup, message).Flatten()));
  EXPECT_TRUE(read.entries[0].crc_known);
  EXPECT_EQ(read.entries[0].crc, base::Crc32c("packed"));

  message.entries[0].payload = base::Bytes::Copy("pocked");
  EXPECT_THAT(DecodeMessage(kGroup, EncodeMessage(kGroup, message).Flatten()),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(MessageCodecTest, PayloadsAreSharedAndNotCopied) {
  const Message message = ExampleWithEntries();
  const base::BytesChain chain = EncodeMessage(kGroup, message);
  ASSERT_EQ(chain.pieces().size(), 3u);
  EXPECT_EQ(chain.pieces()[1].data(), message.entries[0].payload.data());
  EXPECT_EQ(chain.pieces()[2].data(), message.entries[1].payload.data());

  const base::Bytes bytes = chain.Flatten();
  WARREN_ASSERT_OK_AND_ASSIGN(const Message decoded, DecodeMessage(kGroup, bytes));
  for (const Entry& entry : decoded.entries) EXPECT_TRUE(LiesWithin(entry.payload, bytes));
}

TEST(MessageCodecTest, StateOfASnapshotIsSharedAndNotCopied) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->state = base::Bytes::Copy("state");
  Message message = Example(MessageType::kSnapshot);
  message.snapshot = snapshot;
  const base::BytesChain chain = EncodeMessage(kGroup, message);
  EXPECT_EQ(chain.pieces().back().data(), snapshot->state.data());

  const base::Bytes bytes = chain.Flatten();
  WARREN_ASSERT_OK_AND_ASSIGN(const Message decoded, DecodeMessage(kGroup, bytes));
  EXPECT_TRUE(LiesWithin(decoded.snapshot->state, bytes));
}

TEST(MessageCodecTest, ReusedMessageAllocatesNothing) {
  const base::Bytes append = EncodeMessage(kGroup, ExampleWithEntries()).Flatten();
  const base::Bytes answer = EncodeMessage(kGroup, Example(MessageType::kAppendResponse)).Flatten();
  Message message;
  WARREN_ASSERT_OK(DecodeMessageInto(kGroup, append, message));
  const size_t before = allocations;
  ASSERT_GT(before, 0u);  // Or nobody counts.
  for (int i = 0; i < 100; ++i) {
    WARREN_ASSERT_OK(DecodeMessageInto(kGroup, answer, message));
    WARREN_ASSERT_OK(DecodeMessageInto(kGroup, append, message));
  }
  const size_t after = allocations;
  EXPECT_EQ(after - before, 0u);
  EXPECT_TRUE(Same(message, ExampleWithEntries()));
}

TEST(MessageCodecTest, ReusedMessageKeepsNothingOfTheLastOne) {
  base::Rng rng(2);
  Message reused;
  for (int i = 0; i < 1000; ++i) {
    const Message message = AnyMessage(rng, 50);
    const base::Bytes bytes = EncodeMessage(kGroup, message).Flatten();
    WARREN_ASSERT_OK(DecodeMessageInto(kGroup, bytes, reused));
    ASSERT_TRUE(Same(reused, message)) << Name(message.type);
    if (rng.OneIn(2)) continue;
    const base::Bytes cut = bytes.Slice(0, bytes.size() - 1);
    ASSERT_THAT(DecodeMessageInto(kGroup, cut, reused), StatusIs(kDataLoss));
    ASSERT_TRUE(Same(reused, Message()));
  }
}

TEST(MessageCodecTest, AnyDamageIsFound) {
  base::Rng rng(3);
  for (int type = 0; type < kMessageTypes; ++type) {
    const Message message = AnyMessage(rng, static_cast<MessageType>(type), 20);
    ExpectThatDamageIsFound(Encode(message),
                            [](std::string_view bytes) { return Decode(bytes).status().code(); });
  }
  ExpectThatDamageIsFound(Encode(ExampleWithEntries()),
                          [](std::string_view bytes) { return Decode(bytes).status().code(); });
}

TEST(MessageCodecTest, DamagedEntryIsNamed) {
  const std::string bytes = Encode(ExampleWithEntries());
  EXPECT_THAT(Decode(Patched(bytes, bytes.size() - 1, "X")),
              StatusIs(kDataLoss, AllOf(HasSubstr("raft message of group 7, entry 2 of 2: "),
                                        HasSubstr("raft entry of group 7, index 6: the payload's "
                                                  "CRC is "))));
}

TEST(MessageCodecTest, MisplacedMessageIsToldFromDamage) {
  EXPECT_THAT(
      DecodeMessage(GroupId(8), base::Bytes::Copy(Encode(Example()))),
      StatusIs(kMisplaced, HasSubstr("raft message of group 8: these bytes are of group 7")));
}

TEST(MessageCodecTest, MisplacedEntryIsToldFromDamage) {
  const std::string bytes = Encode(ExampleWithEntries());
  const std::string other_index =
      Resealed(kEntryFormat, Patched(bytes, kHeaderBytes + 16, Fixed(6, 8)), kHeaderBytes);
  EXPECT_THAT(Decode(other_index),
              StatusIs(kMisplaced, HasSubstr("index 5: these bytes are of index 6")));
  const std::string other_group =
      Resealed(kEntryFormat, Patched(bytes, kHeaderBytes + 8, Fixed(8, 8)), kHeaderBytes);
  EXPECT_THAT(Decode(other_group), StatusIs(kMisplaced, HasSubstr("these bytes are of group 8")));
}

TEST(MessageCodecTest, LaterVersionIsToldFromDamage) {
  const std::string bytes = Encode(ExampleWithEntries());
  EXPECT_THAT(Decode(Resealed(kMessageFormat, Patched(bytes, 0, "\x02"))), StatusIs(kLaterVersion));
  EXPECT_THAT(Decode(Resealed(kEntryFormat, Patched(bytes, kHeaderBytes, "\x02"), kHeaderBytes)),
              StatusIs(kLaterVersion));
}

TEST(MessageCodecTest, WhatIsNoMessageIsRefusedThoughItsChecksumFits) {
  const std::string too_large = Fixed(kOrdinalMax + 1, 8);
  const char* const words_of_size = "a term, an index or an incarnation is too large";
  const struct {
    size_t at;
    std::string patch;
    const char* words;
  } cases[] = {
      {1, Fixed(kMessageTypes, 1), "unknown type 15"},
      {1, Fixed(static_cast<uint64_t>(MessageType::kSnapshot), 1), "a snapshot is missing"},
      {1, Fixed(static_cast<uint64_t>(MessageType::kVote), 1),
       "neither an append nor a proposal has entries"},
      {2, Fixed(16, 1), "unknown flags 16"},
      {3, Fixed(1, 1), "a reserved byte holds 1"},
      {4, Fixed(0, 4), "bytes follow its end"},
      {4, Fixed(UINT32_MAX, 4), "4294967295 entries are announced, there is room for 2"},
      {16, Fixed(0, 8), "the sender is missing"},
      {24, Fixed(0, 8), "the receiver is missing"},
      {32, too_large, words_of_size},
      {48, too_large, words_of_size},
      {56, too_large, words_of_size},
      {64, too_large, words_of_size},
      {72, too_large, words_of_size},
      {88, too_large, words_of_size},
  };
  Message message = ExampleWithEntries();
  message.index = Index();
  for (Entry& entry : message.entries) entry.id.index = entry.id.index - 4;
  for (const auto& wrong : cases) {
    const std::string bytes =
        Resealed(kMessageFormat, Patched(Encode(message), wrong.at, wrong.patch));
    EXPECT_THAT(Decode(bytes), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(wrong.words)));
  }
}

TEST(MessageCodecTest, IndexTooLargeIsRefused) {
  const std::string bytes = Encode(Example(MessageType::kHeartbeat));
  EXPECT_THAT(Decode(Resealed(kMessageFormat, Patched(bytes, 40, Fixed(UINT64_MAX, 8)))),
              StatusIs(kDataLoss, HasSubstr("is too large")));
}

TEST(MessageCodecTest, ProposedEntryMustNotHaveAPlaceInALog) {
  Message message = Example(MessageType::kPropose);
  message.entries.push_back({.id = {}, .time = LogTime(12), .payload = base::Bytes::Copy("wish")});
  const std::string bytes = Encode(message);
  WARREN_EXPECT_OK(Decode(bytes));
  EXPECT_THAT(
      Decode(Resealed(kEntryFormat, Patched(bytes, kHeaderBytes + 24, Fixed(1, 8)), kHeaderBytes)),
      StatusIs(kDataLoss, HasSubstr("only proposed has an index or a term")));
}

TEST(MessageCodecDeathTest, EncodingWhatCannotBeDecodedStopsTheProcess) {
  Message lost = Example();
  lost.to = NodeId();
  EXPECT_DEATH(EncodeMessage(kGroup, lost), "the receiver is missing");
  Message gap = ExampleWithEntries();
  gap.entries[1].id.index = Index(7);
  EXPECT_DEATH(EncodeMessage(kGroup, gap), "an entry does not follow the one before it");
  Message empty = Example(MessageType::kSnapshot);
  EXPECT_DEATH(EncodeMessage(kGroup, empty), "a snapshot is missing");
}

}  // namespace
}  // namespace warren::raft
