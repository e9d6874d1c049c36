// Hands an error on to the caller in one line. Each macro takes an optional second text that is
// put before the error's message, to say what was attempted:
//
//   WARREN_RETURN_IF_ERROR(file.Sync());
//   WARREN_ASSIGN_OR_RETURN(const Header header, ReadHeader(&reader), "segment 7");
//
// Works in functions that return absl::Status or any absl::StatusOr. The context is evaluated
// only on an error. A left side with a comma outside parentheses, such as a pair's template
// arguments, needs an alias.
#pragma once

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace warren::base {

// The same error, with "context: " before its message. Payloads are kept; OK stays OK.
inline absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok() || context.empty()) return status;
  const absl::string_view prefix(context.data(), context.size());  // Two types in this Abseil.
  absl::Status annotated(status.code(), absl::StrCat(prefix, ": ", status.message()));
  status.ForEachPayload([&annotated](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

namespace status_macros_internal {

inline absl::Status WithContext(absl::Status status) { return status; }
inline absl::Status WithContext(const absl::Status& status, std::string_view context) {
  return Annotate(status, context);
}

}  // namespace status_macros_internal

}  // namespace warren::base

#define WARREN_RETURN_IF_ERROR(expression, ...)                                                   \
  do {                                                                                            \
    if (absl::Status warren_status = (expression); !warren_status.ok()) {                         \
      return ::warren::base::status_macros_internal::WithContext(std::move(warren_status)         \
                                                                     __VA_OPT__(, ) __VA_ARGS__); \
    }                                                                                             \
  } while (false)

#define WARREN_ASSIGN_OR_RETURN(left, expression, ...)                                 \
  WARREN_ASSIGN_OR_RETURN_NAMED_(WARREN_STATUS_CONCAT_(warren_or_, __COUNTER__), left, \
                                 expression __VA_OPT__(, ) __VA_ARGS__)

#define WARREN_ASSIGN_OR_RETURN_NAMED_(result, left, expression, ...)                           \
  auto result = (expression);                                                                   \
  if (!result.ok()) {                                                                           \
    return ::warren::base::status_macros_internal::WithContext(std::move(result).status()       \
                                                                   __VA_OPT__(, ) __VA_ARGS__); \
  }                                                                                             \
  left = *std::move(result)

#define WARREN_STATUS_CONCAT_(a, b) WARREN_STATUS_CONCAT_INNER_(a, b)
#define WARREN_STATUS_CONCAT_INNER_(a, b) a##b
