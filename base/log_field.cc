#include "base/log_field.h"

#include "absl/strings/str_cat.h"

namespace warren::base {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

void LogField::AppendTo(std::string* line) const {
  line->push_back(' ');
  line->append(name_.text());
  line->push_back('=');
  if (name_.is_secret() || std::holds_alternative<Redacted>(value_)) {
    line->append(Secret::kRedacted);
    return;
  }
  std::visit(Overloaded{
                 [](Redacted) {},
                 [line](std::string_view value) { AppendLogValue(line, value); },
                 [line](bool value) { line->append(value ? "true" : "false"); },
                 [line](absl::Duration value) { line->append(absl::FormatDuration(value)); },
                 [line](const absl::Status* value) { AppendLogValue(line, value->ToString()); },
                 [line](auto number) { absl::StrAppend(line, number); },
             },
             value_);
}

}  // namespace warren::base
