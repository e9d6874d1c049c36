#include "chaos/sim/beats.h"

#include "gtest/gtest.h"

namespace warren::sim {
namespace {

using raft::NodeId;

constexpr NodeId kOne{1};
constexpr NodeId kTwo{2};

class BeatsTest : public testing::Test {
 protected:
  void SetUp() override {
    beats_.Start(kOne, now_);
    beats_.Start(kTwo, now_);
  }

  Stats stats_;
  Network network_{
      {.delay_min = Milliseconds(10), .delay_max = Milliseconds(10)}, base::Rng(1), stats_};
  Beats beats_;
  const Time now_ = Time(Seconds(10));
};

TEST_F(BeatsTest, StartGivesTheBenefitOfTheDoubtButNoLease) {
  EXPECT_EQ(beats_.LastHeard(kOne, kTwo, now_).at, now_);
  EXPECT_EQ(beats_.LastAcknowledged(kOne, kTwo, now_), Time::min());
}

TEST_F(BeatsTest, BeatIsSeenWhenItHasArrivedAndNotBefore) {
  const Time sent = now_ + Seconds(1);
  beats_.Send(kOne, kTwo, {.at = sent, .life = 3}, /*answers=*/true, network_);

  EXPECT_EQ(beats_.LastHeard(kTwo, kOne, sent + Milliseconds(9)).at, now_);
  const Beats::Sign sign = beats_.LastHeard(kTwo, kOne, sent + Milliseconds(10));
  EXPECT_EQ(sign.at, sent + Milliseconds(10));
  EXPECT_EQ(sign.life, 3U);
}

TEST_F(BeatsTest, AcknowledgementSaysWhenTheBeatWasSent) {
  const Time sent = now_ + Seconds(1);
  beats_.Send(kOne, kTwo, {.at = sent, .life = 1}, /*answers=*/true, network_);

  EXPECT_EQ(beats_.LastAcknowledged(kOne, kTwo, sent + Milliseconds(19)), Time::min());
  EXPECT_EQ(beats_.LastAcknowledged(kOne, kTwo, sent + Milliseconds(20)), sent);
}

TEST_F(BeatsTest, WhoDoesNotAnswerAcknowledgesNothing) {
  beats_.Send(kOne, kTwo, {.at = now_, .life = 1}, /*answers=*/false, network_);
  EXPECT_EQ(beats_.LastAcknowledged(kOne, kTwo, now_ + Seconds(1)), Time::min());
}

TEST_F(BeatsTest, CutLinkCarriesNoBeat) {
  network_.SetCut(kOne, kTwo, Network::Cut::kPartition);
  beats_.Send(kOne, kTwo, {.at = now_, .life = 1}, /*answers=*/true, network_);
  EXPECT_EQ(beats_.LastHeard(kTwo, kOne, now_ + Seconds(1)).at, now_);
}

}  // namespace
}  // namespace warren::sim
