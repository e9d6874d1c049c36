#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include "base/check.h"

namespace warren::base {
namespace {

// A checksum is a polynomial over GF(2) modulo this one, stored reflected: bit 31 is the
// coefficient of x^0.
constexpr uint32_t kPolynomial = 0x82F63B78;
constexpr uint32_t kOne = 0x80000000;     // x^0
constexpr uint32_t kOneByte = kOne >> 8;  // x^8: what one byte more multiplies a checksum by.

constexpr uint32_t TimesX(uint32_t a) { return (a >> 1) ^ ((a & 1) != 0 ? kPolynomial : 0); }

constexpr uint32_t Times(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (; b != 0; b <<= 1) {
    if ((b & kOne) != 0) product ^= a;
    a = TimesX(a);
  }
  return product;
}

// x^(8 * bytes), by squaring.
constexpr uint32_t PowerOfBytes(uint64_t bytes) {
  uint32_t result = kOne;
  for (uint32_t square = kOneByte; bytes != 0; bytes >>= 1, square = Times(square, square)) {
    if ((bytes & 1) != 0) result = Times(result, square);
  }
  return result;
}

using ByteTable = std::array<uint32_t, 256>;

// tables[k][b]: what byte b contributes when k more bytes follow it ("slicing by 8").
constexpr std::array<ByteTable, 8> MakeSlicingTables() {
  std::array<ByteTable, 8> tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = TimesX(crc);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t shorter = tables[k - 1][byte];
      tables[k][byte] = (shorter >> 8) ^ tables[0][shorter & 0xFF];
    }
  }
  return tables;
}
constexpr std::array<ByteTable, 8> kSlicing = MakeSlicingTables();

uint64_t LoadLittleEndian64(const char* at) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= uint64_t{static_cast<uint8_t>(at[i])} << (8 * i);
  return value;
}

uint32_t ExtendByByte(uint32_t state, std::string_view bytes) {
  for (const char byte : bytes) {
    state = (state >> 8) ^ kSlicing[0][(state ^ static_cast<uint8_t>(byte)) & 0xFF];
  }
  return state;
}

}  // namespace

namespace crc32c_internal {

uint32_t ExtendPortable(uint32_t crc, std::string_view bytes) {
  uint32_t state = ~crc;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const uint64_t word = LoadLittleEndian64(bytes.data()) ^ state;
    state = 0;
    for (size_t i = 0; i < 8; ++i) state ^= kSlicing[7 - i][(word >> (8 * i)) & 0xFF];
  }
  return ~ExtendByByte(state, bytes);
}

#if defined(__x86_64__)

namespace {

// The instruction takes 3 cycles but can start every cycle. So three neighbouring lanes are
// computed side by side, and the first two checksums are moved over the lanes behind them:
// multiplied by x^(8 * kLaneBytes), with one look-up for each of their bytes.
constexpr size_t kLaneBytes = 256;

constexpr std::array<ByteTable, 4> MakeLaneShiftTables() {
  std::array<ByteTable, 4> tables = {};
  const uint32_t shift = PowerOfBytes(kLaneBytes);
  for (uint32_t k = 0; k < 4; ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) tables[k][byte] = Times(shift, byte << (8 * k));
  }
  return tables;
}
constexpr std::array<ByteTable, 4> kLaneShift = MakeLaneShiftTables();

uint32_t ShiftOverLane(uint32_t state) {
  return kLaneShift[0][state & 0xFF] ^ kLaneShift[1][(state >> 8) & 0xFF] ^
         kLaneShift[2][(state >> 16) & 0xFF] ^ kLaneShift[3][state >> 24];
}

uint64_t Load64(const char* at) {
  uint64_t value = 0;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

}  // namespace

bool HardwareAvailable() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t ExtendHardware(uint32_t crc, std::string_view bytes) {
  uint64_t state = ~crc;
  for (; bytes.size() >= 3 * kLaneBytes; bytes.remove_prefix(3 * kLaneBytes)) {
    uint64_t second = 0;
    uint64_t third = 0;
    const char* at = bytes.data();
    for (const char* end = at + kLaneBytes; at != end; at += 8) {
      state = _mm_crc32_u64(state, Load64(at));
      second = _mm_crc32_u64(second, Load64(at + kLaneBytes));
      third = _mm_crc32_u64(third, Load64(at + 2 * kLaneBytes));
    }
    const uint32_t two =
        ShiftOverLane(static_cast<uint32_t>(state)) ^ static_cast<uint32_t>(second);
    state = ShiftOverLane(two) ^ third;
  }
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    state = _mm_crc32_u64(state, Load64(bytes.data()));
  }
  auto narrow = static_cast<uint32_t>(state);
  for (const char byte : bytes) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(byte));
  return ~narrow;
}

#else

bool HardwareAvailable() { return false; }

uint32_t ExtendHardware(uint32_t, std::string_view) {
  WARREN_CHECK_MSG(false, "no CRC-32C instruction on this machine");
  return 0;
}

#endif

}  // namespace crc32c_internal

uint32_t Crc32cExtend(uint32_t crc, std::string_view bytes) {
  static const bool hardware = crc32c_internal::HardwareAvailable();
  return hardware ? crc32c_internal::ExtendHardware(crc, bytes)
                  : crc32c_internal::ExtendPortable(crc, bytes);
}

uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t b_bytes) {
  return Times(crc_a, PowerOfBytes(b_bytes)) ^ crc_b;
}

}  // namespace warren::base
