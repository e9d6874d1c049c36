#include "replication/host/graveyard.h"

#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::warren::testing::IsOk;

TEST(GraveyardTest, WhatIsBuriedStaysBuriedAcrossRestarts) {
  log::LogFixture log;
  ASSERT_THAT(log.Open(), IsOk());
  {
    Graveyard graveyard(HostBug::kNone);
    ASSERT_THAT(graveyard.Open(&*log, nullptr), IsOk());
    EXPECT_FALSE(graveyard.Holds(GroupId(7)));
    ASSERT_THAT(graveyard.Bury(GroupId(7)), IsOk());
    ASSERT_THAT(graveyard.Bury(GroupId(9)), IsOk());
    EXPECT_TRUE(graveyard.Holds(GroupId(7)));
    log.WriteAll();
  }
  for (int restart = 0; restart < 3; ++restart) {
    ASSERT_THAT(log.Open(), IsOk());
    Graveyard graveyard(HostBug::kNone);
    ASSERT_THAT(graveyard.Open(&*log, log.Recovered(kNodeGroup.value())), IsOk());
    EXPECT_TRUE(graveyard.Holds(GroupId(7)));
    EXPECT_FALSE(graveyard.Holds(GroupId(8)));
    EXPECT_TRUE(graveyard.Holds(GroupId(9)));
    ASSERT_THAT(graveyard.Bury(GroupId(100 + static_cast<uint64_t>(restart))), IsOk());
    log.WriteAll();
  }
}

}  // namespace
}  // namespace warren::replication
