#include "replication/log/disk/data_lock.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "fmt/format.h"
#include "replication/log/disk/testing/temp_dir.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using warren::testing::IsOk;
using warren::testing::StatusIs;

TEST(DataLockTest, TheSecondIsToldWhoHasIt) {
  const TempDir directory;
  WARREN_ASSERT_OK_AND_ASSIGN(const DataLock lock, DataLock::Take(directory.path()));
  EXPECT_THAT(DataLock::Take(directory.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(fmt::format("is in use by process {}", getpid()))));
}

TEST(DataLockTest, EndsWithItsHolder) {
  const TempDir directory;
  {
    WARREN_ASSERT_OK_AND_ASSIGN(DataLock lock, DataLock::Take(directory.path()));
    const DataLock moved = std::move(lock);
    EXPECT_THAT(DataLock::Take(directory.path()), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(DataLock::Take(directory.path()), IsOk());
}

TEST(DataLockTest, MakesTheDirectory) {
  const TempDir directory;
  EXPECT_THAT(DataLock::Take(directory.File("a/b")), IsOk());
}

}  // namespace
}  // namespace warren::log
