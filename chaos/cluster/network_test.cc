#include "chaos/cluster/network.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::cluster_sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr NodeId kA(1);
constexpr NodeId kB(2);
constexpr StreamClass kData = StreamClass::kData;

class Ear final : public Endpoint {
 public:
  void OnFrame(NodeId /*from*/, StreamClass /*stream*/,
               std::vector<base::Bytes> messages) override {
    for (const base::Bytes& message : messages) heard.emplace_back(message.view());
  }
  void OnStreamLost(NodeId /*from*/, StreamClass stream) override {
    if (stream == kData) heard.emplace_back("lost");
  }
  void OnConnected(NodeId /*peer*/, StreamClass stream) override {
    if (stream == kData) news.emplace_back("connected");
  }
  void OnDisconnected(NodeId /*peer*/, StreamClass stream, const absl::Status& why) override {
    if (stream == kData) news.emplace_back(absl::IsAborted(why) ? "broken" : "unreachable");
  }
  std::vector<std::string> heard;
  std::vector<std::string> news;
};

class NetworkTest : public testing::Test {
 protected:
  NetworkTest() {
    network_.SetMembers({kA, kB});
    network_.OnUp(kA, &a_);
    network_.OnUp(kB, &b_);
    Pass(Milliseconds(500));
  }
  void Pass(Duration duration) { timeline_.Run(duration); }
  bool Send(const char* text) { return network_.Send(kA, kB, kData, base::Bytes::Copy(text)); }

  Timeline timeline_{1, nullptr};
  Ear a_;
  Ear b_;
  Network network_{NetworkSetup(), &timeline_};
};

TEST_F(NetworkTest, FramesComeInOrder) {
  EXPECT_THAT(a_.news, ElementsAre("connected"));
  for (const char* text : {"1", "2", "3"}) {
    EXPECT_TRUE(Send(text));
    Pass(Duration(10));
  }
  Pass(Seconds(1));
  EXPECT_THAT(b_.heard, ElementsAre("1", "2", "3"));
}

TEST_F(NetworkTest, ABrokenStreamLosesWhatIsUnderWayAndOpensAgain) {
  Send("1");
  network_.Break(kA, kB, kData);
  EXPECT_FALSE(Send("2"));
  Pass(Seconds(2));
  Send("3");
  Pass(Seconds(1));
  EXPECT_THAT(b_.heard, ElementsAre("lost", "3"));
  EXPECT_THAT(a_.news, ElementsAre("connected", "broken", "connected"));
}

TEST_F(NetworkTest, ACutKeepsWhatIsSentUntilItHeals) {
  network_.Cut(kA, kB);
  Send("1");
  Pass(Milliseconds(200));  // Sooner than streams break.
  EXPECT_THAT(b_.heard, IsEmpty());
  network_.Heal(kA, kB);
  Pass(Seconds(1));
  EXPECT_THAT(b_.heard, ElementsAre("1"));
}

TEST_F(NetworkTest, AProcessThatEndsIsHeardToEnd) {
  network_.OnDown(kB, Network::Farewell::kReset);
  Pass(Milliseconds(100));
  EXPECT_THAT(a_.news, ElementsAre("connected", "broken", "unreachable"));
}

TEST_F(NetworkTest, WithoutPowerNobodySaysGoodbye) {
  network_.OnDown(kB, Network::Farewell::kSilence);
  Pass(Milliseconds(100));
  EXPECT_THAT(a_.news, ElementsAre("connected"));
  Pass(Seconds(6));
  EXPECT_THAT(a_.news, Contains("broken"));
}

}  // namespace
}  // namespace warren::cluster_sim
