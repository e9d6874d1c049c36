#include "base/spdlog_sink.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "gtest/gtest.h"

namespace warren::base {
namespace {

// A folder of its own that goes with the test.
class SpdlogSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "warren_log_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string ContentOf(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::filesystem::path folder_;
};

LogRecord Record(LogLevel level, std::string_view text) {
  return {.time = absl::FromUnixMicros(1'714'564'800'123'456),
          .level = level,
          .event = "test.event",
          .text = text};
}

TEST_F(SpdlogSinkTest, LineIsTimeLevelAndText) {
  const std::string file = folder_ / "warren.log";
  auto sink = SpdlogSink::Open({.file = file});
  ASSERT_TRUE(sink.ok()) << sink.status();
  (*sink)->Write(Record(LogLevel::kInfo, "test.event {} %v"));
  (*sink)->Write(Record(LogLevel::kDebug, "test.event n=2"));
  (*sink)->Flush();
  EXPECT_EQ(ContentOf(file),
            "2024-05-01T12:00:00.123456Z info test.event {} %v\n"
            "2024-05-01T12:00:00.123456Z debug test.event n=2\n");
  EXPECT_EQ((*sink)->FailedWrites(), 0u);
}

TEST_F(SpdlogSinkTest, WarningsAreFlushedAtOnce) {
  const std::string file = folder_ / "warren.log";
  auto sink = SpdlogSink::Open({.file = file});
  ASSERT_TRUE(sink.ok()) << sink.status();
  (*sink)->Write(Record(LogLevel::kWarning, "disk.low"));
  EXPECT_EQ(ContentOf(file), "2024-05-01T12:00:00.123456Z warning disk.low\n");
}

TEST_F(SpdlogSinkTest, FilesRotateAndTheOldestGoes) {
  auto sink =
      SpdlogSink::Open({.file = folder_ / "warren.log", .file_bytes_max = 1000, .files_max = 3});
  ASSERT_TRUE(sink.ok()) << sink.status();
  for (int i = 0; i < 200; ++i) (*sink)->Write(Record(LogLevel::kInfo, "test.event some=field"));
  (*sink)->Flush();
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_LE(entry.file_size(), 1000u);
    ++files;
  }
  EXPECT_EQ(files, 3u);
}

TEST_F(SpdlogSinkTest, FileThatCannotBeOpenedIsAStatus) {
  std::ofstream(folder_ / "file") << "not a folder";
  const auto sink = SpdlogSink::Open({.file = folder_ / "file" / "warren.log"});
  EXPECT_EQ(sink.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SpdlogSinkTest, ZeroLimitsAreRefused) {
  EXPECT_EQ(SpdlogSink::Open({.file = "", .file_bytes_max = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SpdlogSink::Open({.file = "", .files_max = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SpdlogSinkTest, LinesThatCannotBeWrittenAreCounted) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  auto sink = SpdlogSink::Open({.file = "/dev/full"});
  ASSERT_TRUE(sink.ok()) << sink.status();
  (*sink)->Write(Record(LogLevel::kError, "disk.full"));
  EXPECT_GE((*sink)->FailedWrites(), 1u);
}

TEST_F(SpdlogSinkTest, StandardErrorIsTheDefault) {
  ::testing::internal::CaptureStderr();
  {
    auto sink = SpdlogSink::Open({});
    ASSERT_TRUE(sink.ok()) << sink.status();
    (*sink)->Write(Record(LogLevel::kInfo, "node.ready"));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "2024-05-01T12:00:00.123456Z info node.ready\n");
}

}  // namespace
}  // namespace warren::base
