#include "queue/lease_book.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

KeyRange Range(uint64_t first, uint64_t last) { return {OrderKey(first), OrderKey(last)}; }

std::vector<KeyRange> Take(LeaseBook& book, KeyRange keys) {
  std::vector<KeyRange> taken;
  book.Take(keys, taken);
  book.CheckInvariants();
  return taken;
}

TEST(LeaseBookTest, IsEmptyAtFirst) {
  LeaseBook book;
  EXPECT_TRUE(book.empty());
  EXPECT_EQ(book.Oldest(), std::nullopt);
  EXPECT_THAT(Take(book, Range(0, UINT64_MAX - 1)), IsEmpty());
}

TEST(LeaseBookTest, HoldsWhatWasGranted) {
  LeaseBook book;
  book.Grant(Range(3, 5), Time(10));
  EXPECT_FALSE(book.Holds(OrderKey(2)));
  EXPECT_TRUE(book.Holds(OrderKey(3)));
  EXPECT_TRUE(book.Holds(OrderKey(5)));
  EXPECT_FALSE(book.Holds(OrderKey(6)));
  EXPECT_EQ(book.size(), 3u);
}

TEST(LeaseBookTest, TakesOnlyWhatIsThereInMaximalRuns) {
  LeaseBook book;
  book.Grant(Range(1, 2), Time(10));
  book.Grant(Range(3, 4), Time(20));
  book.Grant(Range(8, 9), Time(20));
  EXPECT_THAT(Take(book, Range(2, 8)), ElementsAre(Range(2, 4), Range(8, 8)));
  EXPECT_EQ(book.size(), 2u);
  EXPECT_TRUE(book.Holds(OrderKey(1)));
  EXPECT_TRUE(book.Holds(OrderKey(9)));
}

TEST(LeaseBookTest, TakesAppendToWhatWasTakenBefore) {
  LeaseBook book;
  book.Grant(Range(1, 9), Time(10));
  std::vector<KeyRange> taken;
  book.Take(Range(1, 2), taken);
  book.Take(Range(5, 6), taken);
  EXPECT_THAT(taken, ElementsAre(Range(1, 2), Range(5, 6)));
}

TEST(LeaseBookTest, OldestIsTheTimeOfWhatIsHeldLongest) {
  LeaseBook book;
  book.Grant(Range(1, 1), Time(10));
  book.Grant(Range(2, 3), Time(20));
  EXPECT_EQ(book.Oldest(), Time(10));
  Take(book, Range(1, 1));
  EXPECT_EQ(book.Oldest(), Time(20));
  Take(book, Range(2, 3));
  EXPECT_EQ(book.Oldest(), std::nullopt);
}

TEST(LeaseBookTest, OldestIsRightThoughTheMiddleOfAGrantWasTaken) {
  LeaseBook book;
  book.Grant(Range(1, 5), Time(10));
  book.Grant(Range(6, 6), Time(20));
  Take(book, Range(3, 3));
  EXPECT_EQ(book.Oldest(), Time(10));
  Take(book, Range(1, 2));
  EXPECT_EQ(book.Oldest(), Time(10));
  Take(book, Range(4, 5));
  EXPECT_EQ(book.Oldest(), Time(20));
}

TEST(LeaseBookTest, ReturnedKeysMayBeGrantedAgain) {
  LeaseBook book;
  book.Grant(Range(1, 5), Time(10));
  Take(book, Range(2, 3));
  book.Grant(Range(2, 2), Time(30));
  book.CheckInvariants();
  EXPECT_EQ(book.size(), 4u);
  EXPECT_THAT(Take(book, Range(0, 100)), ElementsAre(Range(1, 2), Range(4, 5)));
}

TEST(LeaseBookTest, RenewGivesANewTimeToWhatIsHeld) {
  LeaseBook book;
  book.Grant(Range(1, 2), Time(10));
  book.Grant(Range(5, 5), Time(10));
  book.Renew(Range(0, 3), Time(50));
  book.CheckInvariants();
  EXPECT_EQ(book.size(), 3u);
  EXPECT_EQ(book.Oldest(), Time(10));  // 5 was not renewed.
  book.Renew(Range(5, 5), Time(60));
  EXPECT_EQ(book.Oldest(), Time(50));
}

}  // namespace
}  // namespace warren::queue
