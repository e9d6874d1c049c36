#include "base/bytes_chain.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base {
namespace {

BytesChain Chain(std::initializer_list<std::string_view> pieces) {
  BytesChain chain;
  for (const std::string_view piece : pieces) chain.Append(Bytes::Copy(piece));
  return chain;
}

TEST(BytesChainTest, AppendSharesMemoryAndSkipsEmptyPieces) {
  const Bytes header = Bytes::Copy("header");
  const Bytes body = Bytes::Copy("body");
  BytesChain chain;
  chain.Append(header);
  chain.Append(Bytes());
  chain.Append(body);
  ASSERT_EQ(chain.pieces().size(), 2u);
  EXPECT_EQ(chain.pieces()[0].data(), header.data());
  EXPECT_EQ(chain.pieces()[1].data(), body.data());
  EXPECT_EQ(chain.size(), 10u);
  EXPECT_EQ(chain, "headerbody");
}

TEST(BytesChainTest, NeighbouringSlicesAreJoined) {
  const Bytes whole = Bytes::Copy("0123456789");
  BytesChain chain;
  chain.Append(whole.Slice(2, 3));
  chain.Append(whole.Slice(5, 4));
  ASSERT_EQ(chain.pieces().size(), 1u);
  EXPECT_EQ(chain.pieces()[0].data(), whole.data() + 2);
  EXPECT_EQ(chain, "2345678");
}

TEST(BytesChainTest, SlicesOfOneBlockInOtherOrderAreNotJoined) {
  const Bytes whole = Bytes::Copy("0123456789");
  BytesChain chain;
  chain.Append(whole.Slice(5, 5));
  chain.Append(whole.Slice(0, 5));
  EXPECT_EQ(chain.pieces().size(), 2u);
  EXPECT_EQ(chain, "5678901234");
}

TEST(BytesChainTest, AppendsChainsAndItself) {
  const Bytes whole = Bytes::Copy("abcdef");
  BytesChain chain;
  chain.Append(whole.Slice(3, 3));
  chain.Append(whole.Slice(0, 3));
  chain.Append(chain);
  EXPECT_EQ(chain, "defabcdefabc");
  BytesChain other = Chain({"<", ">"});
  chain.Append(std::move(other));
  EXPECT_EQ(chain, "defabcdefabc<>");
  EXPECT_EQ(chain.size(), 14u);
}

TEST(BytesChainTest, MoveLeavesSourceEmpty) {
  BytesChain a = Chain({"one", "two"});
  BytesChain b = std::move(a);
  EXPECT_EQ(b, "onetwo");
  a = std::move(b);
  EXPECT_EQ(a, "onetwo");
}

TEST(BytesChainTest, EverySliceMatchesSubstring) {
  const BytesChain chain = Chain({"a", "bcd", "", "ef", "ghijk"});
  const std::string flat = "abcdefghijk";
  for (size_t offset = 0; offset <= flat.size(); ++offset) {
    for (size_t size = 0; size <= flat.size() - offset; ++size) {
      const BytesChain slice = chain.Slice(offset, size);
      ASSERT_EQ(slice, flat.substr(offset, size));
      ASSERT_EQ(slice.size(), size);
    }
  }
}

TEST(BytesChainTest, FlattenCopiesOnlyWhenCut) {
  const Bytes single = Bytes::Copy("single");
  EXPECT_EQ(BytesChain(single).Flatten().data(), single.data());
  EXPECT_EQ(Chain({"one", "two"}).Flatten(), "onetwo");
  EXPECT_TRUE(BytesChain().Flatten().empty());
}

TEST(BytesChainTest, EqualityIgnoresWhereItIsCut) {
  EXPECT_EQ(Chain({"ab", "cd"}), Chain({"a", "bcd"}));
  EXPECT_NE(Chain({"ab", "cd"}), Chain({"ab", "ce"}));
  EXPECT_NE(Chain({"ab"}), Chain({"ab", "c"}));
  EXPECT_NE(Chain({"ab", "c"}), "abd");
  EXPECT_EQ(BytesChain(), "");
}

TEST(BytesChainTest, RandomCutsAndAppendsMatchString) {
  Rng rng(1);
  std::string expected;
  for (int i = 0; i < 500; ++i) expected.push_back(static_cast<char>(rng.Below(256)));
  BytesChain chain(Bytes::Copy(expected));
  for (int round = 0; round < 500; ++round) {
    const size_t cut = rng.Below(expected.size() + 1);
    BytesChain turned = chain.Slice(cut, chain.size() - cut);
    turned.Append(chain.Slice(0, cut));
    chain = std::move(turned);
    expected = expected.substr(cut) + expected.substr(0, cut);
    ASSERT_EQ(chain, expected);
  }
  EXPECT_LE(chain.pieces().size(), 2u);  // Rotations of one block join up again.
}

TEST(BytesChainDeathTest, SliceBeyondTheEndStopsTheProcess) {
  const BytesChain chain = Chain({"ab", "cd"});
  EXPECT_DEATH(chain.Slice(3, 2), "check failed");
  EXPECT_DEATH(chain.Slice(5, 0), "check failed");
}

}  // namespace
}  // namespace warren::base
