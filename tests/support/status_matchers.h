// Matchers for absl::Status and absl::StatusOr, which Debian's Abseil does not bring:
//
//   EXPECT_THAT(log.Close(), IsOk());
//   EXPECT_THAT(Parse("7"), IsOkAndHolds(Eq(7)));
//   EXPECT_THAT(Parse("x"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("digit")));
//   WARREN_ASSERT_OK(log.Close());
//   WARREN_ASSERT_OK_AND_ASSIGN(int seven, Parse("7"));
#pragma once

#include <ostream>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Matches a Status or StatusOr that is OK; a failure shows the status.
class IsOkMatcher {
 public:
  using is_gtest_matcher = void;

  template <typename StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(actual);
    if (!status.ok()) *listener << "whose status is " << status.ToString();
    return status.ok();
  }

  void DescribeTo(std::ostream* os) const { *os << "is OK"; }
  void DescribeNegationTo(std::ostream* os) const { *os << "is not OK"; }
};

inline IsOkMatcher IsOk() { return {}; }

// Matches a StatusOr<T> that is OK and whose value matches `Inner`, a matcher or a value.
template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  using is_gtest_matcher = void;

  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename T>
  bool MatchAndExplain(const absl::StatusOr<T>& actual,
                       ::testing::MatchResultListener* listener) const {
    if (!actual.ok()) {
      *listener << "whose status is " << actual.status().ToString();
      return false;
    }
    const ::testing::Matcher<const T&> matcher = ::testing::SafeMatcherCast<const T&>(inner_);
    *listener << "whose value " << ::testing::PrintToString(*actual) << " ";
    return matcher.MatchAndExplain(*actual, listener);
  }

  void DescribeTo(std::ostream* os) const { *os << "is OK and holds the expected value"; }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "is not OK, or holds another value than expected";
  }

 private:
  Inner inner_;
};

template <typename Inner>
IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

// Matches a Status or StatusOr by its code and, if given, its message.
class StatusIsMatcher {
 public:
  using is_gtest_matcher = void;

  StatusIsMatcher(absl::StatusCode code, ::testing::Matcher<absl::string_view> message)
      : code_(code), message_(std::move(message)) {}

  template <typename StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(actual);
    *listener << "whose status is " << status.ToString();
    return status.code() == code_ && message_.Matches(status.message());
  }

  void DescribeTo(std::ostream* os) const {
    *os << "has the code " << code_ << " and a message that ";
    message_.DescribeTo(os);
  }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "has not the code " << code_ << ", or has a message that ";
    message_.DescribeNegationTo(os);
  }

 private:
  absl::StatusCode code_;
  ::testing::Matcher<absl::string_view> message_;
};

inline StatusIsMatcher StatusIs(absl::StatusCode code,
                                ::testing::Matcher<absl::string_view> message = ::testing::_) {
  return StatusIsMatcher(code, std::move(message));
}

}  // namespace warren::testing

#define WARREN_ASSERT_OK(expression) ASSERT_THAT(expression, ::warren::testing::IsOk())
#define WARREN_EXPECT_OK(expression) EXPECT_THAT(expression, ::warren::testing::IsOk())

// Declares or assigns `target` from the value of a StatusOr; a failed one ends the test.
#define WARREN_ASSERT_OK_AND_ASSIGN(target, expression) \
  WARREN_ASSERT_OK_AND_ASSIGN_AT_(target, expression, __LINE__)
#define WARREN_ASSERT_OK_AND_ASSIGN_AT_(target, expression, line) \
  WARREN_ASSERT_OK_AND_ASSIGN_AS_(target, expression, line)
#define WARREN_ASSERT_OK_AND_ASSIGN_AS_(target, expression, line) \
  auto status_or_##line = (expression);                           \
  ASSERT_THAT(status_or_##line, ::warren::testing::IsOk());       \
  target = *std::move(status_or_##line)
