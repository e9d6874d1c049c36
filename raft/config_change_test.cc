#include "raft/config_change.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/testing/builders.h"
#include "tests/support/status_matchers.h"

namespace warren::raft {
namespace {

using testing::AddLearner;
using testing::AddVoter;
using ::testing::HasSubstr;
using testing::MakeChange;
using testing::Remove;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(ConfigChangeTest, LeavingAJointPhaseTakesNoBytes) {
  EXPECT_TRUE(EncodeConfigChange(ConfigChange()).empty());
  EXPECT_THAT(DecodeConfigChange(""), IsOkAndHolds(ConfigChange()));
}

TEST(ConfigChangeTest, DecodeGivesBackWhatEncodeTook) {
  ConfigChange change =
      MakeChange({AddVoter(1), AddLearner(2), Remove(UINT64_MAX)}, Transition::kJointExplicit);
  change.context = base::Bytes::Copy("for the host");
  EXPECT_THAT(DecodeConfigChange(EncodeConfigChange(change).view()), IsOkAndHolds(change));
}

TEST(ConfigChangeTest, LeaveWithAContextKeepsIt) {
  ConfigChange leave;
  leave.context = base::Bytes::Copy("why");
  const base::Bytes bytes = EncodeConfigChange(leave);
  EXPECT_FALSE(bytes.empty());
  EXPECT_THAT(DecodeConfigChange(bytes.view()), IsOkAndHolds(leave));
}

TEST(ConfigChangeTest, AsksForWhatItsTransitionSays) {
  EXPECT_TRUE(ConfigChange().AsksToLeaveJoint());
  EXPECT_FALSE(MakeChange({AddVoter(1)}).AsksForJoint());
  EXPECT_TRUE(MakeChange({AddVoter(1), AddVoter(2)}).AsksForJoint());
  EXPECT_TRUE(MakeChange({AddVoter(1)}, Transition::kJointImplicit).AsksForJoint());
  EXPECT_FALSE(MakeChange({}, Transition::kJointExplicit).AsksToLeaveJoint());
  EXPECT_TRUE(MakeChange({AddVoter(1), AddVoter(2)}).AsksForAutoLeave());
  EXPECT_FALSE(MakeChange({AddVoter(1)}, Transition::kJointExplicit).AsksForAutoLeave());
}

TEST(ConfigChangeTest, EveryTruncationIsRefused) {
  ConfigChange change = MakeChange({AddVoter(1), Remove(300)});
  change.context = base::Bytes::Copy("context");
  const base::Bytes bytes = EncodeConfigChange(change);
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeConfigChange(bytes.view().substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

TEST(ConfigChangeTest, BytesAfterTheEndAreRefused) {
  const std::string bytes = std::string(EncodeConfigChange(MakeChange({AddVoter(1)})).view());
  EXPECT_THAT(DecodeConfigChange(bytes + "x"), StatusIs(kInvalid));
}

// One change, one encoding: no bytes.
TEST(ConfigChangeTest, LongFormOfLeavingAJointPhaseIsRefused) {
  EXPECT_THAT(DecodeConfigChange(std::string("\x01\0\0\0", 4)), StatusIs(kInvalid));
}

TEST(ConfigChangeTest, UnknownVersionIsNamed) {
  std::string bytes = std::string(EncodeConfigChange(MakeChange({AddVoter(1)})).view());
  bytes[0] = 9;
  EXPECT_THAT(DecodeConfigChange(bytes),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("version 9")));
}

TEST(ConfigChangeTest, UnknownTransitionIsNamed) {
  std::string bytes = std::string(EncodeConfigChange(MakeChange({AddVoter(1)})).view());
  bytes[1] = 3;
  EXPECT_THAT(DecodeConfigChange(bytes), StatusIs(kInvalid, HasSubstr("transition 3")));
}

TEST(ConfigChangeTest, UnknownChangeTypeIsNamed) {
  std::string bytes = std::string(EncodeConfigChange(MakeChange({AddVoter(1)})).view());
  bytes[3] = 4;
  EXPECT_THAT(DecodeConfigChange(bytes), StatusIs(kInvalid, HasSubstr("change type 4")));
}

TEST(ConfigChangeTest, NumberOfChangesIsBoundedBeforeMemoryIsTaken) {
  ConfigChange change;
  change.changes.resize(1024);
  EXPECT_THAT(DecodeConfigChange(EncodeConfigChange(change).view()), IsOkAndHolds(change));
  change.changes.resize(1025);
  EXPECT_THAT(DecodeConfigChange(EncodeConfigChange(change).view()),
              StatusIs(kInvalid, HasSubstr("1025")));
}

// Damaged or hostile: an error or a change, never a crash, and no second form of the same change
// but for what varints allow.
TEST(ConfigChangeTest, RandomBytesAreRefusedOrDecoded) {
  base::Rng rng(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = std::string(
        EncodeConfigChange(MakeChange({AddVoter(rng.Below(300)), Remove(rng.Below(300))})).view());
    for (uint64_t i = rng.Below(3); i > 0; --i) {
      bytes[rng.Below(bytes.size())] = static_cast<char>(rng.Next());
    }
    if (rng.OneIn(4)) bytes.resize(rng.Below(bytes.size() + 1));
    const auto change = DecodeConfigChange(bytes);
    if (!change.ok()) continue;
    EXPECT_THAT(DecodeConfigChange(EncodeConfigChange(*change).view()), IsOkAndHolds(*change));
  }
}

}  // namespace
}  // namespace warren::raft
