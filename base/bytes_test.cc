#include "base/bytes.h"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

TEST(BytesTest, DefaultIsEmptyAndHasData) {
  const Bytes bytes;
  EXPECT_TRUE(bytes.empty());
  EXPECT_NE(bytes.data(), nullptr);
  EXPECT_EQ(bytes.view(), "");
}

TEST(BytesTest, CopyIsIndependentOfItsSource) {
  std::string source = "payload";
  const Bytes bytes = Bytes::Copy(source);
  source[0] = 'X';
  EXPECT_EQ(bytes, "payload");
  EXPECT_EQ(Bytes::Copy("").size(), 0u);
}

TEST(BytesTest, CopyKeepsZeroBytes) {
  const std::string source("a\0b\0", 4);
  EXPECT_EQ(Bytes::Copy(source).view(), source);
}

TEST(BytesTest, AdoptKeepsTheMemoryOfLongString) {
  std::string source(1000, 'x');
  const auto memory = reinterpret_cast<uintptr_t>(source.data());
  const Bytes bytes = Bytes::Adopt(std::move(source));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()), memory);
  EXPECT_EQ(bytes.view(), std::string(1000, 'x'));
}

TEST(BytesTest, AdoptHoldsShortAndEmptyStrings) {
  EXPECT_EQ(Bytes::Adopt(std::string("short")), "short");
  EXPECT_TRUE(Bytes::Adopt(std::string()).empty());
}

TEST(BytesTest, CopiesAndSlicesShareMemory) {
  const Bytes whole = Bytes::Copy("header|body|end");
  const Bytes copy = whole;
  const Bytes body = whole.Slice(7, 4);
  EXPECT_EQ(copy.data(), whole.data());
  EXPECT_EQ(body.data(), whole.data() + 7);
  EXPECT_EQ(body, "body");
  EXPECT_EQ(body.Slice(1), "ody");
  EXPECT_TRUE(whole.Slice(15).empty());
}

TEST(BytesTest, SliceOutlivesTheWhole) {
  Bytes slice;
  {
    const Bytes copied = Bytes::Copy(std::string(100, 'a') + "tail");
    slice = copied.Slice(100);
  }
  EXPECT_EQ(slice, "tail");
  {
    const Bytes adopted = Bytes::Adopt(std::string(5000, 'b') + "tail");
    slice = adopted.Slice(5000);
  }
  EXPECT_EQ(slice, "tail");
}

TEST(BytesTest, MoveLeavesSourceEmptyAndUsable) {
  Bytes a = Bytes::Copy("value");
  const Bytes b = std::move(a);
  EXPECT_EQ(b, "value");
  a = b;
  EXPECT_EQ(a, "value");
  Bytes& alias = a;
  a = alias;
  EXPECT_EQ(a, "value");
}

TEST(BytesTest, EqualityAndHashAreByContent) {
  const Bytes a = Bytes::Copy("same");
  const Bytes b = Bytes::Copy("xxsame").Slice(2);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, Bytes::Copy("other"));
  const absl::flat_hash_set<Bytes> hashed = {a, b};
  EXPECT_EQ(hashed.size(), 1u);
  const std::unordered_set<Bytes> standard = {a, b};
  EXPECT_EQ(standard.size(), 1u);
}

TEST(BytesTest, EverySizeAroundTheClassBoundariesKeepsItsContent) {
  std::vector<Bytes> kept;
  for (size_t size = 0; size < 5000; ++size) {
    kept.push_back(Bytes::Copy(std::string(size, static_cast<char>('a' + size % 26))));
  }
  for (size_t size = 0; size < 5000; ++size) {
    ASSERT_EQ(kept[size].view(), std::string(size, static_cast<char>('a' + size % 26)));
  }
}

TEST(BytesDeathTest, SliceBeyondTheEndStopsTheProcess) {
  const Bytes bytes = Bytes::Copy("four");
  EXPECT_DEATH(bytes.Slice(5), "check failed");
  EXPECT_DEATH(bytes.Slice(1, 4), "check failed");
  EXPECT_DEATH(bytes.Slice(1, SIZE_MAX), "check failed");
}

TEST(BytesBuilderTest, FreezeDoesNotCopy) {
  BytesBuilder builder(100);
  char* out = builder.Extend(100);
  for (int i = 0; i < 100; ++i) out[i] = static_cast<char>(i);
  const Bytes bytes = builder.Freeze();
  EXPECT_EQ(bytes.data(), out);
  EXPECT_EQ(bytes.size(), 100u);
  EXPECT_EQ(bytes.data()[99], 99);
}

TEST(BytesBuilderTest, GrowsWhileAppending) {
  BytesBuilder builder;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece = std::to_string(i);
    builder.Append(piece);
    expected += piece;
    ASSERT_GE(builder.capacity(), builder.size());
  }
  EXPECT_EQ(builder.size(), expected.size());
  EXPECT_EQ(builder.Freeze(), expected);
}

TEST(BytesBuilderTest, IsReusableAfterFreezeAndLeavesFrozenBytesAlone) {
  BytesBuilder builder(64);
  builder.Append("first");
  const Bytes first = builder.Freeze();
  EXPECT_EQ(builder.size(), 0u);
  builder.Append("second");
  const Bytes second = builder.Freeze();
  EXPECT_EQ(first, "first");
  EXPECT_EQ(second, "second");
  EXPECT_TRUE(builder.Freeze().empty());
}

TEST(BytesBuilderTest, MovesAndIsDroppedUnfrozen) {
  BytesBuilder a(10);
  a.Append("moved");
  BytesBuilder b = std::move(a);
  BytesBuilder c;
  c.Append("dropped");
  c = std::move(b);
  EXPECT_EQ(c.Freeze(), "moved");
}

TEST(BytesBuilderTest, ReserveAllocatesOnceForKnownSize) {
  BytesBuilder builder(300);
  const char* memory = builder.data();
  for (int i = 0; i < 30; ++i) builder.Append("0123456789");
  EXPECT_EQ(builder.data(), memory);
}

}  // namespace
}  // namespace warren::base
