// A scenario script, taken apart into the commands that it gives and the answers that it expects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace warren::scenario_runner {

// What follows the command's name: `3` or `foo` has a key and no values, `type=MsgApp` one value,
// `voters=(1,2,3)` several.
struct Argument {
  std::string key;
  std::vector<std::string> values;
  friend bool operator==(const Argument&, const Argument&) = default;
};

// One command and its answer:
//
//      # Comments stand between blocks.
//      deliver-msgs 1 drop=(2,3)       command and arguments
//      any further lines               input
//      ----
//      1->2 MsgApp Term:1 Log:1/2      expected answer, ended by a blank line
//
// An answer with blank lines in it stands between two pairs of ---- lines instead.
struct Block {
  size_t line = 0;  // Of the command, from 1.
  std::string command;
  std::vector<Argument> arguments;
  std::string input;     // Without space around it.
  std::string expected;  // Every line ended.

  // The lines of the script that hold the expected answer with its extra separators, if any:
  // [answer_begin, answer_end), from 0.
  size_t answer_begin = 0;
  size_t answer_end = 0;

  const Argument* Find(std::string_view key) const;  // Null if it is not there.
};

class Script {
 public:
  // INVALID_ARGUMENT naming the line if `text` is no script. The script keeps a copy.
  static absl::StatusOr<Script> Parse(std::string_view text);

  const std::vector<Block>& blocks() const { return blocks_; }

  // The text of the script with other answers, one for each block. All else stays as it is.
  std::string WithAnswers(const std::vector<std::string>& answers) const;

 private:
  std::vector<std::string> lines_;
  std::vector<Block> blocks_;
};

}  // namespace warren::scenario_runner
