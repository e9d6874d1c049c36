#include "replication/host/election_pacer.h"

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

base::MonotonicTime At(int milliseconds) {
  return base::MonotonicTime(absl::Seconds(50) + absl::Milliseconds(milliseconds));
}

// How many turns come by then.
int Turns(ElectionPacer& pacer, base::MonotonicTime now) {
  int turns = 0;
  while (pacer.Next(now).has_value()) ++turns;
  return turns;
}

TEST(ElectionPacerTest, AFewBeginAtOnceAndTheOthersFollowAtTheRate) {
  ElectionPacer pacer(10, 1000);
  for (uint64_t i = 1; i <= 100; ++i) pacer.Add({.group = GroupId(i), .leader = NodeId(1)});
  EXPECT_EQ(Turns(pacer, At(0)), 11);  // The bucket, and the token that is just due.
  EXPECT_EQ(pacer.NextDeadline(), At(1));
  EXPECT_EQ(Turns(pacer, At(5)), 5);
  EXPECT_EQ(Turns(pacer, At(1000)), 11);  // No more than the bucket holds.
}

TEST(ElectionPacerTest, TurnsComeInTheirOrder) {
  ElectionPacer pacer(10, 1000);
  pacer.Add({.group = GroupId(3), .leader = NodeId(1), .surely = true});
  pacer.Add({.group = GroupId(1), .leader = NodeId(2)});
  EXPECT_EQ(pacer.Next(At(0))->group, GroupId(3));
  EXPECT_EQ(pacer.Next(At(0))->leader, NodeId(2));
  EXPECT_FALSE(pacer.Next(At(0)).has_value());
  EXPECT_FALSE(pacer.NextDeadline().has_value());
}

}  // namespace
}  // namespace warren::replication
