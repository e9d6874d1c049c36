#include "replication/log/store/background.h"

#include <condition_variable>
#include <mutex>

#include "gtest/gtest.h"

namespace warren::log {
namespace {

// Counts, and lets a test wait for the count.
class Counter {
 public:
  void Add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void WaitFor(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST(BackgroundTest, WorksAfterEachPoke) {
  Counter done;
  Background background([&] { done.Add(); });
  for (int i = 1; i <= 3; ++i) {
    background.Poke();
    done.WaitFor(i);
  }
}

TEST(BackgroundTest, PokeWhileItWorksIsNotLost) {
  Counter begun;
  Counter allowed;
  Background background([&] {
    begun.Add();
    allowed.WaitFor(begun.count());
  });
  background.Poke();
  begun.WaitFor(1);
  background.Poke();
  allowed.Add();
  begun.WaitFor(2);
  allowed.Add();
}

TEST(BackgroundTest, DoesNothingWithoutAPoke) {
  Counter done;
  {
    Background background([&] { done.Add(); });
  }
  EXPECT_EQ(done.count(), 0);
}

TEST(BackgroundTest, EndWaitsForTheWork) {
  Counter begun;
  Counter done;
  {
    Background background([&] {
      begun.Add();
      done.Add();
    });
    background.Poke();
    begun.WaitFor(1);
  }
  EXPECT_EQ(done.count(), 1);
}

}  // namespace
}  // namespace warren::log
