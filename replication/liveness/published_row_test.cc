#include "replication/liveness/published_row.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId kObserver(2);

base::MonotonicTime At(int64_t seconds) { return base::MonotonicTime(absl::Seconds(seconds)); }

Beat ABeat(std::vector<uint64_t> progress = {}, uint64_t incarnation = 1) {
  Beat beat;
  beat.from = kObserver;
  beat.incarnation = Incarnation(incarnation);
  beat.number = 1;
  beat.shard_progress = std::move(progress);
  beat.sees = {{.node = NodeId(1), .reachable = true, .since = absl::Seconds(5)}};
  return beat;
}

TEST(LivenessPublishedRowTest, OfWhomNothingWasHeardTheRowIsEmptyAndGrowsOld) {
  const MatrixRow row = PublishedRow(At(10)).ToRow(kObserver, At(13));
  EXPECT_EQ(row.observer, kObserver);
  EXPECT_EQ(row.incarnation, Incarnation());
  EXPECT_EQ(row.age, absl::Seconds(3));
  EXPECT_THAT(row.sees, IsEmpty());
  EXPECT_THAT(row.shards_still_for, IsEmpty());
}

TEST(LivenessPublishedRowTest, AgesCountUpToNow) {
  PublishedRow published(At(0));
  published.Update(ABeat(), At(10));
  const MatrixRow row = published.ToRow(kObserver, At(12));
  EXPECT_EQ(row.age, absl::Seconds(2));
  ASSERT_EQ(row.sees.size(), 1u);
  EXPECT_EQ(row.sees[0].since, absl::Seconds(7));
}

TEST(LivenessPublishedRowTest, NewsAreWhomItReachesItsLeaseAndItsLifeAndNothingElse) {
  PublishedRow published(At(0));
  EXPECT_TRUE(published.Update(ABeat({1}), At(1)));
  Beat beat = ABeat({2, 3});
  beat.sees[0].since = absl::Seconds(6);
  EXPECT_FALSE(published.Update(beat, At(2)));
  beat.sees[0].reachable = false;
  EXPECT_TRUE(published.Update(beat, At(3)));
  beat.holds_lease = true;
  EXPECT_TRUE(published.Update(beat, At(4)));
  beat.sees.push_back({.node = NodeId(3), .reachable = true, .since = {}});
  EXPECT_TRUE(published.Update(beat, At(5)));
  beat.incarnation = Incarnation(2);
  EXPECT_TRUE(published.Update(beat, At(6)));
  EXPECT_FALSE(published.Update(beat, At(7)));
}

TEST(LivenessPublishedRowTest, AShardStandsStillSinceItsCounterMovedLast) {
  PublishedRow published(At(0));
  published.Update(ABeat({5, 7}), At(1));
  published.Update(ABeat({5, 8}), At(3));
  published.Update(ABeat({5, 8}), At(6));
  EXPECT_THAT(published.ToRow(kObserver, At(10)).shards_still_for,
              ElementsAre(absl::Seconds(9), absl::Seconds(7)));
}

TEST(LivenessPublishedRowTest, InANewLifeShardsBeginAnewThoughTheirCountersAreEqual) {
  PublishedRow published(At(0));
  published.Update(ABeat({5}, 1), At(1));
  published.Update(ABeat({5}, 2), At(4));
  EXPECT_THAT(published.ToRow(kObserver, At(5)).shards_still_for, ElementsAre(absl::Seconds(1)));
}

TEST(LivenessPublishedRowTest, ShardsThatComeOrGoDoNotTouchTheOthers) {
  PublishedRow published(At(0));
  published.Update(ABeat({5}), At(1));
  published.Update(ABeat({5, 5}), At(2));
  EXPECT_THAT(published.ToRow(kObserver, At(4)).shards_still_for,
              ElementsAre(absl::Seconds(3), absl::Seconds(2)));
  published.Update(ABeat({5}), At(5));
  EXPECT_THAT(published.ToRow(kObserver, At(5)).shards_still_for, ElementsAre(absl::Seconds(4)));
}

}  // namespace
}  // namespace warren::replication
