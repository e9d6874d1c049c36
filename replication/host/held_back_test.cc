#include "replication/host/held_back.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HeldBackTest : public testing::Test {
 protected:
  void Send(const char* text) {
    held_back_.Send(now_, NodeId(2), base::BytesChain(base::Bytes::Copy(text)), send_);
  }
  void TryAgainAfter(absl::Duration time) {
    now_ = now_ + time;
    held_back_.TryAgain(now_, send_);
  }

  HeldBack held_back_{8};
  base::MonotonicTime now_;
  size_t room_ = 0;
  std::vector<std::string> sent_;
  std::function<bool(NodeId, base::BytesChain)> send_ = [this](NodeId, base::BytesChain message) {
    if (room_ == 0) return false;
    --room_;
    sent_.emplace_back(message.Flatten().view());
    return true;
  };
};

TEST_F(HeldBackTest, WhatFindsRoomLeavesAtOnce) {
  room_ = 1;
  Send("1");
  EXPECT_THAT(sent_, ElementsAre("1"));
  EXPECT_FALSE(held_back_.NextDeadline().has_value());
}

TEST_F(HeldBackTest, WhatFoundNoneLeavesLaterAndInOrder) {
  Send("1");
  room_ = 1;
  Send("2");
  EXPECT_THAT(sent_, IsEmpty());
  ASSERT_TRUE(held_back_.NextDeadline().has_value());
  TryAgainAfter(absl::Seconds(1));
  EXPECT_THAT(sent_, ElementsAre("1"));
  room_ = 5;
  TryAgainAfter(absl::Seconds(1));
  EXPECT_THAT(sent_, ElementsAre("1", "2"));
  EXPECT_FALSE(held_back_.NextDeadline().has_value());
}

TEST_F(HeldBackTest, WhatIsBeyondTheLimitIsDropped) {
  Send("12345");
  Send("67890");
  Send("678");
  room_ = 5;
  TryAgainAfter(absl::Seconds(1));
  EXPECT_THAT(sent_, ElementsAre("12345", "678"));
}

TEST_F(HeldBackTest, AnotherLifeOfTheNodeGetsNoneOfIt) {
  Send("1");
  held_back_.Forget(NodeId(2));
  room_ = 5;
  TryAgainAfter(absl::Seconds(1));
  EXPECT_THAT(sent_, IsEmpty());
}

}  // namespace
}  // namespace warren::replication
