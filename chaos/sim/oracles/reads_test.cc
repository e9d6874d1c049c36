#include "chaos/sim/oracles/reads.h"

#include "gtest/gtest.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::NodeId;
using raft::ReadId;

class ReadsTest : public testing::Test {
 protected:
  Verdict verdict_;
  Reads reads_{verdict_};
};

TEST_F(ReadsTest, AnswerWithThePresentIsFine) {
  reads_.OnAsked(ReadId(1), Index(10));
  reads_.OnAnswered(NodeId(1), ReadId(1), Index(10));
  reads_.OnAnswered(NodeId(1), ReadId(1), Index(12));
  EXPECT_TRUE(verdict_.IsClean());
}

TEST_F(ReadsTest, AnswerWithThePastIsAViolation) {
  reads_.OnAsked(ReadId(1), Index(10));
  reads_.OnAnswered(NodeId(2), ReadId(1), Index(9));
  ASSERT_FALSE(verdict_.IsClean());
  EXPECT_EQ(verdict_.first()->rule, "ReadIsFresh");
}

TEST_F(ReadsTest, ForgottenReadIsNotJudged) {
  reads_.OnAsked(ReadId(1), Index(10));
  reads_.ForgetBefore(ReadId(2));
  reads_.OnAnswered(NodeId(2), ReadId(1), Index(9));
  EXPECT_TRUE(verdict_.IsClean());
}

}  // namespace
}  // namespace warren::sim
