#include "queue/ready_set.h"

#include "gtest/gtest.h"

namespace warren::queue {
namespace {

KeyRange Range(uint64_t first, uint64_t last) { return {OrderKey(first), OrderKey(last)}; }

TEST(ReadySetTest, IsEmptyAtFirst) {
  const ReadySet set;
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.First().has_value());
  EXPECT_FALSE(set.FirstOfLowest().has_value());
  EXPECT_FALSE(set.Oldest().has_value());
}

TEST(ReadySetTest, FirstIsTheFirstRunOfTheHighestLevel) {
  ReadySet set;
  set.Insert(4, Range(1, 3));
  set.Insert(9, Range(7, 8));
  set.Insert(9, Range(5, 5));
  EXPECT_EQ(set.First()->level, 9);
  EXPECT_EQ(set.First()->keys, Range(5, 5));
  EXPECT_EQ(set.size(), 6u);
  set.CheckInvariants();
}

TEST(ReadySetTest, LowestAndOldestAreNotTheSame) {
  ReadySet set;
  set.Insert(4, Range(1, 1));
  set.Insert(2, Range(2, 3));
  EXPECT_EQ(set.FirstOfLowest()->level, 2);
  EXPECT_EQ(set.FirstOfLowest()->keys, Range(2, 3));
  EXPECT_EQ(set.Oldest(), OrderKey(1));
}

TEST(ReadySetTest, LevelsThatRanEmptyArePassedOver) {
  ReadySet set;
  set.Insert(9, Range(1, 2));
  set.Insert(4, Range(3, 4));
  set.Insert(1, Range(5, 5));
  set.Erase(9, Range(1, 2));
  set.Erase(1, Range(5, 5));
  EXPECT_EQ(set.First()->level, 4);
  EXPECT_EQ(set.FirstOfLowest()->level, 4);
  EXPECT_EQ(set.Oldest(), OrderKey(3));
  set.CheckInvariants();
}

TEST(ReadySetTest, ErasingWithinARunSplitsIt) {
  ReadySet set;
  set.Insert(4, Range(1, 9));
  set.Erase(4, Range(4, 5));
  EXPECT_EQ(set.First()->keys, Range(1, 3));
  EXPECT_TRUE(set.Contains(4, OrderKey(6)));
  EXPECT_FALSE(set.Contains(4, OrderKey(5)));
  EXPECT_FALSE(set.Contains(5, OrderKey(6)));
  EXPECT_EQ(set.size(), 7u);
}

TEST(ReadySetTest, WhatComesBackJoinsItsNeighbours) {
  ReadySet set;
  set.Insert(4, Range(1, 9));
  set.Erase(4, Range(1, 5));
  set.Insert(4, Range(2, 5));
  EXPECT_EQ(set.First()->keys, Range(2, 9));
}

TEST(ReadySetTest, ClearForgetsEverything) {
  ReadySet set;
  set.Insert(4, Range(1, 9));
  set.Clear();
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.Oldest().has_value());
  set.CheckInvariants();
}

TEST(ReadySetDeathTest, InsertingTwiceStopsTheProcess) {
  ReadySet set;
  set.Insert(4, Range(1, 3));
  EXPECT_DEATH(set.Insert(4, Range(3, 4)), "");
  EXPECT_DEATH(set.Erase(4, Range(3, 4)), "");
}

}  // namespace
}  // namespace warren::queue
