#include "base/secret.h"

#include <sstream>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace warren::base {
namespace {

TEST(SecretTest, PrintsAsRedacted) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "<redacted>");
  EXPECT_EQ(::testing::PrintToString(Secret("hunter2")), "<redacted>");
}

TEST(SecretTest, ConvertsToNothing) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
  EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2");
}

TEST(SecretTest, ComparesByText) {
  EXPECT_EQ(Secret("same"), Secret("same"));
  EXPECT_FALSE(Secret("same") == Secret("sane"));
  EXPECT_FALSE(Secret("same") == Secret("same and more"));
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace warren::base
