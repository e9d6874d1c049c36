# The four kinds of target. Sources are relative to the folder's CMakeLists.txt; dependencies are
# the target names to link. Each function also registers its sources with the census
# (WarrenSourceCensus.cmake), which fails the configuration for a test that nothing builds.
include(GoogleTest)

# warren_add_folders(base raft tests)
#
# Adds each folder, relative to the caller, by its CMakeLists.txt; a folder that has none only
# holds others, and these are added. Libraries may name each other in any order.
function(warren_add_folders)
  foreach(folder IN LISTS ARGN)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory(${folder})
    else()
      file(GLOB children CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
           "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*/CMakeLists.txt")
      foreach(child IN LISTS children)
        cmake_path(GET child PARENT_PATH child)
        add_subdirectory(${child})
      endforeach()
    endif()
  endforeach()
endfunction()

# warren_library(NAME raft SOURCES log.cc node.cc DEPS warren::base absl::status)
#
# The target warren_raft, to be linked as warren::raft. Without SOURCES: headers only.
function(warren_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS")
  _warren_check_arguments(warren_library)
  set(target warren_${arg_NAME})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC ${arg_DEPS})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_DEPS})
  endif()
  add_library(warren::${arg_NAME} ALIAS ${target})
  set_property(GLOBAL APPEND PROPERTY WARREN_LIBRARIES ${target})
endfunction()

# warren_test(NAME raft_tests SOURCES log_test.cc DEPS warren::raft [RUNS warren-sim] [TIMEOUT seconds])
#
# A GoogleTest binary; ctest runs each TEST by its own name, in the repository's root. RUNS names
# the programs that it starts, so that whoever builds the test has them.
function(warren_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "SOURCES;DEPS;RUNS")
  _warren_check_arguments(warren_test)
  _warren_register(TEST)
  if(WARREN_FUZZ)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main)
  if(arg_RUNS)
    add_dependencies(${arg_NAME} ${arg_RUNS})
  endif()
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    # What is tested is optimised, the tests need not be; a debugger has the preset dev. Building them
    # takes half the time.
    target_compile_options(${arg_NAME} PRIVATE -O1 -g1)
  endif()
  gtest_discover_tests(${arg_NAME}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

# warren_program(NAME warren-sim SOURCES main.cc DEPS warren::sim)
#
# An executable in <build>/bin.
function(warren_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS")
  _warren_check_arguments(warren_program)
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS})
endfunction()

# warren_fuzz(NAME fuzz_raft_codec SOURCES raft_codec_fuzz.cc DEPS warren::raft
#             CORPUS tests/fuzz/corpus/raft_codec)
#
# SOURCES define LLVMFuzzerTestOneInput. With the preset `fuzz` this is a libFuzzer binary; in
# every other build it is linked with a main() that replays files. ctest replays CORPUS (a folder,
# from the root, that must hold at least one file) under the name fuzz.NAME in both.
function(warren_fuzz)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;CORPUS" "SOURCES;DEPS")
  _warren_check_arguments(warren_fuzz)
  _warren_register(FUZZ)
  set(corpus "${PROJECT_SOURCE_DIR}/${arg_CORPUS}")
  file(GLOB inputs CONFIGURE_DEPENDS "${corpus}/*")
  if(NOT arg_CORPUS OR NOT inputs)
    message(FATAL_ERROR "warren_fuzz(${arg_NAME}): CORPUS '${arg_CORPUS}' holds no file; "
                        "put at least one input there, its replay would test nothing.")
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY WARREN_FUZZ_TARGETS "${arg_NAME} ${arg_CORPUS}\n")
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS})
  if(NOT TARGET fuzz_targets)
    add_custom_target(fuzz_targets)  # All of them, for ./dev fuzz.
  endif()
  add_dependencies(fuzz_targets ${arg_NAME})
  if(WARREN_FUZZ)
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${arg_NAME} COMMAND ${arg_NAME} -runs=0 "${corpus}")
  else()
    target_sources(${arg_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support/fuzz_replay_main.cc")
    add_test(NAME fuzz.${arg_NAME} COMMAND ${arg_NAME} "${corpus}")
  endif()
  set_tests_properties(fuzz.${arg_NAME} PROPERTIES
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" TIMEOUT 120 LABELS fuzz)
endfunction()

# Checks the caller's parsed arguments; a misspelt keyword must not vanish.
macro(_warren_check_arguments function)
  if(NOT arg_NAME OR arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${function}(${arg_NAME}): NAME is missing, or these make no sense: "
                        "${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
endmacro()

# Tells the census that the caller's SOURCES are built as `kind` (TEST or FUZZ).
macro(_warren_register kind)
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY WARREN_${kind}_SOURCES "${source}")
  endforeach()
endmacro()
