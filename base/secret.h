#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace warren::base {

// A password, token or key. It prints as "<redacted>" however it is printed, does not convert to
// a string, and can be compared only with another secret; whoever needs the text says Reveal().
// Not wiped from memory: a core dump shows it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  // Takes time by the length alone, so that an answer's delay does not say how much was right.
  friend bool operator==(const Secret& a, const Secret& b) {
    if (a.text_.size() != b.text_.size()) return false;
    unsigned char difference = 0;
    for (size_t i = 0; i < a.text_.size(); ++i) {
      difference |= static_cast<unsigned char>(a.text_[i] ^ b.text_[i]);
    }
    return difference == 0;
  }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << kRedacted; }

  static constexpr const char* kRedacted = "<redacted>";

 private:
  std::string text_;
};

}  // namespace warren::base
