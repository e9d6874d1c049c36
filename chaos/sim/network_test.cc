#include "chaos/sim/network.h"

#include "gtest/gtest.h"

namespace warren::sim {
namespace {

using raft::NodeId;

constexpr NodeId kOne{1};
constexpr NodeId kTwo{2};

class NetworkTest : public testing::Test {
 protected:
  Network Make(const NetworkSetup& setup) { return Network(setup, base::Rng(7), stats_); }
  uint64_t Count(FaultKind kind) const { return stats_.faults[static_cast<size_t>(kind)]; }

  Stats stats_;
  const Time now_ = Time(Seconds(1));
};

TEST_F(NetworkTest, DeliversOnceWithinTheDelaysThatWereSet) {
  const NetworkSetup setup{.delay_min = Milliseconds(2), .delay_max = Milliseconds(3)};
  Network network = Make(setup);

  for (int i = 0; i < 100; ++i) {
    const Network::Arrivals arrivals = network.Send(kOne, kTwo, now_);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_GE(arrivals[0], now_ + setup.delay_min);
    EXPECT_LE(arrivals[0], now_ + setup.delay_max);
  }
}

TEST_F(NetworkTest, KeepsTheOrderOfALink) {
  Network network = Make({.delay_min = Milliseconds(1), .delay_max = Milliseconds(50)});

  Time last;
  for (int i = 0; i < 100; ++i) {
    const Time arrival = network.Send(kOne, kTwo, now_ + Microseconds(i))[0];
    EXPECT_GE(arrival, last);
    last = arrival;
  }
  EXPECT_EQ(Count(FaultKind::kMessageReordered), 0U);
}

TEST_F(NetworkTest, LetsStragglersBeOvertaken) {
  Network network = Make({.straggling = kAlways / 2, .straggle_max = Seconds(1)});

  int overtaken = 0;
  Time last;
  for (int i = 0; i < 100; ++i) {
    const Time arrival = network.Send(kOne, kTwo, now_ + Milliseconds(i))[0];
    overtaken += arrival < last ? 1 : 0;
    last = arrival;
  }
  EXPECT_GT(overtaken, 0);
  EXPECT_GT(Count(FaultKind::kMessageReordered), 0U);
}

TEST_F(NetworkTest, LosesAndDuplicatesByChance) {
  Network losing = Make({.lost = kAlways});
  EXPECT_TRUE(losing.Send(kOne, kTwo, now_).empty());
  EXPECT_FALSE(losing.SendBeat(kOne, kTwo, now_).has_value());
  EXPECT_EQ(Count(FaultKind::kMessageLost), 2U);

  Network doubling = Make({.duplicated = kAlways});
  EXPECT_EQ(doubling.Send(kOne, kTwo, now_).size(), 2U);
  EXPECT_EQ(Count(FaultKind::kMessageDuplicated), 1U);
}

TEST_F(NetworkTest, CutsOneDirectionAndCountsTheEpisodeOnce) {
  Network network = Make({});
  network.SetCut(kOne, kTwo, Network::Cut::kOneWay);

  EXPECT_TRUE(network.Send(kOne, kTwo, now_).empty());
  EXPECT_TRUE(network.Send(kOne, kTwo, now_).empty());
  EXPECT_EQ(network.Send(kTwo, kOne, now_).size(), 1U);
  EXPECT_FALSE(network.IsOpen(kOne, kTwo));
  EXPECT_EQ(Count(FaultKind::kOneWayCut), 1U);

  network.SetCut(kOne, kTwo, Network::Cut::kNone);
  EXPECT_EQ(network.Send(kOne, kTwo, now_).size(), 1U);
}

TEST_F(NetworkTest, CountsNoCutThatStoppedNothing) {
  Network network = Make({});
  network.SetCut(kOne, kTwo, Network::Cut::kPartition);
  network.SetCut(kOne, kTwo, Network::Cut::kNone);
  network.Send(kOne, kTwo, now_);

  EXPECT_EQ(Count(FaultKind::kPartition), 0U);
}

TEST_F(NetworkTest, SlowsALink) {
  Network network = Make({});
  network.SetSlow(kOne, kTwo, Seconds(1));

  EXPECT_GE(network.Send(kOne, kTwo, now_)[0], now_ + Seconds(1));
  EXPECT_LT(network.Send(kTwo, kOne, now_)[0], now_ + Seconds(1));
  EXPECT_EQ(Count(FaultKind::kSlowLink), 1U);
}

TEST_F(NetworkTest, BeatsDoNotHoldMessagesUp) {
  Network network = Make({});
  // An answer to a beat that has yet to arrive, far ahead.
  ASSERT_TRUE(network.SendBeat(kOne, kTwo, now_ + Seconds(5)).has_value());

  EXPECT_LT(network.Send(kOne, kTwo, now_)[0], now_ + Seconds(1));
}

TEST_F(NetworkTest, CalmNetworkDeliversAllAndSoon) {
  const NetworkSetup setup{.lost = kAlways, .duplicated = kAlways, .straggling = kAlways};
  Network network = Make(setup);
  network.SetCut(kOne, kTwo, Network::Cut::kPartition);
  network.SetSlow(kOne, kTwo, Seconds(9));

  network.Calm();

  const Network::Arrivals arrivals = network.Send(kOne, kTwo, now_);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_LE(arrivals[0], now_ + setup.delay_max);
}

}  // namespace
}  // namespace warren::sim
