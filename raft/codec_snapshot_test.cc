#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/crc32c.h"
#include "base/rng.h"
#include "raft/codec.h"
#include "raft/codec_header.h"
#include "raft/codec_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::raft {
namespace {

using codec_internal::kSnapshotFormat;
using codec_testing::AnySnapshot;
using codec_testing::ExpectThatDamageIsFound;
using codec_testing::Fixed;
using codec_testing::kGroup;
using codec_testing::LiesWithin;
using codec_testing::Patched;
using codec_testing::Resealed;
using codec_testing::Same;
using codec_testing::ToString;
using ::testing::HasSubstr;
using warren::testing::StatusIs;

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kMisplaced = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kLaterVersion = absl::StatusCode::kUnimplemented;

constexpr size_t kHeaderBytes = kSnapshotFormat.header_bytes;

// Up to entry 20 of term 4; entries 6, 7 and 9 are live. The parts behind the header:
//   voters 72, outgoing 88, learners 96, learners_next 104, runs 112, live set 144.
Snapshot Example() {
  Snapshot snapshot;
  snapshot.last = {.id = {.index = Index(20), .term = Term(4)}, .time = LogTime(1000)};
  snapshot.membership.voters = {NodeId(1), NodeId(2)};
  snapshot.membership.outgoing.Insert(NodeId(3));
  snapshot.membership.learners.Insert(NodeId(5));
  snapshot.membership.learners_next.Insert(NodeId(3));
  snapshot.membership.auto_leave = true;
  snapshot.terms =
      TermRuns::FromRuns(
          {{.first = Index(6), .term = Term(2)}, {.first = Index(15), .term = Term(4)}}, Index(20))
          .value();
  snapshot.live.InsertRange(6, 7);
  snapshot.live.Insert(9);
  snapshot.state = base::Bytes::Copy("the state");
  return snapshot;
}
constexpr size_t kLiveAt = 144;
const size_t kLiveBytes = Example().live.Serialize().size();
const size_t kStateAt = kLiveAt + kLiveBytes;

std::string Encode(const Snapshot& snapshot) { return ToString(EncodeSnapshot(kGroup, snapshot)); }

absl::StatusOr<Snapshot> Decode(std::string_view bytes, std::optional<Index> expected = {}) {
  return DecodeSnapshot(kGroup, expected, base::Bytes::Copy(bytes));
}

// The example with `patch` at `at`, and with checksums that fit.
std::string PatchedExample(size_t at, std::string_view patch) {
  std::string bytes = Patched(Encode(Example()), at, patch);
  const std::string_view log =
      std::string_view(bytes).substr(kHeaderBytes, kStateAt - kHeaderBytes);
  return Resealed(kSnapshotFormat, Patched(bytes, 52, Fixed(base::Crc32c(log), 4)));
}

TEST(SnapshotCodecTest, BytesAreGolden) {
  EXPECT_EQ(absl::BytesToHexString(Encode(Example())),
            "01"                // Version.
            "01"                // Flags: auto_leave.
            "0000"              // Reserved.
            "02000000"          // Runs of terms.
            "0700000000000000"  // Group.
            "1400000000000000"  // Last index.
            "0400000000000000"  // Last term.
            "e803000000000000"  // Last time.
            "0200"              // Voters.
            "0100"              // Outgoing.
            "0100"              // Learners.
            "0100"              // Learners next.
            "0b000000"          // Bytes of the live set.
            "bcf88540"          // CRC of the log part.
            "0900000000000000"  // Bytes of the state.
            "b4e89d52"          // CRC of the state.
            "1b8fa833"          // CRC of the header.
            "0100000000000000"  // Voters.
            "0200000000000000"
            "0300000000000000"  // Outgoing.
            "0500000000000000"  // Learners.
            "0300000000000000"  // Learners next.
            "0600000000000000"  // Runs: first index, term.
            "0200000000000000"
            "0f00000000000000"
            "0400000000000000"
            "01000506010000b5176d6a"  // The live set (its own format).
            "746865207374617465");    // The state.
}

TEST(SnapshotCodecTest, RandomSnapshotsComeBackAsTheyWere) {
  base::Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const Snapshot snapshot = AnySnapshot(rng, 300);
    WARREN_ASSERT_OK_AND_ASSIGN(const Snapshot decoded,
                                Decode(Encode(snapshot), snapshot.last.id.index));
    ASSERT_TRUE(Same(decoded, snapshot));
  }
}

TEST(SnapshotCodecTest, StateIsSharedAndNotCopied) {
  const Snapshot snapshot = Example();
  const base::BytesChain chain = EncodeSnapshot(kGroup, snapshot);
  ASSERT_EQ(chain.pieces().size(), 2u);
  EXPECT_EQ(chain.pieces()[1].data(), snapshot.state.data());

  const base::Bytes bytes = chain.Flatten();
  WARREN_ASSERT_OK_AND_ASSIGN(const Snapshot decoded, DecodeSnapshot(kGroup, {}, bytes));
  EXPECT_TRUE(LiesWithin(decoded.state, bytes));
}

TEST(SnapshotCodecTest, AnyDamageIsFound) {
  ExpectThatDamageIsFound(Encode(Example()),
                          [](std::string_view bytes) { return Decode(bytes).status().code(); });
  ExpectThatDamageIsFound(Encode(Snapshot()),
                          [](std::string_view bytes) { return Decode(bytes).status().code(); });
}

TEST(SnapshotCodecTest, DamageNamesThePart) {
  EXPECT_THAT(
      Decode(Patched(Encode(Example()), kStateAt, "T"), Index(20)),
      StatusIs(kDataLoss, HasSubstr("raft snapshot of group 7, index 20: the state's CRC")));
  EXPECT_THAT(Decode(Patched(Encode(Example()), kHeaderBytes, "\x05")),
              StatusIs(kDataLoss, HasSubstr("the log part's CRC")));
}

TEST(SnapshotCodecTest, MisplacedAndLaterOnesAreToldFromDamage) {
  const base::Bytes bytes = base::Bytes::Copy(Encode(Example()));
  EXPECT_THAT(
      DecodeSnapshot(GroupId(8), {}, bytes),
      StatusIs(kMisplaced, HasSubstr("raft snapshot of group 8: these bytes are of group 7")));
  EXPECT_THAT(
      DecodeSnapshot(kGroup, Index(21), bytes),
      StatusIs(kMisplaced,
               HasSubstr("raft snapshot of group 7, index 21: these bytes are of index 20")));
  EXPECT_THAT(Decode(PatchedExample(0, "\x02")), StatusIs(kLaterVersion));
}

TEST(SnapshotCodecTest, WhatIsNoSnapshotIsRefusedThoughItsChecksumsFit) {
  const struct {
    size_t at;
    std::string patch;
    const char* words;
  } cases[] = {
      {1, Fixed(2, 1), "unknown flags 2"},
      {2, Fixed(1, 2), "reserved bytes hold 1"},
      {4, Fixed(1, 4), "the header announces"},
      {4, Fixed(UINT32_MAX, 4), "a part is too large: 4294967295 runs"},
      {16, Fixed(0, 8), "the runs of terms are not in order"},
      {16, Fixed(kOrdinalMax + 1, 8), "the last index is too large"},
      {24, Fixed(5, 8), "the terms do not end with the last entry"},
      {24, Fixed(kOrdinalMax + 1, 8), "the last term is too large"},
      {32, Fixed(kOrdinalMax + 1, 8), "the last time is too large"},
      {40, Fixed(UINT16_MAX, 2), "the header announces"},
      {48, Fixed(UINT32_MAX, 4), "4294967295 bytes of live set"},
      {56, Fixed(UINT64_MAX, 8), "18446744073709551615 bytes of state"},
      {72, Fixed(0, 8), "a set of members is too large, or not in order"},
      {72, Fixed(2, 8), "a set of members is too large, or not in order"},
      {96, Fixed(1, 8), "the membership contradicts itself"},
      {104, Fixed(1, 8), "the membership contradicts itself"},
      {112, Fixed(15, 8), "the runs of terms are not in order"},
      {112, Fixed(7, 8), "the terms do not reach down to the first live entry"},
      {136, Fixed(2, 8), "the runs of terms are not in order"},
      {kLiveAt, "\x7F", "interval set"},
  };
  for (const auto& wrong : cases) {
    EXPECT_THAT(Decode(PatchedExample(wrong.at, wrong.patch)),
                StatusIs(kDataLoss, HasSubstr(wrong.words)))
        << "at " << wrong.at;
  }
}

TEST(SnapshotCodecTest, LastEntryHasAnIndexIfItHasATerm) {
  const std::string nothing = Encode(Snapshot());
  WARREN_EXPECT_OK(Decode(nothing));
  EXPECT_THAT(Decode(Resealed(kSnapshotFormat, Patched(nothing, 24, Fixed(1, 8)))),
              StatusIs(kDataLoss, HasSubstr("an index and no term, or a term and no index")));
}

// The live set of another snapshot, with nothing else wrong.
absl::Status DecodeWithLive(const base::IntervalSet& live) {
  const std::string bytes = Encode(Example());
  const std::string serialised = live.Serialize();
  std::string log = bytes.substr(kHeaderBytes, kLiveAt - kHeaderBytes) + serialised;
  std::string header = Patched(bytes.substr(0, kHeaderBytes), 48, Fixed(serialised.size(), 4));
  header = Patched(header, 52, Fixed(base::Crc32c(log), 4));
  return Decode(Resealed(kSnapshotFormat, header) + log + bytes.substr(kStateAt)).status();
}

TEST(SnapshotCodecTest, LiveEntriesMustBeEntriesOfTheLogBelow) {
  base::IntervalSet live;
  live.InsertRange(6, 20);
  EXPECT_THAT(DecodeWithLive(live), warren::testing::IsOk());
  live.Insert(21);
  EXPECT_THAT(DecodeWithLive(live), StatusIs(kDataLoss, HasSubstr("above the last one is live")));
  live.Clear();
  live.Insert(0);
  EXPECT_THAT(DecodeWithLive(live), StatusIs(kDataLoss, HasSubstr("index 0 is live")));
}

TEST(SnapshotCodecTest, TooManyMembersAreRefused) {
  Snapshot snapshot = Example();
  for (uint64_t i = 0; i < kMembersMax - 1; ++i)
    snapshot.membership.learners.Insert(NodeId(10 + i));
  std::string bytes = Encode(snapshot);
  WARREN_EXPECT_OK(Decode(bytes));
  // One more, larger than all, behind the last one.
  const size_t end = kHeaderBytes + 8 * (2 + 1 + kMembersMax);
  bytes.insert(end, Fixed(UINT64_MAX, 8));
  bytes = Patched(bytes, 44, Fixed(kMembersMax + 1, 2));
  const size_t log_bytes = bytes.size() - kHeaderBytes - snapshot.state.size();
  const uint32_t crc = base::Crc32c(std::string_view(bytes).substr(kHeaderBytes, log_bytes));
  EXPECT_THAT(Decode(Resealed(kSnapshotFormat, Patched(bytes, 52, Fixed(crc, 4)))),
              StatusIs(kDataLoss, HasSubstr("a set of members is too large")));
}

TEST(SnapshotCodecDeathTest, EncodingWhatCannotBeDecodedStopsTheProcess) {
  Snapshot snapshot = Example();
  snapshot.last.id.term = Term(5);
  EXPECT_DEATH(EncodeSnapshot(kGroup, snapshot), "the terms do not end with the last entry");
  snapshot = Example();
  snapshot.terms = {};
  EXPECT_DEATH(EncodeSnapshot(kGroup, snapshot), "the terms do not reach down");
  snapshot = Example();
  snapshot.membership.learners.Insert(NodeId(1));
  EXPECT_DEATH(EncodeSnapshot(kGroup, snapshot), "the membership contradicts itself");
  snapshot = Example();
  snapshot.terms.Append(Term(4));
  EXPECT_DEATH(EncodeSnapshot(kGroup, snapshot), "the terms do not end with the last entry");
  snapshot = Example();
  for (uint64_t i = 0; i < kMembersMax; ++i) snapshot.membership.learners.Insert(NodeId(10 + i));
  EXPECT_DEATH(EncodeSnapshot(kGroup, snapshot), "there are too many members");
}

}  // namespace
}  // namespace warren::raft
