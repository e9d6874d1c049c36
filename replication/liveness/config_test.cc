#include "replication/liveness/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LivenessConfigTest, DefaultsAreGood) { EXPECT_THAT(LivenessConfig{}.Faults(), IsEmpty()); }

TEST(LivenessConfigTest, LeaseMustEndBeforeOthersAct) {
  LivenessConfig config;
  config.lease = config.suspect_after;
  EXPECT_THAT(config.Faults(), ElementsAre(HasSubstr("lease is 1s, not less than suspect_after")));
}

TEST(LivenessConfigTest, AllFaultsAreNamed) {
  LivenessConfig config;
  config.beat_interval = absl::ZeroDuration();
  config.suspect_after = absl::Hours(1);
  config.lease = absl::Hours(2);
  config.broken_grace = -absl::Seconds(1);
  EXPECT_THAT(config.Faults(),
              ElementsAre(HasSubstr("beat_interval is 0"), HasSubstr("suspect_after is 1h"),
                          HasSubstr("lease is 2h"), HasSubstr("broken_grace is -1s")));
  config = LivenessConfig{};
  config.beat_interval = absl::Milliseconds(500);
  config.broken_grace = absl::Seconds(2);
  EXPECT_THAT(config.Faults(),
              ElementsAre(HasSubstr("four beat intervals"), HasSubstr("two beat intervals"),
                          HasSubstr("broken_grace is 2s")));
}

}  // namespace
}  // namespace warren::replication
