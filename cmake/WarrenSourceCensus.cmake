# Compares what stands in the tree with what the folders declared. LevelDB's build once left tests
# out silently; here a test that no target builds stops the configuration, and every header is
# compiled alone, whether or not a library names it.

# Sets `result` to the files of the tree that match `pattern`, such as *_test.cc.
function(_warren_find result pattern)
  set(found "")
  file(GLOB folders LIST_DIRECTORIES true "${PROJECT_SOURCE_DIR}/*")
  foreach(folder IN LISTS folders)
    cmake_path(GET folder FILENAME name)
    if(IS_DIRECTORY "${folder}" AND NOT name MATCHES "^(build|cmake-build.*|docs)$")
      file(GLOB_RECURSE files CONFIGURE_DEPENDS "${folder}/${pattern}")
      list(APPEND found ${files})
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# Fails if a *_test.cc is in no warren_test(), or a *_fuzz.cc in no warren_fuzz().
function(warren_check_census)
  set(orphans "")
  foreach(kind IN ITEMS TEST FUZZ)
    string(TOLOWER "${kind}" suffix)
    _warren_find(present "*_${suffix}.cc")
    get_property(built GLOBAL PROPERTY WARREN_${kind}_SOURCES)
    foreach(file IN LISTS present)
      if(NOT file IN_LIST built)
        cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
        string(APPEND orphans "\n  ${file} (name it in a warren_${suffix}() of its folder)")
      endif()
    endforeach()
  endforeach()
  if(orphans AND WARREN_UNBUILT_TESTS STREQUAL "warn")
    message(WARNING "No target builds these tests:${orphans}")
  elseif(orphans)
    message(FATAL_ERROR "No target builds these tests:${orphans}\nWhile you are still writing "
                        "them: cmake -DWARREN_UNBUILT_TESTS=warn")
  endif()
endfunction()

# Makes the target headers_alone, which shows that every header of the tree compiles as the first
# thing in a translation unit. Those that a source begins with are proven by the build itself, which
# is to be built first; the others are compiled. Not part of the default build; ./dev check builds it.
function(warren_check_headers_alone)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_custom_target(headers_alone
    COMMAND Python3::Interpreter tools/lint/headers_alone.py --build "${CMAKE_BINARY_DIR}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    USES_TERMINAL VERBATIM)
endfunction()
