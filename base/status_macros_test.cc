#include "base/status_macros.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

absl::Status OkOr(int failures) {
  return failures == 0 ? absl::OkStatus() : absl::DataLossError("torn frame");
}

absl::StatusOr<int> HalfOf(int n) {
  if (n % 2 != 0) return absl::InvalidArgumentError("odd");
  return n / 2;
}

absl::Status ReturnIfError(int failures, int* reached) {
  WARREN_RETURN_IF_ERROR(OkOr(failures));
  ++*reached;
  return absl::OkStatus();
}

TEST(StatusMacrosTest, ReturnIfErrorStopsOnlyOnError) {
  int reached = 0;
  EXPECT_TRUE(ReturnIfError(0, &reached).ok());
  EXPECT_EQ(reached, 1);
  EXPECT_EQ(ReturnIfError(1, &reached), absl::DataLossError("torn frame"));
  EXPECT_EQ(reached, 1);
}

TEST(StatusMacrosTest, ReturnIfErrorAddsContextOnlyOnError) {
  int contexts = 0;
  const auto context = [&contexts] {
    ++contexts;
    return std::string("segment 7");
  };
  const auto read = [&context](int failures) -> absl::Status {
    WARREN_RETURN_IF_ERROR(OkOr(failures), context());
    return absl::OkStatus();
  };
  EXPECT_TRUE(read(0).ok());
  EXPECT_EQ(contexts, 0);
  EXPECT_EQ(read(1), absl::DataLossError("segment 7: torn frame"));
  EXPECT_EQ(contexts, 1);
}

absl::StatusOr<int> QuarterOf(int n) {
  WARREN_ASSIGN_OR_RETURN(const int half, HalfOf(n));
  int quarter = 0;
  WARREN_ASSIGN_OR_RETURN(quarter, HalfOf(half), "second half");
  return quarter;
}

TEST(StatusMacrosTest, AssignOrReturnDeclaresAndAssigns) {
  EXPECT_EQ(QuarterOf(12).value(), 3);
  EXPECT_EQ(QuarterOf(3).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(QuarterOf(6).status(), absl::InvalidArgumentError("second half: odd"));
}

TEST(StatusMacrosTest, AssignOrReturnMovesTheValue) {
  const auto make = []() -> absl::StatusOr<std::unique_ptr<int>> {
    return std::make_unique<int>(5);
  };
  const auto take = [&make]() -> absl::StatusOr<std::unique_ptr<int>> {
    WARREN_ASSIGN_OR_RETURN(std::unique_ptr<int> value, make());
    ++*value;
    return value;
  };
  EXPECT_EQ(*take().value(), 6);
}

TEST(StatusMacrosTest, AnnotateKeepsCodeAndPayloads) {
  absl::Status status = absl::NotFoundError("queue");
  status.SetPayload("warren/scope", absl::Cord("channel"));
  const absl::Status annotated = Annotate(status, "declare");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(annotated.message(), "declare: queue");
  EXPECT_EQ(annotated.GetPayload("warren/scope"), absl::Cord("channel"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "anything").ok());
}

}  // namespace
}  // namespace warren::base
