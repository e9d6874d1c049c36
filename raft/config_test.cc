#include "raft/config.h"

#include <string>

#include "gtest/gtest.h"

#include "raft/testing/builders.h"
#include "tests/support/status_matchers.h"

namespace warren::raft {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::NodeConfig;
using warren::testing::IsOk;
using warren::testing::StatusIs;

// A refusal says which field, what it holds, and what it may hold.
auto Refuses(const std::string& field, const std::string& value, const std::string& rule) {
  return StatusIs(absl::StatusCode::kInvalidArgument,
                  AllOf(HasSubstr(field + " is " + value), HasSubstr(rule)));
}

TEST(RaftConfigTest, DefaultsWithAnIdAreValid) { EXPECT_THAT(NodeConfig().Validate(), IsOk()); }

TEST(RaftConfigTest, IdIsNeeded) {
  EXPECT_THAT(NodeConfig(0).Validate(), Refuses("id", "0", "above 0"));
}

TEST(RaftConfigTest, HeartbeatTakesATickAtLeast) {
  Config config = NodeConfig();
  config.heartbeat_ticks = 0;
  EXPECT_THAT(config.Validate(), Refuses("heartbeat_ticks", "0", "at least 1"));
}

TEST(RaftConfigTest, ElectionTakesLongerThanAHeartbeat) {
  Config config = NodeConfig();
  config.election_ticks = config.heartbeat_ticks = 7;
  EXPECT_THAT(config.Validate(), Refuses("election_ticks", "7", "larger than heartbeat_ticks, 7"));
  config.election_ticks = 8;
  EXPECT_THAT(config.Validate(), IsOk());
}

TEST(RaftConfigTest, SomethingMayBeInFlight) {
  Config config = NodeConfig();
  config.inflight_messages_max = 0;
  EXPECT_THAT(config.Validate(), Refuses("inflight_messages_max", "0", "at least 1"));
}

TEST(RaftConfigTest, OneMessageFitsIntoTheWindow) {
  Config config = NodeConfig();
  config.message_bytes_max = 1000;
  config.inflight_bytes_max = 999;
  EXPECT_THAT(config.Validate(),
              Refuses("inflight_bytes_max", "999", "at least message_bytes_max, 1000"));
  config.inflight_bytes_max = 1000;
  EXPECT_THAT(config.Validate(), IsOk());
}

// A message is limited in bytes, its encoding in entries: the first must keep the second.
TEST(RaftConfigTest, LargestMessageCanBeEncoded) {
  Config config = NodeConfig();
  config.message_bytes_max = config.inflight_bytes_max = (size_t{1} << 30) + 1;
  EXPECT_THAT(config.Validate(),
              Refuses("message_bytes_max", "1073741825", "can count for, 1073741824"));
  config.message_bytes_max = config.inflight_bytes_max = size_t{1} << 30;
  EXPECT_THAT(config.Validate(), IsOk());
}

TEST(RaftConfigTest, SizesAreAboveZero) {
  Config config = NodeConfig();
  config.entry_bytes_max = 0;
  EXPECT_THAT(config.Validate(), Refuses("entry_bytes_max", "0", "from 1"));
  config = NodeConfig();
  config.uncommitted_bytes_max = 0;
  EXPECT_THAT(config.Validate(), Refuses("uncommitted_bytes_max", "0", "at least 1"));
  config = NodeConfig();
  config.apply_bytes_max = 0;
  EXPECT_THAT(config.Validate(), Refuses("apply_bytes_max", "0", "at least 1"));
}

TEST(RaftConfigTest, LeaseReadsNeedTheQuorumCheck) {
  Config config = NodeConfig();
  config.read_mode = ReadMode::kLease;
  config.check_quorum = false;
  EXPECT_THAT(config.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("read_mode is kLease"), HasSubstr("check_quorum"))));
  config.check_quorum = true;
  EXPECT_THAT(config.Validate(), IsOk());
}

// One append that always holds one entry at least has no use for a lower bound.
TEST(RaftConfigTest, MessagesOfOneEntryEachAreAllowed) {
  Config config = NodeConfig();
  config.message_bytes_max = 0;
  EXPECT_THAT(config.Validate(), IsOk());
}

}  // namespace
}  // namespace warren::raft
