// The lease of replication/liveness/liveness.h.
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/liveness/liveness.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId kSelf{1};
constexpr NodeId kB{2};
constexpr NodeId kC{3};
constexpr Incarnation kLife{7};
constexpr std::optional<bool> kLost{false};
constexpr std::optional<bool> kWon{true};

MonotonicTime At(int milliseconds) { return MonotonicTime(absl::Milliseconds(milliseconds)); }

class LivenessLeaseTest : public ::testing::Test {
 protected:
  LivenessLeaseTest() { SetVoters({kSelf, kB, kC}, 0); }

  void SetVoters(std::vector<NodeId> voters, int at) {
    liveness_.SetPeers({kSelf, kB, kC}, std::move(voters), At(at));
  }
  void Send(int at) { liveness_.TakeBeats(At(at), {}); }
  void Hear(NodeId from, int at, uint64_t echo, Incarnation echo_incarnation = kLife) {
    Beat beat;
    beat.from = from;
    beat.incarnation = life_;
    beat.number = ++number_;
    beat.echo_number = echo;
    beat.echo_incarnation = echo_incarnation;
    liveness_.OnBeat(beat, At(at));
  }
  std::optional<bool> Advance(int at) { return liveness_.Advance(At(at)).lease; }
  bool Holds(int at) const { return liveness_.HoldsLease(At(at)); }

  Liveness liveness_{LivenessConfig{}, kSelf, kLife};
  Incarnation life_{3};
  uint64_t number_ = 0;
};

TEST_F(LivenessLeaseTest, NeedsAMajorityThatAcknowledges) {
  Send(0);
  EXPECT_EQ(Advance(0), std::nullopt);
  EXPECT_FALSE(Holds(0));
  Hear(kB, 5, 1);
  EXPECT_FALSE(Holds(5)) << "begins when it is told";
  EXPECT_EQ(liveness_.NextDeadline(), At(5));
  EXPECT_EQ(Advance(5), kWon);
  EXPECT_TRUE(Holds(5));
}

TEST_F(LivenessLeaseTest, CountsFromTheSendingAndNotFromTheAcknowledgement) {
  Send(0);
  Hear(kB, 700, 1);
  EXPECT_EQ(Advance(700), kWon);
  EXPECT_TRUE(Holds(799));
  EXPECT_FALSE(Holds(800)) << "nobody needs to say so";
  EXPECT_EQ(Advance(800), kLost);
}

TEST_F(LivenessLeaseTest, DeadlineIsItsEnd) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  for (int at = 100; at < 800; at += 100) Send(at);
  Send(799);
  Hear(kB, 799, 1);  // Says nothing new.
  Advance(799);
  EXPECT_EQ(liveness_.NextDeadline(), At(800));
}

TEST_F(LivenessLeaseTest, EachAcknowledgementProlongsIt) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  for (int beat = 1; beat <= 20; ++beat) {
    Send(beat * 100);
    Hear(kB, beat * 100 + 5, static_cast<uint64_t>(beat) + 1);
    EXPECT_EQ(Advance(beat * 100 + 5), std::nullopt);
  }
  EXPECT_TRUE(Holds(2005));
}

TEST_F(LivenessLeaseTest, BeatsOfAnOldLifeOfOursDoNotCount) {
  Send(0);
  Hear(kB, 5, 1, Incarnation(kLife.value() - 1));
  Hear(kC, 5, 1, Incarnation(kLife.value() + 1));
  EXPECT_EQ(Advance(5), std::nullopt);
  EXPECT_FALSE(Holds(5));
}

TEST_F(LivenessLeaseTest, AcknowledgementsOfWhatWasNeverSentDoNotCount) {
  Send(0);
  Hear(kB, 5, UINT64_MAX);
  Hear(kC, 5, 3);
  EXPECT_EQ(Advance(5), std::nullopt);
  Hear(kB, 6, 1);
  EXPECT_EQ(Advance(6), kWon) << "nor do they harm";
}

TEST_F(LivenessLeaseTest, AcknowledgementsOfAPeersFormerLifeDoNotCount) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  life_ = Incarnation(4);
  Hear(kB, 20, 0, Incarnation());
  EXPECT_EQ(Advance(20), kLost);
}

TEST_F(LivenessLeaseTest, WhoIsSuspectedDoesNotCount) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  liveness_.OnStreamLost(kB, At(10));
  EXPECT_TRUE(Holds(59));
  EXPECT_FALSE(Holds(60)) << "even before Advance() has judged";
  EXPECT_EQ(Advance(60), kLost);
}

TEST_F(LivenessLeaseTest, SingleVoterAlwaysHoldsIt) {
  SetVoters({kSelf}, 0);
  EXPECT_EQ(Advance(0), kWon);
  EXPECT_TRUE(Holds(0));
  EXPECT_TRUE(Holds(1'000'000));
  EXPECT_EQ(Advance(1'000'000), std::nullopt);
}

TEST_F(LivenessLeaseTest, WithoutVotersThereIsNone) {
  SetVoters({}, 0);
  EXPECT_EQ(Advance(0), std::nullopt);
  EXPECT_FALSE(Holds(0));
}

TEST_F(LivenessLeaseTest, OfTwoVotersBothAreNeeded) {
  SetVoters({kSelf, kB, kB, kSelf}, 0);
  Send(0);
  Hear(kC, 5, 1);
  EXPECT_EQ(Advance(5), std::nullopt);
  Hear(kB, 6, 1);
  EXPECT_EQ(Advance(6), kWon);
}

TEST_F(LivenessLeaseTest, WhoIsNoVoterDoesNotCountForItself) {
  SetVoters({kB, kC, NodeId(9)}, 0);
  Send(0);
  Hear(kB, 5, 1);
  EXPECT_EQ(Advance(5), std::nullopt);
  Hear(kC, 6, 1);
  EXPECT_EQ(Advance(6), kWon);
}

TEST_F(LivenessLeaseTest, OtherVotersMayEndIt) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  SetVoters({kSelf, kC}, 10);
  EXPECT_LE(liveness_.NextDeadline(), At(10));
  EXPECT_FALSE(Holds(10));
  EXPECT_EQ(Advance(10), kLost);
}

TEST_F(LivenessLeaseTest, IsGoneAfterAPauseWhateverHasQueuedUp) {
  Send(0);
  Hear(kB, 5, 1);
  Hear(kC, 5, 1);
  Advance(5);
  Send(100);
  // Sleeps. Acknowledgements of beats from before wait when it wakes.
  EXPECT_FALSE(Holds(3000));
  Hear(kB, 3000, 2);
  EXPECT_FALSE(Holds(3000));
  const Liveness::Changes changes = liveness_.Advance(At(3000));
  EXPECT_EQ(changes.lease, kLost);
  EXPECT_THAT(changes.suspected, IsEmpty());
  EXPECT_EQ(Advance(3000), std::nullopt);
}

TEST_F(LivenessLeaseTest, LostAndWonInBetweenIsToldAsBoth) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  Send(2000);  // After a pause, and nobody asked for changes.
  Hear(kB, 2001, 2);
  EXPECT_FALSE(Holds(2001));
  EXPECT_EQ(liveness_.NextDeadline(), At(2001));
  EXPECT_EQ(Advance(2001), kLost);
  EXPECT_EQ(liveness_.NextDeadline(), At(2001));
  EXPECT_EQ(Advance(2001), kWon);
  EXPECT_TRUE(Holds(2001));
}

TEST_F(LivenessLeaseTest, IsPublished) {
  Send(0);
  Hear(kB, 5, 1);
  EXPECT_TRUE(liveness_.Advance(At(5)).matrix);
  const auto beats = liveness_.TakeBeats(At(100), {});
  ASSERT_FALSE(beats.empty());
  EXPECT_TRUE(beats[0].second.holds_lease);
  EXPECT_THAT(beats[0].second.sees, ElementsAre(PeerView{kB, true, absl::Milliseconds(95)},
                                                PeerView{kC, false, absl::Milliseconds(100)}));
}

TEST_F(LivenessLeaseTest, MomentsThatGoBackCountAsTheLatest) {
  Send(0);
  Hear(kB, 5, 1);
  Advance(5);
  Advance(900);
  EXPECT_FALSE(Holds(10));
}

}  // namespace
}  // namespace warren::replication
