#include "queue/deduplication_cache.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "queue/command.h"
#include "tests/support/status_matchers.h"

namespace warren::queue {
namespace {

using warren::testing::StatusIs;

constexpr DeduplicationConfig kForever = {.cache_size = 3, .ttl = 0};
constexpr DeduplicationConfig kTenSeconds = {.cache_size = 3, .ttl = 10 * kSecond};

Time Second(uint64_t seconds) { return Time(seconds * kSecond); }
base::Bytes Id(const std::string& id) { return base::Bytes::Copy(id); }

std::string Serialized(const DeduplicationCache& cache) {
  std::string bytes;
  cache.AppendTo(&bytes);
  return bytes;
}

absl::StatusOr<DeduplicationCache> ReadAll(const std::string& bytes) {
  base::Reader reader(bytes);
  absl::StatusOr<DeduplicationCache> cache = DeduplicationCache::Read(reader);
  if (cache.ok() && !reader.AtEnd()) return absl::DataLossError("not all was read");
  return cache;
}

TEST(DeduplicationCacheTest, ContainsWhatItWasToldToRemember) {
  DeduplicationCache cache;
  cache.Remember(Id("a"), Second(1), kForever);
  EXPECT_TRUE(cache.Contains(Id("a"), Second(1'000'000), kForever));
  EXPECT_FALSE(cache.Contains(Id("b"), Second(1), kForever));
}

TEST(DeduplicationCacheTest, OldestGoesFirstWhenItIsFull) {
  DeduplicationCache cache;
  for (const char* id : {"a", "b", "c", "d"}) cache.Remember(Id(id), Second(1), kForever);
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_FALSE(cache.Contains(Id("a"), Second(1), kForever));
  EXPECT_TRUE(cache.Contains(Id("b"), Second(1), kForever));
  EXPECT_TRUE(cache.Contains(Id("d"), Second(1), kForever));
}

TEST(DeduplicationCacheTest, SeeingAnIdAgainDoesNotRenewIt) {
  DeduplicationCache cache;
  cache.Remember(Id("a"), Second(1), kTenSeconds);
  cache.Remember(Id("a"), Second(10), kTenSeconds);
  EXPECT_TRUE(cache.Contains(Id("a"), Time(11 * kSecond - 1), kTenSeconds));
  EXPECT_FALSE(cache.Contains(Id("a"), Second(11), kTenSeconds));
}

TEST(DeduplicationCacheTest, TimeIsExactThoughNothingIsTidied) {
  DeduplicationCache cache;
  cache.Remember(Id("a"), Second(1), kTenSeconds);
  EXPECT_FALSE(cache.Contains(Id("a"), Second(11), kTenSeconds));
  EXPECT_EQ(cache.size(), 1u);
  cache.Remember(Id("a"), Second(11), kTenSeconds);  // Anew.
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_TRUE(cache.Contains(Id("a"), Second(20), kTenSeconds));
  cache.CheckInvariants();
}

TEST(DeduplicationCacheTest, ForgettingIsBoundedAndOldestFirst) {
  DeduplicationCache cache;
  cache.Remember(Id("a"), Second(1), kTenSeconds);
  cache.Remember(Id("b"), Second(2), kTenSeconds);
  cache.Remember(Id("c"), Second(3), kTenSeconds);
  EXPECT_EQ(cache.NextDeadline(kTenSeconds), Second(11));
  cache.ForgetDue(Second(12), kTenSeconds, 1);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.NextDeadline(kTenSeconds), Second(12));
  cache.ForgetDue(Second(12), kTenSeconds, 10);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.NextDeadline(kTenSeconds), Second(13));
}

TEST(DeduplicationCacheTest, WithoutTtlNothingIsEverDue) {
  DeduplicationCache cache;
  EXPECT_EQ(cache.NextDeadline(kTenSeconds), std::nullopt);
  cache.Remember(Id("a"), Second(1), kForever);
  EXPECT_EQ(cache.NextDeadline(kForever), std::nullopt);
  cache.ForgetDue(Time(UINT64_MAX), kForever, 10);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(DeduplicationCacheTest, ShrinkingKeepsTheNewest) {
  DeduplicationCache cache;
  for (const char* id : {"a", "b", "c"}) cache.Remember(Id(id), Second(1), kForever);
  const DeduplicationConfig one = {.cache_size = 1, .ttl = 0};
  cache.Shrink(one);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_TRUE(cache.Contains(Id("c"), Second(1), one));
  cache.Clear();
  EXPECT_TRUE(cache.empty());
}

TEST(DeduplicationCacheTest, EmptyIdIsNone) {
  DeduplicationCache cache;
  cache.Remember(base::Bytes(), Second(1), kForever);
  EXPECT_TRUE(cache.empty());
  EXPECT_FALSE(cache.Contains(base::Bytes(), Second(1), kForever));
}

TEST(DeduplicationCacheTest, IdsAreCopied) {
  DeduplicationCache cache;
  const base::Bytes block = base::Bytes::Copy(std::string(100'000, 'x'));
  cache.Remember(block.Slice(0, 10), Second(1), kForever);
  EXPECT_LT(cache.MemoryBytes(), 1000u);
}

TEST(DeduplicationCacheTest, IdsCostLittleMoreThanTheirBytes) {
  DeduplicationCache cache;
  const DeduplicationConfig config = {.cache_size = 1 << 14, .ttl = 0};
  for (int i = 0; i < 3 << 14; ++i) {
    cache.Remember(Id("0123456789-" + std::to_string(100'000 + i)), Second(1), config);
  }
  EXPECT_EQ(cache.size(), size_t{1} << 14);
  EXPECT_LT(cache.MemoryBytes() >> 14, 130u);  // Of which 17 are the id's own.
}

// ---- Bytes --------------------------------------------------------------------------------------

TEST(DeduplicationCacheTest, DamageIsFoundOrIsAnotherCache) {
  DeduplicationCache cache;
  const DeduplicationConfig config;
  for (const char* id : {"a", "bb", "c", "dd", "e"}) cache.Remember(Id(id), Second(1), config);
  cache.Remember(Id("f"), Second(100), config);
  const std::string bytes = Serialized(cache);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ReadAll(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss));
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(value);
      const absl::StatusOr<DeduplicationCache> read = ReadAll(damaged);
      if (read.ok()) {
        read->CheckInvariants();
        ASSERT_EQ(Serialized(*read), damaged) << "byte " << at << " as " << value;
      } else {
        ASSERT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
      }
    }
  }
}

TEST(DeduplicationCacheTest, IdsOfTheFutureAreDamage) {
  DeduplicationCache cache;
  cache.Remember(Id("a"), Second(5), kForever);
  const std::string bytes = Serialized(cache);
  base::Reader in_time(bytes);
  EXPECT_TRUE(DeduplicationCache::Read(in_time, Second(5)).ok());
  base::Reader early(bytes);
  EXPECT_THAT(DeduplicationCache::Read(early, Second(4)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(DeduplicationCacheTest, HostileSizesTakeNoMemory) {
  std::string bytes;
  base::PutVarint64(&bytes, UINT64_MAX);
  EXPECT_THAT(ReadAll(bytes), StatusIs(absl::StatusCode::kDataLoss));
  base::PutVarint64(&bytes, 0);
  base::PutLengthPrefixed(&bytes, std::string(kDeduplicationIdBytesMax + 1, 'x'));
  EXPECT_THAT(ReadAll(bytes), StatusIs(absl::StatusCode::kDataLoss));
}

// ---- Against a naive model ----------------------------------------------------------------------

struct Remembered {
  std::string id;
  Time at;
};

TEST(DeduplicationCacheTest, RandomHistoriesAgreeWithANaiveModel) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    base::Rng rng(seed);
    DeduplicationConfig config = {.cache_size = static_cast<uint32_t>(rng.Between(1, 20)),
                                  .ttl = rng.OneIn(3) ? 0 : rng.Between(1, 60)};
    DeduplicationCache cache;
    std::deque<Remembered> model;
    Time now(1);
    for (int step = 0; step < 2000; ++step) {
      now = now + rng.Below(4);
      cache.ForgetDue(now, config, rng.Below(2));
      if (rng.OneIn(200)) {
        config.cache_size = static_cast<uint32_t>(rng.Between(1, 20));
        cache.Shrink(config);
      }
      std::erase_if(model, [&](const Remembered& entry) {
        return config.ttl != 0 && now - entry.at >= config.ttl;
      });
      while (model.size() > config.cache_size) model.pop_front();

      const std::string id = std::to_string(rng.Below(30));
      const bool contained =
          std::any_of(model.begin(), model.end(), [&](const auto& e) { return e.id == id; });
      ASSERT_EQ(cache.Contains(Id(id), now, config), contained) << "seed " << seed;
      if (rng.OneIn(3)) continue;
      cache.Remember(Id(id), now, config);
      if (!contained) {
        model.push_back({id, now});
        if (model.size() > config.cache_size) model.pop_front();
      }
      if (!rng.OneIn(20)) continue;
      cache.CheckInvariants();
      absl::StatusOr<DeduplicationCache> restored = ReadAll(Serialized(cache));
      ASSERT_TRUE(restored.ok()) << restored.status();
      ASSERT_EQ(Serialized(*restored), Serialized(cache));
      cache = *std::move(restored);
    }
  }
}

}  // namespace
}  // namespace warren::queue
