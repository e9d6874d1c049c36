#include "queue/sessions.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SessionsTest, AnOpenedSessionIsFoundUntilItIsClosed) {
  Sessions sessions;
  EXPECT_EQ(sessions.Find(SessionId(1)), nullptr);
  sessions.Open(SessionId(1)).epoch = SessionEpoch(5);
  ASSERT_NE(sessions.Find(SessionId(1)), nullptr);
  EXPECT_EQ(sessions.Find(SessionId(1))->epoch, SessionEpoch(5));
  sessions.Close(SessionId(1));
  EXPECT_EQ(sessions.Find(SessionId(1)), nullptr);
}

TEST(SessionsTest, TheOneSuspectedFirstIsKnown) {
  Sessions sessions;
  for (const uint64_t id : {1u, 2u, 3u}) sessions.Open(SessionId(id));
  EXPECT_EQ(sessions.FirstSuspected(), std::nullopt);
  sessions.Suspect(SessionId(3), Time(10));
  sessions.Suspect(SessionId(1), Time(20));
  EXPECT_EQ(sessions.FirstSuspected(), Time(10));
  sessions.Trust(SessionId(3));
  EXPECT_EQ(sessions.FirstSuspected(), Time(20));
}

TEST(SessionsTest, SuspectedUntilAnswersThemById) {
  Sessions sessions;
  for (const uint64_t id : {1u, 2u, 3u}) sessions.Open(SessionId(id));
  sessions.Suspect(SessionId(3), Time(10));
  sessions.Suspect(SessionId(1), Time(20));
  sessions.Suspect(SessionId(2), Time(21));
  EXPECT_THAT(sessions.SuspectedUntil(Time(9)), IsEmpty());
  EXPECT_THAT(sessions.SuspectedUntil(Time(20)), ElementsAre(SessionId(1), SessionId(3)));
}

TEST(SessionsTest, SuspectingAgainKeepsTheFirstTime) {
  Sessions sessions;
  sessions.Open(SessionId(1));
  sessions.Suspect(SessionId(1), Time(10));
  sessions.Suspect(SessionId(1), Time(20));
  EXPECT_EQ(sessions.Find(SessionId(1))->suspected_since, Time(10));
  EXPECT_TRUE(sessions.Find(SessionId(1))->IsSuspected());
}

TEST(SessionsTest, WhoIsNotThereIsNotSuspected) {
  Sessions sessions;
  sessions.Suspect(SessionId(1), Time(10));
  sessions.Trust(SessionId(1));
  EXPECT_EQ(sessions.FirstSuspected(), std::nullopt);
  EXPECT_THAT(sessions.all(), IsEmpty());
}

TEST(SessionsTest, AClosedSessionIsSuspectedNoMore) {
  Sessions sessions;
  sessions.Open(SessionId(1));
  sessions.Suspect(SessionId(1), Time(10));
  sessions.Close(SessionId(1));
  EXPECT_EQ(sessions.FirstSuspected(), std::nullopt);
}

TEST(SessionsTest, ARestoredSessionIsSuspectedStill) {
  Sessions sessions;
  Session session;
  session.suspected_since = Time(10);
  sessions.Restore(SessionId(1), session);
  EXPECT_EQ(sessions.FirstSuspected(), Time(10));
  EXPECT_EQ(sessions.all().at(SessionId(1)), session);
}

}  // namespace
}  // namespace warren::queue
