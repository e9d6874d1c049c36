#include "queue/on_demand.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace warren::queue {
namespace {

TEST(OnDemandTest, ReadsAsEmptyUntilItIsChanged) {
  OnDemand<std::string> text;
  EXPECT_EQ(*text, "");
  EXPECT_EQ(text->size(), 0u);
  text.Make() += "some";
  EXPECT_EQ(*text, "some");
  text.Make() += " more";
  EXPECT_EQ(*text, "some more");
  EXPECT_EQ(*OnDemand<std::string>(), "") << "what is empty is shared, and stays empty";
}

TEST(OnDemandTest, CopiesAreWhole) {
  OnDemand<std::string> first;
  first.Make() = "first";
  OnDemand<std::string> second = first;
  second.Make() = "second";
  EXPECT_EQ(*first, "first");
  first = second;
  EXPECT_EQ(*first, "second");
  first = OnDemand<std::string>();
  EXPECT_EQ(*first, "");
  const OnDemand<std::string> moved = std::move(second);
  EXPECT_EQ(*moved, "second");
}

}  // namespace
}  // namespace warren::queue
