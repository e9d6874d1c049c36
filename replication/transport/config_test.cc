#include "replication/transport/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TransportConfigTest, DefaultsAreSound) {
  const TransportConfig config;
  EXPECT_THAT(config.Faults(), IsEmpty());
  EXPECT_EQ(config.QueuedBytesMax(StreamClass::kControl), config.control_queued_bytes_max);
  EXPECT_EQ(config.QueuedBytesMax(StreamClass::kData), config.data_queued_bytes_max);
  EXPECT_EQ(config.QueuedBytesMax(StreamClass::kSnapshot), config.snapshot_queued_bytes_max);
}

TEST(TransportConfigTest, AllFaultsAreToldAtOnce) {
  TransportConfig config;
  config.frame_bytes_max = 10;
  config.message_bytes_max = 0;
  config.data_queued_bytes_max = 9;
  config.reconnect_delay_max = absl::ZeroDuration();
  config.connect_timeout = absl::ZeroDuration();
  EXPECT_THAT(
      config.Faults(),
      ElementsAre(HasSubstr("frame_bytes_max is 10"), HasSubstr("message_bytes_max is 0"),
                  HasSubstr("data_queued_bytes_max is 9"), HasSubstr("reconnect_delay_max is 0"),
                  HasSubstr("connect_timeout is 0")));
}

}  // namespace
}  // namespace warren::replication
