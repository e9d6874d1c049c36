#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

using codec_internal::kEntryFormat;
using codec_internal::kHardStateFormat;
using codec_testing::AnyEntry;
using codec_testing::AnyHardState;
using codec_testing::ExpectThatDamageIsFound;
using codec_testing::Fixed;
using codec_testing::kGroup;
using codec_testing::LiesWithin;
using codec_testing::Patched;
using codec_testing::Resealed;
using codec_testing::ToString;
using ::testing::AllOf;
using ::testing::HasSubstr;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kMisplaced = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kLaterVersion = absl::StatusCode::kUnimplemented;

const Entry& Example() {
  static const Entry* const example = new Entry{.id = {.index = Index(12), .term = Term(3)},
                                                .time = LogTime(1'700'000'000'000'000),
                                                .type = EntryType::kConfig,
                                                .payload = base::Bytes::Copy("payload")};
  return *example;
}

std::string Encode(const Entry& entry) {
  return ToString(EncodeEntry(kGroup, entry, base::Crc32c(entry.payload.view())));
}

absl::StatusOr<Entry> Decode(std::string_view bytes, std::optional<Index> expected = {}) {
  return DecodeEntry(kGroup, expected, base::Bytes::Copy(bytes));
}

// ---- Entries ----------------------------------------------------------------------------------

// Logs on disk must stay readable: these bytes may only change together with the version.
TEST(EntryCodecTest, BytesAreGolden) {
  EXPECT_EQ(absl::BytesToHexString(Encode(Example())),
            "01"                // Version.
            "01"                // Type: kConfig.
            "0000"              // Reserved.
            "07000000"          // Payload bytes.
            "0700000000000000"  // Group.
            "0c00000000000000"  // Index.
            "0300000000000000"  // Term.
            "00401e18240a0600"  // Time.
            "7069e3f4"          // CRC of the payload.
            "0ee62488"          // CRC of the header.
            "7061796c6f6164");  // The payload.
}

TEST(EntryCodecTest, RandomEntriesComeBackAsTheyWere) {
  base::Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const Entry entry = AnyEntry(rng, 300);
    const std::string bytes = Encode(entry);
    ASSERT_EQ(bytes.size(), kEntryHeaderBytes + entry.payload.size());
    ASSERT_THAT(Decode(bytes), IsOkAndHolds(entry));
    ASSERT_THAT(Decode(bytes, entry.id.index), IsOkAndHolds(entry));
  }
}

TEST(EntryCodecTest, HeaderCanBeReadWithoutThePayload) {
  const std::string bytes = Encode(Example());
  const EntryHeader expected = {.id = Example().id,
                                .time = Example().time,
                                .type = Example().type,
                                .payload_bytes = 7,
                                .payload_crc = base::Crc32c("payload")};
  EXPECT_THAT(DecodeEntryHeader(kGroup, Index(12), bytes), IsOkAndHolds(expected));
  EXPECT_THAT(DecodeEntryHeader(kGroup, {}, bytes.substr(0, kEntryHeaderBytes)),
              IsOkAndHolds(expected));
}

TEST(EntryCodecTest, PayloadIsSharedAndNotCopied) {
  const base::BytesChain chain = EncodeEntry(kGroup, Example(), base::Crc32c("payload"));
  ASSERT_EQ(chain.pieces().size(), 2u);
  EXPECT_EQ(chain.pieces()[1].data(), Example().payload.data());

  const base::Bytes bytes = chain.Flatten();
  WARREN_ASSERT_OK_AND_ASSIGN(const Entry entry, DecodeEntry(kGroup, {}, bytes));
  EXPECT_TRUE(LiesWithin(entry.payload, bytes));
}

TEST(EntryCodecTest, AnyDamageIsFound) {
  base::Rng rng(2);
  for (int i = 0; i < 5; ++i) {
    ExpectThatDamageIsFound(Encode(AnyEntry(rng, 30)),
                            [](std::string_view bytes) { return Decode(bytes).status().code(); });
  }
}

TEST(EntryCodecTest, DamageNamesTheEntryAndBothChecksums) {
  EXPECT_THAT(
      Decode(Patched(Encode(Example()), 40, "XXXX"), Index(12)),
      StatusIs(kDataLoss, AllOf(HasSubstr("raft entry of group 7, index 12: "),
                                HasSubstr("the header's CRC is "), HasSubstr("expected "))));
  EXPECT_THAT(Decode(Patched(Encode(Example()), kEntryHeaderBytes, "P")),
              StatusIs(kDataLoss, AllOf(HasSubstr("raft entry of group 7, index 12: "),
                                        HasSubstr("the payload's CRC is "))));
}

TEST(EntryCodecTest, MisplacedEntryIsToldFromDamage) {
  const base::Bytes bytes = base::Bytes::Copy(Encode(Example()));
  EXPECT_THAT(DecodeEntry(GroupId(8), Index(12), bytes),
              StatusIs(kMisplaced,
                       HasSubstr("raft entry of group 8, index 12: these bytes are of group 7")));
  EXPECT_THAT(DecodeEntry(kGroup, Index(13), bytes),
              StatusIs(kMisplaced,
                       HasSubstr("raft entry of group 7, index 13: these bytes are of index 12")));
}

TEST(EntryCodecTest, LaterVersionIsToldFromDamage) {
  const std::string later = Resealed(kEntryFormat, Patched(Encode(Example()), 0, "\x02"));
  EXPECT_THAT(Decode(later), StatusIs(kLaterVersion, HasSubstr("version 2, this program knows")));
  // It may well have more behind it.
  EXPECT_THAT(Decode(later + "more"), StatusIs(kLaterVersion));
  const std::string zero = Resealed(kEntryFormat, Patched(Encode(Example()), 0, Fixed(0, 1)));
  EXPECT_THAT(Decode(zero), StatusIs(kDataLoss, HasSubstr("version 0")));
}

TEST(EntryCodecTest, WhatIsNoEntryIsRefusedThoughItsChecksumFits) {
  const struct {
    size_t at;
    std::string patch;
    const char* words;
  } cases[] = {
      {1, Fixed(2, 1), "unknown entry type 2"},
      {2, Fixed(1, 2), "reserved bytes hold 1"},
      {3, Fixed(1, 1), "reserved bytes hold 256"},
      {4, Fixed(8, 4), "the payload has 7 bytes, expected 8"},
      {4, Fixed(6, 4), "the payload has 7 bytes, expected 6"},
      {4, Fixed(kPayloadBytesMax + 1, 4), "an entry's payload is too large"},
      {16, Fixed(0, 8), "an entry has the index 0"},
      {16, Fixed(kOrdinalMax + 1, 8), "an entry's index is too large"},
      {24, Fixed(0, 8), "an entry has the term 0"},
      {24, Fixed(kOrdinalMax + 1, 8), "an entry's term is too large"},
      {32, Fixed(kOrdinalMax + 1, 8), "an entry's time is too large"},
  };
  for (const auto& wrong : cases) {
    const std::string bytes =
        Resealed(kEntryFormat, Patched(Encode(Example()), wrong.at, wrong.patch));
    EXPECT_THAT(Decode(bytes), StatusIs(kDataLoss, HasSubstr(wrong.words)));
  }
}

TEST(EntryCodecDeathTest, EncodingAnEntryWithoutAPlaceStopsTheProcess) {
  Entry entry = Example();
  entry.id = {};
  EXPECT_DEATH(EncodeEntryHeader(kGroup, entry, 0), "an entry has the index 0");
}

// ---- Hard states ------------------------------------------------------------------------------

std::string Encode(const HardState& hard_state) {
  const EncodedHardState encoded = EncodeHardState(kGroup, hard_state);
  return std::string(encoded.data(), encoded.size());
}

constexpr HardState kExample = {
    .term = Term(5), .vote = NodeId(2), .commit = Index(11), .amnesiac = true};

TEST(HardStateCodecTest, BytesAreGolden) {
  EXPECT_EQ(absl::BytesToHexString(Encode(kExample)),
            "01"                // Version.
            "01"                // Flags: amnesiac.
            "000000000000"      // Reserved.
            "0700000000000000"  // Group.
            "0500000000000000"  // Term.
            "0200000000000000"  // Vote.
            "0b00000000000000"  // Commit index.
            "135a3234");        // CRC.
}

TEST(HardStateCodecTest, RandomHardStatesComeBackAsTheyWere) {
  base::Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    const HardState hard_state = AnyHardState(rng);
    ASSERT_THAT(DecodeHardState(kGroup, Encode(hard_state)), IsOkAndHolds(hard_state));
  }
}

TEST(HardStateCodecTest, AnyDamageIsFound) {
  ExpectThatDamageIsFound(Encode(kExample), [](std::string_view bytes) {
    return DecodeHardState(kGroup, bytes).status().code();
  });
}

TEST(HardStateCodecTest, MisplacedAndLaterOnesAreToldFromDamage) {
  EXPECT_THAT(
      DecodeHardState(GroupId(8), Encode(kExample)),
      StatusIs(kMisplaced, HasSubstr("raft hard state of group 8: these bytes are of group 7")));
  const std::string later = Resealed(kHardStateFormat, Patched(Encode(kExample), 0, "\x02"));
  EXPECT_THAT(DecodeHardState(kGroup, later), StatusIs(kLaterVersion));
}

TEST(HardStateCodecTest, WhatIsNoHardStateIsRefusedThoughItsChecksumFits) {
  const struct {
    size_t at;
    std::string patch;
    const char* words;
  } cases[] = {
      {1, Fixed(2, 1), "unknown flags 2"},
      {2, Fixed(1, 1), "reserved bytes are not 0"},
      {7, Fixed(1, 1), "reserved bytes are not 0"},
      {16, Fixed(kOrdinalMax + 1, 8), "the term is too large"},
      {32, Fixed(kOrdinalMax + 1, 8), "the commit index is too large"},
  };
  for (const auto& wrong : cases) {
    const std::string bytes =
        Resealed(kHardStateFormat, Patched(Encode(kExample), wrong.at, wrong.patch));
    EXPECT_THAT(DecodeHardState(kGroup, bytes), StatusIs(kDataLoss, HasSubstr(wrong.words)));
  }
}

}  // namespace
}  // namespace warren::raft
