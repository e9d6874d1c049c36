#include "tests/scenario_runner/add_nodes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::StatusIs;

absl::StatusOr<NewMembers> Parsed(std::string_view arguments) {
  const absl::StatusOr<Script> script =
      Script::Parse("add-nodes " + std::string(arguments) + "\n----\n");
  if (!script.ok()) return script.status();
  return ParseAddNodes(script->blocks().front());
}

void ExpectRefused(std::string_view arguments, std::string_view why) {
  EXPECT_THAT(Parsed(arguments),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))));
}

TEST(AddNodesTest, DefaultsAreThoseOfEtcdsSuite) {
  WARREN_ASSERT_OK_AND_ASSIGN(const NewMembers added, Parsed("2"));
  EXPECT_EQ(added.count, 2U);
  EXPECT_EQ(added.setup.start, nullptr);
  EXPECT_EQ(added.setup.storage, Storage::kSynchronous);
  const raft::Config& config = added.setup.config;
  EXPECT_EQ(config.election_ticks, 3U);
  EXPECT_EQ(config.heartbeat_ticks, 1U);
  EXPECT_FALSE(config.pre_vote || config.check_quorum || config.step_down_on_removal);
  EXPECT_TRUE(config.validate_config_changes);
  EXPECT_FALSE(config.compatibility.apply_only_stable);
}

TEST(AddNodesTest, ArgumentsReachTheConfig) {
  WARREN_ASSERT_OK_AND_ASSIGN(
      const NewMembers added,
      Parsed("1 inflight=3 prevote=true checkquorum=true read-only=lease-based "
             "max-committed-size-per-ready=7 disable-conf-change-validation=true "
             "step-down-on-removal=true async-storage-writes=true"));
  const raft::Config& config = added.setup.config;
  EXPECT_EQ(config.inflight_messages_max, 3U);
  EXPECT_EQ(config.apply_bytes_max, 7U);
  EXPECT_TRUE(config.pre_vote && config.check_quorum && config.step_down_on_removal);
  EXPECT_FALSE(config.validate_config_changes);
  EXPECT_EQ(config.read_mode, raft::ReadMode::kLease);
  EXPECT_EQ(added.setup.storage, Storage::kAsynchronous);
  EXPECT_TRUE(config.compatibility.apply_only_stable);
}

TEST(AddNodesTest, VotersAndLearnersMakeAStart) {
  WARREN_ASSERT_OK_AND_ASSIGN(const NewMembers added,
                              Parsed("3 voters=(1,2) learners=(3) index=10 content=foo"));
  ASSERT_NE(added.setup.start, nullptr);
  EXPECT_EQ(added.setup.start->last.id.index, raft::Index(10));
  EXPECT_EQ(added.setup.start->last.id.term, raft::Term(1));
  EXPECT_EQ(added.setup.start->membership.voters,
            (raft::NodeSet{raft::NodeId(1), raft::NodeId(2)}));
  EXPECT_EQ(added.setup.start->membership.learners, raft::NodeSet{raft::NodeId(3)});
  EXPECT_EQ(added.setup.start->state, "foo");
}

TEST(AddNodesTest, FaultsAreNamed) {
  ExpectRefused("", "the first argument must be a number");
  ExpectRefused("x", "the first argument must be a number");
  ExpectRefused("1 voters=(1)", "index must be specified as > 1");
  ExpectRefused("1 voters=(1) index=1", "index must be specified as > 1");
  ExpectRefused("1 prevote=yes", "prevote: cannot be 'yes'");
  ExpectRefused("1 voters=(a)", "voters: cannot be 'a'");
  ExpectRefused("1 read-only=never", "read-only: cannot be 'never'");
  ExpectRefused("1 votes=(1)", "unknown argument 'votes'");
}

}  // namespace
}  // namespace warren::scenario_runner
