#include "replication/log/store/store_key.h"

#include "gtest/gtest.h"

namespace warren::log {
namespace {

TEST(StoreKeyTest, BytesAreThoseOfTheFormat) {
  const std::string bytes = EncodeKey(
      {.group = GroupNo(0x01020304), .kind = KeyKind::kEntry, .index = raft::Index(0x05060708)});
  EXPECT_EQ(bytes, std::string("\x02\x01\x02\x03\x04\0\0\0\0\x05\x06\x07\x08", 13));
}

TEST(StoreKeyTest, DecodesWhatItEncodes) {
  const StoreKey keys[] = {
      {.group = GroupNo(0), .kind = KeyKind::kRecord},
      {.group = GroupNo(UINT32_MAX), .kind = KeyKind::kSnapshot},
      {.group = GroupNo(7), .kind = KeyKind::kEntry, .index = raft::Index(UINT64_MAX)},
  };
  for (const StoreKey& key : keys) EXPECT_EQ(DecodeKey(EncodeKey(key)), key) << Describe(key);
}

TEST(StoreKeyTest, OrderIsThatOfKindsThenGroupsThenIndexes) {
  const StoreKey ascending[] = {
      {.group = GroupNo(0), .kind = KeyKind::kRecord},
      {.group = GroupNo(256), .kind = KeyKind::kRecord},
      {.group = GroupNo(1), .kind = KeyKind::kSnapshot},
      {.group = GroupNo(1), .kind = KeyKind::kEntry, .index = raft::Index(255)},
      {.group = GroupNo(1), .kind = KeyKind::kEntry, .index = raft::Index(256)},
      {.group = GroupNo(2), .kind = KeyKind::kEntry, .index = raft::Index(1)},
  };
  for (size_t i = 1; i < std::size(ascending); ++i)
    EXPECT_LT(EncodeKey(ascending[i - 1]), EncodeKey(ascending[i])) << Describe(ascending[i]);
}

TEST(StoreKeyTest, WhatIsNoKeyIsRefused) {
  EXPECT_EQ(DecodeKey(""), std::nullopt);
  EXPECT_EQ(DecodeKey(std::string(12, '\0')), std::nullopt);
  EXPECT_EQ(DecodeKey(std::string(14, '\0')), std::nullopt);
  EXPECT_EQ(DecodeKey("\x03" + std::string(12, '\0')), std::nullopt) << "unknown kind";
  EXPECT_EQ(DecodeKey(std::string(12, '\0') + "\x01"), std::nullopt) << "a record has no index";
  EXPECT_EQ(DecodeKey("\x02" + std::string(12, '\0')), std::nullopt) << "group 0 has no entries";
}

TEST(StoreKeyTest, EndOfAGroupLiesBehindItsKeysAndBeforeTheNext) {
  const std::string end = EncodeKeyAfterGroup(KeyKind::kEntry, GroupNo(7));
  EXPECT_LT(
      EncodeKey({.group = GroupNo(7), .kind = KeyKind::kEntry, .index = raft::Index(UINT64_MAX)}),
      end);
  EXPECT_LE(end, EncodeKey({.group = GroupNo(8), .kind = KeyKind::kEntry}));
  EXPECT_LE(EncodeKeyAfterGroup(KeyKind::kRecord, GroupNo(UINT32_MAX)),
            EncodeKey({.group = GroupNo(0), .kind = KeyKind::kSnapshot}));
}

}  // namespace
}  // namespace warren::log
