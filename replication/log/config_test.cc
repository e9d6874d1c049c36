#include "replication/log/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LogConfigTest, OnlyTheDirectoryHasNoDefault) {
  LogConfig config;
  EXPECT_THAT(config.Faults(), ElementsAre(HasSubstr("directory")));
  config.directory = "data";
  EXPECT_THAT(config.Faults(), IsEmpty());
}

TEST(LogConfigTest, AllFaultsAreToldAtOnce) {
  LogConfig config;
  config.directory = "data";
  config.segment_bytes = 1'000'000;
  config.segments_kept = 0;
  config.segments_max = 2;
  config.round_bytes_max = 100;
  EXPECT_THAT(config.Faults(),
              ElementsAre(HasSubstr("multiple of 4096"), HasSubstr("segments_kept"),
                          HasSubstr("segments_max is 2"), HasSubstr("round_bytes_max is 100")));
}

}  // namespace
}  // namespace warren::log
