// A directory for one test, gone with it.
#pragma once

#include <filesystem>
#include <string>

#include "gtest/gtest.h"

#include "base/check.h"

namespace warren::log {

class TempDir {
 public:
  TempDir() {
    std::string pattern = ::testing::TempDir() + "/warren-XXXXXX";
    WARREN_CHECK_MSG(mkdtemp(pattern.data()) != nullptr, "tests have a directory to write to");
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace warren::log
