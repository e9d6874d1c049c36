#include <limits>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/rng.h"
#include "replication/liveness/beat.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

Beat Example() {
  return {.from = NodeId(0x0102030405060708),
          .incarnation = Incarnation(5),
          .number = 300,
          .echo_number = 299,
          .echo_incarnation = Incarnation(9),
          .shard_progress = {1, 128},
          .sees = {{.node = NodeId(2), .reachable = true, .since = absl::Milliseconds(1500)},
                   {.node = NodeId(3), .reachable = false, .since = absl::ZeroDuration()}},
          .holds_lease = true};
}

std::string Encoded(const Beat& beat) { return std::string(EncodeBeat(beat).view()); }

// What the digits say; blanks are for the reader.
std::string FromHex(std::string_view digits) {
  return absl::HexStringToBytes(
      absl::StrReplaceAll(absl::string_view(digits.data(), digits.size()), {{" ", ""}}));
}

TEST(BeatCodecTest, BytesAreGolden) {
  const std::string_view golden =
      "01 01 0807060504030201 05 ac02 09 ab02 "        // Holds its lease; numbers.
      "02 01 8001 "                                    // Shards.
      "02 0200000000000000 b917 0300000000000000 00";  // Peers; 2 x 1,500 + 1.
  EXPECT_EQ(absl::BytesToHexString(Encoded(Example())), absl::BytesToHexString(FromHex(golden)));
}

TEST(BeatCodecTest, RoundTrip) {
  EXPECT_THAT(DecodeBeat(Encoded(Example())), IsOkAndHolds(Example()));
  const Beat least{.from = NodeId(1),
                   .incarnation = Incarnation(1),
                   .number = 1,
                   .echo_number = 0,
                   .echo_incarnation = Incarnation(),
                   .shard_progress = {},
                   .sees = {},
                   .holds_lease = false};
  EXPECT_THAT(DecodeBeat(Encoded(least)), IsOkAndHolds(least));
}

TEST(BeatCodecTest, AsMuchAsThereMayBe) {
  Beat beat = Example();
  beat.shard_progress.assign(kBeatShardsMax, std::numeric_limits<uint64_t>::max());
  beat.sees.clear();
  for (uint64_t i = 1; i <= kBeatPeersMax; ++i) {
    beat.sees.push_back({.node = NodeId(i), .reachable = true, .since = absl::Hours(24 * 365)});
  }
  EXPECT_THAT(DecodeBeat(Encoded(beat)), IsOkAndHolds(beat));
}

TEST(BeatCodecTest, AgesAreBounded) {
  Beat beat = Example();
  beat.sees[0].since = absl::InfiniteDuration();
  beat.sees[1].since = -absl::Seconds(1);
  const auto decoded = DecodeBeat(Encoded(beat));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->sees[0].since, absl::Milliseconds(int64_t{1} << 42));
  EXPECT_EQ(decoded->sees[1].since, absl::ZeroDuration());
}

TEST(BeatCodecTest, LaterVersionIsToldApartFromDamage) {
  std::string bytes = Encoded(Example());
  bytes[0] = 2;
  EXPECT_THAT(DecodeBeat(bytes),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("version 2")));
  bytes[0] = 0;
  EXPECT_THAT(DecodeBeat(bytes), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(BeatCodecTest, EveryShorterOrLongerOneIsRefused) {
  const std::string bytes = Encoded(Example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeBeat(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
  EXPECT_THAT(DecodeBeat(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(BeatCodecTest, WhatCannotBeIsRefused) {
  const auto refused = [](std::string_view digits, const char* why) {
    EXPECT_THAT(DecodeBeat(FromHex(digits)), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(why)))
        << digits;
  };
  refused("01 00 0000000000000000 01 01 00 00 00 00", "from nobody");
  refused("01 02 0100000000000000 01 01 00 00 00 00", "unknown flags");
  refused("01 00 0100000000000000 00 01 00 00 00 00", "incarnation");
  refused("01 00 0100000000000000 80808080808080808001 01 00 00 00 00", "incarnation");
  refused("01 00 0100000000000000 01 00 00 00 00 00", "number is 0");
  refused("01 00 0100000000000000 01 01 01 00 00 00", "half a beat");
  refused("01 00 0100000000000000 01 01 00 01 00 00", "half a beat");
  refused("01 00 0100000000000000 01 01 00 00 ffffffff0f 00", "too many shards");
  refused("01 00 0100000000000000 01 01 00 00 00 ffffffff0f", "too many peers");
  refused("01 00 0100000000000000 01 01 00 00 00 01 0000000000000000 00", "in order");
  refused("01 00 0100000000000000 01 01 00 00 00 02 0200000000000000 00 0200000000000000 00",
          "in order");
  refused("01 00 0100000000000000 01 01 00 00 00 01 0200000000000000 ffffffffffffffff7f", "an age");
  refused("01 00 0100000000000000 8100 01 00 00 00 00", "ends early");  // Longer than need be.
}

TEST(BeatCodecTest, WhateverIsTakenIsWhatWouldBeWritten) {
  base::Rng rng(20);
  const std::string good = Encoded(Example());
  size_t taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes = good.substr(0, rng.OneIn(4) ? rng.Below(good.size() + 1) : good.size());
    for (uint64_t change = rng.Below(4); change > 0 && !bytes.empty(); --change) {
      bytes[rng.Below(bytes.size())] = static_cast<char>(rng.Next());
    }
    const auto beat = DecodeBeat(bytes);
    if (!beat.ok()) continue;
    ++taken;
    ASSERT_EQ(Encoded(*beat), bytes);
  }
  EXPECT_GT(taken, 1000u);
}

}  // namespace
}  // namespace warren::replication
