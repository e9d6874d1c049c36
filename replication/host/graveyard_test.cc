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

TEST(GraveyardTest, WhatIsForetoldIsBuriedFromTheNextLifeOn) {
  log::LogFixture log;
  ASSERT_THAT(log.Open(), IsOk());
  {
    Graveyard graveyard(HostBug::kNone);
    ASSERT_THAT(graveyard.Open(&*log, nullptr), IsOk());
    ASSERT_THAT(graveyard.Foretell(GroupId(7)), IsOk());
    ASSERT_THAT(graveyard.Foretell(GroupId(8)), IsOk());
    ASSERT_THAT(graveyard.Bury(GroupId(100)), IsOk());
    EXPECT_FALSE(graveyard.Holds(GroupId(7)));
    EXPECT_FALSE(graveyard.Holds(GroupId(8)));
    EXPECT_TRUE(graveyard.Holds(GroupId(100)));
    log.WriteAll();
  }
  ASSERT_THAT(log.Open(), IsOk());
  Graveyard graveyard(HostBug::kNone);
  ASSERT_THAT(graveyard.Open(&*log, log.Recovered(kNodeGroup.value())), IsOk());
  EXPECT_TRUE(graveyard.Holds(GroupId(7)));
  EXPECT_TRUE(graveyard.Holds(GroupId(8)));
  EXPECT_FALSE(graveyard.Holds(GroupId(9)));
  EXPECT_TRUE(graveyard.Holds(GroupId(100)));
}

TEST(GraveyardTest, ToBuryWhatWasForetoldWritesNothing) {
  log::LogFixture log;
  ASSERT_THAT(log.Open(), IsOk());
  Graveyard graveyard(HostBug::kNone);
  ASSERT_THAT(graveyard.Open(&*log, nullptr), IsOk());
  ASSERT_THAT(graveyard.Foretell(GroupId(7)), IsOk());
  ASSERT_THAT(graveyard.Foretell(GroupId(7)), IsOk());
  log.WriteAll();
  const size_t writes = log.listener.completions.size();
  EXPECT_EQ(writes, 2u) << "its beginning, and one";
  ASSERT_THAT(graveyard.Bury(GroupId(7)), IsOk());
  log.WriteAll();
  EXPECT_EQ(log.listener.completions.size(), writes);
  EXPECT_TRUE(graveyard.Holds(GroupId(7)));
}

}  // namespace
}  // namespace warren::replication
