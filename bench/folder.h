// A folder for a benchmark to work in.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace warren::bench {

// Goes away with its object, and all that is in it.
class Folder {
 public:
  // In `parent`, or where temporary files are if that is empty.
  explicit Folder(const std::string& parent) {
    std::string pattern =
        (parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent)) /
        "warren-bench-XXXXXX";
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }  // Empty: it could not be made.

 private:
  std::string path_;
};

}  // namespace warren::bench
