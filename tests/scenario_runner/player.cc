#include "tests/scenario_runner/player.h"

#include <algorithm>
#include <array>

#include "tests/scenario_runner/difference.h"
#include "tests/scenario_runner/interaction.h"
#include "tests/scenario_runner/membership_script.h"
#include "tests/scenario_runner/quorum_script.h"

namespace warren::scenario_runner {
namespace {

constexpr std::array<std::string_view, kScriptKinds> kFolders = {"interaction", "quorum",
                                                                 "confchange"};

// What a script of any kind plays with.
class Stage {
 public:
  explicit Stage(ScriptKind kind) : kind_(kind) {}

  std::string Run(const Block& block) {
    std::string answer = RunAsKind(block);
    if (!answer.empty() && answer.back() != '\n') answer += '\n';
    return answer;
  }

 private:
  std::string RunAsKind(const Block& block) {
    switch (kind_) {
      case ScriptKind::kInteraction:
        return interaction_.Run(block);
      case ScriptKind::kQuorum:
        return RunQuorumCommand(block);
      case ScriptKind::kMembership:
        return membership_.Run(block);
    }
    return "";
  }

  ScriptKind kind_;
  Interaction interaction_;
  MembershipScript membership_;
};

std::string ReduceAs(ScriptKind kind, Level level, const Block& block, std::string_view answer) {
  return kind == ScriptKind::kInteraction ? Reduce(level, block, answer) : std::string(answer);
}

}  // namespace

std::string_view FolderOf(ScriptKind kind) { return kFolders[static_cast<size_t>(kind)]; }

std::optional<ScriptKind> KindOfFolder(std::string_view folder) {
  const auto found = std::find(kFolders.begin(), kFolders.end(), folder);
  if (found == kFolders.end()) return std::nullopt;
  return static_cast<ScriptKind>(found - kFolders.begin());
}

std::optional<Mismatch> Play(ScriptKind kind, const Script& script, Level level) {
  Stage stage(kind);
  for (const Block& block : script.blocks()) {
    const std::string expected = ReduceAs(kind, level, block, block.expected);
    const std::string actual = ReduceAs(kind, level, block, stage.Run(block));
    if (expected == actual) continue;
    return Mismatch{
        .line = block.line, .command = block.command, .difference = Difference(expected, actual)};
  }
  return std::nullopt;
}

std::vector<std::string> AnswersTo(ScriptKind kind, const Script& script) {
  Stage stage(kind);
  std::vector<std::string> answers;
  for (const Block& block : script.blocks()) answers.push_back(stage.Run(block));
  return answers;
}

}  // namespace warren::scenario_runner
