// warren-inspect DIR: prints and verifies the log in a data directory, changing nothing.
#include <cstdio>
#include <exception>
#include <iostream>

#include "CLI/CLI.hpp"
#include "replication/log/disk/posix_file_system.h"
#include "replication/log/inspect/inspector.h"

namespace warren::log {
namespace {

// 0: all can be read. 1: something cannot. 2: there is nothing to look at, or wrong arguments.
int Main(int argc, char** argv) {
  CLI::App app(
      "Prints what a data directory's log holds, and verifies every checksum in it. Changes "
      "nothing; "
      "shows no payloads. The node that writes to it must not be running.");
  InspectOptions options;
  uint64_t group = 0;
  bool quick = false;
  app.add_option("directory", options.directory, "The data directory: it holds log/ and store/")
      ->required();
  app.add_flag("--frames", options.frames, "Also print every frame and what it does");
  CLI::Option* const only = app.add_option("--group", group, "Only this group, with its entries");
  app.add_flag("--quick", quick, "Do not read the store's entries");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (only->count() > 0) options.group = raft::GroupId(group);
  options.verify = !quick;
  PosixFileSystem files;
  const absl::StatusOr<Inspection> found = Inspect(&files, options, std::cout);
  if (found.ok()) return found->damage == 0 ? 0 : 1;
  std::cerr << "warren-inspect: " << found.status().message() << "\n";
  return 2;
}

}  // namespace
}  // namespace warren::log

int main(int argc, char** argv) {
  try {
    return warren::log::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "warren-inspect: %s\n", failure.what());
    return 2;
  }
}
