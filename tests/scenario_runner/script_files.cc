#include "tests/scenario_runner/script_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "fmt/format.h"

namespace warren::scenario_runner {
namespace {

namespace fs = std::filesystem;

std::string NameOf(const fs::path& path) { return path.filename().string(); }

void AddFolder(const fs::path& folder, ScriptKind kind, std::vector<ScriptFile>& files) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    files.push_back(
        {.path = path, .kind = kind, .label = fmt::format("{}/{}", FolderOf(kind), NameOf(path))});
  }
}

absl::StatusOr<std::vector<ScriptFile>> SingleFile(const fs::path& file) {
  const std::string folder = NameOf(file.parent_path());
  const std::optional<ScriptKind> kind = KindOfFolder(folder);
  if (!kind) {
    return absl::NotFoundError(
        fmt::format("{}: a script's kind is told by its folder, which must be called interaction, "
                    "quorum or confchange, not '{}'",
                    file.string(), folder));
  }
  return std::vector<ScriptFile>{
      {.path = file, .kind = *kind, .label = fmt::format("{}/{}", folder, NameOf(file))}};
}

}  // namespace

absl::StatusOr<std::vector<ScriptFile>> FindScripts(const fs::path& place) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(place, error);
  if (error || !fs::exists(path, error)) {
    return absl::NotFoundError(fmt::format("{}: there is no such directory", place.string()));
  }
  if (!fs::is_directory(path, error)) return SingleFile(path);
  std::vector<ScriptFile> files;
  if (const std::optional<ScriptKind> kind = KindOfFolder(NameOf(path))) {
    AddFolder(path, *kind, files);
  } else {
    for (size_t i = 0; i < kScriptKinds; ++i) {
      const auto each = static_cast<ScriptKind>(i);
      AddFolder(path / FolderOf(each), each, files);
    }
  }
  if (files.empty()) {
    return absl::NotFoundError(fmt::format(
        "{}: no scripts; looked for *.txt in the folders interaction, quorum and confchange",
        place.string()));
  }
  return files;
}

absl::StatusOr<std::string> ReadText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return absl::NotFoundError(fmt::format("{}: cannot be read", path.string()));
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

absl::Status ReplaceText(const fs::path& path, const std::string& text) {
  fs::path beside = path;
  beside += ".new";
  std::ofstream stream(beside, std::ios::binary);
  stream << text;
  stream.close();
  std::error_code error;
  if (stream) fs::rename(beside, path, error);
  if (!stream || error) {
    return absl::UnavailableError(fmt::format("{}: cannot be written", path.string()));
  }
  return absl::OkStatus();
}

}  // namespace warren::scenario_runner
