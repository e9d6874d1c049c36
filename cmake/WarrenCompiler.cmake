# How every file of the project is compiled. The presets choose; nothing here needs to be set by
# hand. WARREN_CHECK is independent of NDEBUG, which no build type defines.

set(WARREN_SANITIZE "" CACHE STRING "Value of -fsanitize= for the whole build; empty for none")
option(WARREN_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
option(WARREN_WERROR "Treat warnings as errors" ON)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
# Lines, for backtraces and profiles; variables would cost a third of the build. See the preset dev.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

include_directories("${PROJECT_SOURCE_DIR}")  # "base/check.h", always from the root
add_compile_options(-Wall -Wextra -Wshadow -Wconversion)
if(WARREN_WERROR)
  add_compile_options(-Werror)
endif()
# __FILE__ from the root too, so that a failed check reads the same on every machine.
add_compile_options("-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")

if(WARREN_FUZZ AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "Fuzzing needs clang: use the preset 'fuzz'.")
endif()
if(WARREN_SANITIZE)
  # A report needs lines, not variables, and full debug information costs a third of the build.
  add_compile_options(-g1)
  set(sanitize -fsanitize=${WARREN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
endif()
if(WARREN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The fastest linker that the compiler at hand can use, and the compiler cache, if they are there.
find_program(WARREN_MOLD mold)
find_program(WARREN_LLD NAMES ld.lld)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND WARREN_LLD)
  add_link_options(-fuse-ld=lld)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND WARREN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
find_program(WARREN_CCACHE ccache)
if(WARREN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WARREN_CCACHE}")
endif()
