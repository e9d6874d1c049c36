#include "chaos/seed_runs/program.h"

#include <unistd.h>

#include <exception>

namespace warren::seed_runs {

void ShowProgress(const std::string& text) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) std::cerr << "\r\033[K" << text << std::flush;
}

int MainOf(std::string_view program, int argc, char** argv,
           const std::function<int(std::vector<std::string> words)>& run) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& failure) {
    std::cerr << program << ": " << failure.what() << "\n";
    return 1;
  }
}

}  // namespace warren::seed_runs
