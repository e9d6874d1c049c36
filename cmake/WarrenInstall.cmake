# What `cmake --install` gives to others: find_package(warren), and the libraries as warren::NAME.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# warren_install(raft queue replication)
#
# Installs these libraries, and all others of ours that they link, with the headers of their folders:
# `#include "replication/node.h"` is the same line here and there. What they do not link (tests, what
# helps tests, programs) stays at home.
function(warren_install)
  _warren_closure(names ${ARGN})
  set(folders "")
  foreach(name IN LISTS names)
    set(target warren_${name})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(${target} INTERFACE cxx_std_20)
    install(TARGETS ${target} EXPORT warren
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
      INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/warren")
    get_target_property(folder ${target} SOURCE_DIR)
    list(APPEND folders "${folder}")
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder IN LISTS folders)
    file(GLOB headers CONFIGURE_DEPENDS "${folder}/*.h")
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/warren/${folder}")
  endforeach()
  _warren_install_package()
endfunction()

# Sets `result` to the given names and those of all our libraries that they link.
function(_warren_closure result)
  set(found "")
  set(waiting ${ARGN})
  while(waiting)
    list(POP_FRONT waiting name)
    if(NOT name IN_LIST found)
      list(APPEND found ${name})
      get_target_property(links warren_${name} INTERFACE_LINK_LIBRARIES)
      string(REGEX MATCHALL "warren::[a-z0-9_]+" ours "${links}")
      list(TRANSFORM ours REPLACE "^warren::" "")
      list(APPEND waiting ${ours})
    endif()
  endwhile()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# The files that find_package(warren) reads.
function(_warren_install_package)
  set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/warren")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/warrenConfig.cmake.in"
    "${CMAKE_BINARY_DIR}/warrenConfig.cmake" INSTALL_DESTINATION "${destination}")
  # Before 1.0 each minor version may break what the one before promised.
  write_basic_package_version_file("${CMAKE_BINARY_DIR}/warrenConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES "${CMAKE_BINARY_DIR}/warrenConfig.cmake"
    "${CMAKE_BINARY_DIR}/warrenConfigVersion.cmake" DESTINATION "${destination}")
  install(EXPORT warren NAMESPACE warren:: FILE warrenTargets.cmake DESTINATION "${destination}")
endfunction()
