#include "tests/scenario_runner/script.h"

#include <algorithm>

#include "base/check.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

constexpr std::string_view kSeparator = "----";

absl::Status ErrorAt(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("line {}: {}", line, what));
}

// Cuts the first argument off `rest`: up to the first space that is not in parentheses.
std::string_view TakeToken(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  size_t depth = 0;
  size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '(') ++depth;
    if (c == ')' && depth > 0) --depth;
    if ((c == ' ' || c == '\t') && depth == 0) break;
  }
  const std::string_view token = rest.substr(0, end);
  rest.remove_prefix(end);
  return token;
}

std::vector<std::string> SplitValues(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return {std::string(text)};
  text = Trimmed(text.substr(1, text.size() - 2));
  std::vector<std::string> values;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    values.emplace_back(Trimmed(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return values;
}

Argument ParseArgument(std::string_view token) {
  const size_t equals = token.find('=');
  if (equals == std::string_view::npos) return {.key = std::string(token), .values = {}};
  return {.key = std::string(token.substr(0, equals)),
          .values = SplitValues(token.substr(equals + 1))};
}

// Goes through the lines of a script once, from the top.
class Parser {
 public:
  explicit Parser(const std::vector<std::string>& lines) : lines_(lines) {}

  absl::StatusOr<std::vector<Block>> ParseAll() {
    std::vector<Block> blocks;
    while (at_ < lines_.size()) {
      const std::string_view line = Trimmed(lines_[at_]);
      if (line.empty() || line.front() == '#') {
        ++at_;
        continue;
      }
      WARREN_ASSIGN_OR_RETURN(Block block, ParseBlock());
      blocks.push_back(std::move(block));
    }
    return blocks;
  }

 private:
  absl::StatusOr<Block> ParseBlock() {
    Block block;
    block.line = at_ + 1;
    const std::string directive = TakeDirective();
    std::string_view rest = directive;
    block.command = std::string(TakeToken(rest));
    if (block.command == kSeparator) return ErrorAt(block.line, "---- without a command above it");
    for (std::string_view token = TakeToken(rest); !token.empty(); token = TakeToken(rest)) {
      block.arguments.push_back(ParseArgument(token));
    }
    WARREN_RETURN_IF_ERROR(TakeInput(block));
    WARREN_RETURN_IF_ERROR(TakeAnswer(block));
    return block;
  }

  // A command's line, together with those that it continues on by a \ at its end.
  std::string TakeDirective() {
    std::string directive(Trimmed(lines_[at_++]));
    while (!directive.empty() && directive.back() == '\\' && at_ < lines_.size()) {
      directive.back() = ' ';
      directive.append(Trimmed(lines_[at_++]));
    }
    return directive;
  }

  absl::Status TakeInput(Block& block) {
    std::string input;
    while (at_ < lines_.size() && lines_[at_] != kSeparator) input += lines_[at_++] + "\n";
    if (at_ == lines_.size()) {
      return ErrorAt(block.line, fmt::format("'{}' has no ---- line after it", block.command));
    }
    ++at_;
    block.input = std::string(Trimmed(input));
    return absl::OkStatus();
  }

  absl::Status TakeAnswer(Block& block) {
    block.answer_begin = at_;
    if (IsSeparator(at_)) {
      ++at_;
      while (at_ < lines_.size() && !(IsSeparator(at_) && IsSeparator(at_ + 1))) Expect(block);
      if (at_ == lines_.size()) {
        return ErrorAt(block.line, "the answer between doubled ---- lines does not end");
      }
      at_ += 2;
      if (at_ < lines_.size() && !lines_[at_].empty()) {
        return ErrorAt(at_ + 1, "a blank line must follow the answer between doubled ---- lines");
      }
    } else {
      while (at_ < lines_.size() && !Trimmed(lines_[at_]).empty()) Expect(block);
    }
    block.answer_end = at_;
    return absl::OkStatus();
  }

  void Expect(Block& block) { block.expected += lines_[at_++] + "\n"; }
  bool IsSeparator(size_t line) const { return line < lines_.size() && lines_[line] == kSeparator; }

  const std::vector<std::string>& lines_;
  size_t at_ = 0;
};

bool HasBlankLine(std::string_view text) {
  const std::vector<std::string_view> lines = Lines(text);
  return std::any_of(lines.begin(), lines.end(),
                     [](std::string_view line) { return Trimmed(line).empty(); });
}

}  // namespace

const Argument* Block::Find(std::string_view key) const {
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& argument) { return argument.key == key; });
  return found == arguments.end() ? nullptr : &*found;
}

absl::StatusOr<Script> Script::Parse(std::string_view text) {
  Script script;
  for (const std::string_view line : Lines(text)) script.lines_.emplace_back(line);
  WARREN_ASSIGN_OR_RETURN(script.blocks_, Parser(script.lines_).ParseAll());
  return script;
}

std::string Script::WithAnswers(const std::vector<std::string>& answers) const {
  WARREN_CHECK(answers.size() == blocks_.size());
  std::string text;
  size_t at = 0;
  const auto copy_to = [&](size_t end) {
    for (; at < end; ++at) text += lines_[at] + "\n";
  };
  for (size_t i = 0; i < blocks_.size(); ++i) {
    copy_to(blocks_[i].answer_begin);
    const bool doubled = HasBlankLine(answers[i]);
    const std::string fence = doubled ? fmt::format("{}\n", kSeparator) : "";
    const std::string end = doubled ? fence + fence : "";
    text += fence + Prefixed(answers[i], "") + end;
    at = blocks_[i].answer_end;
  }
  copy_to(lines_.size());
  return text;
}

}  // namespace warren::scenario_runner
