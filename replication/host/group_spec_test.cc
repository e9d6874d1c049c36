#include "replication/host/group_spec.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "raft/core.h"
#include "replication/host/graveyard.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

GroupSpec Spec() {
  return {.group = GroupId(300),
          .kind = GroupKind::kQueue,
          .voters = {NodeId(1), NodeId(2), NodeId(3)},
          .state = "how it begins"};
}

TEST(GroupSpecTest, TravelsAsBytes) {
  const base::Bytes bytes = EncodeGroupSpec(Spec()).Flatten();
  const auto spec = DecodeGroupSpec(bytes);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(*spec, Spec());
  EXPECT_EQ(EncodeGroupSpec(*spec), bytes.view());
}

TEST(GroupSpecTest, SaysWhatItOutlives) {
  GroupSpec spec = Spec();
  spec.voters = {NodeId(2)};
  spec.durability = Durability::kInMemory;
  std::string bytes(EncodeGroupSpec(spec).Flatten().view());
  EXPECT_EQ(DecodeGroupSpec(base::Bytes::Copy(bytes))->durability, Durability::kInMemory);
  bytes[2] = 7;
  EXPECT_THAT(DecodeGroupSpec(base::Bytes::Copy(bytes)),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("durability 7")));
}

TEST(GroupSpecTest, OnlyAGroupOfOneCanBeInMemory) {
  GroupSpec spec = Spec();
  EXPECT_THAT(Validate(spec), IsOk());
  spec.durability = Durability::kInMemory;
  EXPECT_THAT(Validate(spec),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("group 300: a group in memory has exactly one member, not 3")));
  spec.voters.Clear();
  EXPECT_THAT(Validate(spec), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not 0")));
  spec.voters = {NodeId(2)};
  EXPECT_THAT(Validate(spec), IsOk());
}

TEST(GroupSpecTest, TheNodesOwnNumberIsNobodys) {
  GroupSpec spec = Spec();
  spec.group = kNodeGroup;
  EXPECT_THAT(Validate(spec), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(GroupSpecTest, WhatIsCutOffOrTooLongIsNone) {
  const base::Bytes bytes = EncodeGroupSpec(Spec()).Flatten();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeGroupSpec(bytes.Slice(0, size)).ok()) << size;
  }
  EXPECT_THAT(DecodeGroupSpec(base::Bytes::Copy(std::string(bytes.view()) + "x")),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(GroupSpecTest, AVoterIsNamedOnce) {
  std::string bytes(EncodeGroupSpec(Spec()).Flatten().view());
  const std::string second("\2\0\0\0\0\0\0\0", 8);
  const std::string first("\1\0\0\0\0\0\0\0", 8);
  bytes.replace(bytes.find(second), 8, first);
  EXPECT_THAT(DecodeGroupSpec(base::Bytes::Copy(bytes)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(GroupSpecTest, WhatNamesNoGroupOrTooFewOrTooManyVotersIsNone) {
  const auto decoded = [](const GroupSpec& spec) {
    return DecodeGroupSpec(EncodeGroupSpec(spec).Flatten());
  };
  GroupSpec spec = Spec();
  spec.group = GroupId();
  EXPECT_THAT(decoded(spec), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("names no group")));
  spec = Spec();
  spec.voters.Clear();
  EXPECT_THAT(decoded(spec), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("0 voters")));
  for (uint64_t voter = 1; voter <= 64; ++voter) spec.voters.Insert(NodeId(voter));
  EXPECT_THAT(decoded(spec), IsOk());
  spec.voters.Insert(NodeId(65));
  EXPECT_THAT(decoded(spec), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("65 voters")));
  spec.voters = {NodeId(), NodeId(2)};
  EXPECT_THAT(decoded(spec), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("named badly")));
}

TEST(GroupSpecTest, LaterVersionsAndKindsAreNamed) {
  const std::string bytes(EncodeGroupSpec(Spec()).Flatten().view());
  for (const std::string& first :
       {std::string("\3\1"), std::string("\1\3"), std::string("\1\0", 2)}) {
    EXPECT_THAT(DecodeGroupSpec(base::Bytes::Copy(first + bytes.substr(2))),
                StatusIs(absl::StatusCode::kUnimplemented));
  }
}

TEST(GroupSpecTest, ACoreStartsFromItsFirstDay) {
  raft::Config config;
  config.id = NodeId(2);
  const auto core = raft::Core::Create(config, FirstOf(Spec(), Incarnation(1)));
  ASSERT_THAT(core, IsOk());
  EXPECT_EQ(core->applied(), raft::Index(1));
  EXPECT_EQ(core->membership().voters, Spec().voters);
}

TEST(GroupSpecTest, ASnapshotsStateSaysWhatItIsOf) {
  const base::Bytes sealed = SealState(GroupKind::kCatalog, "state");
  const auto opened = OpenState(sealed);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->kind, GroupKind::kCatalog);
  EXPECT_EQ(opened->state, "state");
  EXPECT_THAT(OpenState(base::Bytes()), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenState(base::Bytes::Copy("\1\x7fstate")),
              StatusIs(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace warren::replication
