#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/interval_set.h"
#include "base/rng.h"

namespace warren::base {
namespace {

constexpr uint64_t kChunk = 65536;

using namespace std::string_literals;

// `body` with the checksum that fits, so that what is wrong with it is found by the decoder.
std::string Sealed(std::string body) {
  PutFixed32(&body, Crc32c(body));
  return body;
}

absl::StatusCode CodeOf(std::string_view bytes) {
  return IntervalSet::Deserialize(bytes).status().code();
}

TEST(IntervalSetCodecTest, EmptySetIsVersionAndChecksum) {
  const std::string bytes = IntervalSet().Serialize();
  EXPECT_EQ(bytes, Sealed("\x01"));
  EXPECT_TRUE(IntervalSet::Deserialize(bytes).value().empty());
}

// Sets on disk must stay readable: these bytes may only change together with the version.
TEST(IntervalSetCodecTest, BytesAreGolden) {
  IntervalSet set;
  set.InsertRange(5, 6);
  set.Insert(9);
  set.InsertRange(2 * kChunk - 1, 5 * kChunk);
  EXPECT_EQ(set.Serialize(), Sealed("\x01"                      // Version.
                                    "\x00\x05"                  // Chunk 0: 2 runs,
                                    "\x05\x01\x01\x00"          // 5..6 and, 2 places on, 9.
                                    "\x00\x01\xFF\xFF\x03\x00"  // Chunk 1: one run, 65535.
                                    "\x00\x08"                  // A span of 3 full chunks.
                                    "\x00\x01\x00\x00"s));      // Chunk 5: one run, 0.
}

TEST(IntervalSetCodecTest, BitmapIsUsedOnlyAboveTheMostRuns) {
  IntervalSet set;
  for (uint64_t i = 0; i < 2048; ++i) set.Insert(4 * i);
  EXPECT_EQ(set.Serialize().size(), 1 + 1 + 2 + 2 * 2048 + 4u);
  set.Insert(4 * 2048);
  EXPECT_EQ(set.Serialize().size(), 1 + 1 + 1 + 8192 + 4u);
  EXPECT_EQ(IntervalSet::Deserialize(set.Serialize()).value(), set);
  // The chunk in memory stays a bitmap for a while; the bytes go by content.
  set.Erase(4 * 2048);
  EXPECT_EQ(set.Serialize().size(), 1 + 1 + 2 + 2 * 2048 + 4u);
}

TEST(IntervalSetCodecTest, BacklogOfAnyDepthTakesAFewBytes) {
  IntervalSet set;
  set.InsertRange(1, 100'000'000'000);
  EXPECT_LE(set.Serialize().size(), 32u);
}

TEST(IntervalSetCodecTest, EveryFlippedBitAndEveryTruncationIsAnError) {
  IntervalSet set;
  set.InsertRange(100, 3 * kChunk);
  set.Insert(1'000'000);
  std::string bytes = set.Serialize();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(CodeOf(std::string_view(bytes).substr(0, size)), absl::StatusCode::kDataLoss);
  }
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(CodeOf(bytes), absl::StatusCode::kDataLoss);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(IntervalSetCodecTest, OtherVersionsAreRefused) {
  EXPECT_EQ(CodeOf(Sealed("\x02")), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf(Sealed("\x00"s)), absl::StatusCode::kDataLoss);
}

struct Malformed {
  std::string what;
  std::string body;
};

// With a valid checksum: what hostile or badly written bytes could say.
TEST(IntervalSetCodecTest, MalformedContentIsAnError) {
  const std::string huge = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  const std::string last_chunk = "\xFF\xFF\xFF\xFF\xFF\xFF\x3F";  // 2^48 - 1.
  std::string sparse_bitmap(8192, '\0');
  sparse_bitmap[7] = 1;
  const std::string bitmap_of_most_runs = std::string(512, '\x55') + std::string(7680, '\0');
  const std::vector<Malformed> cases = {
      {"no head", "\x01\x00"s},
      {"unknown kind", "\x01\x00\x03"s},
      {"first chunk beyond the last", "\x01" + huge + "\x01\x00\x00"s},
      {"chunk just beyond the last", "\x01\x80\x80\x80\x80\x80\x80\x40\x01\x00\x00"s},
      {"gap that overflows", "\x01\x05\x00"s + huge + "\x00"s},
      {"span over the end", "\x01\x01"s + "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"},
      {"full last chunk", "\x01" + last_chunk + "\x00"s},
      {"2^64 - 1 as a position", "\x01" + last_chunk + "\x01\xFF\xFF\x03\x00"s},
      {"span written as two", "\x01\x00\x00\x00\x00"s},
      {"more runs than allowed", "\x01\x00\x81\x40"s + std::string(2 * 2049, '\0')},
      {"run cut off", "\x01\x00\x01\x00"s},
      {"run beyond its chunk", "\x01\x00\x01\x80\x80\x04\x00"s},
      {"run too long for its chunk", "\x01\x00\x01\x01\xFF\xFF\x03"s},
      {"run length that overflows", "\x01\x00\x01\x01"s + huge},
      {"second run beyond its chunk", "\x01\x00\x05\xFE\xFF\x03\x00\x00\x00"s},
      {"full chunk as runs", "\x01\x00\x01\x00\xFF\xFF\x03"s},
      {"bitmap with a count", "\x01\x00\x06"s + std::string(8192, '\x55')},
      {"bitmap cut off", "\x01\x00\x02"s + std::string(8191, '\x55')},
      {"bitmap of few runs", "\x01\x00\x02"s + sparse_bitmap},
      {"bitmap of 2,048 runs", "\x01\x00\x02"s + bitmap_of_most_runs},
      {"empty bitmap", "\x01\x00\x02"s + std::string(8192, '\0')},
      {"longer varint than needed", "\x01\x80\x00\x01\x00\x00"s},
      {"something behind the last segment", "\x01\x00\x01\x00\x00\x00"s},
  };
  for (const Malformed& malformed : cases) {
    EXPECT_EQ(CodeOf(Sealed(malformed.body)), absl::StatusCode::kDataLoss) << malformed.what;
  }
  // The neighbours of some of these are fine, so it is not something else that is refused.
  for (const std::string& body :
       {"\x01" + last_chunk + "\x01\xFE\xFF\x03\x00"s, "\x01\x00\x00\x01\x00"s,
        "\x01\x00\x01\x01\xFE\xFF\x03"s, "\x01\x00\x02"s + std::string(8192, '\x55')}) {
    EXPECT_EQ(CodeOf(Sealed(body)), absl::StatusCode::kOk);
  }
}

TEST(IntervalSetCodecTest, MemoryIsBoundedByTheInput) {
  std::string many_spans = "\x01";
  std::string many_runs = "\x01";
  for (int i = 0; i < 10'000; ++i) {
    many_spans += "\x01\x00"s;  // The costliest per byte: a segment in two bytes.
    many_runs += "\x00\x01\x01\x00"s;
  }
  for (const std::string& body : {many_spans, many_runs}) {
    const std::string bytes = Sealed(body);
    const IntervalSet set = IntervalSet::Deserialize(bytes).value();
    set.CheckInvariants();
    EXPECT_LE(set.MemoryBytes(), IntervalSet::kDecodedBytesPerByte * bytes.size());
  }
}

// Whatever is accepted is written again exactly as it was read.
TEST(IntervalSetCodecTest, RandomlyDamagedBodiesAreRefusedOrCanonical) {
  Rng rng(1);
  IntervalSet set;
  for (int i = 0; i < 200; ++i) {
    const uint64_t first = rng.Below(20 * kChunk);
    set.InsertRange(first, first + rng.Below(rng.OneIn(10) ? 3 * kChunk : 50));
    if (rng.OneIn(2)) set.Erase(rng.Below(20 * kChunk));
  }
  const std::string bytes = set.Serialize();
  const std::string body = bytes.substr(0, bytes.size() - 4);
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = body;
    damaged[rng.Below(damaged.size())] = static_cast<char>(rng.Below(256));
    if (rng.OneIn(3)) damaged.resize(rng.Below(damaged.size() + 1));
    const std::string sealed = Sealed(damaged);
    const absl::StatusOr<IntervalSet> decoded = IntervalSet::Deserialize(sealed);
    if (!decoded.ok()) continue;
    ++accepted;
    decoded->CheckInvariants();
    ASSERT_EQ(decoded->Serialize(), sealed);
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace warren::base
