// Finds scripts and reads them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/scenario_runner/player.h"
#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

struct ScriptFile {
  std::filesystem::path path;
  ScriptKind kind = ScriptKind::kInteraction;
  std::string label;  // Folder and file: "quorum/joint_vote.txt".
};

// The scripts below `place`, in order: a directory with the folders interaction, quorum and
// confchange (any two may be missing), one of these folders, or one .txt file in such a folder.
// NOT_FOUND if there is none, saying what was looked for.
absl::StatusOr<std::vector<ScriptFile>> FindScripts(const std::filesystem::path& place);

absl::StatusOr<std::string> ReadText(const std::filesystem::path& path);
// Leaves either the old text or the new one behind, nothing in between.
absl::Status ReplaceText(const std::filesystem::path& path, const std::string& text);

}  // namespace warren::scenario_runner
