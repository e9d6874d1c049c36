#include "base/coding.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base {
namespace {

using namespace std::string_literals;

TEST(CodingTest, BytesOfEachKindAreAsDocumented) {
  std::string out;
  PutFixed8(&out, 0xAB);
  PutFixed16(&out, 0x0102);
  PutFixed32(&out, 0x01020304);
  PutFixed64(&out, 0x0102030405060708);
  PutVarint64(&out, 0);
  PutVarint64(&out, 127);
  PutVarint64(&out, 128);
  PutVarint64(&out, UINT64_MAX);
  PutLengthPrefixed(&out, "abc");
  EXPECT_EQ(out,
            "\xAB"
            "\x02\x01"
            "\x04\x03\x02\x01"
            "\x08\x07\x06\x05\x04\x03\x02\x01"
            "\x00"
            "\x7F"
            "\x80\x01"
            "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
            "\x03"
            "abc"s);
}

TEST(CodingTest, BuilderAndStringReceiveTheSame) {
  std::string string;
  BytesBuilder builder;
  const auto write = [](auto* out) {
    PutFixed32(out, 7);
    PutVarint64(out, 1 << 20);
    PutLengthPrefixed(out, "body");
  };
  write(&string);
  write(&builder);
  EXPECT_EQ(builder.Freeze(), string);
}

TEST(CodingTest, VarintsRoundTripAtEveryWidth) {
  Rng rng(1);
  for (int bits = 0; bits <= 64; ++bits) {
    for (int i = 0; i < 20; ++i) {
      const uint64_t value = bits == 0 ? 0 : rng.Next() >> (64 - bits);
      std::string out;
      PutVarint64(&out, value);
      EXPECT_EQ(out.size(), Varint64Size(value));
      Reader reader(out);
      EXPECT_EQ(reader.Varint64(), value);
      EXPECT_TRUE(reader.AtEnd());
    }
  }
}

TEST(ReaderTest, ReadsBackInOrder) {
  std::string out;
  PutFixed8(&out, 0xFE);
  PutFixed16(&out, 0xFEDC);
  PutFixed32(&out, 0xFEDCBA98);
  PutFixed64(&out, 0xFEDCBA9876543210);
  PutLengthPrefixed(&out, "text");
  out += "tail";
  Reader reader(out);
  EXPECT_EQ(reader.Fixed8(), 0xFE);
  EXPECT_EQ(reader.Fixed16(), 0xFEDC);
  EXPECT_EQ(reader.Fixed32(), 0xFEDCBA98);
  EXPECT_EQ(reader.Fixed64(), 0xFEDCBA9876543210);
  EXPECT_EQ(reader.LengthPrefixed(), "text");
  EXPECT_EQ(reader.remaining(), 4u);
  EXPECT_EQ(reader.View(4), "tail");
  EXPECT_TRUE(reader.AtEnd());
}

TEST(ReaderTest, EveryTruncationFailsAndStaysFailed) {
  std::string out;
  PutFixed32(&out, 1);
  PutVarint64(&out, 300);
  PutLengthPrefixed(&out, "abc");
  const auto read_all = [](Reader* reader) {
    reader->Fixed32();
    reader->Varint64();
    reader->LengthPrefixed();
    return reader->AtEnd();
  };
  for (size_t size = 0; size < out.size(); ++size) {
    Reader reader(std::string_view(out).substr(0, size));
    EXPECT_FALSE(read_all(&reader)) << size;
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.View(0), std::nullopt);
    EXPECT_EQ(reader.Fixed8(), std::nullopt);
  }
  Reader whole(out);
  EXPECT_TRUE(read_all(&whole));
}

TEST(ReaderTest, VarintHasOneEncodingPerValue) {
  for (const std::string& bytes : std::vector<std::string>{
           "\x80\x00"s,                                  // 0 in two bytes.
           "\xFF\x80\x00"s,                              // 127 in three.
           "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"s,  // 65 bits.
           "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81\x00"s,
           "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s,
       }) {
    Reader reader(bytes);
    EXPECT_EQ(reader.Varint64(), std::nullopt);
    EXPECT_FALSE(reader.ok());
  }
}

TEST(ReaderTest, HugeLengthsAreRefused) {
  std::string out;
  PutVarint64(&out, UINT64_MAX);
  out += "abc";
  EXPECT_EQ(Reader(out).LengthPrefixed(), std::nullopt);
  EXPECT_EQ(Reader(out).View(UINT64_MAX), std::nullopt);
}

TEST(ReaderTest, LengthPrefixedKeepsToItsBound) {
  std::string out;
  PutLengthPrefixed(&out, "four");
  EXPECT_EQ(Reader(out).LengthPrefixed(4), "four");
  EXPECT_EQ(Reader(out).LengthPrefixed(3), std::nullopt);
}

}  // namespace
}  // namespace warren::base
