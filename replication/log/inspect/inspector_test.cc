#include "replication/log/inspect/inspector.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using warren::testing::IsOk;
using warren::testing::StatusIs;

class InspectTest : public ::testing::Test {
 protected:
  InspectTest() {
    EXPECT_THAT(log_.Open(), IsOk());
    EXPECT_THAT(log_.Create(7), IsOk());
    EXPECT_THAT(log_.Append(7, MakeEntries(1, 9, 2, 500)), IsOk());
    EXPECT_THAT(log_.Snapshot(7, MakeSnapshot(4, 2, {3})), IsOk());
    log_.WriteAll();
    options_.directory = log_.config.directory;
  }
  uint64_t Faults() {
    out_.str("");
    const absl::StatusOr<Inspection> found = Inspect(&files_, options_, out_);
    EXPECT_THAT(found, IsOk());
    return found.ok() ? found->damage : 0;
  }

  LogFixture log_;
  PosixFileSystem files_;
  InspectOptions options_;
  std::ostringstream out_;
};

TEST_F(InspectTest, PrintsWhatALogHolds) {
  log_.FillSegments(4);
  log_.MaintainAll();
  log_.Close();
  EXPECT_EQ(Faults(), 0) << out_.str();
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("group 7 (no 1): term 1, vote 0, commit 0; log from 5 to 9"),
                    HasSubstr("snapshot to 4"), HasSubstr("all of it can be read")));
  EXPECT_THAT(out_.str(), Not(HasSubstr("entry 9 of term 2 jjj")))
      << "payloads are nobody's business";
}

TEST_F(InspectTest, PrintsFramesWhenAsked) {
  log_.Close();
  options_.frames = true;
  EXPECT_EQ(Faults(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("frame 1 after 0"));
}

TEST_F(InspectTest, NamesDamage) {
  log_.Append(7, MakeEntries(10, 10, 2)).IgnoreError();
  log_.WriteAll();
  log_.Close();
  for (const auto& file : std::filesystem::directory_iterator(options_.directory + "/log")) {
    if (!file.path().filename().string().starts_with("segment-")) continue;
    std::fstream segment(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    segment.seekp(4096 + 2000);  // In the payload of one of the first entries.
    segment.write("damage", 6);
  }
  EXPECT_GT(Faults(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("FAULT segment"));
}

TEST_F(InspectTest, ChangesNothing) {
  log_.Close();
  const auto times = [this] {
    std::vector<std::string> all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(options_.directory)) {
      all.push_back(file.path().string() + " " +
                    std::to_string(file.last_write_time().time_since_epoch().count()));
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  const std::vector<std::string> before = times();
  EXPECT_EQ(Faults(), 0);
  EXPECT_EQ(times(), before);
}

TEST_F(InspectTest, SaysWhereThereIsNoLog) {
  options_.directory = log_.config.directory + "/store";
  EXPECT_THAT(Inspect(&files_, options_, out_).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("holds no log")));
  options_.directory = log_.config.directory + "/nowhere";
  EXPECT_THAT(Inspect(&files_, options_, out_).status(), Not(IsOk()));
}

}  // namespace
}  // namespace warren::log
