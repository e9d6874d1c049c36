// How often this program has asked for memory.
#pragma once

#include <cstdint>

namespace warren::bench {

// Calls of the global operator new so far, by any thread. Linking this file replaces that operator
// in the whole program, with one that counts and otherwise does what the usual one does.
uint64_t AllocationCount();

}  // namespace warren::bench
