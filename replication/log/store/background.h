// A thread that does one thing again whenever somebody says so.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace warren::log {

// Threads: Poke() from any; the rest from the owner's.
class Background {
 public:
  // `work` runs in the thread of this object, after each Poke(); several that come while it runs
  // are as one.
  explicit Background(std::function<void()> work);
  // Waits for `work` to end.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void Poke();

 private:
  void Run();

  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool poked_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace warren::log
