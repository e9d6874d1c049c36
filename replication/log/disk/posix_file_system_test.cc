#include "replication/log/disk/posix_file_system.h"

#include <cstring>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/disk/testing/temp_dir.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  TempDir directory_;
  PosixFileSystem files_;
};

TEST_F(PosixFileSystemTest, ReadsBackWhatWasWritten) {
  WARREN_ASSERT_OK_AND_ASSIGN(
      auto file, files_.Open(directory_.File("a"), OpenMode::kCreate, Caching::kBuffered));
  WARREN_ASSERT_OK(file->Write(3, "warren"));
  WARREN_ASSERT_OK(file->Sync());
  std::string bytes(9, 'x');
  EXPECT_THAT(file->Read(0, 9, bytes.data()), IsOkAndHolds(9));
  EXPECT_EQ(bytes, std::string(3, '\0') + "warren");
  EXPECT_THAT(file->Size(), IsOkAndHolds(9));
}

TEST_F(PosixFileSystemTest, ReadsLessOnlyAtTheEnd) {
  WARREN_ASSERT_OK_AND_ASSIGN(
      auto file, files_.Open(directory_.File("a"), OpenMode::kCreate, Caching::kBuffered));
  WARREN_ASSERT_OK(file->Write(0, "warren"));
  std::string bytes(10, 'x');
  EXPECT_THAT(file->Read(2, 10, bytes.data()), IsOkAndHolds(4));
  EXPECT_THAT(file->Read(6, 10, bytes.data()), IsOkAndHolds(0));
}

TEST_F(PosixFileSystemTest, CreatesOnlyWhatIsNotThere) {
  const std::string path = directory_.File("a");
  EXPECT_THAT(files_.Open(path, OpenMode::kReadWrite, Caching::kBuffered),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(path)));
  EXPECT_THAT(files_.Open(path, OpenMode::kCreate, Caching::kBuffered), warren::testing::IsOk());
  EXPECT_THAT(files_.Open(path, OpenMode::kCreate, Caching::kBuffered),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(path)));
}

TEST_F(PosixFileSystemTest, DirectAccessIsAlignedOrRefused) {
  auto opened = files_.Open(directory_.File("a"), OpenMode::kCreate, Caching::kDirect);
  if (absl::IsFailedPrecondition(opened.status())) {
    GTEST_SKIP() << "no direct I/O here: " << opened.status();
  }
  WARREN_ASSERT_OK_AND_ASSIGN(auto file, std::move(opened));
  AlignedBuffer buffer(2 * kBlockBytes);
  std::memset(buffer.data(), 'w', buffer.size());
  WARREN_ASSERT_OK(file->Write(kBlockBytes, {buffer.data(), buffer.size()}));
  WARREN_ASSERT_OK(file->Sync());

  AlignedBuffer read(4 * kBlockBytes);
  EXPECT_THAT(file->Read(0, read.size(), read.data()), IsOkAndHolds(3 * kBlockBytes));
  EXPECT_EQ(read.data()[kBlockBytes - 1], '\0');
  EXPECT_EQ(read.data()[kBlockBytes], 'w');

  for (const absl::Status& status :
       {file->Write(512, {buffer.data(), kBlockBytes}), file->Write(0, {buffer.data(), 512}),
        file->Write(0, {buffer.data() + 8, kBlockBytes}),
        file->Read(0, 100, read.data()).status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("multiples")));
  }
}

TEST_F(PosixFileSystemTest, AllocatedSpaceReadsAsZeros) {
  WARREN_ASSERT_OK_AND_ASSIGN(
      auto file, files_.Open(directory_.File("a"), OpenMode::kCreate, Caching::kBuffered));
  WARREN_ASSERT_OK(file->Allocate(100));
  WARREN_ASSERT_OK_AND_ASSIGN(const uint64_t size, file->Size());
  if (size == 0) GTEST_SKIP() << "no space is reserved here";
  std::string bytes(100, 'x');
  EXPECT_THAT(file->Read(0, 100, bytes.data()), IsOkAndHolds(100));
  EXPECT_EQ(bytes, std::string(100, '\0'));
}

TEST_F(PosixFileSystemTest, NamesAreListedRenamedAndRemoved) {
  const std::string nested = directory_.File("x/y");
  WARREN_ASSERT_OK(files_.CreateDirectories(nested));
  WARREN_ASSERT_OK(files_.CreateDirectories(nested));
  for (const char* name : {"/b", "/a", "/c"}) {
    WARREN_ASSERT_OK(files_.Open(nested + name, OpenMode::kCreate, Caching::kBuffered));
  }
  WARREN_ASSERT_OK(files_.Rename(nested + "/c", nested + "/d"));
  WARREN_ASSERT_OK(files_.Remove(nested + "/a"));
  WARREN_ASSERT_OK(files_.SyncDirectory(nested));
  EXPECT_THAT(files_.List(nested), IsOkAndHolds(ElementsAre("b", "d")));
  EXPECT_THAT(files_.Remove(nested + "/a"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(files_.List(directory_.File("none")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PosixFileSystemTest, ADirectoryCannotBeMadeWhereAFileIs) {
  WARREN_ASSERT_OK(files_.Open(directory_.File("a"), OpenMode::kCreate, Caching::kBuffered));
  EXPECT_THAT(files_.CreateDirectories(directory_.File("a")),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("Not a directory")));
}

TEST_F(PosixFileSystemTest, AFullDiskIsToldApart) {
  PosixFileSystem files;
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  WARREN_ASSERT_OK_AND_ASSIGN(auto file,
                              files.Open("/dev/full", OpenMode::kReadWrite, Caching::kBuffered));
  EXPECT_THAT(file->Write(0, "x"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("No space left")));
}

TEST_F(PosixFileSystemTest, FreeBytesAreThoseOfTheDisk) {
  WARREN_ASSERT_OK_AND_ASSIGN(const uint64_t free, files_.FreeBytes(directory_.path()));
  EXPECT_GT(free, 0u);
  EXPECT_LE(free, std::filesystem::space(directory_.path()).capacity);
}

}  // namespace
}  // namespace warren::log
