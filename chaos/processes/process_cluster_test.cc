// A cluster of real processes, and what may happen to them.
#include "chaos/processes/process_cluster.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::processes {
namespace {

using ::warren::testing::IsOk;

constexpr uint64_t kGroup = 5;

class ProcessClusterTest : public ::testing::Test {
 protected:
  ProcessClusterTest() {
    std::string pattern = ::testing::TempDir() + "/warren-processes-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    auto cluster = ProcessCluster::Start(directory_, 3);
    EXPECT_THAT(cluster.status(), IsOk());
    if (cluster.ok()) cluster_ = *std::move(cluster);
  }
  ~ProcessClusterTest() override {
    cluster_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  void SetUp() override {
    ASSERT_NE(cluster_, nullptr);
    ASSERT_THAT(Do(1, absl::StrCat("declare ", kGroup, " 1 1,2,3")), IsOk());
    const auto leader = cluster_->LeaderOf(kGroup);
    ASSERT_THAT(leader, IsOk());
    leader_ = *leader;
    other_ = leader_ % 3 + 1;
  }

  absl::StatusOr<std::string> Do(uint64_t node, const std::string& command) {
    return cluster_->Do(node, command);
  }
  // Numbered messages from `other_`, as long as the test goes on.
  void StartFlood() {
    ASSERT_THAT(Do(other_, absl::StrCat("flood ", kGroup, " 200 100 1,2,3")), IsOk());
  }
  // How many of them were confirmed. Each has one outcome, and none is unknown.
  uint64_t StopFlood() {
    const auto answer = Do(other_, "flood-stop");
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return 0;
    auto values = Values(*answer);
    EXPECT_EQ(values["refused"], 0) << *answer;
    EXPECT_EQ(values["unknown"], 0) << *answer;
    return static_cast<uint64_t>(values["confirmed"]);
  }
  // Until so many more have been confirmed since then, whoever leads.
  void ExpectProgress() {
    const std::string command = absl::StrCat("publish ", kGroup, " 1 100 50 10 1,2,3");
    const auto answer = Do(other_, command);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(Values(*answer)["confirmed"], 100);
  }
  // Every number from 1 to `confirmed` is there.
  void ExpectNothingLost(uint64_t node, uint64_t confirmed) {
    const auto answer = Do(node, absl::StrCat("drain ", kGroup, " ", confirmed, " 1,2,3"));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(Values(*answer)["different"], static_cast<double>(confirmed)) << *answer;
  }

  std::string directory_;
  std::unique_ptr<ProcessCluster> cluster_;
  uint64_t leader_ = 0;
  uint64_t other_ = 0;
};

TEST_F(ProcessClusterTest, TheLeaderIsKilledUnderLoadAndComesBack) {
  StartFlood();
  ExpectProgress();
  cluster_->Kill(leader_);
  ExpectProgress();
  ASSERT_THAT(cluster_->StartAgain(leader_), IsOk());
  EXPECT_THAT(cluster_->AwaitWhole(kGroup), IsOk());
  const uint64_t confirmed = StopFlood();
  EXPECT_GT(confirmed, 0u);
  ExpectNothingLost(leader_, confirmed);
}

TEST_F(ProcessClusterTest, ALeaderThatIsStoppedIsReplacedAndWakesUpDeposed) {
  StartFlood();
  ExpectProgress();
  (*cluster_)[leader_].Stop();
  ExpectProgress();
  (*cluster_)[leader_].Continue();
  EXPECT_THAT(cluster_->AwaitWhole(kGroup), IsOk());
  const uint64_t confirmed = StopFlood();
  ExpectNothingLost(leader_, confirmed);
}

TEST_F(ProcessClusterTest, AllAreKilledAtOnceAndNothingConfirmedIsLost) {
  const auto published =
      Do(other_, absl::StrCat("publish ", kGroup, " 1 5000 300 500 1,2,3 numbered"));
  ASSERT_THAT(published, IsOk());
  ASSERT_EQ(Values(*published)["confirmed"], 5000);
  for (uint64_t node = 1; node <= 3; ++node) cluster_->Kill(node);
  for (uint64_t node = 1; node <= 3; ++node) ASSERT_THAT(cluster_->StartAgain(node), IsOk());
  ExpectNothingLost(1, 5000);
}

TEST_F(ProcessClusterTest, AWipedNodeComesBackAndTakesPartAgain) {
  const auto published =
      Do(other_, absl::StrCat("publish ", kGroup, " 1 5000 300 500 1,2,3 numbered"));
  ASSERT_THAT(published, IsOk());
  cluster_->Kill(leader_);
  cluster_->Wipe(leader_);
  ASSERT_THAT(cluster_->StartAgain(leader_), IsOk());
  ExpectProgress();
  EXPECT_THAT(cluster_->AwaitWhole(kGroup), IsOk());
  // It holds everything: another one may go.
  cluster_->Kill(other_);
  ExpectNothingLost(leader_, 5000);
}

}  // namespace
}  // namespace warren::processes
