#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/identity.h"
#include "base/log_text.h"
#include "base/ordinal.h"
#include "base/secret.h"

namespace warren::base {

// The name of an event or a field: a literal of a-z, 0-9, '_' and '.', checked by the compiler.
// Names are what scripts and alerts match, so they are chosen once and stay.
class LogName {
 public:
  // Implicit, so that a call reads as log.Info("queue.declared", {{"members", 3}}).
  template <size_t N>
  consteval LogName(const char (&text)[N])  // NOLINT(google-explicit-constructor): see above.
      : text_(text, N - 1), is_secret_(IsSecretName(text_)) {
    if (!IsValid(text_)) NameIsNotValid();
  }

  constexpr std::string_view text() const { return text_; }
  constexpr bool is_secret() const { return is_secret_; }

 private:
  static constexpr bool IsValid(std::string_view text) {
    for (const char c : text) {
      const bool is_letter = c >= 'a' && c <= 'z';
      const bool is_digit = c >= '0' && c <= '9';
      if (!is_letter && !is_digit && c != '_' && c != '.') return false;
    }
    return !text.empty();
  }
  static void NameIsNotValid();  // Never defined: not a constant, so the compiler stops there.

  std::string_view text_;
  bool is_secret_ = false;
};

// A name with a value. Borrows the value: made in the call that logs it, never kept. There is no
// constructor for payloads: message bodies are not logged.
class LogField {
 public:
  LogField(LogName name, std::string_view value) : name_(name), value_(value) {}
  LogField(LogName name, absl::string_view value)
      : name_(name), value_(std::string_view(value.data(), value.size())) {}
  LogField(LogName name, const std::string& value) : name_(name), value_(std::string_view(value)) {}
  LogField(LogName name, const char* value) : name_(name), value_(std::string_view(value)) {}
  LogField(LogName name, bool value) : name_(name), value_(value) {}
  LogField(LogName name, double value) : name_(name), value_(value) {}
  LogField(LogName name, absl::Duration value) : name_(name), value_(value) {}
  LogField(LogName name, const absl::Status& value) : name_(name), value_(&value) {}
  LogField(LogName name, const Secret&) : name_(name), value_(Redacted()) {}
  template <std::signed_integral Integer>
  LogField(LogName name, Integer value) : name_(name), value_(int64_t{value}) {}
  template <std::unsigned_integral Integer>
  LogField(LogName name, Integer value) : name_(name), value_(uint64_t{value}) {}
  template <typename Tag>
  LogField(LogName name, Ordinal<Tag> value) : name_(name), value_(value.value()) {}
  template <typename Tag>
  LogField(LogName name, Identity<Tag> value) : name_(name), value_(value.value()) {}

  // Appends " name=value"; a secret's value as <redacted>.
  void AppendTo(std::string* line) const;

 private:
  struct Redacted {};

  LogName name_;
  std::variant<Redacted, std::string_view, bool, double, int64_t, uint64_t, absl::Duration,
               const absl::Status*>
      value_;
};

}  // namespace warren::base
