// CRC-32C (Castagnoli), the checksum of every format of ours: RFC 3720 section 12.1, reflected
// polynomial 0x82F63B78, initial value and final xor all ones. Finds every burst of up to 32
// bits; is no protection against somebody who means harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warren::base {

// The checksum of `crc`'s bytes followed by these. Crc32cExtend(0, x) is Crc32c(x).
uint32_t Crc32cExtend(uint32_t crc, std::string_view bytes);

inline uint32_t Crc32c(std::string_view bytes) { return Crc32cExtend(0, bytes); }

// Crc32c(a + b) from Crc32c(a), Crc32c(b) and b's length, without the bytes. O(log length).
uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t b_bytes);

namespace crc32c_internal {

// The two ways to compute it; tests compare them. The hardware one uses the SSE4.2 instruction
// and may only be called where it is available.
uint32_t ExtendPortable(uint32_t crc, std::string_view bytes);
bool HardwareAvailable();
uint32_t ExtendHardware(uint32_t crc, std::string_view bytes);

}  // namespace crc32c_internal

}  // namespace warren::base
