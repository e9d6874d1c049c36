#include "replication/liveness/liveness.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId kSelf{1};
constexpr NodeId kB{2};
constexpr NodeId kC{3};
constexpr Incarnation kLife{7};

MonotonicTime At(int milliseconds) {
  return MonotonicTime(absl::Seconds(50) + absl::Milliseconds(milliseconds));
}

// Node 1 of three, with the other two played by hand.
class LivenessTest : public ::testing::Test {
 protected:
  LivenessTest() { liveness_.SetPeers({kSelf, kB, kC}, {kSelf, kB, kC}, At(0)); }

  Beat BeatOf(NodeId from, uint64_t echo = 0) {
    Beat beat;
    beat.from = from;
    beat.incarnation = Incarnation(3);
    beat.number = ++number_;
    beat.echo_number = echo;
    if (echo != 0) beat.echo_incarnation = kLife;
    return beat;
  }
  void Hear(NodeId from, int at, uint64_t echo = 0) {
    liveness_.OnBeat(BeatOf(from, echo), At(at));
  }

  // The numbers of the beats that are due, with their receivers.
  std::vector<std::pair<NodeId, uint64_t>> Send(int at) {
    std::vector<std::pair<NodeId, uint64_t>> sent;
    for (const auto& [to, beat] : liveness_.TakeBeats(At(at), {}))
      sent.emplace_back(to, beat.number);
    return sent;
  }
  Liveness::Changes Advance(int at) { return liveness_.Advance(At(at)); }
  // Calls Advance() often, as who is awake does, and gives what the last call gave.
  Liveness::Changes StayAwake(int from, int to) {
    for (int at = from; at < to; at += 50) EXPECT_THAT(Advance(at).suspected, IsEmpty()) << at;
    return Advance(to);
  }
  // Both peers acknowledge a beat that is sent at 0; the lease begins.
  void WinLease() {
    ASSERT_THAT(Send(0), ElementsAre(std::pair(kB, 1u), std::pair(kC, 1u)));
    Hear(kB, 1, 1);
    Hear(kC, 1, 1);
    ASSERT_EQ(Advance(1).lease, std::optional(true));
  }
  const MatrixRow& Row(NodeId of) {
    matrix_ = liveness_.view();
    return *std::find_if(matrix_.begin(), matrix_.end(),
                         [of](const MatrixRow& row) { return row.observer == of; });
  }

  Liveness liveness_{LivenessConfig{}, kSelf, kLife};
  Matrix matrix_;
  uint64_t number_ = 0;
};

TEST_F(LivenessTest, FirstBeatMakesAPeerTrusted) {
  Advance(0);
  EXPECT_FALSE(liveness_.Trusts(kB));
  EXPECT_TRUE(liveness_.Trusts(kSelf));
  Hear(kB, 10);
  EXPECT_EQ(liveness_.NextDeadline(), At(10));
  EXPECT_THAT(Advance(10).trusted, ElementsAre(kB));
  EXPECT_TRUE(liveness_.Trusts(kB));
  EXPECT_FALSE(liveness_.Trusts(kC));
  EXPECT_EQ(liveness_.IncarnationOf(kB), Incarnation(3));
  EXPECT_EQ(liveness_.IncarnationOf(kC), Incarnation());
}

TEST_F(LivenessTest, NewPeerIsSuspectedNotBeforeItsTime) {
  EXPECT_THAT(StayAwake(0, 999).suspected, IsEmpty());
  EXPECT_THAT(Advance(1000).suspected, ElementsAre(kB, kC));
  EXPECT_THAT(Advance(2000).suspected, IsEmpty()) << "told once";
}

TEST_F(LivenessTest, NewPeerWhoseFirstContactFailsIsSuspectedAtOnce) {
  Advance(0);
  liveness_.OnUnreachable(kB, At(5));
  EXPECT_LE(liveness_.NextDeadline(), At(5));
  EXPECT_THAT(Advance(5).suspected, ElementsAre(kB));
  liveness_.OnStreamOpened(kB, At(6));
  EXPECT_THAT(Advance(6).trusted, IsEmpty()) << "only a beat makes trust";
  Hear(kB, 7);
  EXPECT_THAT(Advance(7).trusted, ElementsAre(kB));
}

TEST_F(LivenessTest, SilentPeerIsSuspectedAfterItsTime) {
  Hear(kB, 10);
  Hear(kC, 10);
  Advance(10);
  for (int at = 50; at <= 1000; at += 50) {
    Hear(kC, at);
    EXPECT_THAT(Advance(at).suspected, IsEmpty());
  }
  EXPECT_THAT(Advance(1009).suspected, IsEmpty());
  EXPECT_THAT(Advance(1010).suspected, ElementsAre(kB));
  EXPECT_FALSE(liveness_.Trusts(kB));
  EXPECT_TRUE(liveness_.Trusts(kC));
  Hear(kB, 1020);
  EXPECT_THAT(Advance(1020).trusted, ElementsAre(kB));
}

TEST_F(LivenessTest, BrokenStreamMeansSuspicionAfterTheGrace) {
  Hear(kB, 0);
  Advance(0);
  liveness_.OnStreamLost(kB, At(20));
  liveness_.OnStreamLost(kB, At(40));  // The other direction. The first one counts.
  EXPECT_THAT(Advance(69).suspected, IsEmpty());
  EXPECT_THAT(Advance(70).suspected, ElementsAre(kB));
}

TEST_F(LivenessTest, BeatAfterABrokenStreamKeepsTrust) {
  Hear(kB, 0);
  Advance(0);
  liveness_.OnStreamLost(kB, At(20));
  Hear(kB, 60);
  EXPECT_THAT(Advance(80).suspected, IsEmpty());
  EXPECT_TRUE(liveness_.Trusts(kB));
}

TEST_F(LivenessTest, BrokenStreamAndNobodyListeningMeansSuspicionAtOnce) {
  for (const bool lost_first : {true, false}) {
    Hear(kB, 0);
    Advance(0);
    if (lost_first) liveness_.OnStreamLost(kB, At(20));
    liveness_.OnUnreachable(kB, At(20));
    if (!lost_first) {
      EXPECT_THAT(Advance(20).suspected, IsEmpty()) << "it still beats";
      liveness_.OnStreamLost(kB, At(20));
    }
    EXPECT_LE(liveness_.NextDeadline(), At(20));
    EXPECT_THAT(Advance(20).suspected, ElementsAre(kB)) << lost_first;
  }
}

TEST_F(LivenessTest, BrokenStreamOfWhomWeHeardNothingNewSaysToBeatAtOnce) {
  Send(0);
  EXPECT_THAT(Send(10), IsEmpty());
  liveness_.OnStreamLost(kB, At(10));
  EXPECT_THAT(Send(10), ElementsAre(std::pair(kB, 2u)));
  liveness_.OnStreamOpened(kC, At(11));
  EXPECT_THAT(Send(11), ElementsAre(std::pair(kC, 2u)));
}

TEST_F(LivenessTest, BeatsGoToEachPeerOnceAnInterval) {
  EXPECT_THAT(Send(0), ElementsAre(std::pair(kB, 1u), std::pair(kC, 1u)));
  Advance(0);
  EXPECT_EQ(liveness_.NextDeadline(), At(100));
  EXPECT_THAT(Send(99), IsEmpty());
  EXPECT_THAT(Send(100), ElementsAre(std::pair(kB, 2u), std::pair(kC, 2u)));
  EXPECT_THAT(Send(1000), ElementsAre(std::pair(kB, 3u), std::pair(kC, 3u)));
  EXPECT_THAT(Send(1000), IsEmpty()) << "what a pause left out is not made up for";
}

TEST_F(LivenessTest, WhoIsHeardForTheFirstTimeIsAnsweredAtOnce) {
  Send(0);
  Hear(kB, 10);
  EXPECT_THAT(Send(10), ElementsAre(std::pair(kB, 2u)));
  Advance(10);
  Hear(kB, 20);
  EXPECT_THAT(Send(20), IsEmpty());
}

TEST_F(LivenessTest, WhoComesBackIsAnsweredAtOnce) {
  Hear(kB, 0);
  Advance(0);
  liveness_.OnStreamLost(kB, At(10));
  liveness_.OnUnreachable(kB, At(10));
  Advance(10);
  Send(20);
  Hear(kB, 30);
  EXPECT_THAT(Send(30), ElementsAre(std::pair(kB, 2u)));
}

TEST_F(LivenessTest, DeadlineIsWhenAPeerIsNoLongerReached) {
  WinLease();
  liveness_.SetPeers({kB, kC}, {kSelf}, At(1));  // A lease that does not end.
  Send(750);
  Hear(kB, 750);
  Hear(kC, 750);
  Advance(750);
  EXPECT_EQ(liveness_.NextDeadline(), At(800));
}

TEST_F(LivenessTest, BeatEchoesTheLastThatWasHeard) {
  Beat heard = BeatOf(kB);
  liveness_.OnBeat(heard, At(1));
  const auto beats = liveness_.TakeBeats(At(2), std::vector<uint64_t>{5, 6});
  ASSERT_EQ(beats.size(), 2u);
  EXPECT_EQ(beats[0].second.echo_number, heard.number);
  EXPECT_EQ(beats[0].second.echo_incarnation, heard.incarnation);
  EXPECT_EQ(beats[1].second.echo_number, 0u);
  EXPECT_EQ(beats[0].second.from, kSelf);
  EXPECT_EQ(beats[0].second.incarnation, kLife);
  EXPECT_THAT(beats[0].second.shard_progress, ElementsAre(5, 6));
}

TEST_F(LivenessTest, RestartIsToldAndTrusted) {
  Hear(kB, 0);
  Advance(0);
  Beat beat = BeatOf(kB);
  beat.incarnation = Incarnation(4);
  beat.number = 1;
  liveness_.OnBeat(beat, At(10));
  EXPECT_EQ(liveness_.NextDeadline(), At(10));
  Liveness::Changes changes = Advance(10);
  EXPECT_THAT(changes.restarted, ElementsAre(kB));
  EXPECT_THAT(changes.trusted, IsEmpty()) << "was trusted before";
  EXPECT_TRUE(liveness_.Trusts(kB));
  EXPECT_EQ(liveness_.IncarnationOf(kB), Incarnation(4));
  EXPECT_THAT(Advance(11).restarted, IsEmpty());
}

TEST_F(LivenessTest, RestartOfASuspectedPeerIsToldAsBoth) {
  Hear(kB, 0);
  Advance(0);
  liveness_.OnStreamLost(kB, At(10));
  liveness_.OnUnreachable(kB, At(10));
  Advance(10);
  Beat beat = BeatOf(kB);
  beat.incarnation = Incarnation(4);
  liveness_.OnBeat(beat, At(20));
  Liveness::Changes changes = Advance(20);
  EXPECT_THAT(changes.restarted, ElementsAre(kB));
  EXPECT_THAT(changes.trusted, ElementsAre(kB));
}

TEST_F(LivenessTest, OldBeatsAreNoSignOfLife) {
  Beat former_life = BeatOf(kB);
  former_life.incarnation = Incarnation(2);
  former_life.number = 1000;
  const Beat early = BeatOf(kB);
  const Beat late = BeatOf(kB);
  liveness_.OnBeat(late, At(0));
  Advance(0);
  StayAwake(50, 950);
  liveness_.OnBeat(former_life, At(990));
  liveness_.OnBeat(early, At(990));
  liveness_.OnBeat(late, At(990));
  EXPECT_THAT(Advance(1000).suspected, ElementsAre(kB, kC));
  EXPECT_EQ(liveness_.IncarnationOf(kB), late.incarnation);
}

TEST_F(LivenessTest, BeatsOfStrangersArePassedOver) {
  Hear(NodeId(9), 0);
  Hear(kSelf, 0);
  EXPECT_THAT(Advance(0).trusted, IsEmpty());
  EXPECT_FALSE(liveness_.Trusts(NodeId(9)));
}

TEST_F(LivenessTest, OwnSleepIsNotHeldAgainstPeers) {
  Hear(kB, 0);
  Advance(0);
  EXPECT_THAT(Advance(5000).suspected, IsEmpty());
  EXPECT_TRUE(liveness_.Trusts(kB));
  EXPECT_THAT(StayAwake(5050, 5999).suspected, IsEmpty());
  EXPECT_THAT(Advance(6000).suspected, ElementsAre(kB, kC)) << "from then on they have their time";
}

TEST_F(LivenessTest, OwnSleepDoesNotMakeASuspectedPeerTrusted) {
  Hear(kB, 0);
  Advance(0);
  StayAwake(50, 950);
  EXPECT_THAT(Advance(1000).suspected, ElementsAre(kB, kC));
  EXPECT_THAT(Advance(5000).trusted, IsEmpty());
  EXPECT_FALSE(liveness_.Trusts(kB));
}

TEST_F(LivenessTest, OneWayLinkReachesNobody) {
  for (int at = 0; at <= 3000; at += 100) {
    Send(at);
    Hear(kB, at + 1);  // It does not hear us: no echo.
    Advance(at + 1);
  }
  EXPECT_TRUE(liveness_.Trusts(kB));
  EXPECT_FALSE(liveness_.Reaches(kB));
  EXPECT_FALSE(liveness_.HoldsLease(At(3001)));
  EXPECT_FALSE(Row(kSelf).sees[0].reachable);
}

TEST_F(LivenessTest, ReachEndsWhenAcknowledgementsGetOld) {
  WinLease();
  EXPECT_TRUE(liveness_.Reaches(kB));
  for (int at = 101; at < 800; at += 100) {
    Hear(kB, at);  // Heard it is, but what it heard of us gets old.
    EXPECT_FALSE(Advance(at).reach);
  }
  EXPECT_TRUE(Advance(800).reach);
  EXPECT_FALSE(liveness_.Reaches(kB));
  EXPECT_TRUE(liveness_.Trusts(kB));
}

TEST_F(LivenessTest, MatrixShowsWhoSeesWhom) {
  WinLease();
  Beat beat = BeatOf(kB, 1);
  beat.sees = {{.node = kSelf, .reachable = true, .since = absl::Seconds(9)},
               {.node = kC, .reachable = false, .since = absl::Seconds(2)}};
  beat.shard_progress = {4, 5};
  beat.holds_lease = true;
  liveness_.OnBeat(beat, At(100));
  EXPECT_TRUE(Advance(100).matrix);
  beat.number = ++number_;
  beat.shard_progress = {4, 6};
  liveness_.OnBeat(beat, At(200));
  EXPECT_FALSE(Advance(200).matrix) << "it says the same";
  Advance(300);

  ASSERT_EQ(liveness_.view().size(), 3u);
  const MatrixRow own = Row(kSelf);
  EXPECT_EQ(own.incarnation, kLife);
  EXPECT_TRUE(own.holds_lease);
  EXPECT_THAT(own.sees, ElementsAre(PeerView{kB, true, absl::Milliseconds(299)},
                                    PeerView{kC, true, absl::Milliseconds(299)}));
  const MatrixRow of_b = Row(kB);
  EXPECT_EQ(of_b.age, absl::Milliseconds(100));
  EXPECT_TRUE(of_b.holds_lease);
  EXPECT_THAT(of_b.sees, ElementsAre(PeerView{kSelf, true, absl::Milliseconds(9100)},
                                     PeerView{kC, false, absl::Milliseconds(2100)}));
  EXPECT_THAT(of_b.shards_still_for, ElementsAre(absl::Milliseconds(200), absl::Milliseconds(100)));
}

TEST_F(LivenessTest, PeersThatStayKeepWhatIsKnownOfThem) {
  WinLease();
  liveness_.SetPeers({kB, NodeId(4)}, {kSelf, kB}, At(10));
  EXPECT_TRUE(Advance(10).matrix);
  EXPECT_TRUE(liveness_.Trusts(kB));
  EXPECT_FALSE(liveness_.Trusts(kC));
  EXPECT_FALSE(liveness_.Trusts(NodeId(4)));
  EXPECT_TRUE(liveness_.HoldsLease(At(10)));
  EXPECT_EQ(liveness_.view().size(), 3u);
}

TEST_F(LivenessTest, NothingIsDueThatHasBeenDone) {
  WinLease();
  for (int at = 2; at < 3000; at += 7) {
    Send(at);
    Advance(at);
    Advance(at);  // A loss is told first, what follows from it by the next call.
    EXPECT_GT(liveness_.NextDeadline(), At(at));
  }
}

}  // namespace
}  // namespace warren::replication
